"""How tables tell conditions apart."""

from __future__ import annotations

from turncoat.records.condition_labels import tell

BASE = {"threat": "replacement", "goal": "safety", "nudge": "none", "tone": "warm", "noise": "0"}


def test_few_differences_stand_in_every_row_and_the_rest_below():
    told = tell([BASE, {**BASE, "threat": "none"}])
    assert told.rows == ["threat=replacement", "threat=none"]
    assert told.below == "in every row: goal=safety, nudge=none, tone=warm, noise=0"


def test_a_factor_without_meaning_in_a_row_does_not_tell_it_apart():
    told = tell([BASE, {**BASE, "threat": "none", "goal": "n/a"}])
    assert told.rows == ["threat=replacement", "threat=none"]
    assert "goal=safety (or n/a)" in told.below


def test_of_many_differences_a_row_says_only_what_is_unlike_most_others():
    changes = [{}, {}, {"threat": "none"}, {"goal": "n/a"}, {"nudge": "strategy"}, {"tone": "cold"}]
    changes.append({"goal": "ethical", "noise": "3"})
    told = tell([{**BASE, **change} for change in changes])
    assert told.rows[:3] == ["as below", "as below", "threat=none"]
    assert told.rows[4:] == ["nudge=strategy", "tone=cold", "goal=ethical\nnoise=3"]
    assert told.below.startswith("where a row does not say otherwise: threat=replacement")


def test_one_condition_is_all_below():
    assert tell([BASE]).rows == ["as below"]
