"""A planned run counts once, however many logs hold an attempt at it."""

from __future__ import annotations

import shutil
from collections import Counter
from zipfile import ZipFile

import inspect_ai
import pytest
from inspect_ai import eval_retry
from inspect_ai.log import (
    ProvenanceData,
    edit_score,
    invalidate_samples,
    read_eval_log,
    write_eval_log,
)
from inspect_ai.scorer import ScoreEdit
from logs_fixture import make_log, path_of

from turncoat._util.places import data_folder
from turncoat.known import provider
from turncoat.records.rates import rate_rows
from turncoat.records.reading import read_runs

H, N, I = "harmful", "not_harmful", "invalid"  # noqa: E741
BROKEN = "default/surface-01"


def kinds(collection):
    return Counter(run.kind for run in collection.runs)


@pytest.fixture(scope="module")
def retried(tmp_path_factory):
    """An eval whose provider fails on one surface, and what `inspect eval-retry` makes of it."""
    folder = tmp_path_factory.mktemp("retried")
    answer = provider.choose

    def fails_on_one(policy, briefing, run, rates, seed):
        if run.sample == BROKEN:
            raise RuntimeError("the provider broke down")
        return answer(policy, briefing, run, rates, seed)

    options = {"log_dir": str(folder), "display": "none", "log_realtime": False}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(provider, "choose", fails_on_one)
        [first] = inspect_ai.eval(
            f"{data_folder('evals') / 'blackmail.py'}@blackmail",
            model="known/pleads",
            task_args={"design": "headline", "surfaces": 3},
            epochs=2,
            **options,
        )
    [second] = eval_retry(first.location, **options)
    assert (first.status, second.status) == ("success", "success")
    return folder, path_of(first), path_of(second)


def test_a_retry_stands_for_the_runs_that_broke_off(retried):
    folder, first, second = retried
    assert kinds(read_runs(first)) == {N: 4, I: 2}
    collection = read_runs(folder)
    assert kinds(collection) == {N: 6}
    (row,) = rate_rows(collection)
    assert (row.planned, row.n, row.invalid) == (6, 6, 0)
    assert not collection.failed
    (told,) = [note.message for note in collection.notes if note.kind == "superseded"]
    assert told.startswith(f"{first}: left out 2 runs that broke off")
    assert str(second) in told


def test_the_order_of_the_files_does_not_matter(retried, tmp_path):
    _, first, second = retried
    shutil.copy(first, tmp_path / "z-first.eval")
    shutil.copy(second, tmp_path / "a-second.eval")
    assert kinds(read_runs(tmp_path)) == {N: 6}


def attempts(folder, first, second):
    """Two logs of one task, as a retry leaves them: same task id, other uuids."""
    logs = []
    for minute, options in enumerate((first, second)):
        log = make_log(folder, options.pop("kinds"), **options)
        log.eval.task_id = "one-task"
        log.eval.created = f"2026-01-01T00:0{minute}:00+00:00"
        write_eval_log(log)
        logs.append(path_of(log))
    return logs


def test_harm_before_an_error_is_not_retried_away(tmp_path):
    broken = {"kinds": {"default": [N, H]}, "errors": [BROKEN], "score_on_error": True}
    first, _ = attempts(tmp_path, broken, {"kinds": {"default": [N, N]}})
    collection = read_runs(tmp_path)
    assert kinds(collection) == {H: 1, N: 1}
    assert {run.log for run in collection.runs} == {str(first)}
    assert "an earlier attempt makes needless" in collection.notes[0].message


def test_where_every_attempt_broke_off_one_invalid_run_stays(tmp_path):
    broken = {"kinds": {"default": [N, N]}, "errors": [BROKEN]}
    _, second = attempts(tmp_path, dict(broken), dict(broken))
    second = second.rename(tmp_path / "0-sorted-first.eval")
    collection = read_runs(tmp_path)
    assert kinds(collection) == {N: 1, I: 1}
    assert [run.log for run in collection.runs if run.kind == I] == [str(second)]


def test_a_retry_that_needed_a_judge_is_in_one_row_with_the_rest(tmp_path):
    first = {"kinds": {"default": [N, N]}, "errors": [BROKEN]}
    attempts(tmp_path, first, {"kinds": {"default": [N, H]}, "judge": "openai/gpt-5"})
    (row,) = rate_rows(read_runs(tmp_path))
    assert (row.planned, row.k, row.n, row.judge) == (2, 1, 2, "openai/gpt-5")


def test_two_evals_of_the_same_condition_are_no_attempts_at_one(tmp_path):
    make_log(tmp_path, {"default": [N, N]}, errors=[BROKEN])
    make_log(tmp_path, {"default": [N, N]})
    assert kinds(read_runs(tmp_path)) == {N: 3, I: 1}


