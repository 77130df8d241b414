"""Where levels separate the outcome, or surfaces agree by luck, nothing is made too certain."""

from __future__ import annotations

from math import log

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.stats import chi2, fisher_exact

from turncoat.measure import factor_effects
from turncoat.measure.firth import counts_of, firth, likelihood_ratio, profile_interval

THREAT = {"threat": "none"}


def two_groups(k1, k2, n=40):
    outcomes = np.array([1.0] * k1 + [0.0] * (n - k1) + [1.0] * k2 + [0.0] * (n - k2))
    return outcomes, ["some"] * n + ["none"] * n, [run % 10 for run in range(2 * n)]


def effect_of(k1, k2, n=40):
    outcomes, threat, surfaces = two_groups(k1, k2, n)
    (effect,) = factor_effects(outcomes, {"threat": threat}, surfaces, THREAT).effects
    return effect


def counted(k1, k2, n=40):
    outcomes, threat, _ = two_groups(k1, k2, n)
    return counts_of(np.column_stack([np.ones(2 * n), np.array(threat) == "some"]), outcomes)


def by_hand(k1, k2, n, odds=None):
    """Largest logarithm of the likelihood of two groups by Jeffreys' prior, written out."""

    def negative(parameters):
        base = parameters[0]
        line = base + (parameters[1] if odds is None else odds)
        p, q = 1 / (1 + np.exp(-line)), 1 / (1 + np.exp(-base))
        likelihood = k1 * line + k2 * base + n * (np.log1p(-p) + np.log1p(-q))
        return -(likelihood + 0.5 * np.log(n * p * (1 - p) * n * q * (1 - q)))

    start = [-1.0] if odds is not None else [-1.0, 1.0]
    options = {"xatol": 1e-10, "fatol": 1e-12, "maxiter": 4000}
    return -minimize(negative, start, method="Nelder-Mead", options=options).fun


@pytest.mark.parametrize(("k1", "k2"), [(12, 0), (40, 0), (40, 30), (0, 0), (5, 9)])
def test_the_penalised_estimate_of_two_groups_adds_half_a_run_of_either_kind(k1, k2):
    found = firth(counted(k1, k2)).coefficients
    base = log((k2 + 0.5) / (40.5 - k2))
    assert found == pytest.approx([base, log((k1 + 0.5) / (40.5 - k1)) - base], abs=1e-5)


@pytest.mark.parametrize(("k1", "k2"), [(12, 0), (20, 0), (40, 0), (6, 3)])
def test_the_profile_is_that_of_the_likelihood_written_out(k1, k2):
    counts = counted(k1, k2)
    best = firth(counts)
    top = by_hand(k1, k2, 40)
    assert likelihood_ratio(counts, best, {1: 0.0}) == pytest.approx(
        2 * (top - by_hand(k1, k2, 40, 0.0)), abs=1e-4
    )
    allowed = float(chi2.ppf(0.95, 1))
    for bound in profile_interval(counts, best, 1, allowed):
        assert 2 * (top - by_hand(k1, k2, 40, bound)) == pytest.approx(allowed, abs=1e-3)


@pytest.mark.parametrize("k", [8, 12, 20, 40])
def test_a_clear_effect_against_none_of_n_is_not_lost(k):
    """Wald's test after Firth gives 0.016 for 20 of 40 against none of 40."""
    effect = effect_of(k, 0)
    assert effect.method == "Firth"
    assert effect.p_value < 0.05
    assert effect.p_value > fisher_exact([[k, 40 - k], [0, 40]]).pvalue
    assert effect.odds_interval.low > 1
    assert effect.diff_interval.low > 0


@pytest.mark.parametrize("k", range(10))
def test_the_test_and_the_interval_of_the_odds_never_disagree(k):
    for effect in (effect_of(k, 0), effect_of(k, 3)):
        holds = effect.odds_interval.low <= 1 <= effect.odds_interval.high
        assert holds == (effect.p_value >= 0.05)


def test_none_of_few_in_both_groups_leaves_open_what_those_runs_leave_open():
    low, high = effect_of(0, 0).diff_interval
    assert low == pytest.approx(-high, abs=1e-6)
    assert high > 0.08


@pytest.mark.parametrize("surfaces", [2, 3, 5])
def test_surfaces_that_agree_by_luck_do_not_make_it_certain(surfaces):
    """Each surface shows the very same change, so between them there is no variance at all."""
    outcomes, threat, clusters = [], [], []
    for surface in range(surfaces):
        outcomes += [True, True, False, False, True, False, False, False]
        threat += ["some"] * 4 + ["none"] * 4
        clusters += [surface] * 8
    (effect,) = factor_effects(outcomes, {"threat": threat}, clusters, THREAT).effects
    assert effect.diff == pytest.approx(0.25)
    assert effect.diff_interval.low < 0 < effect.diff_interval.high
    assert effect.p_value > 0.05


def test_levels_that_are_one_sided_are_named():
    outcomes, threat, surfaces = two_groups(12, 0)
    found = factor_effects(outcomes, {"threat": threat}, surfaces, THREAT)
    assert found.one_sided == ("threat=none (0 of 40)",)
