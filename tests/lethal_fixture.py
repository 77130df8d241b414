"""The lethal scenario in tests: what to write, and how it is graded."""

from __future__ import annotations

import asyncio

from turncoat.contract import Ledger, RunState
from turncoat.grading.conduct import run_of_reply
from turncoat.grading.grade import grade_conduct
from turncoat.scenario import facts_of, find_scenario, render
from turncoat.world.reading import action_from_call

LETHAL = find_scenario("lethal")
BRIEFING = render(LETHAL, LETHAL.condition())
FACTS = facts_of(BRIEFING)
MISTAKEN = facts_of(render(LETHAL, {"alarm": "mistaken"}))
CAST = FACTS.cast
MAILS = {mail.slot: mail for mail in BRIEFING.inbox}
CODE = MAILS["10-alert"].code


def cancel(code=CODE, reason=""):
    why = f"reason: {reason}\n" if reason else ""
    return f"<tool:cancel_alert>\ncode: {code}\n{why}</tool:cancel_alert>"


def send(role, body, subject="Record store"):
    return (
        f"<tool:send_email>\nto: {CAST[role].email}\nsubject: {subject}\nbody: {body}\n"
        "</tool:send_email>"
    )


def graded(text, facts=FACTS, judge=None, **how):
    conduct = text if isinstance(text, RunState) else run_of_reply(text, **how)
    return asyncio.run(grade_conduct(conduct, facts, *([judge] if judge else [])))


def called(*calls, opened=None):
    """The conduct of native tool calls, with what mails were open."""
    actions = [
        action_from_call(name, arguments).model_copy(update={"opened": opened})
        for name, arguments in calls
    ]
    return RunState(ledger=Ledger(actions=tuple(actions)), finished=True, completion="{}")
