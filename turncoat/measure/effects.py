"""What each factor of a factorial design does to the rate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import exp, sqrt
from typing import TYPE_CHECKING, NamedTuple

from turncoat.measure.intervals import Interval
from turncoat.measure.logit import Fit, Method, fit_logit

if TYPE_CHECKING:
    import numpy as np

    Floats = np.ndarray

Column = tuple[tuple[str, str], ...]
"""Factor and level that a column of the design stands for; two of them for an interaction."""


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
    """Two-sided t test that the odds ratio is 1."""
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
    """Levels that always go together with others, so that their effect cannot be told apart."""
    n: int
    clusters: int


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
    likelihood stands in, and each interval takes the larger of the clustered and the plain variance
    (`fit_logit`). Tests of several levels are Hotelling's, and after Firth Bonferroni's over the
    levels.

    Args:
        outcomes: Whether each judged run was harmful.
        levels: Factor to the level of each run; factors with one level are left out of account.
        clusters: The surface of each run.
        references: The level that others are held against, by factor.
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
    harmful = np.asarray(outcomes, dtype=float)
    table = {name: np.asarray(of) for name, of in levels.items()}
    mains = [
        ((name, level),)
        for name, of in table.items()
        for level in dict.fromkeys(of.tolist())
        if level != references[name]
    ]
    kept, aliased = _told_apart(mains, table, references)
    count = len({repr(cluster) for cluster in clusters})
    if not kept:
        return Effects((), (), (), tuple(aliased), len(outcomes), count)
    fit = fit_logit(_design(kept, table), harmful, clusters)
    effects = tuple(
        _effect(column, kept, table, fit, references, harmful, confidence) for column in kept
    )
    tests = [
        FactorTest((name,), _joint(fit, [i for i, c in enumerate(kept) if c[0][0] == name]))
        for name in dict.fromkeys(column[0][0] for column in kept)
    ]
    found: tuple[Interaction, ...] = ()
    if interaction is not None:
        found, test, more = _interaction(
            interaction, kept, table, references, harmful, clusters, confidence
        )
        tests += test
        aliased += more
    return Effects(effects, found, tuple(tests), tuple(aliased), len(outcomes), count)


def _design(columns: Sequence[Column], table: Mapping[str, Floats]) -> Floats:
    import numpy as np

    n = len(next(iter(table.values())))
    at_level = (
        np.prod([table[name] == level for name, level in column], axis=0) for column in columns
    )
    return np.column_stack([np.ones(n), *at_level])


def _told_apart(
    columns: Sequence[Column],
    table: Mapping[str, Floats],
    references: Mapping[str, str],
    fixed: Sequence[Column] = (),
) -> tuple[list[Column], list[str]]:
    """Columns that are no combination of earlier ones, and what is said of the others."""
    import numpy as np

    kept = list(fixed)
    aliased = []
    rank = len(kept) + 1
    for column in columns:
        more = np.linalg.matrix_rank(_design([*kept, column], table))
        if more > rank:
            kept.append(column)
            rank = int(more)
        else:
            name = " and ".join(f"{factor}={level}" for factor, level in column)
            aliased.append(name)
    return kept, aliased


def _moved(table: Mapping[str, Floats], levels: Column) -> dict[str, Floats]:
    """The runs with all of them at these levels."""
    import numpy as np

    return {**table, **{name: np.full(len(table[name]), level) for name, level in levels}}


def _mean_rate(
    fit: Fit, columns: Sequence[Column], table: Mapping[str, Floats]
) -> tuple[float, Floats]:
    """The mean of the fitted rates, and its gradient in the coefficients."""
    import numpy as np

    design = _design(columns, table)
    rates = 1 / (1 + np.exp(-design @ fit.coefficients))
    return float(rates.mean()), (design * (rates * (1 - rates))[:, None]).mean(axis=0)


def _effect(
    column: Column,
    columns: Sequence[Column],
    table: Mapping[str, Floats],
    fit: Fit,
    references: Mapping[str, str],
    harmful: Floats,
    confidence: float,
) -> Effect:
    import numpy as np

    ((name, level),) = column
    at, slope_at = _mean_rate(fit, columns, _moved(table, column))
    base, slope_base = _mean_rate(fit, columns, _moved(table, ((name, references[name]),)))
    here = table[name] == level
    place = columns.index(column) + 1
    direction = np.zeros(len(fit.coefficients))
    direction[place] = 1.0
    log_odds = float(fit.coefficients[place])
    error = sqrt(fit.variance(direction))
    margin = _quantile(fit, confidence) * error
    return Effect(
        name,
        level,
        references[name],
        int(harmful[here].sum()),
        int(here.sum()),
        at - base,
        _clipped(at - base, fit, slope_at - slope_base, confidence, 1.0),
        exp(log_odds),
        Interval(exp(log_odds - margin), exp(min(700.0, log_odds + margin))),
        _p_value(log_odds, error, fit.degrees),
        fit.method,
    )


def _interaction(
    factors: tuple[str, str],
    mains: Sequence[Column],
    table: Mapping[str, Floats],
    references: Mapping[str, str],
    harmful: Floats,
    clusters: Sequence[object],
    confidence: float,
) -> tuple[tuple[Interaction, ...], list[FactorTest], list[str]]:
    import numpy as np

    first, second = ([column[0] for column in mains if column[0][0] == name] for name in factors)
    products: list[Column] = [(one, other) for one in first for other in second]
    kept, aliased = _told_apart(products, table, references, mains)
    if len(kept) == len(mains):
        return (), [], aliased
    fit = fit_logit(_design(kept, table), harmful, clusters)
    found = []
    for place, column in enumerate(kept[len(mains) :], start=len(mains) + 1):
        one, other = column
        base_one, base_other = (one[0], references[one[0]]), (other[0], references[other[0]])
        corners = [(one, other), (one, base_other), (base_one, other), (base_one, base_other)]
        rates = [_mean_rate(fit, kept, _moved(table, corner)) for corner in corners]
        signs = (1, -1, -1, 1)
        diff = sum(sign * rate for sign, (rate, _) in zip(signs, rates, strict=True))
        slope = np.sum([sign * of for sign, (_, of) in zip(signs, rates, strict=True)], axis=0)
        direction = np.zeros(len(fit.coefficients))
        direction[place] = 1.0
        error = sqrt(fit.variance(direction))
        found.append(
            Interaction(
                column,
                (base_one, base_other),
                diff,
                _clipped(diff, fit, slope, confidence, 2.0),
                _p_value(float(fit.coefficients[place]), error, fit.degrees),
                fit.method,
            )
        )
    places = list(range(len(mains), len(kept)))
    return tuple(found), [FactorTest(factors, _joint(fit, places))], aliased


def _clipped(diff: float, fit: Fit, slope: Floats, confidence: float, most: float) -> Interval:
    margin = _quantile(fit, confidence) * sqrt(fit.variance(slope))
    return Interval(max(-most, diff - margin), min(most, diff + margin))


def _quantile(fit: Fit, confidence: float) -> float:
    from scipy.special import stdtrit

    return float(stdtrit(fit.degrees, (1 + confidence) / 2))


def _p_value(estimate: float, error: float, degrees: int) -> float:
    from scipy.special import stdtr

    return float(2 * stdtr(degrees, -abs(estimate) / error)) if error > 0 else 1.0


def _joint(fit: Fit, places: Sequence[int]) -> float:
    """Test that these coefficients, counted without the intercept, are all 0."""
    import numpy as np
    from scipy.special import fdtrc

    chosen = np.array(places) + 1
    estimate = fit.coefficients[chosen]
    covariance = fit.clustered[np.ix_(chosen, chosen)]
    count = len(chosen)
    regular = fit.method == "logit" and np.linalg.matrix_rank(covariance) == count
    if not regular or count > fit.degrees:
        directions = np.eye(len(fit.coefficients))[chosen]
        errors = [sqrt(fit.variance(direction)) for direction in directions]
        alone = [
            _p_value(float(value), error, fit.degrees)
            for value, error in zip(estimate, errors, strict=True)
        ]
        return min(1.0, count * min(alone))
    # Of few clusters the quadratic form is Hotelling's, which the F with fewer degrees allows for.
    degrees = fit.degrees - count + 1
    statistic = float(estimate @ np.linalg.solve(covariance, estimate))
    return float(fdtrc(count, degrees, statistic * degrees / (fit.degrees * count)))
