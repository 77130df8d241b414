"""What each factor of a design does to the rate, where all other factors are equal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import exp
from typing import TYPE_CHECKING, NamedTuple

from turncoat.measure.change import change_of, design_of, weights_of
from turncoat.measure.crossed import Column, Compared, Crossed, column_text
from turncoat.measure.intervals import Interval
from turncoat.measure.logit import Fit, Method, fit_logit

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray

_LARGEST = 700.0


class Effect(NamedTuple):
    """A level against the reference level of its factor, all other factors equal."""

    factor: str
    level: str
    reference: str
    k: int
    """Harmful runs at the level, in the strata that have runs at both levels."""
    n: int
    """Judged runs at the level in these strata."""
    k_reference: int
    n_reference: int
    diff: float
    """Average change of the rate: level minus reference, from -1 to 1."""
    diff_interval: Interval
    odds_ratio: float
    """Common to the strata."""
    odds_interval: Interval
    p_value: float
    """Two-sided test that the odds ratio is 1: t, after Firth by the penalised likelihood ratio."""
    method: Method
    strata: int
    """Combinations of other factors' levels with runs at both levels."""
    held: Column
    """Other factors that vary, but have this one level in all of these strata."""

    @property
    def levels(self) -> Column:
        """The factor with its level."""
        return ((self.factor, self.level),)

    @property
    def references(self) -> Column:
        """The factor with its reference."""
        return ((self.factor, self.reference),)


class Interaction(NamedTuple):
    """How much more a level does at a level of another factor than at that one's reference."""

    levels: Column
    references: Column
    diff: float
    """Difference of two differences of rates, from -2 to 2."""
    diff_interval: Interval
    p_value: float
    """That the odds ratios multiply: no interaction on the scale of log odds."""
    method: Method
    strata: int
    """Combinations of other factors' levels with runs at all four pairs of levels."""
    held: Column


class Unidentified(NamedTuple):
    """An effect, or an interaction, of which these runs say nothing."""

    levels: Column
    references: Column


class FactorTest(NamedTuple):
    """All levels of a factor at once, or an interaction's."""

    factors: tuple[str, ...]
    p_value: float
    """The least of the levels, times their number (Bonferroni)."""


class Effects(NamedTuple):
    """Main effects, one interaction, and what could not be told."""

    effects: tuple[Effect, ...]
    interactions: tuple[Interaction, ...]
    tests: tuple[FactorTest, ...]
    unidentified: tuple[Unidentified, ...]
    """Levels that never vary with all other factors equal."""
    n: int
    clusters: int
    one_sided: tuple[str, ...] = ()
    """Levels with no or only harmful runs, and such pairs of the two factors that are crossed."""


def factor_effects(
    outcomes: Sequence[bool],
    levels: Mapping[str, Sequence[str]],
    clusters: Sequence[object],
    references: Mapping[str, str],
    interaction: tuple[str, str] | None = None,
    wanted: Sequence[str] | None = None,
    confidence: float = 0.95,
) -> Effects:
    """Main effects of factors on a rate, and the interaction of two of them.

    A level is held against the reference within strata: the runs that are equal in all other
    factors. Strata without runs at both levels say nothing of it, and so no other factor, nor what
    two of them do together, is taken for its effect. The change of the rate is the mean of the
    strata's differences, weighted after Mantel and Haenszel; the odds ratio is that of a binomial
    (logit) model with an intercept for each stratum. Errors are clustered by surface, and t has as
    many degrees of freedom as there are clusters less one. The interaction is the difference of
    differences within strata that have runs at all four pairs of levels.

    Where levels separate the outcome there is no finite odds ratio; then Firth's penalised
    likelihood stands in, with tests and odds intervals by its profile.

    Args:
        outcomes: Whether each judged run was harmful.
        levels: Factor to the level of each run: all that varies, wanted or not.
        clusters: The surface of each run.
        references: The level that others are held against, by factor; never `n/a`.
        interaction: Two factors, or None.
        wanted: Factors whose effects are told; None for all. All others are equal in any case.
        confidence: Nominal coverage of all intervals.

    Returns:
        The effects, in the order of the factors.

    Raises:
        ValueError: There is no run, or the lengths differ.
    """
    import numpy as np

    if not len(outcomes) or any(len(of) != len(outcomes) for of in (*levels.values(), clusters)):
        raise ValueError("outcomes, levels and clusters must be equally long, and not empty")
    _, codes = np.unique([repr(cluster) for cluster in clusters], return_inverse=True)
    runs = _Runs(Crossed(levels, references), np.asarray(outcomes, dtype=float), codes)
    crossed = runs.crossed
    told = [name for name in crossed.references if wanted is None or name in wanted]
    questions: list[Column] = [((name, at),) for name in told for at in crossed.others(name)]
    both = interaction if interaction and set(interaction) <= set(told) else None
    if both is not None:
        one, other = both
        questions += [
            ((one, first), (other, second))
            for first in crossed.others(one)
            for second in crossed.others(other)
        ]
    effects: list[Effect] = []
    interactions: list[Interaction] = []
    unidentified: list[Unidentified] = []
    tested: dict[tuple[str, ...], list[float]] = {}
    for levels_of in questions:
        references_of = tuple((name, crossed.references[name]) for name, _ in levels_of)
        found = _answer(runs, levels_of, references_of, confidence)
        if found is None:
            unidentified.append(Unidentified(levels_of, references_of))
            continue
        if isinstance(found, Effect):
            effects.append(found)
        else:
            interactions.append(found)
        tested.setdefault(tuple(name for name, _ in levels_of), []).append(found.p_value)
    return Effects(
        tuple(effects),
        tuple(interactions),
        tuple(FactorTest(names, min(1.0, len(of) * min(of))) for names, of in tested.items()),
        tuple(unidentified),
        len(outcomes),
        int(codes.max()) + 1,
        _one_sided(runs, told, both),
    )


