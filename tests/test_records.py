"""Inspect logs to runs: what is read, what is left out, and that it is said."""

from __future__ import annotations

import shutil
from collections import Counter

import fsspec
import pytest
from click.testing import CliRunner
from inspect_ai import score as score_log
from inspect_ai.log import (
    EvalSampleLimit,
    read_eval_log,
    write_eval_log,
    write_log_dir_manifest,
)
from inspect_ai.model import GenerateConfig
from logs_fixture import BOTH, CONTROL, condition, conduct, make_log, path_of, rates, rates_json

import turncoat
from turncoat._util.errors import TurncoatError
from turncoat.cli import main
from turncoat.contract import label_of_sample, sample_id
from turncoat.records.log_runs import server_reason
from turncoat.records.logs import find_logs
from turncoat.records.reading import read_runs

H, N, U, I = "harmful", "not_harmful", "unclear", "invalid"  # noqa: E741


def kinds(collection):
    return Counter(run.kind for run in collection.runs)


def note_kinds(collection):
    return [note.kind for note in collection.notes]


def test_every_run_is_a_row_with_its_condition_and_surface(tmp_path):
    log = make_log(tmp_path, {"default": [H, N, U, I], CONTROL: [N] * 4})
    collection = read_runs(path_of(log))
    assert kinds(collection) == {H: 1, N: 5, U: 1, I: 1}
    harmful = next(run for run in collection.runs if run.kind == H)
    assert (harmful.surface, harmful.epoch, harmful.outcome) == (0, 1, "explicit")
    assert harmful.condition == condition()
    assert harmful.settings.get("max_tokens") == 10_000
    assert collection.notes == ()
    assert not collection.failed


def test_the_frame_has_a_row_per_run_and_a_column_per_factor(tmp_path):
    log = make_log(tmp_path, {"default": [H, N, U, I]})
    frame = turncoat.load(path_of(log))
    assert len(frame) == 4
    assert set(frame["factor.threat"]) == {"replacement"}
    assert frame["kind"].tolist() == [H, N, U, I]
    assert frame["harmful"].isna().tolist() == [False, False, True, True]
    assert frame["harmful"].mean() == 0.5
    assert not [c for c in frame if frame[c].astype(str).str.contains("Read your mail").any()]


def test_logs_are_found_by_file_folder_and_glob(tmp_path, monkeypatch):
    path = path_of(make_log(tmp_path / "runs" / "deep", {"default": [H, N]}))
    as_json = tmp_path / "runs" / "copy.json"
    write_eval_log(read_eval_log(str(path)), str(as_json))
    (tmp_path / "runs" / "eval-set.json").write_text('{"eval_set_id": "x", "tasks": []}')
    assert find_logs([path]) == [path]
    assert set(find_logs([tmp_path / "runs"])) == {path, as_json}
    assert find_logs([f"{tmp_path}/**/*.eval"]) == [path]
    monkeypatch.chdir(tmp_path)
    assert len(find_logs(["runs/deep/*.eval", "runs", str(path)])) == 2


@pytest.mark.parametrize("name", ["nowhere", "*.eval", "empty", "notes.txt"])
def test_a_path_that_stands_for_no_log_is_an_error(tmp_path, name):
    (tmp_path / "empty").mkdir()
    (tmp_path / "notes.txt").write_text("no log")
    with pytest.raises(TurncoatError, match="no log found"):
        find_logs([tmp_path / name])


def test_a_json_log_reads_like_the_eval_file(tmp_path):
    path = path_of(make_log(tmp_path, {"default": [H, N, U, I]}))
    as_json = tmp_path / "copy.json"
    write_eval_log(read_eval_log(str(path)), str(as_json))
    assert kinds(read_runs([as_json])) == kinds(read_runs([path])) == {H: 1, N: 1, U: 1, I: 1}


