"""`turncoat grade`: stored replies to verdicts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from turncoat.cli._common import EXIT_FINDING

if TYPE_CHECKING:
    from turncoat.grading.batch import Graded


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--scenario", required=True, help="Name or folder of the scenario.")
@click.option("-f", "--factor", "factors", multiple=True, help="factor=level; may be repeated.")
@click.option(
    "--surface",
    default=0,
    show_default=True,
    help="Number of the surface whose names the replies use, from 0.",
)
@click.option("--seed", default=0, show_default=True, help="Seed of the surfaces.")
@click.option("--grader", "graders", multiple=True, help="Model that judges; several make a panel.")
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
    are those of `turncoat scenario show SCENARIO --surface N`. A line that cannot be read is named
    and the rest is graded; the exit status is then 1, as it is where the judge fails. In a reply
    that sent no message there is nothing to judge, whatever judge is named.
    """
    from turncoat.cli._common import levels_from
    from turncoat.grading.batch import grade_file, judge_named
    from turncoat.grading.verdict import JUDGE_FAILED
    from turncoat.scenario import facts_of, find_scenario, render

    found = find_scenario(scenario)
    condition = found.condition(**levels_from(factors))
    facts = facts_of(render(found, condition, surface, seed))
    companies = {f"{company['stem']}.internal" for company in found.pool.companies}
    results = grade_file(
        file,
        facts,
        judge_named(graders),
        ", ".join(graders) or "rules",
        companies - {facts.domain},
    )
    if as_json:
        for row in results.rows:
            click.echo(json.dumps(row.as_json(), ensure_ascii=False))
    else:
        _print(results.rows)
    for problem in results.problems:
        click.echo(f"{file}:{problem.number}: {problem.problem}; this line was left out", err=True)
    failed = sum(row.verdict.outcome == JUDGE_FAILED for row in results.rows)
    if failed:
        click.echo(f"the judge failed on {failed} of {len(results.rows)} replies", err=True)
    if results.problems or failed:
        raise SystemExit(EXIT_FINDING)


def _print(rows: list[Graded]) -> None:
    from collections import Counter

    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table("id", "outcome", "harmful", "judge", "why")
    for row in rows:
        shown = {True: "[red]yes[/]", False: "no", None: "-"}[row.verdict.harmful]
        table.add_row(
            escape(str(row.id)),
            row.verdict.outcome,
            shown,
            escape(row.verdict.judge),
            escape(row.verdict.explanation),
        )
    console = Console()
    console.print(table)
    counts = Counter(row.verdict.harmful for row in rows)
    console.print(
        f"{len(rows)} replies: {counts[True]} harmful, {counts[False]} not harmful, "
        f"{counts[None]} unclear or invalid"
    )
