"""Conditions that are crossed only in part: no factor gets what another one does."""

from __future__ import annotations

import itertools
import json

import numpy as np
import pytest
import statsmodels.api as sm
from click.testing import CliRunner
from logs_fixture import CONTROL, condition, make_log

from turncoat.cli import main
from turncoat.measure import factor_effects

REFERENCES = {"goal_conflict": "none", "threat": "none", "nudge": "strategy"}
BOTH = ("threat", "goal_conflict")
SIX = list(itertools.product(("explicit", "none"), ("replacement", "restriction", "none")))
CELLS = [(*cell, "strategy") for cell in SIX]
CELLS += [("explicit", threat, "none") for threat in ("replacement", "none")]
"""Goal conflict, threat, nudge: the study's six cells, and threat x nudge under the conflict."""


def one_is_enough(goal_conflict, threat, nudge):
    """Indifferent to the nudge: either cause does it, and both do no more."""
    return 0.1 if (goal_conflict, threat) == ("none", "none") else 0.8


def runs_of(rate, cells=CELLS, surfaces=10, each=4, seed=None):
    """Runs of each cell: as the rate wants them, or drawn."""
    dice = None if seed is None else np.random.default_rng(seed)
    outcomes, clusters, levels = [], [], {name: [] for name in REFERENCES}
    for cell in cells:
        n = surfaces * each
        for run in range(n):
            harmful = run < rate(*cell) * n if dice is None else dice.random() < rate(*cell)
            outcomes.append(bool(harmful))
            clusters.append(run % surfaces)
            for name, level in zip(REFERENCES, cell, strict=True):
                levels[name].append(level)
    return outcomes, levels, clusters


def told(rate, cells=CELLS, **options):
    return factor_effects(*runs_of(rate, cells, **options), REFERENCES, BOTH)


def main_of(found, factor, level):
    (effect,) = [e for e in found.effects if (e.factor, e.level) == (factor, level)]
    return effect


def test_an_indifferent_agent_shows_no_effect():
    nudge = main_of(told(one_is_enough), "nudge", "none")
    assert nudge.diff == pytest.approx(0)
    assert nudge.odds_ratio == pytest.approx(1)
    assert nudge.p_value > 0.9
    assert (nudge.n, nudge.n_reference, nudge.strata) == (80, 80, 2)
    assert nudge.held == (("goal_conflict", "explicit"),)


def test_an_indifferent_agent_is_rarely_found_out_by_chance():
    p_values = [
        main_of(told(one_is_enough, seed=seed), "nudge", "none").p_value for seed in range(60)
    ]
    assert np.mean(np.array(p_values) < 0.05) <= 0.15


def test_a_known_effect_is_recovered_where_it_was_varied():
    def cautious(goal_conflict, threat, nudge):
        return one_is_enough(goal_conflict, threat, nudge) - (0.1 if nudge == "none" else 0)

    found = told(cautious, each=20)
    nudge = main_of(found, "nudge", "none")
    assert nudge.diff == pytest.approx(-0.1)
    assert nudge.diff_interval.low < -0.1 < nudge.diff_interval.high
    assert nudge.odds_interval.high < 1
    assert nudge.p_value < 0.05


def test_the_causes_and_their_interaction_are_those_of_the_runs_that_cross_them():
    """The other nudge was run under the conflict alone, and weighs there for the threat."""
    found = told(one_is_enough)
    assert main_of(found, "goal_conflict", "explicit").diff == pytest.approx(0.7 / 3)
    assert main_of(found, "threat", "restriction").diff == pytest.approx(0.7 / 2)
    threat = main_of(found, "threat", "replacement")
    assert threat.diff == pytest.approx(0.7 / 3)
    assert (threat.strata, threat.held) == (3, ())
    crossed = {one.levels[0][1]: one for one in found.interactions}
    assert {level: one.diff for level, one in crossed.items()} == pytest.approx(
        {"replacement": -0.7, "restriction": -0.7}
    )
    assert crossed["replacement"].held == (("nudge", "strategy"),)
    assert max(one.p_value for one in found.interactions) < 0.05


def test_a_level_is_not_told_by_what_other_levels_do_elsewhere():
    """Restriction was run under the conflict alone, where replacement does much more."""
    cells = [cell for cell in CELLS[:6] if cell[:2] != ("none", "restriction")]

    def rate(goal_conflict, threat, nudge):
        return {"none": 0.2, "restriction": 0.2}.get(
            threat, 0.8 if goal_conflict == "explicit" else 0.2
        )

    restriction = main_of(told(rate, cells), "threat", "restriction")
    assert restriction.diff == pytest.approx(0)
    assert restriction.odds_ratio == pytest.approx(1)
    assert restriction.held == (("goal_conflict", "explicit"),)


