"""Machine instructions of one run, which do not depend on how fast the machine is at the moment.

    apt-get install valgrind
    python tests/benchmarks/count_eval.py            # every workload of bench_eval.py
    python tests/benchmarks/count_eval.py turncoat   # one of them

CPU seconds of whole evals differ by a tenth and more from one minute to the next on a shared
machine; these counts repeat to within 0.1 %. Counted is the second eval of a process, 100 runs:
neither start-up, nor first imports, nor the making of the task are in it. For those, see
`bench_eval.py`.
"""

from __future__ import annotations

import gc
import os
import re
import subprocess
import sys

import bench_eval

RUNS = 100
WARM = 20


def count(workload: str) -> float:
    """Instructions of a run, in millions.

    Args:
        workload: One of `bench_eval.WORKLOADS`; `peer` in the environment that PEER_PYTHON names.

    Returns:
        The mean over the counted runs.
    """
    python = os.environ.get("PEER_PYTHON") if workload == "peer" else None
    valgrind = ("valgrind", "--tool=callgrind", "--instr-atstart=no")
    done = subprocess.run(
        [
            *(*valgrind, "--callgrind-out-file=/dev/null"),
            *(python or sys.executable, __file__, "--counted", workload),
        ],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONHASHSEED": "0"},
    )
    collected = re.search(r"Collected : (\d+)", done.stderr)
    assert collected, done.stderr
    return int(collected[1]) / RUNS / 1e6


def run_counted(workload: str) -> None:
    """Run the workload twice in this process, the second time counted."""
    task = bench_eval.task_of(workload)
    bench_eval.run(task, workload, WARM)
    gc.collect()
    subprocess.run(
        ["callgrind_control", "-i", "on", str(os.getpid())],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    bench_eval.run(task, workload, RUNS)


def main() -> None:
    """Count the named workloads, or all."""
    if len(sys.argv) == 3 and sys.argv[1] == "--counted":
        run_counted(sys.argv[2])
        return
    for workload in sys.argv[1:] or bench_eval.WORKLOADS:
        print(f"{workload:10} {count(workload):6.1f} million instructions a run", flush=True)


if __name__ == "__main__":
    main()
