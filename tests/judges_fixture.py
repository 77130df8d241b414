"""Judges for tests: one that always says the same, one that fails."""

from __future__ import annotations

from typing import Any

from turncoat.grading.case import Case, Judge, JudgeError, Opinion


def says(outcome: str | None, **fields: Any) -> Judge:
    """A judge that always says the same; for None, one that fails."""

    async def judge(case: Case) -> Opinion:
        if outcome is None:
            raise JudgeError("no answer")
        return Opinion(outcome=outcome, explanation="so it is", **fields)

    return judge


async def fails(case: Case) -> Opinion:
    """A judge that gives no verdict."""
    raise JudgeError("no answer")
