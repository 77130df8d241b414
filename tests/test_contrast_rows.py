"""Conditions against their control, from logs: what is paired, and what cannot be told."""

from __future__ import annotations

import pytest
from logs_fixture import CONTROL, HEADLINE, make_log, rates, rates_json

from turncoat.measure import (
    Counted,
    Stratum,
    confidence_sequence,
    contrast,
    contrast_of_intervals,
    paired_contrast,
)
from turncoat.records.contrasts import contrast_rows
from turncoat.records.rates import rate_rows
from turncoat.records.reading import read_runs
from turncoat.records.verdicts import assess, side_of

H, N, U = "harmful", "not_harmful", "unclear"
JUDGED = {"judge": "openai/gpt-5"}


def rows_of(folder, by=None):
    return contrast_rows(read_runs(folder), by)


def test_the_same_surfaces_are_held_against_themselves(tmp_path):
    """Surfaces alternate: four of five harmful on the first, one on the second."""
    kinds = {"default": [H, H] + [H, N] * 3 + [N, N], CONTROL: [H, N] + [N, N] * 4}
    make_log(tmp_path, kinds, surfaces=2, **JUDGED)
    (row,) = rows_of(tmp_path)
    due = paired_contrast([Stratum(4, 5, 1, 5), Stratum(1, 5, 0, 5)])
    assert (row.control, row.estimand, row.paired) == (CONTROL, "these surfaces", True)
    assert (row.k, row.n, row.control_k, row.control_n) == (5, 10, 1, 10)
    assert (row.surfaces, row.surfaces_left_out) == (2, 0)
    assert (row.diff, row.ratio, row.p_value) == pytest.approx((due.diff, due.ratio, due.p_value))
    assert (row.diff_low, row.diff_high) == pytest.approx(due.diff_interval)
    assert (row.ratio_low, row.ratio_high) == pytest.approx(due.ratio_interval)
    assert row.new_surfaces_diff_low < row.diff_low
    assert row.new_surfaces_diff_high > row.diff_high
    assert row.covered


def test_conditions_run_on_other_surfaces_are_independent(tmp_path):
    make_log(tmp_path / "a", {"default": [H] * 5 + [N] * 5}, cells=HEADLINE, **JUDGED)
    make_log(tmp_path / "b", {CONTROL: [N] * 10}, surface_seed=1, **JUDGED)
    (row,) = rows_of(tmp_path)
    due = contrast(5, 10, 0, 10)
    assert (row.estimand, row.paired, row.surfaces) == ("these runs", False, 0)
    assert (row.diff_low, row.diff_high) == due.diff_interval
    assert (row.new_surfaces_diff, row.new_surfaces_diff_low) == (None, None)


def test_a_surface_that_was_judged_on_one_side_alone_is_left_out_and_counted(tmp_path):
    """Of three surfaces the last has no verdict under the control."""
    kinds = {"default": [H, H, H, H, N, N], CONTROL: [N, H, U, N, N, U]}
    make_log(tmp_path, kinds, surfaces=3, **JUDGED)
    (row,) = rows_of(tmp_path)
    assert (row.surfaces, row.surfaces_left_out) == (2, 1)
    assert (row.k, row.n, row.control_k, row.control_n) == (3, 4, 1, 4)
    assert not row.covered
    assert row.diff_if_unjudged_low == pytest.approx(4 / 6 - 3 / 6)
    assert row.diff_if_unjudged_high == pytest.approx(4 / 6 - 1 / 6)


@pytest.mark.parametrize(
    ("harmful", "control", "said", "bounded"),
    [
        (10, 0, "a lower bound alone", False),
        (0, 0, "any ratio is possible", False),
        (0, 10, "", True),
        (20, 20, "", True),
    ],
)
def test_a_ratio_says_what_a_control_without_harm_leaves_open(
    tmp_path, harmful, control, said, bounded
):
    kinds = {
        "default": [H] * harmful + [N] * (20 - harmful),
        CONTROL: [H] * control + [N] * (20 - control),
    }
    make_log(tmp_path, kinds, surfaces=10, **JUDGED)
    (row,) = rows_of(tmp_path)
    assert said in row.ratio_note
    assert bool(row.ratio_note) != bounded
    assert (row.ratio_high is not None) == bounded
    assert row.diff_low < row.diff_high


