"""Effects of factors: what was put in comes out, also where levels separate the outcome."""

from __future__ import annotations

import itertools
import json
from math import log

import numpy as np
import pytest
from click.testing import CliRunner
from logs_fixture import CONTROL, condition, make_log

from turncoat.cli import main
from turncoat.measure import factor_effects

H, N, U = "harmful", "not_harmful", "unclear"
FACTORS = {"threat": ("none", "replacement"), "goal_conflict": ("none", "explicit", "latent")}
REFERENCES = {"threat": "none", "goal_conflict": "none"}
BOTH = ("threat", "goal_conflict")


def draw(rates, surfaces=10, epochs=2, seed=0, spread=0.0):
    """Runs of the crossed design, with surfaces that differ by that much on the logit scale."""
    dice = np.random.default_rng(seed)
    outcomes, levels, clusters = [], {name: [] for name in FACTORS}, []
    for surface in range(surfaces):
        shift = dice.normal() * spread
        for cell in itertools.product(*FACTORS.values()):
            rate = rates[cell]
            if 0 < rate < 1:
                rate = 1 / (1 + np.exp(-(log(rate / (1 - rate)) + shift)))
            for _ in range(epochs):
                outcomes.append(bool(dice.random() < rate))
                clusters.append(surface)
                for name, level in zip(FACTORS, cell, strict=True):
                    levels[name].append(level)
    return outcomes, levels, clusters


def rates(function):
    return {cell: function(*cell) for cell in itertools.product(*FACTORS.values())}


def covered(table, seeds, **options):
    """How often each interval holds the average change that is true of the table."""
    held = {}
    for seed in range(seeds):
        found = factor_effects(*draw(table, seed=seed, **options), REFERENCES, BOTH)
        for effect in found.effects:
            place = list(FACTORS).index(effect.factor)
            at, base = (
                np.mean([rate for cell, rate in table.items() if cell[place] == level])
                for level in (effect.level, effect.reference)
            )
            low, high = effect.diff_interval
            held.setdefault(effect.level, []).append(low <= at - base <= high)
    return {level: np.mean(of) for level, of in held.items()}


@pytest.mark.parametrize(
    "table",
    [
        rates(lambda threat, goal: 0.3),
        rates(lambda threat, goal: 0.1 + 0.3 * (threat == "replacement") + 0.2 * (goal != "none")),
        rates(lambda threat, goal: 0.4 if threat == "replacement" else 0.0),
    ],
)
def test_intervals_hold_the_true_change_of_the_rate(table):
    assert min(covered(table, 60).values()) >= 0.95 - 3 * (0.95 * 0.05 / 60) ** 0.5


def test_errors_are_clustered_by_surface():
    """A factor that varies between surfaces is known less well than so many runs would have it."""
    outcomes, levels, clusters = draw(rates(lambda *_: 0.5), epochs=5, seed=3, spread=2)
    within = factor_effects(outcomes, levels, clusters, REFERENCES)
    alone = factor_effects(outcomes, levels, range(len(outcomes)), REFERENCES)
    assert within.clusters == 10
    for clustered, plain in zip(within.effects, alone.effects, strict=True):
        assert clustered.diff == pytest.approx(plain.diff)
        assert clustered.diff_interval != pytest.approx(plain.diff_interval, abs=1e-4)
    company = ["a" if surface < 5 else "b" for surface in clusters]
    (between,) = factor_effects(outcomes, {"company": company}, clusters, {"company": "a"}).effects
    (blind,) = factor_effects(
        outcomes, {"company": company}, range(len(outcomes)), {"company": "a"}
    ).effects
    width = between.diff_interval.high - between.diff_interval.low
    assert width > 2 * (blind.diff_interval.high - blind.diff_interval.low)


def test_one_factor_gives_the_plain_difference_and_odds_ratio():
    outcomes = [True] * 30 + [False] * 10 + [True] * 10 + [False] * 30
    levels = {"threat": ["replacement"] * 40 + ["none"] * 40}
    (effect,) = factor_effects(outcomes, levels, range(80), {"threat": "none"}).effects
    assert effect.diff == pytest.approx(0.5)
    assert effect.odds_ratio == pytest.approx(9)
    assert (effect.k, effect.n, effect.method) == (30, 40, "logit")
    assert effect.p_value < 0.001


