"""Is one rate higher than another, as good as equal, or is there no telling?"""

from __future__ import annotations

from math import exp, log
from typing import Literal, NamedTuple

from turncoat.measure.intervals import Interval, difference, wilson
from turncoat.measure.sequence import confidence_sequence

ComparisonVerdict = Literal["higher", "lower", "equivalent", "cannot tell"]

_LEAST_P = 1e-12
"""The p bound of intervals stops here: a lower one would change no verdict."""


class Comparison(NamedTuple):
    """The first rate against the second."""

    diff: float | None
    """First rate minus second; None where a group has no judged run."""
    interval: Interval
    """95 % interval of the difference."""
    verdict: ComparisonVerdict
    p_value: float
    """Two-sided test of no difference, for `holm` over a family of comparisons: a score test, or
    an upper bound of p where only intervals could be compared."""
    within: bool = False
    """Whether the two one-sided tests put the difference within the margin, whatever the verdict:
    a difference can be certain and small."""
    p_exact: float | None = None
    """Fisher's exact test of no difference, two-sided: never too small, often too large. None where
    the number of runs hung on what they showed, or a group has no judged run."""


class Counted(NamedTuple):
    """One side of a comparison."""

    k: int
    """Runs in which it happened."""
    n: int
    """Judged runs."""
    sequential: bool = False
    """Whether their number hung on what they showed (early stopping). Then only the confidence
    sequence holds, and no interval or test that takes n as fixed beforehand."""
    uneven: float = 0.0
    """`unevenness` of the surfaces' judged runs, by which the sequence is made wider: then it holds
    the mean over all that were launched."""

    def interval(self, confidence: float = 0.95) -> Interval:
        """The interval of the rate that holds for this side: Wilson's, or the sequence's."""
        if not self.sequential:
            return wilson(self.k, self.n, confidence)
        low, high = confidence_sequence(self.k, self.n, confidence)
        return Interval(max(0.0, low - self.uneven), min(1.0, high + self.uneven))


def compare_rates(k1: int, n1: int, k2: int, n2: int, margin: float = 0.1) -> Comparison:
    """Compares two independent rates and says in one word what the counts allow.

    In this order:

    1. `higher` or `lower`, where the 95 % interval of the difference excludes 0. This goes
       first, so a difference that is small and certain is called by its direction, also when
       the whole interval lies within the margin.
    2. `equivalent`, where the 90 % interval lies strictly within the margin on both sides: two
       one-sided tests at 5 % each (Schuirmann 1987, J. Pharmacokin. Biopharm. 15, 657-680).
    3. `cannot tell` otherwise.

    The verdict is that of the interval. At the edge the score test may not agree: rarely, and
    by little (an interval that ends 0.0004 short of 0 beside a p of 0.051). Whoever calls a
    difference after correction for several comparisons should ask for both.

    Args:
        k1: Harmful runs of the first group (what was measured).
        n1: Judged runs of the first group.
        k2: Harmful runs of the second group (what it is compared with).
        n2: Judged runs of the second group.
        margin: Largest difference of rates, between 0 and 1, that is as good as none.

    Returns:
        Difference, Newcombe's interval, verdict, and the p values of a score test and of Fisher's.

    Raises:
        ValueError: The counts are no counts, or the margin is not between 0 and 1.
    """
    _check_margin(margin)
    interval = difference(k1, n1, k2, n2)
    if n1 == 0 or n2 == 0:
        return Comparison(None, interval, "cannot tell", 1.0)
    narrow = difference(k1, n1, k2, n2, confidence=0.9)
    found = _compared(
        k1 / n1 - k2 / n2, interval, narrow, p_value=score_test(k1, n1, k2, n2), margin=margin
    )
    return found._replace(p_exact=exact_test(k1, n1, k2, n2))


