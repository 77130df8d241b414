"""Stopping when enough is known, in real Inspect runs."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextvars import copy_context
from pathlib import Path

import anyio
import inspect_ai
import pytest
from inspect_ai import Task
from inspect_ai.dataset import Sample
from inspect_ai.log import EvalLog, read_eval_log, write_eval_log
from inspect_ai.model import GenerateConfig, get_model
from inspect_ai.model._model import init_active_model
from inspect_ai.scorer import Score, Scorer, Target, mean, scorer
from inspect_ai.solver import Generate, Solver, TaskState, solver
from logs_fixture import model, path_of, rates_json

from turncoat._util.inspect_private import PrerequisiteError
from turncoat.measure import confidence_sequence, narrow_enough, runs_for_half_width
from turncoat.tasks.stopping import PrecisionStopping
from turncoat.tasks.task import misalignment_task

Kind = Callable[[str, int], str]
"""Sample id and epoch to `harmful`, `harmless`, `unjudged` or `error`."""


@scorer(metrics={"harmful": [mean()]}, name="conduct")
def verdicts(kind: Kind) -> Scorer:
    async def score(state: TaskState, target: Target) -> Score:
        found = {"harmful": 1.0, "harmless": 0.0}.get(kind(str(state.sample_id), state.epoch))
        return Score(value={"harmful": math.nan if found is None else found})

    return score


@solver
def acts(kind: Kind, fails_first: set[tuple[str, int]]) -> Solver:
    """Harmful runs take longer; some fail, always or at the first try."""

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        run = (str(state.sample_id), state.epoch)
        await anyio.sleep(0.01 if kind(*run) == "harmful" else 0)
        if kind(*run) == "error" or run in fails_first:
            fails_first.discard(run)
            raise RuntimeError("the provider broke down")
        return state

    return solve


def stopped_run(
    folder: Path,
    kinds: dict[str, Kind],
    *,
    precision: float = 0.2,
    surfaces: int = 4,
    epochs: int = 40,
    fails_first: set[tuple[str, int]] | None = None,
    **options: object,
) -> EvalLog:
    """A small task whose runs end as `kinds` says of each condition."""

    def kind(sample_id: str, epoch: int) -> str:
        return kinds[sample_id.partition("/")[0]](sample_id, epoch)

    task = Task(
        dataset=[
            Sample(id=f"{cell}/{surface}", input="Read your mail.", metadata={"cell": cell})
            for cell in kinds
            for surface in range(surfaces)
        ],
        solver=acts(kind, fails_first or set()),
        scorer=verdicts(kind),
        epochs=epochs,
        early_stopping=PrecisionStopping(precision),
        fail_on_error=False,
    )
    given = {"score_on_error": True, "model": model(), **options}
    return inspect_ai.eval(task, log_dir=str(folder), display="none", **given)[0]


def always(kind: str) -> Kind:
    return lambda sample_id, epoch: kind


def by_turns(sample_id: str, epoch: int) -> str:
    return "harmful" if (int(sample_id[-1]) + epoch) % 2 else "harmless"


def cells_of(log: EvalLog) -> dict[str, dict[str, float]]:
    """What the log says of each condition, and that it is what lies in the log."""
    assert log.status == "success", log.error
    assert log.results is not None
    assert log.results.early_stopping is not None
    assert log.results.early_stopping.manager == "turncoat-precision"
    cells = log.results.early_stopping.metadata["cells"]
    assert isinstance(cells, dict)
    for label, cell in cells.items():
        runs = [s for s in log.samples or [] if s.metadata["cell"] == label]
        assert cell["launched"] == len(runs)
        surfaces = {str(sample.id) for sample in runs}
        assert {sum(str(s.id) == i for s in runs) for i in surfaces} == {len(runs) // len(surfaces)}
        assert (cell["low"], cell["high"]) == confidence_sequence(cell["harmful"], cell["judged"])
    return cells


@pytest.mark.parametrize("max_samples", [1, 3, 1_000])
def test_conditions_stop_apart_however_many_runs_go_at_once(tmp_path, max_samples):
    log = stopped_run(
        tmp_path,
        {"never": always("harmless"), "half": by_turns, "always": always("harmful")},
        max_samples=max_samples,
    )
    cells = cells_of(log)
    first = {
        share: next(
            4 * rounds
            for rounds in range(1, 40)
            if narrow_enough(round(share * 4 * rounds), 4 * rounds, 0.2)
        )
        for share in (0.0, 0.5)
    }
    assert cells["never"]["launched"] == cells["always"]["launched"] == first[0.0] < 20
    assert cells["half"]["launched"] == first[0.5] > 40
    assert log.results.early_stopping.metadata["precision"] == 0.2
    stops = log.results.early_stopping.early_stops
    assert len(stops) == 3 * 4 * 40 - len(log.samples)


def test_failed_and_unjudged_runs_are_no_harmless_ones_and_end_it_in_time(tmp_path):
    def some_unjudged(sample_id: str, epoch: int) -> str:
        return "unjudged" if (epoch + int(sample_id[-1])) % 5 == 0 else "harmless"

    log = stopped_run(
        tmp_path,
        {"fails": always("error"), "silent": always("unjudged"), "some": some_unjudged},
        max_samples=7,
    )
    cells = cells_of(log)
    for label in ("fails", "silent"):
        assert cells[label]["judged"] == 0
        assert (cells[label]["low"], cells[label]["high"]) == (0, 1)
        assert cells[label]["launched"] <= 20
        assert "no verdict" in str(cells[label]["ended"])
    some = cells["some"]
    assert some["judged"] < some["launched"]
    assert some["high"] <= 0.4
    assert not narrow_enough(0, int(some["judged"]) - 4, 0.2)


@pytest.mark.parametrize("max_samples", [1, 4, 1_000])
def test_runs_that_are_tried_again_or_never_scored_hold_nothing_up(
    tmp_path, monkeypatch, max_samples
):
    monkeypatch.setattr("turncoat.tasks.stopping.PATIENCE", 0.05)
    log = stopped_run(
        tmp_path / "again",
        {"a": always("harmless"), "b": by_turns},
        fails_first={(f"{cell}/{s}", e) for cell in "ab" for s in (0, 3) for e in (2, 3)},
        retry_on_error=2,
        max_samples=max_samples,
    )
    cells = cells_of(log)
    assert sum(bool(sample.error_retries) for sample in log.samples) >= 4
    assert cells["a"]["harmful"] == 0
    assert cells["a"]["launched"] == cells["a"]["judged"] < 40
    log = stopped_run(
        tmp_path / "unscored",
        {"a": lambda sample_id, epoch: "error" if sample_id == "a/0" else "harmless"},
        score_on_error=False,
        epochs=8,
        max_samples=max_samples,
    )
    [cell] = cells_of(log).values()
    assert cell["judged"] == cell["launched"] * 3 / 4


def test_one_task_on_two_models_at_once_keeps_their_runs_apart(tmp_path):
    task = misalignment_task("blackmail", design="headline", surfaces=5, precision=0.2)
    models = [get_model("known/mixed", memoize=False, rate=rate) for rate in (0.0, 0.5)]
    logs = inspect_ai.eval(
        task, model=models, log_dir=str(tmp_path), display="none", max_tasks=2, max_samples=10
    )
    none, half = sorted(cells_of(log)["default"]["launched"] for log in logs)
    assert none == 15
    assert half > 40


def test_stopped_runs_are_counted_apart_in_rates(tmp_path):
    task = misalignment_task(
        "blackmail",
        design="headline,control",
        factors={"nudge": "none"},
        surfaces=5,
        precision=0.15,
    )
    table = {"threat=none": 0.9}
    [log] = inspect_ai.eval(
        task,
        model=get_model("known/mixed", memoize=False, rate=0.5, rates=table),
        log_dir=str(tmp_path),
        display="none",
    )
    assert log.eval.metadata["turncoat"]["precision"] == 0.15
    cells = cells_of(log)
    planned = 5 * math.ceil(runs_for_half_width(0.15) / 5)
    for row in rates_json(tmp_path):
        [cell] = [cell for cell in cells.values() if cell["judged"] == row["n"]]
        assert row["k"] == cell["harmful"]
        assert row["interval"] == "sequence"
        assert (row["ci_low"], row["ci_high"]) == (cell["low"], cell["high"])
        assert row["planned"] == planned
        assert row["planned"] == row["n"] + sum(
            row[kind] for kind in ("unclear", "invalid", "missing", "stopped")
        )
        assert row["stopped"] == planned - cell["launched"]
    assert sum(row["stopped"] for row in rates_json(tmp_path)) > 0


def test_epochs_of_the_command_line_are_the_maximum(tmp_path):
    log = stopped_run(tmp_path, {"half": by_turns}, epochs=3)
    [cell] = cells_of(log).values()
    assert cell["launched"] == 12
    assert cell["ended"] == "the maximum of epochs"


def test_a_retried_log_goes_on_where_it_was_and_starts_nothing_that_was_stopped(tmp_path):
    [log] = inspect_ai.eval(
        "turncoat/blackmail",
        task_args={"precision": 0.15, "surfaces": 5},
        model="known/mixed",
        model_args={"rate": 0.5},
        log_dir=str(tmp_path),
        display="none",
    )
    whole = cells_of(log)
    # As if it had broken off in the fourth round of the one that takes many.
    kept = [s for s in log.samples if s.metadata["cell"] != "default" or s.epoch < 4]
    kept += [s for s in log.samples if s.metadata["cell"] == "default" and s.epoch == 4][:2]
    assert len(kept) < len(log.samples)
    broken = log.model_copy(update={"samples": kept, "status": "error", "results": None})
    file = tmp_path / "broken" / path_of(log).name
    file.parent.mkdir()
    write_eval_log(broken, str(file))
    [again] = inspect_ai.eval_retry(
        read_eval_log(str(file)), log_dir=str(tmp_path / "again"), display="none", max_samples=3
    )
    assert cells_of(again) == whole


@pytest.mark.parametrize(
    "precision", [0, 0.5, -0.1, 5, math.nan, True, "wide", [0.05, 0.1], "nan", math.inf]
)
def test_a_precision_that_is_none_is_refused(precision):
    with pytest.raises(PrerequisiteError, match="half-width"):
        misalignment_task("blackmail", precision=precision)


def test_a_misspelt_precision_is_no_factor():
    with pytest.raises(PrerequisiteError, match="Did you mean 'precision'"):
        misalignment_task("blackmail", factors={"precison": 0.05})


def test_without_scoring_it_soon_ends_and_without_samples_in_the_log_it_does_not_begin(tmp_path):
    log = stopped_run(tmp_path, {"a": always("harmless")}, score=False, max_samples=4)
    assert log.status == "success"
    assert 0 < len(log.samples) <= 20
    log = stopped_run(tmp_path, {"a": always("harmless")}, log_samples=False)
    assert log.status == "error"
    assert "precision needs the samples" in log.error.message


@pytest.mark.parametrize(
    "config", [GenerateConfig(temperature=0), GenerateConfig(seed=7), GenerateConfig(cache=True)]
)
def test_copies_that_would_count_as_runs_are_warned_of(capsys, config):
    def said(precision: float | None) -> str:
        def build() -> None:
            init_active_model(get_model("known/mixed"), config)
            misalignment_task("blackmail", surfaces=1, precision=precision)

        copy_context().run(build)
        return " ".join(capsys.readouterr().err.split())

    assert "stops too early" in said(0.1)
    assert "stops too early" not in said(None)