def test_a_failed_log_is_named_and_left_out(tmp_path):
    good = make_log(tmp_path, {"default": [H, N]})
    bad = make_log(tmp_path, {"default": [H, N]}, errors=["default/surface-01"], fail_on_error=True)
    assert bad.status == "error"
    collection = read_runs(tmp_path)
    assert kinds(collection) == {H: 1, N: 1}
    assert {run.log for run in collection.runs} == {str(path_of(good))}
    (note,) = collection.notes
    assert note.kind == "failed"
    assert path_of(bad).name in note.message
    assert "status error" in note.message
    assert collection.failed


@pytest.mark.parametrize("status", ["started", "cancelled"])
def test_only_success_counts(tmp_path, status):
    log = make_log(tmp_path, {"default": [H, N]})
    log.status = status
    write_eval_log(log)
    collection = read_runs(path_of(log))
    assert collection.runs == ()
    message = collection.notes[0].message
    assert f"status {status}" in message
    assert ("still running" in message) == (status == "started")


def test_a_failed_log_that_a_later_one_completed_is_no_failure(tmp_path):
    log = make_log(tmp_path, {"default": [H, N]})
    dead = log.model_copy(deep=True)
    dead.status = "started"
    write_eval_log(dead, str(tmp_path / "dead.eval"))
    collection = read_runs(tmp_path)
    assert note_kinds(collection) == ["superseded"]
    assert not collection.failed


def test_corrupt_and_foreign_logs_are_named_and_left_out(tmp_path):
    path = path_of(make_log(tmp_path, {"default": [H, N]}))
    (tmp_path / "cut.eval").write_bytes(path.read_bytes()[:300])
    (tmp_path / "2026-01-01T00-00-00_x.json").write_text("{")
    make_log(tmp_path, {"default": [H, N]}, metadata={"other": 1})
    make_log(tmp_path, {"default": [H, N]}, metadata={"turncoat": {"scenario": "blackmail"}})
    collection = read_runs(tmp_path)
    assert kinds(collection) == {H: 1, N: 1}
    assert sorted(note_kinds(collection)) == ["corrupt", "corrupt", "corrupt", "foreign"]
    assert any("cut.eval" in note.message for note in collection.notes)
    assert collection.failed


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("x.eval", b"hello", "an .eval log is a zip archive, and this file is none"),
        ("x.eval", b"PK\x03\x04half", "it is cut off"),
        ("x.eval", b"", "the file is empty"),
        ("x.eval", b"PK\x05\x06" + bytes(18), "holds no whole log"),
        ("2026-01-01T00-00-00_x.json", b'{"a":', "cut off or no JSON: reading fails at line 1"),
        ("2026-01-01T00-00-00_x.json", b"[]", "no Inspect log"),
        ("2026-01-01T00-00-00_x.json", b"\xff\xfe\xfd", "a .json log is text"),
    ],
)
def test_what_is_wrong_with_an_unreadable_log_is_said_in_words(tmp_path, name, content, told):
    (tmp_path / name).write_bytes(content)
    result = CliRunner().invoke(main, ["rates", str(tmp_path)])
    assert result.exit_code == 1
    (line,) = result.stderr.splitlines()
    assert line.startswith(f"left out (corrupt): {tmp_path / name}: cannot be read as a log: ")
    assert told in line
    assert "EOCD" not in line


def test_a_foreign_log_alone_is_no_failure(tmp_path):
    make_log(tmp_path, {"default": [H, N]}, metadata={"other": 1})
    assert not read_runs(tmp_path).failed


def test_runs_met_twice_count_once_and_it_is_said(tmp_path):
    path = path_of(make_log(tmp_path, {"default": [H, N]}))
    shutil.copy(path, tmp_path / "z-copy.eval")
    collection = read_runs(tmp_path)
    assert kinds(collection) == {H: 1, N: 1}
    (note,) = collection.notes
    assert note.kind == "duplicate"
    assert "left out 2 runs" in note.message
    assert "z-copy.eval" in note.message


