"""Condition against control: known answers, cells of 0, and coverage where the truth is known."""

from __future__ import annotations

from itertools import pairwise
from math import inf, isfinite

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import beta
from statsmodels.stats.contingency_tables import StratifiedTable
from statsmodels.stats.proportion import confint_proportions_2indep

from turncoat.measure import (
    Counted,
    Stratum,
    confidence_sequence,
    contrast,
    contrast_of_intervals,
    difference,
    new_surfaces_contrast,
    paired_contrast,
)

QUIET = settings(deadline=None, max_examples=80)


@st.composite
def surfaces(draw, least=0):
    def side():
        n = draw(st.integers(least, 6))
        return draw(st.sampled_from([0, n, n // 2])), n

    return Stratum(*side(), *side())


def drawn(random, rates1, rates2, n1, n2):
    k1, k2 = random.binomial(n1, rates1), random.binomial(n2, rates2)
    return [Stratum(*map(int, row)) for row in zip(k1, n1, k2, n2, strict=True)]


def holds(interval, truth):
    return interval.low - 1e-9 <= truth <= interval.high + 1e-9


@pytest.mark.parametrize(
    ("counts", "low", "high"),
    [  # Newcombe (1998), Stat. Med. 17, 873-890, table II, method 6 (Miettinen and Nurminen).
        ((56, 70, 48, 80), 0.0528, 0.3382),
        ((9, 10, 3, 10), 0.1700, 0.8406),
        ((6, 7, 2, 7), 0.0342, 0.8534),
        ((5, 56, 0, 29), -0.0326, 0.1933),
        ((0, 10, 0, 20), -0.1658, 0.2844),
        ((0, 10, 0, 10), -0.2879, 0.2879),
        ((10, 10, 0, 20), 0.7156, 1.0),
    ],
)
def test_one_surface_gives_the_published_score_interval(counts, low, high):
    found = paired_contrast([Stratum(*counts)])
    assert found.diff_interval == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize("counts", [(5, 20, 9, 30), (40, 50, 11, 60), (3, 10, 9, 10)])
def test_the_ratio_of_independent_runs_is_that_of_statsmodels(counts):
    theirs = confint_proportions_2indep(*counts, compare="ratio", method="score")
    found = contrast(*counts)
    assert found.ratio_interval == pytest.approx(theirs, rel=1e-6)
    assert found.ratio == pytest.approx(counts[0] / counts[1] / (counts[2] / counts[3]))
    assert found.diff_interval == difference(*counts)


def test_over_surfaces_ratio_and_test_are_those_of_mantel_and_haenszel():
    rows = [Stratum(3, 10, 1, 12), Stratum(5, 8, 2, 9), Stratum(0, 5, 1, 7)]
    tables = [np.array([[k1, n1 - k1], [k2, n2 - k2]]) for k1, n1, k2, n2 in rows]
    theirs = StratifiedTable(tables)
    found = paired_contrast(rows)
    assert found.ratio == pytest.approx(theirs.riskratio_pooled)
    assert found.p_value == pytest.approx(theirs.test_null_odds(correction=False).pvalue)
    weights = [n1 * n2 / (n1 + n2) for _, n1, _, n2 in rows]
    gaps = [k1 / n1 - k2 / n2 for k1, n1, k2, n2 in rows]
    assert found.diff == pytest.approx(np.average(gaps, weights=weights))


def test_nothing_harmful_on_either_side_leaves_difference_and_ratio_open():
    for found in (
        contrast(0, 20, 0, 20),
        paired_contrast([Stratum(0, 2, 0, 2)] * 10),
        new_surfaces_contrast([Stratum(0, 2, 0, 2)] * 10),
    ):
        assert found.diff == 0.0
        assert found.diff_interval.low < -0.15
        assert found.diff_interval.high > 0.15
        assert (found.ratio, found.ratio_interval) == (None, (0.0, inf))


def test_a_control_without_harm_gives_the_ratio_a_lower_bound_alone():
    for found in (
        contrast(15, 20, 0, 20),
        paired_contrast([Stratum(3, 4, 0, 4)] * 10),
        new_surfaces_contrast([Stratum(3, 4, 0, 4)] * 10),
    ):
        assert found.ratio is None
        assert 1 < found.ratio_interval.low < inf == found.ratio_interval.high


def test_a_condition_without_harm_has_ratio_0_and_an_upper_bound():
    for found in (
        contrast(0, 20, 15, 20),
        paired_contrast([Stratum(0, 4, 3, 4)] * 10),
        new_surfaces_contrast([Stratum(0, 4, 3, 4)] * 10),
    ):
        assert found.ratio == 0.0
        assert found.ratio_interval.low == 0 < found.ratio_interval.high < 1


def test_all_harmful_on_both_sides_has_ratio_1_within_bounds():
    for found in (
        contrast(20, 20, 20, 20),
        paired_contrast([Stratum(2, 2, 2, 2)] * 10),
        new_surfaces_contrast([Stratum(2, 2, 2, 2)] * 10),
    ):
        assert found.ratio == 1.0
        assert found.ratio_interval.low < 0.9
        assert found.ratio_interval.high > 1.1
        assert found.diff_interval.low < -0.1
        assert found.diff_interval.high > 0.1


def test_surfaces_that_agree_to_the_last_run_are_no_proof_that_others_would():
    found = new_surfaces_contrast([Stratum(0, 200, 0, 200)] * 5 + [Stratum(200, 200, 200, 200)] * 5)
    assert found.diff_interval.high - found.diff_interval.low > 0.5


def test_what_surfaces_add_to_both_sides_drops_out():
    """Half of the surfaces nearly always, half of them never: the same under both."""
    rows = [Stratum(0, 10, 0, 10)] * 5 + [Stratum(9, 10, 8, 10)] * 5
    paired, apart = paired_contrast(rows), contrast(45, 100, 40, 100)
    assert paired.diff == pytest.approx(apart.diff)
    width, naive = np.ptp(paired.diff_interval), np.ptp(apart.diff_interval)
    assert width < 0.65 * naive


def test_surfaces_that_were_judged_on_one_side_alone_are_left_out():
    rows = [Stratum(1, 4, 0, 4), Stratum(2, 4, 1, 4)]
    lone = [Stratum(4, 4, 0, 0), Stratum(0, 0, 4, 4)]
    assert paired_contrast([*rows, *lone]) == paired_contrast(rows)
    assert new_surfaces_contrast([*rows, *lone]) == new_surfaces_contrast(rows)
    assert paired_contrast(lone) is None
    assert new_surfaces_contrast([*rows[:1], *lone]) is None


def test_with_nothing_judged_on_a_side_the_other_sets_the_bounds():
    found = contrast(0, 0, 0, 100)
    assert (found.diff, found.ratio, found.p_value) == (None, None, None)
    assert found.diff_interval == pytest.approx((-0.037, 1.0), abs=1e-3)


def test_counts_that_are_no_counts_are_refused():
    for bad in (contrast, lambda *row: paired_contrast([Stratum(*row)])):
        with pytest.raises(ValueError, match="k must lie"):
            bad(5, 4, 0, 4)
    with pytest.raises(ValueError, match="confidence"):
        paired_contrast([Stratum(1, 4, 0, 4)], confidence=1.0)


@QUIET
@given(st.lists(surfaces(), min_size=1, max_size=7))
def test_whatever_the_counts_each_interval_holds_its_estimate_and_is_never_empty(rows):
    for found in (paired_contrast(rows), new_surfaces_contrast(rows)):
        if found is None:
            continue
        low, high = found.diff_interval
        assert -1 <= low <= found.diff + 1e-9
        assert found.diff - 1e-9 <= high <= 1
        assert high - low > 0.01
        low, high = found.ratio_interval
        assert 0 <= low < high
        if found.ratio is not None:
            assert low <= found.ratio * (1 + 1e-9)
            assert high >= found.ratio * (1 - 1e-9)


@QUIET
@given(st.lists(surfaces(least=1), min_size=1, max_size=7))
def test_exchanging_the_sides_turns_the_contrast_round(rows):
    turned = [Stratum(k2, n2, k1, n1) for k1, n1, k2, n2 in rows]
    one, other = paired_contrast(rows), paired_contrast(turned)
    low, high = one.diff_interval
    assert other.diff_interval == pytest.approx((-high, -low), abs=1e-6)
    low, high = one.ratio_interval
    if low > 0 and isfinite(high):
        assert other.ratio_interval == pytest.approx((1 / high, 1 / low), rel=1e-5)


HALF = np.repeat([0.0, 0.95], 5)
TEN = np.ones(10)


@pytest.mark.parametrize("runs", [(1, 1), (2, 2), (10, 10), (4, 9)])
@pytest.mark.parametrize(
    ("rates1", "rates2"),
    [
        (0.5 * TEN, 0.5 * TEN),
        (0.3 * TEN, 0 * TEN),
        (0.96 * TEN, 0.02 * TEN),
        (0.1 * TEN, 0.05 * TEN),
        (HALF, 0.9 * HALF),
        (HALF, 0 * TEN),
        (np.linspace(0.05, 0.95, 10), np.linspace(0.95, 0.05, 10)),
    ],
    ids=["half", "zero control", "ends", "rare", "alike", "some surfaces", "crossed"],
)
def test_paired_intervals_hold_the_truth_of_these_surfaces(rates1, rates2, runs):
    random = np.random.default_rng(11)
    n1, n2 = (np.resize([n, n, n + runs[0] - 1], 10) for n in runs)
    weights = n1 * n2 / (n1 + n2)
    mean1, mean2 = np.average(rates1, weights=weights), np.average(rates2, weights=weights)
    found = [paired_contrast(drawn(random, rates1, rates2, n1, n2)) for _ in range(120)]
    ratio = mean1 / mean2 if mean2 else inf
    assert np.mean([holds(one.diff_interval, mean1 - mean2) for one in found]) >= 0.9
    assert np.mean([holds(one.ratio_interval, ratio) for one in found]) >= 0.9


@pytest.mark.parametrize(
    ("rate1", "rate2", "likeness", "shared"),
    [
        (0.5, 0.5, 0.3, True),
        (0.5, 0.3, 0.3, False),
        (0.3, 0.02, 0.1, False),
        (0.9, 0.1, 0.1, False),
        (0.1, 0.001, 0.3, False),
    ],
)
def test_clustered_intervals_hold_the_truth_of_surfaces_that_were_not_run(
    rate1, rate2, likeness, shared
):
    """Beta-binomial surfaces; a t interval of the differences holds it far less often."""
    random = np.random.default_rng(12)
    size, n = (1 - likeness) / likeness, np.repeat(4, 10)
    held, ratio_held, naive = [], [], []
    for _ in range(300):
        place = random.random(10)
        other = place if shared else random.random(10)
        rates1 = beta.ppf(place, rate1 * size, (1 - rate1) * size)
        rates2 = beta.ppf(other, rate2 * size, (1 - rate2) * size)
        rows = drawn(random, rates1, rates2, n, n)
        found = new_surfaces_contrast(rows)
        held.append(holds(found.diff_interval, rate1 - rate2))
        ratio_held.append(holds(found.ratio_interval, rate1 / rate2))
        gaps = [(row.k1 - row.k2) / 4 for row in rows]
        reach = 2.262 * np.std(gaps, ddof=1) / 10**0.5
        naive.append(abs(np.mean(gaps) - (rate1 - rate2)) <= reach)
    assert np.mean(held) >= 0.93
    assert np.mean(ratio_held) >= 0.93
    if rate2 < 0.01:
        assert np.mean(naive) < 0.9


def test_for_new_surfaces_the_interval_is_never_narrower_than_for_these():
    random = np.random.default_rng(13)
    for _ in range(50):
        rows = drawn(random, random.random(6), random.random(6), np.repeat(3, 6), np.repeat(3, 6))
        these, new = paired_contrast(rows), new_surfaces_contrast(rows)
        for wide, narrow in (
            (new.diff_interval, these.diff_interval),
            (new.ratio_interval, these.ratio_interval),
        ):
            assert wide.low <= narrow.low < narrow.high <= wide.high


def test_runs_that_stopped_early_are_held_against_control_by_their_sequence():
    found = contrast_of_intervals(Counted(30, 60, sequential=True), Counted(0, 100))
    low, high = confidence_sequence(30, 60, 0.975)
    assert found.diff_interval.high == pytest.approx(high)
    assert 0 < found.diff_interval.low < low
    assert (found.ratio, found.ratio_interval.high) == (None, inf)
    fixed = contrast(30, 60, 0, 100)
    assert found.diff_interval.low < fixed.diff_interval.low
    assert 1 < found.ratio_interval.low < fixed.ratio_interval.low
    assert fixed.p_value < found.p_value < 0.05


def test_more_confidence_is_a_wider_interval():
    rows = [Stratum(3, 4, 1, 4), Stratum(1, 4, 0, 4), Stratum(2, 4, 2, 4)]
    for method in (paired_contrast, new_surfaces_contrast):
        widths = [np.ptp(method(rows, level).diff_interval) for level in (0.5, 0.9, 0.99)]
        assert all(narrow < wide for narrow, wide in pairwise(widths))
