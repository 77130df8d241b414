"""Which runs no model of effects holds together, because they were made in different ways."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from turncoat.records.cells import cells_of
from turncoat.records.logs import Note
from turncoat.records.rows import Group, RateCell
from turncoat.records.runs import Collection

if TYPE_CHECKING:
    from turncoat.records.effects import EffectTable


def nothing_varies(cells: Iterable[RateCell]) -> str:
    """What to say where no model can be made of any of these cells.

    Args:
        cells: All that there are.
    """
    if any(cell.split for cell in cells):
        return (
            "no factor varies among the judged runs of these logs that were made alike, so there "
            "is no effect to see; run all levels with the same settings, or count runs together "
            "that were made in different ways with --pool"
        )
    return (
        "no factor varies among the judged runs of these logs, so there is no effect to see; "
        "run several levels, for example with -T design=factorial"
    )


def parts_notes(collection: Collection, tables: Sequence[EffectTable]) -> Iterator[Note]:
    """Says which runs are modelled apart from which, and which are in no model at all.

    Args:
        collection: Runs of some logs.
        tables: As `effect_tables` gave them.

    Yields:
        A line for each experiment with runs of one condition that were made in different ways.
    """
    parts: dict[Group, dict[str, int]] = {}
    for cell in cells_of(collection):
        of = parts.setdefault(cell.group, {})
        of[cell.split] = of.get(cell.split, 0) + sum(run.judged for run in cell.runs)
    modelled = {(table.group, table.split) for table in tables}
    for group, counts in parts.items():
        if len(counts) < 2:
            continue
        told = [
            f"{count} {f'with {split}' if split else 'of conditions that were run in one way only'}"
            + ("" if (group, split) in modelled else " (in no model: no factor varies there)")
            for split, count in sorted(counts.items(), reverse=True)
        ]
        yield Note(
            "caution",
            f"{group.model}, {group.scenario}: judged runs that were made in different ways are in "
            f"no model together: {'; '.join(told)}. What varies only from one of these parts to "
            "another shows no effect. Run all conditions alike, or count all together with --pool",
        )
