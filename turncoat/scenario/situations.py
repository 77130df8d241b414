"""`published:` in `scenario.yaml`: a study's situation beside ours, and what still differs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from turncoat.contract import Frozen
from turncoat.parts.yaml_values import Slug, Text

Levels = Annotated[
    tuple[str, ...], BeforeValidator(lambda value: [value] if isinstance(value, str) else value)
]


MOVES: Mapping[str, str] = {
    "higher": "would raise our rate",
    "lower": "would lower our rate",
    "unknown": "direction unknown",
}
"""A direction as a reader is told it."""


class Difference(Frozen):
    """Something in which our situation differs from the study's."""

    what: Text
    moves: Literal["higher", "lower", "unknown"]
    """Which way it would move our rate, held against the study's."""

    def __str__(self) -> str:
        """In a line, with the direction."""
        return f"{' '.join(self.what.split()).rstrip('.')} ({MOVES[self.moves]})"


class Situation(Frozen):
    """The study's situation and ours, as far as some levels make them."""

    when: Mapping[str, Levels] = Field(default_factory=dict)
    """Factor to the levels under which this is said; empty for every cell."""
    theirs: Text
    ours: Text
    differs: tuple[Difference, ...] = ()

    def holds(self, condition: Mapping[str, str]) -> bool:
        """Whether it speaks of a condition.

        Args:
            condition: Every factor to its level.
        """
        return all(condition.get(factor) in levels for factor, levels in self.when.items())


Situations = dict[Slug, tuple[Situation, ...]]
"""Study to what is said of its cells, the most general first."""


def situations_of(said: Iterable[Situation], condition: Mapping[str, str]) -> tuple[Situation, ...]:
    """What is said of one condition.

    Args:
        said: All that is said of a study.
        condition: Every factor to its level.
    """
    return tuple(situation for situation in said if situation.holds(condition))


def unsaid(
    said: Iterable[Situation], condition: Mapping[str, str], defaults: Mapping[str, str]
) -> list[str]:
    """What makes a published cell, and nothing is said of.

    Args:
        said: All that is said of its study.
        condition: The condition that stands beside it.
        defaults: Every factor to its default.

    Returns:
        Each level of the two factors that the study crossed, and each that is no default, that no
        situation which holds names.
    """
    named = {factor for situation in situations_of(said, condition) for factor in situation.when}
    crossed = ("goal_conflict", "threat")
    return [
        f"{factor}={level}"
        for factor, level in condition.items()
        if (factor in crossed or level not in (defaults[factor], "n/a")) and factor not in named
    ]


def differences(said: Sequence[Situation]) -> tuple[Difference, ...]:
    """All differences of some situations, each once.

    Args:
        said: What `situations_of` gave.
    """
    return tuple(dict.fromkeys(one for situation in said for one in situation.differs))
