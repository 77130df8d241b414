"""Kills evals at random moments and completes them as `turncoat status` says; run by hand.

    python -m faultserver.kill_points 50    # in tests/, or with tests/ on PYTHONPATH

Each point starts an eval, ends it with `kill -9` at a random moment, and then does what
`turncoat status` says until it has nothing left to say (one in three of those commands is killed
as well). Every planned run must then be there exactly once.
"""

from __future__ import annotations

import json
import os
import random
import shlex
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from turncoat._util.places import data_folder
from turncoat.records.reading import read_runs

SURFACES, EPOCHS = 5, 15
PLANNED = 2 * SURFACES * EPOCHS  # headline and control
ROUNDS = 12
LONGEST = 300.0
"""Seconds for one command."""


def start(arguments: list[str]) -> subprocess.Popen[bytes]:
    """An `inspect` command, as a group of processes of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "inspect_ai", *arguments, "--display", "none"],
        cwd=data_folder("evals").parent,
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def statuses(folder: Path) -> list[dict[str, object]]:
    """What `turncoat status` says of a folder; nothing where there is no log in it yet."""
    program = "from turncoat.cli import main; main()"
    command = [sys.executable, "-c", program, "status", str(folder), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=LONGEST, check=False)
    if done.returncode == 2 and "no log found" in done.stderr:
        return []
    assert done.returncode in (0, 1), done.stderr
    found: list[dict[str, object]] = json.loads(done.stdout)
    return found


def run_and_kill(arguments: list[str], folder: Path, after: float | None) -> bool:
    """Runs a command to its end, or kills it so many seconds after its log has appeared.

    Returns:
        Whether it was killed.
    """
    before = set(folder.glob("*.eval"))
    running = start(arguments)
    until = time.monotonic() + LONGEST
    while after is not None and running.poll() is None and time.monotonic() < until:
        if after < 0 or set(folder.glob("*.eval")) - before:  # below zero: before there is a log
            time.sleep(abs(after))
            break
        time.sleep(0.02)
    killed = after is not None and running.poll() is None
    if killed:
        os.killpg(running.pid, signal.SIGKILL)
    running.wait(timeout=LONGEST)
    return killed


def one_point(folder: Path, dice: random.Random, longest: float) -> str:
    """One eval, killed and completed; what happened, in a line.

    Raises:
        AssertionError: A run is missing, or is there twice.
    """
    sizes = ["-T", f"surfaces={SURFACES}", "--epochs", str(EPOCHS)]
    first = ["eval", "evals/blackmail.py", *sizes, "--log-dir", str(folder)]
    moment = dice.uniform(-4, longest)
    told = [f"killed at {moment:.2f} s" if run_and_kill(first, folder, moment) else "ended"]
    for _ in range(ROUNDS):
        found = statuses(folder)
        commands = [text for one in found for text in one["complete_with"]]  # type: ignore[attr-defined]
        if found and not commands:
            break
        program, *arguments = shlex.split(commands[0]) if commands else ["inspect", *first]
        assert program == "inspect", commands
        after = dice.uniform(0, longest) if dice.random() < 1 / 3 else None
        killed = run_and_kill(arguments, folder, after)
        told.append(f"{arguments[0]}{', killed' if killed else ''}")
    (one,) = statuses(folder)
    counted = Counter((run.sample, run.epoch) for run in read_runs(folder).runs)
    assert one["planned"] == PLANNED == len(counted), (one, len(counted))
    assert set(counted.values()) == {1}, counted.most_common(3)
    assert (one["missing"], one["complete_with"]) == (0, []), one
    return "; ".join(told)


def main(points: int, seed: int = 0) -> None:
    """Tries so many points and says what happened at each."""
    dice = random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="turncoat-kill-") as name:
        for point in range(points):
            folder = Path(name, str(point))
            folder.mkdir()
            print(f"{point + 1}/{points}: {one_point(folder, dice, longest=6)}", flush=True)
    print(f"{points} points: every run exactly once")


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
