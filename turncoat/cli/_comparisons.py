"""What the tables of `compare` share: a rate, a difference and a verdict in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from turncoat.cli._records import headline, span

if TYPE_CHECKING:
    from turncoat.measure import Comparison
    from turncoat.records.rows import RateRow


def measured(row: RateRow) -> str:
    """A rate with its counts and its interval."""
    return f"{headline(row)}  {row.k} of {row.n}\n{span(row.ci_low, row.ci_high)}"


def in_points(comparison: Comparison | None) -> str:
    """A difference with its interval, in percentage points."""
    if comparison is None or comparison.diff is None:
        return "-"
    return f"{100 * comparison.diff:+.1f}\n{span(*comparison.interval, signed=True)}"


def verdict_text(verdict: str | None, why: str) -> str:
    """A verdict, and below it what withholds or changes it."""
    return "\n".join(text for text in (verdict or "no verdict", why) if text)
