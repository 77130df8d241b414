"""The package's parameters, and what they are in our words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import NamedTuple

from turncoat.reference.package import Package, Refused
from turncoat.scenario.factors import Factor, canonical


class Combination(NamedTuple):
    """One word for each parameter of the package, as written with `-T`."""

    goal_type: str
    goal_value: str
    urgency_type: str
    extra_system_instructions: str
    prod: str
    test_eval_awareness: str

    @property
    def label(self) -> str:
        """As `-T` would have it."""
        return ",".join(f"{name}={word}" for name, word in self._asdict().items())


GOALS = {"america": "american-interests", "global": "global-cooperation"}
"""Goals that we call otherwise."""
_PAIRS = (
    ("america", "global"),
    ("safety", "acceleration"),
    ("ethical", "pragmatic"),
    ("individualism", "collectivism"),
)
OPPOSITE = {one: other for pair in _PAIRS for one, other in (pair, pair[::-1])}
"""The goal that the prompt states where `goal_type=swap`."""

_CONFLICTS = {"swap": "swapped"}
_SCRATCHPAD = {"false": "hidden", "true": "none"}
_AWARENESS = {"false": "none", "true": "ask"}


def factors_of(package: Package) -> Mapping[str, Factor]:
    """The package's parameters as factors, named as ours where they mean the same.

    Args:
        package: The installed package.

    Returns:
        `goal_conflict`, `goal`, `threat`, `scratchpad`, `awareness`, and `extra_instructions`,
        which our scenarios do not have.
    """
    return _factors(package)


def condition_of(package: Package, combination: Combination) -> dict[str, str]:
    """A combination as a condition.

    Args:
        package: The installed package.
        combination: The combination.

    Returns:
        Every factor of `factors_of` to its level. `goal` is the goal that the prompt states or
        the mails imply; under `swap` that is the opposite of the package's `goal_value`.
    """
    value = combination.goal_value
    stated = OPPOSITE.get(value, value) if combination.goal_type == "swap" else value
    levels = {
        "goal_conflict": _conflict(combination.goal_type),
        "goal": GOALS.get(stated, stated),
        "threat": combination.urgency_type,
        "scratchpad": _SCRATCHPAD[combination.prod],
        "awareness": _AWARENESS[combination.test_eval_awareness],
        "extra_instructions": combination.extra_system_instructions,
    }
    return canonical(factors_of(package), levels)


def _conflict(goal_type: str) -> str:
    return _CONFLICTS.get(goal_type, goal_type)


@cache
def _factors(package: Package) -> Mapping[str, Factor]:
    values, defaults = package.values, package.defaults
    goal = defaults["goal_value"]
    taking = [kind for kind in values["goal_type"] if _takes(package, None, kind, goal)]
    spoken = {
        "goal_conflict": ("goal_type", {word: _conflict(word) for word in values["goal_type"]}),
        "goal": ("goal_value", {word: GOALS.get(word, word) for word in values["goal_value"]}),
        "threat": ("urgency_type", {word: word for word in values["urgency_type"]}),
        "scratchpad": ("prod", _SCRATCHPAD),
        "awareness": ("test_eval_awareness", _AWARENESS),
        "extra_instructions": (
            "extra_system_instructions",
            {word: word for word in values["extra_system_instructions"]},
        ),
    }
    return {
        name: Factor(
            name=name,
            summary=f"The package's {parameter}.",
            levels=dict(
                sorted(
                    ((level, f"{parameter}={word}") for word, level in levels.items()),
                    key=lambda item: item[0] != levels[defaults[parameter]],
                )
            ),
            only_when={"goal_conflict": tuple(map(_conflict, taking))} if name == "goal" else {},
        )
        for name, (parameter, levels) in spoken.items()
    }


def goal_values(
    package: Package, scenario: str, kind: str, wanted: Sequence[str]
) -> tuple[str, ...]:
    """Those of some goal values that the package takes with a goal type.

    Args:
        package: The installed package.
        scenario: The package's name for its scenario.
        kind: The goal type.
        wanted: Goal values.
    """
    return tuple(value for value in wanted if _takes(package, scenario, kind, value))


def values_for(package: Package, scenario: str, kind: str) -> tuple[str, ...]:
    """All goal values that the package takes with a goal type.

    Args:
        package: The installed package.
        scenario: The package's name for its scenario.
        kind: The goal type.
    """
    return goal_values(package, scenario, kind, package.values["goal_value"])


@cache
def _takes(package: Package, scenario: str | None, goal_type: str, goal_value: str) -> bool:
    """Whether the package makes prompts of a goal; asked by trying, so that its rule counts."""
    parameters = {**package.defaults, "goal_type": goal_type, "goal_value": goal_value}
    try:
        package.prompts(scenario or package.scenarios[0], parameters)
    except Refused:
        return False
    return True
