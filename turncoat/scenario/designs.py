"""Which conditions a run or a check goes through."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, Protocol

from pydantic import Field, field_validator

from turncoat._util.errors import TurncoatError
from turncoat.contract import Frozen
from turncoat.scenario.factors import Factor, canonical, find_factor
from turncoat.scenario.naming import NOT_APPLICABLE, choices
from turncoat.scenario.pairwise import needed_by, pairwise, probes

HEADLINE = "headline"
CONTROL = "control"
CUSTOM = "custom"
"""Label of the design of cells that only the given factors describe."""


class Design(Frozen):
    """A named set of conditions, as `scenario.yaml` spells it."""

    set: Mapping[str, str] = Field(default_factory=dict)
    """Factors held at one level."""
    vary: Mapping[str, tuple[str, ...]] = Field(default_factory=dict)
    """Factors crossed with each other, and their levels."""
    of: tuple[str, ...] = ()
    """Other designs that it puts together; then it sets and varies nothing itself."""

    @field_validator("set", mode="before")
    @classmethod
    def _levels_as_text(cls, levels: object) -> object:
        if not isinstance(levels, Mapping):
            return levels
        return {name: _number_as_text(level) for name, level in levels.items()}

    @field_validator("vary", mode="before")
    @classmethod
    def _lists_as_text(cls, lists: object) -> object:
        if not isinstance(lists, Mapping):
            return lists
        return {
            name: [_number_as_text(level) for level in levels]
            if isinstance(levels, list | tuple)
            else levels
            for name, levels in lists.items()
        }

    @property
    def names(self) -> frozenset[str]:
        """Every factor that it sets or varies."""
        return frozenset(self.set) | frozenset(self.vary)


class Cell(NamedTuple):
    """One condition of a run."""

    design: str
    """Name of the design that it came from first; `custom` where factors alone made it."""
    label: str
    """The factors that differ from the scenario's defaults, or `default`."""
    condition: dict[str, str]


class Designed(Protocol):
    """What this module needs of a scenario."""

    @property
    def name(self) -> str:
        """The scenario's name, for messages."""

    @property
    def factors(self) -> Mapping[str, Factor]:
        """Its factors, in order."""

    @property
    def designs(self) -> Mapping[str, Design]:
        """Its named designs."""


def conditions_for(
    scenario: Designed,
    design: str | Sequence[str] | None = None,
    factors: Mapping[str, object] | None = None,
) -> list[Cell]:
    """The conditions of a run, each once, in the order in which they were asked for.

    - Neither design nor factors: `headline` and `control`.
    - A factor may be given one level or a list; several lists are crossed.
    - Factors beside designs override what the design leaves at its default, in every design
      named. A design that was named and itself sets or varies such a factor is an error.
    - Factors without a design override `headline` and `control`. If one of them is a factor
      that `headline` or `control` itself sets or varies, the user has described the cells by
      hand: only `headline` is taken, and the given levels win over its own.
    - Where an override turns two conditions into one (because a factor became `n/a`), the first
      stays.

    Args:
        scenario: The scenario.
        design: A design, several with commas between them or as a list, or None.
        factors: Factor to level or levels, raw as a YAML reader made them of `-T`.

    Returns:
        At least one cell.

    Raises:
        TurncoatError: An unknown design, factor or level, or a factor that a design named by
            the user itself sets or varies. The message lists what is valid.
    """
    given = {
        name: find_factor(scenario.factors, name, f"Scenario '{scenario.name}'").listed(raw)
        for name, raw in (factors or {}).items()
    }
    names = _design_names(scenario, design)
    if names:
        for name in names:
            for part in _parts(scenario, name):
                _refuse_overlap(scenario.designs[part], name, given)
    else:
        names = _usual_designs(scenario, given)
    names = [part for name in names for part in _parts(scenario, name)]
    cells: dict[tuple[str, ...], Cell] = {}
    for name in names:
        for condition in _grid(scenario, scenario.designs.get(name, Design()), given):
            cell = Cell(name, label_of(scenario.factors, condition), condition)
            cells.setdefault(tuple(condition.values()), cell)
    _refuse_meaningless(scenario, given, list(cells.values()))
    return list(cells.values())


def _refuse_meaningless(
    scenario: Designed, given: Mapping[str, list[str]], cells: Sequence[Cell]
) -> None:
    """A factor that was asked for and has a meaning in none of the conditions is a mistake."""
    for name in given:
        if all(cell.condition[name] == NOT_APPLICABLE for cell in cells):
            needs = "; ".join(
                f"{other} is {' or '.join(levels)}"
                for other, levels in scenario.factors[name].only_when.items()
            )
            raise TurncoatError(
                f"{name} has no meaning in any of these conditions: it needs that {needs}. "
                f"Leave out {name}, or change that."
            )


