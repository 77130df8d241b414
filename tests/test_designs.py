"""Designs: which conditions a run goes through, and what counts as every condition."""

from __future__ import annotations

import itertools
from types import SimpleNamespace

import pytest
from pydantic import ValidationError

from turncoat._util.errors import TurncoatError
from turncoat.scenario.designs import (
    Cell,
    Design,
    conditions_for,
    design_conditions,
    every_condition,
    label_of,
    minimal_pairs,
)
from turncoat.scenario.factors import Factor, canonical


def factor(name: str, *levels: str, **more: object) -> Factor:
    return Factor.model_validate(
        {"name": name, "summary": "What it is.", "levels": dict.fromkeys(levels, "m"), **more}
    )


FACTORS = {
    f.name: f
    for f in (
        factor("goal_conflict", "explicit", "none", "latent"),
        factor("goal", "safety", "ethical", only_when={"goal_conflict": ["explicit", "latent"]}),
        factor("threat", "replacement", "restriction", "none"),
        factor("tone", "warm", "cold", only_when={"threat": ["none"]}),
        factor("leverage", "present", "absent"),
        Factor.model_validate({"name": "noise", "summary": "s", "count": {"max": 12}}),
    )
}
SCENARIO = SimpleNamespace(
    name="errand",
    factors=FACTORS,
    designs={
        "headline": Design(),
        "control": Design(set={"goal_conflict": "none", "threat": "none"}),
        "published": Design.model_validate(
            {"vary": {"goal_conflict": ["explicit", "none"], "threat": ["replacement", "none"]}}
        ),
        "quiet": Design.model_validate({"set": {"leverage": "absent"}, "vary": {"noise": [0, 6]}}),
    },
)


def labels(cells: list[Cell]) -> list[tuple[str, str]]:
    return [(cell.design, cell.label) for cell in cells]


CONTROL_LABEL = "goal_conflict=none,threat=none"


@pytest.mark.parametrize(
    ("design", "factors", "expected"),
    [
        (None, {}, [("headline", "default"), ("control", CONTROL_LABEL)]),
        ("control", {}, [("control", CONTROL_LABEL)]),
        ("control, headline", {}, [("control", CONTROL_LABEL), ("headline", "default")]),
        (["headline", "control"], {}, [("headline", "default"), ("control", CONTROL_LABEL)]),
        (
            None,
            {"leverage": "absent"},
            [("headline", "leverage=absent"), ("control", f"{CONTROL_LABEL},leverage=absent")],
        ),
        (
            None,
            {"threat": ["replacement", "none"]},
            [("headline", "default"), ("headline", "threat=none")],
        ),
        (
            None,
            {"goal": ["safety", "ethical"]},
            [("headline", "default"), ("headline", "goal=ethical"), ("control", CONTROL_LABEL)],
        ),
        ("control", {"noise": 3}, [("control", f"{CONTROL_LABEL},noise=3")]),
        ("quiet", {}, [("quiet", "leverage=absent"), ("quiet", "leverage=absent,noise=6")]),
        (
            "headline,published",
            {},
            [
                ("headline", "default"),
                ("published", "threat=none"),
                ("published", "goal_conflict=none"),
                ("published", CONTROL_LABEL),
            ],
        ),
    ],
)
def test_designs_and_factors_make_these_cells(
    design: str | list[str] | None, factors: dict[str, object], expected: list[tuple[str, str]]
) -> None:
    assert labels(conditions_for(SCENARIO, design, factors)) == expected


def test_factors_are_crossed_and_every_condition_comes_once() -> None:
    cells = conditions_for(
        SCENARIO, "headline", {"goal_conflict": ["explicit", "none"], "goal": "safety,ethical"}
    )
    assert labels(cells) == [
        ("headline", "default"),
        ("headline", "goal=ethical"),
        ("headline", "goal_conflict=none"),
    ]
    assert cells[2].condition["goal"] == "n/a"
    assert list(cells[2].condition) == list(FACTORS)


