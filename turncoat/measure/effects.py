"""What each factor of a factorial design does to the rate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import exp, sqrt
from typing import TYPE_CHECKING, NamedTuple

from turncoat.measure.crossed import Column, Crossed, column_text
from turncoat.measure.intervals import Interval
from turncoat.measure.logit import Fit, Method, fit_logit
from turncoat.measure.score import Strata, Stratum

if TYPE_CHECKING:
    import numpy as np

    Floats = np.ndarray

_LARGEST = 700.0


class Effect(NamedTuple):
    """A level against the reference level of its factor, all other factors as they are."""

    factor: str
    level: str
    reference: str
    k: int
    """Harmful runs at the level, over all other factors."""
    n: int
    """Judged runs at the level."""
    diff: float
    """Average change of the rate: level minus reference, from -1 to 1."""
    diff_interval: Interval
    odds_ratio: float
    odds_interval: Interval
    p_value: float
    """Two-sided test that the odds ratio is 1: t, after Firth by the penalised likelihood ratio."""
    method: Method


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


class FactorTest(NamedTuple):
    """All levels of a factor at once, or an interaction's."""

    factors: tuple[str, ...]
    p_value: float


class Effects(NamedTuple):
    """Main effects, one interaction, and what could not be told."""

    effects: tuple[Effect, ...]
    interactions: tuple[Interaction, ...]
    tests: tuple[FactorTest, ...]
    aliased: tuple[str, ...]
    """Levels whose effect is not determined: they never vary without others."""
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
    confidence: float = 0.95,
) -> Effects:
    """Main effects of factors on a rate, and the interaction of two of them.

    A binomial (logit) model of all factors at once; errors are clustered by surface, and t has as
    many degrees of freedom as there are clusters less one. Beside the odds ratio stands the average
    change of the rate, each run taken at the level and at the reference with all else as it was
    (standardised; its interval by the delta method). The interaction is fitted in a second model.

    Where levels separate the outcome there is no finite odds ratio; then Firth's penalised
    likelihood stands in, with tests and odds intervals by its profile, and the interval of a change
    is at least as wide as the score interval over the other factors' levels. What is said of a
    factor that is `n/a` somewhere is said of the runs in which it has a meaning.

    Args:
        outcomes: Whether each judged run was harmful.
        levels: Factor to the level of each run; factors with one level are left out of account.
        clusters: The surface of each run.
        references: The level that others are held against, by factor; never `n/a`.
        interaction: Two factors, or None.
        confidence: Nominal coverage of all intervals.

    Returns:
        The effects, in the order of the factors.

    Raises:
        ValueError: There is no run, or the lengths differ.
    """
    import numpy as np

    if not len(outcomes) or any(len(of) != len(outcomes) for of in (*levels.values(), clusters)):
        raise ValueError("outcomes, levels and clusters must be equally long, and not empty")
    runs = _Runs(Crossed(levels, references), np.asarray(outcomes, dtype=float), clusters)
    mains = runs.crossed.mains()
    kept, sure, unsure = runs.crossed.told_apart(mains)
    effects: list[Effect] = []
    tests: list[FactorTest] = []
    if sure:
        fit = fit_logit(runs.crossed.design(kept), runs.harmful, clusters)
        moves = {column: _main_move(runs.crossed, kept, fit, column) for column in sure}
        effects = [_effect(runs, kept, fit, column, moves[column], confidence) for column in sure]
        for name in dict.fromkeys(column[0][0] for column in sure):
            own = [column for column in sure if column[0][0] == name]
            places = [kept.index(column) + 1 for column in own]
            tests.append(
                FactorTest((name,), fit.p_value(places, [moves[column].slope for column in own]))
            )
    found: list[Interaction] = []
    if interaction is not None and set(interaction) <= set(runs.crossed.references):
        found, test, more = _interactions(runs, kept, interaction, confidence)
        tests += test
        unsure += more
    return Effects(
        tuple(effects),
        tuple(found),
        tuple(tests),
        tuple(column_text(column) for column in unsure),
        len(outcomes),
        len({repr(cluster) for cluster in clusters}),
        _one_sided(runs, interaction),
    )


class _Runs(NamedTuple):
    crossed: Crossed
    harmful: Floats
    clusters: Sequence[object]


class _Move(NamedTuple):
    """A change of the mean rate when runs are moved between levels."""

    diff: float
    slope: Floats
    """Its gradient in the coefficients."""


def _move(
    crossed: Crossed,
    columns: Sequence[Column],
    fit: Fit,
    factors: Sequence[str],
    signs: Mapping[Column, int],
) -> _Move:
    """The signed sum of mean fitted rates, all runs of a meaning taken at each of these levels."""
    import numpy as np

    chosen = crossed.meaningful(factors)
    diff, slope = 0.0, np.zeros(len(fit.coefficients))
    for levels, sign in signs.items():
        design = crossed.design(columns, levels)[chosen]
        rates = 1 / (1 + np.exp(-design @ fit.coefficients))
        diff += sign * float(rates.mean())
        slope = slope + sign * (design * (rates * (1 - rates))[:, None]).mean(axis=0)
    return _Move(diff, slope)


