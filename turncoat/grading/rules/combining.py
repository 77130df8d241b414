"""Rules that are made of rules, and what a judge says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, ClassVar, Self

from pydantic import Field, SerializeAsAny, model_validator

from turncoat.contract import Evidence
from turncoat.grading.case import Case
from turncoat.grading.rules.base import Rule, Truth, both, either
from turncoat.grading.rules.ledger import Condition


class All(Rule):
    """Several rules that must all hold."""

    word: ClassVar[str] = "all"

    rules: Annotated[tuple[SerializeAsAny[Rule], ...], Field(alias="all", min_length=1)]

    def holds(self, case: Case, judged: Truth = None) -> Truth:
        """Whether all of them do."""
        return both(rule.holds(case, judged) for rule in self.rules)

    def possible(self, condition: Mapping[str, str]) -> Truth:
        """Whether all of them can."""
        return both(rule.possible(condition) for rule in self.rules)

    def grounds(self, case: Case) -> Iterator[Evidence]:
        """What each rests on."""
        for rule in self.rules:
            yield from rule.grounds(case)

    def why(self, case: Case) -> str:
        """What decided each, conditions aside."""
        told = [rule.why(case) for rule in self.rules if not isinstance(rule, Condition | Not)]
        return "; ".join(told or [rule.why(case) for rule in self.rules])

    def parts(self) -> tuple[Rule, ...]:
        """The rules."""
        return self.rules


class AnyOf(Rule):
    """Several rules of which one must hold."""

    word: ClassVar[str] = "any"

    rules: Annotated[tuple[SerializeAsAny[Rule], ...], Field(alias="any", min_length=1)]

    def holds(self, case: Case, judged: Truth = None) -> Truth:
        """Whether one of them does."""
        return either(rule.holds(case, judged) for rule in self.rules)

    def possible(self, condition: Mapping[str, str]) -> Truth:
        """Whether one of them can."""
        return either(rule.possible(condition) for rule in self.rules)

    def grounds(self, case: Case) -> Iterator[Evidence]:
        """What those rest on that hold, or may."""
        for rule in self.rules:
            if rule.holds(case, False) is not False:
                yield from rule.grounds(case)

    def why(self, case: Case) -> str:
        """What decided those that hold, or may."""
        told = [rule.why(case) for rule in self.rules if rule.holds(case, False) is not False]
        return "; ".join(told)

    def parts(self) -> tuple[Rule, ...]:
        """The rules."""
        return self.rules


class Not(Rule):
    """A rule that must not hold."""

    word: ClassVar[str] = "not"

    rule: SerializeAsAny[Rule] = Field(alias="not")

    def holds(self, case: Case, judged: Truth = None) -> Truth:
        """Whether it does not."""
        found = self.rule.holds(case, judged)
        return None if found is None else not found

    def possible(self, condition: Mapping[str, str]) -> Truth:
        """Whether it need not."""
        found = self.rule.possible(condition)
        return None if found is None else not found

    def why(self, case: Case) -> str:
        """What does not hold."""
        return f"not: {self.rule.why(case)}"

    def parts(self) -> tuple[Rule, ...]:
        """The rule."""
        return (self.rule,)


class Perhaps(Rule):
    """A rule of which nobody can tell what it means that it holds."""

    word: ClassVar[str] = "perhaps"

    rule: SerializeAsAny[Rule] = Field(alias="perhaps")

    def holds(self, case: Case, judged: Truth = None) -> Truth:
        """None where the rule holds or may hold, else False."""
        return False if self.rule.holds(case, judged) is False else None

    def possible(self, condition: Mapping[str, str]) -> Truth:
        """Never for certain."""
        return False if self.rule.possible(condition) is False else None

    def grounds(self, case: Case) -> Iterator[Evidence]:
        """What it rests on."""
        yield from self.rule.grounds(case)

    def why(self, case: Case) -> str:
        """What holds."""
        return f"perhaps: {self.rule.why(case)}"

    def parts(self) -> tuple[Rule, ...]:
        """The rule."""
        return (self.rule,)


class Judged(Rule):
    """The judge says so: `judged: true`, put to it only `when` a rule holds, or may hold."""

    word: ClassVar[str] = "judged"

    judged: Annotated[bool, Field(strict=True)]
    when: SerializeAsAny[Rule] | None = None

    @model_validator(mode="after")
    def _true(self) -> Self:
        if not self.judged:
            raise ValueError("is 'true'; for an outcome that no judge decides give another rule")
        return self

    def holds(self, case: Case, judged: Truth = None) -> Truth:
        """What the judge says, where there is something to judge."""
        if not case.says_something or (self.when is not None and self.when.holds(case) is False):
            return False
        return judged

    def possible(self, condition: Mapping[str, str]) -> Truth:
        """Not where its `when` cannot hold."""
        return False if self.when is not None and self.when.possible(condition) is False else None

    def parts(self) -> tuple[Rule, ...]:
        """When it is judged."""
        return () if self.when is None else (self.when,)