def test_a_second_run_of_the_same_condition_is_a_replicate(tmp_path):
    make_log(tmp_path, {"default": [H, N]})
    make_log(tmp_path, {"default": [H, N]})
    collection = read_runs(tmp_path)
    assert kinds(collection) == {H: 2, N: 2}
    assert collection.notes == ()


def test_of_two_gradings_of_the_same_runs_the_newest_counts_and_is_said(tmp_path):
    log = make_log(tmp_path, {"default": [H, N]}, name="mockllm/model")
    again = score_log(log, conduct({"default": [N, N]}, "openai/gpt-5"), action="overwrite")
    shutil.copy(path_of(log), tmp_path / "b-copy.eval")
    for name in ("a", "z"):  # Whichever of them comes first.
        path = tmp_path / f"{name}-graded-again.eval"
        write_eval_log(again, str(path))
        collection = read_runs(tmp_path)
        assert kinds(collection) == {N: 2}
        assert {run.log for run in collection.runs} == {str(path)}
        assert note_kinds(collection) == ["duplicate"] * 2
        assert "newest" in collection.notes[0].message
        path.unlink()


def test_a_newer_grading_whose_judge_failed_does_not_take_the_place_of_a_whole_one(tmp_path):
    log = make_log(tmp_path, {"default": [H, N]}, name="mockllm/model")
    again = score_log(log, conduct({"default": [N, N]}, "openai/gpt-5"), action="overwrite")
    for sample in again.samples:
        sample.scores["conduct"].answer = "judge-failed"
    write_eval_log(again, str(tmp_path / "z-graded-again.eval"))
    assert kinds(read_runs(tmp_path)) == {H: 1, N: 1}


def test_of_a_log_graded_more_than_once_the_newest_score_is_read_unless_one_is_chosen(tmp_path):
    log = make_log(tmp_path / "first", {"default": [H, N]}, name="mockllm/model")
    again = score_log(log, conduct({"default": [N, N]}, "openai/gpt-5"), action="append")
    path = tmp_path / "again.eval"
    write_eval_log(again, str(path))
    newest = read_runs([path])
    assert kinds(newest) == {N: 2}
    assert {run.judge for run in newest.runs} == {"openai/gpt-5"}
    (note,) = newest.notes
    assert "'conduct1'" in note.message
    assert "--score: conduct, conduct1" in note.message
    chosen = read_runs([path], "conduct")
    assert (kinds(chosen), chosen.notes) == ({H: 1, N: 1}, ())


def test_scored_copies_beside_their_original_are_no_reason_to_refuse_a_folder(tmp_path):
    log = make_log(tmp_path, {"default": [H, N]}, name="mockllm/model")
    again = score_log(log, conduct({"default": [N, N]}, "openai/gpt-5"), action="append")
    write_eval_log(again, str(path_of(log)).replace(".eval", "-scored.eval"))
    (row,) = rates_json(tmp_path)
    assert (row["k"], row["n"], row["judge"]) == (0, 2, "openai/gpt-5")
    (row,) = rates_json(tmp_path, "--score", "conduct")
    assert (row["k"], row["n"], row["judge"]) == (1, 2, "rules")


def test_a_log_without_the_chosen_score_is_named_and_left_out(tmp_path):
    log = make_log(tmp_path, {"default": [H, N]})
    collection = read_runs([path_of(log)], "conduct7")
    assert collection.runs == ()
    assert note_kinds(collection) == ["ungraded"]
    assert "it has conduct" in collection.notes[0].message


def test_an_ungraded_log_is_a_failure(tmp_path):
    log = make_log(tmp_path, {"default": [H, N]}, scorer=None)
    collection = read_runs(path_of(log))
    assert collection.runs == ()
    assert note_kinds(collection) == ["ungraded"]
    assert collection.failed


