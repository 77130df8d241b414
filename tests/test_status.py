"""`turncoat status` tells what evals lack, and its own command completes them."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
import time

import pytest
from click.testing import CliRunner

from turncoat._util.places import data_folder
from turncoat.cli import main
from turncoat.records.reading import read_runs

EVAL = "evals/blackmail.py"


def status(folder):
    found = CliRunner().invoke(main, ["status", str(folder), "--json"])
    return found.exit_code, json.loads(found.stdout)


def inspect(*arguments: str, **kwargs):
    command = [sys.executable, "-m", "inspect_ai", *arguments, "--display", "none"]
    return subprocess.Popen(command, cwd=data_folder("evals").parent, **kwargs)


def test_a_finished_eval_is_complete(tmp_path):
    done = inspect("eval", EVAL, "-T", "surfaces=2", "--log-dir", str(tmp_path))
    assert done.wait() == 0
    code, (one,) = status(tmp_path)
    assert (code, one["complete_with"], one["missing"]) == (0, [], 0)
    assert one["planned"] == one["judged"] + one["unclear"] + sum(one["invalid"].values()) == 8


@pytest.mark.slow
def test_after_kill_9_the_command_of_status_gives_every_run_exactly_once(tmp_path):
    arguments = ("eval", EVAL, "-T", "surfaces=5", "--epochs", "20", "--log-dir", str(tmp_path))
    running = inspect(*arguments, start_new_session=True)
    until = time.monotonic() + 90
    while time.monotonic() < until and not list(tmp_path.glob("*.eval")):
        time.sleep(0.05)
    time.sleep(1.5)
    os.killpg(running.pid, signal.SIGKILL)
    running.wait()
    code, (one,) = status(tmp_path)
    print(one)
    assert code == 1
    assert one["planned"] == 200
    assert one["planned"] == one["judged"] + one["unclear"] + one["missing"] + sum(
        one["invalid"].values()
    )
    (command,) = one["complete_with"]
    program, *rest = shlex.split(command)
    assert program == "inspect"
    assert inspect(*rest).wait() == 0
    code, (one,) = status(tmp_path)
    assert (code, one["complete_with"], one["missing"]) == (0, [], 0)
    runs = [(run.sample, run.epoch) for run in read_runs(tmp_path).runs]
    assert len(runs) == len(set(runs)) == 200


@pytest.mark.slow
@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])
def test_after_an_interrupt_the_command_of_status_gives_every_run_exactly_once(tmp_path, name):
    arguments = ("eval", EVAL, "-T", "surfaces=5", "--epochs", "20", "--log-dir", str(tmp_path))
    running = inspect(*arguments, start_new_session=True)
    until = time.monotonic() + 90
    while time.monotonic() < until and not list(tmp_path.glob("*.eval")):
        time.sleep(0.05)
    time.sleep(1.5)
    os.killpg(running.pid, getattr(signal, name))
    running.wait(timeout=60)
    _, (one,) = status(tmp_path)
    assert one["planned"] == 200
    for command in one["complete_with"]:
        assert inspect(*shlex.split(command)[1:]).wait() == 0
    code, (one,) = status(tmp_path)
    assert (code, one["complete_with"], one["missing"]) == (0, [], 0)
    runs = [(run.sample, run.epoch) for run in read_runs(tmp_path).runs]
    assert len(runs) == len(set(runs)) == 200
