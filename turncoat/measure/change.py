"""The change of a rate between levels, as the mean over strata within which all else is equal."""

from __future__ import annotations

from math import hypot, sqrt
from typing import TYPE_CHECKING, NamedTuple

from turncoat.measure.crossed import Compared
from turncoat.measure.intervals import Interval
from turncoat.measure.logit import LEAST, clustered_meat, degrees_of, t_quantile
from turncoat.measure.score import Strata, Stratum

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray

SIGNS = {2: (1, -1), 4: (1, -1, -1, 1)}
"""By the number of cells: a difference, or a difference of differences."""


class Change(NamedTuple):
    """Of the rate."""

    diff: float
    interval: Interval


def design_of(compared: Compared) -> Array:
    """The columns of a model with parameters of its own for each stratum.

    Args:
        compared: Runs of two cells, or of four: both levels, the first, the second, neither.

    Returns:
        Runs by columns: for each stratum an intercept, with four cells also what each level does
        alone; last what all strata have in common, the level or both together.
    """
    import numpy as np

    cell = compared.cell
    terms: list[Array] = [np.ones(len(cell))]
    if int(cell.max()) == len(SIGNS[4]) - 1:
        terms += [np.isin(cell, pair).astype(float) for pair in ((0, 1), (0, 2))]
    dummies = compared.stratum[:, None] == np.arange(compared.strata)
    return np.column_stack([*(dummies * term[:, None] for term in terms), cell == 0]).astype(float)


def weights_of(compared: Compared) -> Array:
    """The weight of each run: with its outcome as the other factor their sum is the change.

    A stratum weighs as much as its difference is sure, runs being alike: for two cells after Mantel
    and Haenszel, n1 n2 / (n1 + n2). These are the weights of least squares with `design_of`.

    Args:
        compared: Runs of two cells or four.
    """
    import numpy as np

    signs = np.array(SIGNS[int(compared.cell.max()) + 1])
    counts = np.zeros((compared.strata, len(signs)))
    np.add.at(counts, (compared.stratum, compared.cell), 1)
    strata = 1 / (1 / counts).sum(axis=1)
    strata /= strata.sum()
    found: Array = (strata[:, None] * signs / counts)[compared.stratum, compared.cell]
    return found


def change_of(
    compared: Compared, harmful: Array, clusters: Array, confidence: float, firth: bool
) -> Change:
    """The change of the rate, with an interval clustered by surface.

    By least squares with parameters of its own for each stratum. The clustered variance does not
    fall below a share of the plain one, since a few surfaces agree by luck. Where a stratum has no
    or only harmful runs at a level, residuals say too little, and the interval is at least as wide
    as the score intervals over the strata make it.

    Args:
        compared: The runs.
        harmful: 0 or 1 for each of them.
        clusters: Number of the surface of each.
        confidence: Nominal coverage.
        firth: Whether levels separate the outcome; then the floor is the whole plain variance.
    """
    import numpy as np
    from statsmodels.regression.linear_model import OLS  # type: ignore[import-untyped]

    weights, design = weights_of(compared), design_of(compared)
    diff = float(weights @ harmful)
    errors = weights * OLS(harmful, design).fit().resid
    runs, columns = design.shape
    plain = float(errors @ errors) * runs / max(1, runs - columns)
    clustered = float(clustered_meat(errors[:, None], clusters, columns)[0, 0])
    variance = max(clustered, plain * (1.0 if firth else LEAST))
    low = high = t_quantile(degrees_of(clusters, columns), confidence) * sqrt(variance)
    cells = np.zeros((compared.strata, 2, len(SIGNS[int(compared.cell.max()) + 1])))
    np.add.at(cells, (compared.stratum, harmful.astype(int), compared.cell), 1)
    if (cells == 0).any():
        below, above = _score_margins(cells[:, 1], cells.sum(axis=1), confidence)
        low, high = max(low, below), max(high, above)
    most = cells.shape[2] / 2
    return Change(diff, Interval(max(-most, diff - low), min(most, diff + high)))


def _score_margins(k: Array, n: Array, confidence: float) -> tuple[float, float]:
    """How far the score interval reaches below and above the estimate.

    Of a difference of differences by the square-and-add rule (Zou and Donner 2008).
    """
    import numpy as np
    from scipy.special import ndtri

    z = float(ndtri((1 + confidence) / 2))
    below, above = [], []
    for first in range(0, k.shape[1], 2):
        counts = np.stack([k[:, first], n[:, first], k[:, first + 1], n[:, first + 1]], axis=1)
        sides = Strata([Stratum(*row) for row in counts.astype(int).tolist()])
        estimate, (low, high) = sides.rate1 - sides.rate2, sides.difference(z)
        below.append(estimate - low)
        above.append(high - estimate)
    return hypot(below[0], *above[1:]), hypot(above[0], *below[1:])
