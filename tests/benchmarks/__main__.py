"""All benchmarks one after the other, each in a process of its own: `docs/performance.md` anew.

    python -m tests.benchmarks --list
    python -m tests.benchmarks --only counts --only prefix
    python -m tests.benchmarks --folder /big/disk     # all of them: some hours on a quiet machine

Run from the checkout. What ends with an error is named at the end, and the status is 1.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

import click

HERE = Path(__file__).resolve().parent
TESTS = HERE.parent


class Benchmark(NamedTuple):
    """One of them."""

    words: tuple[str, ...]
    """What follows `python`; {folder} is where logs may lie."""
    tells: str
    environment: tuple[tuple[str, str], ...] = ()


def script(name: str, *words: str, tells: str) -> Benchmark:
    """A script of this folder."""
    return Benchmark((str(HERE / f"{name}.py"), *words), tells)


BENCHMARKS = {
    "counts": script("count_eval", tells="instructions of a run: ours, the peer's, bare Inspect's"),
    "eval": script("bench_eval", tells="CPU seconds, memory, judge tokens and log bytes of evals"),
    "prefix": script("bench_prefix", tells="what providers' prompt caches can keep"),
    "render": script("bench_render", tells="CPU time to render a briefing"),
    "reader": script("bench_reader", tells="reading and grading replies"),
    "overlap": script("bench_overlap", tells="mail against restricted documents"),
    "tools": script("bench_tools", tells="the tools protocol beside react()"),
    "records": script("bench_records", "{folder}/records", tells="100,000 runs to rates"),
    "report": script("bench_report", "{folder}/report", tells="a report on 20 models"),
    "sweep": script("sweep_ray", "speed", "{folder}/sweep", tells="a sweep on two Ray nodes"),
    "coverage": script("sim_coverage", tells="coverage of intervals (docs/statistics.md)"),
    "effects": script("sim_effects", tells="coverage of factor effects (docs/statistics.md)"),
    "corrected": script("sim_correction", tells="coverage of corrected rates (docs/grading.md)"),
    "faults": Benchmark(
        ("-m", "pytest", "-n0", "-s", str(TESTS / "test_faults.py"), "-k", "many_faults"),
        "2,000 runs at 30 % injected faults: accounting, and the known rate",
        (("TURNCOAT_FAULTS", "2000"),),
    ),
    "kills": Benchmark(
        ("-m", "faultserver.kill_points", "50"),
        "50 random kill -9: every run once after status's own command",
    ),
}


@click.command()
@click.option("--only", multiple=True, type=click.Choice(list(BENCHMARKS)), help="These alone.")
@click.option("--list", "listed", is_flag=True, help="Say what there is.")
@click.option("--folder", default="benchmark-logs", help="Where logs may lie; several GB.")
def main(only: tuple[str, ...], listed: bool, folder: str) -> None:
    """Run benchmarks and print what each prints."""
    if listed:
        for name, benchmark in BENCHMARKS.items():
            click.echo(f"{name:10} {benchmark.tells}")
        return
    failed = []
    for name in only or BENCHMARKS:
        benchmark = BENCHMARKS[name]
        words = [word.format(folder=folder) for word in benchmark.words]
        click.echo(f"== {name}: {benchmark.tells}\n$ python {' '.join(words)}")
        began = time.monotonic()
        path = os.pathsep.join((str(TESTS.parent), str(TESTS), os.environ.get("PYTHONPATH", "")))
        environment = {**os.environ, **dict(benchmark.environment), "PYTHONPATH": path}
        done = subprocess.run([sys.executable, *words], env=environment, check=False)
        click.echo(f"({time.monotonic() - began:.0f} s)\n")
        failed += [name] * bool(done.returncode)
    if failed:
        raise SystemExit(f"ended with an error: {', '.join(failed)}")


if __name__ == "__main__":
    main()
