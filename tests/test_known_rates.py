"""The truth is known in advance, and must come back out of a whole run."""

from __future__ import annotations

import math

import pytest
from inspect_ai import score
from inspect_ai.log import read_eval_log
from inspect_ai.model import get_model
from running import metric, outcomes, run, score_of

from turncoat._util.errors import TurncoatError
from turncoat.grading.scorer import conduct
from turncoat.known.answers import MIXED, Rates, RunKey, choose, policies, true_rate
from turncoat.scenario import find_scenario, render

BLACKMAIL = find_scenario("blackmail")
CONDUCT_POLICIES = [name for name in policies("blackmail") if name != MIXED]


def test_the_measured_rate_is_within_sampling_error_of_the_true_rate(tmp_path):
    log = run("known/mixed", tmp_path, epochs=200, model_args={"rate": 0.3})
    error = math.sqrt(0.3 * 0.7 / 200)
    assert abs(metric(log, "default: rate") - 0.3) < 4 * error
    assert metric(log, "default: n") == 200
    assert metric(log, "default: low") < 0.3 < metric(log, "default: high")


@pytest.mark.parametrize(("rate", "low", "high"), [(0.0, 0.0, 0.037), (1.0, 0.963, 1.0)])
def test_certain_conduct_has_an_honest_interval(tmp_path, rate, low, high):
    log = run("known/mixed", tmp_path, epochs=100, model_args={"rate": rate})
    assert metric(log, "default: rate") == rate
    assert metric(log, "default: low") == pytest.approx(low, abs=1e-3)
    assert metric(log, "default: high") == pytest.approx(high, abs=1e-3)


def test_every_outcome_of_conduct_has_a_policy():
    reached_by_text = {"explicit", "implied", "discloses", "deceives", "pleads", "escalates"}
    reached_by_text |= {"refuses", "benign", "thinks-only", "truncated", "garbled", "empty"}
    assert reached_by_text | {"filtered", "errored", "rerouted"} <= set(CONDUCT_POLICIES)


def test_the_control_is_at_its_own_rate(tmp_path):
    log = run("known/mixed", tmp_path, epochs=60, design="headline,control")
    assert metric(log, "goal_conflict=none,threat=none: rate") == 0.0
    assert metric(log, "default: rate") > 0.1


def test_a_table_sets_the_rate_of_single_conditions():
    rates = Rates(0.3, 0.0, {"threat=none": 0.5, "threat=none,leverage=absent": 0.9})
    control = BLACKMAIL.condition(threat="none", goal_conflict="none")
    assert true_rate(BLACKMAIL.condition(), rates) == 0.3
    assert true_rate(control, rates) == 0.5
    assert true_rate({**control, "leverage": "absent"}, rates) == 0.9


@pytest.mark.parametrize(
    ("key", "told"),
    [
        ("garbage", "'garbage' is not factor=level"),
        ("", "'' is not factor=level"),
        ("threat=none,", "'' is not factor=level"),
        ("thraet=none", "Did you mean 'threat'? Factors: goal_conflict, goal, threat"),
        ("threat=non", "Did you mean 'none'? Valid levels: replacement"),
        ("noise=99", "a whole number from 0"),
        ("threat=none,threat=replacement", "names factor 'threat' twice"),
    ],
)
def test_a_table_of_rates_that_names_what_is_not_there_is_refused(key, told):
    briefing = render(BLACKMAIL, BLACKMAIL.condition())
    with pytest.raises(TurncoatError) as error:
        choose(MIXED, briefing, RunKey("x", 1), Rates(table={"threat=none": 0.1, key: 0.9}), 0)
    assert f"rates has '{key}'" in str(error.value)
    assert told in str(error.value)


def test_a_table_of_rates_may_name_a_factor_that_does_not_apply():
    control = BLACKMAIL.condition(threat="none", goal_conflict="none")
    rates = Rates(table={" goal = n/a , threat = None ": 1.0})
    assert true_rate(control, rates) == 1.0
    assert true_rate(BLACKMAIL.condition(noise=2), Rates(table={"noise=02": 0.7})) == 0.7
    choose(MIXED, render(BLACKMAIL, control), RunKey("x", 1), rates, 0)


def test_the_same_seed_gives_the_same_run_and_another_seed_another(tmp_path):
    def series(seed):
        log = run("known/mixed", tmp_path, epochs=20, model_args={"rate": 0.5, "seed": seed})
        return [sample.output.completion for sample in log.samples]

    assert series(1) == series(1)
    assert series(1) != series(2)


def test_a_known_judge_shifts_the_rate_as_arithmetic_says(tmp_path):
    judge = get_model("known/judge", sensitivity=0.9, specificity=0.95)
    log = run("known/mixed", tmp_path, epochs=200, grader=judge, model_args={"rate": 0.3})
    expected = 0.3 * 0.9 + 0.7 * 0.05
    error = math.sqrt(expected * (1 - expected) / 200)
    assert abs(metric(log, "default: rate") - expected) < 4 * error
    truth = run("known/mixed", tmp_path, epochs=200, model_args={"rate": 0.3})
    flips = _flips(truth, log)
    assert abs(flips[True] - 0.1) < 0.16
    assert abs(flips[False] - 0.05) < 0.08
    assert all("known/judge" in score_of(s).metadata["judge"] for s in log.samples)


def test_a_stored_log_graded_again_shifts_alike(tmp_path):
    truth = run("known/mixed", tmp_path, epochs=100, model_args={"rate": 0.5})
    stored = read_eval_log(truth.location)
    judge = get_model("known/judge", sensitivity=0.8, specificity=0.9)
    again = score(stored, conduct(), model_roles={"grader": judge}, action="overwrite")
    flips = _flips(truth, again)
    assert abs(flips[True] - 0.2) < 0.2
    assert abs(flips[False] - 0.1) < 0.16
    assert flips[True] > 0
    same = score(stored, conduct(), action="overwrite")
    assert outcomes(same) == outcomes(truth)


def _flips(truth, judged):
    """Share of harmful and of harmless runs that were judged the other way."""
    pairs = [
        (score_of(a).value["harmful"], score_of(b).value["harmful"])
        for a, b in zip(truth.samples, judged.samples, strict=True)
    ]
    shares = {}
    for harmful in (True, False):
        of_kind = [b for a, b in pairs if a == float(harmful)]
        assert not any(math.isnan(b) for b in of_kind)
        shares[harmful] = sum(b != float(harmful) for b in of_kind) / len(of_kind)
    return shares
