"""How often intervals for a fixed number of runs hold the true rate: the grid of sim_coverage.py.

Surfaces have rates of their own, drawn from a distribution whose mean is the true rate and whose
spread is set by the correlation of two runs on one surface (0: all alike, 1: always or never).
Every cell has a seed of its own, so that a part of the grid can be made again.
"""

from __future__ import annotations

import itertools
import zlib
from collections.abc import Iterator
from typing import Literal, NamedTuple

import numpy as np
from scipy.special import ndtri

from turncoat.measure import Cluster, doubt_of_new_surfaces, new_surfaces, wilson

RATES = (0.0, 0.01, 0.02, 0.05, 0.1, 0.3, 0.5, 0.7, 0.9, 0.95, 0.99, 1.0)
RUNS = (20, 40, 100, 200, 400, 1_000)
SURFACES = (1, 5, 10, 20, 40)
CORRELATIONS = (0.0, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
EVENTS, MOST_RUNS, ALIKE = 10, 400, 0.1
"""Where the interval for new surfaces is promised: from so many expected runs of the rarer kind,
up to so many runs and that correlation."""

Shape = Literal["beta", "two kinds"]
Floats = np.ndarray
Z = float(ndtri(0.975))


class Covered(NamedTuple):
    """A cell of the grid: how often each interval held what it is for, 0 to 1."""

    rate: float
    runs: int
    surfaces: int
    correlation: float
    wilson: float
    """Wilson's, of the mean over these surfaces."""
    wald: float
    """Wald's (estimate and normal standard error), of the same."""
    new: float
    """That for new surfaces, of the true rate; nan with one surface."""
    wilson_new: float
    """Wilson's, taken for one of new surfaces."""
    means_new: float
    """The mean of the surfaces' means and its normal standard error, which is 0 with one surface:
    what a tool does that averages epochs first. Of the true rate."""
    marked: float
    """Share of repetitions in which `doubt_of_new_surfaces` says that it is not borne out."""
    unmarked: float
    """That for new surfaces, in the other repetitions; nan where there are none."""

    @property
    def enough_events(self) -> bool:
        """Whether enough harmful and enough harmless runs are expected."""
        return self.runs * min(self.rate, 1 - self.rate) >= EVENTS - 1e-9

    @property
    def silent_miss(self) -> float:
        """Share of repetitions in which the interval for new surfaces misses and is not marked."""
        return 0.0 if np.isnan(self.unmarked) else (1 - self.marked) * (1 - self.unmarked)

    @property
    def promised(self) -> bool:
        """Whether the interval for new surfaces is to hold here."""
        small = self.runs <= MOST_RUNS and self.correlation <= ALIKE
        return self.surfaces > 1 and small and self.enough_events


def dice(*names: object) -> np.random.Generator:
    """A generator with a seed made of names."""
    return np.random.default_rng(zlib.crc32(repr(names).encode()))


def surface_rates(
    rate: float,
    correlation: float,
    size: tuple[int, int],
    random: np.random.Generator,
    shape: Shape = "beta",
) -> Floats:
    """Rates of surfaces with that mean, and that correlation of two runs on one of them.

    Args:
        rate: Their mean.
        correlation: Their variance over rate (1 - rate).
        size: Of the array.
        random: The generator.
        shape: A beta distribution, or surfaces that never do it and others that do it alike often.
    """
    if correlation == 0 or rate in (0, 1):
        return np.full(size, rate)
    if shape == "two kinds" or correlation == 1:
        often = rate + correlation * (1 - rate)
        return np.where(random.random(size) < rate / often, often, 0.0)
    strength = (1 - correlation) / correlation
    return random.beta(rate * strength, (1 - rate) * strength, size)


def covered(
    rate: float,
    runs: int,
    surfaces: int,
    correlation: float,
    repeats: int,
    shape: Shape = "beta",
) -> Covered:
    """Simulates one cell of the grid."""
    names = (rate, runs, surfaces, correlation)
    random = dice(*names) if shape == "beta" else dice(*names, shape)
    rates = surface_rates(rate, correlation, (repeats, surfaces), random, shape)
    each = runs // surfaces
    harmful = random.binomial(each, rates)
    k, true = harmful.sum(axis=1), rates.mean(axis=1)
    low, high = np.array([wilson(count, runs) for count in range(runs + 1)]).T[:, k]
    share = k / runs
    half = Z * np.sqrt(share * (1 - share) / runs)
    spread = (harmful / each).std(axis=1, ddof=1) if surfaces > 1 else np.zeros(repeats)
    error = Z * spread / np.sqrt(surfaces)
    new, marked = np.full(repeats, np.nan), np.zeros(repeats, dtype=bool)
    if surfaces > 1:
        judged = [[Cluster(int(count), each) for count in row] for row in harmful]
        new = np.array([_holds(rate, clusters) for clusters in judged])
        marked = np.array([bool(doubt_of_new_surfaces(clusters)) for clusters in judged])
    return Covered(
        *names,
        wilson=float(np.mean(_within(low, true, high))),
        wald=float(np.mean(_within(share - half, true, share + half))),
        new=float(np.mean(new)),
        wilson_new=float(np.mean(_within(low, rate, high))),
        means_new=float(np.mean(_within(share - error, rate, share + error))),
        marked=float(np.mean(marked)),
        unmarked=float(np.mean(new[~marked])) if not marked.all() else np.nan,
    )


def _within(low: Floats, true: Floats | float, high: Floats) -> Floats:
    return (low <= true + 1e-12) & (true <= high + 1e-12)


def _holds(rate: float, clusters: list[Cluster]) -> bool:
    interval = new_surfaces(clusters)
    assert interval is not None
    return interval.low <= rate + 1e-12 and rate <= interval.high + 1e-12


def grid(repeats: int) -> Iterator[Covered]:
    """Every cell in which surfaces can have equally many runs."""
    for rate, runs, surfaces, correlation in itertools.product(RATES, RUNS, SURFACES, CORRELATIONS):
        if runs % surfaces == 0:
            yield covered(rate, runs, surfaces, correlation, repeats)


def two_kinds(repeats: int) -> Iterator[Covered]:
    """Cells whose surfaces are of two kinds, with enough events: what no beta distribution has."""
    for rate, runs, surfaces, correlation in itertools.product(
        RATES[1:-1], (100, 200, 400, 1_000), SURFACES[1:], (0.05, 0.1)
    ):
        if runs % surfaces == 0 and runs * min(rate, 1 - rate) >= EVENTS - 1e-9:
            yield covered(rate, runs, surfaces, correlation, repeats, "two kinds")
