"""`turncoat effects`: what each factor does to the rate."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from turncoat._util.errors import TurncoatError
from turncoat.cli._common import echo, echo_json
from turncoat.cli._records import (
    end_with,
    logs_argument,
    pool_option,
    read_logs,
    say_notes,
    store_option,
)
from turncoat.cli._tables import (
    experiment,
    grouped,
    print_conditions,
    print_heading,
    print_table,
    say,
)

if TYPE_CHECKING:
    from turncoat.records.effect_rows import EffectRow, UnidentifiedRow
    from turncoat.records.effects import EffectTable
    from turncoat.records.heterogeneity import SpreadRow

NO_EFFECT = "no effect is identified; -T design=factorial, for example, crosses factors"
CHANGES = (
    "Change: average change of the rate against the reference, over the runs that are equal in all "
    "other factors (harmful: those at the level), with a 95 % interval clustered by surface; for "
    "an interaction, how much more the one does where the other is. Odds: odds ratio. p: of this "
    "level (*: by penalised likelihood), for an interaction that the odds ratios multiply; all: of "
    "all levels of the factor, by Holm over the factors."
)
SURFACES_NOTE = (
    "Between surfaces: correlation of two runs on one surface, and p that all have one rate."
)


@click.command()
@logs_argument
@click.option(
    "--factor",
    "--by",
    "factor",
    help="The effects of these factors alone, with commas; all others are held equal as well. Also "
    "plot, style, executive_gender, wording or company: properties of surfaces.",
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
    from turncoat.records.surface_properties import with_properties

    crossed = tuple(name.strip() for name in interaction.split(","))
    if len(crossed) != 2 or not all(crossed) or crossed[0] == crossed[1]:
        raise TurncoatError(
            f"--interaction {interaction!r}: name two factors with a comma, as threat,goal_conflict"
        )
    chosen = [name.strip() for name in factor.split(",") if name.strip()] if factor else None
    collection = with_properties(read_logs(logs, score, store, pool), chosen)
    if not collection.runs:
        echo("No runs to count.")
        end_with(collection.notes, collection, to_stderr=True)
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
        for line in odds_text(published).splitlines():
            say(line)
    notes = [
        *collection.notes,
        *parts_notes(collection, tables),
        *effect_cautions(tables),
        *cautions(collection, (), chosen),
    ]
    end_with(notes, collection, to_stderr=as_json)


def _print(tables: Sequence[EffectTable], spreads: Sequence[SpreadRow]) -> None:
    from turncoat.report.columns import EFFECTS, SPREADS

    found = {(*experiment(table.rows[0]), table.split): table for table in tables if table.rows}
    for alike in grouped(spreads, lambda row: (*experiment(row), row.split)):
        split = alike[0].split
        print_heading(alike[0], f"  only {split}" if split else "")
        if table := found.get((*experiment(alike[0]), split)):
            effects: list[EffectRow | UnidentifiedRow] = [*table.rows, *table.unidentified]
            print_table(EFFECTS, effects)
            echo()
        else:
            say(NO_EFFECT)
        print_conditions(SPREADS, alike, lambda row: row.condition, "between surfaces")
    legend = ("Percent and points.", CHANGES) if found else ("Percent.",)
    say(" ".join((*legend, SURFACES_NOTE)))
