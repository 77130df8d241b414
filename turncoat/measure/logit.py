"""A binomial model with errors clustered by surface, also where levels separate the outcome."""

from __future__ import annotations

import warnings
from math import exp, sqrt
from typing import TYPE_CHECKING, Literal, NamedTuple

from turncoat.measure.firth import (
    Counts,
    Penalised,
    counts_of,
    firth,
    likelihood_ratio,
    profile_interval,
)
from turncoat.measure.intervals import Interval

if TYPE_CHECKING:
    import numpy as np

    Floats = np.ndarray

Method = Literal["logit", "Firth"]

_FAR = 12.0
"""A coefficient beyond this is one without a finite estimate: odds of more than 160,000 to 1."""
LEAST = 0.5
"""Of the variance by the model alone, what a clustered one may not fall below. A few surfaces
agree by luck, and then the clustered variance is far too small, or 0. Of 0, 0.5 and 1, half keeps
the coverage at least risk of missing an effect (`tests/benchmarks/sim_effects.py`)."""
_LARGEST = 700.0


class Fit(NamedTuple):
    """A fitted model, and what it allows to say."""

    coefficients: Floats
    """Log odds ratios, one per column; the intercept first."""
    clustered: Floats
    """Their covariance, robust to clustering; that of the model where there is one cluster."""
    model: Floats
    """Their covariance by the model alone, as if runs were independent."""
    degrees: int
    """Degrees of freedom of t: clusters less one, or runs less columns where there is one."""
    method: Method
    counts: Counts
    height: float
    """Logarithm of the penalised likelihood at the estimate; of no use where method is `logit`."""

    def variance(self, direction: Floats) -> float:
        """Variance of a combination of coefficients: clustered, but not below a floor.

        The floor is half of the variance by the model alone, and all of it where levels separate
        the outcome: no residual there, hence no robust variance.

        Args:
            direction: Weight of each coefficient.
        """
        plain = float(direction @ self.model @ direction)
        robust = float(direction @ self.clustered @ direction)
        return max(robust, plain * (LEAST if self.method == "logit" else 1.0), 0.0)

    def quantile(self, confidence: float) -> float:
        """Of t, for a two-sided interval."""
        return t_quantile(self.degrees, confidence)

    def odds_interval(self, place: int, slope: Floats, confidence: float) -> Interval:
        """Interval of an odds ratio: Wald's, after Firth the profile of the penalised likelihood.

        Args:
            place: Of the coefficient.
            slope: Gradient of the change of the rate that goes with it, which tells by how much
                clustering widens the profile (on the log odds it cannot be seen where levels
                separate the outcome).
            confidence: Nominal coverage.
        """
        if self.method == "Firth":
            allowed = self.quantile(confidence) ** 2 * self._widening(slope)
            best = Penalised(self.coefficients, self.height)
            low, high = profile_interval(self.counts, best, place, allowed)
        else:
            middle, margin = (
                float(self.coefficients[place]),
                self.quantile(confidence) * sqrt(self.variance(self._at(place))),
            )
            low, high = middle - margin, middle + margin
        return Interval(exp(max(-_LARGEST, low)), exp(min(_LARGEST, high)))

    def p_value(self, place: int, slope: Floats) -> float:
        """Test that a coefficient is 0.

        By t with the clustered variance, after Firth by the penalised likelihood ratio over its
        widening by clustering.

        Args:
            place: Of the coefficient.
            slope: As for `odds_interval`.
        """
        from scipy.special import fdtrc

        if self.method == "Firth":
            best = Penalised(self.coefficients, self.height)
            statistic = likelihood_ratio(self.counts, best, {place: 0.0}) / self._widening(slope)
        else:
            statistic = float(self.coefficients[place]) ** 2 / self.variance(self._at(place))
        return float(fdtrc(1, self.degrees, statistic))

    def _widening(self, slope: Floats) -> float:
        """How many times the variance clustering makes of a change of the rate, at least 1."""
        plain = float(slope @ self.model @ slope)
        return max(1.0, float(slope @ self.clustered @ slope) / plain) if plain > 0 else 1.0

    def _at(self, place: int) -> Floats:
        import numpy as np

        direction = np.zeros(len(self.coefficients))
        direction[place] = 1.0
        return direction


def fit_logit(design: Floats, outcomes: Floats, clusters: Floats) -> Fit:
    """Fits log odds of an outcome to the columns of a design.

    By maximum likelihood with a cluster-robust covariance (Liang and Zeger 1986, Biometrika 73,
    13-22, with the usual correction for few clusters). Where that has no finite estimate, because
    the columns separate the outcome (a level with 0 of n, for example), by Firth's penalised
    likelihood, which always has one (`firth`).

    Args:
        design: Runs by columns, of full rank, the first column all ones.
        outcomes: 0 or 1 for each run.
        clusters: Of each run, the surface.

    Returns:
        Coefficients with both covariances.
    """
    import numpy as np

    counts = counts_of(design, outcomes)
    coefficients = _likelihood(design, outcomes)
    method: Method = "logit"
    height = 0.0
    if coefficients is None:
        (coefficients, height), method = firth(counts), "Firth"
    rates = 1 / (1 + np.exp(-design @ coefficients))
    model = np.linalg.pinv(design.T @ (design * (rates * (1 - rates))[:, None]), hermitian=True)
    columns = design.shape[1]
    clustered = model
    if (clusters != clusters[0]).any():
        scores = design * (outcomes - rates)[:, None]
        clustered = model @ clustered_meat(scores, clusters, columns) @ model
    degrees = degrees_of(clusters, columns)
    return Fit(coefficients, clustered, model, degrees, method, counts, height)


def clustered_meat(scores: Floats, clusters: Floats, columns: int) -> Floats:
    """Sum over clusters of the squared sums of their runs' scores; 0 where there is one cluster.

    With the usual correction for few clusters and for columns.

    Args:
        scores: Runs by parameters.
        clusters: Of each run, the surface.
        columns: Parameters of the whole model.
    """
    import numpy as np

    _, codes = np.unique(clusters, return_inverse=True)
    count, n = int(codes.max()) + 1, len(scores)
    sums = np.zeros((count, scores.shape[1]))
    np.add.at(sums, codes, scores)
    correction = count / (count - 1) * (n - 1) / max(1, n - columns) if count > 1 else 0.0
    return correction * sums.T @ sums


def degrees_of(clusters: Floats, columns: int) -> int:
    """Degrees of freedom of t: clusters less one, or runs less columns where there is one.

    Args:
        clusters: Of each run, the surface.
        columns: Parameters of the model.
    """
    count = len(set(clusters.tolist()))
    return count - 1 if count > 1 else max(1, len(clusters) - columns)


def t_quantile(degrees: int, confidence: float) -> float:
    """Of t, for a two-sided interval.

    Args:
        degrees: Of freedom.
        confidence: Nominal coverage of the interval.
    """
    from scipy.special import stdtrit

    return float(stdtrit(degrees, (1 + confidence) / 2))


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
