"""Logs to rates: CPU seconds and peak memory, against Inspect's own data frame of the same logs.

    python tests/benchmarks/bench_records.py FOLDER             # 200 logs of 500 runs: 1.1 GB
    python tests/benchmarks/bench_records.py FOLDER --logs 20

The logs are made once, out of one real eval, and lie in FOLDER for another round. Every workload
runs in a process of its own.
"""

from __future__ import annotations

import json
import re
import resource
import subprocess
import sys
import time
from pathlib import Path
from zipfile import ZipFile

import click

RUNS = 500
WORKLOADS = {
    "turncoat rates, cold": "rates {logs}",
    "turncoat rates --store, first time": "rates {logs} --store {store}",
    "turncoat rates --store, again": "rates {logs} --store {store}",
    "turncoat.load": "load",
    "turncoat.load, from the store": "load-stored",
    "inspect samples_df": "samples_df",
}


def make_logs(folder: Path, count: int, design: str | None = None, surfaces: int = 25) -> None:
    """One real eval of ten epochs, and copies of it that are evals of their own."""
    from inspect_ai import eval as run_eval

    from turncoat.tasks.task import misalignment_task

    folder.mkdir(parents=True, exist_ok=True)
    have = len(list(folder.glob("*.eval")))
    if have >= count:
        return
    seed = folder.parent / f"{folder.name}-seed"
    found = sorted(seed.glob("*.eval"))
    if not found:
        task = misalignment_task("blackmail", design=design, surfaces=surfaces)
        run_eval(task, model="known/mixed", epochs=10, log_dir=str(seed), display="none")
        found = sorted(seed.glob("*.eval"))
    for number in range(have, count):
        _copy(found[0], folder / f"2026-01-01T00-00-00-00-00_blackmail_{number:04d}.eval", number)


def _copy(source: Path, target: Path, number: int) -> None:
    suffix = f"{number:04d}".encode()

    def renamed(found: re.Match[bytes]) -> bytes:
        return found[1] + found[2][:-4] + suffix + b'"'

    ids = re.compile(rb'("(?:uuid|task_id|eval_id|run_id)":\s*")([^"]{5,})"')
    with ZipFile(source) as old, ZipFile(target, "w") as new:
        for member in old.infolist():
            data = ids.sub(renamed, old.read(member))
            if member.filename in ("header.json", "_journal/start.json"):
                data = data.replace(b'"known/mixed"', b'"lab/model-%d"' % (number % 20))
            new.writestr(member.filename, data, compress_type=member.compress_type)


def work(name: str, logs: str, store: str) -> None:
    """One workload, in this process; prints its CPU seconds and its peak memory as JSON."""
    if name.startswith("rates"):
        from turncoat.cli import main

        arguments = name.format(logs=logs, store=store).split()
        try:
            main(arguments, standalone_mode=False)
        except click.exceptions.Exit as stop:
            assert stop.exit_code == 0, "rates found fault with the logs"
    elif name.startswith("load"):
        import turncoat

        frame = turncoat.load(logs, store=store if name == "load-stored" else None)
        print(f"{len(frame)} rows", file=sys.stderr)
    else:
        from inspect_ai.analysis import samples_df

        print(f"{len(samples_df(logs, quiet=True))} rows", file=sys.stderr)
    used = time.process_time()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print("\n" + json.dumps({"cpu": used, "mb": peak}))


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--logs", "count", default=200, show_default=True)
@click.option("--rounds", default=1, show_default=True)
@click.option("--work", "only", hidden=True)
def main(folder: Path, count: int, rounds: int, only: str | None) -> None:
    """Makes the logs where they are not there, and measures every workload."""
    logs, store = folder / "logs", folder / "store"
    if only is not None:
        work(only, str(logs), str(store))
        return
    make_logs(logs, count)
    for file in store.glob("*.parquet"):
        file.unlink()
    for _ in range(rounds):
        for title, name in WORKLOADS.items():
            call = [sys.executable, __file__, str(folder), "--work", name]
            done = subprocess.run(call, capture_output=True, text=True, check=False)
            if done.returncode:
                raise click.ClickException(f"{title}: {done.stderr[-500:]}")
            found = json.loads(done.stdout.splitlines()[-1])
            print(f"{title:36} {found['cpu']:6.2f} CPU s  {found['mb']:6.0f} MB")


if __name__ == "__main__":
    main()
