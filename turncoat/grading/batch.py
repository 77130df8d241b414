"""Grading outside a run: files of stored replies, and a scenario's own known answers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

from inspect_ai.model import Model, get_model
from rich.text import Text

from turncoat._util.errors import TurncoatError
from turncoat._util.inspect_private import PrerequisiteError
from turncoat.contract import RunState, SampleFacts, Verdict
from turncoat.grading.case import Case, Judge, JudgeError, Opinion
from turncoat.grading.conduct import ended, run_of_reply
from turncoat.grading.deciding import rulebook
from turncoat.grading.grade import grade_conduct
from turncoat.grading.judge_prompt import judge_prompt
from turncoat.grading.offline.judge import offline_judge
from turncoat.grading.panel import judge_of
from turncoat.grading.rules import asks_judge
from turncoat.grading.stored import Line, StoredReply, read_replies
from turncoat.known.answers import remember
from turncoat.known.replay import rehearse
from turncoat.parts.mailbox.mail import mails_in
from turncoat.reference.casting import castings
from turncoat.scenario import (
    Briefing,
    KnownAnswer,
    KnownReply,
    Scenario,
    facts_of,
    known_answers,
    render,
)
from turncoat.scenario.naming import REFERENCE_PREFIX, choices
from turncoat.world.completion import carried_out
from turncoat.world.office import office_of_facts

AT_ONCE = 10
"""Replies graded at a time where a model judges."""


class GradedReply(NamedTuple):
    """A reply with its verdict."""

    id: str | int
    verdict: Verdict
    label: object = None
    """What people say that it is, where the file tells."""

    def as_json(self) -> dict[str, Any]:
        """The row that `turncoat grade --json` prints."""
        v = self.verdict.model_dump(mode="json")
        kept = ("outcome", "harmful", "any_harm", "valid", "evidence", "judge", "explanation")
        return {"id": self.id, **{key: v[key] for key in kept}}


class GradedFile(NamedTuple):
    """All that a file came to."""

    rows: list[GradedReply]
    problems: list[Line]


def judge_named(graders: Sequence[str]) -> Judge:
    """The judge made of the named models; the offline rules where none is named.

    Args:
        graders: Inspect model names.

    Raises:
        TurncoatError: Inspect cannot make one of them: no such provider, or no key for it.
    """
    return judge_of([_model(grader) for grader in graders])


def _model(name: str) -> Model:
    try:
        return get_model(name)
    except (ValueError, PrerequisiteError) as error:
        raise TurncoatError(f"--grader {name}: {Text.from_markup(str(error)).plain}") from None


def grade_file(
    path: Path,
    facts: SampleFacts,
    judge: Judge,
    judge_name: str,
    other_domains: Collection[str] = (),
    refused: Callable[[StoredReply], str] = lambda _: "",
) -> GradedFile:
    """Grade every readable line of a file of stored replies.

    Args:
        path: JSON Lines file; see `read_replies`.
        facts: Facts of the briefing that the replies answer.
        judge: Who reads the messages.
        judge_name: Recorded with each verdict.
        other_domains: Companies' mail domains on other surfaces. A reply that writes to one was
            given under another surface; graded under this one its recipients would be strangers.
        refused: Why a reply is not to be graded; empty where it is.

    Returns:
        The verdicts, and the lines that could not be graded, with the reason.

    Raises:
        TurncoatError: The file cannot be read or is empty.
    """
    rows: list[GradedReply] = []
    problems: list[Line] = []
    replies: list[tuple[Line, StoredReply]] = []
    for line in read_replies(path):
        if line.reply is None:
            problems.append(line)
        elif reason := refused(line.reply):
            problems.append(Line(line.number, None, reason))
        elif reason := of_another_cast(line.reply, facts):
            problems.append(Line(line.number, None, f"id {line.reply.id!r}: {reason}"))
        elif stranger := _of_another_surface(line.reply, other_domains):
            problems.append(
                Line(
                    line.number,
                    None,
                    f"writes to {stranger}, of another surface than this; give its --surface N "
                    "(and --seed S)",
                )
            )
        else:
            replies.append((line, line.reply))
    results = asyncio.run(_grade_all([r for _, r in replies], facts, judge, judge_name))
    for (line, reply), result in zip(replies, results, strict=True):
        if isinstance(result, Verdict):
            rows.append(GradedReply(reply.id, result, reply.label))
        else:
            problems.append(Line(line.number, None, f"could not be graded: {result!r}"))
    return GradedFile(rows, sorted(problems, key=lambda line: line.number))


def of_another_cast(reply: StoredReply, facts: SampleFacts) -> str:
    """Why a reply answers other prompts than the briefing, or nothing.

    Graded by it, all whom the reply writes to would be strangers, and what it does to them no
    harm that anybody looks for.

    Args:
        reply: A stored reply.
        facts: The briefing's facts.
    """
    run = reply.conduct
    written = {r.address for action in run.ledger.actions for r in action.recipients if r.address}
    mails = mails_in(facts)
    known = {person.email.lower() for person in (facts.agent, *facts.cast.values())}
    known |= {address.lower() for m in mails for address in (m.sender, *m.to, *m.cc)}
    if not written or written & known:
        return ""
    like = facts.scenario.removeprefix(REFERENCE_PREFIX)
    for casting in castings().values():
        if facts.scenario == f"{REFERENCE_PREFIX}{casting.like}":
            continue
        if of_study := sorted(written & casting.addresses):
            return (
                f"writes to {of_study[0]}, of the published study's own prompts; grade such "
                f"replies with --scenario {REFERENCE_PREFIX}{casting.like}"
            )
    inside = any(address.rpartition("@")[2] == facts.domain for address in written)
    if inside:
        return ""
    text = f"{run.completion}\n{run.thoughts}".lower()
    names = [p.name for p in (facts.agent, *facts.cast.values()) if not p.group]
    if any(name.lower() in text for name in (*names, facts.company, facts.domain) if name):
        return ""
    return (
        f"writes to {', '.join(sorted(written)[:2])} and to nobody of the briefing, and names "
        "nobody of it; give the scenario, --surface N and --seed S that it answers, or "
        f"--scenario {REFERENCE_PREFIX}{like} for the published study's own prompts"
    )


def _of_another_surface(reply: StoredReply, domains: Collection[str]) -> str:
    """An address in the reply that belongs to the company of another surface, or nothing."""
    for action in reply.conduct.ledger.actions:
        for recipient in action.recipients:
            if recipient.address and recipient.address.rpartition("@")[2] in domains:
                return recipient.address
    return ""


class Trial(NamedTuple):
    """How a known answer came out in grading."""

    id: str
    protocol: str
    plot: str
    """Empty where the scenario has none."""
    expected: str
    outcome: str
    harmful: bool | None
    ok: bool


def try_scenario(scenario: Scenario, judge: Judge = offline_judge) -> list[Trial]:
    """Every known answer of a scenario through the grading, in each protocol.

    Args:
        scenario: The scenario, rendered under its defaults, or under the levels that an answer
            asks for.
        judge: Who says what rules leave open.

    Returns:
        A trial for each answer, protocol and plot in which it holds. An answer marked
        `offline: unclear` is also ok when it comes out as unclear.
    """
    remember(scenario)
    trials = []
    for answer in known_answers(scenario):
        for protocol, surface in product(answer.protocols, answer.surfaces):
            briefing = render(scenario, answer.when, surface, protocol=protocol)
            conduct = conduct_of_known(answer.render(briefing), briefing)
            verdict = asyncio.run(grade_conduct(conduct, facts_of(briefing), judge))
            allowed = {answer.outcome} | ({"unclear"} if answer.offline == "unclear" else set())
            trials.append(
                Trial(
                    answer.id,
                    protocol,
                    briefing.surface_of["plot"],
                    answer.outcome,
                    verdict.outcome,
                    verdict.harmful,
                    ok=verdict.outcome in allowed,
                )
            )
    return trials


def conduct_of_known(reply: KnownReply, briefing: Briefing) -> RunState:
    """The conduct of a known answer, with the failures that it asks for.

    Args:
        reply: The answer, rendered for the briefing.
        briefing: What it answers. In the tools protocol the answer is acted out.

    Returns:
        As a run would have left it: errored without a completion, or answered by another model than
        the one asked, where the answer says so.
    """
    if briefing.protocol == "tools":
        conduct = ended(*rehearse(reply, briefing), reply.stop_reason)
    elif reply.error:
        return RunState(stop="errored", finished=False, stop_reason="unknown")
    else:
        conduct = run_of_reply(
            reply.text, reply.reasoning or "", reply.stop_reason, facts_of(briefing)
        )
    if not reply.served:
        return conduct
    return conduct.model_copy(update={"requested": "known/mixed", "served": (reply.served,)})


def question_about(
    scenario: Scenario,
    known: str | None,
    levels: Mapping[str, str],
    surface: int | None = None,
    surface_seed: int = 0,
    protocol: str | None = None,
) -> str:
    """What a judge is asked about a known answer, as one text.

    Args:
        scenario: The scenario.
        known: The answer's id or its beginning; None for the first harmful one that holds.
        levels: Factor to level, in place of those that the answer asks for.
        surface: Number of the surface; None for the first on which the answer holds.
        surface_seed: Seed of the surfaces.
        protocol: `text` or `tools`; None for the scenario's first.

    Returns:
        The system message and the question; where rules leave nothing open, that none is asked.

    Raises:
        TurncoatError: There is no such answer, factor or level.
    """
    answer = _answer_named(scenario, known)
    if surface is None:
        surface = scenario.surface_of_plot(answer.plots[0], surface_seed)
    briefing = render(scenario, {**answer.when, **levels}, surface, surface_seed, protocol)
    run = conduct_of_known(answer.render(briefing), briefing)
    asked: list[Case] = []

    async def listens(case: Case) -> Opinion:
        asked.append(case)
        raise JudgeError("nobody was asked")

    facts = facts_of(briefing)
    verdict = asyncio.run(grade_conduct(run, facts, listens))
    if not asked:
        return f"No judge is asked about {answer.id}: {verdict.outcome}. {verdict.explanation}"
    return "\n\n".join(message.text for message in judge_prompt(asked[0]))


def _answer_named(scenario: Scenario, known: str | None) -> KnownAnswer:
    answers = known_answers(scenario)
    if known is None:
        harmful = [answer for answer in answers if answer.harmful]
        judged = [a for a in harmful if asks_judge(rulebook(scenario.outcomes)[a.outcome])]
        return (judged or harmful or list(answers))[0]
    found = [answer for answer in answers if answer.id == known] or [
        answer for answer in answers if answer.id.startswith(known)
    ]
    if not found:
        ids = [answer.id for answer in answers]
        raise TurncoatError(f"no known answer '{known}'. {choices(known, ids, 'Known answers')}")
    return found[0]


async def _grade_all(
    replies: Sequence[StoredReply], facts: SampleFacts, judge: Judge, judge_name: str
) -> list[Verdict | BaseException]:
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(reply: StoredReply) -> Verdict:
        async with gate:
            run = carried_out(reply.conduct, office_of_facts(facts))
            return await grade_conduct(run, facts, judge, judge_name, run=str(reply.id))

    # One reply that breaks the grading must not lose the others.
    return await asyncio.gather(*(one(reply) for reply in replies), return_exceptions=True)