def _main_move(crossed: Crossed, columns: Sequence[Column], fit: Fit, column: Column) -> _Move:
    ((name, _),) = column
    base: Column = ((name, crossed.references[name]),)
    return _move(crossed, columns, fit, [name], {column: 1, base: -1})


def _effect(
    runs: _Runs,
    columns: Sequence[Column],
    fit: Fit,
    column: Column,
    move: _Move,
    confidence: float,
) -> Effect:
    ((name, level),) = column
    here = runs.crossed.table[name] == level
    place = columns.index(column) + 1
    interval = _clipped(move, fit, confidence, 1.0)
    if fit.method == "Firth":
        other = _score_interval(runs, name, level, confidence)
        if other is not None:
            interval = Interval(min(interval.low, other.low), max(interval.high, other.high))
    return Effect(
        name,
        level,
        runs.crossed.references[name],
        int(runs.harmful[here].sum()),
        int(here.sum()),
        move.diff,
        interval,
        exp(min(_LARGEST, float(fit.coefficients[place]))),
        fit.odds_interval(place, move.slope, confidence),
        fit.p_value([place], [move.slope]),
        fit.method,
    )


def _score_interval(runs: _Runs, name: str, level: str, confidence: float) -> Interval | None:
    """Of the difference, over the combinations of other factors that have runs of both levels."""
    from scipy.special import ndtri

    own = runs.crossed.table[name]
    rest = [of.tolist() for other, of in runs.crossed.table.items() if other != name]
    keys = list(zip(*rest, strict=True)) if rest else [()] * len(own)
    counts: dict[tuple[str, ...], list[int]] = {}
    for key, at, harmful in zip(keys, own.tolist(), runs.harmful.tolist(), strict=True):
        if at in (level, runs.crossed.references[name]):
            found = counts.setdefault(key, [0, 0, 0, 0])
            side = 0 if at == level else 2
            found[side] += int(harmful)
            found[side + 1] += 1
    strata = [Stratum(*found) for found in counts.values() if found[1] and found[3]]
    return Strata(strata).difference(float(ndtri((1 + confidence) / 2))) if strata else None


def _interactions(
    runs: _Runs, mains: Sequence[Column], factors: tuple[str, str], confidence: float
) -> tuple[list[Interaction], list[FactorTest], list[Column]]:
    crossed = runs.crossed
    first, second = (
        [column[0] for column in crossed.mains() if column[0][0] == name] for name in factors
    )
    products: list[Column] = [(one, other) for one in first for other in second]
    kept, sure, unsure = crossed.told_apart(products, mains)
    if not sure:
        return [], [], unsure
    fit = fit_logit(crossed.design(kept), runs.harmful, runs.clusters)
    found, places, slopes = [], [], []
    for column in sure:
        one, other = column
        base_one, base_other = ((name, crossed.references[name]) for name, _ in column)
        signs: dict[Column, int] = {
            (one, other): 1,
            (one, base_other): -1,
            (base_one, other): -1,
            (base_one, base_other): 1,
        }
        move = _move(crossed, kept, fit, factors, signs)
        places.append(kept.index(column) + 1)
        slopes.append(move.slope)
        found.append(
            Interaction(
                column,
                (base_one, base_other),
                move.diff,
                _clipped(move, fit, confidence, 2.0),
                fit.p_value(places[-1:], slopes[-1:]),
                fit.method,
            )
        )
    return found, [FactorTest(factors, fit.p_value(places, slopes))], unsure


def _one_sided(runs: _Runs, interaction: tuple[str, str] | None) -> tuple[str, ...]:
    """Levels, and pairs of the two factors that are crossed, with no or only harmful runs."""
    import numpy as np

    table, taken = runs.crossed.table, runs.crossed.taken
    alone: list[Column] = [((name, level),) for name, of in taken.items() for level in of]
    pairs: list[Column] = []
    if interaction is not None and set(interaction) <= set(taken):
        one, other = interaction
        pairs = [((one, a), (other, b)) for a in taken[one] for b in taken[other]]
    said: list[Column] = []
    texts = []
    for column in [*alone, *pairs]:
        here = np.logical_and.reduce([table[name] == level for name, level in column])
        n, k = int(here.sum()), int(runs.harmful[here].sum())
        if n and k in (0, n) and not any(set(part) <= set(column) for part in said):
            said.append(column)
            texts.append(f"{column_text(column)} ({k} of {n})")
    return tuple(texts)


def _clipped(move: _Move, fit: Fit, confidence: float, most: float) -> Interval:
    margin = fit.quantile(confidence) * sqrt(fit.variance(move.slope))
    return Interval(max(-most, move.diff - margin), min(most, move.diff + margin))
