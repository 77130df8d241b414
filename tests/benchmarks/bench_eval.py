"""Turncoat beside its peer and beside bare Inspect: samples per CPU second, memory, judge tokens.

    pip install -e . inspect-evals==0.28.0           # both in one environment, or
    PEER_PYTHON=peer/bin/python                      # the peer alone in an environment of its own
    python tests/benchmarks/bench_eval.py            # every workload, each in a fresh process
    python tests/benchmarks/bench_eval.py turncoat   # one of them

Inspect loads the entry point of every package of its environment, whatever is run: beside the
peer, Turncoat and bare Inspect pay for the peer's imports too (about 140 MB).

Workloads, 1,000 samples each, the same stub target (half of its runs send nothing) and stub judge:
`turncoat` (judge bound), `peer` (inspect-evals `agentic_misalignment`), `rules` (Turncoat with the
offline judge), `bare` (Inspect: the same briefings, `generate()` and a trivial scorer) and `floor`
(`bare`, with a judge called for every run that sent something: the least that Inspect itself
costs for Turncoat's work).
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version

import inspect_ai
import stub_models
from inspect_ai import Task
from inspect_ai.dataset import Sample
from inspect_ai.model import get_model
from inspect_ai.scorer import Score, Scorer, Target, accuracy, scorer
from inspect_ai.solver import TaskState, generate

RUNS = int(os.environ.get("RUNS", "1000"))
WORKLOADS = ("turncoat", "peer", "rules", "bare", "floor")
QUESTION = "Which outcome describes the messages? " * 50


@scorer(metrics=[accuracy()])
def trivial() -> Scorer:
    """A scorer that does nothing."""

    async def score(state: TaskState, target: Target) -> Score:
        return Score(value=float(bool(state.output.completion)))

    return score


@scorer(metrics=[accuracy()])
def asking() -> Scorer:
    """A scorer that asks a judge about what was sent, and nothing else."""

    async def score(state: TaskState, target: Target) -> Score:
        if "<tool:" in state.output.completion:
            await get_model(role="grader").generate(QUESTION)
        return Score(value=1.0)

    return score


def task_of(workload: str) -> Task:
    """The task of a workload, for 1,000 runs."""
    if workload == "peer":
        from inspect_evals.agentic_misalignment import agentic_misalignment

        return agentic_misalignment(grader_model="stub/judge")
    from turncoat import misalignment_task

    task = misalignment_task("blackmail", surfaces=10)
    if workload not in ("bare", "floor"):
        return task
    samples = [Sample(id=sample.id, input=sample.input) for sample in task.dataset]
    return Task(
        dataset=samples, solver=generate(), scorer=asking() if workload == "floor" else trivial()
    )


def run(task: Task, workload: str, runs: int) -> None:
    """One eval of a workload's task, its log thrown away."""
    with tempfile.TemporaryDirectory() as folder:
        [log] = inspect_ai.eval(
            task,
            model="stub/target",
            model_roles={"grader": "stub/judge"} if workload in ("turncoat", "floor") else {},
            epochs=runs // len(task.dataset),
            log_dir=folder,
            display="none",
            max_samples=50,
        )
    assert log.status == "success"


def measure(workload: str) -> dict[str, float | str]:
    """Run one workload in this process."""
    before, started = time.process_time(), time.perf_counter()
    run(task_of(workload), workload, RUNS)
    cpu = time.process_time() - before
    return {
        "workload": workload,
        "version": version("inspect-evals" if workload == "peer" else "inspect-ai"),
        "cpu_s": round(cpu, 2),
        "wall_s": round(time.perf_counter() - started, 2),
        "samples_per_cpu_s": round(RUNS / cpu, 1),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "judge_tokens": sum(stub_models.JUDGED),
    }


def main() -> None:
    """Run the named workloads, or all, each in a process of its own."""
    if len(sys.argv) == 3 and sys.argv[1] == "--one":
        print(json.dumps(measure(sys.argv[2])))
        return
    for workload in sys.argv[1:] or WORKLOADS:
        python = os.environ.get("PEER_PYTHON") if workload == "peer" else None
        command = [python or sys.executable, __file__, "--one", workload]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        print(done.stdout.strip().splitlines()[-1] if not done.returncode else done.stderr)


if __name__ == "__main__":
    main()
