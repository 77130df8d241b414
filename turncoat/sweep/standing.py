"""How far a sweep has come: what is planned, and what its logs have of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from inspect_ai.log import read_eval_log

from turncoat.records.logs import place_of
from turncoat.records.status import EvalStatus, statuses_of
from turncoat.sweep.shard import CELL, prices_of, task_of
from turncoat.sweep.spec import Cell, Sweep
from turncoat.sweep.spending import Sum, forget_listings, spent_so_far, total


class CellStanding(NamedTuple):
    """How far a cell has come; `planned` is the sum of what follows."""

    cell: Cell
    planned: int
    judged: int = 0
    unclear: int = 0
    invalid: Mapping[str, int] = {}
    missing: int = 0
    stopped: int = 0
    waiting: int = 0
    """Of the missing, those that finished and can be recovered from a log that broke off."""
    state: str = ""
    complete_with: tuple[str, ...] = ()
    """Commands for what the sweep itself does not run again, such as runs that errored."""


class Standing(NamedTuple):
    """How far all of a sweep has come."""

    cells: tuple[CellStanding, ...]
    spent: Sum
    over: str
    """What of the budget is used up; empty where nothing is."""
    strangers: tuple[str, ...]
    """Logs of runs that the file does not ask for, as it is now."""
    unreadable: tuple[str, ...]
    """What is to be said of logs that cannot be read."""

    @property
    def missing(self) -> int:
        """Runs that are still to be made."""
        return sum(one.missing for one in self.cells)

    @property
    def is_complete(self) -> bool:
        """Whether nothing is left to do."""
        return not (self.missing or self.unreadable or any(c.complete_with for c in self.cells))


def planned_runs(sweep: Sweep) -> dict[str, int]:
    """How many runs each cell is to have.

    Args:
        sweep: A sweep.

    Returns:
        Cell's id to its runs.

    Raises:
        TurncoatError: A cell cannot be run as the file says.
    """
    runs: dict[str, int] = {}
    planned = {}
    for cell in sweep.cells:
        key = f"{cell.eval} {cell.parameters}"
        if key not in runs:
            task = task_of(cell)
            runs[key] = len(task.dataset) * (sweep.spec.epochs or task.epochs or 1)
        planned[cell.id] = runs[key]
    return planned


def standing_of(sweep: Sweep, planned: Mapping[str, int] | None = None) -> Standing:
    """How far a sweep has come.

    Args:
        sweep: A sweep.
        planned: Its `planned_runs`, where they are known already.

    Returns:
        Each of its cells, those included that have no log yet.

    Raises:
        TurncoatError: A cell cannot be run as the file says.
    """
    planned = planned_runs(sweep) if planned is None else planned
    found: dict[str, EvalStatus] = {}
    unreadable: list[str] = []
    forget_listings(place_of(sweep.logs))
    logs = [str(log) for log in place_of(sweep.logs).glob("*/*/*.eval")]
    shard_of = {log: "/".join(log.split("/")[-3:-1]) for log in logs}
    strangers = [log for log, shard in shard_of.items() if shard not in sweep.shards]
    for shard in sweep.shards.keys() & set(shard_of.values()):
        statuses = statuses_of([sweep.folder(shard)])
        notes = statuses.collection.notes
        unreadable += [note.message for note in notes if note.kind in ("corrupt", "ungraded")]
        for one in statuses.evals:
            metadata = read_eval_log(one.log, header_only=True).eval.metadata or {}
            cell = str(metadata.get(CELL, ""))
            if cell not in planned:
                strangers.append(one.log)
            elif cell not in found or found[cell].judged < one.judged:
                found[cell] = one
    spent = total(spent_so_far(sweep.logs), prices_of(sweep))
    return Standing(
        tuple(_cell(cell, planned[cell.id], found.get(cell.id)) for cell in sweep.cells),
        spent,
        spent.over(sweep.spec.budget),
        tuple(sorted(strangers)),
        tuple(unreadable),
    )


def _cell(cell: Cell, planned: int, found: EvalStatus | None) -> CellStanding:
    if found is None:
        return CellStanding(cell, planned, missing=planned)
    accounted = found.planned - found.missing
    planned = max(planned, accounted)  # Epochs were lowered: what was run is not lost.
    missing = planned - accounted
    return CellStanding(
        cell,
        planned,
        found.judged,
        found.unclear,
        found.invalid,
        missing,
        found.stopped,
        min(found.waiting, missing),
        found.state,
        # What is missing, the sweep itself runs; then the eval's own commands are for the rest.
        () if missing else found.complete_with,
    )
