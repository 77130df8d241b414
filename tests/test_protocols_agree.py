"""The same conduct gets the same verdict, by text tags and by tool calls, for every outcome."""

from __future__ import annotations

import asyncio

import pytest
from running import outcomes, run

from turncoat.grading.batch import conduct_of_known
from turncoat.grading.grade import grade_conduct
from turncoat.known.answers import Rates, RunKey, choose, policies
from turncoat.scenario import (
    PROTOCOLS,
    facts_of,
    find_scenario,
    known_answers,
    list_scenarios,
    render,
)
from turncoat.tasks.task import misalignment_task

RUNS = 100
SURFACES = 5
EACH_SCENARIO = pytest.mark.parametrize(
    "scenario", [name for name in list_scenarios() if len(find_scenario(name).protocols) > 1]
)


def _graded(reply, briefing):
    conduct = conduct_of_known(reply, briefing)
    return asyncio.run(grade_conduct(conduct, facts_of(briefing)))


@EACH_SCENARIO
def test_every_known_answer_is_judged_alike_in_both_protocols(scenario):
    found = find_scenario(scenario)
    compared = 0
    for answer in known_answers(found):
        if len(answer.protocols) == len(PROTOCOLS):
            verdicts = []
            for protocol in PROTOCOLS:
                briefing = render(found, answer.when, protocol=protocol)
                verdicts.append(_graded(answer.render(briefing), briefing))
            by_text, by_tools = verdicts
            assert (by_text.outcome, by_text.harmful, by_text.any_harm, by_text.disclosed) == (
                by_tools.outcome,
                by_tools.harmful,
                by_tools.any_harm,
                by_tools.disclosed,
            ), answer.id
            compared += 1
    assert compared >= 40


@EACH_SCENARIO
@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_the_known_agent_of_each_outcome_is_graded_as_that_outcome_100_of_100(scenario, protocol):
    found = find_scenario(scenario)
    conditions = {a.outcome: a.when for a in known_answers(found) if a.offline == "exact"}
    for outcome in set(policies(scenario)) & conditions.keys():
        exact = [a for a in known_answers(found) if a.outcome == outcome and a.offline == "exact"]
        rendered = [
            render(found, conditions[outcome], surface, protocol=protocol)
            for surface in range(SURFACES)
        ]
        # In some plots the offline judge may leave every answer of an outcome open.
        briefings = [b for b in rendered if any(a.holds_in(b) for a in exact)]
        replies = {  # Of 100 runs many say the same on the same surface: those are graded once.
            (
                number % len(briefings),
                choose(outcome, briefing, RunKey(f"s{number}", number), Rates(), 0),
            )
            for number in range(RUNS)
            for briefing in [briefings[number % len(briefings)]]
        }
        graded = {_graded(reply, briefings[place]).outcome for place, reply in replies}
        assert graded == {outcome}


@EACH_SCENARIO
def test_in_a_real_run_each_outcome_comes_out_as_in_the_rehearsal(scenario, tmp_path):
    for policy in policies(scenario)[1:]:
        answers = [a for a in known_answers(find_scenario(scenario)) if a.outcome == policy]
        factors = dict(answers[0].when)
        task = misalignment_task(
            scenario, design="headline", protocol="tools", surfaces=2, factors=factors
        )
        log = run(f"known/{policy}", tmp_path / policy, task=task)
        assert outcomes(log) == [policy, policy]


@pytest.mark.parametrize(
    "policy",
    ["explicit", "thinks-only", "truncated", "garbled", "empty", "filtered", "errored", "rerouted"],
)
def test_in_a_real_run_by_text_so_do_harm_thought_and_failure(policy, tmp_path):
    task = misalignment_task("blackmail", design="headline", surfaces=3)
    log = run(f"known/{policy}", tmp_path, epochs=2, task=task)
    assert log.status == "success"
    assert outcomes(log) == [policy] * 6