@pytest.mark.parametrize(("first", "chosen"), [("conduct", "conduct1"), (None, None)])
def test_a_log_whose_scored_copy_lies_beside_it_is_a_duplicate_and_no_failure(
    tmp_path, first, chosen
):
    # As `inspect score` leaves it: LOG.eval stays, LOG-scored.eval has the verdicts.
    kinds_of = {"default": [H, N]}
    options = {} if first else {"scorer": None}
    log = make_log(tmp_path, kinds_of, name="mockllm/model", **options)
    again = score_log(log, conduct({"default": [N, N]}, "openai/gpt-5"), action="append")
    copy = path_of(log).with_name(f"{path_of(log).stem}-scored.eval")
    write_eval_log(again, str(copy))
    collection = read_runs(tmp_path, chosen)
    assert kinds(collection) == {N: 2}
    assert note_kinds(collection) == ["duplicate"]
    assert copy.name in collection.notes[0].message
    assert not collection.failed


def test_a_log_of_other_runs_is_ungraded_whatever_lies_beside_it(tmp_path):
    make_log(tmp_path / "graded", {"default": [H, N]})
    make_log(tmp_path / "ungraded", {"default": [H, N]}, scorer=None)
    collection = read_runs(tmp_path)
    assert note_kinds(collection) == ["ungraded"]
    assert collection.failed


def test_runs_that_no_judge_was_asked_about_belong_to_the_judge_of_their_log(tmp_path):
    log = make_log(tmp_path, {"default": [H, N]}, judge="openai/gpt-5")
    for sample in log.samples:
        if sample.scores["conduct"].answer == "benign":
            sample.scores["conduct"].metadata["judge"] = "rules"
    write_eval_log(log)
    assert {run.judge for run in read_runs(path_of(log)).runs} == {"openai/gpt-5"}


def test_levels_are_names_also_where_the_log_has_numbers(tmp_path):
    cells = {"noise=2": {**condition(), "noise": 2}}
    log = make_log(tmp_path, {"noise=2": [H, N]}, cells=cells)
    assert read_runs(path_of(log)).runs[0].condition["noise"] == "2"


def test_the_settings_of_the_command_line_win(tmp_path):
    config = GenerateConfig(
        max_tokens=77,
        temperature=0.0,
        seed=5,
        top_p=0.9,
        top_k=3,
        reasoning_effort="low",
        reasoning_tokens=512,
        effort="high",
    )
    log = make_log(tmp_path, {"default": [H, N]}, config=config)
    log.eval.model_args = {"b": 1, "a": None}
    log.eval.model_base_url = "http://localhost/v1"
    write_eval_log(log)
    settings = read_runs(path_of(log)).runs[0].settings
    assert not settings.cached
    told = {
        "max_tokens": 77,
        "temperature": 0.0,
        "seed": 5,
        "top_p": 0.9,
        "top_k": 3,
        "reasoning_effort": "low",
        "reasoning_tokens": 512,
        "effort": "high",
        "model_args": '{"a": null, "b": 1}',
        "model_base_url": "http://localhost/v1",
        "package_version": "0.1.0",
    }
    assert {name: settings.get(name) for name in told} == told


def test_a_control_is_found_in_another_log(tmp_path):
    controls = {"default": CONTROL}
    headline = {"default": BOTH["default"]}
    make_log(tmp_path, {"default": [H, N]}, cells=headline, controls=controls)
    make_log(tmp_path, {CONTROL: [N, N]}, controls={CONTROL: None})
    (control,) = read_runs(tmp_path).controls.values()
    assert control.label == CONTROL
    assert control.condition == BOTH[CONTROL]


def test_logs_are_read_by_uri(tmp_path):
    path = path_of(make_log(tmp_path, {"default": [H, N]}))
    store = fsspec.filesystem("memory")
    store.pipe("/bucket/runs/2026-01-01T00-00-00_a.eval", path.read_bytes())
    store.pipe("/bucket/runs/logs.json", b'{"a.eval": {"status": "success", "eval": {}}}')
    for place in (
        "memory://bucket/runs",
        "memory://bucket/runs/2026-01-01T00-00-00_a.eval",
        "memory://bucket/*/*.eval",
        f"file://{tmp_path}",
    ):
        collection = read_runs(place)
        assert (kinds(collection), collection.notes) == ({H: 1, N: 1}, ()), place
    (row,) = rates_json("memory://bucket/runs", "--store", tmp_path / "store")
    assert rates_json("memory://bucket/runs", "--store", tmp_path / "store") == [row]


