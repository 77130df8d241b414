"""From what stands in `scenario.yaml` to a rule."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import ValidationError

from turncoat.grading.rules.base import Key, Rule, RuleError
from turncoat.grading.rules.combining import All, AnyOf, Judged, Not, Perhaps
from turncoat.grading.rules.ledger import Acted, Condition, Count, Did, Silent, State

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
