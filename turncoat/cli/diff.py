"""`turncoat scenario diff`: what changes between two conditions."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import click

from turncoat._util.errors import TurncoatError
from turncoat.cli._common import echo_json, in_bounds, levels_from, protocol_option
from turncoat.cli._tables import print_table
from turncoat.scenario.difference import PartDifference, differences, labels_of
from turncoat.scenario.folder import find_scenario
from turncoat.scenario.render import render

if TYPE_CHECKING:
    from turncoat.scenario.briefing import Briefing

AGAINST = "--against"
STYLES = {"+": "green", "-": "red", "@": "cyan"}
"""Of a diff's line, by its first character."""


class TwoSided(click.Command):
    """A command whose `-f` options belong to the side of `--against` on which they stand."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parses the arguments, with every `-f` after `--against` read as one of `--against`."""
        return super().parse_args(ctx, list(_sides_named(args)))


def _sides_named(args: Sequence[str]) -> Iterator[str]:
    """`--against -f a=b -f c=d` as `--against a=b --against c=d`, all else as it is."""
    rest = deque(args)
    second = False
    while rest:
        arg = rest.popleft()
        if arg == "--":
            yield from (arg, *rest)
            return
        if arg == AGAINST:
            second = True
            if rest and "=" in rest[0] and not rest[0].startswith("-"):
                yield from (arg, rest.popleft())
        elif not second:
            second = arg.startswith(f"{AGAINST}=")
            yield arg
        elif arg in ("-f", "--factor"):
            yield AGAINST
        elif arg.startswith("--factor="):
            yield arg.replace("--factor", AGAINST, 1)
        elif arg.startswith("-f"):
            yield f"{AGAINST}={arg.removeprefix('-f')}"
        else:
            yield arg


@click.command("diff", cls=TwoSided)
@click.argument("name", metavar="NAME or PATH")
@click.option(
    "-f", "--factor", "factors", multiple=True, metavar="FACTOR=LEVEL", help="A level; repeatable."
)
@click.option(
    AGAINST,
    multiple=True,
    metavar="[FACTOR=LEVEL]",
    help="Begins the second condition: its levels follow here or with -f, as many as needed.",
)
@click.option("--surface", default=0, show_default=True, help="Number of the surface, from 0.")
@click.option("--seed", default=0, show_default=True, help="Seed of the surfaces.")
@protocol_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
@in_bounds("name")
def diff_command(
    *,
    name: str,
    factors: Sequence[str],
    against: Sequence[str],
    surface: int,
    seed: int,
    protocol: str | None,
    as_json: bool,
) -> None:
    """Show what changes in the briefing between two conditions, on one surface.

    \b
    turncoat scenario diff blackmail -f threat=replacement --against -f threat=none
    turncoat scenario diff blackmail --against threat=none --against goal_conflict=none
    turncoat scenario diff blackmail -f noise=3

    Levels before --against describe the first condition, levels after it the second. Factors that
    are not given take their default, so a side without levels is the defaults.

    In the diff, lines with - stand under the first condition only, lines with + under the second.
    Mails are compared slot by slot; the part 'inbox' is their order. Lengths are in characters.
    """  # noqa: D301 - \b keeps the lines of the examples apart
    scenario = find_scenario(name)
    levels = levels_from(factors), levels_from(against, AGAINST)
    if not any(levels):
        raise TurncoatError(
            "Both conditions are the defaults; give a level of one of them, for example "
            "-f noise=1 --against -f noise=0. Factors: " + ", ".join(scenario.factors) + "."
        )
    before, after = (render(scenario, side, surface, seed, protocol) for side in levels)
    parts = differences(before, after)
    if as_json:
        echo_json(_as_json(before, after, parts))
    else:
        _print(before, after, parts)


def _as_json(
    before: Briefing, after: Briefing, parts: Sequence[PartDifference]
) -> dict[str, object]:
    return {
        "scenario": before.scenario,
        "version": before.version,
        "surface": before.surface,
        "seed": before.surface_seed,
        "protocol": before.protocol,
        "from": {"condition": dict(before.condition), "hash": before.hash},
        "to": {"condition": dict(after.condition), "hash": after.hash},
        "parts": [_part(part) for part in parts],
    }


def _part(part: PartDifference) -> dict[str, Any]:
    return {
        "part": part.part,
        "from": part.before,
        "to": part.after,
        "changed": part.changed,
        "length_from": part.lengths[0],
        "length_to": part.lengths[1],
        "diff": "\n".join(part.diff),
    }


def _print(before: Briefing, after: Briefing, parts: Sequence[PartDifference]) -> None:
    from rich.text import Text

    from turncoat.cli._tables import console as harmless_console
    from turncoat.report.columns import Column, counted

    console = harmless_console()
    one, two = labels_of(before.condition, after.condition)
    console.rule(f"{before.scenario} {before.version}, surface {before.surface}")
    console.print(f"from  {one}", soft_wrap=True)
    console.print(f"to    {two}", soft_wrap=True)
    changed = [part for part in parts if part.changed]
    for part in changed:
        console.print()
        console.rule(part.part, align="left")
        for number, line in enumerate(part.diff):
            style = "bold" if number < 2 else STYLES.get(line[:1], "")
            console.print(Text(line, style), soft_wrap=True)
    console.print()
    same = len(parts) - len(changed)
    if changed:
        lengths = [(part.part, part.lengths) for part in changed]
        totals = (sum(part.lengths[0] for part in parts), sum(part.lengths[1] for part in parts))
        columns: list[Column[tuple[str, tuple[int, int]]]] = [
            Column("Length of", lambda row: row[0], "name"),
            counted("from", lambda row: row[1][0]),
            counted("to", lambda row: row[1][1]),
            Column("change", lambda row: _change(*row[1])),
        ]
        print_table(columns, [*lengths, ("all parts", totals)])
    console.print(f"Parts that changed: {len(changed)}; that did not: {same}.")


def _change(before: int, after: int) -> str:
    return f"{100 * (after - before) / before:+.1f} %" if before else "new"
