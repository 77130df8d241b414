"""A binomial model with errors clustered by surface, also where levels separate the outcome."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    import numpy as np

    Floats = np.ndarray

Method = Literal["logit", "Firth"]

_STEPS = 200
_FAR = 12.0
"""A coefficient beyond this is one without a finite estimate: odds of more than 160,000 to 1."""


class Fit(NamedTuple):
    """A fitted model."""

    coefficients: Floats
    """Log odds ratios, one per column; the intercept first."""
    clustered: Floats
    """Their covariance, robust to clustering; that of the model where there is one cluster."""
    model: Floats
    """Their covariance by the model alone, as if runs were independent."""
    degrees: int
    """Degrees of freedom of t: clusters less one, or runs less columns where there is one."""
    method: Method

    def variance(self, direction: Floats) -> float:
        """Variance of a combination of coefficients.

        Where levels separate the outcome the robust variance is far too small there (no residual,
        no variance), so the larger of the two counts.

        Args:
            direction: Weight of each coefficient.
        """
        robust = float(direction @ self.clustered @ direction)
        if self.method == "logit":
            return robust
        return max(robust, float(direction @ self.model @ direction))


def fit_logit(design: Floats, outcomes: Floats, clusters: Sequence[object]) -> Fit:
    """Fits log odds of an outcome to the columns of a design.

    By maximum likelihood with a cluster-robust covariance (Liang and Zeger 1986, Biometrika 73,
    13-22, with the usual correction for few clusters). Where that has no finite estimate, because
    the columns separate the outcome (a level with 0 of n, for example), by Firth's penalised
    likelihood, which always has one: Firth (1993), Biometrika 80, 27-38; Heinze and Schemper
    (2002), Stat. Med. 21, 2409-2419.

    Args:
        design: Runs by columns, of full rank, the first column all ones.
        outcomes: 0 or 1 for each run.
        clusters: Of each run, the surface.

    Returns:
        Coefficients with both covariances.
    """
    import numpy as np

    _, codes = np.unique([repr(cluster) for cluster in clusters], return_inverse=True)
    count = int(codes.max()) + 1
    coefficients = _likelihood(design, outcomes)
    method: Method = "logit"
    if coefficients is None:
        coefficients, method = _firth(design, outcomes), "Firth"
    rates = 1 / (1 + np.exp(-design @ coefficients))
    information = design.T @ (design * (rates * (1 - rates))[:, None])
    model = np.linalg.inv(information)
    n, columns = design.shape
    if count < 2:
        return Fit(coefficients, model, model, max(1, n - columns), method)
    scores = np.zeros((count, columns))
    np.add.at(scores, codes, design * (outcomes - rates)[:, None])
    correction = count / (count - 1) * (n - 1) / max(1, n - columns)
    clustered = correction * model @ scores.T @ scores @ model
    return Fit(coefficients, clustered, model, count - 1, method)


def _likelihood(design: Floats, outcomes: Floats) -> Floats | None:
    """The maximum-likelihood estimate; None where there is no finite one."""
    import numpy as np
    from statsmodels.genmod.families import Binomial  # type: ignore[import-untyped]
    from statsmodels.genmod.generalized_linear_model import GLM  # type: ignore[import-untyped]

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # It warns of separation, which is looked for below.
        try:
            found = GLM(outcomes, design, family=Binomial()).fit(maxiter=100)
        except (ValueError, np.linalg.LinAlgError):
            return None
    estimate = np.asarray(found.params)
    fitted = np.asarray(found.fittedvalues)
    extreme = (fitted < 1e-6) | (fitted > 1 - 1e-6)
    if not found.converged or extreme.any() or np.abs(estimate).max() > _FAR:
        return None
    return estimate


def _firth(design: Floats, outcomes: Floats) -> Floats:
    """Newton's steps on the score that Firth's penalty modifies, halved where they overshoot."""
    import numpy as np

    estimate = np.zeros(design.shape[1])
    for _ in range(_STEPS):
        rates = 1 / (1 + np.exp(-design @ estimate))
        weights = rates * (1 - rates)
        inverse = np.linalg.inv(design.T @ (design * weights[:, None]))
        leverage = weights * np.einsum("ij,jk,ik->i", design, inverse, design)
        step = inverse @ design.T @ (outcomes - rates + leverage * (0.5 - rates))
        step *= min(1.0, 2.0 / max(float(np.abs(step).max()), 1e-300))
        estimate = estimate + step
        if float(np.abs(step).max()) < 1e-8:
            break
    return estimate
