"""`turncoat rates`: logs to rates with intervals."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from turncoat._util.errors import TurncoatError
from turncoat.cli._common import EXIT_FINDING, echo_json
from turncoat.cli._conditions import tell
from turncoat.cli._records import (
    console,
    experiment,
    heading,
    headline,
    logs_argument,
    pool_option,
    read_logs,
    say_notes,
    shown,
    span,
    store_option,
)

if TYPE_CHECKING:
    from rich.console import Console

    from turncoat.records.contrasts import ContrastRow
    from turncoat.records.logs import Note
    from turncoat.records.pairs import PairedRow
    from turncoat.records.rows import RateRow
    from turncoat.records.strata import By, StratumRow

    Row = RateRow | ContrastRow | PairedRow | StratumRow


@click.command()
@logs_argument
@click.option("--by", help="Factors to tell apart, with commas; all others are pooled.")
@click.option("--score", help="Which score to read, where a log was graded more than once.")
@click.option(
    "--against-score",
    "against",
    help="Another score of the same runs: show where the two differ, in place of the rates.",
)
@click.option(
    "--contrasts",
    is_flag=True,
    help="Each condition against its control: difference and ratio, surface by surface.",
)
@click.option(
    "--strata",
    type=click.Choice(["belief", "comprehended"]),
    help="Split each row by what the agent took all this for (real, a test), or by whether it "
    "shows that it grasped it.",
)
@pool_option
@store_option
@click.option("--json", "as_json", is_flag=True, help="A JSON list of rows; notes on stderr.")
@click.option(
    "--csv", type=click.Path(dir_okay=False, path_type=Path), help="Also write a CSV file."
)
def rates(
    logs: tuple[str, ...],
    by: str | None,
    score: str | None,
    against: str | None,
    contrasts: bool,
    strata: By | None,
    pool: bool,
    store: Path | None,
    as_json: bool,
    csv: Path | None,
) -> None:
    """How often the behaviour was seen, by condition.

    LOG is an Inspect log, a folder (with all folders below it), a glob, or a URI such as s3://...;
    without one it is the folder that INSPECT_LOG_DIR names. Rows are split by model,
    scenario, protocol and judge; runs of one condition in several logs are replicates and count
    together. Where they differ in how they were run (token limit, temperature, prompts, rubric),
    each kind is a row of its own and a line says so; --pool insists on counting them together.
    Logs that failed and runs met twice are named and left out.

    Rates are shares of the judged runs. Where under 90 % have a verdict, the two bounds stand in
    place of the rate: all unjudged runs safe, and all harmful.

    With --against-score the rows show the effect of the grading method: how many runs are harmful
    by both scores, by one alone and by neither, and the difference of the two rates.

    With --contrasts the rows are conditions against their control: the difference of the rates and
    their ratio, each surface held against itself where both were run on the same ones.

    With --strata the rows show the rate within each stratum, and its share of the runs. Agents
    sort themselves into strata: what differs between them is an association, not an effect.

    Where a study left models out for harm in the control, a model that it would leave out is
    marked; here nothing is left out.

    The exit status is 1 where a log failed, is corrupt or ungraded, or where runs of one condition
    had to be shown apart, unless they differ in the model's arguments alone.
    """
    from turncoat.cli.contrasting import print_contrasts
    from turncoat.cli.pairing import print_pairs
    from turncoat.cli.stratifying import print_strata
    from turncoat.records.cautions import cautions
    from turncoat.records.contrasts import contrast_rows
    from turncoat.records.pairs import pair_cautions, paired_rows
    from turncoat.records.rates import rate_rows
    from turncoat.records.strata import stratum_cautions, stratum_rows

    factors = [name.strip() for name in by.split(",") if name.strip()] if by is not None else None
    if against is not None and against == (score or "conduct"):
        raise TurncoatError(f"--against-score {against}: is the very score that is read")
    if sum((against is not None, contrasts, strata is not None)) > 1:
        raise TurncoatError("--against-score, --contrasts and --strata show other rows: give one")
    ours = read_logs(logs, score, store, pool)
    if strata is not None:
        split = stratum_rows(ours, strata, factors)
        rows = rate_rows(ours, factors)
        notes = [*ours.notes, *cautions(ours, rows, factors, new_surfaces=False)]
        notes += stratum_cautions(split)
        _report(split, notes, partial(print_strata, split), as_json, csv)
    elif contrasts:
        held = contrast_rows(ours, factors)
        notes = [*ours.notes, *cautions(ours, rate_rows(ours, factors), factors)]
        _report(held, notes, partial(print_contrasts, held), as_json, csv)
    elif against is None:
        rows = rate_rows(ours, factors)
        notes = [*ours.notes, *cautions(ours, rows, factors)]
        _report(rows, notes, partial(_print, rows), as_json, csv)
    else:
        theirs = read_logs(logs, against, store, pool)
        if not theirs.runs:
            reasons = "; ".join(note.message for note in theirs.notes) or "no log has runs"
            raise TurncoatError(f"--against-score {against}: no log has that score. {reasons}")
        pairs = paired_rows(ours, theirs, factors)
        notes = pair_cautions(ours, theirs, pairs, factors)
        _report(pairs, notes, partial(print_pairs, pairs), as_json, csv)


def _report(
    rows: Sequence[Row],
    notes: Sequence[Note],
    print_table: Callable[[], None],
    as_json: bool,
    csv: Path | None,
) -> None:
    if csv is not None:
        _write_csv(csv, rows)
    if as_json:
        echo_json([row._asdict() for row in rows])
    else:
        print_table()
    say_notes(notes, to_stderr=as_json)
    if any(note.is_failure for note in notes):
        raise click.exceptions.Exit(EXIT_FINDING)


def _write_csv(path: Path, rows: Sequence[Row]) -> None:
    import csv

    from turncoat.records.rows import RateRow
    from turncoat.records.runs import condition_text

    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow((rows[0] if rows else RateRow)._fields)
            for row in rows:
                writer.writerow(
                    condition_text(value) if isinstance(value, Mapping) else value for value in row
                )
    except OSError as error:
        raise TurncoatError(f"--csv {path}: cannot be written ({error.strerror})") from None


def _print(rows: Sequence[RateRow]) -> None:
    out = console()
    groups: dict[tuple[str, ...], list[RateRow]] = {}
    for row in rows:
        groups.setdefault(experiment(row), []).append(row)
    for same in groups.values():
        _print_group(out, same, rows)
    if rows:
        out.print(
            f"Percent. Harmful: of the judged runs. These surfaces: {_interval(rows)}. New "
            "surfaces: 95 % with surfaces as a sample of possible ones (?: a guide only, see the "
            "note). Minus control: difference of the rates, with a 95 % interval, or all "
            "differences that the runs without a verdict allow (bounds).",
            style="dim",
        )
    else:
        out.print("No runs to count.")


def _interval(rows: Sequence[RateRow]) -> str:
    kinds = {row.interval for row in rows}
    if kinds == {"wilson"}:
        return "Wilson's 95 % interval"
    sequence = "the 95 % interval of a confidence sequence, over all runs that were launched"
    return sequence if kinds == {"sequence"} else f"Wilson's 95 % interval, or {sequence}"


def _print_group(out: Console, rows: Sequence[RateRow], all_rows: Sequence[RateRow]) -> None:
    from rich.markup import escape
    from rich.table import Table

    told = tell([shown(row) for row in rows])
    marked = "  [bold yellow]marked[/]" if any(row.marked for row in rows) else ""
    out.print(f"\n{heading(rows[0])}{marked}")
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("condition", no_wrap=True)
    for title in ("harmful", "rate", "these surfaces", "new surfaces", "minus control"):
        table.add_column(title, justify="right")
    table.add_column("without verdict")
    for row, condition in zip(rows, told.rows, strict=True):
        table.add_row(
            escape(condition),
            f"{row.k} of {row.n}",
            headline(row),
            span(row.ci_low, row.ci_high),
            span(row.new_surfaces_low, row.new_surfaces_high) + (row.new_surfaces_doubt and " ?"),
            _difference(row, all_rows),
            _without_verdict(row),
        )
    out.print(table)
    if told.below:
        out.print(escape(told.below), style="dim")


def _difference(row: RateRow, rows: Sequence[RateRow]) -> str:
    """From the control; where too little was judged of either, all that its runs allow."""
    from turncoat.report.controls import difference_bounds

    if row.control is None:
        return "-"
    bounds = difference_bounds(row, rows)
    if bounds is not None:
        return f"{span(*bounds, signed=True)}\n(bounds)"
    if row.diff is None:
        return "-"
    return f"{100 * row.diff:+.1f} ({span(row.diff_low, row.diff_high, signed=True)})"


def _without_verdict(row: RateRow) -> str:
    why = ", ".join(f"{count} {reason}" for reason, count in row.invalid_by_reason.items())
    counts = {
        "unclear": row.unclear,
        f"invalid ({why})" if why else "invalid": row.invalid,
        "missing": row.missing,
        "stopped": row.stopped,
    }
    return ", ".join(f"{count} {kind}" for kind, count in counts.items() if count) or "-"
