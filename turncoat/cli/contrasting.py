"""How `turncoat rates --contrasts` prints conditions against their controls."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from turncoat.cli._conditions import tell
from turncoat.cli._records import (
    console,
    experiment,
    fill,
    heading,
    p_text,
    ratio_text,
    shown,
    span,
)

if TYPE_CHECKING:
    from turncoat.records.contrasts import ContrastRow


def print_contrasts(rows: Sequence[ContrastRow]) -> None:
    """Writes one table per model, scenario, protocol and judge.

    Args:
        rows: The rows, as `contrast_rows` gave them.
    """
    groups: dict[tuple[str, ...], list[ContrastRow]] = {}
    for row in rows:
        groups.setdefault(experiment(row), []).append(row)
    for same in groups.values():
        _print_group(same)
    console().print(
        fill(
            "Against the control: how many points more often, and how many times as often, each "
            "with a 95 % interval. Paired: each surface is held against itself, so the answer is "
            "for these surfaces; else all runs of a side stand against all of the other. New "
            "surfaces: the difference with surfaces as a sample of possible ones. Unjudged: all "
            "differences that the runs without a verdict allow."
        )
        if rows
        else "No condition has a control that was run.",
        style="dim" if rows else None,
    )


def _print_group(rows: Sequence[ContrastRow]) -> None:
    from rich.markup import escape
    from rich.table import Table

    out = console()
    told = tell([shown(row) for row in rows])
    out.print(f"\n{heading(rows[0])}")
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("condition", no_wrap=True)
    open_ends = any(not row.covered for row in rows)
    titles = ("harmful", "control", "difference", "ratio", "p", "new surfaces")
    for title in (*titles, *(("unjudged",) if open_ends else ())):
        table.add_column(title, justify="right", no_wrap=True)
    table.add_column("")
    for row, condition in zip(rows, told.rows, strict=True):
        table.add_row(
            escape(condition),
            f"{row.k} of {row.n}",
            f"{row.control_k} of {row.control_n}",
            _difference(row),
            _ratio(row),
            p_text(row.p_value),
            span(row.new_surfaces_diff_low, row.new_surfaces_diff_high, signed=True),
            *((_unjudged(row),) if open_ends else ()),
            "paired" if row.paired else "unpaired",
        )
    out.print(table)
    if told.below:
        out.print(escape(told.below), style="dim")


def _unjudged(row: ContrastRow) -> str:
    if row.covered:
        return "-"
    return span(row.diff_if_unjudged_low, row.diff_if_unjudged_high, signed=True)


def _difference(row: ContrastRow) -> str:
    if row.diff is None:
        return "-"
    return f"{100 * row.diff:+.1f}\n{span(row.diff_low, row.diff_high, signed=True)}"


def _ratio(row: ContrastRow) -> str:
    ratio = "-" if row.ratio is None else ratio_text(row.ratio)
    low = ratio_text(row.ratio_low, 2)
    if row.ratio_high is None:
        return f"{ratio}\nover {low}"
    return f"{ratio}\n{low} to {ratio_text(row.ratio_high, 2)}"
