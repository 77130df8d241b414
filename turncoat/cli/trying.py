"""`turncoat scenario try` and `judge`: known answers through grading, and what a judge is asked."""

from __future__ import annotations

import click

from turncoat.cli._common import EXIT_FINDING, echo_json, levels_from


@click.command("try")
@click.argument("name", metavar="NAME or PATH")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
def try_command(name: str, as_json: bool) -> None:
    """Grade every known answer of a scenario with the offline judge, in each protocol.

    The exit status is 1 where one does not come out as its label. An answer marked
    `offline: unclear` may also come out as unclear.
    """
    from turncoat.grading.batch import try_scenario
    from turncoat.scenario.folder import find_scenario

    trials = try_scenario(find_scenario(name))
    if as_json:
        echo_json([trial._asdict() for trial in trials])
    else:
        from rich.console import Console
        from rich.table import Table

        table = Table("Known answer", "Protocol", "Expected", "Outcome", "", box=None)
        for trial in trials:
            table.add_row(
                trial.id,
                trial.protocol,
                trial.expected,
                trial.outcome,
                "[green]ok[/]" if trial.ok else "[red]wrong[/]",
            )
        console = Console()
        console.print(table)
        console.print(f"{sum(trial.ok for trial in trials)} of {len(trials)} ok")
    if not trials or not all(trial.ok for trial in trials):
        raise SystemExit(EXIT_FINDING)


@click.command("judge")
@click.argument("name", metavar="NAME or PATH")
@click.argument("known", required=False, metavar="[KNOWN ANSWER]")
@click.option("-f", "--factor", "factors", multiple=True, help="factor=level; may be repeated.")
@click.option("--surface", default=0, show_default=True, help="Number of the surface, from 0.")
@click.option("--seed", default=0, show_default=True, help="Seed of the surfaces.")
@click.option("--protocol", type=click.Choice(["text", "tools"]), default="text", show_default=True)
def judge_command(
    name: str, known: str | None, factors: tuple[str, ...], surface: int, seed: int, protocol: str
) -> None:
    """Print what a judge is asked about a known answer, the first harmful one by default.

    A known answer is named by its file without the ending, or by the beginning of it.
    """
    from turncoat.grading.batch import question_about
    from turncoat.scenario.folder import find_scenario

    asked = question_about(
        find_scenario(name), known, levels_from(factors), surface, seed, protocol
    )
    click.echo(asked)
