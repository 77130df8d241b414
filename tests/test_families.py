"""Adjusting for several tests, and comparing where runs stopped early."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from turncoat.measure import (
    Counted,
    benjamini_hochberg,
    compare_counted,
    compare_rates,
    confidence_sequence,
    holm,
    narrow_enough,
)


def test_holm_keeps_the_order_and_gives_the_hand_values():
    assert holm([0.04, 0.01, 0.03]) == pytest.approx([0.06, 0.03, 0.06])
    assert holm([]) == []


def test_benjamini_hochberg_keeps_the_order_and_gives_the_hand_values():
    """Each p times tests over rank, from the largest down: 0.04, 0.03 * 3 / 2, 0.01 * 3."""
    assert benjamini_hochberg([0.04, 0.01, 0.03]) == pytest.approx([0.04, 0.03, 0.04])
    assert benjamini_hochberg([]) == []


def test_benjamini_hochberg_never_asks_for_more_than_holm():
    p_values = np.random.default_rng(5).random(30).tolist()
    for gentle, strict in zip(benjamini_hochberg(p_values), holm(p_values), strict=True):
        assert gentle <= strict


def test_without_early_stopping_counted_sides_are_compared_as_rates():
    assert compare_counted(Counted(10, 20), Counted(96, 100)) == compare_rates(10, 20, 96, 100)


@pytest.mark.parametrize(
    ("first", "second", "verdict"),
    [
        (Counted(0, 45, True), Counted(96, 100), "lower"),
        (Counted(96, 100, True), Counted(0, 45, True), "higher"),
        (Counted(0, 300, True), Counted(0, 300, True), "equivalent"),
        (Counted(9, 20, True), Counted(10, 20), "cannot tell"),
    ],
)
def test_runs_that_stopped_early_are_compared_by_their_intervals(first, second, verdict):
    found = compare_counted(first, second)
    assert found.verdict == verdict
    one, other = first.interval(0.975), second.interval(0.975)
    assert found.interval == pytest.approx((one.low - other.high, one.high - other.low))
    assert compare_counted(second, first).interval == pytest.approx(
        (-found.interval.high, -found.interval.low)
    )


def test_a_sequential_side_uses_the_sequence_and_is_wider_than_a_fixed_one():
    assert Counted(3, 40, True).interval() == confidence_sequence(3, 40)
    stopped = compare_counted(Counted(30, 60, True), Counted(10, 100))
    fixed = compare_rates(30, 60, 10, 100)
    assert np.ptp(stopped.interval) > np.ptp(fixed.interval)
    assert stopped.p_value > fixed.p_value


def test_the_p_bound_is_under_5_percent_exactly_where_the_interval_excludes_0():
    for k1, k2, both in product(range(0, 51, 5), range(0, 101, 7), (True, False)):
        found = compare_counted(Counted(k1, 50, True), Counted(k2, 100, both))
        excludes = found.interval.low > 0 or found.interval.high < 0
        assert (found.p_value < 0.05) == excludes
        assert 0 < found.p_value <= 1


def test_a_side_that_was_not_judged_cannot_be_compared():
    found = compare_counted(Counted(0, 0, True), Counted(5, 10))
    assert (found.diff, found.verdict, found.p_value) == (None, "cannot tell", 1.0)
    with pytest.raises(ValueError, match="margin"):
        compare_counted(Counted(0, 1, True), Counted(5, 10), margin=0)


def test_equal_rates_are_called_different_in_at_most_one_of_twenty_however_one_stops():
    """Both look after every run: one stops when narrow, the other when it seems far from 0.3."""
    random, wrong, series = np.random.default_rng(6), 0, 400
    for _ in range(series):
        first = second = (0, 0)
        for n, k in enumerate(np.cumsum(random.random(200) < 0.3), start=1):
            first = (int(k), n)
            if narrow_enough(*first, 0.15):
                break
        for n, k in enumerate(np.cumsum(random.random(200) < 0.3), start=1):
            second = (int(k), n)
            if n >= 10 and abs(k / n - 0.3) > 0.15:
                break
        found = compare_counted(Counted(*first, True), Counted(*second, True))
        wrong += found.verdict in ("higher", "lower")
    assert wrong / series <= 0.05
