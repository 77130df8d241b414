"""The Parquet store: the same runs as from the logs, made anew only where a log has changed."""

from __future__ import annotations

import os

import pytest
from inspect_ai import score as score_log
from inspect_ai.log import read_eval_log, write_eval_log
from logs_fixture import CONTROL, conduct, make_log, path_of, rates, rates_json

import turncoat
from turncoat.records import read_runs

H, N, U, I = "harmful", "not_harmful", "unclear", "invalid"  # noqa: E741


def files(store):
    return {file.name: file.stat().st_mtime_ns for file in store.glob("*.parquet")}


def make_two(folder):
    first = make_log(
        folder, {"default": [H, N, U, I], CONTROL: [N] * 4}, errors=["default/surface-00"]
    )
    second = make_log(folder, {"default": [H, H]}, name="lab/other")
    return path_of(first), path_of(second)


def test_runs_and_notes_are_the_same_from_the_store_as_from_the_logs(tmp_path):
    make_two(tmp_path / "logs")
    fresh = read_runs(tmp_path / "logs")
    for _ in range(2):
        assert read_runs(tmp_path / "logs", store=tmp_path / "store") == fresh
    assert len(files(tmp_path / "store")) == 2
    with pytest.warns(UserWarning, match="ended in an error"):
        frame = turncoat.load(tmp_path / "logs", store=tmp_path / "store")
    assert frame["kind"].tolist() == [run.kind for run in fresh.runs]


def test_only_a_log_that_changed_is_read_again(tmp_path):
    logs, store = tmp_path / "logs", tmp_path / "store"
    changed, same = make_two(logs)
    rates(logs, "--store", store, status=1)
    before = files(store)
    log = read_eval_log(str(changed))
    log.eval.model = "lab/renamed"
    write_eval_log(log)
    assert "lab/renamed" in {row["model"] for row in rates_json(logs, "--store", store, status=1)}
    after = files(store)
    assert {name for name in after if after[name] != before[name]} == {
        name for name in after if name.startswith(changed.stem)
    }
    assert any(name.startswith(same.stem) for name in after)


def test_a_store_holds_every_score_and_no_prompt(tmp_path):
    logs, store = tmp_path / "logs", tmp_path / "store"
    log = make_log(logs, {"default": [H, N]}, name="mockllm/model")
    again = score_log(log, conduct({"default": [N, N]}), action="append", display="none")
    write_eval_log(again, str(path_of(log)))
    for _ in range(2):
        (row,) = rates_json(logs, "--store", store, "--score", "conduct1")
        assert row["k"] == 0
        (row,) = rates_json(logs, "--store", store, "--score", "conduct")
        assert row["k"] == 1
    assert {run.kind for run in read_runs(logs, store=store).runs} == {N}
    for file in store.glob("*.parquet"):
        assert b"Read your mail" not in file.read_bytes()


def test_half_a_file_is_made_anew(tmp_path):
    logs, store = tmp_path / "logs", tmp_path / "store"
    make_log(logs, {"default": [H, N]})
    first = rates_json(logs, "--store", store)
    (file,) = store.glob("*.parquet")
    whole = file.read_bytes()
    for broken in (b"", whole[:100], whole[:-20], whole.replace(b'"format":1', b'"format":0')):
        file.write_bytes(broken)
        assert rates_json(logs, "--store", store) == first
        (file,) = store.glob("*.parquet")
        assert file.stat().st_size >= len(whole) - 20


def test_failed_logs_are_not_stored_and_are_named_every_time(tmp_path):
    logs, store = tmp_path / "logs", tmp_path / "store"
    log = make_log(logs, {"default": [H, N]})
    log.status = "error"
    write_eval_log(log)
    for _ in range(2):
        assert "did not end well" in rates(logs, "--store", store, status=1).stderr
    assert not files(store)


def test_a_store_that_cannot_be_made_is_said_in_one_line(tmp_path):
    make_log(tmp_path / "logs", {"default": [H, N]})
    blocked = tmp_path / "file"
    blocked.write_text("")
    said = rates(tmp_path / "logs", "--store", blocked / "store", status=2).stderr
    assert said.count("\n") == 1
    assert "--store" in said


def test_a_log_copied_elsewhere_is_looked_up_by_where_it_lies(tmp_path, monkeypatch):
    logs, store = tmp_path / "logs", tmp_path / "store"
    path = path_of(make_log(logs, {"default": [H, N]}))
    read_runs(logs, store=store)
    monkeypatch.chdir(tmp_path)
    (run, _) = read_runs(os.path.relpath(path, tmp_path), store=store).runs
    assert run.log == os.path.relpath(path, tmp_path)
    assert len(files(store)) == 1
