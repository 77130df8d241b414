"""A report on 20 models under six conditions, 100 runs each: CPU seconds, size and peak memory.

    python tests/benchmarks/bench_report.py FOLDER

The logs are made once, out of one real eval, and lie in FOLDER for another round.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from pathlib import Path

import click
from bench_records import make_logs

MODELS = 20


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--rounds", default=3, show_default=True)
@click.option("--work", is_flag=True, hidden=True)
def main(folder: Path, rounds: int, work: bool) -> None:
    """Makes the logs where they are not there, and writes the page."""
    logs, page = folder / "logs", folder / "report.html"
    if work:
        from turncoat.cli import main as turncoat

        turncoat(["report", str(logs), "-o", str(page)], standalone_mode=False)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print("\n" + json.dumps({"cpu": time.process_time(), "mb": peak}))
        return
    make_logs(logs, MODELS, design="cells", surfaces=10)
    for _ in range(rounds):
        call = [sys.executable, __file__, str(folder), "--work"]
        done = subprocess.run(call, capture_output=True, text=True, check=True)
        found = json.loads(done.stdout.splitlines()[-1])
        size = page.stat().st_size / 1e6
        print(f"{found['cpu']:.1f} CPU s  {found['mb']:.0f} MB  page of {size:.1f} MB")


if __name__ == "__main__":
    main()
