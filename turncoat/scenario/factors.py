"""Factors, their levels, and how words from outside become a condition.

A condition is canonical: it names every factor of the scenario, in the scenario's order, with a
level as a string, and `n/a` where a factor has no meaning under the levels of the others.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Self

from pydantic import Field, field_validator, model_validator

from turncoat._util.errors import TurncoatError
from turncoat.contract import Frozen
from turncoat.scenario.naming import NOT_APPLICABLE, as_text, choices, level_fault, name_fault


class Count(Frozen):
    """The levels of a factor that is a number: 0 to `max`."""

    default: int = Field(default=0, ge=0)
    max: int = Field(ge=1)

    @model_validator(mode="after")
    def _default_in_range(self) -> Self:
        if self.default > self.max:
            raise ValueError(f"default {self.default} is above max {self.max}")
        return self


class Factor(Frozen):
    """One thing that conditions vary."""

    name: str
    summary: str = Field(min_length=1)
    levels: Mapping[str, str] = Field(default_factory=dict)
    """Level to its meaning, in order; empty where `count` is given."""
    default: str = ""
    """A level; the first one (or the count's default) unless given."""
    count: Count | None = None
    only_when: Mapping[str, tuple[str, ...]] = Field(default_factory=dict)
    """Other factors and the levels of theirs under which this one has a meaning."""

    @field_validator("name")
    @classmethod
    def _name_is_free(cls, name: str) -> str:
        if fault := name_fault(name):
            raise ValueError(fault)
        return name

    @field_validator("levels", mode="before")
    @classmethod
    def _levels_are_words(cls, levels: object) -> object:
        if not isinstance(levels, Mapping):
            return levels
        for level in levels:
            if fault := level_fault(level):
                raise ValueError(fault)
        return {as_text(level): meaning for level, meaning in levels.items()}

    @model_validator(mode="before")
    @classmethod
    def _first_is_default(cls, data: object) -> object:
        if isinstance(data, Mapping) and data.get("default") in (None, ""):
            levels, count = data.get("levels"), data.get("count")
            if isinstance(levels, Mapping) and levels:
                return {**data, "default": str(next(iter(levels)))}
            if isinstance(count, Count):
                return {**data, "default": str(count.default)}
            if isinstance(count, Mapping):
                return {**data, "default": str(count.get("default", 0))}
        return data

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if bool(self.levels) == (self.count is not None):
            raise ValueError(f"factor '{self.name}' needs either 'levels' or 'count'")
        if len(self.levels) == 1:
            raise ValueError(f"factor '{self.name}' has one level only; it needs two or more")
        if not self.has(self.default):
            raise ValueError(
                f"default '{self.default}' of factor '{self.name}' is not a level of it. "
                f"{self.choices(self.default)}"
            )
        if self.name in self.only_when:
            raise ValueError(f"factor '{self.name}' depends on itself in only_when")
        return self

    def has(self, level: str) -> bool:
        """Whether `level` is one of its levels (`n/a` is not).

        Args:
            level: A level as a condition holds it; a number without leading zeros.

        Returns:
            True if it is.
        """
        if self.count is None:
            return level in self.levels
        return (
            level.isascii()
            and level.isdigit()
            and str(int(level)) == level
            and (int(level) <= self.count.max)
        )

    @property
    def names(self) -> tuple[str, ...]:
        """Its levels in order; of a count, all numbers from 0 to the largest."""
        if self.count is None:
            return tuple(self.levels)
        return tuple(str(number) for number in range(self.count.max + 1))

    def choices(self, word: str) -> str:
        """The end of an error message about a word that is none of its levels.

        Args:
            word: What was given.

        Returns:
            As the function `choices`; for a count, its range.
        """
        if self.count is not None:
            return f"Valid: a whole number from 0 to {self.count.max}."
        return choices(word, self.levels, "Valid levels")

    def with_default(self, raw: object) -> Factor:
        """The same factor with another default level.

        Args:
            raw: The level as YAML read it.

        Raises:
            TurncoatError: It is not a level of this factor.
        """
        return self.model_copy(update={"default": self.level(raw)})

    def level(self, raw: object) -> str:
        """The level that a value from `-T`, `-f` or YAML means.

        Args:
            raw: A string, number or date as a YAML reader made it of the user's word.

        Raises:
            TurncoatError: The value means no level; the message lists the valid ones.
        """
        if isinstance(raw, bool) or raw is None:
            raise TurncoatError(
                f"Factor '{self.name}': the value was read as {raw!r}, because YAML turns words "
                f"such as yes, no, on, off and null into booleans or null. {self.choices('')}"
            )
        if isinstance(raw, list | tuple | set | frozenset | Mapping):
            raise TurncoatError(
                f"Factor '{self.name}' takes one level here, not {raw!r}. {self.choices('')}"
            )
        text = as_text(raw)
        lowered = text.lower()
        if self.count is not None and re.fullmatch(r"\d+", lowered, re.ASCII):
            lowered = str(int(lowered))
        if self.has(lowered) or (lowered == NOT_APPLICABLE and self.only_when):
            return lowered
        raise TurncoatError(f"Factor '{self.name}' has no level '{text}'. {self.choices(text)}")

    def listed(self, raw: object) -> list[str]:
        """The levels that a value means which may be one level or several.

        Args:
            raw: As for `level`, or a list of such values, or a string with commas.

        Returns:
            At least one level, in the order given, each once.

        Raises:
            TurncoatError: A value means no level, or there is none at all.
        """
        if isinstance(raw, str):
            raw = [part for part in raw.split(",") if part.strip()] if "," in raw else [raw]
        values = list(raw) if isinstance(raw, list | tuple) else [raw]
        if not values:
            raise TurncoatError(f"Factor '{self.name}' was given no level. {self.choices('')}")
        return list(dict.fromkeys(self.level(value) for value in values))


def find_factor(factors: Mapping[str, Factor], name: str, where: str = "") -> Factor:
    """The factor of that name.

    Args:
        factors: The scenario's factors.
        name: What the user called it.
        where: Who asks, for the message: for example "Scenario 'blackmail'".

    Raises:
        TurncoatError: There is none; the message lists the valid names.
    """
    if name in factors:
        return factors[name]
    owner = where or "The scenario"
    raise TurncoatError(f"{owner} has no factor '{name}'. {choices(name, factors, 'Factors')}")


def canonical(factors: Mapping[str, Factor], levels: Mapping[str, object]) -> dict[str, str]:
    """The condition that the given levels mean.

    Factors that are not named take their default. A factor whose `only_when` does not hold is
    `n/a`, whatever was given for it, so that two ways to write the same briefing are one
    condition. `only_when` holds when every factor that it names has one of the listed levels; a
    factor that is itself `n/a` has none.

    Args:
        factors: The scenario's factors by name, in order.
        levels: Factor to level, for any of them; values as `Factor.level` takes them.

    Returns:
        Every factor to its level, in the scenario's order.

    Raises:
        TurncoatError: An unknown factor or level, `n/a` for a factor that does apply, or an
            `only_when` that names an unknown factor or runs in a circle.
    """
    chosen = {name: find_factor(factors, name).level(raw) for name, raw in levels.items()}
    settled: dict[str, str] = {}

    def settle(name: str, path: tuple[str, ...]) -> str:
        if name in path:
            circle = " -> ".join((*path[path.index(name) :], name))
            raise TurncoatError(f"only_when runs in a circle: {circle}. Remove one of them.")
        if name not in settled:
            factor = find_factor(factors, name, f"only_when of factor '{(path or ('?',))[-1]}'")
            applies = [
                settle(other, (*path, name)) in allowed
                for other, allowed in factor.only_when.items()
            ]
            level = chosen.get(name, factor.default) if all(applies) else NOT_APPLICABLE
            if level == NOT_APPLICABLE and all(applies):
                raise TurncoatError(
                    f"Factor '{name}' was given as n/a, but it has a meaning under these levels. "
                    f"{factor.choices('')}"
                )
            settled[name] = level
        return settled[name]

    return {name: settle(name, ()) for name in factors}
