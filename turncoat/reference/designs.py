"""Named sets of combinations, and what a user's parameters make of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from typing import NamedTuple

from turncoat._util.errors import TurncoatError
from turncoat.reference.conditions import Combination, goal_values, values_for
from turncoat.reference.package import VARIED, Package
from turncoat.scenario.naming import choices


class ReferenceDesign(NamedTuple):
    """A named set of combinations."""

    fixed: Mapping[str, tuple[str, ...]]
    """Parameter to its words; no word stands for all that the package takes."""
    summary: str


CONTROL_PARAMETERS = {"goal_type": ("none",), "urgency_type": ("none",)}
DESIGNS: Mapping[str, ReferenceDesign] = {
    "headline": ReferenceDesign({}, "the package's defaults"),
    "control": ReferenceDesign(CONTROL_PARAMETERS, "no goal conflict and no threat"),
    "published": ReferenceDesign(
        {"goal_type": ("explicit", "none"), "urgency_type": ()}, "the six cells of the study"
    ),
    "every": ReferenceDesign(
        dict.fromkeys(VARIED, ()), "every combination that makes another prompt"
    ),
}
USUAL = ("headline", "control")


def combinations_for(
    package: Package, scenario: str, design: object, given: Mapping[str, object]
) -> list[tuple[str, Combination]]:
    """The combinations of a run, each once, with the design that each came from.

    - Neither design nor parameters: `headline` and `control`.
    - A parameter may be given one word or several; several lists are crossed.
    - Parameters beside a design override its defaults; one that the design itself sets is an
      error. Without a design they override `headline` and `control`, but where one of them is a
      parameter that `control` sets, the user has described the combinations by hand.
    - `goal_value` is the package's default where the goal type takes it, else what it takes.

    Args:
        package: The installed package.
        scenario: The package's name for its scenario.
        design: A design, several with commas or as a list, or None.
        given: Parameter to word or words, raw as a YAML reader made them of `-T`; None is not
            given.

    Raises:
        TurncoatError: An unknown design, parameter or word, or a combination that the package
            does not take. The message lists what is valid.
    """
    words = {
        name: _listed(package, name, raw) for name, raw in given.items() if not _is_missing(raw)
    }
    names = _design_names(design)
    for name in names:
        if overlap := sorted(words.keys() & DESIGNS[name].fixed.keys()):
            raise TurncoatError(
                f"Design '{name}' itself sets {', '.join(overlap)}. Leave out one of the two."
            )
    if not names:
        names = (
            USUAL if words.keys().isdisjoint({*CONTROL_PARAMETERS, "goal_value"}) else ("headline",)
        )
    found: dict[Combination, str] = {}
    for name in names:
        for combination in _crossed(package, scenario, DESIGNS[name].fixed, words):
            found.setdefault(combination, name)
    cells = [(name, combination) for combination, name in found.items()]
    return _distinct(package, scenario, cells) if "every" in names else cells


def control_of(package: Package, scenario: str, combination: Combination) -> Combination:
    """The combination that gives no cause for the behaviour, else the same.

    Args:
        package: The installed package.
        scenario: The package's name for its scenario.
        combination: Any combination that the package takes.
    """
    goal_type, urgency = CONTROL_PARAMETERS["goal_type"][0], CONTROL_PARAMETERS["urgency_type"][0]
    [goal_value] = values_for(package, scenario, goal_type)[:1]
    return combination._replace(goal_type=goal_type, goal_value=goal_value, urgency_type=urgency)


def _crossed(
    package: Package,
    scenario: str,
    fixed: Mapping[str, tuple[str, ...]],
    given: Mapping[str, tuple[str, ...]],
) -> list[Combination]:
    wanted = {
        name: given.get(name)
        or (fixed[name] or package.values[name] if name in fixed else (package.defaults[name],))
        for name in VARIED
    }
    chosen = {
        kind: goal_values(package, scenario, kind, wanted["goal_value"])
        for kind in wanted["goal_type"]
    }
    asked = "goal_value" in given
    for kind, taken in chosen.items():
        if not taken and (not asked or any(chosen.values())):
            chosen[kind] = values_for(package, scenario, kind)[:1]
        elif not taken:
            valid = ", ".join(values_for(package, scenario, kind))
            raise TurncoatError(
                f"goal_type={kind} does not go with goal_value={','.join(wanted['goal_value'])}. "
                f"Values that go with goal_type={kind}: {valid}."
            )
    rest = [wanted[name] for name in VARIED[2:]]
    return [
        Combination(kind, *words)
        for kind, taken in chosen.items()
        for words in product(taken, *rest)
    ]


def _distinct(
    package: Package, scenario: str, cells: Sequence[tuple[str, Combination]]
) -> list[tuple[str, Combination]]:
    """Those that make another prompt than any before; of equals, the one with fewest choices."""
    choice = {
        kind: len(values_for(package, scenario, kind)) for kind in package.values["goal_type"]
    }
    found: dict[tuple[str, str], tuple[str, Combination]] = {}
    for name, combination in sorted(cells, key=lambda cell: choice[cell[1].goal_type]):
        prompts = package.prompts(scenario, combination._asdict())
        found.setdefault((prompts.system, prompts.task), (name, combination))
    kept = set(found.values())
    return [cell for cell in cells if cell in kept]


def _design_names(design: object) -> tuple[str, ...]:
    if design is None:
        return ()
    names = tuple(part for part in _parts(design) if part)
    for name in names:
        if name not in DESIGNS:
            raise TurncoatError(f"No design '{name}'. {choices(name, DESIGNS, 'Designs')}")
    return names


def _listed(package: Package, name: str, raw: object) -> tuple[str, ...]:
    if name not in VARIED:
        raise TurncoatError(
            f"The original prompts have no parameter '{name}'. "
            f"{choices(name, ('scenario', *VARIED, 'design'), 'Parameters')}"
        )
    words = tuple(dict.fromkeys(_parts(raw)))
    for word in words:
        if word not in package.values[name]:
            raise TurncoatError(
                f"{name} has no value '{word}'. {choices(word, package.values[name])}"
            )
    return words


def _is_missing(raw: object) -> bool:
    return raw is None or raw == []


def _parts(raw: object) -> list[str]:
    values = raw if isinstance(raw, list | tuple) else str(raw).split(",")
    return [str(value).strip().lower() for value in values]
