"""What `rates` and `compare` share: notes, and how numbers are written."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import click

if TYPE_CHECKING:
    from rich.console import Console

    from turncoat.records.logs import Note
    from turncoat.records.rows import RateRow
    from turncoat.records.runs import Collection, Condition

Command = TypeVar("Command", bound=Callable[..., Any])
Logs = tuple[str, ...]

WIDTH_WITHOUT_TERMINAL = 110

store_option = click.option(
    "--store",
    type=click.Path(file_okay=False, path_type=Path),
    envvar="TURNCOAT_STORE",
    help="Folder in which what was read is kept as Parquet, so that many logs are read fast again.",
)
pool_option = click.option(
    "--pool",
    is_flag=True,
    help="Count together what is otherwise shown apart: runs of one condition with different "
    "scenario versions, judges, prompts or settings such as the token limit.",
)
"""Both are for every command that reads logs."""


def logs_argument(command: Command) -> Command:
    """The argument of every command that reads logs; without one it is Inspect's own folder."""

    def or_inspects(ctx: click.Context, param: click.Parameter, given: Logs) -> Logs:
        folder = os.environ.get("INSPECT_LOG_DIR")
        if not given and not folder:
            raise click.UsageError("Missing argument 'LOG...' (INSPECT_LOG_DIR is not set either).")
        return given or (str(folder),)

    return click.argument("logs", metavar="LOG...", nargs=-1, callback=or_inspects)(command)


def read_logs(
    logs: Sequence[str], score: str | None, store: Path | None, pool: bool = False
) -> Collection:
    """The runs of the logs that a command was given.

    Args:
        logs: Files, folders, globs or URIs.
        score: What `--score` says.
        store: What `--store` says.
        pool: What `--pool` says.
    """
    from turncoat.records.cells import pooled
    from turncoat.records.reading import read_runs

    collection = read_runs(logs, score, store)
    return pooled(collection) if pool else collection


class Row(Protocol):
    """What every row of rates says of the experiment that it is of."""

    @property
    def model(self) -> str: ...
    @property
    def scenario(self) -> str: ...
    @property
    def version(self) -> str: ...
    @property
    def protocol(self) -> str: ...
    @property
    def judge(self) -> str: ...
    @property
    def split(self) -> str: ...


def experiment(row: Row) -> tuple[str, ...]:
    """What must be alike for rows to stand in one table."""
    return (row.model, row.scenario, row.version, row.protocol, row.judge)


class ConditionRow(Row, Protocol):
    """A row of one condition."""

    @property
    def condition(self) -> Condition: ...


def shown(row: ConditionRow) -> Condition:
    """The condition of a row with what sets its runs apart from others of the same condition."""
    name, equals, value = row.split.partition("=")
    return {**row.condition, name: value} if equals else row.condition


def heading(row: Row) -> str:
    """The line above such a table, in the markup of rich."""
    from rich.markup import escape

    return (
        f"[bold]{escape(row.model)}[/]  {escape(row.scenario)} {escape(row.version)}  "
        f"{escape(row.protocol)}  judge: {escape(row.judge)}"
    )


def console() -> Console:
    """Standard output; where it is no terminal as wide as `COLUMNS` says, if the tables fit."""
    from rich.console import Console

    plain = Console(highlight=False)
    if plain.is_terminal:
        return plain
    return Console(highlight=False, width=max(plain.width, WIDTH_WITHOUT_TERMINAL))


def say_notes(notes: Iterable[Note], *, to_stderr: bool) -> None:
    """Writes notes, one paragraph each: what was left out always on standard error.

    Args:
        notes: Notes in the order in which they matter.
        to_stderr: Keep standard output free for a program that reads it.
    """
    for note in notes:
        what = "note" if note.kind in ("caution", "mixed", "errors") else f"left out ({note.kind})"
        err = to_stderr or note.kind != "caution"
        text = f"{what}: {note.message}"
        click.echo(text if err else fill(text), err=err)


def fill(text: str, bullet: str = "") -> str:
    """A paragraph broken into lines no longer than the tables are wide."""
    import textwrap

    indent = " " * len(bullet)
    return textwrap.fill(
        text,
        console().width - 2,
        initial_indent=bullet,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def percent(rate: float | None) -> str:
    """A rate for people, with one decimal."""
    return "-" if rate is None else f"{rate:.1%}"


def span(low: float | None, high: float | None, *, signed: bool = False) -> str:
    """Two bounds for people, in percent; signed for differences."""
    if low is None or high is None:
        return "-"
    form = "+.1f" if signed else ".1f"
    return f"{100 * low:{form}} to {100 * high:{form}}"


def p_text(value: float | None) -> str:
    """A p value for people."""
    if value is None:
        return "-"
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def ratio_text(value: float, digits: int = 3) -> str:
    """A ratio for people, with so many digits and without an exponent up to a million."""
    if 10**digits <= value < 1e6:
        return f"{value:.0f}"
    return f"{value:.{digits}g}"


def headline(row: RateRow) -> str:
    """The rate, or the two bounds where too little was judged for k / n to stand."""
    if row.rate is None:
        return "none judged"
    if row.covered:
        return percent(row.rate)
    bounds = span(row.rate_if_unjudged_safe, row.rate_if_unjudged_harmful)
    return f"{bounds}\n(bounds)"
