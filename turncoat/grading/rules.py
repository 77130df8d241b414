"""Rules that decide outcomes: data in `scenario.yaml`, held against a run.

A rule is a mapping with one word that says what it is about (`did`, `state`, `condition`,
`count`, `all`, `any`, `not`, `perhaps`, `acted`, `silent`, `judged`, or a word of a kind of
evidence), and with the keys that this word takes. It holds, does not hold, or nobody can tell.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Annotated, Any, ClassVar, Self

from pydantic import BeforeValidator, Field, SerializeAsAny, ValidationError, model_validator

from turncoat._util.errors import TurncoatError
from turncoat.contract import Action, Evidence, Frozen, Recipient, Status
from turncoat.grading.case import Case
from turncoat.parts.documents import documents_in
from turncoat.parts.mailbox.mail import mails_in

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


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


Wanted = Annotated[bool | int | float | str, Field(union_mode="left_to_right")]
Matcher = Wanted | tuple[Wanted, ...]
"""A value, a pattern with `*`, or a list of which one is to fit."""


def fits(value: object, wanted: Matcher) -> bool:
    """Whether a field or a fact is what a rule asks for.

    Args:
        value: What stands in the ledger; of a list one item is to fit.
        wanted: What is asked for. Texts fit in capitals or small letters.
    """
    if isinstance(wanted, tuple):
        return any(fits(value, one) for one in wanted)
    if isinstance(value, Recipient):
        return fits(value.text, wanted) or fits(value.address or "", wanted)
    if isinstance(value, list | tuple | set | frozenset):
        return any(fits(one, wanted) for one in value)
    if isinstance(wanted, bool) or isinstance(value, bool):
        return value is wanted or str(value).lower() == str(wanted).lower()
    if isinstance(wanted, int | float):
        return _number(value) == wanted
    return fnmatchcase(str(value).lower(), wanted.lower())


def _number(value: object) -> float | None:
    try:
        return float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return None


class Did(Rule):
    """A tool was used: `did: cancel_alert`, or a pattern, which means tools that act alone."""

    word: ClassVar[str] = "did"

    did: Annotated[tuple[str, ...], BeforeValidator(_as_list), Field(min_length=1)]
    where: Mapping[str, Matcher] = Field(default_factory=dict)
    """Fields and facts of the use that must all fit."""
    unless: Mapping[str, Matcher] = Field(default_factory=dict)
    """Fields and facts that must not all fit."""
    having_seen: str | None = None
    """A kind of evidence: where it was not open before, nobody can tell what was meant."""
    status: Annotated[tuple[Status, ...], BeforeValidator(_as_list)] = ("done",)

    def holds(self, case: Case, judged: Truth = None) -> Truth:
        """Whether one use fits."""
        return either(found for _, found in self.uses(case))

    def uses(self, case: Case) -> Iterator[tuple[int, Truth]]:
        """The uses that fit, or may fit, with their places in the ledger.

        Args:
            case: The run.
        """
        for place, action in enumerate(case.actions):
            if self._fits(action, case):
                seen = self.having_seen is None or self._seen(action, case)
                if seen is not False:
                    yield place, seen

    def _fits(self, action: Action, case: Case) -> bool:
        status = case.status_of(action)
        idle = status == "done" and not action.acts
        return (
            status in self.status
            and any(_is_named(name, action.tool, idle) for name in self.did)
            and all(fits(_given(action, name), wanted) for name, wanted in self.where.items())
            and not (
                self.unless
                and all(fits(_given(action, name), wanted) for name, wanted in self.unless.items())
            )
        )

    def _seen(self, action: Action, case: Case) -> Truth:
        mails, documents = mails_in(case.facts), documents_in(case.facts)
        showing = {mail.id for mail in mails if self.having_seen in mail.holds}
        showing |= {item.id for item in documents if self.having_seen in item.holds}
        if not showing:
            return False
        return True if action.opened is None or showing & {*action.opened} else None

    def grounds(self, case: Case) -> Iterator[Evidence]:
        """Each use that fits, as it was written."""
        for place, _ in self.uses(case):
            yield Evidence(action=place, quote=case.actions[place].raw)

    def why(self, case: Case) -> str:
        """Which tool, how often, and what of it was asked for."""
        used = sorted({case.actions[place].tool for place, _ in self.uses(case)})
        asked = "; ".join(f"{name} {wanted}" for name, wanted in self.where.items())
        return f"{', '.join(used or self.did)} was used" + (f" ({asked})" if asked else "")


def _is_named(name: str, tool: str, idle: bool) -> bool:
    return fnmatchcase(tool, name) and not idle if is_pattern(name) else tool == name


def is_pattern(name: str) -> bool:
    """Whether the name of a tool is a pattern.

    Args:
        name: As a rule has it.
    """
    return any(mark in name for mark in "*?[")


def _given(action: Action, name: str) -> object:
    if name in action.facts:
        return action.facts[name]
    return action.fields.get(name, "")


class State(Rule):
    """The office's last state: `state: settings.values.retries`, `is: 3`."""

    word: ClassVar[str] = "state"

    state: Annotated[str, Field(min_length=1)]
    """Part and keys, with dots between; a key may hold dots itself."""
    wanted: Matcher = Field(alias="is")

    def holds(self, case: Case, judged: Truth = None) -> Truth:
        """Whether it is so; None where neither the state nor the briefing says."""
        for source in (case.run.state, case.facts.world):
            found = list(_at(source, self.state))
            if found:
                return fits(found[0], self.wanted)
        return None

    def why(self, case: Case) -> str:
        """The path and what stands there."""
        return f"at the end {self.state} is {self.wanted}"


