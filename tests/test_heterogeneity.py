"""Whether surfaces differ: found where they do, as seldom as it says where they do not."""

from __future__ import annotations

import numpy as np
import pytest

from turncoat.measure import Cluster, heterogeneity


def clusters(rates, each, dice):
    return [Cluster(int(dice.binomial(each, rate)), each) for rate in rates]


def test_surfaces_with_one_rate_are_called_different_as_seldom_as_the_test_says():
    dice = np.random.default_rng(1)
    found = [heterogeneity(clusters([0.3] * 10, 10, dice)).p_value for _ in range(200)]
    assert np.mean([p <= 0.05 for p in found]) <= 0.05 + 3 * (0.05 * 0.95 / 200) ** 0.5


def test_surfaces_far_apart_are_told_from_each_other():
    found = heterogeneity([Cluster(18, 20), Cluster(2, 20)] * 5)
    assert found.p_value < 0.001
    assert (found.lowest, found.highest) == (0.1, 0.9)
    assert found.correlation > 0.5
    assert found.why == ""


@pytest.mark.parametrize(
    ("found", "why"),
    [
        ([Cluster(0, 20)] * 10, "no run was harmful"),
        ([Cluster(20, 20)] * 10, "every run was harmful"),
        ([Cluster(3, 20)], "fewer than two surfaces"),
        ([Cluster(0, 1), Cluster(1, 1)], "one run a surface"),
        ([Cluster(0, 0)] * 3, "fewer than two surfaces"),
        ([], "fewer than two surfaces"),
    ],
)
def test_where_nothing_can_be_said_it_says_why(found, why):
    result = heterogeneity(found)
    assert (result.p_value, result.correlation, result.why) == (None, None, why)


def test_the_same_counts_give_the_same_answer():
    counts = [Cluster(k, 10) for k in (1, 5, 2, 7, 3)]
    assert heterogeneity(counts) == heterogeneity(counts)
