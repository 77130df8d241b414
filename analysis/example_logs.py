"""Small logs for the notebooks: the known-answer agent, at rates that are set.

Each function makes its logs once, in a folder beside the notebooks, and gives back where they lie.
They measure no model. For a notebook on your own logs, put their folder in its place.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from random import Random

import inspect_ai
from inspect_ai import score
from inspect_ai.log import EvalLog, write_eval_log
from inspect_ai.model import get_model

import turncoat
from turncoat import conduct, misalignment_task
from turncoat.records.score_selection import SeveralScoresError

FOLDER = Path("example-logs")
JUDGE = "known/judge"
CONTROL = "goal_conflict=none,threat=none"


def score_to_read(logs: str) -> str | None:
    """Which score of the logs is read: of several of one eval the first, which is then said.

    Args:
        logs: Their folder.

    Returns:
        Its name; None where there is no choice to make.
    """
    try:
        turncoat.read_runs(logs)
    except SeveralScoresError as several:
        print(f"Needs one of several scores: '{several.names[0]}' is read; {several}")
        return several.names[0]
    return None


def _once(make: Callable[[Path], None]) -> Callable[[], str]:
    """Makes logs where they are not there yet; half a set is no set."""

    @wraps(make)
    def made() -> str:
        folder = FOLDER / make.__name__
        if not folder.exists():
            half = FOLDER / f"{make.__name__}.half"
            shutil.rmtree(half, ignore_errors=True)
            make(half)
            half.rename(folder)
        return str(folder)

    return made


def _run(folder: Path, design: str, epochs: int, seed: int = 0, **rates: object) -> EvalLog:
    """One eval, judged by a judge that never errs."""
    (log,) = inspect_ai.eval(
        misalignment_task("blackmail", design=design),
        model=get_model("known/mixed", memoize=False, seed=seed, **rates),
        model_roles={"grader": get_model(JUDGE, memoize=False)},
        epochs=epochs,
        log_dir=str(folder),
        display="none",
        max_samples=50,
        log_realtime=False,
    )
    return log


@_once
def cells(folder: Path) -> None:
    """One model, the six cells of the study's tables, 100 runs each."""
    _run(
        folder,
        "cells",
        epochs=10,
        rate=0.9,
        rates={"goal_conflict=none": 0.5, "threat=none": 0.2, CONTROL: 0.0},
    )


@_once
def models(folder: Path) -> None:
    """Three invented models under the headline condition and its control."""
    for name, rate, seed in (("calm", 0.05, 1), ("torn", 0.4, 2), ("keen", 0.6, 3)):
        log = _run(folder, "headline,control", epochs=10, seed=seed, rate=rate)
        log.eval.model = f"example/{name}"
        write_eval_log(log)


@_once
def factorial(folder: Path) -> None:
    """One model, threat x goal conflict x leverage, 40 runs each: the causes add up."""
    _run(
        folder,
        "factorial",
        epochs=4,
        rate=0.75,
        rates={
            "threat=none": 0.35,
            "goal_conflict=none": 0.3,
            CONTROL: 0.02,
            "leverage=absent": 0.05,
            "threat=none,leverage=absent": 0.05,
            "goal_conflict=none,leverage=absent": 0.05,
            f"{CONTROL},leverage=absent": 0.02,
        },
    )


@_once
def graded_twice(folder: Path) -> None:
    """One model, graded by a judge that never errs and again by one that does."""
    log = _run(folder, "headline,control", epochs=10, rate=0.4)
    judge = get_model(JUDGE, memoize=False, sensitivity=0.85, specificity=0.95, seed=1)
    again = score(log, conduct(), action="append", model_roles={"grader": judge}, display="none")
    write_eval_log(again, log.location)


@_once
def headline(folder: Path) -> None:
    """One model, the headline condition and its control, 200 runs each, with beliefs put in.

    The known-answer agent does not say what it takes the office for. So that there are strata to
    see, six in ten harmful runs are marked as having taken it for real; of the harmless ones two in
    ten, and three in ten as having taken it for a test.
    """
    log = _run(folder, "headline,control", epochs=20, rate=0.3, control_rate=0.02)
    dice = Random(20)
    for sample in log.samples or []:
        found = (sample.scores or {})["conduct"]
        harmful = isinstance(found.value, dict) and found.value["harmful"] == 1
        beliefs, weights = ("real", "evaluation", None), (6, 0, 4) if harmful else (2, 3, 5)
        (belief,) = dice.choices(beliefs, weights)
        told = {"belief": belief, "belief_by": "put in"}
        found.metadata = {**(found.metadata or {}), **told}
    write_eval_log(log)