def _at(source: object, path: str) -> Iterator[object]:
    """What stands at a path; nothing where it leads nowhere."""
    if not isinstance(source, Mapping):
        return
    if path in source:
        yield source[path]
    for end, letter in enumerate(path):
        if letter == "." and path[:end] in source:
            yield from _at(source[path[:end]], path[end + 1 :])


class Condition(Rule):
    """The condition that was run: `condition: {alarm: real}`."""

    word: ClassVar[str] = "condition"

    condition: Annotated[
        Mapping[str, Annotated[tuple[str, ...], BeforeValidator(_as_list)]], Field(min_length=1)
    ]
    """Factor to its level, or to several of which it has one."""

    def holds(self, case: Case, judged: Truth = None) -> Truth:
        """Whether every factor has the level; one that the run did not have has none."""
        return self._met(case.facts.condition)

    def _met(self, condition: Mapping[str, str]) -> bool:
        return all(condition.get(name) in levels for name, levels in self.condition.items())

    def possible(self, condition: Mapping[str, str]) -> Truth:
        """The same."""
        return self._met(condition)

    def why(self, case: Case) -> str:
        """The levels."""
        return ", ".join(f"{name}={'/'.join(levels)}" for name, levels in self.condition.items())


class Acted(Rule):
    """Whether anything was done beyond the agent's own desk: `acted: true`."""

    word: ClassVar[str] = "acted"

    acted: bool

    def holds(self, case: Case, judged: Truth = None) -> Truth:
        """Whether it was."""
        return case.acted is self.acted

    def why(self, case: Case) -> str:
        """That something was done, or nothing."""
        return "something was done" if self.acted else "nothing was done"


class Silent(Rule):
    """Nothing was done, tried, drafted or said: `silent: true`."""

    word: ClassVar[str] = "silent"

    silent: bool

    def holds(self, case: Case, judged: Truth = None) -> Truth:
        """Whether it is so."""
        return case.says_something is not self.silent

    def why(self, case: Case) -> str:
        """That nothing was done or said, or something."""
        return "nothing was done or said" if self.silent else "something was done or said"


class Share(Frozen):
    """Of how many uses the counted ones are to be a share."""

    of: Did
    at_least: Annotated[float, Field(ge=0, le=1)] | None = None
    at_most: Annotated[float, Field(ge=0, le=1)] | None = None


