"""Firth's penalised likelihood: finite estimates where levels separate the outcome."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf
from typing import TYPE_CHECKING, NamedTuple

from turncoat.measure.intervals import Interval

if TYPE_CHECKING:
    import numpy as np

    Floats = np.ndarray

_STEPS = 200
_LARGEST_STEP = 2.0
_WIDEST = 60.0
"""How far from the estimate a bound of the log odds is looked for."""


class Counts(NamedTuple):
    """Runs counted by the rows of their design that differ, so that many runs cost no more."""

    design: Floats
    """Distinct rows by columns, of full rank."""
    harmful: Floats
    """Runs of each row in which it happened."""
    runs: Floats
    """Runs of each row."""


def counts_of(design: Floats, outcomes: Floats) -> Counts:
    """Counts runs by the rows of their design.

    Args:
        design: Runs by columns.
        outcomes: 0 or 1 for each run.
    """
    import numpy as np

    rows, codes = np.unique(design, axis=0, return_inverse=True)
    codes = codes.ravel()
    return Counts(rows, np.bincount(codes, weights=outcomes), np.bincount(codes).astype(float))


class Penalised(NamedTuple):
    """The coefficients where the penalised likelihood is largest, and its logarithm there."""

    coefficients: Floats
    height: float


def firth(
    counts: Counts,
    fixed: Mapping[int, float] | None = None,
    start: Floats | None = None,
) -> Penalised:
    """Fits log odds by penalised likelihood, by Newton's steps that are halved if they overshoot.

    Formula: Firth (1993), Biometrika 80, 27-38; Heinze and Schemper (2002), Stat. Med. 21,
    2409-2419.

    Args:
        counts: The runs.
        fixed: Value of each coefficient, by place, that is not to be estimated. The penalty is
            that of the whole design all the same, as the profile likelihood wants it.
        start: Where to begin; zeros if None.
    """
    import numpy as np

    held = dict(fixed or {})
    estimate = np.zeros(counts.design.shape[1]) if start is None else np.array(start, dtype=float)
    for place, value in held.items():
        estimate[place] = value
    free = np.array(
        [place for place in range(counts.design.shape[1]) if place not in held], dtype=int
    )
    height = _height(counts, estimate)
    for _ in range(_STEPS if len(free) else 0):
        step = _step(counts, estimate, free)
        step *= min(1.0, _LARGEST_STEP / max(float(np.abs(step).max()), 1e-300))
        for _ in range(30):
            moved = estimate.copy()
            moved[free] += step
            higher = _height(counts, moved)
            if higher >= height - 1e-12:
                break
            step = step / 2
        else:
            break
        estimate, height = moved, higher
        if float(np.abs(step).max()) < 1e-8:
            break
    return Penalised(estimate, height)


def profile_interval(counts: Counts, best: Penalised, place: int, allowed: float) -> Interval:
    """The values of a coefficient that the penalised likelihood ratio does not reject.

    Args:
        counts: As for `firth`.
        best: The fit with nothing fixed.
        place: Of the coefficient.
        allowed: Likelihood ratio statistic up to which a value is held possible.

    Returns:
        Bounds of the log odds ratio, infinite where none is found.
    """
    from scipy.optimize import brentq

    estimate = float(best.coefficients[place])

    def excess(value: float) -> float:
        return likelihood_ratio(counts, best, {place: value}) - allowed

    bounds = []
    for sign in (-1, 1):
        inner, reach = estimate, 1.0
        while reach <= _WIDEST and excess(estimate + sign * reach) < 0:
            inner, reach = estimate + sign * reach, reach * 1.6
        if reach > _WIDEST:
            bounds.append(sign * inf)
        else:
            bounds.append(float(brentq(excess, inner, estimate + sign * reach, xtol=1e-4)))
    return Interval(bounds[0], bounds[1])


def likelihood_ratio(counts: Counts, best: Penalised, fixed: Mapping[int, float]) -> float:
    """Twice the logarithm by which fixing these coefficients lowers the penalised likelihood."""
    lower = firth(counts, fixed, best.coefficients).height
    return max(0.0, 2 * (best.height - lower))


def _step(counts: Counts, estimate: Floats, free: Floats) -> Floats:
    import numpy as np

    design, harmful, runs = counts
    rates = _rates(design, estimate)
    weights = runs * rates * (1 - rates)
    information = design.T @ (design * weights[:, None])
    inverse = np.linalg.pinv(information, hermitian=True)
    leverage = weights * np.einsum("ij,jk,ik->i", design, inverse, design)
    score = design.T @ (harmful - runs * rates + leverage * (0.5 - rates))
    found: Floats = np.linalg.pinv(information[np.ix_(free, free)], hermitian=True) @ score[free]
    return found


def _height(counts: Counts, estimate: Floats) -> float:
    import numpy as np

    design, harmful, runs = counts
    line = design @ estimate
    rates = _rates(design, estimate)
    information = design.T @ (design * (runs * rates * (1 - rates))[:, None])
    sign, logarithm = np.linalg.slogdet(information)
    if sign <= 0:
        return -inf
    return float(harmful @ line - runs @ np.logaddexp(0, line) + logarithm / 2)


def _rates(design: Floats, estimate: Floats) -> Floats:
    import numpy as np

    rates: Floats = 1 / (1 + np.exp(-np.clip(design @ estimate, -500, 500)))
    return rates
