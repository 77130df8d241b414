"""`turncoat status`: how far evals have come, and the command that completes each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from turncoat.cli._common import EXIT_FINDING, echo, echo_json
from turncoat.cli._records import logs_argument, say_notes
from turncoat.cli._tables import say

if TYPE_CHECKING:
    from turncoat.records.status import EvalStatus


@click.command()
@logs_argument
@click.option("--json", "as_json", is_flag=True, help="A JSON list of evals; notes on stderr.")
def status(logs: tuple[str, ...], as_json: bool) -> None:
    """What evals have and what they lack: planned, judged, unclear, invalid and missing runs.

    LOG is an Inspect log, a folder (with all folders below it), a glob, or a URI; without one it
    is the folder that INSPECT_LOG_DIR names. An eval and its retries are one. Below each that is
    not complete stands the command that completes it. A log that was killed counts what lies in
    it; finished runs that Inspect can still recover from its buffer are said, and the command
    recovers them.

    The exit status is 1 where something is left to do or a log cannot be read.
    """
    from turncoat.records.status import statuses_of

    found = statuses_of(logs)
    if as_json:
        echo_json([one._asdict() for one in found.evals])
    else:
        for one in found.evals:
            _print(one)
    if not found.evals and not as_json:
        echo("No evals of ours.")
    kinds = ("corrupt", "ungraded", *(() if found.evals else ("foreign",)))
    notes = [note for note in found.collection.notes if note.kind in kinds]
    say_notes(notes, to_stderr=True)
    if notes or not found.complete or not found.evals:
        raise click.exceptions.Exit(EXIT_FINDING)


def _print(one: EvalStatus) -> None:
    say(f"{one.model}  {one.scenario}  {one.protocol}", "bold")
    say(f"  {one.log}" + (f" {one.state}" if one.state else ""), "")
    reasons = ", ".join(f"{count} {reason}" for reason, count in one.invalid.items())
    parts = [
        f"{one.planned} planned",
        f"{one.judged} judged",
        f"{one.unclear} unclear",
        f"{sum(one.invalid.values())} invalid" + (f" ({reasons})" if reasons else ""),
        f"{one.missing} missing"
        + (f" ({one.waiting} of them finished and can be recovered)" if one.waiting else ""),
        *([f"{one.stopped} not needed"] if one.stopped else ()),
    ]
    say("  " + ", ".join(parts), "")
    for command in one.complete_with:
        # Never broken into lines: it is there to be copied.
        echo(f"  to complete it: {command}")
    if not one.complete_with:
        say("  complete", "")
