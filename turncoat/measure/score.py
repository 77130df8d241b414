"""Score intervals of a difference and of a ratio of rates, over one stratum or several."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import exp, inf, log
from typing import TYPE_CHECKING, NamedTuple

from turncoat.measure.intervals import Interval

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_NEAR = 1e-10
"""How near to the estimate a bound may lie; there the variance itself can be 0."""
_FAR = 40.0
"""A ratio is looked for between exp(-40) and exp(40)."""


class Stratum(NamedTuple):
    """The judged runs of one surface, under a condition and under its control."""

    k1: int
    """Runs under the condition in which it happened."""
    n1: int
    k2: int
    """Runs under the control in which it happened."""
    n2: int


class Strata:
    """Strata with runs on both sides, weighted after Mantel and Haenszel: n1 n2 / (n1 + n2).

    The bounds are the values that the score test does not reject at that weighting: the distance
    of the estimate from a value, over the standard error that the strata would have if the value
    held in each. So no bound rests on an estimated variance of 0, as Wald's and Sato's do where
    nothing or everything was harmful. The variance has the factor N / (N - 1), which makes it right
    for a few runs per stratum (at 0 the test is Cochran, Mantel and Haenszel's); where strata
    differ in their effect the bounds are too wide rather than too narrow.

    Formulas: Miettinen and Nurminen (1985), Stat. Med. 4, 213-226; the rates that fit best at a
    given difference in Farrington and Manning's closed form (1990), Stat. Med. 9, 1447-1454.
    (statsmodels has one stratum, and there gives nan or complex bounds where cells are 0.)
    """

    def __init__(self, strata: Sequence[Stratum]) -> None:
        """Takes the strata.

        Args:
            strata: At least one; each with at least one judged run on each side.
        """
        import numpy as np

        table = np.asarray(strata, dtype=float)
        self._k1, self._n1, self._k2, self._n2 = table.T
        total = self._n1 + self._n2
        weights = self._n1 * self._n2 / total
        self._weights = weights / weights.sum()
        self._small = total / (total - 1)
        self.rate1 = float(self._weights @ (self._k1 / self._n1))
        """Weighted rate under the condition."""
        self.rate2 = float(self._weights @ (self._k2 / self._n2))
        """Weighted rate under the control."""

    def difference(self, z: float) -> Interval:
        """The differences whose score statistic is at most z; from -1 to 1."""
        estimate = self.rate1 - self.rate2

        def excess(value: float) -> float:
            p1, p2 = self._at_difference(value)
            return (estimate - value) ** 2 - z**2 * self._variance(p1, p2, 1.0)

        return Interval(_root(excess, estimate - _NEAR, -1.0), _root(excess, estimate + _NEAR, 1.0))

    def ratio(self, z: float) -> Interval:
        """The ratios whose score statistic is at most z.

        Returns:
            Bounds; the upper one is infinite where the control's rate is 0, and both are open
            (0 to infinity) where both rates are.
        """

        def excess(logarithm: float) -> float:
            value = exp(logarithm)
            p1, p2 = self._at_ratio(value)
            distance = self.rate1 - value * self.rate2
            return (distance**2 - z**2 * self._variance(p1, p2, value)) / (1 + value) ** 2

        low, high = 0.0, inf
        if self.rate1 > 0:
            start = log(self.rate1 / self.rate2) - _NEAR if self.rate2 > 0 else _FAR
            low = exp(_root(excess, start, -_FAR))
        if self.rate2 > 0:
            start = log(self.rate1 / self.rate2) + _NEAR if self.rate1 > 0 else -_FAR
            high = exp(_root(excess, start, _FAR))
        return Interval(low, high)

    def p_value(self) -> float:
        """Two-sided p value of no difference; 1 where every run came out alike."""
        from scipy.stats import norm

        pooled = (self._k1 + self._k2) / (self._n1 + self._n2)
        variance = self._variance(pooled, pooled, 1.0)
        if variance == 0:
            return 1.0
        return float(2 * norm.sf(abs(self.rate1 - self.rate2) / variance**0.5))

    def _variance(self, p1: Floats, p2: Floats, value: float) -> float:
        """Of the weighted rate minus `value` times the other, at these rates of the strata."""
        each = p1 * (1 - p1) / self._n1 + value**2 * p2 * (1 - p2) / self._n2
        return float(self._weights**2 @ (each * self._small))

    def _at_difference(self, value: float) -> tuple[Floats, Floats]:
        """The rates of each stratum that fit best among those that differ by `value`."""
        import numpy as np

        share, p1, p2 = self._n2 / self._n1, self._k1 / self._n1, self._k2 / self._n2
        a = 1 + share
        b = -(1 + share + p1 + share * p2 + value * (share + 2))
        c = value**2 + value * (2 * p1 + share + 1) + p1 + share * p2
        d = -p1 * value * (1 + value)
        v = (b / (3 * a)) ** 3 - b * c / (6 * a**2) + d / (2 * a)
        root = np.sqrt(np.maximum((b / (3 * a)) ** 2 - c / (3 * a), 0.0))
        u = np.where(v >= 0, root, -root)
        cosine = np.divide(v, u**3, out=np.zeros_like(v), where=u != 0)
        angle = (np.pi + np.arccos(np.clip(cosine, -1, 1))) / 3
        first = np.clip(2 * u * np.cos(angle) - b / (3 * a), max(0.0, value), min(1.0, 1 + value))
        return first, np.clip(first - value, 0, 1)

    def _at_ratio(self, value: float) -> tuple[Floats, Floats]:
        """The rates of each stratum that fit best among those with this ratio."""
        import numpy as np

        a = (self._n1 + self._n2) * value
        b = self._n1 * value + self._k1 + self._n2 + self._k2 * value
        c = self._k1 + self._k2
        # The root of a p^2 - b p + c in the form that loses no digits where a is small.
        second = 2 * c / (b + np.sqrt(np.maximum(b**2 - 4 * a * c, 0.0)))
        second = np.clip(second, 0, min(1.0, 1 / value))
        return np.clip(value * second, 0, 1), second


def _root(excess: Callable[[float], float], inner: float, outer: float) -> float:
    """Where the excess turns positive on the way out; the outer end where it does not."""
    if (outer - inner) * (1 if outer > 0 else -1) <= 0 or excess(outer) <= 0:
        return outer
    if excess(inner) >= 0:
        return inner
    from scipy.optimize import brentq

    return float(brentq(excess, inner, outer))