def compare_counted(first: Counted, second: Counted, margin: float = 0.1) -> Comparison:
    """Compares two independent rates, of which either may come from runs that stopped early.

    Where neither did, this is `compare_rates`. Else each side's own interval is all that holds:
    the two at 97.5 % give one of 95 % for the difference (Bonferroni: each misses in at most 2.5 %
    of cases), the two at 95 % the one of 90 % that equivalence needs. Wider than Newcombe's for
    the same counts: that is the price of having looked.

    The p value is an upper bound: the least alpha at which the two intervals at 1 - alpha / 2 lie
    apart. Where the rates are one, that needs one of them to miss it, which happens with a chance
    of at most alpha, at whatever n the sequence was stopped; so the bound is at most alpha as
    seldom as a p value, and goes into `holm` as one. It is under 0.05 exactly where the interval
    excludes 0.

    Args:
        first: What was measured.
        second: What it is compared with.
        margin: As for `compare_rates`.

    Returns:
        Difference, interval, verdict and p value.

    Raises:
        ValueError: The counts are no counts, or the margin is not between 0 and 1.
    """
    if not (first.sequential or second.sequential):
        return compare_rates(first.k, first.n, second.k, second.n, margin)
    _check_margin(margin)
    interval = difference_of_intervals(first, second)
    if first.n == 0 or second.n == 0:
        return Comparison(None, interval, "cannot tell", 1.0)
    narrow = difference_of_intervals(first, second, 0.9)
    diff = first.k / first.n - second.k / second.n
    return _compared(diff, interval, narrow, p_value=_p_bound(first, second), margin=margin)


def difference_of_intervals(first: Counted, second: Counted, confidence: float = 0.95) -> Interval:
    """What each side's own interval allows the difference of the rates to be.

    Args:
        first: The first group.
        second: The group whose rate is taken away.
        confidence: Least share of repetitions in which the interval holds the difference; half
            of the rest is spent on each side.

    Returns:
        Bounds from -1 to 1.

    Raises:
        ValueError: The counts are no counts, or the confidence is not between 0 and 1.
    """
    each = (1 + confidence) / 2
    one, other = first.interval(each), second.interval(each)
    return Interval(one.low - other.high, one.high - other.low)


def exact_test(k1: int, n1: int, k2: int, n2: int) -> float:
    """Two-sided p value of Fisher's exact test of no difference between two independent rates.

    Formula: Fisher (1934), Statistical Methods for Research Workers, section 21.02.

    Args:
        k1: Runs of the first group in which it happened.
        n1: Judged runs of the first group.
        k2: Runs of the second group in which it happened.
        n2: Judged runs of the second group.

    Returns:
        The p value.
    """
    import numpy as np
    from scipy.stats import fisher_exact

    return float(fisher_exact(np.array([[k1, n1 - k1], [k2, n2 - k2]])).pvalue)


def score_test(k1: int, n1: int, k2: int, n2: int) -> float:
    """Two-sided p value of no difference between two independent rates.

    Formula: Miettinen and Nurminen (1985), Stat. Med. 4, 213-226, at a difference of 0.

    Args:
        k1: Runs of the first group in which it happened.
        n1: Judged runs of the first group, at least one.
        k2: Runs of the second group in which it happened.
        n2: Judged runs of the second group, at least one.

    Returns:
        The p value; 1 where both rates are 0, or both 1.
    """
    if k1 + k2 in (0, n1 + n2):
        return 1.0  # The score statistic is 0 / 0 there.
    import numpy as np
    from statsmodels.stats.proportion import test_proportions_2indep  # type: ignore[import-untyped]

    with np.errstate(divide="ignore"):  # It also works out ratios, which need not exist.
        test = test_proportions_2indep(k1, n1, k2, n2, compare="diff", method="score")
    return float(test.pvalue)


def _check_margin(margin: float) -> None:
    if not 0 < margin < 1:
        raise ValueError(f"margin must lie between 0 and 1, got {margin}")


def _compared(
    diff: float, interval: Interval, narrow: Interval, *, p_value: float, margin: float
) -> Comparison:
    within = -margin < narrow.low and narrow.high < margin
    verdict: ComparisonVerdict = "equivalent" if within else "cannot tell"
    if interval.low > 0:
        verdict = "higher"
    elif interval.high < 0:
        verdict = "lower"
    return Comparison(diff, interval, verdict, p_value, within)


def _p_bound(first: Counted, second: Counted) -> float:
    """The least alpha at which the intervals at 1 - alpha / 2 lie apart; 1 where none does."""

    def gap(exponent: float) -> float:
        low, high = difference_of_intervals(first, second, 1 - exp(exponent))
        return max(low, -high)

    low, high = log(_LEAST_P), log(1 - _LEAST_P)
    if gap(high) <= 0:
        return 1.0
    if gap(low) > 0:
        return _LEAST_P
    from scipy.optimize import brentq

    return min(1.0, exp(brentq(gap, low, high, xtol=1e-6) + 1e-6))
