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
MOST = 20_000
"""Runs in a group beyond which none are looked for."""
STEADY = 20
"""Numbers of runs in a row that must reach the power."""


def design_effect(each: float, correlation: float) -> float:
    """How many times the variance of a rate grows because runs share surfaces.

    1 + (m - 1) rho (Kish 1965, Survey Sampling, section 5.4). It is about rates on new surfaces:
    between two conditions that are run on the same surfaces it overstates the loss.

    Args:
        each: Runs on one surface, m.
        correlation: Of two runs on one surface, rho, 0 to 1.

    Raises:
        ValueError: A number is out of its range.
    """
    if each < 1 or not 0 <= correlation <= 1:
        raise ValueError("at least one run a surface, and a correlation from 0 to 1")
    return 1 + (each - 1) * correlation


def expected_half_width(
    n: int, rate: float, confidence: float = 0.95, effect: float = 1.0
) -> float:
    """Half of the length that Wilson's interval will have, on average over its outcomes.

    Args:
        n: Runs that will be judged.
        rate: True rate, 0 to 1.
        confidence: Nominal coverage.
        effect: `design_effect`; the runs count as so many times fewer.

    Returns:
        Half-width as a rate; 0.5 without a run.
    """
    n = _effective(n, effect)
    if n < 1:
        return 0.5
    counts, chances = _likely(n, rate)
    low, high = _wilson(counts, n, confidence)
    return float((chances * (high - low)).sum() / chances.sum() / 2)


def smallest_difference(
    n1: int,
    n2: int,
    base: float,
    power: float = 0.8,
    alpha: float = 0.05,
    effect: float = 1.0,
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
        effect: `design_effect`; the runs of both groups count as so many times fewer.

    Returns:
        A difference of rates; NaN where these runs show none that is possible.
    """
    from scipy.optimize import brentq

    n1, n2 = _effective(n1, effect), _effective(n2, effect)
    if n1 < 1 or n2 < 1 or base >= 1:
        return math.nan

    def lacking(rise: float) -> float:
        return power_of(n1, n2, base, rise, alpha) - power

    if lacking(1 - base) < 0:
        return math.nan
    return float(brentq(lacking, 0.0, 1 - base, xtol=1e-4))


def power_of(n1: int, n2: int, base: float, rise: float, alpha: float = 0.05) -> float:
    """The chance that a rise above a rate is shown, as `smallest_difference` understands it.

    Args:
        n1: Judged runs of the group whose rate is higher, at least 1.
        n2: Judged runs of the other, at least 1.
        base: True rate of the other, 0 to 1.
        rise: True difference of the rates.
        alpha: Two-sided.
    """
    counts1, chances1 = _likely(n1, min(1.0, base + rise))
    counts2, chances2 = _likely(n2, base)
    shown = _shown(counts1[:, None], n1, counts2[None, :], n2, 1 - alpha)
    return float(chances1 @ shown @ chances2)


def runs_for_difference(
    rise: float, base: float, power: float = 0.8, alpha: float = 0.05, effect: float = 1.0
) -> int:
    """How many judged runs in each of two equal groups show a rise above a rate.

    Args:
        rise: True difference of the rates, above 0.
        base: True rate of the lower group, 0 to 1.
        power: Chance of showing it.
        alpha: Two-sided.
        effect: `design_effect`; so many times more runs are needed.

    Returns:
        Runs in each group. Power rises in steps, with small falls between: from this number on it
        is reached at every one of the next `STEADY` numbers too.

    Raises:
        ValueError: There is no such rise, or it takes more than `MOST` runs.
    """
    if rise <= 0 or base < 0 or base + rise > 1:
        raise ValueError("the rise must be above 0, and both rates from 0 to 1")

    def enough(n: int) -> bool:
        return power_of(n, n, base, rise, alpha) >= power

    high = 2
    while not enough(high):
        high *= 2
        if high > MOST:
            raise ValueError(f"a rise of {rise:g} from {base:g} takes more than {MOST:,} runs")
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    n = found = high
    while n < found + STEADY:
        n += 1
        if not enough(n):
            found = n + 1
    return math.ceil(found * effect - 1e-9)


def _effective(n: int, effect: float) -> int:
    if effect < 1:
        raise ValueError("a design effect is at least 1")
    return math.floor(n / effect + 1e-9)


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
