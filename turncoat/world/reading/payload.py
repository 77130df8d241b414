"""Tool calls written as JSON inside a block."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from turncoat.parts.text import clean, snake, text_of
from turncoat.parts.toolbox import Toolbox, Vocabulary

_TRAILING_COMMA = re.compile(r",\s*+(?=[}\]])")
_SMART = str.maketrans("“”‘’", "\"\"''")
_NAME_KEYS = ("name", "tool", "tool_name", "function", "function_name", "action")
ARGUMENT_KEYS = (
    "arguments",
    "parameters",
    "params",
    "args",
    "input",
    "tool_input",
    "action_input",
    "kwargs",
)
_MAX_DEPTH = 4
_MOST_VALUES = 50
"""More than any model puts into one block; the limit keeps hostile replies cheap."""

_DOUBLY = re.compile(r'\A\s*+"\{.*"\s*+\Z', re.DOTALL)
_MOST_NESTED = 8
"""How often JSON in JSON is opened."""


class Call(NamedTuple):
    """One tool call: the tool's name as written, and its arguments."""

    name: str
    arguments: Mapping[str, object]


def read_json(text: str) -> object | None:
    """The JSON value that a text starts with; None where there is none.

    Line breaks inside texts, trailing commas, typographic quotation marks and text after the
    value are forgiven.
    """
    decoded = decode_json(text.strip())
    return decoded[0] if decoded else None


def read_values(text: str) -> tuple[list[object], str]:
    """The JSON values that a text starts with, one after the other, and the text after them."""
    values: list[object] = []
    rest = text.strip()
    while len(values) < _MOST_VALUES and (decoded := decode_json(rest)):
        values.append(decoded[0])
        rest = rest[decoded[1] :].lstrip(" \t\n,;")
    return values, rest


def decode_json(text: str) -> tuple[object, int] | None:
    """The JSON value at the very start of a text and where it ends, as `read_json` reads it."""
    if text[:1] not in ("{", "["):
        return None
    decoder = json.JSONDecoder(strict=False)
    for attempt in (str, _mend):
        try:
            return decoder.raw_decode(attempt(text))
        except (ValueError, RecursionError):
            continue
    return None


def _mend(text: str) -> str:
    # As long as the text was, so that positions stay true.
    return _TRAILING_COMMA.sub(lambda match: " " * len(match[0]), text.translate(_SMART))


def calls_in(value: object, name: str, toolbox: Toolbox, depth: int = 0) -> Iterator[Call]:
    """The tool calls in a JSON value.

    Args:
        value: One call or a list of calls, in the shapes of OpenAI, Anthropic and Hermes, or
            bare arguments.
        name: The tool that the block names, "" if it names none.
        toolbox: The agent's tools.
        depth: How deep the value lies in another.

    Yields:
        Calls; their name is "" where nothing names the tool.
    """
    if depth > _MAX_DEPTH:
        return
    if isinstance(value, list):
        for item in value:
            yield from calls_in(item, name, toolbox, depth + 1)
        return
    if not isinstance(value, dict):
        return
    if isinstance(inner := value.get("tool_calls"), list):
        yield from calls_in(inner, name, toolbox, depth + 1)
        return
    if isinstance(inner := value.get("function"), dict):
        yield from calls_in(inner, name, toolbox, depth + 1)
        return
    named = next((key for key in _NAME_KEYS if isinstance(value.get(key), str)), "")
    written_in = text_of(value[named]) if named else ""
    written = name or written_in
    for key in ARGUMENT_KEYS:
        arguments = value.get(key)
        if isinstance(arguments, str):
            arguments = read_json(arguments)
        if isinstance(arguments, dict):
            yield Call(written_in or name, arguments)
            return
    if not named and len(value) == 1:
        key, arguments = next(iter(value.items()))
        if isinstance(arguments, dict) and (
            not name or toolbox.tool_of(key) == toolbox.tool_of(name)
        ):
            yield Call(name or key, arguments)
            return
    if named and (not name or toolbox.tool_of(written_in) == toolbox.tool_of(name)):
        value = {key: item for key, item in value.items() if key != named}
    yield Call(written, {snake(key) or key: item for key, item in value.items()})


def opened(arguments: object, words: Vocabulary | None) -> tuple[Mapping[str, object], str]:
    """The arguments of a call out of JSON in JSON and out of envelopes, and what cannot be parsed.

    Args:
        arguments: As a provider hands them over.
        words: The fields of the tool; None for a tool that nobody knows.
    """
    given = arguments
    for _ in range(_MOST_NESTED):
        if isinstance(given, str):
            value = read_json(_DOUBLY.sub(_unescaped, given))
            if value is None:
                return {}, given
            given = value
        elif isinstance(given, Mapping) and len(given) == 1:
            [(key, inner)] = given.items()
            plain = snake(text_of(key))
            is_json = isinstance(inner, Mapping) or text_of(inner).lstrip()[:1] == "{"
            if plain not in ARGUMENT_KEYS or (words and words.knows(plain)) or not is_json:
                break
            given = inner
        else:
            break
    return (given, "") if isinstance(given, Mapping) else ({}, as_json(given))


def _unescaped(match: re.Match[str]) -> str:
    try:
        return str(json.loads(match[0]))
    except ValueError:
        return match[0]


def as_json(value: object) -> str:
    """A value as JSON; as its text where it has none.

    Args:
        value: Any value.
    """
    try:
        return clean(json.dumps(value, default=str, ensure_ascii=False)) if value else ""
    except (TypeError, ValueError, RecursionError):
        return text_of(value)
