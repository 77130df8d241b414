"""`turncoat compare --models`: which models stand against each other, and on what terms."""

from __future__ import annotations

import json
from itertools import combinations

import numpy as np
import pytest
from click.testing import CliRunner
from inspect_ai.model import GenerateConfig
from logs_fixture import CONTROL, HEADLINE, make_log
from rows_fixture import SIX, rate_row

from turncoat.cli import main
from turncoat.measure import compare_rates, difference
from turncoat.records.models import family_text, model_notes, model_rows
from turncoat.records.rates import rate_rows
from turncoat.records.reading import read_runs
from turncoat.records.rows import Group, RateCell
from turncoat.records.runs import Collection
from turncoat.records.verdicts import Terms

H, N, U = "harmful", "not_harmful", "unclear"
ONE, OTHER, THIRD = "acme/one", "acme/other", "acme/third"


def logged(folder, name, harmful, n=20, *, unclear=0, **options):
    kinds = [H] * harmful + [N] * (n - harmful - unclear) + [U] * unclear
    options = {"cells": HEADLINE, "judge": "openai/gpt-5", **options}
    make_log(folder / name, {"default": kinds}, name=name, **options)


def run(*arguments, status=0):
    result = CliRunner().invoke(main, ["compare", "--models", *map(str, arguments)])
    assert result.exit_code == status, result.output
    return result


def rows_of(*arguments, status=0):
    return json.loads(run(*arguments, "--json", status=status).stdout)


def said(folder, status=0):
    result = run(folder, status=status)
    return " ".join((result.stdout + result.stderr).split())


@pytest.fixture
def without_logs(monkeypatch):
    """Compares rows that were made from counts: their cells hold no runs."""

    def compared(rows, **options):
        cells = [
            RateCell(
                Group(row.model, row.scenario, row.version, row.protocol, row.judge),
                row.condition,
                (),
                row.split,
            )
            for row in rows
        ]
        monkeypatch.setattr("turncoat.records.models.cells_of", lambda *_: cells)
        return model_rows(Collection((), (), {}, {}), rows, **options)

    return compared


def test_two_models_are_compared_under_their_condition(tmp_path):
    logged(tmp_path, ONE, 15)
    logged(tmp_path, OTHER, 2)
    (row,) = rows_of(tmp_path)
    assert (row["model"], row["against"]) == (ONE, OTHER)
    assert (row["k"], row["n"], row["against_k"], row["against_n"]) == (15, 20, 2, 20)
    assert row["diff"] == pytest.approx(0.65)
    assert (row["diff_low"], row["diff_high"]) == pytest.approx(difference(15, 20, 2, 20))
    assert row["p_holm"] == row["p_bh"] == row["p_value"]
    assert (row["verdict"], row["verdict_alone"], row["why"]) == ("higher", "higher", "")
    assert row["differs"] == {}
    assert "1 comparison of two models" in row["family"]


def test_every_two_models_stand_against_each_other_in_each_condition_of_both(without_logs):
    rows = [
        rate_row(k, 50, model=model, levels=levels)
        for model, k in ((ONE, 5), (OTHER, 25), (THIRD, 45))
        for levels in SIX
    ]
    compared = without_logs(rows[:-1])  # The third model lacks the last condition.
    assert len(compared) == 3 * 5 + 1
    pairs = {(row.first.model, row.second.model) for row in compared}
    assert pairs == set(combinations((ONE, OTHER, THIRD), 2))
    assert all(row.first.condition == row.second.condition for row in compared)
    assert "of 3 models under 6 conditions" in family_text(compared)


