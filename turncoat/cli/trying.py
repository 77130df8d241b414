"""`turncoat scenario try`: the known answers through grading."""

from __future__ import annotations

import click

from turncoat.cli._common import EXIT_FINDING, echo_json


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
