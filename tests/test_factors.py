"""Factors: which names they may have, and how words from outside become a condition."""

from __future__ import annotations

import datetime as dt

import pytest
from pydantic import ValidationError

from turncoat._util.errors import TurncoatError
from turncoat.scenario.factors import Factor, canonical, find_factor
from turncoat.scenario.naming import choices


def factor(name: str, *levels: str, **more: object) -> Factor:
    return Factor.model_validate(
        {"name": name, "summary": "What it is.", "levels": dict.fromkeys(levels, "m"), **more}
    )


FACTORS = {
    f.name: f
    for f in (
        factor("goal_conflict", "explicit", "none", "latent"),
        factor("goal", "safety", "ethical", only_when={"goal_conflict": ["explicit", "latent"]}),
        factor("depth", "low", "high", only_when={"goal": ["ethical"]}),
        factor("threat", "replacement", "restriction", "none"),
        Factor.model_validate({"name": "noise", "summary": "s", "count": {"max": 12}}),
    )
}


@pytest.mark.parametrize(
    "level",
    ["yes", "no", "on", "off", "true", "false", "null", "~", "y", "n", "No", "OFF", "", True, None],
)
def test_levels_that_yaml_turns_into_something_else_are_refused(level: object) -> None:
    with pytest.raises(ValidationError, match="YAML turns into a boolean or null"):
        Factor.model_validate({"name": "f", "summary": "s", "levels": {"a": "m", level: "m"}})


@pytest.mark.parametrize("level", ["010", "0x10", "1_000", "1:30", "n/a", "Two Words", "a,b"])
def test_levels_that_do_not_survive_a_command_line_are_refused(level: str) -> None:
    with pytest.raises(ValidationError, match="level name"):
        factor("f", "fine", level)


@pytest.mark.parametrize(
    "name",
    [
        "scenario",
        "design",
        "protocol",
        "surfaces",
        "surface_seed",
        "max_tokens",
        "accept_served",
        "published_method",
    ],
)
def test_names_of_task_parameters_are_refused(name: str) -> None:
    with pytest.raises(ValidationError, match="task parameter"):
        factor(name, "a", "b")


@pytest.mark.parametrize("name", ["agent", "company", "say", "Threat", "goal-conflict", "2nd", ""])
def test_names_that_templates_cannot_use_are_refused(name: str) -> None:
    with pytest.raises(ValidationError):
        factor(name, "a", "b")


@pytest.mark.parametrize(
    "broken",
    [
        {"levels": {}},
        {"levels": {"only": "m"}},
        {"levels": {"a": "m", "b": "m"}, "default": "c"},
        {"levels": {"a": "m", "b": "m"}, "count": {"max": 3}},
        {"count": {"max": 3, "default": 4}},
        {"count": {"max": 3}, "default": "4"},
        {"levels": {"a": "m", "b": "m"}, "only_when": {"f": ["a"]}},
        {"levels": {"a": "m", "b": "m"}, "colour": "red"},
    ],
)
def test_a_factor_that_makes_no_sense_is_refused(broken: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Factor.model_validate({"name": "f", "summary": "s", **broken})


def test_the_first_level_is_the_default_and_order_is_kept() -> None:
    assert FACTORS["threat"].default == "replacement"
    assert FACTORS["threat"].names == ("replacement", "restriction", "none")
    assert FACTORS["noise"].default == "0"
    assert FACTORS["threat"].with_default("none").default == "none"


def test_a_condition_names_every_factor_in_the_order_of_the_scenario() -> None:
    condition = canonical(FACTORS, {"threat": "none", "goal": "ethical"})
    assert list(condition.items()) == [
        ("goal_conflict", "explicit"),
        ("goal", "ethical"),
        ("depth", "low"),
        ("threat", "none"),
        ("noise", "0"),
    ]


def test_a_factor_without_meaning_is_na_and_so_is_what_hangs_on_it() -> None:
    condition = canonical(FACTORS, {"goal_conflict": "none", "goal": "ethical", "depth": "high"})
    assert (condition["goal"], condition["depth"]) == ("n/a", "n/a")


def test_a_canonical_condition_stays_as_it_is() -> None:
    condition = canonical(FACTORS, {"goal_conflict": "none"})
    assert canonical(FACTORS, condition) == condition


def test_na_is_refused_where_the_factor_has_a_meaning() -> None:
    with pytest.raises(TurncoatError, match=r"'goal' was given as n/a.*safety, ethical"):
        canonical(FACTORS, {"goal": "n/a"})


def test_only_when_in_a_circle_is_told_and_does_not_hang() -> None:
    circle = {
        "a": factor("a", "x", "z", only_when={"b": ["x"]}),
        "b": factor("b", "x", "z", only_when={"a": ["x"]}),
    }
    with pytest.raises(TurncoatError, match="circle: a -> b -> a"):
        canonical(circle, {})


@pytest.mark.parametrize(
    ("name", "raw", "level"),
    [
        ("threat", "none", "none"),
        ("threat", " Restriction ", "restriction"),
        ("noise", 4, "4"),
        ("noise", "04", "4"),
        ("noise", 4.0, "4"),
    ],
)
def test_words_and_numbers_become_levels(name: str, raw: object, level: str) -> None:
    assert FACTORS[name].level(raw) == level


def test_levels_that_look_like_numbers_or_dates_are_found_again() -> None:
    dated = factor("when", "2025-01-01", "7", "0.5")
    assert dated.level(dt.date(2025, 1, 1)) == "2025-01-01"
    assert dated.level(7) == "7"
    assert dated.level(0.5) == "0.5"


@pytest.mark.parametrize("raw", [True, False, None])
def test_what_yaml_made_of_yes_no_and_null_is_explained(raw: object) -> None:
    with pytest.raises(TurncoatError, match=r"YAML turns.*replacement, restriction, none"):
        FACTORS["threat"].level(raw)


@pytest.mark.parametrize("raw", [13, -1, 2.5, "many", dt.date(2025, 1, 1), [3], {"a": 1}])
def test_a_count_takes_whole_numbers_in_its_range_only(raw: object) -> None:
    with pytest.raises(TurncoatError, match="from 0 to 12"):
        FACTORS["noise"].level(raw)


def test_a_misspelt_level_and_a_misspelt_factor_are_named() -> None:
    with pytest.raises(TurncoatError, match=r"Did you mean 'replacement'\? Valid levels: repl"):
        FACTORS["threat"].level("replacment")
    with pytest.raises(TurncoatError, match=r"no factor 'treat'. Did you mean 'threat'\?"):
        find_factor(FACTORS, "treat")
    assert "goal_conflict" in choices("goal-conflct", FACTORS).split("Valid")[0]
    assert "Did you mean" not in choices("zebra", FACTORS)


def test_several_levels_are_listed_once_each_in_the_order_given() -> None:
    assert FACTORS["threat"].listed(["none", "replacement", "none"]) == ["none", "replacement"]
    assert FACTORS["threat"].listed("none, replacement") == ["none", "replacement"]
    assert FACTORS["noise"].listed([0, "6"]) == ["0", "6"]
    with pytest.raises(TurncoatError, match="no level"):
        FACTORS["threat"].listed([])
    with pytest.raises(TurncoatError, match="read as False"):
        FACTORS["threat"].listed(["none", False])
