"""What the commands that read logs share: their options, and how notes are told."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from turncoat.cli._common import EXIT_FINDING, echo
from turncoat.cli._tables import fill

if TYPE_CHECKING:
    from turncoat.records.logs import Note
    from turncoat.records.runs import Collection

Command = TypeVar("Command", bound=Callable[..., Any])
Logs = tuple[str, ...]

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
correct_option = click.option(
    "--correct",
    "labels",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Labels of people (CSV with id and target): give rates as they correct them beside the "
    "raw ones.",
)
"""For commands that read logs."""


def logs_argument(command: Command) -> Command:
    """The argument of every command that reads logs; without one it is Inspect's own folder."""

    def or_inspects(ctx: click.Context, param: click.Parameter, given: Logs) -> Logs:
        folder = os.environ.get("INSPECT_LOG_DIR")
        if not given and not folder:
            raise click.UsageError("Missing argument 'LOG...' (INSPECT_LOG_DIR is not set either).")
        return given or (str(folder),)

    return click.argument("logs", metavar="LOG...", nargs=-1, callback=or_inspects)(command)


def read_logs(
    logs: Sequence[str],
    score: str | None,
    store: Path | None,
    pool: bool = False,
    labels: Path | None = None,
) -> Collection:
    """The runs of the logs that a command was given.

    Args:
        logs: Files, folders, globs or URIs.
        score: What `--score` says.
        store: What `--store` says.
        pool: What `--pool` says.
        labels: What `--correct` says.
    """
    from turncoat.records.cells import pooled
    from turncoat.records.reading import read_runs

    collection = read_runs(logs, score, store)
    if labels is not None:
        from turncoat.records.labels import with_labels

        collection = with_labels(collection, labels)
    return pooled(collection) if pool else collection


def say_notes(notes: Iterable[Note], *, to_stderr: bool) -> None:
    """Writes notes, one paragraph each: what was left out always on standard error.

    Args:
        notes: Notes in the order in which they matter.
        to_stderr: Keep standard output free for a program that reads it.
    """
    for note in notes:
        what = "note" if note.kind in ("caution", "mixed", "errors") else f"left out ({note.kind})"
        err = to_stderr or note.kind != "caution"
        text = f"{what}: {note.message}".replace("`", "")
        echo(text if err else fill(text), err=err)


def end_with(notes: Sequence[Note], collection: Collection, *, to_stderr: bool) -> None:
    """Writes notes and ends with status 1 where one is of a failure, or there is nothing to count.

    Args:
        notes: As for `say_notes`.
        collection: What was read.
        to_stderr: As for `say_notes`.
    """
    say_notes(notes, to_stderr=to_stderr)
    if not collection.runs or any(note.is_failure for note in notes):
        raise click.exceptions.Exit(EXIT_FINDING)