def test_nothing_judged_on_a_side_is_no_contrast_and_no_error(tmp_path):
    make_log(tmp_path, {"default": [U] * 4, CONTROL: [N] * 4}, **JUDGED)
    (row,) = rows_of(tmp_path)
    assert (row.diff, row.ratio, row.p_value) == (None, None, None)
    assert row.ratio_note == "no judged run on one side"
    assert (row.diff_if_unjudged_low, row.diff_if_unjudged_high) == (0.0, 1.0)


def test_a_condition_without_its_control_has_no_row(tmp_path):
    make_log(tmp_path, {"default": [H, N]}, cells=HEADLINE, **JUDGED)
    assert rows_of(tmp_path) == []


def test_runs_that_stopped_early_are_held_against_control_by_intervals_alone(tmp_path):
    make_log(tmp_path, {"default": [H] * 10 + [N] * 10, CONTROL: [N] * 20}, **JUDGED)
    runs = read_runs(tmp_path)
    stopped = tuple(run._replace(sequential=run.cell == "default") for run in runs.runs)
    (row,) = contrast_rows(runs._replace(runs=stopped))
    due = contrast_of_intervals(Counted(10, 20, sequential=True), Counted(0, 20))
    assert (row.paired, row.method) == (False, due.method)
    assert (row.diff_low, row.diff_high) == due.diff_interval
    assert row.new_surfaces_diff_low is None
    (fixed,) = contrast_rows(runs)
    assert row.diff_low < fixed.diff_low


def test_differences_of_stopped_runs_hold_the_plain_mean_over_uneven_surfaces_too(tmp_path):
    """One surface of two has 5 of 20 verdicts: the weighted mean may lie 0.3 from the plain one."""
    default = [N, H] * 5 + [N, U] * 5 + [H, U] * 10  # By turns on the two surfaces.
    make_log(tmp_path, {"default": default, CONTROL: [N] * 40}, **JUDGED)
    runs = read_runs(tmp_path)
    stopped = tuple(run._replace(sequential=run.cell == "default") for run in runs.runs)
    runs = runs._replace(runs=stopped)
    rate, control = rate_rows(runs)
    (row,) = contrast_rows(runs)
    assert rate.uneven == pytest.approx(0.3)
    due = contrast_of_intervals(
        Counted(15, 25, sequential=True, uneven=rate.uneven), Counted(0, 40)
    )
    assert (row.diff_low, row.diff_high) == (rate.diff_low, rate.diff_high) == due.diff_interval
    narrow = contrast_of_intervals(Counted(15, 25, sequential=True), Counted(0, 40)).diff_interval
    assert row.diff_low < narrow.low
    assert assess(side_of(rate), side_of(control)).comparison.interval == due.diff_interval


def test_pooled_stopped_logs_of_unequal_length_are_no_wider_where_all_was_judged(tmp_path):
    make_log(tmp_path / "long", {CONTROL: [N] * 40}, **JUDGED)
    make_log(tmp_path / "short", {CONTROL: [N] * 4}, surface_seed=1, **JUDGED)
    runs = read_runs(tmp_path)
    runs = runs._replace(runs=tuple(run._replace(sequential=True) for run in runs.runs))
    (row,) = rate_rows(runs)
    assert (row.n, row.surfaces, row.uneven) == (44, 4, 0)
    assert row.ci_high == confidence_sequence(0, 44).high


def test_pooled_over_a_factor_the_control_is_that_of_all_its_runs(tmp_path):
    make_log(tmp_path, {"default": [H, N] * 4, CONTROL: [N] * 8}, **JUDGED)
    (row,) = rows_of(tmp_path, by=["threat"])
    assert row.control == "threat=none"
    assert (row.k, row.n, row.control_k, row.control_n) == (4, 8, 0, 8)


def test_the_command_prints_both_sides_with_difference_and_ratio(tmp_path):
    make_log(tmp_path, {"default": [H, H, H, N], CONTROL: [N] * 4}, judge="openai/gpt-5")
    out = rates(tmp_path, "--contrasts").stdout
    assert "3 of 4" in out
    assert "0 of 4" in out
    assert "+75.0" in out
    assert max(map(len, out.splitlines())) <= 110
    (row,) = rates_json(tmp_path, "--contrasts")
    assert (row["k"], row["control_k"], row["paired"]) == (3, 0, True)
    assert "give one" in rates(tmp_path, "--contrasts", "--strata", "belief", status=2).stderr
