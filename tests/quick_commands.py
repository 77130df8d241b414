"""Commands as a user types them, each in a process of its own, without the seconds of an import.

One process imports Inspect and Turncoat, loads the packaged scenarios, and forks for each command.
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

SERVER = """
import json, os, sys
import inspect_ai.model._openai, openai
import turncoat.tasks.registry, turncoat.records.effects, turncoat.report
from turncoat.known.answers import specimens
from turncoat.scenario import find_scenario, list_scenarios
for name in list_scenarios():
    find_scenario(name).condition()
specimens("blackmail")
from inspect_ai._cli.main import main as inspect
from turncoat.cli import main as turncoat
for line in sys.stdin:
    call = json.loads(line)
    if (child := os.fork()) == 0:
        output = os.open(call["output"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        for descriptor in (1, 2):
            os.dup2(output, descriptor)
        os.environ.update(call["environment"])
        sys.argv = call["words"]
        try:
            code = {"inspect": inspect, "turncoat": turncoat}[sys.argv[0]]()
        except SystemExit as end:
            code = end.code
        except BaseException:
            sys.excepthook(*sys.exc_info())  # Inspect's own tells a user's error in a line.
            code = 1
        sys.stdout.flush(), sys.stderr.flush()
        os._exit(code if isinstance(code, int) else 1 if code else 0)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


class Done(NamedTuple):
    """What came of a command."""

    code: int
    output: str
    """All that it printed, with runs of white space as one space."""


class Terminal:
    """Where the commands are typed."""

    def __init__(self, server: subprocess.Popen[str], folder: Path) -> None:
        self.server = server
        self.folder = folder

    def type(self, command: str) -> Done:
        """Runs one command; `NAME=value` before it is set for it alone.

        Args:
            command: `turncoat ...` or `inspect ...`.
        """
        words = shlex.split(command)
        environment: dict[str, str] = {}
        while "=" in words[0]:
            name, _, environment[name] = words.pop(0).partition("=")
        output = self.folder / "output.txt"
        call = {"words": words, "environment": environment, "output": str(output)}
        assert self.server.stdin is not None
        assert self.server.stdout is not None
        self.server.stdin.write(json.dumps(call) + "\n")
        self.server.stdin.flush()
        code = int(self.server.stdout.readline())
        return Done(code, " ".join(output.read_text(errors="replace").split()))


@contextmanager
def terminal(folder: Path, environment: Mapping[str, str] = {}) -> Iterator[Terminal]:
    """A terminal in a folder, for the length of a `with` block.

    Args:
        folder: Where the user stands.
        environment: Variables beside this process's own.
    """
    with subprocess.Popen(
        [sys.executable, "-c", SERVER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=folder,
        env={**os.environ, **environment, "PWD": str(folder)},
    ) as server:
        yield Terminal(server, folder)
