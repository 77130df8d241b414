"""What a number of runs is said to show, it shows."""

from __future__ import annotations

import math
import random

import pytest

from turncoat.measure import difference, wilson
from turncoat.measure.power import (
    design_effect,
    expected_half_width,
    power_of,
    runs_for_difference,
    smallest_difference,
)


def test_a_difference_of_the_smallest_size_is_found_as_often_as_was_promised():
    dice = random.Random("power")
    for n1, n2, base in ((20, 20, 0.0), (60, 30, 0.1)):
        rise = smallest_difference(n1, n2, base)
        found = 0
        for _ in range(600):
            k1 = sum(dice.random() < base + rise for _ in range(n1))
            k2 = sum(dice.random() < base for _ in range(n2))
            found += difference(k1, n1, k2, n2).low > 0
        assert found / 600 == pytest.approx(0.8, abs=0.05)
    assert math.isnan(smallest_difference(1, 1, 0.0))


def test_the_expected_half_width_is_that_of_wilsons_interval():
    low, high = wilson(0, 50)
    assert expected_half_width(50, 0.0) == pytest.approx((high - low) / 2)
    halves = [(wilson(k, 2).high - wilson(k, 2).low) / 2 for k in range(3)]
    assert expected_half_width(2, 0.5) == pytest.approx((halves[0] + 2 * halves[1] + halves[2]) / 4)
    assert expected_half_width(0, 0.5) == 0.5


def test_power_is_the_sum_over_all_outcomes_that_show_a_difference():
    n1, n2, base, rise = 9, 7, 0.1, 0.5
    summed = sum(
        math.comb(n1, k1)
        * (base + rise) ** k1
        * (1 - base - rise) ** (n1 - k1)
        * math.comb(n2, k2)
        * base**k2
        * (1 - base) ** (n2 - k2)
        for k1 in range(n1 + 1)
        for k2 in range(n2 + 1)
        if difference(k1, n1, k2, n2).low > 0
    )
    assert power_of(n1, n2, base, rise) == pytest.approx(summed, abs=1e-6)


@pytest.mark.parametrize(("rise", "base"), [(0.2, 0.0), (0.2, 0.1), (0.3, 0.5), (0.05, 0.0)])
def test_the_runs_for_a_difference_reach_the_power_and_fewer_do_not(rise, base):
    n = runs_for_difference(rise, base)
    assert power_of(n, n, base, rise) >= 0.8
    assert power_of(n - 1, n - 1, base, rise) < 0.8
    assert smallest_difference(n, n, base) <= rise + 1e-3


def test_surfaces_that_differ_cost_runs():
    effect = design_effect(each=10, correlation=0.1)
    assert effect == pytest.approx(1.9)
    assert design_effect(each=1, correlation=0.5) == 1
    plain = runs_for_difference(0.2, 0.1)
    assert runs_for_difference(0.2, 0.1, effect=effect) == math.ceil(1.9 * plain)
    assert smallest_difference(190, 190, 0.1, effect=effect) == smallest_difference(100, 100, 0.1)
    assert expected_half_width(190, 0.1, effect=effect) == expected_half_width(100, 0.1)


@pytest.mark.parametrize(("rise", "base"), [(0.0, 0.1), (0.5, 0.6), (0.0001, 0.3)])
def test_runs_for_a_difference_that_cannot_be_are_refused(rise, base):
    with pytest.raises(ValueError, match="rise"):
        runs_for_difference(rise, base)
