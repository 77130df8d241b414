"""How `turncoat rates --against-score` prints two gradings side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from turncoat.cli._conditions import tell
from turncoat.cli._records import console, experiment, heading, p_text, percent, shown, span

if TYPE_CHECKING:
    from turncoat.records.pairs import PairedRow


def print_pairs(rows: Sequence[PairedRow]) -> None:
    """Writes one table per model, scenario, protocol and pair of judges.

    Args:
        rows: The comparison, as `paired_rows` gave it.
    """
    groups: dict[tuple[str, ...], list[PairedRow]] = {}
    for row in rows:
        groups.setdefault((*experiment(row), row.judge_against), []).append(row)
    for same in groups.values():
        _print_group(same)
    console().print(
        "Runs, and rates in percent of the runs with a verdict by both. Ours: the score that is "
        "read; theirs: the one it is held against. Ours minus theirs: difference of the rates, "
        "with Newcombe's 95 % interval for pairs; p: McNemar's exact test. "
        "Agreement: over all conditions of the table, with 95 % intervals."
        if rows
        else "No runs to count.",
        style="dim" if rows else None,
    )


def _print_group(rows: Sequence[PairedRow]) -> None:
    from rich.markup import escape
    from rich.table import Table

    out = console()
    first = rows[0]
    told = tell([shown(row) for row in rows])
    out.print(f"\n{heading(first)}  theirs: {escape(first.judge_against)}")
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("condition", no_wrap=True)
    for title in (
        "both\nharmful",
        "only\nours",
        "only\ntheirs",
        "both\nsafe",
        "ours",
        "theirs",
        "ours minus theirs",
        "p",
    ):
        table.add_column(title, justify="right")
    table.add_column("no pair")
    for row, condition in zip(rows, told.rows, strict=True):
        table.add_row(
            escape(condition),
            *map(str, (row.both, row.only_ours, row.only_theirs, row.neither)),
            percent(row.rate),
            percent(row.rate_against),
            _difference(row),
            p_text(row.p_value),
            _no_pair(row),
        )
    out.print(table)
    if told.below:
        out.print(escape(told.below), style="dim")
    out.print(_agreement(rows))


def _agreement(rows: Sequence[PairedRow]) -> str:
    """How far the two agree, over all conditions of the table."""
    from turncoat.records.pairs import agreement_over

    found = agreement_over(rows)
    if found.agreed.rate is None:
        return f"agreement: {found.kappa_note}"
    low, high = found.agreed.interval
    alike = f"the same verdict on {found.agreed.k} of {found.agreed.n} runs"
    kappa = "no kappa"
    if found.kappa is not None and found.kappa_interval is not None:
        bounds = found.kappa_interval
        kappa = f"Cohen's kappa {found.kappa:.2f} ({bounds.low:.2f} to {bounds.high:.2f})"
    note = f"; {found.kappa_note}" if found.kappa_note else ""
    return f"agreement: {alike}, {percent(found.agreed.rate)} ({span(low, high)}); {kappa}{note}"


def _difference(row: PairedRow) -> str:
    if row.diff is None or row.diff_low is None or row.diff_high is None:
        return "-"
    return f"{100 * row.diff:+.1f}\n({span(row.diff_low, row.diff_high, signed=True)})"


def _no_pair(row: PairedRow) -> str:
    counts = {
        "judged by ours": row.judged_by_ours,
        "by theirs": row.judged_by_theirs,
        "by neither": row.judged_by_neither,
        "stopped": row.stopped,
    }
    return "\n".join(f"{count} {what}" for what, count in counts.items() if count) or "-"