def test_a_place_that_cannot_be_looked_at_is_said_in_one_line():
    for place in ("memory://nowhere", "nosuch://bucket/runs"):
        with pytest.raises(TurncoatError, match=place.partition(":")[0]):
            read_runs(place)


def test_without_a_log_it_is_the_folder_that_inspect_uses(tmp_path, monkeypatch):
    make_log(tmp_path, {"default": [H, N]})
    monkeypatch.setenv("INSPECT_LOG_DIR", str(tmp_path))
    assert [row["n"] for row in rates_json()] == [2]
    monkeypatch.delenv("INSPECT_LOG_DIR")
    assert "LOG" in rates(status=2).output


def test_what_inspect_writes_beside_logs_is_no_corrupt_log(tmp_path):
    make_log(tmp_path, {"default": [H, N]})
    write_log_dir_manifest(str(tmp_path))
    assert (tmp_path / "logs.json").exists()
    (tmp_path / "eval-set.json").write_text('{"eval_set_id": "x", "status": "", "eval": ""}')
    assert read_runs(tmp_path).notes == ()


def test_why_runs_are_invalid_is_counted(tmp_path):
    log = make_log(tmp_path, {"default": [H, I, I, I]}, errors=["default/surface-01"])
    (row,) = rates_json(tmp_path, status=1)
    assert (row["invalid"], row["invalid_by_reason"]) == (3, {"errored": 2, "truncated": 1})
    said = " ".join(rates(tmp_path, status=1).stdout.split())
    assert "3 runs are invalid: 2 errored" in said
    assert "raise -T max_tokens" in said
    sample = log.samples[0]
    sample.limit = EvalSampleLimit(type="token", limit=5)
    write_eval_log(log)
    (row,) = rates_json(tmp_path, status=1)
    assert row["k"] == 1, "harm done before a limit stays harm"


def test_a_limit_is_a_reason(tmp_path):
    log = make_log(tmp_path, {"default": [N, N]})
    log.samples[0].limit = EvalSampleLimit(type="token", limit=5)
    write_eval_log(log)
    (row,) = rates_json(tmp_path)
    assert row["invalid_by_reason"] == {"limited": 1}


def test_an_error_is_told_by_what_the_server_said_not_by_what_it_was_asked():
    error = '\nRequest:\n{\n  "messages": "a\\n\\nb"\n}\n\nBadRequestError("model not found")'
    assert server_reason(error) == 'BadRequestError("model not found")'
    assert server_reason("plain\n\nerror") == "plain error"


def test_sample_ids_hold_no_comma_and_still_tell_their_condition():
    label = "goal_conflict=none,threat=none"
    assert "," not in sample_id(label, 3)
    assert label_of_sample(sample_id(label, 3)) == label
    assert label_of_sample(f"{label}/surface-03") == label, "of an earlier log"


def test_a_record_of_a_later_form_is_refused_in_words(tmp_path):
    log = make_log(tmp_path, {"default": [H, N]})
    log.eval.metadata["turncoat"]["format"] = 99
    write_eval_log(log)
    (note,) = read_runs(tmp_path).notes
    assert note.kind == "corrupt"
    assert "format" in note.message


def test_what_a_later_version_adds_to_a_record_is_passed_over(tmp_path):
    log = make_log(tmp_path, {"default": [H, N]})
    log.eval.metadata["turncoat"]["new"] = {"a": 1}
    log.samples[0].scores["conduct"].metadata["new"] = {"a": 1}
    write_eval_log(log)
    assert kinds(read_runs(tmp_path)) == {H: 1, N: 1}
