"""`turncoat effects`: what each factor does to the rate."""

from __future__ import annotations

from collections.abc import Sequence
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
    logs_argument,
    p_text,
    percent,
    pool_option,
    ratio_text,
    read_logs,
    say_notes,
    span,
    store_option,
)

if TYPE_CHECKING:
    from rich.console import Console

    from turncoat.records.effects import EffectRow, EffectTable
    from turncoat.records.heterogeneity import SpreadRow

NO_EFFECT = "no effect is identified; -T design=factorial, for example, crosses factors"
CHANGES = (
    "Change: average change of the rate against the reference, over the runs that are equal in all "
    "other factors (harmful: those at the level), with a 95 % interval clustered by surface; for "
    "an interaction, how much more the one does where the other is. Odds: odds ratio. p: of this "
    "level (*: by penalised likelihood), for an interaction that the odds ratios multiply; all: of "
    "all levels of the factor, by Holm over the factors."
)
NOT_IDENTIFIED = "not identified"
SURFACES_NOTE = (
    "Between surfaces: correlation of two runs on one surface, and p that all have one rate."
)


@click.command()
@logs_argument
@click.option(
    "--factor",
    help="The effects of these factors alone, with commas; all others are held equal as well.",
)
@click.option(
    "--interaction",
    default="threat,goal_conflict",
    show_default=True,
    help="Two factors, with a comma: does one change what the other does?",
)
@click.option("--score", help="Which score to read, where a log was graded more than once.")
@pool_option
@store_option
@click.option(
    "--json",
    "as_json",
    is_flag=True,
    help="A JSON object of effects, those not identified, published ones and surfaces; notes "
    "on stderr.",
)
def effects(
    logs: tuple[str, ...],
    factor: str | None,
    interaction: str,
    score: str | None,
    pool: bool,
    store: Path | None,
    as_json: bool,
) -> None:
    """What each factor does to the rate, and how much surfaces differ.

    LOG is an Inspect log, a folder or a glob. A level is held against the reference (that of the
    control, or else the default) among runs that are equal in all other factors: the average change
    of the rate, and the odds ratio of a binomial model, both with errors clustered by surface.
    Where no such runs were made, the effect is "not identified". Where a level has no harmful or no
    harmless run, a penalised likelihood keeps the estimate finite, and the line says so.

    The second table tells for each condition whether its surfaces differ more than chance would
    have it.

    Only judged runs are in the model; a line tells where they are too few of those planned, and one
    which runs are modelled apart, or not at all, because they were made in different ways. The exit
    status is 1 where a log failed, is corrupt or ungraded, or where runs of one condition had to be
    shown apart.
    """
    from turncoat.records.cautions import cautions
    from turncoat.records.effect_parts import parts_notes
    from turncoat.records.effects import effect_cautions, effect_tables
    from turncoat.records.heterogeneity import spread_rows
    from turncoat.records.published_effects import odds_text, published_odds

    crossed = tuple(name.strip() for name in interaction.split(","))
    if len(crossed) != 2 or not all(crossed) or crossed[0] == crossed[1]:
        raise TurncoatError(
            f"--interaction {interaction!r}: name two factors with a comma, as threat,goal_conflict"
        )
    chosen = [name.strip() for name in factor.split(",") if name.strip()] if factor else None
    collection = read_logs(logs, score, store, pool)
    try:
        tables = effect_tables(collection, chosen, (crossed[0], crossed[1]))
    except TurncoatError:
        say_notes(collection.notes, to_stderr=True)
        raise
    spreads = spread_rows(collection, chosen)
    published = published_odds(row for table in tables for row in table.rows)
    if as_json:
        rows = [row._asdict() for table in tables for row in table.rows]
        unidentified = [row._asdict() for table in tables for row in table.unidentified]
        echo_json(
            {
                "effects": rows,
                "not_identified": unidentified,
                "published": [one._asdict() for one in published],
                "surfaces": [row._asdict() for row in spreads],
            }
        )
    else:
        _print(tables, spreads)
        if published:
            console().print(odds_text(published), style="dim", markup=False, highlight=False)
    notes = [
        *collection.notes,
        *parts_notes(collection, tables),
        *effect_cautions(tables),
        *cautions(collection, (), chosen),
    ]
    say_notes(notes, to_stderr=as_json)
    if any(note.is_failure for note in notes):
        raise click.exceptions.Exit(EXIT_FINDING)


def _print(tables: Sequence[EffectTable], spreads: Sequence[SpreadRow]) -> None:
    from rich.markup import escape

    out = console()
    found = {(*experiment(table.rows[0]), table.split): table for table in tables if table.rows}
    groups: dict[tuple[str, ...], list[SpreadRow]] = {}
    for row in spreads:
        groups.setdefault((*experiment(row), row.split), []).append(row)
    for which, alike in groups.items():
        split = f"  only {escape(alike[0].split)}" if alike[0].split else ""
        out.print(f"\n{heading(alike[0])}{split}")
        if which in found:
            _print_effects(out, found[which])
            out.print()
        else:
            out.print(NO_EFFECT, style="dim")
        _print_spreads(out, alike)
    legend = ("Percent and points.", CHANGES) if found else ("Percent.",)
    out.print(" ".join((*legend, SURFACES_NOTE)), style="dim")


def _print_effects(out: Console, found: EffectTable) -> None:
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("factor")
    table.add_column("level", min_width=11)
    table.add_column("against")
    for title in ("harmful", "change", "95 %", "odds", "95 %", "p", "all"):
        table.add_column(title, justify="right", no_wrap=True)
    above = ""
    for row in found.rows:
        table.add_row(
            "" if row.factor == above else escape(row.factor.replace(" x ", "\nx ")),
            escape(row.level.replace(" x ", "\nx ")),
            escape(row.reference.replace(" x ", "\nx ")),
            "" if row.n is None else f"{row.k} of {row.n}",
            f"{100 * row.diff:+.1f}",
            span(row.diff_low, row.diff_high, signed=True),
            *_odds(row),
            p_text(row.p_value) + ("*" if row.method == "Firth" else ""),
            "" if row.factor == above else p_text(row.p_factor),
        )
        above = row.factor
    for missing in found.unidentified:
        names = (missing.factor, missing.level, missing.reference)
        table.add_row(*(escape(name.replace(" x ", "\nx ")) for name in names), NOT_IDENTIFIED)
    out.print(table)


def _odds(row: EffectRow) -> tuple[str, str]:
    if row.odds_ratio is None or row.odds_low is None or row.odds_high is None:
        return "", ""
    low, high = ratio_text(row.odds_low, 2), ratio_text(row.odds_high, 2)
    return ratio_text(row.odds_ratio), f"{low} to {high}"


def _print_spreads(out: Console, rows: Sequence[SpreadRow]) -> None:
    from rich.markup import escape
    from rich.table import Table

    told = tell([row.condition for row in rows])
    table = Table(box=None, pad_edge=False, header_style="bold", title_justify="left")
    table.add_column("between surfaces", no_wrap=True)
    for title in ("harmful", "surfaces", "lowest", "highest", "correlation", "p"):
        table.add_column(title, justify="right")
    table.add_column("")
    for row, condition in zip(rows, told.rows, strict=True):
        table.add_row(
            escape(condition),
            f"{row.k} of {row.n}",
            str(row.surfaces),
            percent(row.lowest),
            percent(row.highest),
            "-" if row.correlation is None else f"{row.correlation:.2f}",
            p_text(row.p_value),
            escape(row.why),
        )
    out.print(table)
    if told.below:
        out.print(escape(told.below), style="dim")
