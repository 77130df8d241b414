"""What each factor does to the rate of a model, by its logs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from turncoat.errors import TurncoatError
from turncoat.measure import Effects, factor_effects, heterogeneity, holm
from turncoat.records.cells import cells_of, levels_of
from turncoat.records.logs import Note
from turncoat.records.rates import clusters_of
from turncoat.records.rows import ENOUGH_COVERAGE, Cell, Group
from turncoat.records.runs import Collection, Condition, Run, condition_text, distinct_conditions

INTERACTION = ("threat", "goal_conflict")
"""The two causes that the published designs cross."""


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
    """Harmful runs at the level; None for an interaction."""
    n: int | None
    diff: float
    """Average change of the rate; for an interaction the difference of two such changes."""
    diff_low: float
    """95 % interval, clustered by surface."""
    diff_high: float
    odds_ratio: float | None
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


class EffectTable(NamedTuple):
    """The effects in one experiment."""

    group: Group
    split: str
    rows: tuple[EffectRow, ...]
    aliased: tuple[str, ...]
    """Levels whose effect cannot be told from that of others."""
    n: int
    """Judged runs, of all conditions."""
    planned: int
    """Runs that were planned and not stopped as needless."""
    surfaces: int
    sequential: bool


class SpreadRow(NamedTuple):
    """How much the surfaces of a condition differ."""

    model: str
    scenario: str
    protocol: str
    condition: Condition
    n: int
    k: int
    surfaces: int
    lowest: float | None
    """Rate on the surface where it is lowest."""
    highest: float | None
    correlation: float | None
    """Of two runs on one surface."""
    p_value: float | None
    """That all surfaces have one rate."""
    why: str
    """Why nothing can be said of how much they differ."""
    judge: str
    version: str
    split: str


def effect_tables(
    collection: Collection,
    factors: Sequence[str] | None = None,
    interaction: tuple[str, str] | None = INTERACTION,
) -> list[EffectTable]:
    """The effects of factors, model by model.

    Args:
        collection: Runs of some logs; only those that were judged are fitted.
        factors: Those whose effects are wanted; runs are pooled over all others. None for every
            factor that varies.
        interaction: Two factors; left out where one of them does not vary.

    Returns:
        One table for each experiment (model, scenario, version, protocol, judge) in which a factor
        varies among the judged runs. A factor's reference is its level in the control, else its
        default.

    Raises:
        TurncoatError: `factors` names no factor of these runs, or none varies anywhere.
    """
    experiments: dict[tuple[Group, str], list[Run]] = {}
    for cell in cells_of(collection, factors):
        experiments.setdefault((cell.group, cell.split), []).extend(cell.runs)
    tables = []
    for (group, split), runs in experiments.items():
        judged = [run for run in runs if run.judged]
        levels = levels_of(distinct_conditions(judged))
        varied = [
            name
            for name, found in levels.items()
            if len(found) > 1 and (factors is None or name in factors)
        ]
        if varied:
            tables.append(_table(collection, group, split, runs, varied, interaction))
    if not tables:
        raise TurncoatError(
            "no factor varies among the judged runs of these logs, so there is no effect to see; "
            "run several levels, for example with -T design=factorial"
        )
    return tables


def effect_cautions(tables: Sequence[EffectTable]) -> list[Note]:
    """What a reader of effects has to know beside the numbers.

    Args:
        tables: As `effect_tables` gave them.
    """
    notes = []
    for table in tables:
        who = f"{table.group.model}, {table.group.scenario}"
        if table.planned and table.n / table.planned < ENOUGH_COVERAGE:
            notes.append(
                f"{who}: {table.n} of {table.planned} runs have a verdict; the effects are of "
                "those alone, and which they are is no accident"
            )
        if table.aliased:
            notes.append(
                f"{who}: no effect of {', '.join(table.aliased)}: in these runs it never varies "
                "without the others"
            )
        if table.surfaces < 2:
            notes.append(f"{who}: one surface, so errors are not clustered: these surfaces only")
        if any(row.method == "Firth" for row in table.rows):
            notes.append(
                f"{who}: some levels have no harmful or no harmless run, so there is no finite "
                "odds ratio by maximum likelihood; Firth's penalised likelihood stands in"
            )
        if table.sequential:
            notes.append(
                f"{who}: runs stopped early, by what they showed; intervals and tests here take "
                "their number as fixed and are too narrow"
            )
    return [Note("caution", note) for note in notes]


def spread_rows(collection: Collection, by: Sequence[str] | None = None) -> list[SpreadRow]:
    """How much surfaces differ, condition by condition.

    Args:
        collection: Runs of some logs.
        by: Factors to tell apart, as for `rate_rows`.

    Returns:
        One row for each condition.
    """
    return [_spread(cell) for cell in cells_of(collection, by)]


def _table(
    collection: Collection,
    group: Group,
    split: str,
    runs: Sequence[Run],
    varied: Sequence[str],
    interaction: tuple[str, str] | None,
) -> EffectTable:
    judged = [run for run in runs if run.judged]
    both = interaction if interaction and set(interaction) <= set(varied) else None
    found = factor_effects(
        [run.kind == "harmful" for run in judged],
        {name: [run.condition[name] for run in judged] for name in varied},
        [(run.surface_seed, run.surface) for run in judged],
        _references(collection, group, judged, varied),
        both,
    )
    return EffectTable(
        group,
        split,
        tuple(_rows(group, split, found)),
        found.aliased,
        len(judged),
        sum(run.kind != "stopped" for run in runs),
        found.clusters,
        any(run.sequential for run in runs),
    )


def _references(
    collection: Collection, group: Group, runs: Sequence[Run], varied: Sequence[str]
) -> dict[str, str]:
    """The level in the control, else the scenario's default, else the first that was run."""
    controls = {
        condition_text(control.condition): control.condition
        for (scenario, version, _), control in collection.controls.items()
        if (scenario, version) == (group.scenario, group.version)
    }
    defaults = collection.factors.get(group.scenario, {})
    taken = levels_of(distinct_conditions(runs))
    chosen = {}
    for name in varied:
        wanted = [control.get(name, "") for control in controls.values()]
        wanted += list(defaults.get(name, ()))[:1]
        chosen[name] = next((level for level in wanted if level in taken[name]), taken[name][0])
    return chosen


