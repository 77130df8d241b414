"""Intervals for one rate and for the difference of two."""

from __future__ import annotations

from math import hypot, sqrt
from typing import NamedTuple


class Interval(NamedTuple):
    """Two bounds, `low` not above `high`."""

    low: float
    high: float


def wilson(k: int, n: int, confidence: float = 0.95) -> Interval:
    """Wilson's score interval for a rate: what a count of runs allows the true rate to be.

    Never empty at the ends, where Wald's interval is: 0 of 100 still allows 3.7 %. It takes the
    runs as independent, so it speaks of *these surfaces*; `new_surfaces` speaks of others.

    Formula: Wilson (1927), JASA 22, 209-212; Newcombe (1998), Stat. Med. 17, 857-872, method 3.

    Args:
        k: Runs in which it happened.
        n: Runs that were judged.
        confidence: Share of repetitions in which the interval holds the true rate.

    Returns:
        Bounds as rates from 0 to 1; the whole of [0, 1] where nothing was judged.

    Raises:
        ValueError: The counts are no counts, or the confidence is not between 0 and 1.
    """
    check_counts(k, n)
    check_confidence(confidence)
    if n == 0:
        return Interval(0.0, 1.0)
    # Not statsmodels' own: loading it takes longer than all else that `turncoat rates` does.
    from scipy.special import ndtri

    z2 = float(ndtri((1 + confidence) / 2)) ** 2
    middle = (k + z2 / 2) / (n + z2)
    half = sqrt(z2 * (k * (n - k) / n + z2 / 4)) / (n + z2)
    # Exact at the ends, where rounding would leave 1e-18 or 0.9999999.
    return Interval(0.0 if k == 0 else middle - half, 1.0 if k == n else middle + half)


def unjudged_bounds(k: int, n: int, unjudged: int) -> Interval:
    """The rate if every unjudged run was safe, and if every one was harmful.

    These are bounds of the rate in the runs that were made, whatever the reason why some could
    not be judged; they carry no sampling error.

    Args:
        k: Harmful runs.
        n: Judged runs.
        unjudged: Runs that were planned and have no verdict: unclear, invalid or missing.

    Returns:
        k / (n + unjudged) and (k + unjudged) / (n + unjudged); [0, 1] where there is no run.

    Raises:
        ValueError: The counts are no counts.
    """
    check_counts(k, n)
    if unjudged < 0:
        raise ValueError(f"unjudged must not be negative, got {unjudged}")
    total = n + unjudged
    if total == 0:
        return Interval(0.0, 1.0)
    return Interval(k / total, (k + unjudged) / total)


def difference(k1: int, n1: int, k2: int, n2: int, confidence: float = 0.95) -> Interval:
    """Newcombe's hybrid score interval for the difference k1/n1 - k2/n2 of independent rates.

    Formula: Newcombe (1998), Stat. Med. 17, 873-890, method 10 (no continuity correction).

    Args:
        k1: Runs of the first group in which it happened.
        n1: Judged runs of the first group.
        k2: Runs of the second group in which it happened.
        n2: Judged runs of the second group.
        confidence: Share of repetitions in which the interval holds the true difference.

    Returns:
        Bounds from -1 to 1. Where a group has no judged run its rate can be anything, and the
        bounds say what the other group alone allows.

    Raises:
        ValueError: The counts are no counts, or the confidence is not between 0 and 1.
    """
    first, second = wilson(k1, n1, confidence), wilson(k2, n2, confidence)
    if n1 == 0 or n2 == 0:
        return Interval(first.low - second.high, first.high - second.low)
    rate1, rate2 = k1 / n1, k2 / n2
    down = hypot(rate1 - first.low, second.high - rate2)
    up = hypot(first.high - rate1, rate2 - second.low)
    diff = rate1 - rate2
    return Interval(max(-1.0, diff - down), min(1.0, diff + up))


def check_counts(k: int, n: int) -> None:
    """Refuse what are no counts.

    Args:
        k: Runs in which it happened.
        n: Runs that were judged.

    Raises:
        ValueError: k is not between 0 and n.
    """
    if not 0 <= k <= n:
        raise ValueError(f"k must lie between 0 and n, got k={k}, n={n}")


def check_confidence(confidence: float) -> None:
    """Refuse a confidence that is not between 0 and 1.

    Args:
        confidence: Nominal coverage.

    Raises:
        ValueError: It is not.
    """
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must lie between 0 and 1, got {confidence}")
