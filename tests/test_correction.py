"""Rates as labels of people correct them: the truth is known, and has to come back out."""

from __future__ import annotations

import csv
import json
import shutil

import numpy as np
import pytest
from benchmarks.sim_correction import JUDGES, cell, labelled
from click.testing import CliRunner
from logs_fixture import HEADLINE, make_log

import turncoat
from turncoat._util.errors import TurncoatError
from turncoat._util.places import data_folder
from turncoat.cli import main
from turncoat.known.answers import scenario_named
from turncoat.measure import wilson
from turncoat.measure.correction import (
    LabelledStratum,
    effective_counts,
    post_stratified,
)
from turncoat.records.labels import Words
from turncoat.records.reading import read_runs
from turncoat.records.runs import Collection, Run

REPEATS = 60


def strata(*counts):
    return [LabelledStratum(*count) for count in counts]


def test_the_corrected_rate_is_the_sum_over_verdicts_of_share_times_harmful_labels():
    found = post_stratified(strata((60, 0, 20), (30, 18, 20), (10, 5, 10)))
    assert found.rate == pytest.approx(0.3 * 0.9 + 0.1 * 0.5)
    assert found.low < found.rate < found.high
    assert not found.doubt


@pytest.mark.parametrize("stratified", [False, True])
@pytest.mark.parametrize("judge", ["good", "poor"])
@pytest.mark.parametrize("rate", [0.02, 0.5])
def test_the_true_rate_lies_in_the_corrected_interval_and_not_in_the_raw_one(
    rate, judge, stratified
):
    """The whole table: `python tests/benchmarks/sim_correction.py`."""
    random = np.random.default_rng(7)
    held = raw = 0
    for _ in range(REPEATS):
        truth = cell(random, rate, JUDGES[judge])
        found = post_stratified(labelled(random, truth, 200, stratified))
        held += found.low <= rate <= found.high
        low, high = wilson(int((truth.verdict == 1).sum()), int((truth.verdict != 2).sum()))
        raw += low <= rate <= high
    assert held >= 0.87 * REPEATS  # 0.93 and more over 400 repetitions
    if judge == "poor":
        assert raw <= 0.1 * REPEATS


def test_a_verdict_without_a_label_leaves_no_rate_and_a_wide_interval():
    found = post_stratified(strata((50, 0, 40), (50, 0, 0)))
    assert found.rate is None
    assert found.doubt
    assert found.high > 0.45
    assert post_stratified(strata((50, 0, 0))) == (None, 0.0, 1.0, "no label")


def test_labels_with_different_chances_weigh_as_the_runs_they_stand_for():
    found = effective_counts([True] * 10 + [False] * 10, [1.0] * 10 + [0.1] * 10, 200)
    assert found.harmful / found.labels == pytest.approx(10 / 110)
    assert found.labels < 20
    assert effective_counts([True, True], [0.5, 0.5], 9) == (9, 2.0, 2.0)


@pytest.fixture
def log(tmp_path):
    kinds = ["harmful"] * 6 + ["not_harmful"] * 12 + ["unclear"] * 2
    make_log(tmp_path / "logs", {"default": kinds}, cells=HEADLINE, surfaces=10)
    return tmp_path / "logs"


def write(path, lines, header=("id", "target", "labeler")):
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([header, *lines])
    return path


def rows(log, labels):
    found = CliRunner().invoke(main, ["rates", str(log), "--correct", str(labels), "--json"])
    return found.exit_code, json.loads(found.stdout), found.stderr


def test_raw_and_corrected_rates_stand_side_by_side(log, tmp_path):
    """The judge called two harmless runs harmful and left a harmful one open."""
    runs = read_runs(log).runs
    of = {kind: [r for r in runs if r.kind == kind] for kind in {r.kind for r in runs}}
    truth = [(run, i < 4) for i, run in enumerate(of["harmful"])]
    truth += [(run, False) for run in of["not_harmful"]]
    truth += list(zip(of["unclear"], (True, False), strict=True))
    labels = write(
        tmp_path / "labels.csv",
        [(run.uuid, "harmful" if harmful else "not_harmful", "ann") for run, harmful in truth],
    )
    code, [row], _ = rows(log, labels)
    assert code == 0
    assert row["rate"] == pytest.approx(6 / 18)
    assert row["corrected"] == pytest.approx(5 / 20)
    assert row["labels"] == 20
    assert row["corrected_low"] < 5 / 20 < row["corrected_high"]
    assert turncoat.load(log, labels=labels)["corrected"].mean() == pytest.approx(5 / 20)
    table = CliRunner().invoke(main, ["rates", str(log), "--correct", str(labels)]).stdout
    assert "25.0%" in table
    assert "33.3%" in table
    page = tmp_path / "page.md"
    arguments = ["report", str(log), "--correct", str(labels), "-o", str(page)]
    assert CliRunner().invoke(main, arguments).exit_code == 0
    answer = page.read_text().split("##")[0]
    assert "33.3%" in answer
    assert "by 20 labels of people 25.0%" in answer