def _rows(group: Group, split: str, found: Effects) -> list[EffectRow]:
    adjusted = dict(
        zip(
            [test.factors for test in found.tests],
            holm([test.p_value for test in found.tests]),
            strict=True,
        )
    )
    mains = [
        EffectRow(
            model=group.model,
            scenario=group.scenario,
            protocol=group.protocol,
            kind="main",
            factor=effect.factor,
            level=effect.level,
            reference=effect.reference,
            k=effect.k,
            n=effect.n,
            diff=effect.diff,
            diff_low=effect.diff_interval.low,
            diff_high=effect.diff_interval.high,
            odds_ratio=effect.odds_ratio,
            odds_low=effect.odds_interval.low,
            odds_high=effect.odds_interval.high,
            p_value=effect.p_value,
            p_factor=adjusted[effect.factor,],
            method=effect.method,
            judge=group.judge,
            version=group.version,
            split=split,
        )
        for effect in found.effects
    ]
    crossed = [
        mains[0]._replace(
            kind="interaction",
            factor=" x ".join(name for name, _ in both.levels),
            level=" x ".join(level for _, level in both.levels),
            reference=" x ".join(level for _, level in both.references),
            k=None,
            n=None,
            diff=both.diff,
            diff_low=both.diff_interval.low,
            diff_high=both.diff_interval.high,
            odds_ratio=None,
            odds_low=None,
            odds_high=None,
            p_value=both.p_value,
            p_factor=adjusted[tuple(name for name, _ in both.levels)],
            method=both.method,
        )
        for both in found.interactions
    ]
    return [*mains, *crossed]


def _spread(cell: Cell) -> SpreadRow:
    clusters = clusters_of(cell.runs)
    found = heterogeneity(clusters)
    return SpreadRow(
        model=cell.group.model,
        scenario=cell.group.scenario,
        protocol=cell.group.protocol,
        condition=dict(cell.condition),
        n=sum(cluster.n for cluster in clusters),
        k=sum(cluster.k for cluster in clusters),
        **found._asdict(),
        judge=cell.group.judge,
        version=cell.group.version,
        split=cell.split,
    )
