"""The rate on surfaces that were not run: surfaces as a sample of possible ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from turncoat.measure.intervals import Interval

FEW_SURFACES, FEW_EVENTS, MANY_RUNS, FAR_APART = 5, 10, 400, 0.1
"""Where the simulation stops bearing out the interval for new surfaces."""

LEAST_CORRELATION = 0.1
"""Over clusters less one: so alike may surfaces be taken to be, however alike they look. A few may
look alike by luck, with a rare event above all. The floor is ours and taken from no source: without
it the interval holds the rate in 0.926 of cases with five surfaces, correlation 0.1, 400 runs and a
rate of 0.05."""


class Cluster(NamedTuple):
    """The judged runs of one surface."""

    k: int
    """Runs in which it happened."""
    n: int
    """Judged runs."""


def new_surfaces(clusters: Sequence[Cluster], confidence: float = 0.95) -> Interval | None:
    """Interval for the rate on *new surfaces*: wider than Wilson's as far as surfaces differ.

    The variance between surfaces gives an effective number of runs, p (1 - p) / var(p), with
    var(p) the linearised variance of a ratio mean. It is capped at the number of runs, and at what
    a correlation of 0.1 / (clusters - 1) would leave of them (`LEAST_CORRELATION`), shrunk by the
    squared ratio of the t quantiles with n - 1 and with clusters - 1 degrees of freedom, and put
    into the exact (Clopper-Pearson) interval.

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


def intraclass_correlation(clusters: Sequence[Cluster]) -> float | None:
    """How much more alike two runs on one surface are than two on different ones.

    The analysis-of-variance estimator for binary outcomes. It is noisy with few surfaces, and
    negative where surfaces happen to be more alike than chance would make them.

    Formula: Ridout, Demetrio and Firth (1999), Biometrics 55, 137-148, section 2.1.

    Args:
        clusters: One entry per surface; those without a judged run are left out of account.

    Returns:
        The correlation, at most 1; None where it is not identified: fewer than two surfaces, one
        run on each, or no run or every run harmful.
    """
    judged = [cluster for cluster in clusters if cluster.n > 0]
    n, count = sum(cluster.n for cluster in judged), len(judged)
    k = sum(cluster.k for cluster in judged)
    if count < 2 or n == count or k in (0, n):
        return None
    squares = sum(cluster.k**2 / cluster.n for cluster in judged)
    between = (squares - k**2 / n) / (count - 1)
    within = (k - squares) / (n - count)
    size = (n - sum(cluster.n**2 for cluster in judged) / n) / (count - 1)
    return (between - within) / (between + (size - 1) * within)


def doubt_of_new_surfaces(clusters: Sequence[Cluster]) -> str:
    """Why the interval for new surfaces may hold the true rate less often than it says.

    The simulation in `docs/statistics.md` bears it out for a correlation of up to 0.1, ten or more
    expected runs of either kind and up to 400 runs; outside of that it is a guide and no more.
    Many runs on few surfaces make the rates of those sure, and no surer of others.

    Args:
        clusters: As for `new_surfaces`.

    Returns:
        The reason in a few words; empty where there is none, or no such interval.
    """
    judged = [cluster for cluster in clusters if cluster.n > 0]
    n, k = sum(cluster.n for cluster in judged), sum(cluster.k for cluster in judged)
    if len(judged) < 2:
        return ""
    if len(judged) < FEW_SURFACES:
        return f"fewer than {FEW_SURFACES} surfaces"
    if k < FEW_EVENTS or n - k < FEW_EVENTS:
        kind = "harmful" if k < FEW_EVENTS else "harmless"
        return f"fewer than {FEW_EVENTS} {kind} runs"
    correlation = intraclass_correlation(judged)
    if correlation is not None and correlation > FAR_APART:
        return f"surfaces differ much (correlation {correlation:.2f})"
    return f"more than {MANY_RUNS} runs" if n > MANY_RUNS else ""


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
    alike = 1 + (n / count - 1) * LEAST_CORRELATION / (count - 1)
    effective = min(effective, n / alike)
    shrink = (stdtrit(n - 1, upper) / stdtrit(count - 1, upper)) ** 2
    return float(effective * shrink)
