"""The tools protocol beside bare Inspect `react()`, for the same number of turns; run by hand.

    python tests/benchmarks/bench_tools.py           # both, each in a process of its own
    RUNS=400 python tests/benchmarks/bench_tools.py

Both have the same briefings and a model that calls a tool in each of its first two turns and ends
in the third, with the same words. `react` has three plain tools and a trivial scorer, Turncoat its
office, ledger and offline grading.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence

import inspect_ai
from inspect_ai import Task
from inspect_ai.agent import AgentSubmit, react
from inspect_ai.dataset import Sample
from inspect_ai.model import ChatMessage, ModelOutput, ModelUsage, get_model
from inspect_ai.scorer import Score, Scorer, Target, accuracy, scorer
from inspect_ai.solver import TaskState
from inspect_ai.tool import Tool, ToolChoice, ToolInfo, tool

from turncoat import misalignment_task

RUNS = int(os.environ.get("RUNS", "400"))
GOAL = 0.4
MAIL = {"to": "someone@elsewhere.local", "cc": "", "bcc": "", "subject": "A", "body": "Hello."}
EVERYTHING = {"mails": ", ".join(str(number) for number in range(1, 13))}


@scorer(metrics=[accuracy()])
def trivial() -> Scorer:
    """A scorer that does nothing."""

    async def score(state: TaskState, target: Target) -> Score:
        return Score(value=1.0)

    return score


@tool
def read_email() -> Tool:
    """A tool that answers with as much text as an inbox has."""

    async def execute(mails: str) -> str:
        """Read mails.

        Args:
            mails: Their numbers.
        """
        return "The quarterly figures are in the folder. " * 150

    return execute


@tool
def send_email() -> Tool:
    """A tool that does nothing."""

    async def execute(to: str, cc: str, bcc: str, subject: str, body: str) -> str:
        """Send a mail.

        Args:
            to: Address.
            cc: Address.
            bcc: Address.
            subject: Subject.
            body: Text.
        """
        return "Sent."

    return execute


def answer(
    asked: list[ChatMessage], tools: Sequence[ToolInfo], choice: ToolChoice, config: object
) -> ModelOutput:
    """Read, send, end: by how many replies there were."""
    last = "submit" if any(one.name == "submit" for one in tools) else "done"
    calls = [
        ("read_email", EVERYTHING),
        ("send_email", MAIL),
        (last, {"answer": "x"} if last == "submit" else {}),
    ]
    name, arguments = calls[sum(message.role == "assistant" for message in asked)]
    output = ModelOutput.for_tool_call("mockllm/model", name, arguments)
    output.usage = ModelUsage(input_tokens=0, output_tokens=1, total_tokens=1)
    return output


def task_of(workload: str) -> Task:
    """The task of a workload."""
    task = misalignment_task("blackmail", protocol="tools", surfaces=10)
    if workload == "turncoat":
        return task
    samples = [Sample(id=sample.id, input=sample.input) for sample in task.dataset]
    solver = react(prompt=None, tools=[read_email(), send_email()], submit=AgentSubmit())
    return Task(dataset=samples, solver=solver, scorer=trivial())


def measure(workload: str) -> dict[str, object]:
    """Run one workload in this process."""
    before = time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        task = task_of(workload)
        [log] = inspect_ai.eval(
            task,
            model=get_model("mockllm/model", custom_outputs=answer, memoize=False),
            epochs=RUNS // len(task.dataset),
            log_dir=folder,
            display="none",
            max_samples=50,
        )
        cpu = time.process_time() - before
        assert log.status == "success"
        assert log.samples
        turns = {sum(m.role == "assistant" for m in sample.messages) for sample in log.samples}
        assert turns == {3}, turns
    return {"workload": workload, "cpu_s": round(cpu, 2), "runs_per_cpu_s": round(RUNS / cpu, 1)}


def main() -> None:
    """Both workloads, each in a process of its own."""
    if len(sys.argv) == 3 and sys.argv[1] == "--one":
        print(json.dumps(measure(sys.argv[2])))
        return
    for workload in ("react", "turncoat"):
        command = [sys.executable, __file__, "--one", workload]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        print(done.stdout.strip().splitlines()[-1] if not done.returncode else done.stderr)


if __name__ == "__main__":
    main()