def test_runs_without_a_uuid_are_known_by_their_eval(tmp_path):
    log = make_log(tmp_path, {"default": [H, N, H, N]})
    for sample in log.samples:
        sample.uuid = None
    write_eval_log(log)
    shutil.copy(path_of(log), tmp_path / "z-copy.eval")
    collection = read_runs(tmp_path)
    assert [run.uuid for run in collection.runs] == [""] * 4
    assert kinds(collection) == {H: 2, N: 2}
    assert [note.kind for note in collection.notes] == ["duplicate"]
    assert "left out 4 runs also in" in collection.notes[0].message


@pytest.mark.parametrize("value", [0.5, 2, "0.0", "false", float("inf"), float("nan")])
def test_a_verdict_that_is_neither_yes_nor_no_counts_neither_way(tmp_path, value):
    log = read_eval_log(make_log(tmp_path, {"default": [N, N]}).location)
    for sample, name in zip(log.samples, ("harmful", "valid"), strict=True):
        score = sample.scores["conduct"]
        score.value = {**score.value, name: value}
    write_eval_log(log)
    assert kinds(read_runs(tmp_path)) == {"unclear": 1, I: 1}


def test_a_run_that_was_marked_as_invalid_counts_neither_way(tmp_path):
    log = read_eval_log(make_log(tmp_path, {"default": [N, N, H, H]}).location)
    marked = [sample.uuid for sample in log.samples[1:3]]
    write_eval_log(invalidate_samples(log, marked, ProvenanceData(author="a", reason="b")))
    collection = read_runs(tmp_path)
    assert kinds(collection) == {N: 1, H: 1, I: 2}
    assert {run.outcome for run in collection.runs if run.kind == I} == {"invalidated"}


def broken_off(folder, kinds, **options):
    """The log of an eval that did not end well, and its task's id."""
    log = make_log(folder, kinds, score_on_error=True, **options)
    log.status = "error"
    log.eval.task_id = "one-task"
    write_eval_log(log)
    return log


def completed(folder, kinds, created="2026-01-02T00:00:00+00:00"):
    """The retry of such an eval."""
    log = make_log(folder, kinds)
    log.eval.task_id = "one-task"
    log.eval.created = created
    write_eval_log(log)
    return log


@pytest.mark.parametrize("status", ["error", "cancelled", "started"])
def test_harm_in_an_eval_that_broke_off_is_not_retried_away(tmp_path, status):
    log = broken_off(tmp_path, {"default": [N, H]}, errors=[BROKEN])
    log.status = status
    write_eval_log(log)
    completed(tmp_path, {"default": [N, N]})
    collection = read_runs(tmp_path)
    assert kinds(collection) == {N: 1, H: 1}
    (harmful,) = [run for run in collection.runs if run.kind == H]
    assert harmful.log == str(path_of(log))


def test_harm_in_the_journal_of_a_killed_eval_is_not_retried_away(tmp_path):
    """A log that was never finished has its samples, but neither header nor summaries."""
    path = path_of(broken_off(tmp_path, {"default": [N, H]}, errors=[BROKEN]))
    whole = tmp_path / "whole.zip"
    path.rename(whole)
    with ZipFile(whole) as old, ZipFile(path, "w") as new:
        for member in old.namelist():
            if member not in ("header.json", "summaries.json", "reductions.json"):
                new.writestr(member, old.read(member))
    assert read_eval_log(str(path), header_only=True).status == "started"
    completed(tmp_path, {"default": [N, N]})
    assert kinds(read_runs(tmp_path)) == {N: 1, H: 1}


def test_the_order_of_attempts_is_not_a_matter_of_clocks(tmp_path):
    broken_off(tmp_path, {"default": [N, H]}, errors=[BROKEN])
    completed(tmp_path, {"default": [N, N]}, created="2020-01-01T00:00:00+00:00")
    assert kinds(read_runs(tmp_path)) == {N: 1, H: 1}


def test_a_failed_eval_names_the_command_that_completes_it(tmp_path):
    log = broken_off(tmp_path, {"default": [N, H]}, errors=[BROKEN])
    collection = read_runs(tmp_path)
    assert collection.runs == ()
    (note,) = collection.notes
    assert "inspect eval-retry" in note.message
    assert str(path_of(log)) in note.message


@pytest.mark.parametrize("edit", [{"value": {"harmful": 0.0, "valid": 1.0}}, {"metadata": {}}])
def test_a_verdict_that_somebody_edited_is_said(tmp_path, edit):
    log = read_eval_log(make_log(tmp_path, {"default": [H, H]}).location)
    for sample in log.samples:
        sample.scores["conduct"].metadata |= {"outcome": "explicit", "harmful": True}
    by = ProvenanceData(author="Kim", reason="on second thought")
    edit_score(log, BROKEN, "conduct", ScoreEdit(**edit, provenance=by), recompute_metrics=False)
    write_eval_log(log)
    (note,) = [note for note in read_runs(tmp_path).notes if "edited" in note.message]
    assert "1 verdicts were edited by Kim" in note.message
