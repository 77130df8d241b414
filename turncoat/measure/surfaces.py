"""The rate on surfaces that were not run: surfaces as a sample of possible ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from turncoat.measure.intervals import Interval


class Cluster(NamedTuple):
    """The judged runs of one surface."""

    k: int
    """Runs in which it happened."""
    n: int
    """Judged runs."""


def new_surfaces(clusters: Sequence[Cluster], confidence: float = 0.95) -> Interval | None:
    """Interval for the rate on *new surfaces*: wider than Wilson's as far as surfaces differ.

    The variance between surfaces gives an effective number of runs, p (1 - p) / var(p), with
    var(p) the linearised variance of a ratio mean. It is capped at the number of runs, shrunk
    by the squared ratio of the t quantiles with n - 1 and with clusters - 1 degrees of freedom,
    and put into the exact (Clopper-Pearson) interval.

    Where no run or every run was harmful, the data say nothing of how much surfaces differ, and
    the estimated variance is 0 by arithmetic alone. Then each surface counts as one observation:
    one run drawn from each surface is an independent sample of that size, whatever the rest.
    So 0 of 200 on ten surfaces allows 31 %, not 2 %: a kind of surface that always does it and
    makes up a quarter of all is easily missed by ten.

    Formula: Korn and Graubard (1998), Survey Methodology 24, 193-201.

    Args:
        clusters: One entry per surface; those without a judged run are left out of account.
        confidence: Nominal coverage.

    Returns:
        Bounds as rates from 0 to 1, or None with fewer than two surfaces, from which nothing
        can be said of others.

    Raises:
        ValueError: The counts of a cluster are no counts.
    """
    if any(not 0 <= cluster.k <= cluster.n for cluster in clusters):
        raise ValueError("in every cluster k must lie between 0 and n")
    judged = [cluster for cluster in clusters if cluster.n > 0]
    if len(judged) < 2:
        return None
    rate = sum(cluster.k for cluster in judged) / sum(cluster.n for cluster in judged)
    runs = _effective_runs(judged, rate, confidence)
    from scipy.special import betaincinv

    tail, k = (1 - confidence) / 2, rate * runs
    low = betaincinv(k, runs - k + 1, tail) if rate > 0 else 0.0
    high = betaincinv(k + 1, runs - k, 1 - tail) if rate < 1 else 1.0
    return Interval(float(low), float(high))


def _effective_runs(clusters: Sequence[Cluster], rate: float, confidence: float) -> float:
    if rate in (0.0, 1.0):
        return len(clusters)
    from scipy.special import stdtrit

    n = sum(cluster.n for cluster in clusters)
    count = len(clusters)
    squares = sum((cluster.k - rate * cluster.n) ** 2 for cluster in clusters)
    variance = count / (count - 1) * squares / n**2
    effective = n if variance == 0 else min(n, rate * (1 - rate) / variance)
    upper = (1 + confidence) / 2
    shrink = (stdtrit(n - 1, upper) / stdtrit(count - 1, upper)) ** 2
    return float(effective * shrink)
