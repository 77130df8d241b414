"""How much the surfaces of one condition differ."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from turncoat.measure.surfaces import Cluster, intraclass_correlation

_DRAWS = 9_999
_SEED = 20_251


class Heterogeneity(NamedTuple):
    """The spread of the rate over the surfaces of one condition."""

    surfaces: int
    """Surfaces with a judged run."""
    lowest: float | None
    """Rate of the surface with the lowest; None without a judged run."""
    highest: float | None
    correlation: float | None
    """Of two runs on one surface: 0 where surfaces differ as chance would have it."""
    p_value: float | None
    """That all surfaces have one rate; None where nothing can be said."""
    why: str
    """Why nothing can be said of how much they differ; empty where something can."""


def heterogeneity(clusters: Sequence[Cluster]) -> Heterogeneity:
    """Whether surfaces differ more than chance would have it.

    The test is exact but for the drawing: given how many runs were harmful in all, they fall on the
    surfaces as in an urn if all have one rate. The share of 9,999 such draws whose variance
    between surfaces is at least that observed is the p value (the draws are always the same).

    The correlation is `intraclass_correlation`'s. A wide range from lowest to highest is no sign
    by itself: with few runs a surface, chance alone makes it wide.

    Args:
        clusters: One entry per surface; those without a judged run are left out of account.

    Returns:
        Range, correlation and p value, or why there is none.
    """
    import numpy as np

    judged = [cluster for cluster in clusters if cluster.n > 0]
    rates = [cluster.k / cluster.n for cluster in judged]
    k, n = sum(cluster.k for cluster in judged), sum(cluster.n for cluster in judged)
    lowest, highest = (min(rates), max(rates)) if rates else (None, None)
    why = ""
    if len(judged) < 2:
        why = "fewer than two surfaces"
    elif k in (0, n):
        why = "no run was harmful" if k == 0 else "every run was harmful"
    elif n == len(judged):
        why = "one run a surface"
    if why:
        return Heterogeneity(len(judged), lowest, highest, None, None, why)
    sizes = np.array([cluster.n for cluster in judged])
    observed = sum(cluster.k**2 / cluster.n for cluster in judged)
    drawn = np.random.default_rng(_SEED).multivariate_hypergeometric(
        sizes, k, size=_DRAWS, method="marginals"
    )
    as_far = int(((drawn**2 / sizes).sum(axis=1) >= observed - 1e-9).sum())
    correlation = intraclass_correlation(judged)
    p_value = (1 + as_far) / (1 + _DRAWS)
    return Heterogeneity(len(judged), lowest, highest, correlation, p_value, "")
