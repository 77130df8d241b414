"""What `turncoat effects` tells where there is no effect to tell."""

from __future__ import annotations

import pytest
from click.testing import CliRunner
from inspect_ai.model import GenerateConfig
from logs_fixture import CONTROL, condition, make_log

from turncoat.cli import main
from turncoat.report.numbers import ratio_text

H, N, U = "harmful", "not_harmful", "unclear"
LEVERAGE = "present", "absent"
FEW_TOKENS = GenerateConfig(max_tokens=500)


def effects(*arguments, status=0):
    result = CliRunner().invoke(main, ["effects", *map(str, arguments)])
    assert result.exit_code == status, result.output
    return result


def test_surfaces_are_told_also_where_no_effect_is_identified(tmp_path):
    """Headline and control alone: threat and goal conflict never vary apart."""
    kinds = {"default": [H] * 5 + [N] * 15, CONTROL: [N] * 20}
    make_log(tmp_path, kinds, controls={"default": CONTROL, CONTROL: None}, surfaces=10)
    out = effects(tmp_path).stdout
    assert "no effect is identified" in out
    assert "-T design=factorial" in out
    assert "Odds: odds ratio" not in out  # nothing of a table that is not there
    assert "5 of 20" in out.partition("between surfaces")[2]
    said = " ".join(out.split())
    assert "not identified: goal_conflict=explicit against none, threat=replacement against" in said
    assert "these intervals" not in out


def test_with_nothing_but_logs_that_are_left_out_they_are_named_and_it_is_no_wrong_usage(tmp_path):
    (tmp_path / "cut.eval").write_text("cut off")
    told = effects(tmp_path, status=1)
    assert told.stderr.startswith("left out (corrupt)")
    assert "No runs to count" in told.stdout


def test_runs_without_a_verdict_are_not_called_runs_of_one_level(tmp_path):
    make_log(tmp_path, {"default": [U] * 4, CONTROL: [U] * 4})
    stderr = effects(tmp_path, status=2).stderr
    assert "no run of these logs has a verdict" in stderr
    assert "varies" not in stderr


@pytest.mark.parametrize(
    ("option", "given"), [("--interaction", "thread,goal_conflict"), ("--factor", "thread")]
)
def test_a_misspelt_factor_is_no_quiet_nothing(tmp_path, option, given):
    cells = {"default": condition(), "threat=none": condition(threat="none")}
    make_log(tmp_path, {"default": [H, N], "threat=none": [N, N]}, cells=cells)
    stderr = effects(tmp_path, option, given, status=2).stderr
    assert "no factor 'thread' in these logs; did you mean 'threat'?" in stderr
    assert "--by" not in stderr


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [(2.649, 3, "2.65"), (144.4, 2, "144"), (0.0493, 2, "0.049"), (1234.0, 3, "1234")],
)
def test_ratios_for_people_have_no_exponent(value, digits, text):
    assert ratio_text(value, digits) == text


def crossed(*labels):
    """Conditions by their levels."""
    return {
        label: condition(**dict(one.split("=") for one in label.split(","))) for label in labels
    }


def log(folder, cells, **options):
    make_log(folder, {label: [H] * 5 + [N] * 5 for label in cells}, cells=cells, **options)


def test_runs_that_no_model_holds_together_are_told(tmp_path):
    threats = "threat=replacement", "threat=none"
    log(tmp_path, crossed(*(f"{one},leverage={two}" for one in threats for two in LEVERAGE)))
    log(tmp_path, crossed("threat=none,leverage=present"), config=FEW_TOKENS)
    out = " ".join(effects(tmp_path, status=1).stdout.split())
    assert "made in different ways are in no model together" in out
    assert "10 with max_tokens=500 (in no model: no factor varies there)" in out
    assert "10 with max_tokens=10000 (in no model" in out
    assert "30 of conditions that were run in one way only." in out
    assert "no model together" not in effects(tmp_path, "--pool").stdout


def test_parts_with_a_model_of_their_own_are_not_said_to_have_none(tmp_path):
    threats = crossed("threat=replacement", "threat=none")
    log(tmp_path, threats)
    log(tmp_path, threats, config=FEW_TOKENS)
    out = " ".join(effects(tmp_path, status=1).stdout.split())
    assert "20 with max_tokens=500; 20 with max_tokens=10000. What varies" in out


def test_where_runs_made_in_different_ways_are_all_that_vary_that_is_what_is_said(tmp_path):
    log(tmp_path, crossed("threat=replacement", "threat=none"))
    log(tmp_path, crossed("threat=replacement"), config=FEW_TOKENS)
    stderr = effects(tmp_path, status=2).stderr
    assert "no factor varies among the judged runs of these logs that were made alike" in stderr
    assert "--pool" in stderr.splitlines()[-1]


def test_runs_made_alike_need_no_such_line(tmp_path):
    log(tmp_path, crossed("threat=replacement", "threat=none"))
    assert "made in different ways" not in effects(tmp_path).stdout
