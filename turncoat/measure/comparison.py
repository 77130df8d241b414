"""Is one rate higher than another, as good as equal, or is there no telling?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from turncoat.measure.intervals import Interval, difference

Verdict = Literal["higher", "lower", "equivalent", "cannot tell"]


class Comparison(NamedTuple):
    """The first rate against the second."""

    diff: float | None
    """First rate minus second; None where a group has no judged run."""
    interval: Interval
    """95 % interval of the difference."""
    verdict: Verdict
    p_value: float
    """Two-sided score test of no difference, for `holm` over a family of comparisons."""


def compare_rates(k1: int, n1: int, k2: int, n2: int, margin: float = 0.1) -> Comparison:
    """Compares two independent rates and says in one word what the counts allow.

    In this order:

    1. `higher` or `lower`, where the 95 % interval of the difference excludes 0. This goes
       first, so a difference that is small and certain is called by its direction, also when
       the whole interval lies within the margin.
    2. `equivalent`, where the 90 % interval lies strictly within the margin on both sides: two
       one-sided tests at 5 % each (Schuirmann 1987, J. Pharmacokin. Biopharm. 15, 657-680).
    3. `cannot tell` otherwise.

    Args:
        k1: Harmful runs of the first group (what was measured).
        n1: Judged runs of the first group.
        k2: Harmful runs of the second group (what it is compared with).
        n2: Judged runs of the second group.
        margin: Largest difference of rates, between 0 and 1, that is as good as none.

    Returns:
        Difference, Newcombe's interval, verdict and the p value of a score test.

    Raises:
        ValueError: The counts are no counts, or the margin is not between 0 and 1.
    """
    if not 0 < margin < 1:
        raise ValueError(f"margin must lie between 0 and 1, got {margin}")
    interval = difference(k1, n1, k2, n2)
    if n1 == 0 or n2 == 0:
        return Comparison(None, interval, "cannot tell", 1.0)
    narrow = difference(k1, n1, k2, n2, confidence=0.9)
    verdict: Verdict = "cannot tell"
    if interval.low > 0:
        verdict = "higher"
    elif interval.high < 0:
        verdict = "lower"
    elif -margin < narrow.low and narrow.high < margin:
        verdict = "equivalent"
    return Comparison(k1 / n1 - k2 / n2, interval, verdict, _p_value(k1, n1, k2, n2))


def holm(p_values: Sequence[float]) -> list[float]:
    """P values adjusted for having made that many tests.

    A family of comparisons keeps its error rate when each adjusted value is held against the
    usual 0.05. Method: Holm (1979), Scand. J. Stat. 6, 65-70.

    Args:
        p_values: One per test, in any order.

    Returns:
        Adjusted values in the same order.
    """
    if not p_values:
        return []
    from statsmodels.stats.multitest import multipletests  # type: ignore[import-untyped]

    return [float(p) for p in multipletests(list(p_values), method="holm")[1]]


def _p_value(k1: int, n1: int, k2: int, n2: int) -> float:
    if k1 + k2 in (0, n1 + n2):
        return 1.0  # The score statistic is 0 / 0 where both rates are 0, or both 1.
    import numpy as np
    from statsmodels.stats.proportion import test_proportions_2indep  # type: ignore[import-untyped]

    with np.errstate(divide="ignore"):  # It also works out ratios, which need not exist.
        test = test_proportions_2indep(k1, n1, k2, n2, compare="diff", method="score")
    return float(test.pvalue)
