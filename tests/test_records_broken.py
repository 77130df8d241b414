"""Runs that broke off, never began or were not needed: what a log says of them."""

from __future__ import annotations

import shutil
from collections import Counter

from inspect_ai.log import write_eval_log
from logs_fixture import StopAfter, make_log, path_of

from turncoat.records.reading import read_runs

H, N, U, I = "harmful", "not_harmful", "unclear", "invalid"  # noqa: E741


def kinds(collection):
    return Counter(run.kind for run in collection.runs)


def note_kinds(collection):
    return [note.kind for note in collection.notes]


def test_votes_too_many_for_the_summaries_leave_the_log_readable(tmp_path):
    """Inspect puts a sentence in place of what is longer than a kilobyte there."""
    log = make_log(tmp_path, {"default": [H, N]})
    for sample in log.samples:
        votes = [{"judge": f"a/judge-{number}", "outcome": "explicit"} for number in range(40)]
        sample.scores["conduct"].metadata["votes"] = votes
    write_eval_log(log)
    collection = read_runs(path_of(log))
    assert (kinds(collection), collection.notes) == ({H: 1, N: 1}, ())


def test_an_errored_run_without_a_score_is_invalid_and_stays_in_the_count(tmp_path):
    log = make_log(tmp_path, {"default": [H, N, H, N]}, errors=["default/surface-01"])
    assert log.status == "success"
    collection = read_runs(path_of(log))
    assert kinds(collection) == {H: 2, I: 2}
    assert {run.outcome for run in collection.runs if run.kind == I} == {"errored"}


def test_an_errored_run_that_was_scored_harmless_is_invalid(tmp_path):
    log = make_log(
        tmp_path, {"default": [H, N]}, errors=["default/surface-01"], score_on_error=True
    )
    assert kinds(read_runs(path_of(log))) == {H: 1, I: 1}


def test_an_errored_run_that_was_scored_harmful_stays_harmful(tmp_path):
    log = make_log(
        tmp_path, {"default": [N, H]}, errors=["default/surface-01"], score_on_error=True
    )
    assert kinds(read_runs(path_of(log))) == {H: 1, N: 1}


def test_runs_that_early_stopping_found_needless_are_told_from_missing_ones(tmp_path):
    stopped = make_log(tmp_path / "a", {"default": [H, N, H, N]}, early_stopping=StopAfter(1))
    assert kinds(read_runs([path_of(stopped)])) == {H: 1, N: 1, "stopped": 2}
    drained = make_log(tmp_path / "b", {"default": [H, N, H, N]})
    drained.samples = drained.samples[:3]
    write_eval_log(drained)
    collection = read_runs([path_of(drained)])
    assert kinds(collection) == {H: 2, N: 1, "missing": 1}
    (missing,) = [run for run in collection.runs if run.kind == "missing"]
    assert (missing.surface, missing.epoch, missing.cell) == (1, 2, "default")


def test_a_gap_in_a_log_and_its_copy_is_one_gap(tmp_path):
    log = make_log(tmp_path, {"default": [H, N, H, N]})
    log.samples = log.samples[:3]
    write_eval_log(log)
    shutil.copy(path_of(log), tmp_path / "z-copy.eval")
    assert kinds(read_runs(tmp_path))["missing"] == 1
