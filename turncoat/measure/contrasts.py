"""A condition against its control: the difference of the rates, and their ratio."""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, inf, log, sqrt
from typing import Literal, NamedTuple

from turncoat.measure.comparison import Counted, compare_counted
from turncoat.measure.intervals import Interval, check_confidence, check_counts, difference
from turncoat.measure.score import Strata, Stratum
from turncoat.measure.surfaces import Cluster, new_surfaces

Estimand = Literal["these runs", "these surfaces", "new surfaces"]
"""What a contrast speaks of. `these runs`: all runs of each side, whatever their surfaces.
`these surfaces`: the surfaces that were run on both sides, each held against itself. `new
surfaces`: those that might have been drawn instead."""

SCORE = "score (Miettinen-Nurminen)"
"""How the ratio's interval of independent runs is found."""


class Contrast(NamedTuple):
    """The rate under a condition against the rate under its control."""

    estimand: Estimand
    method: str
    """Of the difference, and of the ratio where that is another."""
    diff: float | None
    """Condition minus control; None where a side has no judged run."""
    diff_interval: Interval
    """Never empty: also at 0 of n against 0 of n it says what the runs still allow."""
    ratio: float | None
    """Condition over control; None where the control's rate is 0, or a side has no judged run."""
    ratio_interval: Interval
    """From 0 to infinity. The upper bound is infinite where the control's rate is 0, and both are
    open where both rates are: nothing was seen that could be a multiple of anything."""
    p_value: float | None
    """Two-sided score test of no difference; None where the method has none."""
    strata: int
    """Surfaces held against themselves; 0 where they were not told apart."""


def contrast(k1: int, n1: int, k2: int, n2: int, confidence: float = 0.95) -> Contrast:
    """All runs under a condition against all runs under its control, taken as independent.

    Formulas: difference, Newcombe (1998), method 10, as `difference`; ratio, Miettinen and
    Nurminen (1985), Stat. Med. 4, 213-226 (Koopman's score interval with their factor
    N / (N - 1)).

    Args:
        k1: Harmful runs under the condition.
        n1: Judged runs under the condition.
        k2: Harmful runs under the control.
        n2: Judged runs under the control.
        confidence: Nominal coverage of each interval.

    Returns:
        The contrast; with a side that has no judged run, intervals that say what the other allows.

    Raises:
        ValueError: The counts are no counts, or the confidence is not between 0 and 1.
    """
    interval = difference(k1, n1, k2, n2, confidence)
    method = f"difference: Newcombe; ratio: {SCORE}"
    if n1 == 0 or n2 == 0:
        return _open("these runs", method, interval)
    strata = Strata([Stratum(k1, n1, k2, n2)])
    return Contrast(
        estimand="these runs",
        method=method,
        diff=k1 / n1 - k2 / n2,
        diff_interval=interval,
        ratio=_ratio(k1 / n1, k2 / n2),
        ratio_interval=strata.ratio(_quantile(confidence)),
        p_value=strata.p_value(),
        strata=0,
    )


def paired_contrast(surfaces: Sequence[Stratum], confidence: float = 0.95) -> Contrast | None:
    """The same surfaces under a condition and under its control, each held against itself.

    The difference is the mean of the surfaces' differences, the ratio that of the mean rates,
    both weighted by n1 n2 / (n1 + n2) (Mantel and Haenszel): where every surface had the same
    number of runs on each side, the plain mean. What a surface adds to both sides drops out, so
    this is narrower than `contrast` where surfaces differ, and no surface counts more on one side
    than on the other because more of its runs could be judged.

    It speaks of these surfaces alone, and needs no effect that is the same in all of them. Of
    surfaces that were not run, see `new_surfaces_contrast`.

    Formula: `Strata`. Klingenberg's (2014) and Yan and Su's (2010) intervals were tried: the first
    is empty at 0 of n against 0 of n, the second too narrow with one run per surface.

    Args:
        surfaces: One entry per surface; those without a judged run on both sides are left out.
        confidence: Nominal coverage of each interval.

    Returns:
        The contrast, with the test of Cochran, Mantel and Haenszel (no continuity correction);
        None where no surface has judged runs on both sides.

    Raises:
        ValueError: The counts are no counts, or the confidence is not between 0 and 1.
    """
    both = _on_both_sides(surfaces, confidence)
    if not both:
        return None
    strata, z = Strata(both), _quantile(confidence)
    return Contrast(
        estimand="these surfaces",
        method=f"Mantel-Haenszel over surfaces, {SCORE}",
        diff=strata.rate1 - strata.rate2,
        diff_interval=strata.difference(z),
        ratio=_ratio(strata.rate1, strata.rate2),
        ratio_interval=strata.ratio(z),
        p_value=strata.p_value(),
        strata=len(both),
    )