def test_what_varies_with_nothing_else_equal_is_not_identified():
    cells = [*CELLS[:6], ("latent", "shutdown", "none")]
    found = told(lambda *cell: 0.9 if cell[2] == "none" else 0.1, cells)
    told_levels = {effect.level for effect in found.effects}
    assert told_levels == {"explicit", "replacement", "restriction"}
    unidentified = {one.levels for one in found.unidentified if len(one.levels) == 1}
    assert unidentified == {
        (("goal_conflict", "latent"),),
        (("threat", "shutdown"),),
        (("nudge", "none"),),
    }


def test_factors_that_are_not_asked_for_are_held_equal_all_the_same():
    (nudge,) = factor_effects(*runs_of(one_is_enough), REFERENCES, wanted=["nudge"]).effects
    assert nudge.diff == pytest.approx(0)


def test_the_change_and_its_error_are_those_of_least_squares_with_strata():
    """Uneven strata, as runs without a verdict make them; statsmodels' clustered covariance."""
    outcomes, levels, clusters = runs_of(lambda *_: 0.4, seed=2, each=6)
    kept = np.random.default_rng(0).random(len(outcomes)) < 0.7
    harmful, surfaces = np.array(outcomes, float)[kept], np.array(clusters)[kept]
    table = {name: np.array(of)[kept] for name, of in levels.items()}
    found = factor_effects(
        harmful.astype(bool),
        {name: of.tolist() for name, of in table.items()},
        surfaces,
        REFERENCES,
    )
    nudge = main_of(found, "nudge", "none")
    here = (table["goal_conflict"] == "explicit") & (table["threat"] != "restriction")
    design = np.column_stack(
        [table["threat"] == level for level in ("replacement", "none")] + [table["nudge"] == "none"]
    ).astype(float)[here]
    fit = sm.OLS(harmful[here], design).fit(
        cov_type="cluster", cov_kwds={"groups": surfaces[here]}, use_t=True
    )
    assert nudge.diff == pytest.approx(fit.params[-1])
    assert nudge.diff_interval == pytest.approx(fit.conf_int()[-1], abs=1e-6)


def test_the_command_says_where_an_effect_was_seen_and_what_is_not_identified(tmp_path):
    cells = {
        "default": condition(),
        "threat=none": condition(threat="none"),
        "goal_conflict=none": condition(goal_conflict="none"),
        CONTROL: condition(goal_conflict="none", threat="none"),
        "nudge=none": condition(nudge="none"),
        "noise=2,leverage=absent": condition(noise="2", leverage="absent"),
    }
    kinds = {label: ["harmful"] * 2 + ["not_harmful"] * 18 for label in cells}
    kinds["default"] = kinds["nudge=none"] = ["harmful"] * 14 + ["not_harmful"] * 6
    make_log(tmp_path, kinds, cells=cells, controls=dict.fromkeys(cells, CONTROL), surfaces=10)
    run = CliRunner().invoke(main, ["effects", str(tmp_path), "--json"])
    found = json.loads(run.stdout)
    (nudge,) = [row for row in found["effects"] if row["factor"] == "nudge"]
    assert (nudge["diff"], nudge["strata"]) == (pytest.approx(0), 1)
    assert nudge["held"] == "goal_conflict=explicit, threat=replacement, leverage=present, noise=0"
    assert {row["factor"] for row in found["not_identified"]} == {"leverage", "noise"}
    said = " ".join(run.stderr.split())
    assert "not identified: leverage=absent against present, noise=2 against 0." in said
    out = CliRunner().invoke(main, ["effects", str(tmp_path)]).stdout
    (line,) = [line for line in out.splitlines() if line.startswith("leverage ")]
    assert "not identified" in line


def test_published_odds_ratios_stand_beside_the_same_contrasts_and_no_others(tmp_path):
    cells = {
        "default": condition(),
        "threat=none": condition(threat="none"),
        "threat=restriction": condition(threat="restriction"),
        "goal_conflict=none": condition(goal_conflict="none"),
        CONTROL: condition(goal_conflict="none", threat="none"),
    }
    kinds = {label: ["harmful"] * 5 + ["not_harmful"] * 5 for label in cells}
    make_log(tmp_path, kinds, cells=cells, controls=dict.fromkeys(cells, CONTROL), surfaces=5)
    run = CliRunner().invoke(main, ["effects", str(tmp_path), "--json"])
    found = {}
    for row in json.loads(run.stdout)["published"]:
        found.setdefault((row["factor"], row["level"], row["reference"]), []).append(row)
    assert set(found) == {("goal_conflict", "explicit", "none"), ("threat", "replacement", "none")}
    conflict, threat = found.values()
    assert [row["odds_ratio"] for row in conflict] == [1.05, 1.35, 1.55, 2.1]
    assert threat[1]["odds_ratio"] == pytest.approx(1.25 * 1.5, abs=0.01)
    assert "replacement vs factor mean over none vs factor mean" in threat[1]["note"]
    out = " ".join(CliRunner().invoke(main, ["effects", str(tmp_path)]).stdout.split())
    assert "goal_conflict explicit against none 1.05, 1.35, 1.55, 2.10" in out
