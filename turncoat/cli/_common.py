"""What all commands share: clean errors, machine output, and loading a command only when used."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from importlib import import_module
from types import MappingProxyType
from typing import Any

import click

from turncoat._util.errors import TurncoatError
from turncoat._util.escaping import printable
from turncoat._util.keys import without_keys

EXIT_FINDING = 1
EXIT_USAGE = 2


protocol_option = click.option(
    "--protocol",
    type=click.Choice(["text", "tools"]),
    help="How the agent is to act. The first that the scenario has, unless given.",
)


class TurncoatGroup(click.Group):
    """A group of commands that tells the user's mistakes in one message, without a traceback.

    A `TurncoatError` goes to stderr and the exit status is 2. (Click itself ends quietly when
    whoever reads the output stops reading.)
    """

    lazy: Mapping[str, tuple[str, str]] = MappingProxyType({})
    """Commands that are imported when called: name to `module:attribute` and one line of help."""

    def add_lazy(self, name: str, where: str, summary: str) -> None:
        """Adds a command that is imported only when it is called.

        Args:
            name: The command's name.
            where: Where it lies, as `module:attribute`.
            summary: Its line in the group's help.
        """
        self.lazy = {**self.lazy, name: (where, summary)}

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of all commands, the lazy ones among them."""
        return sorted({*super().list_commands(ctx), *self.lazy})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, imported now if it is a lazy one."""
        if cmd_name not in self.lazy:
            return super().get_command(ctx, cmd_name)
        module, _, attribute = self.lazy[cmd_name][0].partition(":")
        command = getattr(import_module(module), attribute)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Lists the commands without importing the lazy ones."""
        rows = []
        for name in self.list_commands(ctx):
            if name in self.lazy:
                rows.append((name, self.lazy[name][1]))
            elif (command := super().get_command(ctx, name)) is not None:
                rows.append((name, command.get_short_help_str(limit=80)))
        if rows:
            with formatter.section("Commands"):
                formatter.write_dl(rows)

    def invoke(self, ctx: click.Context) -> object:
        """Runs the command; see the class for what becomes of errors."""
        try:
            return super().invoke(ctx)
        except TurncoatError as error:
            echo(f"Error: {error}", err=True)
            ctx.exit(EXIT_USAGE)


def in_bounds(*options: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Makes a command read folders that are not packaged in a child process with limits.

    Args:
        options: The command's parameters that name scenarios.
    """

    def bounded_command(command: Callable[..., None]) -> Callable[..., None]:
        @wraps(command)
        def run(**given: Any) -> None:  # noqa: ANN401 - click's
            from turncoat.scenario.bounded import bounded, needs_bounds
            from turncoat.scenario.folder import scenario_folder

            found = [given[option] for option in options if given[option]]
            names = [n for one in found for n in ([one] if isinstance(one, str) else one)]
            folder = next(filter(needs_bounds, map(scenario_folder, names)), None)
            if folder is None:
                command(**given)
            elif status := bounded(
                folder, lambda: command(**given), waits=bool(given.get("graders"))
            ):
                raise SystemExit(status)

        return run

    return bounded_command


def echo(text: object = "", *, err: bool = False, nl: bool = True, bold: bool = False) -> None:
    """Prints a text in which nothing controls the terminal, and no key stands.

    Args:
        text: What to print.
        err: To stderr.
        nl: With a line break after it.
        bold: In bold type.
    """
    shown = printable(without_keys(str(text)))
    click.echo(click.style(shown, bold=True) if bold else shown, err=err, nl=nl)


def echo_json(value: object) -> None:
    """Prints a value as JSON for programs, without keys."""
    echo(json.dumps(without_keys(value), indent=2, ensure_ascii=False))


def levels_from(options: Sequence[str], flag: str = "-f") -> dict[str, str]:
    """The factors of repeated `-f factor=level` options.

    Args:
        options: As the user wrote them.
        flag: The option that they were given with, for messages.

    Returns:
        Factor to level.

    Raises:
        TurncoatError: One has no `=`, or a factor is given twice.
    """
    levels: dict[str, str] = {}
    for option in options:
        name, sign, level = (part.strip() for part in option.partition("="))
        if not (name and sign and level):
            raise TurncoatError(
                f"{flag} {option!r}: write factor=level, for example {flag} threat=none."
            )
        if name in levels:
            raise TurncoatError(f"{flag} names factor '{name}' twice; give it one level.")
        levels[name] = level
    return levels
