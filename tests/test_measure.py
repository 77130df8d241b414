"""Intervals, differences and verdicts: known answers, properties, and coverage by simulation."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from turncoat.measure import (
    Cluster,
    Interval,
    compare_rates,
    difference,
    new_surfaces,
    unjudged_bounds,
    wilson,
)

NO_DEADLINE = settings(deadline=None, max_examples=60)


@st.composite
def counts(draw, least=1):
    n = draw(st.integers(least, 400))
    return draw(st.integers(0, n)), n


@pytest.mark.parametrize(
    ("k", "n", "low", "high"),
    [  # Newcombe (1998), Stat. Med. 17, 857-872, table I, method 3.
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_gives_the_published_hand_values(k, n, low, high):
    assert wilson(k, n) == pytest.approx((low, high), abs=5e-5)


def test_nothing_seen_in_a_hundred_still_allows_3_7_percent():
    low, high = wilson(0, 100)
    assert low == 0.0
    assert high == pytest.approx(0.037, abs=5e-4)


def test_nothing_judged_allows_everything():
    assert wilson(0, 0) == Interval(0.0, 1.0)


@pytest.mark.parametrize(("k", "n"), [(-1, 5), (6, 5), (1, 0), (0, -1)])
def test_counts_that_are_no_counts_are_refused(k, n):
    with pytest.raises(ValueError, match="k must lie"):
        wilson(k, n)


@NO_DEADLINE
@given(counts())
def test_wilson_holds_the_rate_and_mirrors(pair):
    k, n = pair
    low, high = wilson(k, n)
    assert 0 <= low <= k / n <= high <= 1
    assert wilson(n - k, n) == pytest.approx((1 - high, 1 - low), abs=1e-12)


@pytest.mark.parametrize("rate", [0.02, 0.1, 0.5, 0.9])
def test_wilson_covers_the_true_rate_about_as_often_as_it_says(rate):
    n = 60
    draws = np.random.default_rng(1).binomial(n, rate, 4000)
    hits = [wilson(k, n).low <= rate <= wilson(k, n).high for k in range(n + 1)]
    assert 0.92 <= np.mean([hits[k] for k in draws]) <= 0.99


def test_unjudged_runs_are_all_safe_or_all_harmful():
    assert unjudged_bounds(3, 8, 2) == Interval(0.3, 0.5)
    assert unjudged_bounds(0, 0, 4) == Interval(0.0, 1.0)
    assert unjudged_bounds(0, 0, 0) == Interval(0.0, 1.0)


@NO_DEADLINE
@given(counts(), st.integers(0, 50))
def test_the_bounds_hold_the_rate_of_the_judged_runs(pair, unjudged):
    k, n = pair
    low, high = unjudged_bounds(k, n, unjudged)
    assert low <= k / n <= high
    assert high - low == pytest.approx(unjudged / (n + unjudged))


@pytest.mark.parametrize(
    ("first", "second", "low", "high"),
    [  # Newcombe (1998), Stat. Med. 17, 873-890, table II, method 10.
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((6, 7), (2, 7), 0.0582, 0.8062),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((0, 10), (0, 20), -0.1611, 0.2775),
        ((0, 10), (0, 10), -0.2775, 0.2775),
        ((10, 10), (0, 20), 0.6791, 1.0),
        ((10, 10), (0, 10), 0.6075, 1.0),
    ],
)
def test_difference_gives_the_published_hand_values(first, second, low, high):
    assert difference(*first, *second) == pytest.approx((low, high), abs=5e-5)


@NO_DEADLINE
@given(counts(), counts())
def test_difference_holds_the_difference_and_turns_round(first, second):
    low, high = difference(*first, *second)
    observed = first[0] / first[1] - second[0] / second[1]
    assert -1 <= low <= observed + 1e-12
    assert observed - 1e-12 <= high <= 1
    assert difference(*second, *first) == pytest.approx((-high, -low), abs=1e-12)


def test_a_group_without_judged_runs_leaves_the_difference_open():
    low, high = difference(0, 0, 5, 10)
    assert low < -0.7
    assert high > 0.7


def test_new_surfaces_needs_two_surfaces_with_judged_runs():
    assert new_surfaces([]) is None
    assert new_surfaces([Cluster(1, 10)]) is None
    assert new_surfaces([Cluster(1, 10), Cluster(0, 0)]) is None


def test_new_surfaces_is_wider_the_more_surfaces_differ():
    alike = new_surfaces([Cluster(5, 10)] * 10)
    some = new_surfaces([Cluster(3, 10), Cluster(7, 10)] * 5)
    apart = new_surfaces([Cluster(0, 10), Cluster(10, 10)] * 5)
    widths = [interval.high - interval.low for interval in (wilson(50, 100), alike, some, apart)]
    assert widths == sorted(widths)
    assert widths[-1] > 2 * widths[0]


def test_where_nothing_happened_each_surface_is_one_observation():
    """1 - 0.025 ** (1 / 10): the exact bound for none of ten."""
    interval = new_surfaces([Cluster(0, 200)] * 10)
    assert interval == pytest.approx((0.0, 0.3085), abs=5e-5)
    assert new_surfaces([Cluster(200, 200)] * 10) == pytest.approx((0.6915, 1.0), abs=5e-5)


def test_new_surfaces_gives_a_hand_computed_korn_graubard_interval():
    """Rate 0.5, variance 5/4 * (4 * 4) / 50**2 = 0.008, effective n 31.25, t 2.0096 and 2.7764."""
    clusters = [Cluster(3, 10), Cluster(7, 10), Cluster(5, 10), Cluster(3, 10), Cluster(7, 10)]
    from scipy.stats import beta

    runs = 31.25 * (2.009575 / 2.776445) ** 2
    low = beta.ppf(0.025, runs / 2, runs / 2 + 1)
    high = beta.ppf(0.975, runs / 2 + 1, runs / 2)
    assert new_surfaces(clusters) == pytest.approx((low, high), abs=1e-5)


@NO_DEADLINE
@given(st.lists(counts(), min_size=2, max_size=12))
def test_new_surfaces_holds_the_rate_and_is_never_narrower_than_the_exact_interval(pairs):
    clusters = [Cluster(*pair) for pair in pairs]
    k, n = sum(c.k for c in clusters), sum(c.n for c in clusters)
    low, high = new_surfaces(clusters)
    assert 0 <= low <= k / n <= high <= 1
    assume(0 < k < n)
    from scipy.stats import beta

    assert low <= beta.ppf(0.025, k, n - k + 1) + 1e-9
    assert high >= beta.ppf(0.975, k + 1, n - k) - 1e-9


@pytest.mark.parametrize(("rate", "likeness"), [(0.3, 0.3), (0.5, 0.05), (0.05, 0.95)])
def test_new_surfaces_covers_the_rate_of_the_population_of_surfaces(rate, likeness):
    """Beta-binomial surfaces; wilson, which takes runs as independent, falls far short."""
    random = np.random.default_rng(2)
    size = (1 - likeness) / likeness
    covered = naive = 0
    for _ in range(600):
        chances = random.beta(rate * size, (1 - rate) * size, 10)
        clusters = [Cluster(int(k), 20) for k in random.binomial(20, chances)]
        low, high = new_surfaces(clusters)
        covered += low <= rate <= high
        simple = wilson(sum(c.k for c in clusters), 200)
        naive += simple.low <= rate <= simple.high
    assert covered / 600 >= 0.93
    assert naive / 600 < 0.9


@pytest.mark.parametrize(
    ("counts_", "margin", "verdict"),
    [
        ((60, 100, 20, 100), 0.1, "higher"),
        ((20, 100, 60, 100), 0.1, "lower"),
        ((98, 100, 96, 100), 0.1, "equivalent"),
        ((98, 100, 96, 100), 0.05, "cannot tell"),
        ((0, 20, 0, 100), 0.1, "cannot tell"),
        ((0, 100, 0, 100), 0.1, "equivalent"),
        ((5, 10, 50, 100), 0.1, "cannot tell"),
        # Small and certain: the direction goes before the margin.
        ((5_300, 10_000, 5_000, 10_000), 0.1, "higher"),
    ],
)
def test_a_comparison_says_what_the_counts_allow(counts_, margin, verdict):
    assert compare_rates(*counts_, margin=margin).verdict == verdict


def test_a_comparison_with_nothing_judged_cannot_tell():
    comparison = compare_rates(0, 0, 50, 100)
    assert (comparison.diff, comparison.verdict, comparison.p_value) == (None, "cannot tell", 1.0)


@NO_DEADLINE
@given(counts(), counts(), st.floats(0.01, 0.5))
def test_a_verdict_of_direction_turns_round_with_the_groups(first, second, margin):
    turned = {"higher": "lower", "lower": "higher"}
    one = compare_rates(*first, *second, margin=margin).verdict
    other = compare_rates(*second, *first, margin=margin).verdict
    assert other == turned.get(one, one)


def test_true_equality_is_called_different_in_about_one_of_twenty():
    random = np.random.default_rng(3)
    pairs = random.binomial(100, 0.4, (2000, 2))
    called = [compare_rates(int(a), 100, int(b), 100).verdict for a, b in pairs]
    assert np.mean([verdict in ("higher", "lower") for verdict in called]) < 0.065


def test_rates_a_margin_apart_are_called_equivalent_in_at_most_one_of_twenty():
    random = np.random.default_rng(4)
    first, second = random.binomial(300, 0.5, 2000), random.binomial(300, 0.6, 2000)
    called = [
        compare_rates(int(a), 300, int(b), 300, margin=0.1).verdict
        for a, b in zip(first, second, strict=True)
    ]
    assert np.mean([verdict == "equivalent" for verdict in called]) < 0.06


@pytest.mark.parametrize("margin", [0, 1, -0.1])
def test_a_margin_that_is_no_difference_of_rates_is_refused(margin):
    with pytest.raises(ValueError, match="margin"):
        compare_rates(1, 2, 1, 2, margin=margin)


@settings(deadline=None)
@given(counts(), counts(), st.sampled_from([0.9, 0.95, 0.99]))
def test_intervals_agree_with_those_of_statsmodels(first, second, confidence):
    alpha = 1 - confidence
    k, n = first
    if n:
        assert wilson(k, n, confidence) == pytest.approx(
            proportion_confint(k, n, alpha, "wilson"), abs=1e-9
        )
    if n and second[1]:
        low, high = confint_proportions_2indep(
            k, n, *second, method="newcomb", compare="diff", alpha=alpha
        )
        ours = difference(k, n, *second, confidence)
        assert ours == pytest.approx((max(-1, low), min(1, high)), abs=1e-9)


def test_the_exact_test_gives_the_published_value_of_the_lady_tasting_tea():
    # Fisher (1935), The Design of Experiments, chapter 2: 3 of 4 cups right each way.
    assert compare_rates(3, 4, 1, 4).p_exact == pytest.approx(34 / 70)
    assert compare_rates(4, 4, 0, 4).p_exact == pytest.approx(2 / 70)
    assert compare_rates(0, 100, 0, 100).p_exact == 1
