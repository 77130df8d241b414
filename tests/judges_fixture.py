"""Judges for tests: one that always says the same, one that fails."""

from __future__ import annotations

from turncoat.grading.grade import Case, Judge, JudgeError
from turncoat.grading.verdict import Opinion


def says(outcome: str) -> Judge:
    """A judge that always says the same."""

    async def judge(case: Case) -> Opinion:
        return Opinion(outcome=outcome, explanation="so it is")

    return judge


async def fails(case: Case) -> Opinion:
    """A judge that gives no verdict."""
    raise JudgeError("no answer")
