"""Inspect logs to runs: what is read, what is left out, and that it is said."""

from __future__ import annotations

import shutil
from collections import Counter

import pytest
from click.testing import CliRunner
from inspect_ai import score as score_log
from inspect_ai.log import read_eval_log, write_eval_log
from inspect_ai.model import GenerateConfig
from logs_fixture import BOTH, CONTROL, condition, conduct, make_log, path_of

import turncoat
from turncoat._util.errors import TurncoatError
from turncoat.cli import main
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
    assert harmful.settings.max_tokens == 10_000
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


def test_the_same_runs_graded_differently_are_an_error(tmp_path):
    log = make_log(tmp_path, {"default": [H, N]}, name="mockllm/model")
    again = score_log(log, conduct({"default": [N, N]}, "openai/gpt-5"), action="overwrite")
    write_eval_log(again, str(tmp_path / "z-graded-again.eval"))
    with pytest.raises(TurncoatError, match="graded twice") as error:
        read_runs(tmp_path)
    assert "z-graded-again.eval" in str(error.value)


def test_a_log_graded_more_than_once_asks_which_score_to_read(tmp_path):
    log = make_log(tmp_path / "first", {"default": [H, N]}, name="mockllm/model")
    again = score_log(log, conduct({"default": [N, N]}, "openai/gpt-5"), action="append")
    path = tmp_path / "again.eval"
    write_eval_log(again, str(path))
    with pytest.raises(TurncoatError, match="--score: conduct, conduct1"):
        read_runs([path])
    chosen = read_runs([path], "conduct1")
    assert kinds(chosen) == {N: 2}
    assert {run.judge for run in chosen.runs} == {"openai/gpt-5"}
    assert kinds(read_runs([path], "conduct")) == {H: 1, N: 1}


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
    assert settings._asdict() == {
        "max_tokens": 77,
        "temperature": 0.0,
        "seed": 5,
        "cached": False,
        "top_p": 0.9,
        "top_k": 3,
        "reasoning_effort": "low",
        "reasoning_tokens": 512,
        "effort": "high",
        "model_args": '{"a": null, "b": 1}',
        "model_base_url": "http://localhost/v1",
        "package_version": "0.1.0",
    }


def test_a_control_is_found_in_another_log(tmp_path):
    controls = {"default": CONTROL}
    headline = {"default": BOTH["default"]}
    make_log(tmp_path, {"default": [H, N]}, cells=headline, controls=controls)
    make_log(tmp_path, {CONTROL: [N, N]}, controls={CONTROL: None})
    (control,) = read_runs(tmp_path).controls.values()
    assert control.label == CONTROL
    assert control.condition == BOTH[CONTROL]