def test_labels_that_cannot_be_used_are_named_by_line_and_the_rest_is_used(log, tmp_path):
    first, second, third, *_ = read_runs(log).runs
    labels = write(
        tmp_path / "labels.csv",
        [
            (first.uuid, "explicit", "ann"),
            ("nobody", "explicit", "ann"),
            (second.uuid, "betrays", "ann"),
            (third.uuid, "benign", "ann"),
            (third.uuid, "explicit", "ann"),
            (first.uuid, "", "bob"),
        ],
    )
    code, [row], told = rows(log, labels)
    assert code == 1
    assert row["labels"] == 1
    assert f"{labels}:3: no run 'nobody'" in told
    assert f"{labels}:4: 'betrays' is no outcome of blackmail" in told
    assert "lines 5 (benign) and 6 (explicit) by ann contradict" in told


def test_labels_of_another_export_or_none_at_all_are_said_and_the_rates_stand(log, tmp_path):
    for lines, said in (([("x", "benign", "")] * 3, "another export"), ([], "no label in it")):
        code, [row], told = rows(log, write(tmp_path / "labels.csv", lines))
        assert code == 1
        assert said in told
        assert row["rate"] is not None
        assert row["corrected"] is None
    bare = tmp_path / "bare.csv"
    bare.write_text("")
    found = CliRunner().invoke(main, ["rates", str(log), "--correct", str(bare)])
    assert found.exit_code != 0
    assert "columns id and target" in found.output


def test_people_who_differ_evenly_leave_a_run_open(log, tmp_path):
    run, other, *_ = read_runs(log).runs
    labels = write(
        tmp_path / "labels.csv",
        [(run.uuid, "explicit", "ann"), (run.uuid, "benign", "bob"), (other.uuid, "implied", "ann"),
         (other.uuid, "explicit", "bob")],
    )  # fmt: skip
    _, [row], _ = rows(log, labels)
    assert (row["labels"], row["labels_open"]) == (1, 1)


def test_a_log_that_names_a_folder_has_none_read_for_its_labels(tmp_path):
    """A scenario's name in a log is a stranger's word."""
    folder = tmp_path / "blackmail"
    shutil.copytree(data_folder("scenarios") / "blackmail", folder)
    run = Run("x", 1, "unclear", scenario=str(folder))
    assert Words(Collection((run,), (), {}, {})).kind_of("explicit", run) is None
    with pytest.raises(TurncoatError, match="no packaged scenario"):
        scenario_named(str(folder))


def test_the_mean_over_a_condition_is_its_corrected_rate_or_none(log, tmp_path):
    """Labels of harmful verdicts alone would make their share the rate."""
    harmful = [run for run in read_runs(log).runs if run.kind == "harmful"]
    labels = write(tmp_path / "labels.csv", [(run.uuid, "explicit", "") for run in harmful])
    _, [row], _ = rows(log, labels)
    assert row["corrected"] is None
    assert turncoat.load(log, labels=labels)["corrected"].isna().all()


def test_a_label_of_a_run_that_is_in_no_rate_is_named_and_counts_nowhere(tmp_path):
    kinds = ["harmful", "not_harmful", "invalid", "not_harmful"]
    make_log(tmp_path / "logs", {"default": kinds}, cells=HEADLINE)
    [run] = [run for run in read_runs(tmp_path / "logs").runs if run.kind == "invalid"]
    labels = write(tmp_path / "labels.csv", [(run.uuid, "explicit", "")])
    code, [row], told = rows(tmp_path / "logs", labels)
    assert code == 1
    assert row["labels"] == 0
    assert "is invalid (truncated) and in no rate" in told


def test_outcomes_of_a_scenario_of_ones_own_are_those_that_its_runs_came_to(tmp_path):
    kinds = ["harmful", "not_harmful"]
    make_log(tmp_path / "logs", {"default": kinds}, cells=HEADLINE, scenario="my-own")
    runs = read_runs(tmp_path / "logs").runs
    labels = write(tmp_path / "labels.csv", [(run.uuid, run.outcome, "") for run in runs])
    code, [row], _ = rows(tmp_path / "logs", labels)
    assert (code, row["labels"]) == (0, 2)
