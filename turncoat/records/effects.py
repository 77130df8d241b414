"""What each factor does to the rate of a model, by its logs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from turncoat._util.errors import TurncoatError
from turncoat._util.places import page
from turncoat.measure import factor_effects
from turncoat.measure.surfaces import FEW_EVENTS
from turncoat.records.cells import cells_of, kept_factors, levels_of
from turncoat.records.effect_parts import nothing_varies
from turncoat.records.effect_rows import EffectRow, UnidentifiedRow, effect_rows, unidentified_rows
from turncoat.records.heterogeneity import spread_rows
from turncoat.records.logs import Note
from turncoat.records.rows import ENOUGH_COVERAGE, Group
from turncoat.records.runs import Collection, Run, condition_text, distinct_conditions
from turncoat.records.sparse_levels import rare_levels
from turncoat.scenario.naming import NOT_APPLICABLE

__all__ = ["EffectRow", "EffectTable", "effect_cautions", "effect_tables", "spread_rows"]

INTERACTION = ("threat", "goal_conflict")
"""The two causes that the published designs cross."""


class EffectTable(NamedTuple):
    """The effects in one experiment."""

    group: Group
    split: str
    rows: tuple[EffectRow, ...]
    unidentified: tuple[UnidentifiedRow, ...]
    n: int
    """Judged runs, of all conditions."""
    planned: int
    """Runs that were planned and not stopped as needless."""
    surfaces: int
    sequential: bool
    one_sided: tuple[str, ...] = ()
    """Levels, and pairs of the two that are crossed, with no or only harmful runs."""
    constant: tuple[str, ...] = ()
    """Factors asked for that have one level here, with it: nothing to compare."""
    hanging: tuple[str, ...] = ()
    """Factors that have no meaning under some condition, and are judged by the other runs."""
    rare: tuple[str, ...] = ()
    """Levels, and pairs of the two that are crossed, with few harmful or few harmless runs."""


def effect_tables(
    collection: Collection,
    factors: Sequence[str] | None = None,
    interaction: tuple[str, str] | None = INTERACTION,
) -> list[EffectTable]:
    """The effects of factors, model by model.

    Args:
        collection: Runs of some logs; only those that were judged are fitted.
        factors: Those whose effects are wanted, None for every factor that varies. All others are
            held equal in any case.
        interaction: Two factors; left out where one of them does not vary.

    Returns:
        One table for each experiment (model, scenario, version, protocol, judge) in which a factor
        varies among the judged runs. A factor's reference is its level in the control, else its
        default.

    Raises:
        TurncoatError: `factors` or `interaction` names no factor of these runs, no run has a
            verdict, or no factor varies anywhere.
    """
    if interaction not in (None, INTERACTION):
        kept_factors(collection.runs, interaction)
    kept_factors(collection.runs, factors)
    experiments: dict[tuple[Group, str], list[Run]] = {}
    cells = cells_of(collection)
    for cell in cells:
        experiments.setdefault((cell.group, cell.split), []).extend(cell.runs)
    tables = []
    for (group, split), runs in experiments.items():
        judged = [run for run in runs if run.judged]
        levels = levels_of(distinct_conditions(judged))
        real = {name: [one for one in of if one != NOT_APPLICABLE] for name, of in levels.items()}
        varied = [name for name, of in real.items() if len(of) > 1]
        wanted = [name for name in varied if factors is None or name in factors]
        if not wanted:
            continue
        constant = [
            f"{name}={of[0]}" if of else name
            for name, of in real.items()
            if factors is not None and name in factors and len(of) < 2
        ]
        hanging = [name for name in varied if NOT_APPLICABLE in levels[name]]
        table = _table(collection, group, split, runs, varied, wanted, interaction)
        tables.append(table._replace(constant=tuple(constant), hanging=tuple(hanging)))
    if not any(run.judged for run in collection.runs):
        raise TurncoatError("no run of these logs has a verdict, so there is no effect to see")
    if not tables:
        raise TurncoatError(nothing_varies(cells))
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
        notes += [f"{who}: {note}" for note in (*_unidentified(table), *_held(table))]
        if table.constant:
            notes.append(f"{who}: {', '.join(table.constant)} in every run: nothing to compare")
        if table.hanging:
            notes.append(
                f"{who}: {', '.join(table.hanging)} has no meaning under some conditions "
                f"({NOT_APPLICABLE}); its effect is that in the other runs, and what takes its "
                "meaning away is held against them at its reference level"
            )
        if table.surfaces < 2:
            notes.append(f"{who}: one surface, so errors are not clustered: these surfaces only")
        if any(row.method == "Firth" for row in table.rows):
            why = ", ".join(table.one_sided) or "some combination of levels"
            notes.append(
                f"{who}: no or only harmful runs at {why}, so maximum likelihood has no finite "
                "odds ratio; Firth's penalised likelihood stands in (*)"
            )
        if table.rows and table.rare and table.surfaces > 1:
            notes.append(
                f"{who}: fewer than {FEW_EVENTS} harmful or harmless runs at "
                f"{', '.join(table.rare)}: if surfaces differ much, these intervals hold the truth "
                f"less often than 95 %. See {page('statistics')}"
            )
        if table.sequential:
            notes.append(
                f"{who}: runs stopped early, by what they showed; intervals and tests here take "
                "their number as fixed and are too narrow"
            )
    return [Note("caution", note) for note in notes]


def _unidentified(table: EffectTable) -> Iterator[str]:
    if table.unidentified:
        names = ", ".join(
            f"{row.factor}={row.level} against {row.reference}"
            if row.kind == "main"
            else f"{row.factor} ({row.level})"
            for row in table.unidentified
        )
        yield (
            f"not identified: {names}. No runs at both levels are equal in all other factors, so "
            "nothing tells one cause from the other; cross them, for example with "
            "-T design=factorial"
        )


def _held(table: EffectTable) -> Iterator[str]:
    """Where an effect was seen at one level of a factor that has others."""
    alike: dict[str, dict[str, None]] = {}
    for row in table.rows:
        if row.held:
            alike.setdefault(row.held, {})[row.factor] = None
    for held, factors in alike.items():
        yield f"{', '.join(factors)}: the effect is that at {held}, and was not seen elsewhere"


def _table(
    collection: Collection,
    group: Group,
    split: str,
    runs: Sequence[Run],
    varied: Sequence[str],
    wanted: Sequence[str],
    interaction: tuple[str, str] | None,
) -> EffectTable:
    judged = [run for run in runs if run.judged]
    both = interaction if interaction and set(interaction) <= set(wanted) else None
    found = factor_effects(
        [run.kind == "harmful" for run in judged],
        {name: [run.condition[name] for run in judged] for name in varied},
        [(run.surface_seed, run.surface) for run in judged],
        _references(collection, group, judged, varied),
        both,
        wanted,
    )
    return EffectTable(
        group,
        split,
        tuple(effect_rows(group, split, found)),
        tuple(unidentified_rows(group, split, found)),
        len(judged),
        sum(run.kind != "stopped" for run in runs),
        found.clusters,
        any(run.sequential for run in runs),
        found.one_sided,
        rare=tuple(rare_levels(judged, wanted, both, found.clusters)),
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
        real = [level for level in taken[name] if level != NOT_APPLICABLE]
        wanted = [control.get(name, "") for control in controls.values()]
        wanted += list(defaults.get(name, ()))[:1]
        chosen[name] = next((level for level in wanted if level in real), real[0])
    return chosen