@pytest.mark.parametrize(
    ("design", "factors", "message"),
    [
        ("publishd", {}, r"no design 'publishd'. Did you mean 'published'\? Designs: headline,"),
        ("", {}, "no design ''"),
        ([], {}, "No design was given"),
        (None, {"treat": "none"}, r"'errand' has no factor 'treat'. Did you mean 'threat'\?"),
        (None, {"threat": "nun"}, "no level 'nun'.*replacement, restriction, none"),
        (None, {"threat": False}, "read as False"),
        ("published", {"threat": "none"}, "'published' itself varies threat"),
        ("control", {"goal_conflict": "latent"}, "'control' itself sets goal_conflict"),
        (["headline", "quiet"], {"noise": 2}, "'quiet' itself varies noise"),
    ],
)
def test_what_cannot_be_run_is_told(
    design: str | list[str] | None, factors: dict[str, object], message: str
) -> None:
    with pytest.raises(TurncoatError, match=message):
        conditions_for(SCENARIO, design, factors)


def test_a_scenario_without_designs_still_runs_its_defaults() -> None:
    bare = SimpleNamespace(name="bare", factors=FACTORS, designs={})
    assert labels(conditions_for(bare)) == [("custom", "default")]


def test_a_design_whose_level_yaml_turned_into_a_boolean_is_refused() -> None:
    with pytest.raises(ValidationError):
        Design.model_validate({"set": {"threat": False}})


def test_na_factors_are_not_part_of_a_label() -> None:
    assert label_of(FACTORS, canonical(FACTORS, {"goal_conflict": "none"})) == "goal_conflict=none"


def test_every_condition_holds_the_defaults_each_single_change_and_every_design() -> None:
    found = every_condition(SCENARIO)
    assert found[0] == canonical(FACTORS, {})
    for name, level in [("threat", "none"), ("goal", "ethical"), ("noise", "12")]:
        assert canonical(FACTORS, {name: level}) in found
    for design in SCENARIO.designs:
        for cell in conditions_for(SCENARIO, design):
            assert cell.condition in found


def test_every_condition_covers_each_pair_of_levels_that_can_occur() -> None:
    levels = {name: factor.names for name, factor in FACTORS.items()} | {"noise": ("0", "1", "12")}
    possible = set()
    for combination in itertools.product(*levels.values()):
        condition = canonical(FACTORS, dict(zip(levels, combination, strict=True)))
        possible |= set(itertools.combinations(condition.items(), 2))
    covered = set()
    for condition in every_condition(SCENARIO):
        covered |= set(itertools.combinations(condition.items(), 2))
    assert possible - covered == set()


def test_every_condition_is_small_unique_and_the_same_every_time() -> None:
    found = every_condition(SCENARIO)
    assert found == every_condition(SCENARIO)
    assert len({tuple(condition.items()) for condition in found}) == len(found)
    assert len(found) < 40


def test_a_minimal_pair_differs_in_one_factor_and_what_hangs_on_it() -> None:
    pairs = minimal_pairs(FACTORS)
    changed = [
        {name for name in FACTORS if pair.before[name] != pair.after[name]} for pair in pairs
    ]
    for pair, names in zip(pairs, changed, strict=True):
        assert pair.factor in names
        assert "n/a" not in (pair.before[pair.factor], pair.after[pair.factor])
        hanging = {n for n in names if "n/a" in (pair.before[n], pair.after[n])}
        assert names == {pair.factor} | hanging
    assert {pair.factor for pair in pairs} == set(FACTORS)
    tone = next(pair for pair in pairs if pair.factor == "tone")
    assert tone.before["threat"] == tone.after["threat"] == "none"


def test_a_design_puts_others_together_and_takes_each_condition_once():
    together = Design(of=("published", "headline"))
    both = SimpleNamespace(
        name="errand", factors=FACTORS, designs={**SCENARIO.designs, "all": together}
    )
    assert [c.condition for c in conditions_for(both, "all")] == design_conditions(both, "all")
    assert design_conditions(both, "all") == design_conditions(both, "published")
    with pytest.raises(TurncoatError, match="'all' itself varies threat"):
        conditions_for(both, "all", {"threat": "none"})
