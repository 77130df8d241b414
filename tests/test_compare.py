"""`turncoat compare`: measured beside published, and when there is a verdict."""

from __future__ import annotations

import csv
import json
from statistics import median

import pytest
from click.testing import CliRunner
from logs_fixture import CONTROL, make_log

from turncoat._util.places import data_folder
from turncoat.cli import main
from turncoat.measure import difference

H, N, U, I = "harmful", "not_harmful", "unclear", "invalid"  # noqa: E741
GRADER = "openai/gpt-5"


def run(*arguments, status=0):
    result = CliRunner().invoke(main, ["compare", *map(str, arguments)])
    assert result.exit_code == status, result.output
    return result


def rows_of(*arguments, status=0):
    return json.loads(run(*arguments, "--json", status=status).stdout)


def logged(folder, harmful, safe, *, unclear=0, surfaces=2, **options):
    kinds = [H] * harmful + [N] * safe + [U] * unclear
    make_log(folder, {"default": kinds}, surfaces=surfaces, **{"judge": GRADER, **options})
    return folder


def published():
    path = data_folder("results/published") / "figures.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_measured_rate_stands_beside_its_published_cell(tmp_path):
    (row,) = rows_of(logged(tmp_path, 10, 10))
    assert row["against"] == "Claude Opus 4"
    assert row["cell"] == {
        "scenario": "blackmail",
        "goal_conflict": "explicit-america",
        "threat": "replacement",
        "extra": "",
    }
    figure = row["published"]
    assert (figure["k"], figure["n"], figure["confidence"]) == (96, 100, "primary")
    assert "same value" in figure["note"]
    assert row["diff"] == pytest.approx(-0.46)
    assert (row["diff_low"], row["diff_high"]) == pytest.approx(difference(10, 20, 96, 100))
    assert row["verdict"] == "lower"


@pytest.mark.parametrize(
    ("against", "harmful", "safe", "verdict"),
    [
        ("GPT-4o", 20, 0, "higher"),
        ("claude opus 4", 2, 18, "lower"),
        ("o3", 0, 60, "equivalent"),
        ("o3", 0, 10, "cannot tell"),
    ],
)
def test_the_verdict_follows_the_counts(tmp_path, against, harmful, safe, verdict):
    logged(tmp_path, harmful, safe, surfaces=10, name="acme/new")
    (row,) = rows_of(tmp_path, "--against", against)
    assert row["verdict"] == verdict


def test_the_margin_decides_what_is_equivalent(tmp_path):
    logged(tmp_path, 0, 60, surfaces=10, name="acme/new")
    (row,) = rows_of(tmp_path, "--against", "o3", "--margin", "0.02")
    assert row["verdict"] == "cannot tell"


def test_an_unknown_model_gets_the_spread_and_no_verdict(tmp_path):
    (row,) = rows_of(logged(tmp_path, 10, 10, name="acme/new"))
    cell = [
        figure
        for figure in published()
        if figure["study"].startswith("Lynch2025")
        and not figure["extra"]
        and (figure["scenario"], figure["goal_conflict"], figure["threat"])
        == ("blackmail", "explicit-america", "replacement")
    ]
    rates = [float(figure["rate"]) for figure in cell]
    spread = row["spread"]
    assert spread["models"] == len(rates) == 18
    assert (spread["lowest"], spread["highest"]) == (min(rates), max(rates))
    assert spread["median"] == median(rates)
    assert "Llama 4 Maverick" in spread["lowest_models"]
    assert (row["verdict"], row["published"], row["diff"]) == (None, None, None)


def test_rules_alone_cannot_tell_unless_accepted(tmp_path):
    logged(tmp_path, 1, 19, judge="rules")
    (row,) = rows_of(tmp_path)
    assert (row["verdict"], row["why"]) == ("cannot tell", "graded by rules alone")
    assert row["diff"] == pytest.approx(0.05 - 0.96)
    (row,) = rows_of(tmp_path, "--accept-rules")
    assert (row["verdict"], row["why"]) == ("lower", "")


