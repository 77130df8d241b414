"""What a number of runs can show, before they are made."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Counts = NDArray[np.int64]
    Rates = NDArray[np.float64]

NEGLIGIBLE = 1e-9
"""Counts less probable than this do not matter."""


def expected_half_width(n: int, rate: float, confidence: float = 0.95) -> float:
    """Half of the length that Wilson's interval will have, on average over its outcomes.

    Args:
        n: Runs that will be judged.
        rate: True rate, 0 to 1.
        confidence: Nominal coverage.

    Returns:
        Half-width as a rate; 0.5 without a run.
    """
    if n < 1:
        return 0.5
    counts, chances = _likely(n, rate)
    low, high = _wilson(counts, n, confidence)
    return float((chances * (high - low)).sum() / chances.sum() / 2)


def smallest_difference(
    n1: int, n2: int, base: float, power: float = 0.8, alpha: float = 0.05
) -> float:
    """The least rise above a rate that two groups of runs will show.

    It is shown where Newcombe's interval for the difference leaves out 0, as `difference` gives
    it; the power is summed over the outcomes of both groups, so that it holds for few runs and
    at a rate of 0 too, where the usual approximations promise too much.

    Args:
        n1: Judged runs of the group whose rate is higher.
        n2: Judged runs of the other.
        base: True rate of the other, 0 to 1.
        power: Chance of showing it.
        alpha: Chance of showing one where there is none; two-sided.

    Returns:
        A difference of rates; NaN where these runs show none that is possible.
    """
    from scipy.optimize import brentq

    if n1 < 1 or n2 < 1 or base >= 1:
        return math.nan
    counts2, chances2 = _likely(n2, base)

    def lacking(rise: float) -> float:
        counts1, chances1 = _likely(n1, min(1.0, base + rise))
        shown = _shown(counts1[:, None], n1, counts2[None, :], n2, 1 - alpha)
        return float(chances1 @ shown @ chances2) - power

    if lacking(1 - base) < 0:
        return math.nan
    return float(brentq(lacking, 0.0, 1 - base, xtol=1e-4))


def _likely(n: int, rate: float) -> tuple[Counts, Rates]:
    import numpy as np
    from scipy.stats import binom

    counts = np.arange(n + 1)
    chances = binom.pmf(counts, n, rate)
    kept = chances > NEGLIGIBLE
    return counts[kept], chances[kept]


def _wilson(k: Counts, n: int, confidence: float) -> tuple[Rates, Rates]:
    import numpy as np
    from scipy.stats import norm

    z2 = float(norm.ppf(0.5 + confidence / 2)) ** 2
    middle = (k + z2 / 2) / (n + z2)
    half = np.sqrt(z2 * (k * (n - k) / n + z2 / 4)) / (n + z2)
    return middle - half, middle + half


def _shown(k1: Counts, n1: int, k2: Counts, n2: int, confidence: float) -> Rates:
    """1 where the lower bound of the difference is above 0."""
    import numpy as np

    low1, _ = _wilson(k1, n1, confidence)
    _, high2 = _wilson(k2, n2, confidence)
    rate1, rate2 = k1 / n1, k2 / n2
    lower = rate1 - rate2 - np.sqrt((rate1 - low1) ** 2 + (high2 - rate2) ** 2)
    return (lower > 0).astype(float)
