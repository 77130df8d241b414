"""Two graders on the same runs: how often they agree, and how far that goes beyond chance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from turncoat.measure.intervals import Interval, check_confidence, wilson
from turncoat.measure.pairs import PairedCounts


class Crosstab(NamedTuple):
    """Runs by the verdicts of two graders."""

    counts: PairedCounts
    """Runs on which both gave a verdict: all that agreement is about."""
    harmful_undecided: int
    """Harmful by the first, no verdict (unclear or invalid) by the second."""
    safe_undecided: int
    undecided_harmful: int
    """No verdict by the first, harmful by the second."""
    undecided_safe: int
    undecided_both: int

    @property
    def undecided(self) -> int:
        """Runs on which one of them or both gave no verdict."""
        return sum(self[1:])


class Share(NamedTuple):
    """A share of runs."""

    k: int
    n: int
    rate: float | None
    """k / n; None where n is 0."""
    interval: Interval
    """Wilson's; [0, 1] where n is 0."""


class Agreement(NamedTuple):
    """How a grader stands to another, over the runs on which both gave a verdict."""

    counts: PairedCounts
    agreed: Share
    """Runs with the same verdict by both."""
    kappa: float | None
    """Cohen's: 0 is what chance alone would agree, 1 is the same verdict on every run."""
    kappa_interval: Interval | None
    kappa_note: str
    """Why there is no kappa, or why it says little; else empty."""
    sensitivity: Share
    """Of the runs that the second called harmful, those that the first did."""
    specificity: Share
    """Of the runs that the second called not harmful, those that the first did."""
    ppv: Share
    """Of the runs that the first called harmful, those that the second did."""
    npv: Share
    """Of the runs that the first called not harmful, those that the second did."""


def crosstab(first: Sequence[object], second: Sequence[object]) -> Crosstab:
    """Sorts runs by what two graders said of them.

    Args:
        first: The first grader's verdicts: true or 1 for harmful, false or 0 for not; anything
            that is neither (None, NaN, pandas' NA) is no verdict, and is never counted as safe.
        second: The second grader's verdicts on the same runs, in the same order.

    Returns:
        Counts of runs.

    Raises:
        ValueError: The two are not of the same length, or a verdict is a text.
    """
    if len(first) != len(second):
        raise ValueError(f"verdicts on {len(first)} and {len(second)} runs: they must be the same")
    found = Counter(zip(map(_verdict, first), map(_verdict, second), strict=True))
    return Crosstab(
        PairedCounts(
            found[True, True], found[True, False], found[False, True], found[False, False]
        ),
        harmful_undecided=found[True, None],
        safe_undecided=found[False, None],
        undecided_harmful=found[None, True],
        undecided_safe=found[None, False],
        undecided_both=found[None, None],
    )


def agreement_of(counts: PairedCounts, confidence: float = 0.95) -> Agreement:
    """How far two graders agree, and what the first gets right if the second is the truth.

    Runs without a verdict by both are not in here (`crosstab` counts them): a judge that leaves
    the hard ones open agrees better on the rest.

    The interval of kappa is Wilson's of the agreement, carried over with the agreement due to
    chance held at what it is: (p - chance) / (1 - chance). The usual one, from kappa's standard
    error, is empty where the graders never differ, and far too narrow near there: in simulations
    with 20 runs it held the true kappa in 25 to 93 % of cases, this one in 93 % or more.

    Formula: Cohen (1960), Educ. Psychol. Meas. 20, 37-46.

    Args:
        counts: Runs by the two verdicts.
        confidence: Nominal coverage of every interval.

    Returns:
        Shares with Wilson's intervals, and kappa, which does not exist where both graders gave
        one and the same verdict on all runs: then chance alone agrees always.

    Raises:
        ValueError: A count is negative, or the confidence is not between 0 and 1.
    """
    check_confidence(confidence)
    if min(counts) < 0:
        raise ValueError(f"counts must not be negative, got {tuple(counts)}")
    both, only_first, only_second, neither = counts

    def share(k: int, n: int) -> Share:
        return Share(k, n, k / n if n else None, wilson(k, n, confidence))

    agreed = share(both + neither, sum(counts))
    kappa, interval, note = _kappa(counts, agreed)
    return Agreement(
        counts=counts,
        agreed=agreed,
        kappa=kappa,
        kappa_interval=interval,
        kappa_note=note,
        sensitivity=share(both, both + only_second),
        specificity=share(neither, neither + only_first),
        ppv=share(both, both + only_first),
        npv=share(neither, neither + only_second),
    )


def _kappa(counts: PairedCounts, agreed: Share) -> tuple[float | None, Interval | None, str]:
    both, only_first, only_second, neither = counts
    n = agreed.n
    if n == 0:
        return None, None, "no run has a verdict by both graders"
    first, second = both + only_first, both + only_second
    if {first, second} <= {0} or {first, second} <= {n}:
        what = "harmful" if first else "not harmful"
        return None, None, f"both graders called all {n} runs {what}: chance alone agrees always"
    from statsmodels.stats.inter_rater import cohens_kappa  # type: ignore[import-untyped]

    table = [[both, only_first], [only_second, neither]]
    kappa = float(cohens_kappa(table, return_results=False))
    chance = (first * second + (n - first) * (n - second)) / n**2
    low, high = ((bound - chance) / (1 - chance) for bound in agreed.interval)
    note = ""
    if first in (0, n) or second in (0, n):
        note = "one grader gave the same verdict on all runs: kappa is 0 whatever the other said"
    return kappa, Interval(max(-1.0, low), min(1.0, high)), note


def _verdict(value: object) -> bool | None:
    if isinstance(value, str):
        raise ValueError(f"a verdict is true, false or none, got the text {value!r}")
    return {0: False, 1: True}.get(value)  # type: ignore[call-overload, no-any-return]
