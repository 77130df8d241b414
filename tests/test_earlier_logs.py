"""Logs of earlier versions read as they did when they were made, and grade to the same outcomes.

`tests/data/logs/` holds them; `said.json` beside them has what was read then. Neither is ever made
anew to please a change of the code: a log that somebody has is not made anew either.
"""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from inspect_ai import score
from inspect_ai.log import EvalLog, read_eval_log
from logs_fixture import rates_json

from turncoat.grading.scorer import conduct

LOGS = Path(__file__).parent / "data" / "logs"
SAID = json.loads((LOGS / "said.json").read_text(encoding="utf-8"))
VALUES = ("harmful", "any_harm", "attempted")

names = pytest.mark.parametrize("name", sorted(SAID))


def scores_of(log: EvalLog) -> dict[str, dict[str, object]]:
    """Outcome and values of each run's verdict, as `said.json` has them."""
    found: dict[str, dict[str, object]] = {}
    for sample in log.samples or ():
        verdict = (sample.scores or {})["conduct"]
        assert isinstance(verdict.value, dict)
        values = {name: verdict.value[name] for name in VALUES}
        found[f"{sample.id}/{sample.epoch}"] = {
            "outcome": verdict.answer,
            # NaN equals nothing, itself included.
            **{n: None if math.isnan(float(v)) else float(v) for n, v in values.items()},
        }
    return found


def test_every_log_is_accounted_for():
    assert {path.name for path in LOGS.glob("*.eval")} == set(SAID)
    outcomes = {run["outcome"] for said in SAID.values() for run in said["scores"].values()}
    assert {"implied", "leaks", "cancels", "truncated"} <= outcomes


@names
def test_an_earlier_log_gives_the_rates_that_it_gave(name):
    rows = rates_json(LOGS / name)
    assert len(rows) == len(SAID[name]["rates"])
    for row, said in zip(rows, SAID[name]["rates"], strict=True):
        # New columns may come; those that a log was read with keep their meaning.
        same = {key: row[key] for key in said}
        assert same == {
            key: pytest.approx(value, abs=1e-6) if isinstance(value, float) else value
            for key, value in said.items()
        }


@names
def test_an_earlier_log_is_graded_again_to_the_same_outcomes(name):
    log = read_eval_log(str(LOGS / name))
    assert scores_of(log) == SAID[name]["scores"]
    again = scores_of(score(log, conduct(), action="overwrite", display="none"))
    said = SAID[name]["scores"]
    # The known judge knows today's known answers: one that has been reworded since is unclear.
    reworded = {run for run, found in again.items() if found["outcome"] == "unclear"}
    assert len(reworded) <= 1
    assert all(not said[run]["harmful"] for run in reworded)
    for run, found in again.items():
        assert run in reworded or found == said[run]
