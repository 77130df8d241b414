"""What `rates` and `compare` share: notes, and how numbers are written."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.console import Console

    from turncoat.records.logs import Note
    from turncoat.records.rows import RateRow

WIDTH_WITHOUT_TERMINAL = 110


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


def headline(row: RateRow) -> str:
    """The rate, or the two bounds where too little was judged for k / n to stand."""
    if row.rate is None:
        return "none judged"
    if row.covered:
        return percent(row.rate)
    bounds = span(row.rate_if_unjudged_safe, row.rate_if_unjudged_harmful)
    return f"{bounds}\n(bounds)"