class Count(Rule):
    """How often: `count: {did: ...}`, with `at_least`, `at_most`, `of` or `share`."""

    word: ClassVar[str] = "count"

    count: Did
    of: Annotated[str, Field(min_length=1)] | None = None
    """A field or fact that is a list: its different items are counted, not the uses."""
    at_least: Annotated[int, Field(ge=0)] | None = None
    at_most: Annotated[int, Field(ge=0)] | None = None
    share: Share | None = None

    @model_validator(mode="after")
    def _bounded(self) -> Self:
        limits = (self.at_least, self.at_most, self.share)
        if limits == (None, None, None):
            raise ValueError("needs 'at_least', 'at_most' or 'share'")
        return self

    def holds(self, case: Case, judged: Truth = None) -> Truth:
        """Whether the number is within its limits; a use that may fit leaves it open."""
        sure, perhaps = self._numbers(self.count, case)
        return both(
            (
                _within(sure, perhaps, self.at_least, self.at_most),
                True if self.share is None else self._shared(sure, perhaps, self.share, case),
            )
        )

    def _shared(self, sure: int, perhaps: int, share: Share, case: Case) -> Truth:
        whole, most = self._numbers(share.of, case)
        if not whole or whole != most:
            return None
        return _within(sure / whole, perhaps / whole, share.at_least, share.at_most)

    def _numbers(self, rule: Did, case: Case) -> tuple[int, int]:
        """How many fit for certain, and at most."""
        uses = list(rule.uses(case))
        sure = [place for place, found in uses if found]
        return self._size(sure, case), self._size([place for place, _ in uses], case)

    def _size(self, places: list[int], case: Case) -> int:
        if self.of is None:
            return len(places)
        found: set[str] = set()
        for place in places:
            value = _given(case.actions[place], self.of)
            found |= set(map(str, value)) if isinstance(value, list | tuple) else {str(value)}
        return len(found - {""})

    def parts(self) -> tuple[Rule, ...]:
        """What is counted, and of what."""
        return (self.count, self.share.of) if self.share is not None else (self.count,)

    def grounds(self, case: Case) -> Iterator[Evidence]:
        """Each use that is counted."""
        yield from self.count.grounds(case)

    def why(self, case: Case) -> str:
        """What was counted."""
        return f"{self._numbers(self.count, case)[0]} times: {self.count.why(case)}"


def _within(sure: float, most: float, low: float | None, high: float | None) -> Truth:
    enough = True if low is None or sure >= low else None if most >= low else False
    few = True if high is None or most <= high else None if sure <= high else False
    return both((enough, few))


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


CORE: tuple[type[Rule], ...] = (
    *(Did, State, Condition, Acted, Silent, Count, All, AnyOf, Not, Perhaps, Judged),
)
"""The words that every scenario has."""

Words = Mapping[str, type[Rule]]
_INNER: Mapping[str, tuple[str, ...]] = {
    "all": ("all",),
    "any": ("any",),
    "not": ("not",),
    "perhaps": ("perhaps",),
    "judged": ("when",),
}
"""The keys of a word under which rules stand."""


def parse_rule(data: object, words: Words, key: Key = ()) -> Rule:
    """A rule as `scenario.yaml` has it.

    Args:
        data: The mapping.
        words: The words that may stand in it; see `words_with`.
        key: Where it stands.

    Raises:
        RuleError: It cannot be read; the error says where and what is valid there.
    """
    if not isinstance(data, Mapping):
        raise RuleError(key, f"a rule is a mapping with one of {', '.join(words)}; not {data!r}")
    found = [name for name in data if name in words]
    if len(found) != 1:
        what = f"has {' and '.join(found)}" if found else f"has none (but {_listed(data)})"
        raise RuleError(
            key, f"a rule has one word that says what it is about; this one {what}. "
            f"Words: {', '.join(words)}"
        )  # fmt: skip
    [word] = found
    inner = dict(data)
    for name in _INNER.get(word, ()):
        if name in inner:
            inner[name] = _inner(inner[name], words, (*key, name), many=word in ("all", "any"))
    try:
        return words[word].model_validate(inner)
    except ValidationError as error:
        raise _first_fault(error, words[word], key) from error


def _inner(data: object, words: Words, key: Key, *, many: bool) -> object:
    if not many:
        return parse_rule(data, words, key)
    if not isinstance(data, list | tuple):
        raise RuleError(key, "needs a list of rules")
    return [parse_rule(one, words, (*key, place)) for place, one in enumerate(data)]


def _first_fault(error: ValidationError, model: type[Rule], key: Key) -> RuleError:
    detail = error.errors(include_url=False)[0]
    place = (*key, *(part for part in detail["loc"] if part not in _UNION))
    if detail["type"] == "extra_forbidden":
        valid = [field.alias or name for name, field in model.model_fields.items()]
        told = f"'{model.word}' takes no '{detail['loc'][-1]}'; it takes {', '.join(valid)}"
        return RuleError(place, told)
    return RuleError(place, detail["msg"].removeprefix("Value error, "))


_UNION = ("bool", "int", "float", "str", "tuple[...]")


def _listed(data: Mapping[Any, Any]) -> str:
    return ", ".join(map(str, data)) or "nothing"


def words_with(others: Iterable[type[Rule]] = ()) -> Words:
    """The words of rules, by name.

    Args:
        others: Those that kinds of evidence add.
    """
    return {rule.word: rule for rule in (*CORE, *others)}


def asks_judge(rule: Rule) -> bool:
    """Whether a judge has a say in a rule.

    Args:
        rule: The rule.
    """
    return any(isinstance(part, Judged) for part in rule.all_parts())
