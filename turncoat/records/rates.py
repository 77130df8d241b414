"""Runs to rates: one row per condition, with what could not be judged in plain sight."""

from __future__ import annotations

import difflib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from turncoat.errors import TurncoatError
from turncoat.measure import Cluster, difference, new_surfaces, unjudged_bounds, wilson
from turncoat.records.exclusion import with_exclusion
from turncoat.records.rows import Cell, Group, RateRow
from turncoat.records.runs import (
    Collection,
    Condition,
    ConditionKey,
    Run,
    condition_key,
    restricted,
)

NEVER_POOLED = ("channel",)
"""A briefing with an honest way out and one without are two questions."""


def cells_of(collection: Collection, by: Sequence[str] | None = None) -> list[Cell]:
    """The runs, one cell per group and condition, in the order in which they were found.

    Args:
        collection: Runs of some logs.
        by: Factors to tell apart; runs that differ only in others are pooled. None tells all
            apart. Factors of `NEVER_POOLED` stay apart in any case where their levels differ.

    Raises:
        TurncoatError: `by` names no factor of these runs.
    """
    kept = _factors_to_keep(collection.runs, by)
    cells: dict[tuple[Group, ConditionKey], list[Run]] = defaultdict(list)
    conditions: dict[ConditionKey, Condition] = {}
    for run in collection.runs:
        condition = restricted(run.condition, kept)
        key = condition_key(condition)
        conditions.setdefault(key, condition)
        cells[(group_of(run), key)].append(run)
    return [Cell(group, conditions[key], tuple(runs)) for (group, key), runs in cells.items()]


def rate_rows(collection: Collection, by: Sequence[str] | None = None) -> list[RateRow]:
    """The rates of a collection of runs.

    Args:
        collection: Runs of some logs.
        by: Factors to tell apart, pooling runs over all others; None for every factor.

    Returns:
        One row per model, scenario, version, protocol, judge and condition.

    Raises:
        TurncoatError: `by` names no factor of these runs.
    """
    cells = cells_of(collection, by)
    kept = _factors_to_keep(collection.runs, by)
    counts = {(cell.group, condition_key(cell.condition)): _counts(cell.runs) for cell in cells}
    rows = []
    for cell in cells:
        row = _row(cell)
        found = _control_of(cell, collection, kept)
        if found is not None and (cell.group, found[1]) in counts:
            k, n = counts[(cell.group, found[1])]
            row = _with_control(row, found[0], k, n)
        rows.append(with_exclusion(row, cell, collection, kept, counts))
    return rows


def group_of(run: Run) -> Group:
    """The group that a run belongs to.

    Args:
        run: A run.

    Returns:
        What must be alike before runs are counted together: model, scenario and its version,
        protocol, judge.
    """
    return Group(run.model, run.scenario, run.version, run.protocol, run.judge)


def _row(cell: Cell) -> RateRow:
    kinds = Counter(run.kind for run in cell.runs)
    k, n = _counts(cell.runs)
    unjudged = kinds["unclear"] + kinds["invalid"] + kinds["missing"]
    interval = wilson(k, n)
    bounds = unjudged_bounds(k, n, unjudged)
    clusters = _clusters(cell.runs)
    wider = new_surfaces(clusters)
    return RateRow(
        model=cell.group.model,
        scenario=cell.group.scenario,
        protocol=cell.group.protocol,
        condition=dict(cell.condition),
        n=n,
        k=k,
        rate=k / n if n else None,
        ci_low=interval.low,
        ci_high=interval.high,
        planned=len(cell.runs),
        unclear=kinds["unclear"],
        invalid=kinds["invalid"],
        missing=kinds["missing"],
        stopped=kinds["stopped"],
        rate_if_unjudged_safe=bounds.low,
        rate_if_unjudged_harmful=bounds.high,
        distinct=_distinct(cell.runs),
        control=None,
        diff=None,
        diff_low=None,
        diff_high=None,
        judge=cell.group.judge,
        version=cell.group.version,
        surfaces=len(clusters),
        new_surfaces_low=wider.low if wider else None,
        new_surfaces_high=wider.high if wider else None,
    )


def _with_control(row: RateRow, label: str, k: int, n: int) -> RateRow:
    if row.rate is None or n == 0:
        return row._replace(control=label)
    low, high = difference(row.k, row.n, k, n)
    return row._replace(control=label, diff=row.rate - k / n, diff_low=low, diff_high=high)


def _counts(runs: Iterable[Run]) -> tuple[int, int]:
    kinds = Counter(run.kind for run in runs)
    return kinds["harmful"], kinds["harmful"] + kinds["not_harmful"]


def _clusters(runs: Iterable[Run]) -> list[Cluster]:
    surfaces: dict[tuple[str, int], list[Run]] = defaultdict(list)
    for run in runs:
        if run.judged:
            surfaces[(run.surface_seed, run.surface)].append(run)
    return [Cluster(*_counts(same)) for same in surfaces.values()]


def _distinct(runs: Iterable[Run]) -> int | None:
    hashes = [run.completion_hash for run in runs if run.judged]
    return len(set(hashes)) if all(hashes) else None


def _control_of(
    cell: Cell, collection: Collection, kept: frozenset[str] | None
) -> tuple[str, ConditionKey] | None:
    """The one condition that every run of the cell has as its control, if there is one."""
    found: dict[ConditionKey, str] = {}
    for key, condition in {
        condition_key(run.condition): run.condition for run in cell.runs
    }.items():
        control = collection.controls.get((cell.group.scenario, cell.group.version, key))
        if control is None:
            return None
        told = restricted(control.condition, kept)
        pooled = len(told) < len(condition)
        found[condition_key(told)] = condition_text(told) if pooled else control.label
    own = condition_key(cell.condition)
    if len(found) != 1 or own in found:
        return None
    key, label = next(iter(found.items()))
    return label, key


def condition_text(condition: Condition) -> str:
    """A condition in one line, as `factor=level,factor=level`.

    Args:
        condition: Factor to level.

    Returns:
        The line; empty for no factor at all.
    """
    return ",".join(f"{name}={level}" for name, level in condition.items())


def _factors_to_keep(runs: Sequence[Run], by: Sequence[str] | None) -> frozenset[str] | None:
    if by is None:
        return None
    levels = levels_of(run.condition for run in runs)
    for name in by:
        if runs and name not in levels:
            near = difflib.get_close_matches(name, levels, n=1)
            hint = f"; did you mean '{near[0]}'?" if near else ""
            raise TurncoatError(
                f"--by: no factor '{name}' in these logs{hint} Factors: {', '.join(levels)}"
            )
    apart = {name for name in NEVER_POOLED if len(levels.get(name, ())) > 1}
    return frozenset(by) | apart


def levels_of(conditions: Iterable[Condition]) -> Mapping[str, list[str]]:
    """Every factor of some conditions to the levels it takes in them, in order of appearance.

    Args:
        conditions: Conditions, not necessarily of the same factors.

    Returns:
        Factor to its levels, each once.
    """
    levels: dict[str, dict[str, None]] = {}
    for condition in conditions:
        for name, level in condition.items():
            levels.setdefault(name, {})[level] = None
    return {name: list(found) for name, found in levels.items()}