class _Runs(NamedTuple):
    crossed: Crossed
    harmful: Array
    clusters: Array


def _answer(
    runs: _Runs, levels: Column, references: Column, confidence: float
) -> Effect | Interaction | None:
    """The effect of a level, or the interaction of two; None where nothing tells it."""
    cells: list[Column] = [levels, references]
    if len(levels) == 2:
        cells = [levels, (levels[0], references[1]), (references[0], levels[1]), references]
    compared = runs.crossed.compared(cells)
    if compared is None:
        return None
    harmful, clusters = runs.harmful[compared.chosen], runs.clusters[compared.chosen]
    fit, slope = _fitted(runs, compared)
    change = change_of(compared, harmful, clusters, confidence, firth=fit.method == "Firth")
    place = len(fit.coefficients) - 1
    p_value = fit.p_value(place, slope)
    if len(levels) == 2:
        return Interaction(
            levels, references, *change, p_value, fit.method, compared.strata, compared.held
        )
    return Effect(
        *levels[0],
        references[0][1],
        *_counts(harmful[compared.cell == 0]),
        *_counts(harmful[compared.cell == 1]),
        *change,
        exp(min(_LARGEST, float(fit.coefficients[place]))),
        fit.odds_interval(place, slope, confidence),
        p_value,
        fit.method,
        compared.strata,
        compared.held,
    )


def _fitted(runs: _Runs, compared: Compared) -> tuple[Fit, Array]:
    """The model of odds, with what its last coefficient does to the rate, as a gradient.

    Strata with no or only harmful runs say nothing of an odds ratio, and have no intercept; where
    there are no others, all runs are one stratum.
    """
    import numpy as np

    harmful = runs.harmful[compared.chosen]
    rates = np.bincount(compared.stratum, harmful) / np.bincount(compared.stratum)
    informative = (rates > 0) & (rates < 1)
    if informative.any():
        told = compared.within(informative)
    else:
        told = compared._replace(stratum=np.zeros_like(compared.stratum))
    design = design_of(told)
    fit = fit_logit(design, runs.harmful[told.chosen], runs.clusters[told.chosen])
    rates = 1 / (1 + np.exp(-design @ fit.coefficients))
    return fit, (weights_of(told) * rates * (1 - rates)) @ design


def _counts(harmful: Array) -> tuple[int, int]:
    return int(harmful.sum()), len(harmful)


def _one_sided(runs: _Runs, told: Sequence[str], both: tuple[str, str] | None) -> tuple[str, ...]:
    """Levels, and pairs of the two factors that are crossed, with no or only harmful runs."""
    import numpy as np

    table, taken = runs.crossed.table, runs.crossed.taken
    alone: list[Column] = [((name, level),) for name in told for level in taken[name]]
    pairs: list[Column] = []
    if both is not None:
        one, other = both
        pairs = [((one, a), (other, b)) for a in taken[one] for b in taken[other]]
    said: list[Column] = []
    texts = []
    for column in [*alone, *pairs]:
        here = np.logical_and.reduce([table[name] == level for name, level in column])
        k, n = _counts(runs.harmful[here])
        if n and k in (0, n) and not any(set(part) <= set(column) for part in said):
            said.append(column)
            texts.append(f"{column_text(column)} ({k} of {n})")
    return tuple(texts)
