"""`turncoat scenario new`: a scenario folder to begin with."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from turncoat._util.places import data_folder
from turncoat._util.words import plural
from turncoat.cli._common import echo, echo_json, in_bounds
from turncoat.scenario.faults import shown
from turncoat.scenario.folder import scenario_folder
from turncoat.scenario.scaffold import STARTER, make_scenario


@click.command("new")
@click.argument("name")
@click.option(
    "--from",
    "source",
    metavar="NAME or PATH",
    help="Copy this scenario. Without it: a small starter, explained by comments.",
)
@click.option(
    "--into",
    "parent",
    type=click.Path(path_type=Path),
    default=Path("scenarios"),
    show_default=True,
    help="The folder to make it in.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
@in_bounds("source")
def new_command(*, name: str, source: str | None, parent: Path, as_json: bool) -> None:
    """Make a scenario folder that passes 'scenario check' and can be run.

    It lies in ./scenarios/NAME, at version 0.1.0 and with a canary of its own. A folder that is
    there already is left alone.
    """
    made = make_scenario(name, parent, scenario_folder(source) if source else STARTER)
    place = shlex.quote(_plain_path(made.folder))
    commands = [
        f"turncoat scenario check {place}",
        f"turncoat scenario try {place}",
        f"inspect eval {_task(made.behaviour)} --model known/mixed -T scenario={place}",
    ]
    if as_json:
        echo_json(
            {
                "name": name,
                "path": str(made.folder),
                "from": source,
                "canary": made.canary,
                "files": made.files,
                "next": commands,
            }
        )
        return
    echo(f"Made {shown(made.folder)} ({plural(len(made.files), 'file')}). Next:\n")
    for command in commands:
        echo(f"  {command}")


def _plain_path(folder: Path) -> str:
    """The path in a form that no command takes for the name of a packaged scenario."""
    place = shown(folder)
    return place if "/" in place else f"./{place}"


def _task(behaviour: str) -> str:
    """The task to run it with: that of its behaviour, else the first one; all take any scenario."""
    name = behaviour if (data_folder("evals") / f"{behaviour}.py").is_file() else "blackmail"
    file = Path("evals") / f"{name}.py"
    return str(file) if file.is_file() else f"turncoat/{name}"
