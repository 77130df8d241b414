"""What `turncoat effects` tells where there is no effect to tell."""

from __future__ import annotations

import pytest
from click.testing import CliRunner
from logs_fixture import CONTROL, condition, make_log

from turncoat.cli import main
from turncoat.cli._records import ratio_text

H, N, U = "harmful", "not_harmful", "unclear"


def effects(*arguments, status=0):
    result = CliRunner().invoke(main, ["effects", *map(str, arguments)])
    assert result.exit_code == status, result.output
    return result


def test_surfaces_are_told_also_where_no_effect_is_determined(tmp_path):
    """Headline and control alone: threat and goal conflict never vary apart."""
    kinds = {"default": [H] * 5 + [N] * 15, CONTROL: [N] * 20}
    make_log(tmp_path, kinds, controls={"default": CONTROL, CONTROL: None}, surfaces=10)
    out = effects(tmp_path).stdout
    assert "no effect is determined" in out
    assert "-T design=factorial" in out
    assert "Odds: odds ratio" not in out  # nothing of a table that is not there
    assert "5 of 20" in out.partition("between surfaces")[2]
    assert "threat=replacement x goal_conflict=explicit is not determined" in " ".join(out.split())
    assert "these intervals" not in out


def test_logs_that_are_left_out_are_named_before_what_is_missing(tmp_path):
    (tmp_path / "cut.eval").write_text("cut off")
    stderr = effects(tmp_path, status=2).stderr
    assert stderr.startswith("left out (corrupt)")
    assert "no run of these logs has a verdict" in stderr


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