def design_conditions(scenario: Designed, name: str) -> list[dict[str, str]]:
    """Every condition of a design in the order of its grid, duplicates of one grid included.

    Args:
        scenario: The scenario.
        name: One of its designs.

    Raises:
        TurncoatError: There is no such design, or it names an unknown factor or level.
    """
    _design_names(scenario, name)
    found: list[dict[str, str]] = []
    for part in _parts(scenario, name):
        before = list(found)
        found += [c for c in _grid(scenario, scenario.designs[part], {}) if c not in before]
    return found


def label_of(factors: Mapping[str, Factor], condition: Mapping[str, str]) -> str:
    """A condition told by the factors that differ from the defaults.

    Args:
        factors: The scenario's factors.
        condition: A canonical condition.

    Returns:
        `goal_conflict=none,threat=none`, or `default`. Factors that are `n/a` are left out: the
        levels that made them so are named already.
    """
    differing = (
        f"{name}={level}"
        for name, level in condition.items()
        if level not in (factors[name].default, NOT_APPLICABLE)
    )
    return ",".join(differing) or "default"


class MinimalPair(NamedTuple):
    """Two conditions that differ by one level of one factor, and by what that makes `n/a`."""

    factor: str
    before: dict[str, str]
    after: dict[str, str]


def minimal_pairs(factors: Mapping[str, Factor]) -> list[MinimalPair]:
    """Each single-level change from the defaults.

    Of a count only 0, 1 and the largest number are taken. Where a factor is `n/a` under the
    defaults, the others are first set so that it has a meaning.

    Args:
        factors: The scenario's factors.

    Returns:
        The pairs, in the order of factors and levels. A factor that can never have a meaning
        has none.
    """
    found = []
    for name, factor in factors.items():
        base = {
            other: next((level for level in probes(factors[other]) if level in allowed), "")
            for other, allowed in needed_by(factors, [name]).items()
            if factors[other].default not in allowed
        }
        if "" in base.values():
            continue
        before = canonical(factors, base)
        found += [
            MinimalPair(name, before, canonical(factors, {**base, name: level}))
            for level in probes(factor)
            if level != factor.default
        ]
    return found


def every_condition(scenario: Designed) -> list[dict[str, str]]:
    """What `check` and the tests call every condition.

    The defaults, each single-level change from them, every named design, and, for the pairs of
    levels of two factors that these leave out, a covering set: conditions are added, each
    filled greedily with uncovered pairs, until every pair that can occur has occurred.

    Args:
        scenario: The scenario.

    Returns:
        Canonical conditions, each once; the same list every time.
    """
    found = [canonical(scenario.factors, {})]
    for pair in minimal_pairs(scenario.factors):
        found += [pair.before, pair.after]
    for name in scenario.designs:
        found += design_conditions(scenario, name)
    unique = {tuple(condition.values()): condition for condition in found}
    for condition in pairwise(scenario.factors, list(unique.values())):
        unique.setdefault(tuple(condition.values()), condition)
    return list(unique.values())


def _number_as_text(level: object) -> object:
    is_number = isinstance(level, int) and not isinstance(level, bool)
    return str(level) if is_number else level


def _design_names(scenario: Designed, design: str | Sequence[str] | None) -> list[str]:
    if design is None:
        return []
    parts: Iterable[object] = design.split(",") if isinstance(design, str) else design
    names = list(dict.fromkeys(str(part).strip() for part in parts))
    for name in names:
        if name not in scenario.designs:
            raise TurncoatError(
                f"Scenario '{scenario.name}' has no design '{name}'. "
                f"{choices(name, scenario.designs, 'Designs')}"
            )
    if not names:
        raise TurncoatError(f"No design was given. {choices('', scenario.designs, 'Designs')}")
    return names


def _parts(scenario: Designed, name: str) -> tuple[str, ...]:
    """The designs that one puts together; itself where it does not."""
    return (name in scenario.designs and scenario.designs[name].of) or (name,)


def _usual_designs(scenario: Designed, given: Mapping[str, list[str]]) -> list[str]:
    usual = [name for name in (HEADLINE, CONTROL) if name in scenario.designs]
    by_hand = any(scenario.designs[name].names & given.keys() for name in usual)
    if by_hand or not usual:
        return [HEADLINE if HEADLINE in scenario.designs else CUSTOM]
    return usual


def _refuse_overlap(design: Design, name: str, given: Mapping[str, list[str]]) -> None:
    if overlap := sorted(design.names & given.keys()):
        what = ", ".join(overlap)
        verb = "varies" if overlap[0] in design.vary else "sets"
        raise TurncoatError(
            f"Design '{name}' itself {verb} {what}, so {what} cannot be given beside it. "
            f"Leave out the design or the factor."
        )


def _grid(
    scenario: Designed, design: Design, given: Mapping[str, list[str]]
) -> Iterable[dict[str, str]]:
    axes: dict[str, Sequence[str]] = {name: [level] for name, level in design.set.items()}
    axes |= design.vary
    axes |= given
    for levels in itertools.product(*axes.values()):
        yield canonical(scenario.factors, dict(zip(axes, levels, strict=True)))