@pytest.mark.parametrize("harmful_at", ["replacement", "none"])
def test_separated_levels_have_finite_and_honest_intervals(harmful_at):
    levels = {"threat": ["replacement", "none"] * 20}
    outcomes = [level == harmful_at for level in levels["threat"]]
    clusters = [place // 4 for place in range(40)]
    (effect,) = factor_effects(outcomes, levels, clusters, {"threat": "none"}).effects
    assert effect.method == "Firth"
    assert 0 < effect.odds_interval.low < effect.odds_interval.high < float("inf")
    assert abs(effect.diff) > 0.9
    assert effect.diff_interval.high - effect.diff_interval.low > 0.05
    assert effect.p_value < 0.05


@pytest.mark.parametrize("outcome", [True, False])
def test_no_difference_at_all_is_no_effect(outcome):
    outcomes, levels, clusters = draw(rates(lambda *_: float(outcome)))
    found = factor_effects(outcomes, levels, clusters, REFERENCES, BOTH)
    for effect in found.effects:
        assert effect.diff_interval.low <= 0 <= effect.diff_interval.high
    assert min(test.p_value for test in found.tests) > 0.05


def test_an_interaction_that_was_put_in_is_found_and_none_that_was_not():
    only_both = rates(
        lambda threat, goal: 0.7 if (threat, goal) == ("replacement", "explicit") else 0.1
    )
    found = factor_effects(*draw(only_both, epochs=8), REFERENCES, BOTH)
    (explicit,) = [i for i in found.interactions if i.levels[1][1] == "explicit"]
    assert explicit.diff_interval.low <= 0.6 <= explicit.diff_interval.high
    assert explicit.p_value < 0.05
    false = 0
    for seed in range(100):
        crossed = factor_effects(*draw(rates(lambda *_: 0.3), seed=seed), REFERENCES, BOTH)
        (test,) = [test for test in crossed.tests if len(test.factors) == 2]
        false += test.p_value < 0.05
    assert false <= 12


def test_levels_that_go_together_are_named_and_not_guessed_at():
    outcomes, levels, clusters = draw(rates(lambda threat, goal: 0.5 * (goal != "none")), epochs=3)
    levels["wording"] = ["old" if level == "none" else "new" for level in levels["threat"]]
    found = factor_effects(outcomes, levels, clusters, {**REFERENCES, "wording": "old"})
    assert {one.levels for one in found.unidentified} == {
        (("threat", "replacement"),),
        (("wording", "new"),),
    }
    assert {effect.factor for effect in found.effects} == {"goal_conflict"}


@pytest.mark.parametrize("order", list(itertools.permutations(["threat", "conflict", "goal"])))
@pytest.mark.parametrize("reference", ["n/a", "american"])
def test_a_factor_without_meaning_under_a_condition_is_judged_where_it_has_one(order, reference):
    """Where there is no conflict there is no goal: the conflict is told at the reference goal."""
    cells = {("none", "n/a"): 4, ("explicit", "american"): 8, ("explicit", "safety"): 24}
    outcomes, clusters = [], []
    levels = {name: [] for name in order}
    for threat, ((conflict, goal), harmful) in itertools.product(("no", "yes"), cells.items()):
        for run in range(40):
            outcomes.append(run < harmful + 4 * (threat == "yes"))
            clusters.append(run % 10)
            for name, level in (("threat", threat), ("conflict", conflict), ("goal", goal)):
                levels[name].append(level)
    references = {"threat": "no", "conflict": "none", "goal": reference}
    found = factor_effects(outcomes, levels, clusters, references)
    assert found.unidentified == ()
    changes = {(effect.level, effect.reference): effect.diff for effect in found.effects}
    assert changes == pytest.approx(
        {("yes", "no"): 0.1, ("explicit", "none"): 0.1, ("safety", "american"): 0.4}
    )


def effects(*arguments, status=0):
    result = CliRunner().invoke(main, ["effects", *map(str, arguments)])
    assert result.exit_code == status, result.output
    return result


@pytest.fixture(scope="module")
def logs(tmp_path_factory):
    """Two factors crossed: the threat adds 60 points where there is a conflict; one run unclear."""
    folder = tmp_path_factory.mktemp("effects")
    cells = {
        "default": condition(),
        "threat=none": condition(threat="none"),
        "goal_conflict=none": condition(goal_conflict="none"),
        CONTROL: condition(goal_conflict="none", threat="none"),
    }
    kinds = {
        "default": [H] * 24 + [N] * 15 + [U],
        "threat=none": [H] * 4 + [N] * 36,
        "goal_conflict=none": [H] * 4 + [N] * 36,
        CONTROL: [N] * 39 + [H],
    }
    make_log(folder, kinds, cells=cells, controls=dict.fromkeys(cells, CONTROL), surfaces=8)
    return folder


def test_the_command_tells_effects_against_the_control_s_levels(logs):
    found = json.loads(effects(logs, "--json").stdout)
    mains = {row["factor"]: row for row in found["effects"] if row["kind"] == "main"}
    assert mains["threat"]["level"] == "replacement"
    assert mains["threat"]["reference"] == "none"
    assert (mains["threat"]["k"], mains["threat"]["n"]) == (28, 79)
    (crossed,) = [row for row in found["effects"] if row["kind"] == "interaction"]
    assert crossed["diff"] == pytest.approx(24 / 39 - 4 / 40 - 4 / 40 + 1 / 40, abs=0.02)
    assert {row["surfaces"] for row in found["surfaces"]} == {8}


def test_the_table_fits_and_names_what_was_found(logs):
    out = effects(logs).stdout
    assert "threat" in out
    assert "between surfaces" in out
    assert max(map(len, out.splitlines())) <= 110


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--factor", "thread"], "did you mean 'threat'?"),
        (["--interaction", "threat"], "name two factors"),
        (["--factor", "nudge"], "no factor varies"),
    ],
)
def test_wrong_input_is_said_in_one_line(logs, arguments, said):
    stderr = effects(logs, *arguments, status=2).stderr
    assert said in stderr
    assert stderr.count("\n") == 1