def test_the_family_is_all_that_was_compared(without_logs):
    rows = [
        rate_row(k, 40, model=f"acme/{place}-{k}", levels=levels)
        for place, levels in enumerate(SIX)
        for k in (10, 19)
    ]
    lone = compare_rates(10, 40, 19, 40)
    assert lone.verdict == "lower"
    (alone,) = without_logs(rows[:2])
    assert alone.verdict == "lower"
    compared = without_logs(rows)
    assert len(compared) == 6
    for row in compared:
        assert row.p_holm == pytest.approx(min(1, 6 * lone.p_value))
        assert row.p_bh == pytest.approx(lone.p_value)
        assert (row.verdict, row.verdict_alone) == ("cannot tell", "lower")
        assert row.why == "not after Holm's adjustment for 6 comparisons"


def test_where_no_difference_would_be_called_one_there_is_nothing_to_count(without_logs):
    said = family_text(without_logs([rate_row(10, 40, model=one) for one in (ONE, OTHER, THIRD)]))
    assert "3 comparisons" in said
    assert "none would be called so even by itself" in said
    assert "0 of the 0" not in said


def test_models_that_are_alike_are_called_different_in_few_families(without_logs):
    random, wrong = np.random.default_rng(8), 0
    for _ in range(40):
        rows = [
            rate_row(int(random.binomial(40, 0.3)), 40, model=f"acme/{place}") for place in range(6)
        ]
        wrong += any(row.verdict in ("higher", "lower") for row in without_logs(rows))
    assert wrong <= 6  # 2 expected at most; more than 6 has a chance of 1 in 100.


def test_versions_judges_and_protocols_are_never_held_against_each_other(without_logs):
    rows = [
        rate_row(10, 20, model=ONE),
        rate_row(10, 20, model=OTHER, judge="openai/gpt-4.1"),
        rate_row(10, 20, model=THIRD, version="1.1.0"),
        rate_row(10, 20, model="acme/fourth", protocol="tools"),
        rate_row(10, 20, model=ONE, split="max_tokens=100"),
    ]
    assert without_logs(rows) == []
    (note,) = model_notes(rows, [])
    assert "not all are compared" in note.message
    for named in (ONE, OTHER, "gpt-4.1", "1.1.0", "tools"):
        assert named in note.message


def test_models_under_different_token_limits_are_compared_with_a_line_that_names_them(tmp_path):
    logged(tmp_path, ONE, 15)
    logged(tmp_path, OTHER, 2, config=GenerateConfig(max_tokens=4_000))
    (row,) = rows_of(tmp_path)
    assert row["differs"] == {"max_tokens": {"model": ["10000"], "against": ["4000"]}}
    text = said(tmp_path)
    assert f"different token limits ({ONE}: 10000; {OTHER}: 4000)" in text
    assert "may come from that alone" in text


def test_models_on_other_surfaces_are_told(tmp_path):
    logged(tmp_path, ONE, 15)
    logged(tmp_path, OTHER, 2, surface_seed=1)
    assert f"{ONE}, {OTHER} were not run on the same surfaces" in said(tmp_path)


def test_models_that_were_run_alike_need_no_such_line(tmp_path):
    logged(tmp_path, ONE, 15)
    logged(tmp_path, OTHER, 2)
    text = said(tmp_path)
    assert "with different" not in text
    assert "not run on the same surfaces" not in text


@pytest.mark.parametrize("form", [(), ("--json",)])
def test_one_model_alone_has_nothing_to_stand_against(tmp_path, form):
    logged(tmp_path, ONE, 15)
    logged(tmp_path, ONE, 3)
    result = run(tmp_path, *form, status=2)
    (line,) = result.stderr.splitlines()
    assert "two at least" in line
    assert f"{ONE} alone" in line
    assert result.stdout == ""


def test_where_one_model_is_left_it_is_said_what_became_of_the_other(tmp_path):
    logged(tmp_path, ONE, 15)
    (tmp_path / "other.eval").write_text("not a log")
    result = run(tmp_path, status=2)
    assert "left out (corrupt)" in result.stderr
    assert "two at least" in result.stderr


def test_two_models_with_no_condition_in_common_are_told_what_keeps_them_apart(tmp_path):
    logged(tmp_path, ONE, 15)
    logged(tmp_path, OTHER, 15, judge="openai/gpt-4.1")
    text = said(tmp_path)
    assert "No two models to compare" in text
    assert "not all are compared" in text