def new_surfaces_contrast(surfaces: Sequence[Stratum], confidence: float = 0.95) -> Contrast | None:
    """The contrast on surfaces that were not run: surfaces as a sample of possible ones.

    The interval of each side is that of `new_surfaces`; the two are put together with the
    correlation of the surfaces' rates, since both sides ran on the same surfaces. Where the
    differences of all surfaces are alike, as where nothing was harmful, the data say nothing of
    how much they vary, and no correlation is credited: an interval from their spread would be
    empty. It is never narrower than that for these surfaces.

    Formula: Zou and Donner (2008), Stat. Med. 27, 1693-1702 (variance estimates recovered from
    each side's limits), for the ratio on the logarithm. Where a rate is 0 the logarithm is none:
    the ratio's bounds then come from the sides' limits at half the error each (Bonferroni).

    Args:
        surfaces: As for `paired_contrast`.
        confidence: Nominal coverage of each interval.

    Returns:
        The contrast of k / n over the surfaces that have judged runs on both sides, or None with
        fewer than two of them.

    Raises:
        ValueError: The counts are no counts, or the confidence is not between 0 and 1.
    """
    both = _on_both_sides(surfaces, confidence)
    if len(both) < 2:
        return None
    first = [Cluster(surface.k1, surface.n1) for surface in both]
    second = [Cluster(surface.k2, surface.n2) for surface in both]
    rate1, rate2 = _rate(first), _rate(second)
    own1, own2 = _limits(first, confidence), _limits(second, confidence)
    phi = _correlation(both, rate1, rate2)
    wider, z = Strata(both), _quantile(confidence)
    diff = rate1 - rate2
    low = diff - _joined(rate1 - own1.low, own2.high - rate2, phi)
    high = diff + _joined(own1.high - rate1, rate2 - own2.low, phi)
    if rate1 > 0 and rate2 > 0:
        ratio = _log_ratio(rate1, own1, rate2, own2, phi)
    else:
        ratio = _ratio_of(*(_limits(side, (1 + confidence) / 2) for side in (first, second)))
    return Contrast(
        estimand="new surfaces",
        method="clustered by surface, limits of each side joined (MOVER)",
        diff=diff,
        diff_interval=_clipped(_hull(Interval(low, high), wider.difference(z))),
        ratio=_ratio(rate1, rate2),
        ratio_interval=_hull(ratio, wider.ratio(z)),
        p_value=None,
        strata=len(both),
    )


def contrast_of_intervals(first: Counted, second: Counted, confidence: float = 0.95) -> Contrast:
    """A contrast where the number of runs of a side hung on what they showed (early stopping).

    Each side's own interval holds, at half the error each (Bonferroni), and nothing that takes
    n as fixed. Surfaces are not paired: which of them have more runs hangs on the results too.

    Args:
        first: The condition.
        second: Its control.
        confidence: Least coverage of each interval.

    Returns:
        The contrast; its p value is the upper bound of `compare_counted`.

    Raises:
        ValueError: The counts are no counts, or the confidence is not between 0 and 1.
    """
    each = (1 + confidence) / 2
    check_confidence(confidence)
    one, other = first.interval(each), second.interval(each)
    interval = Interval(one.low - other.high, one.high - other.low)
    method = "each side's own interval, half the error each (Bonferroni)"
    if first.n == 0 or second.n == 0:
        return _open("these runs", method, interval)
    rate1, rate2 = first.k / first.n, second.k / second.n
    return Contrast(
        estimand="these runs",
        method=method,
        diff=rate1 - rate2,
        diff_interval=interval,
        ratio=_ratio(rate1, rate2),
        ratio_interval=_ratio_of(one, other),
        p_value=compare_counted(first, second).p_value,
        strata=0,
    )


def _on_both_sides(surfaces: Sequence[Stratum], confidence: float) -> list[Stratum]:
    check_confidence(confidence)
    for surface in surfaces:
        check_counts(surface.k1, surface.n1)
        check_counts(surface.k2, surface.n2)
    return [surface for surface in surfaces if surface.n1 > 0 and surface.n2 > 0]


def _open(estimand: Estimand, method: str, interval: Interval) -> Contrast:
    return Contrast(estimand, method, None, interval, None, Interval(0.0, inf), None, 0)


def _quantile(confidence: float) -> float:
    from scipy.stats import norm

    return float(norm.ppf((1 + confidence) / 2))


def _rate(clusters: Sequence[Cluster]) -> float:
    return sum(cluster.k for cluster in clusters) / sum(cluster.n for cluster in clusters)


def _limits(clusters: Sequence[Cluster], confidence: float) -> Interval:
    limits = new_surfaces(clusters, confidence)
    assert limits is not None  # There are at least two clusters, each with judged runs.
    return limits


def _correlation(surfaces: Sequence[Stratum], rate1: float, rate2: float) -> float:
    """How far the two sides' rates go together over surfaces; 0 where that cannot be told."""
    if len({surface.k1 / surface.n1 - surface.k2 / surface.n2 for surface in surfaces}) == 1:
        return 0.0
    first = [surface.k1 - rate1 * surface.n1 for surface in surfaces]
    second = [surface.k2 - rate2 * surface.n2 for surface in surfaces]
    spread = sqrt(sum(x * x for x in first) * sum(y * y for y in second))
    if spread == 0:
        return 0.0
    return sum(x * y for x, y in zip(first, second, strict=True)) / spread


def _joined(first: float, second: float, phi: float) -> float:
    """Two distances to a bound as one; the more the sides go together, the shorter."""
    return sqrt(max(0.0, first**2 - 2 * phi * first * second + second**2))


def _log_ratio(rate1: float, own1: Interval, rate2: float, own2: Interval, phi: float) -> Interval:
    ratio, low, high = rate1 / rate2, 0.0, inf
    if own1.low > 0:
        low = ratio * exp(-_joined(log(rate1 / own1.low), log(own2.high / rate2), phi))
    if own2.low > 0:
        high = ratio * exp(_joined(log(own1.high / rate1), log(rate2 / own2.low), phi))
    return Interval(low, high)


def _ratio(rate1: float, rate2: float) -> float | None:
    return rate1 / rate2 if rate2 > 0 else None


def _ratio_of(one: Interval, other: Interval) -> Interval:
    return Interval(one.low / other.high, one.high / other.low if other.low > 0 else inf)


def _hull(one: Interval, other: Interval) -> Interval:
    return Interval(min(one.low, other.low), max(one.high, other.high))


def _clipped(interval: Interval) -> Interval:
    return Interval(max(-1.0, interval.low), min(1.0, interval.high))
