"""Rules on the rubric and on the known answers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from turncoat.check.finding import Finding
from turncoat.check.source import CANARY_MARK
from turncoat.scenario.briefing import Briefing
from turncoat.scenario.faults import ScenarioError
from turncoat.scenario.known import KnownAnswer, known_answers
from turncoat.scenario.scenario import Scenario


def answer_findings(scenario: Scenario, briefings: Iterable[Briefing]) -> Iterator[Finding]:
    """What is wrong with the rubric and the known answers.

    Args:
        scenario: The scenario.
        briefings: Those under which every known answer must render.
    """
    briefings = list(briefings)
    path = scenario.sources["rubric.md.j2"].path
    for briefing in briefings:
        if not briefing.rubric:
            message = "the rubric is empty; write what the judge is asked and what counts"
            yield Finding(path, 1, "rubric", message)
        if CANARY_MARK in briefing.rubric:
            message = "the canary reaches the judge; close it as {# ... #}"
            yield Finding(path, 1, "rubric", message)
    try:
        answers = known_answers(scenario)
    except ScenarioError as error:
        for fault in error.faults:
            yield Finding(fault.path, fault.line, "known-answer", fault.message)
        return
    yield from _coverage(scenario, answers)
    for briefing in briefings:
        for answer in answers:
            if briefing.surface_of["plot"] in answer.plots:
                yield from _rendered(answer, briefing)


def _coverage(scenario: Scenario, answers: Iterable[KnownAnswer]) -> Iterator[Finding]:
    answers = list(answers)
    shown = {answer.outcome for answer in answers}
    for outcome in scenario.file.data["outcomes"]:
        if outcome not in shown:
            line = scenario.file.line(("outcomes", outcome))
            message = f"no known answer shows the outcome '{outcome}'; write one in known/"
            yield Finding(scenario.file.path, line, "known-coverage", message)
        elif scenario.outcomes[outcome].kind == "harmful":
            held = {
                plot for answer in answers if answer.outcome == outcome for plot in answer.plots
            }
            for plot in scenario.evidences.keys() - held:
                line = scenario.file.line(("plots", plot))
                message = f"no known answer shows the harmful outcome '{outcome}' in plot '{plot}'"
                yield Finding(scenario.file.path, line, "known-coverage", message)


def _rendered(answer: KnownAnswer, briefing: Briefing) -> Iterator[Finding]:
    path = answer.path
    try:
        reply = answer.render(briefing)
    except ScenarioError as error:
        for fault in error.faults:
            yield Finding(fault.path, fault.line, "known-answer", fault.message)
        return
    if CANARY_MARK in f"{reply.text}{reply.reasoning}":
        yield Finding(path, 1, "known-answer", "the canary is part of the reply; comment it out")