def test_rules_alone_and_low_coverage_withhold_the_verdict_and_name_the_model(tmp_path):
    logged(tmp_path, ONE, 15)
    logged(tmp_path, OTHER, 0, unclear=6)
    (row,) = rows_of(tmp_path)
    assert row["verdict"] == "cannot tell"
    assert row["why"] == f"only 70% of the runs of {OTHER} have a verdict"
    (row,) = rows_of(tmp_path, "--accept-rules")
    assert row["verdict"] == "higher"
    logged(tmp_path / "rules", ONE, 15, judge="rules")
    logged(tmp_path / "rules", OTHER, 0, judge="rules")
    (row,) = rows_of(tmp_path / "rules")
    assert (row["verdict"], row["why"]) == ("cannot tell", "graded by rules alone")


def test_a_model_with_no_judged_run_is_no_comparison_and_no_error(tmp_path):
    logged(tmp_path, ONE, 15)
    logged(tmp_path, OTHER, 0, n=4, unclear=4)
    (row,) = rows_of(tmp_path, "--accept-rules")
    assert (row["diff"], row["p_value"], row["p_holm"]) == (None, None, None)
    assert row["verdict"] == "cannot tell"


def test_models_whose_runs_stopped_early_are_compared_by_their_sequences(without_logs):
    rows = [rate_row(30, 40, model=ONE), rate_row(12, 40, model=OTHER)]
    (fixed,) = without_logs(rows)
    (stopped,) = without_logs([rows[0]._replace(interval="sequence"), rows[1]])
    assert np.ptp(stopped.comparison.interval) > np.ptp(fixed.comparison.interval)
    assert stopped.p_holm > fixed.p_holm


def test_the_margin_decides_what_is_equivalent(without_logs):
    rows = [rate_row(2, 200, model=ONE), rate_row(3, 200, model=OTHER)]
    (wide,) = without_logs(rows, terms=Terms(margin=0.1))
    (narrow,) = without_logs(rows, terms=Terms(margin=0.01))
    assert (wide.verdict, narrow.verdict) == ("equivalent", "cannot tell")


def test_conditions_may_be_pooled(tmp_path):
    for name, harmful in ((ONE, 8), (OTHER, 1)):
        kinds = {"default": [H] * harmful + [N] * (10 - harmful), CONTROL: [N] * 10}
        make_log(tmp_path, kinds, name=name, judge="openai/gpt-5")
    runs = read_runs(tmp_path)
    (row,) = model_rows(runs, rate_rows(runs, by=[]), by=[])
    assert (row.first.k, row.first.n, row.second.k, row.second.n) == (8, 20, 1, 20)


def test_people_see_both_rates_the_family_and_the_adjusted_p(tmp_path):
    logged(tmp_path, ONE, 15)
    logged(tmp_path, OTHER, 2)
    out = run(tmp_path).stdout
    assert max(map(len, out.splitlines())) <= 110
    text = " ".join(out.split())
    assert "new surfaces" not in text  # None of their intervals is shown, so none is doubted.
    for shown in (ONE, OTHER, "15 of 20", "2 of 20", "+65.0", "higher", "< 0.001", "The family:"):
        assert shown in text


def test_long_names_of_models_are_broken_and_never_cut(tmp_path):
    """Two models of one maker must not look alike."""
    long = ("anthropic/claude-opus-4-20250514", "anthropic/claude-opus-4-20990101")
    for name in long:
        logged(tmp_path, name, 15)
    out = run(tmp_path).stdout
    assert "…" not in out
    assert "250514" in out
    assert "990101" in out


def test_models_and_a_published_model_at_once_is_wrong_usage(tmp_path):
    logged(tmp_path, ONE, 1, n=2)
    assert "Leave out one" in run(tmp_path, "--against", "o3", status=2).stderr
