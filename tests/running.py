"""Running the blackmail task in a test: in this process, quietly, into a folder of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import inspect_ai
from inspect_ai import Task
from inspect_ai.log import EvalLog, EvalSample
from inspect_ai.model import Model, get_model

from turncoat.tasks.task import misalignment_task


def run(
    model: str | Model,
    folder: Path,
    *,
    epochs: int = 1,
    surfaces: int = 1,
    task: Task | None = None,
    model_args: dict[str, Any] | None = None,
    grader: Model | list[Model] | None = None,
    roles: dict[str, Model] | None = None,
    design: str | None = "headline",
    **options: Any,
) -> EvalLog:
    """One eval of the blackmail task; its log is in `folder`."""
    if isinstance(model, str):
        model = get_model(model, memoize=False, **(model_args or {}))
    [log] = inspect_ai.eval(
        task or misalignment_task("blackmail", design=design, surfaces=surfaces),
        model=model,
        model_roles={**({"grader": grader} if grader is not None else {}), **(roles or {})},
        epochs=epochs,
        log_dir=str(folder),
        display="none",
        max_samples=50,
        log_realtime=False,
        **options,
    )
    return log


def outcomes(log: EvalLog) -> list[str]:
    """The outcome of each run."""
    return [score_of(sample).answer or "" for sample in log.samples or []]


def score_of(sample: EvalSample) -> Any:
    """The conduct score of a run."""
    assert sample.scores is not None
    return sample.scores["conduct"]


def metric(log: EvalLog, name: str, scorer: str = "conduct") -> float:
    """A metric of a scorer, for example `default: rate`."""
    assert log.results is not None
    [score] = [score for score in log.results.scores if score.name == scorer]
    return score.metrics[name].value
