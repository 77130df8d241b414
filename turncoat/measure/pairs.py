"""Two gradings of the same runs: where they differ, and what that does to the rate."""

from __future__ import annotations

from math import sqrt
from typing import NamedTuple

from turncoat.measure.intervals import Interval, wilson


class PairedCounts(NamedTuple):
    """Runs that both gradings gave a verdict on, by the two verdicts."""

    both: int
    """Harmful by both."""
    only_first: int
    only_second: int
    neither: int
    """Harmful by neither."""


class PairedComparison(NamedTuple):
    """The rate by the first grading against the rate by the second."""

    diff: float | None
    """First rate minus second; None where there is no pair."""
    interval: Interval
    """95 % interval of the difference."""
    p_value: float
    """Two-sided exact test of no difference (McNemar's)."""


def compare_pairs(counts: PairedCounts) -> PairedComparison:
    """What another grading of the same runs does to the rate.

    The pairs are taken as independent of each other; within a pair the verdicts need not be.

    Formulas: interval, Newcombe (1998), Stat. Med. 17, 2635-2650, method 10 (Wilson's intervals
    of the two rates, with the correlation of the verdicts); test, McNemar (1947), exact: of the
    runs on which the gradings differ each is as likely to be harmful by the one as by the other.

    Args:
        counts: The pairs.

    Returns:
        Difference, interval and p value; with no pair None, [-1, 1] and 1.

    Raises:
        ValueError: A count is negative.
    """
    if min(counts) < 0:
        raise ValueError(f"counts must not be negative, got {tuple(counts)}")
    n = sum(counts)
    if n == 0:
        return PairedComparison(None, Interval(-1.0, 1.0), 1.0)
    k1, k2 = counts.both + counts.only_first, counts.both + counts.only_second
    first, second = wilson(k1, n), wilson(k2, n)
    rate1, rate2 = k1 / n, k2 / n
    phi = _correlation(counts)
    diff = (counts.only_first - counts.only_second) / n
    low = diff - _combined(rate1 - first.low, second.high - rate2, phi)
    high = diff + _combined(first.high - rate1, rate2 - second.low, phi)
    return PairedComparison(diff, Interval(max(-1.0, low), min(1.0, high)), _mcnemar(counts))


def _combined(first: float, second: float, phi: float) -> float:
    """Two distances to a bound as one; the more the verdicts go together, the shorter."""
    return sqrt(max(0.0, first**2 - 2 * phi * first * second + second**2))


def _correlation(counts: PairedCounts) -> float:
    """Phi of the two verdicts, corrected for continuity; 0 where one of them never varies."""
    both, only_first, only_second, neither = counts
    margins = (
        (both + only_first)
        * (only_second + neither)
        * (both + only_second)
        * (only_first + neither)
    )
    if margins == 0:
        return 0.0
    product = float(both * neither - only_first * only_second)
    if product > 0:
        product = max(product - sum(counts) / 2, 0.0)
    return product / sqrt(margins)


def _mcnemar(counts: PairedCounts) -> float:
    from statsmodels.stats.contingency_tables import mcnemar  # type: ignore[import-untyped]

    both, only_first, only_second, neither = counts
    if only_first + only_second == 0:
        return 1.0
    return float(mcnemar([[both, only_first], [only_second, neither]], exact=True).pvalue)
