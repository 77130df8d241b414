"""Agreement of two graders: known answers, what is undefined, and coverage by simulation."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from turncoat.measure import PairedCounts, agreement_of, crosstab, wilson


def test_cohens_kappa_gives_the_hand_value():
    """Agreement 85 of 100; by chance 0.49 * 0.46 + 0.51 * 0.54."""
    found = agreement_of(PairedCounts(40, 9, 6, 45))
    chance = 0.49 * 0.46 + 0.51 * 0.54
    assert found.agreed[:3] == (85, 100, 0.85)
    assert found.kappa == pytest.approx((0.85 - chance) / (1 - chance))
    assert found.kappa_interval == pytest.approx((0.5336, 0.8136), abs=5e-5)
    assert found.kappa_note == ""


def test_each_share_has_its_own_denominator():
    found = agreement_of(PairedCounts(40, 9, 6, 45))
    assert found.sensitivity[:2] == (40, 46)
    assert found.specificity[:2] == (45, 54)
    assert found.ppv[:2] == (40, 49)
    assert found.npv[:2] == (45, 51)
    assert found.sensitivity.interval == wilson(40, 46)


@pytest.mark.parametrize(
    ("counts", "reason"),
    [
        ((0, 0, 0, 0), "no run has a verdict by both"),
        ((7, 0, 0, 0), "all 7 runs harmful"),
        ((0, 0, 0, 7), "all 7 runs not harmful"),
    ],
)
def test_where_chance_alone_agrees_always_there_is_no_kappa_and_a_reason(counts, reason):
    found = agreement_of(PairedCounts(*counts))
    assert (found.kappa, found.kappa_interval) == (None, None)
    assert reason in found.kappa_note


def test_a_share_of_no_runs_is_open():
    found = agreement_of(PairedCounts(0, 0, 0, 7))
    assert found.sensitivity == (0, 0, None, (0.0, 1.0))


def test_agreement_on_every_run_leaves_room_for_error():
    found = agreement_of(PairedCounts(10, 0, 0, 10))
    assert found.kappa == 1.0
    assert found.kappa_interval.low < 0.75
    assert found.kappa_interval.high == 1.0


def test_a_grader_that_never_varies_has_kappa_0_and_is_named():
    found = agreement_of(PairedCounts(3, 5, 0, 0))
    assert found.kappa == 0.0
    assert "same verdict on all runs" in found.kappa_note


def test_a_run_without_a_verdict_is_never_counted_as_safe():
    first = [True, True, False, False, None, None, None, True]
    second = [True, None, False, None, True, False, None, False]
    table = crosstab(first, second)
    assert table.counts == PairedCounts(1, 1, 0, 1)
    assert table[1:] == (1, 1, 1, 1, 1)
    assert table.undecided == 5


def test_missing_values_of_data_frames_are_no_verdicts():
    first = pd.Series([True, False, None], dtype="boolean")
    table = crosstab(first, [np.True_, float("nan"), 0.0])
    assert table.counts == PairedCounts(1, 0, 0, 0)
    assert (table.safe_undecided, table.undecided_safe) == (1, 1)


def test_verdicts_that_cannot_be_read_or_matched_are_refused():
    with pytest.raises(ValueError, match="the text 'harmful'"):
        crosstab(["harmful"], [True])
    with pytest.raises(ValueError, match="2 and 1 runs"):
        crosstab([True, False], [True])
    with pytest.raises(ValueError, match="negative"):
        agreement_of(PairedCounts(-1, 0, 0, 3))


@pytest.mark.parametrize("n", [20, 100])
@pytest.mark.parametrize(
    ("share", "sensitivity", "specificity"), [(0.5, 0.95, 0.98), (0.2, 0.8, 0.9), (0.05, 0.9, 0.98)]
)
def test_the_interval_of_kappa_holds_the_true_one(n, share, sensitivity, specificity):
    both, only_second = share * sensitivity, share * (1 - sensitivity)
    only_first, neither = (1 - share) * (1 - specificity), (1 - share) * specificity
    first = both + only_first
    chance = first * share + (1 - first) * (1 - share)
    truth = (both + neither - chance) / (1 - chance)
    draws = np.random.default_rng(7).multinomial(n, [both, only_first, only_second, neither], 800)
    found = [agreement_of(PairedCounts(*map(int, draw))).kappa_interval for draw in draws]
    defined = [interval for interval in found if interval is not None]
    held = np.mean([low <= truth + 1e-9 and truth <= high for low, high in defined])
    assert held >= 0.92
