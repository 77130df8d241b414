"""Which runs of the control a condition's runs are held against, where either were shown apart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from turncoat.records.cells import BRIEFINGS, HASHES, settings_apart
from turncoat.records.rows import Group, RateCell
from turncoat.records.runs import ConditionKey, condition_key

Index = Mapping[tuple[Group, ConditionKey], list[RateCell]]
"""The cells of each condition of each group: one, or several that differ in how they were run."""


def partner_of(cell: RateCell, condition: ConditionKey, cells: Index) -> RateCell | None:
    """The cell of another condition that was run as this one was.

    Where runs of a condition are shown apart, those of the other may not be, since all of them
    were run in one way; so the name of what sets them apart need not be the same.

    Args:
        cell: Some runs.
        condition: The other condition.
        cells: All cells.

    Returns:
        The cell with the same name for what sets it apart; else the only one that does not differ
        in any setting, rubric or state of the folder; else None.
    """
    found = cells.get((cell.group, condition), [])
    for other in found:
        if other.split == cell.split:
            return other
    alike = [other for other in found if _run_alike(cell, other)]
    return alike[0] if len(alike) == 1 else None


def cells_by_condition(cells: Iterable[RateCell]) -> Index:
    """The cells of each condition of each group, for `partner_of`.

    Args:
        cells: All cells.
    """
    found: dict[tuple[Group, ConditionKey], list[RateCell]] = {}
    for cell in cells:
        found.setdefault((cell.group, condition_key(cell.condition)), []).append(cell)
    return found


def _run_alike(cell: RateCell, other: RateCell) -> bool:
    if any(apart.name == BRIEFINGS for apart in (*cell.apart, *other.apart)):
        return False  # What else has such a briefing cannot be told from another condition.
    same = all(_hashes(cell, name) == _hashes(other, name) for name in HASHES)
    return same and not settings_apart(cell.runs, other.runs)


def _hashes(cell: RateCell, name: str) -> set[str]:
    return {getattr(run, name) for run in cell.runs} - {""}
