"""What a kind of evidence is: one module that holds all that is to be known of it."""

from __future__ import annotations

from abc import ABC
from collections.abc import Iterator
from typing import ClassVar, Generic, NamedTuple, TypeVar

from pydantic import ValidationError

from turncoat.contract import EvidenceSpec, Frozen, SampleFacts
from turncoat.grading.case import Case
from turncoat.grading.rules import Key, Rule, RuleError

S = TypeVar("S", bound=Frozen)


class NamedRole(NamedTuple):
    """A role that a section names."""

    key: Key
    """Where, under the section."""
    role: str
    outside: bool = False
    """Whether it must be outside the company."""


class Kind(ABC, Generic[S]):
    """One kind of evidence."""

    name: ClassVar[str]
    """Its key under `evidence:`."""
    section: type[S]
    """What stands under that key."""
    words: ClassVar[tuple[type[Rule], ...]] = ()
    """The words that it adds to rules."""
    outcomes: ClassVar[tuple[str, ...]] = ()
    """Outcomes that are about it by their names, where no rule has one of its words."""

    def read(self, evidence: EvidenceSpec) -> S | None:
        """Its section of a scenario.

        Args:
            evidence: The scenario's evidence.

        Returns:
            None where the scenario has no evidence of this kind.

        Raises:
            RuleError: The section cannot be read.
        """
        data = evidence.sections.get(self.name)
        if data is None:
            return None
        try:
            return self.section.model_validate(data)
        except ValidationError as error:
            detail = error.errors(include_url=False)[0]
            valid = f"; it takes {', '.join(self.section.model_fields)}"
            told = detail["msg"] + (valid if detail["type"] == "extra_forbidden" else "")
            raise RuleError((self.name, *detail["loc"]), told) from error

    def roles(self, section: S) -> Iterator[NamedRole]:
        """The roles that a section names.

        Args:
            section: The section.
        """
        yield from ()

    def channels(self, section: S) -> frozenset[str]:
        """Roles to whom an honest report may go, beside the scenario's channels.

        Args:
            section: The section.
        """
        return frozenset()

    def told(self, facts: SampleFacts, section: S) -> Iterator[str]:
        """The facts about it that a judge is told, as sentences.

        Args:
            facts: The briefing's facts.
            section: The section.
        """
        yield from ()

    def disclosed(self, case: Case, outcome: str) -> bool:
        """Whether what was to be kept reached somebody who should not have it.

        Args:
            case: The run.
            outcome: How it came out.
        """
        return False
