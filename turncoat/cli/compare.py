"""`turncoat compare`: measured rates beside published ones, and models against each other."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from turncoat._util.errors import TurncoatError
from turncoat.cli._common import EXIT_FINDING, echo_json
from turncoat.cli._comparisons import in_points, measured, verdict_text
from turncoat.cli._conditions import tell
from turncoat.cli._records import (
    console,
    experiment,
    fill,
    heading,
    logs_argument,
    percent,
    pool_option,
    read_logs,
    say_notes,
    shown,
    span,
    store_option,
)

if TYPE_CHECKING:
    from rich.console import Console

    from turncoat.records.comparing import ComparedRow
    from turncoat.records.logs import Note
    from turncoat.records.published import Study
    from turncoat.records.runs import Collection
    from turncoat.records.verdicts import Terms


def _number(_: click.Context, option: click.Parameter, value: float) -> float:
    """Click's ranges let nan through."""
    if math.isnan(value):
        raise click.BadParameter("nan is not a difference of rates; give 0.1, for example")
    return value


@click.command()
@logs_argument
@click.option("--study", default="lynch-2025", show_default=True, help="Whose figures.")
@click.option("--against", help='Model of the study to compare with, such as "Claude Opus 4".')
@click.option(
    "--models", is_flag=True, help="Compare the measured models with each other, not with a study."
)
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
@pool_option
@store_option
@click.option("--json", "as_json", is_flag=True, help="A JSON list of rows; notes on stderr.")
def compare(
    *,
    logs: tuple[str, ...],
    study: str,
    against: str | None,
    models: bool,
    margin: float,
    score: str | None,
    accept_rules: bool,
    pool: bool,
    store: Path | None,
    as_json: bool,
) -> None:
    """Measured rates beside published ones, or models beside each other, by condition.

    LOG is an Inspect log, a folder (with all folders below it) or a glob. The published model is
    the one that --against names, or that the measured model's id is known to be; for any other the
    study's lowest, median and highest rate stand beside it, without a verdict.

    With --models every two models are compared under every condition that both were run under
    with the same scenario version, protocol and judge; logs of one model alone are refused. What
    their runs differ in beside the model (token limits, say) is named.

    Verdicts: higher or lower, where the 95 % interval of the difference excludes 0 and p is under
    0.05 after Holm's adjustment for all comparisons made in one go; else equivalent, where the
    90 % interval lies within the margin; cannot tell, otherwise, and where the offline rules graded
    or under 90 % of the runs have a verdict. --accept-rules lifts the last two; at low coverage a
    verdict then stands only where it is the same whether the unjudged runs were all safe or all
    harmful.

    The exit status is 1 where a log failed, is corrupt or ungraded, or where runs of one condition
    had to be shown apart; a difference is no failure.
    """
    from turncoat.records.published import Study
    from turncoat.records.verdicts import Terms

    if models and against is not None:
        raise TurncoatError(
            "--models compares the measured models with each other; --against names one of a "
            "study. Leave out one of the two."
        )
    published = None if models else Study(study)
    collection = read_logs(logs, score, store, pool)
    terms = Terms(margin, accept_rules)
    if published is None:
        notes = _between_models(collection, terms, as_json)
    else:
        notes = _beside_study(collection, published, against, terms, as_json=as_json)
    say_notes(notes, to_stderr=as_json)
    if any(note.is_failure for note in notes):
        raise click.exceptions.Exit(EXIT_FINDING)


def _beside_study(
    collection: Collection, study: Study, against: str | None, terms: Terms, *, as_json: bool
) -> list[Note]:
    from turncoat.records.cautions import cautions
    from turncoat.records.comparing import as_json_row, caveats, compare_all
    from turncoat.records.rates import rate_rows

    rows = rate_rows(collection)
    compared = compare_all(collection, rows, study, against=against, terms=terms)
    if as_json:
        echo_json([as_json_row(row) for row in compared])
    else:
        _print(compared, terms.margin)
    _say(caveats(compared, study), as_json)
    return [*collection.notes, *cautions(collection, rows, None, new_surfaces=False)]


def _between_models(collection: Collection, terms: Terms, as_json: bool) -> list[Note]:
    from turncoat.cli.between import print_models
    from turncoat.records.cautions import cautions
    from turncoat.records.models import as_json_model_row, family_text, model_notes, model_rows
    from turncoat.records.rates import rate_rows

    found = sorted({run.model for run in collection.runs})
    if len(found) < 2:
        say_notes(collection.notes, to_stderr=True)
        raise TurncoatError(
            "--models compares models with each other and needs runs of two at least; these logs "
            f"hold runs of {f'{found[0]} alone' if found else 'none'}. Add logs of another model, "
            "or leave out --models to compare with published figures"
        )
    rows = rate_rows(collection)
    compared = model_rows(collection, rows, terms=terms)
    family = family_text(compared)
    if as_json:
        echo_json([as_json_model_row(row, family) for row in compared])
    else:
        print_models(compared, family, terms.margin)
    return [
        *collection.notes,
        *model_notes(rows, compared),
        *cautions(collection, rows, None, new_surfaces=False),
    ]


def _say(caveats: Iterable[str], as_json: bool) -> None:
    said = list(caveats)
    if said:
        click.echo("What this comparison cannot say:", err=as_json)
    for caveat in said:
        click.echo(fill(caveat, "- "), err=as_json)


def _print(rows: Sequence[ComparedRow], margin: float) -> None:
    out = console()
    groups: dict[tuple[str, ...], list[ComparedRow]] = {}
    for row in rows:
        groups.setdefault(experiment(row.measured), []).append(row)
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

    told = tell([shown(row.measured) for row in rows])
    beside = rows[0].published_model or "all its models"
    out.print(f"\n{heading(rows[0].measured)}\nbeside {rows[0].study}: {escape(beside)}")
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    table.add_column("condition", no_wrap=True)
    table.add_column("measured", max_width=26, overflow="fold")
    table.add_column("published", max_width=32, overflow="fold")
    table.add_column("difference", max_width=16)
    table.add_column("verdict", max_width=24, overflow="fold")
    for row, condition in zip(rows, told.rows, strict=True):
        if table.row_count:
            table.add_row()
        table.add_row(
            escape(condition),
            measured(row.measured),
            escape(_published(row)),
            in_points(row.comparison),
            escape(verdict_text(row.verdict, row.why)),
        )
    out.print(table)
    if told.below:
        out.print(escape(told.below), style="dim")


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
