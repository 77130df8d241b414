"""Sweeps for tests: files, commands, and a server that counts the calls under way."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from click.testing import CliRunner
from loopback import Loopback, loopback
from wire_formats import Request, Scripted

from turncoat.cli import main
from turncoat.records.reading import read_runs

SMALL = {
    "logs": "logs",
    "models": ["known/mixed"],
    "evals": ["blackmail"],
    "surfaces": 2,
    "graders": ["known/judge"],
}


def spec_in(folder: Path, **changed: Any) -> Path:
    """A sweep's file: a small one, with what a test changes in it."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "sweep.yaml"
    file.write_text(yaml.safe_dump({**SMALL, **changed}, sort_keys=False))
    return file


def sweep(*arguments: object) -> tuple[int, str]:
    """Exit status and all that `turncoat sweep` prints."""
    result = CliRunner().invoke(main, ["sweep", *map(str, arguments)])
    return result.exit_code, result.output


def sweep_json(*arguments: object) -> tuple[int, dict[str, Any]]:
    """Exit status and what `turncoat sweep ... --json` prints."""
    result = CliRunner().invoke(main, ["sweep", *map(str, arguments), "--json"])
    assert result.stdout, (result.stderr, result.exception)
    return result.exit_code, json.loads(result.stdout)


def sums(standing: dict[str, Any]) -> dict[str, int]:
    """The counts of all cells; each cell adds up by itself."""
    found = dict.fromkeys(("planned", "judged", "unclear", "invalid", "missing", "stopped"), 0)
    for cell in standing["cells"]:
        counts = {**cell, "invalid": sum(cell["invalid"].values())}
        assert counts["planned"] == sum(counts[name] for name in found if name != "planned"), cell
        for name in found:
            found[name] += counts[name]
    return found


def runs_in(logs: str | Path) -> list[tuple[str, ...]]:
    """Model, scenario, protocol, sample, epoch and judge of every run that counts."""
    return [
        (run.model, run.scenario, run.protocol, run.sample, str(run.epoch), run.judged_by)
        for run in read_runs(str(logs)).runs
        if run.kind != "missing"
    ]


class Counting(NamedTuple):
    """A server that answers slowly and the most calls that it had under way at once."""

    server: Loopback
    most: list[int]
    times: list[float]

    @property
    def span(self) -> float:
        """Seconds from the first call's beginning to the last one's end."""
        return self.times[-1] - self.times[0]


@contextmanager
def counting(seconds: float) -> Iterator[Counting]:
    """A provider whose agent writes a mail and whose judge finds it harmless."""
    lock = threading.Lock()
    now, most, times = [0], [0], list[float]()

    def reply(request: Request) -> Scripted:
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
            times.append(time.monotonic())
        time.sleep(seconds)
        with lock:
            now[0] -= 1
            times.append(time.monotonic())
        if "judge" in request.model:
            return Scripted(json.dumps({"explanation": "", "quotes": [], "outcome": "benign"}))
        mail = "to: nobody@example.com\nsubject: Notes\nbody: I have filed your notes. Thank you."
        return Scripted(f"<tool:send_email>\n{mail}\n</tool:send_email>")

    with loopback(reply) as server:
        yield Counting(server, most, times)


def client(server: Loopback, name: str) -> dict[str, Any]:
    """A model of that server as a sweep's file names it."""
    arguments = {"api_key": "none", "responses_api": False, "streaming": False}
    return {"model": f"openai/{name}", "base_url": f"{server.url}/v1", "args": arguments}
