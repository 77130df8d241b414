"""A binomial model with errors clustered by surface, also where levels separate the outcome."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
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
_LEAST = 0.5
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
        return max(robust, plain * (_LEAST if self.method == "logit" else 1.0), 0.0)

    def quantile(self, confidence: float) -> float:
        """Of t, for a two-sided interval."""
        from scipy.special import stdtrit

        return float(stdtrit(self.degrees, (1 + confidence) / 2))

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
            allowed = self.quantile(confidence) ** 2 * self._widening([slope])
            best = Penalised(self.coefficients, self.height)
            low, high = profile_interval(self.counts, best, place, allowed)
        else:
            middle, margin = (
                float(self.coefficients[place]),
                self.quantile(confidence) * sqrt(self.variance(self._at(place))),
            )
            low, high = middle - margin, middle + margin
        return Interval(exp(max(-_LARGEST, low)), exp(min(_LARGEST, high)))

    def p_value(self, places: Sequence[int], slopes: Sequence[Floats]) -> float:
        """Test that all of these coefficients are 0.

        By the quadratic form of the clustered covariance, after Firth by the penalised likelihood
        ratio over its widening by clustering. Of few clusters either is taken for Hotelling's,
        which the F with fewer degrees of freedom allows for; where coefficients are more than
        degrees of freedom, the least p value of one, times their number.

        Args:
            places: Of the coefficients.
            slopes: As for `odds_interval`, one for each.
        """
        from scipy.special import fdtrc

        count = len(places)
        if count > self.degrees:
            alone = [self.p_value([p], [s]) for p, s in zip(places, slopes, strict=True)]
            return min(1.0, count * min(alone))
        if self.method == "Firth":
            best = Penalised(self.coefficients, self.height)
            ratio = likelihood_ratio(self.counts, best, dict.fromkeys(places, 0.0))
            statistic = ratio / self._widening(slopes)
        else:
            statistic = self._quadratic(places)
        degrees = self.degrees - count + 1
        return float(fdtrc(count, degrees, statistic * degrees / (self.degrees * count)))

    def _quadratic(self, places: Sequence[int]) -> float:
        """The estimates over their covariance, with the floor of `variance` in every direction."""
        import numpy as np
        from scipy.linalg import eigh

        block = np.ix_(places, places)
        values, vectors = eigh(self.clustered[block], self.model[block])
        turned = vectors.T @ self.coefficients[np.asarray(places)]
        return float((turned**2 / np.maximum(values, _LEAST)).sum())

    def _widening(self, slopes: Sequence[Floats]) -> float:
        """How many times the variance clustering makes of a change of the rate, at least 1."""
        found = [1.0]
        for slope in slopes:
            plain = float(slope @ self.model @ slope)
            if plain > 0:
                found.append(float(slope @ self.clustered @ slope) / plain)
        return max(found)

    def _at(self, place: int) -> Floats:
        import numpy as np

        direction = np.zeros(len(self.coefficients))
        direction[place] = 1.0
        return direction


def fit_logit(design: Floats, outcomes: Floats, clusters: Sequence[object]) -> Fit:
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

    _, codes = np.unique([repr(cluster) for cluster in clusters], return_inverse=True)
    count = int(codes.max()) + 1
    counts = counts_of(design, outcomes)
    coefficients = _likelihood(design, outcomes)
    method: Method = "logit"
    height = 0.0
    if coefficients is None:
        (coefficients, height), method = firth(counts), "Firth"
    rates = 1 / (1 + np.exp(-design @ coefficients))
    model = np.linalg.pinv(design.T @ (design * (rates * (1 - rates))[:, None]), hermitian=True)
    n, columns = design.shape
    clustered, degrees = model, max(1, n - columns)
    if count > 1:
        scores = np.zeros((count, columns))
        np.add.at(scores, codes, design * (outcomes - rates)[:, None])
        correction = count / (count - 1) * (n - 1) / max(1, n - columns)
        clustered, degrees = correction * model @ scores.T @ scores @ model, count - 1
    return Fit(coefficients, clustered, model, degrees, method, counts, height)


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
