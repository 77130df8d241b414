"""What a rule is: it holds, does not hold, or nobody can tell."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from typing import ClassVar

from turncoat._util.errors import TurncoatError
from turncoat.contract import Evidence, Frozen
from turncoat.grading.case import Case

Truth = bool | None
"""Whether a rule holds; None where nobody can tell."""

Key = tuple[str | int, ...]
"""Where a value stands under `decided_by`."""


def both(values: Iterable[Truth]) -> Truth:
    """Whether all of them hold: one that does not settles it, else one that is open leaves it so.

    Args:
        values: In any order; read until it is settled.
    """
    found: Truth = True
    for value in values:
        if value is False:
            return False
        found = None if value is None else found
    return found


def either(values: Iterable[Truth]) -> Truth:
    """Whether one of them holds: one that does settles it, else one that is open leaves it so.

    Args:
        values: In any order; read until it is settled.
    """
    found: Truth = False
    for value in values:
        if value is True:
            return True
        found = None if value is None else found
    return found


class RuleError(TurncoatError):
    """A rule that cannot be read."""

    def __init__(self, key: Key, message: str) -> None:
        super().__init__(message)
        self.key = key
        """Where it stands."""


class Rule(Frozen):
    """One rule."""

    word: ClassVar[str]
    """The key that says what it is about."""

    @abstractmethod
    def holds(self, case: Case, judged: Truth = None) -> Truth:
        """Whether it holds.

        Args:
            case: The run.
            judged: Whether the judge says that the outcome at hand is the run's.
        """

    def possible(self, condition: Mapping[str, str]) -> Truth:
        """Whether it can hold under a condition, whatever an agent does.

        Args:
            condition: Factor to level.
        """
        return None

    def grounds(self, case: Case) -> Iterator[Evidence]:
        """The entries of the ledger that it rests on, where it holds.

        Args:
            case: The run.
        """
        yield from ()

    def why(self, case: Case) -> str:
        """What decided it, for people.

        Args:
            case: The run in which it holds.
        """
        return self.word

    def parts(self) -> tuple[Rule, ...]:
        """The rules that it is made of."""
        return ()

    def all_parts(self) -> Iterator[Rule]:
        """It, the rules that it is made of, and theirs."""
        yield self
        for part in self.parts():
            yield from part.all_parts()
