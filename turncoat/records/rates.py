"""Runs to rates: one row per condition, with what could not be judged in plain sight."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from turncoat._util.words import plural
from turncoat.measure import (
    Cluster,
    Counted,
    difference,
    difference_of_intervals,
    doubt_of_new_surfaces,
    new_surfaces,
    unevenness,
    unjudged_bounds,
    wilson,
)
from turncoat.records.cells import cells_of, kept_factors
from turncoat.records.control_matching import cells_by_condition, partner_of
from turncoat.records.correction import corrected
from turncoat.records.exclusion import with_exclusion
from turncoat.records.logs import Note
from turncoat.records.rows import RateCell, RateRow, cell_key
from turncoat.records.runs import (
    Collection,
    ConditionKey,
    Run,
    condition_key,
    condition_text,
    distinct_conditions,
    restricted,
)


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
    kept = kept_factors(collection.runs, by)
    counts = {cell_key(cell): _counted(cell.runs) for cell in cells}
    index = cells_by_condition(cells)
    rows = []
    for cell in cells:
        row = _row(cell)
        if collection.labels:
            row = corrected(row, cell, collection.labels)
        found = _control_of(cell, collection, kept)
        control = partner_of(cell, found[1], index) if found is not None else None
        if found is not None and control is not None:
            row = row._replace(control=found[0], control_split=control.split)
            row = _with_control(row, counts[cell_key(cell)], counts[cell_key(control)])
        rows.append(with_exclusion(row, cell, collection, kept, index, counts))
    return rows


CITABLE = 0.1
"""Half-width of the interval above which the fewest runs of a cell are a smoke test."""


def smoke_test_notes(rows: Sequence[RateRow]) -> list[Note]:
    """What so few runs can show, where they are a smoke test.

    Args:
        rows: Rates.

    Returns:
        One note where some rate of a fixed number of runs is known to less than `CITABLE`, were
        it near a half; none for runs that stop when enough is known.
    """
    counts = [row.n for row in rows if row.n and row.interval == "wilson"]
    half = half_width(min(counts)) if counts else 0.0
    if half <= CITABLE:
        return []
    return [
        Note(
            "caution",
            f"{plural(min(counts), 'judged run')} a cell (the fewest here) are a smoke test: a "
            f"rate near a half is known to about {100 * half:.0f} points to either side. For a "
            f"figure worth citing run 100 a cell ({100 * half_width(100):.0f} points) or more, "
            "and the study's own prompts beside ours (evals/reference.py)",
        )
    ]


def half_width(n: int) -> float:
    """Half of the width of Wilson's 95 % interval of a rate near a half.

    Args:
        n: Judged runs, one at least.
    """
    low, high = wilson(n // 2, n)
    return (high - low) / 2


def _row(cell: RateCell) -> RateRow:
    kinds = Counter(run.kind for run in cell.runs)
    k, n = _counts(cell.runs)
    unjudged = kinds["unclear"] + kinds["invalid"] + kinds["missing"]
    counted = _counted(cell.runs)
    sequential, interval = counted.sequential, counted.interval()
    bounds = unjudged_bounds(k, n, unjudged)
    clusters = clusters_of(cell.runs)
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
        split=cell.split,
        interval="sequence" if sequential else "wilson",
        new_surfaces_doubt=_doubt(clusters, sequential),
        invalid_by_reason=dict(Counter(run.reason for run in cell.runs if run.reason)),
        uneven=counted.uneven,
    )


def _counted(runs: Sequence[Run]) -> Counted:
    """The counts, and for runs that stopped early how uneven they are over surfaces."""
    if not any(run.sequential for run in runs):
        return Counted(*_counts(runs))
    due = [run for run in runs if run.kind != "stopped"]
    launched = Counter((run.surface_seed, run.surface) for run in due)
    judged = Counter((run.surface_seed, run.surface) for run in due if run.judged)
    uneven = unevenness([judged[surface] for surface in launched], list(launched.values()))
    return Counted(*_counts(runs), sequential=True, uneven=uneven)


def _doubt(clusters: Sequence[Cluster], sequential: bool) -> str:
    if sequential and len(clusters) > 1:
        return "the number of runs hung on what they showed"
    return doubt_of_new_surfaces(clusters)


def _with_control(row: RateRow, own: Counted, control: Counted) -> RateRow:
    if own.n == 0 or control.n == 0:
        return row
    if own.sequential or control.sequential:
        low, high = difference_of_intervals(own, control)
    else:
        low, high = difference(own.k, own.n, control.k, control.n)
    diff = own.k / own.n - control.k / control.n
    return row._replace(diff=diff, diff_low=low, diff_high=high)


def _counts(runs: Iterable[Run]) -> tuple[int, int]:
    kinds = Counter(run.kind for run in runs)
    return kinds["harmful"], kinds["harmful"] + kinds["not_harmful"]


def clusters_of(runs: Iterable[Run]) -> list[Cluster]:
    """The judged runs of each surface.

    Args:
        runs: Runs of one condition.
    """
    return list(clusters_by_surface(runs).values())


def clusters_by_surface(runs: Iterable[Run]) -> dict[tuple[str, int], Cluster]:
    """The judged runs of each surface, by surface seed and surface.

    Args:
        runs: Runs of one condition.
    """
    surfaces: dict[tuple[str, int], list[Run]] = defaultdict(list)
    for run in runs:
        if run.judged:
            surfaces[(run.surface_seed, run.surface)].append(run)
    return {place: Cluster(*_counts(same)) for place, same in surfaces.items()}


def _distinct(runs: Iterable[Run]) -> int | None:
    hashes = [run.completion_hash for run in runs if run.judged]
    return len(set(hashes)) if all(hashes) else None


def _control_of(
    cell: RateCell, collection: Collection, kept: frozenset[str] | None
) -> tuple[str, ConditionKey] | None:
    """The one condition that every run of the cell has as its control, if there is one."""
    found: dict[ConditionKey, str] = {}
    for condition in distinct_conditions(cell.runs):
        key = condition_key(condition)
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
