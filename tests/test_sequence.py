"""The confidence sequence: known values, and what it promises however often one looks."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from turncoat.measure import (
    confidence_sequence,
    narrow_enough,
    over_surfaces,
    runs_for_half_width,
    wilson,
)


@settings(deadline=None)
@given(st.integers(1, 2_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_it_holds_the_share_and_is_wider_than_an_interval_for_one_look(counts):
    k, n = counts
    low, high = confidence_sequence(k, n)
    assert 0 <= low <= k / n <= high <= 1
    assert low <= wilson(k, n).low + 1e-9
    assert high >= wilson(k, n).high - 1e-9
    assert confidence_sequence(n - k, n) == pytest.approx((1 - high, 1 - low))


def test_at_zero_of_n_its_bound_solves_the_equation():
    # 1 / (n + 1) / (1 - p)^n = 20
    assert confidence_sequence(0, 50) == pytest.approx((0, 1 - (20 * 51) ** (-1 / 50)))
    assert confidence_sequence(0, 0) == (0, 1)


def test_a_half_width_takes_few_runs_at_the_ends_and_many_in_the_middle():
    def first(rate, half_width):
        return next(n for n in range(1, 5_000) if narrow_enough(round(rate * n), n, half_width))

    assert 65 <= first(0, 0.05) <= 75
    assert first(0, 0.1) == first(1, 0.1) <= 43
    assert 1_200 <= runs_for_half_width(0.05) <= 1_300
    enough = runs_for_half_width(0.1)
    assert all(narrow_enough(k, enough, 0.1) for k in range(enough + 1))
    assert not narrow_enough((enough - 1) // 2, enough - 1, 0.1)


@pytest.mark.parametrize("rate", [0.02, 0.3, 0.5, 0.9])
def test_the_true_rate_is_missed_at_any_of_300_looks_in_at_most_5_percent(rate):
    dice = random.Random(f"peeking at {rate}")
    missed = 0
    for _ in range(400):
        k = 0
        for n in range(1, 301):
            k += dice.random() < rate
            low, high = confidence_sequence(k, n)
            if not low <= rate <= high:
                missed += 1
                break
    assert missed <= 20 + 9  # 5 % of 400, and two standard errors.


@pytest.mark.parametrize("half_width", [0.0, 0.5, -1.0])
def test_a_half_width_that_is_none_is_refused(half_width):
    with pytest.raises(ValueError, match="half_width"):
        runs_for_half_width(half_width)


def test_judged_unevenly_it_covers_the_mean_over_all_launched_runs():
    """One surface of ten always does it, and hardly any of its runs can be judged."""
    dice = random.Random(11)
    rates = [1.0] + [0.1] * 9
    chance = [0.3] + [1.0] * 9
    plain = held = 0
    for _ in range(200):
        judged = [sum(dice.random() < share for _ in range(12)) for share in chance]
        k = sum(
            sum(dice.random() < rate for _ in range(n))
            for rate, n in zip(rates, judged, strict=True)
        )
        interval = confidence_sequence(k, sum(judged))
        wider = over_surfaces(interval, judged, [12] * 10)
        plain += interval.low <= 0.19 <= interval.high
        held += wider.low <= 0.19 <= wider.high
    assert held >= 195
    assert held >= plain
    assert over_surfaces(interval, [12] * 10, [12] * 10) == interval
    assert over_surfaces(interval, [12, 4], [12, 4]) == interval
    assert over_surfaces(interval, [0, 10], [10, 10]) == (
        max(0, interval.low - 0.5),
        min(1, interval.high + 0.5),
    )
