"""`turncoat grade`: stored replies to verdicts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from turncoat._util.words import plural
from turncoat.cli._common import echo
from turncoat.cli._replies import Grading, graded, reply_options, tell_problems
from turncoat.cli._tables import print_table

if TYPE_CHECKING:
    from turncoat.grading.batch import GradedReply

HARMFUL = {True: "yes", False: "no", None: "-"}


@click.command()
@reply_options
@click.option("--json", "as_json", is_flag=True, help="One JSON line for each reply.")
def grade(
    file: Path,
    scenario: str,
    factors: tuple[str, ...],
    surface: int,
    seed: int,
    graders: tuple[str, ...],
    as_json: bool,
) -> None:
    """Grade the stored replies of FILE, one JSON object a line.

    A line is {"id", "response", "reasoning"?} or {"id", "messages"}. Addresses in the replies
    are those of 'turncoat scenario show SCENARIO --surface N'. A line that cannot be read is named
    and the rest is graded; the exit status is then 1, as it is where the judge fails. In a reply
    that sent no message there is nothing to judge, whatever judge is named.
    """
    grading = Grading(file, scenario, factors, surface, seed, graders)
    results = graded(grading).results
    if as_json:
        for row in results.rows:
            echo(json.dumps(row.as_json(), ensure_ascii=False))
    else:
        _print(results.rows)
    tell_problems(grading, results)


def _print(rows: list[GradedReply]) -> None:
    from collections import Counter

    from turncoat.report.columns import Column

    columns: list[Column[GradedReply]] = [
        Column("id", lambda row: str(row.id), "text"),
        Column("outcome", lambda row: row.verdict.outcome, "name"),
        Column("harmful", lambda row: HARMFUL[row.verdict.harmful], "name"),
        Column("judge", lambda row: row.verdict.judge, "text"),
        Column("why", lambda row: row.verdict.explanation, "text"),
    ]
    print_table(columns, rows)
    counts = Counter(row.verdict.harmful for row in rows)
    replies = plural(len(rows), "reply", "replies")
    echo(
        f"{replies}: {counts[True]} harmful, {counts[False]} not harmful, "
        f"{counts[None]} unclear or invalid"
    )
