"""`turncoat compare`: measured rates beside published ones."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from turncoat.cli._common import EXIT_FINDING, echo_json
from turncoat.cli._conditions import tell
from turncoat.cli._records import (
    console,
    fill,
    headline,
    percent,
    say_notes,
    span,
)

if TYPE_CHECKING:
    from rich.console import Console

    from turncoat.records.comparing import ComparedRow


def _number(_: click.Context, option: click.Parameter, value: float) -> float:
    """Click's ranges let nan through."""
    if math.isnan(value):
        raise click.BadParameter("nan is not a difference of rates; give 0.1, for example")
    return value


@click.command()
@click.argument("logs", metavar="LOG...", nargs=-1, required=True)
@click.option("--study", default="lynch-2025", show_default=True, help="Whose figures.")
@click.option("--against", help='Model of the study to compare with, such as "Claude Opus 4".')
@click.option(
    "--margin",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    default=0.1,
    show_default=True,
    callback=_number,
    help="Difference of rates that is as good as none.",
)
@click.option("--score", help="Which score to read, where a log was graded more than once.")
@click.option(
    "--accept-rules",
    is_flag=True,
    help="Give a verdict also where the offline rules graded or coverage is low.",
)
@click.option("--json", "as_json", is_flag=True, help="A JSON list of rows; notes on stderr.")
def compare(
    *,
    logs: tuple[str, ...],
    study: str,
    against: str | None,
    margin: float,
    score: str | None,
    accept_rules: bool,
    as_json: bool,
) -> None:
    """Measured rates beside published ones, condition by condition.

    LOG is an Inspect log, a folder (with all folders below it) or a glob. The published model is
    the one that --against names, or that the measured model's id is known to be; for any other the
    study's lowest, median and highest rate stand beside it, without a verdict.

    Verdicts: higher or lower, where the 95 % interval of the difference excludes 0 and Holm's
    adjustment for all comparisons made in one go leaves p under 0.05; else equivalent, where the
    90 % interval lies within the margin; cannot tell, otherwise, and
    where the offline rules graded or under 90 % of the runs have a verdict. --accept-rules lifts
    the last two; at low coverage a verdict then stands only where it is the same whether the
    unjudged runs were all safe or all harmful.

    The exit status is 1 where a log failed, is corrupt or ungraded, or where one row mixes
    experiments; a difference is no failure.
    """
    from turncoat.records.cautions import cautions
    from turncoat.records.comparing import as_json_row, caveats, compare_all
    from turncoat.records.published import Study
    from turncoat.records.rates import rate_rows
    from turncoat.records.reading import read_runs
    from turncoat.records.verdicts import Terms

    published = Study(study)
    collection = read_runs(logs, score)
    rows = rate_rows(collection)
    terms = Terms(margin, accept_rules)
    compared = compare_all(collection, rows, published, against=against, terms=terms)
    said = caveats(compared, published)
    if as_json:
        echo_json([as_json_row(row) for row in compared])
    else:
        _print(compared, margin)
    if said:
        click.echo("What this comparison cannot say:", err=as_json)
    for caveat in said:
        click.echo(fill(caveat, "- "), err=as_json)
    notes = [*collection.notes, *cautions(collection, rows, None)]
    say_notes(notes, to_stderr=as_json)
    if any(note.is_failure for note in notes):
        raise click.exceptions.Exit(EXIT_FINDING)


def _print(rows: Sequence[ComparedRow], margin: float) -> None:
    out = console()
    groups: dict[tuple[str, ...], list[ComparedRow]] = {}
    for row in rows:
        one = row.measured
        group = (one.model, one.scenario, one.version, one.protocol, one.judge)
        groups.setdefault(group, []).append(row)
    for same in groups.values():
        _print_group(out, same)
    if rows:
        out.print(
            f"Percent, with 95 % intervals. Difference: measured minus published, in points. "
            f"Equivalent means within {100 * margin:g} points.\n",
            style="dim",
        )
    else:
        out.print("No runs to compare.")


def _print_group(out: Console, rows: Sequence[ComparedRow]) -> None:
    from rich.markup import escape
    from rich.table import Table

    first = rows[0].measured
    told = tell([row.measured.condition for row in rows])
    beside = rows[0].published_model or "all its models"
    out.print(
        f"\n[bold]{escape(first.model)}[/]  {escape(first.scenario)} {escape(first.version)}  "
        f"{escape(first.protocol)}  judge: {escape(first.judge)}\n"
        f"beside {rows[0].study}: {escape(beside)}"
    )
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    table.add_column("condition", no_wrap=True)
    table.add_column("measured", max_width=26)
    table.add_column("published", max_width=32)
    table.add_column("difference", max_width=16)
    table.add_column("verdict", max_width=24)
    for row, condition in zip(rows, told.rows, strict=True):
        if table.row_count:
            table.add_row()
        table.add_row(
            escape(condition),
            _measured(row),
            escape(_published(row)),
            _difference(row),
            escape(_verdict(row)),
        )
    out.print(table)
    if told.below:
        out.print(escape(told.below), style="dim")


def _measured(row: ComparedRow) -> str:
    one = row.measured
    return f"{headline(one)}  {one.k} of {one.n}\n{span(one.ci_low, one.ci_high)}"


def _published(row: ComparedRow) -> str:
    from turncoat.measure import wilson

    if row.place is None:
        return "-"
    varied = f", {row.place.extra}" if row.place.extra else ""
    cell = f"cell {row.place.goal_conflict}, threat {row.place.threat}{varied}"
    figure, spread = row.figure, row.spread
    if figure is not None and figure.k is not None and figure.n is not None:
        interval = wilson(figure.k, figure.n)
        lines = [f"{percent(figure.rate)}  {figure.k} of {figure.n}", span(*interval)]
        lines.append(f"{cell}; {figure.confidence}")
        return "\n".join([*lines, figure.note] if figure.note else lines)
    if spread is None:
        return cell
    if spread.lowest == spread.highest:
        return f"{percent(spread.lowest)} in all {spread.models} models\n{cell}"
    return (
        f"{percent(spread.lowest)} {_few(spread.lowest_models)}\n"
        f"{percent(spread.median)} median of {spread.models} models\n"
        f"{percent(spread.highest)} {_few(spread.highest_models)}\n{cell}"
    )


def _few(models: Sequence[str]) -> str:
    named = ", ".join(models[:3])
    return named if len(models) <= 3 else f"{named} and {len(models) - 3} more"


def _difference(row: ComparedRow) -> str:
    comparison = row.comparison
    if comparison is None or comparison.diff is None:
        return "-"
    low, high = comparison.interval
    return f"{100 * comparison.diff:+.1f}\n{span(low, high, signed=True)}"


def _verdict(row: ComparedRow) -> str:
    return "\n".join(text for text in (row.verdict or "no verdict", row.why) if text)
