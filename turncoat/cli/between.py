"""How `turncoat compare --models` prints models against each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from turncoat.cli._comparisons import in_points, measured, verdict_text
from turncoat.cli._conditions import tell
from turncoat.cli._records import console, fill, p_text

if TYPE_CHECKING:
    from turncoat.records.models import ModelRow
    from turncoat.records.rows import RateRow


def print_models(rows: Sequence[ModelRow], family: str, margin: float) -> None:
    """Writes one table per scenario, protocol and judge.

    Args:
        rows: The comparisons, as `model_rows` gave them.
        family: What they are adjusted for, as `family_text` says it.
        margin: Difference of rates that is as good as none.
    """
    out = console()
    if not rows:
        out.print(
            "No two models to compare: none has runs of the same scenario, version, protocol, "
            "judge and condition as another."
        )
        return
    groups: dict[tuple[str, ...], list[ModelRow]] = {}
    for row in rows:
        one = row.first
        group = (one.scenario, one.version, one.protocol, one.judge)
        groups.setdefault(group, []).append(row)
    for same in groups.values():
        _print_group(same)
    out.print(
        fill(
            "Percent, with 95 % intervals. Difference: first model minus second, in points. p: "
            "adjusted for the family after Holm, and after Benjamini and Hochberg (B-H: of what "
            "is under 0.05 there one of twenty may be chance). The verdict is on the first model. "
            f"Equivalent means within {100 * margin:g} points."
        ),
        style="dim",
    )
    out.print(fill(family), style="dim")


def _print_group(rows: Sequence[ModelRow]) -> None:
    from rich.markup import escape
    from rich.table import Table

    out = console()
    first = rows[0].first
    told = tell([row.first.condition for row in rows])
    out.print(
        f"\n[bold]{escape(first.scenario)}[/] {escape(first.version)}  {escape(first.protocol)}  "
        f"judge: {escape(first.judge)}"
    )
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    table.add_column("condition", no_wrap=True)
    table.add_column("model", max_width=26, overflow="fold")
    table.add_column("against", max_width=26, overflow="fold")
    table.add_column("difference", max_width=16)
    table.add_column("p (Holm)\np (B-H)", justify="right")
    table.add_column("verdict", max_width=22, overflow="fold")
    above = None
    for row, condition in zip(rows, told.rows, strict=True):
        if table.row_count:
            table.add_row()
        table.add_row(
            "" if row.first.condition == above else escape(condition),
            _side(row.first),
            _side(row.second),
            in_points(row.comparison),
            f"{p_text(row.p_holm)}\n{p_text(row.p_bh)}",
            escape(verdict_text(row.verdict, row.why)),
        )
        above = row.first.condition
    out.print(table)
    if told.below:
        out.print(escape(told.below), style="dim")


def _side(row: RateRow) -> str:
    from rich.markup import escape

    split = f"\nonly {escape(row.split)}" if row.split else ""
    return f"{escape(row.model)}{split}\n{measured(row)}"