def test_what_has_no_meaning_somewhere_or_nothing_to_compare_is_said(tmp_path):
    cells = {
        "default": condition(),
        "goal=global-cooperation": condition(goal="global-cooperation"),
        "goal_conflict=none": condition(goal_conflict="none"),
        CONTROL: condition(goal_conflict="none", threat="none"),
    }
    kinds = {
        "default": [H] * 8 + [N] * 12,
        "goal=global-cooperation": [H] * 14 + [N] * 6,
        "goal_conflict=none": [N] * 20,
        CONTROL: [N] * 20,
    }
    make_log(tmp_path, kinds, cells=cells, controls=dict.fromkeys(cells, CONTROL), surfaces=10)
    result = effects(tmp_path, "--json", "--factor", "goal,goal_conflict,nudge")
    found = {row["factor"]: row for row in json.loads(result.stdout)["effects"]}
    assert (found["goal"]["reference"], found["goal"]["level"]) == (
        "american-interests",
        "global-cooperation",
    )
    assert found["goal"]["diff"] == pytest.approx(0.3, abs=0.02)
    assert found["goal_conflict"]["reference"] == "none"
    assert found["goal_conflict"]["diff"] == pytest.approx(0.4)
    assert found["goal_conflict"]["held"] == "goal=american-interests, threat=replacement"
    assert found["goal_conflict"]["method"] == "Firth"
    said = " ".join(result.stderr.split())
    assert "goal has no meaning under some conditions (n/a)" in said
    assert "nudge=strategy in every run: nothing to compare" in said
    assert "goal_conflict=none (0 of 40)" in said
    assert "fewer than 10 harmful or harmless runs at goal_conflict=none," in said


def test_one_condition_alone_gets_a_line_that_says_what_to_run(tmp_path):
    make_log(tmp_path, {"default": [H] * 5 + [N] * 5}, surfaces=5)
    stderr = effects(tmp_path, status=2).stderr
    assert "-T design=factorial" in stderr
    assert stderr.count("\n") == 1


@pytest.mark.parametrize(("each", "named"), [(2, False), (5, True)])
def test_a_pair_of_levels_with_few_runs_of_a_kind_is_named_where_surfaces_could_hide(
    tmp_path, each, named
):
    """No level is rare by itself; with two runs a surface the intervals hold all the same."""
    n = 10 * each
    cells = {
        "default": condition(),
        "threat=none": condition(threat="none"),
        "goal_conflict=none": condition(goal_conflict="none"),
        CONTROL: condition(goal_conflict="none", threat="none"),
    }
    kinds = {
        "default": [H] * n,
        "threat=none": [H] * (n - 10) + [N] * 10,
        "goal_conflict=none": [H] * (n - 10) + [N] * 10,
        CONTROL: [N] * n,
    }
    make_log(tmp_path, kinds, cells=cells, controls=dict.fromkeys(cells, CONTROL), surfaces=10)
    said = " ".join(effects(tmp_path, "--json").stderr.split())
    assert ("fewer than 10 harmful or harmless runs at" in said) == named
    assert ("threat=none and goal_conflict=none: if surfaces differ" in said) == named
