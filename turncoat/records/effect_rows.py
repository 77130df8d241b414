"""The rows of `turncoat effects`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from turncoat.measure import Effects, holm
from turncoat.measure.crossed import Column
from turncoat.measure.effects import Effect, Interaction
from turncoat.records.rows import Group


class EffectRow(NamedTuple):
    """A level against the reference level. The fields are the columns of `turncoat effects`."""

    model: str
    scenario: str
    protocol: str
    kind: str
    """`main`, or `interaction`: how much more the level does at another factor's level."""
    factor: str
    """For an interaction both factors, with ` x ` between them; so with levels."""
    level: str
    reference: str
    k: int | None
    """Harmful runs at the level, in the strata; None for an interaction."""
    n: int | None
    diff: float
    """Average change of the rate; for an interaction the difference of two such changes."""
    diff_low: float
    """95 % interval, clustered by surface."""
    diff_high: float
    odds_ratio: float | None
    """Common to the strata; None for an interaction."""
    odds_low: float | None
    odds_high: float | None
    p_value: float
    p_factor: float
    """Of all levels of the factor at once, adjusted by Holm over the factors of the model."""
    method: str
    """`logit`, or `Firth` where levels separate the outcome."""
    judge: str
    version: str
    split: str
    k_reference: int | None
    """Harmful runs at the reference, in the strata; None for an interaction."""
    n_reference: int | None
    strata: int
    """Combinations of all other factors' levels that have runs at the level and at the reference,
    for an interaction at all four pairs of levels. The effect is that in these runs."""
    held: str
    """Other factors that vary in these logs, but have one level in all of the strata."""


class UnidentifiedRow(NamedTuple):
    """A level of which these runs say nothing: no run at the reference is equal in all else."""

    model: str
    scenario: str
    protocol: str
    kind: str
    factor: str
    level: str
    reference: str
    judge: str
    version: str
    split: str


class _Names(NamedTuple):
    kind: str
    factor: str
    level: str
    reference: str


def effect_rows(group: Group, split: str, found: Effects) -> Iterator[EffectRow]:
    """A row for each effect and each interaction.

    Args:
        group: The experiment.
        split: What sets its runs apart from others of the same conditions.
        found: Its effects.
    """
    adjusted = holm([test.p_value for test in found.tests])
    p_factors = dict(zip([test.factors for test in found.tests], adjusted, strict=True))
    told: list[Effect | Interaction] = [*found.effects, *found.interactions]
    for one in told:
        names = _names(one.levels, one.references)
        main = one if isinstance(one, Effect) else None
        yield EffectRow(
            model=group.model,
            scenario=group.scenario,
            protocol=group.protocol,
            kind=names.kind,
            factor=names.factor,
            level=names.level,
            reference=names.reference,
            k=main and main.k,
            n=main and main.n,
            diff=one.diff,
            diff_low=one.diff_interval.low,
            diff_high=one.diff_interval.high,
            odds_ratio=main and main.odds_ratio,
            odds_low=main and main.odds_interval.low,
            odds_high=main and main.odds_interval.high,
            p_value=one.p_value,
            p_factor=p_factors[tuple(name for name, _ in one.levels)],
            method=one.method,
            judge=group.judge,
            version=group.version,
            split=split,
            k_reference=main and main.k_reference,
            n_reference=main and main.n_reference,
            strata=one.strata,
            held=", ".join(f"{name}={level}" for name, level in one.held),
        )


def unidentified_rows(group: Group, split: str, found: Effects) -> Iterator[UnidentifiedRow]:
    """A row for each effect and each interaction that these runs do not tell.

    Args:
        group: The experiment.
        split: As for `effect_rows`.
        found: Its effects.
    """
    for one in found.unidentified:
        names = _names(one.levels, one.references)
        yield UnidentifiedRow(
            group.model,
            group.scenario,
            group.protocol,
            *names,
            group.judge,
            group.version,
            split,
        )


def _names(levels: Column, references: Column) -> _Names:
    return _Names(
        "main" if len(levels) == 1 else "interaction",
        " x ".join(name for name, _ in levels),
        " x ".join(level for _, level in levels),
        " x ".join(level for _, level in references),
    )