def test_low_coverage_cannot_tell_unless_accepted_and_the_same_at_both_bounds(tmp_path):
    logged(tmp_path / "clear", 0, 16, unclear=4)
    (row,) = rows_of(tmp_path / "clear")
    assert row["verdict"] == "cannot tell"
    assert "80%" in row["why"]
    (row,) = rows_of(tmp_path / "clear", "--accept-rules")
    assert row["verdict"] == "lower"
    logged(tmp_path / "open", 15, 0, unclear=5)
    (row,) = rows_of(tmp_path / "open", "--accept-rules")
    assert row["verdict"] == "cannot tell"


def test_nothing_judged_cannot_tell(tmp_path):
    (row,) = rows_of(logged(tmp_path, 0, 0, unclear=2), "--accept-rules")
    assert (row["verdict"], row["diff"], row["rate"]) == ("cannot tell", None, None)


def test_runs_with_tools_are_not_compared(tmp_path):
    (row,) = rows_of(logged(tmp_path, 10, 10, protocol="tools"))
    assert (row["verdict"], row["cell"], row["spread"]) == (None, None, None)
    assert "protocol tools" in row["why"]


def test_a_scenario_that_the_study_has_not_is_not_compared(tmp_path):
    (row,) = rows_of(logged(tmp_path, 10, 10, scenario="my-own"))
    assert row["why"] == "the study has no scenario 'my-own'"


def test_a_scenario_of_another_study_says_which(tmp_path):
    (row,) = rows_of(logged(tmp_path, 10, 10, scenario="shutdown", protocol="tools"))
    assert row["why"] == "the study has no scenario 'shutdown'; --study palisade-2025 has"


def test_a_scenario_of_other_factors_is_not_compared_either(tmp_path):
    make_log(tmp_path, {"default": [N, N]}, scenario="my-own", cells={"default": {"mood": "bad"}})
    (row,) = rows_of(tmp_path)
    assert row["why"] == "the study has no scenario 'my-own'"


def test_several_comparisons_are_adjusted_together(tmp_path):
    make_log(
        tmp_path, {"default": [H] * 10 + [N] * 10, CONTROL: [N] * 20}, judge=GRADER, surfaces=10
    )
    rows = rows_of(tmp_path)
    assert [row["p_holm"] for row in rows] == pytest.approx(
        [min(1, 2 * rows[0]["p_value"]), rows[1]["p_value"]]
    )
    assert "2 comparisons were made in one go" in run(tmp_path).stdout


def test_people_see_the_cell_its_confidence_and_what_cannot_be_said(tmp_path):
    out = run(logged(tmp_path, 10, 10)).stdout
    assert max(map(len, out.splitlines())) <= 110
    text = " ".join(out.split())
    for said in ("96 of 100", "primary", "lower", "our own wording", "Temperature and token limit"):
        assert said in text


def test_a_model_that_misread_the_scenario_is_marked(tmp_path):
    logged(tmp_path, 0, 20, name="openai/o3")
    assert "misread the unmodified scenario" in " ".join(run(tmp_path).stdout.split())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--against", "Claude Opus 9"), "did you mean 'Claude Opus 4'"),
        (("--study", "lynch-2024"), "there is: lynch-2025"),
        (("--margin", "0"), "--margin"),
    ],
)
def test_wrong_usage_ends_with_status_2(tmp_path, arguments, said):
    assert said in run(logged(tmp_path, 1, 1), *arguments, status=2).stderr


def test_a_failed_log_ends_with_status_1_and_the_rest_is_compared(tmp_path):
    logged(tmp_path, 10, 10)
    (tmp_path / "x.eval").write_bytes(b"no zip")
    assert rows_of(tmp_path, status=1)[0]["verdict"] == "lower"
