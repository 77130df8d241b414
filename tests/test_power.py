"""What a number of runs is said to show, it shows."""

from __future__ import annotations

import math
import random

import pytest

from turncoat.measure import difference, wilson
from turncoat.measure.power import expected_half_width, smallest_difference


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
