"""How `turncoat rates --strata` prints rates by what the transcripts show."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from turncoat.cli._conditions import tell
from turncoat.cli._records import console, experiment, heading, percent, shown, span

if TYPE_CHECKING:
    from turncoat.records.strata import StratumRow


def print_strata(rows: Sequence[StratumRow]) -> None:
    """Writes one table per model, scenario, protocol and judge.

    Args:
        rows: The rows, as `stratum_rows` gave them.
    """
    groups: dict[tuple[str, ...], list[StratumRow]] = {}
    for row in rows:
        groups.setdefault(experiment(row), []).append(row)
    for same in groups.values():
        _print_group(same)
    console().print(
        "Belief: what the agent took all this for. Comprehended: whether it shows that it grasped "
        "it. Percent. Share: of the runs that took place. Harmful: of the judged runs of the "
        "stratum, with Wilson's 95 % interval or, for runs that stopped early, a confidence "
        "sequence's. Unclear and invalid runs are in no rate; "
        "where under 90 % were judged, the two bounds stand in its place. Association, not effect."
        if rows
        else "No runs to count.",
        style="dim" if rows else None,
    )


def _rate(row: StratumRow) -> str:
    if row.covered or not row.n:
        return percent(row.rate)
    return f"{span(*row.bounds)}\n(bounds)"


def _print_group(rows: Sequence[StratumRow]) -> None:
    from rich.markup import escape
    from rich.table import Table

    out = console()
    first = rows[0]
    told = tell([shown(row) for row in rows])
    out.print(f"\n{heading(first)}")
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("condition", no_wrap=True)
    table.add_column(first.strata)
    for title in ("runs", "share", "harmful", "rate", "interval", "unclear", "invalid"):
        table.add_column(title, justify="right")
    table.add_column("sorted by")
    above = None
    for row, condition in zip(rows, told.rows, strict=True):
        table.add_row(
            "" if row.condition == above else escape(condition),
            row.stratum,
            str(row.runs),
            percent(row.share),
            f"{row.k} of {row.n}",
            _rate(row),
            span(row.ci_low, row.ci_high) if row.n else "-",
            str(row.unclear),
            str(row.invalid),
            escape(row.decided_by) or "-",
        )
        above = row.condition
    out.print(table)
    if told.below:
        out.print(escape(told.below), style="dim")
