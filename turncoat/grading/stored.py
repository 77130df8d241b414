"""Stored replies: a file of JSON lines, graded as if the agent had just given them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

from inspect_ai.model import StopReason
from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError, model_validator

from turncoat._util.errors import TurncoatError
from turncoat.contract import Action, Ledger, RunState
from turncoat.grading.conduct import run_of_reply
from turncoat.world.reading import action_from_call

STOP_REASONS: Mapping[str, StopReason] = {
    "stop": "stop",
    "end_turn": "stop",
    "stop_sequence": "stop",
    "tool_calls": "stop",
    "tool_use": "stop",
    "function_call": "stop",
    "length": "max_tokens",
    "max_tokens": "max_tokens",
    "model_length": "max_tokens",
    "content_filter": "content_filter",
    "refusal": "content_filter",
    "unknown": "unknown",
}
"""Words of the providers for why a reply ended, to the reason that grading knows."""

_WORST_FIRST: tuple[StopReason, ...] = ("content_filter", "max_tokens", "unknown", "stop")
_TEXT = ("text", "output_text")
_THOUGHT = ("thinking", "reasoning", "redacted_thinking")
_CALL = ("tool_use", "function_call")
_ARGUMENTS = ("arguments", "input", "args", "parameters")


def _stop_reason(word: object) -> StopReason | None:
    if word is None:
        return None
    reason = STOP_REASONS.get(word.strip().lower()) if isinstance(word, str) else None
    if reason is None:
        raise ValueError(f"unknown stop reason {word!r}; valid: {', '.join(STOP_REASONS)}")
    return reason


Ending = Annotated[StopReason | None, BeforeValidator(_stop_reason)]


class Said(BaseModel):
    """What one turn of the agent may hold beside its text, in the words of several providers."""

    model_config = ConfigDict(extra="ignore")

    reasoning: str | None = None
    reasoning_content: str | None = None
    tool_calls: list[dict[str, Any]] | None = None
    function_call: dict[str, Any] | None = None
    refusal: str | bool | None = None
    stop_reason: Ending = None
    finish_reason: Ending = None

    def turn(self, content: str | list[dict[str, Any]] | None) -> RunState:
        """The conduct that it amounts to.

        Args:
            content: Its text, or its content parts.

        Raises:
            ValueError: A part or a call is of a form that cannot be read.
        """
        parts = [{"type": "text", "text": content}] if isinstance(content, str) else content or []
        text: list[str] = []
        thoughts = [self.reasoning or "", self.reasoning_content or ""]
        calls: list[Mapping[str, Any]] = []
        refused = bool(self.refusal)
        for part in parts:
            kind = part.get("type")
            if kind in _TEXT:
                text.append(_string(part, "text"))
                refused = refused or bool(part.get("refusal"))
            elif kind in _THOUGHT:
                thoughts.append(_thought(part))
            elif kind in _CALL:
                calls.append(part)
            elif kind == "refusal":
                text.append(_string(part, "refusal"))
                refused = True
            else:
                raise ValueError(f"unknown content part type {kind!r}")
        calls += self.tool_calls or []
        calls += [self.function_call] if self.function_call else []
        text += [self.refusal] if isinstance(self.refusal, str) else []
        ends = ["content_filter" if refused else None, self.stop_reason, self.finish_reason]
        return _conduct(text, thoughts, calls, _worst(ends) if any(ends) else None)


class StoredMessage(Said):
    """One chat message, in the form that OpenAI's interface made common."""

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: str | list[dict[str, Any]] | None = None


class StoredReply(Said):
    """One line of the file."""

    id: str | int
    label: Any = None
    """What people say of it: see `grading.validating`."""
    response: str | None = None
    messages: list[StoredMessage] | None = None

    @model_validator(mode="after")
    def _one_of_two(self) -> StoredReply:
        if self.response is None and self.messages is None:
            raise ValueError("needs 'response' (text) or 'messages' (a list), and has neither")
        if self.response is not None and self.messages is not None:
            raise ValueError("give either 'response' (text) or 'messages' (a list), not both")
        if self.messages is not None and all(m.role != "assistant" for m in self.messages):
            raise ValueError("no assistant message in 'messages'")
        return self

    @cached_property
    def conduct(self) -> RunState:
        """What the agent did in it. What stands on the line itself belongs to its last turn.

        Raises:
            ValueError: A content part or a call is of a form that cannot be read.
        """
        of_line = self.turn(self.response)
        if self.messages is None:
            return of_line
        turns = [m.turn(m.content) for m in self.messages if m.role == "assistant"]
        last = turns[-1]
        turns.append(of_line)
        refused = any(turn.stop_reason == "content_filter" for turn in turns)
        ends = ["content_filter"] if refused else [last.stop_reason, of_line.stop_reason]
        return RunState(
            ledger=Ledger(actions=tuple(a for turn in turns for a in turn.ledger.actions)),
            thoughts=_joined(turn.thoughts for turn in turns),
            speech=_joined(turn.speech for turn in turns),
            cut_off=last.cut_off,
            finished=True,
            stop_reason=_worst(ends),
            completion=_joined(turn.completion for turn in turns),
        )


class Line(NamedTuple):
    """A line read, or what is wrong with it."""

    number: int
    reply: StoredReply | None
    problem: str


def read_replies(path: Path) -> Iterator[Line]:
    """The replies of a JSON Lines file; a bad line is told, the rest still comes.

    Args:
        path: The file. Empty lines are passed over.

    Yields:
        One `Line` for each, with its number counted from 1.

    Raises:
        TurncoatError: The file cannot be read, or holds no line.
    """
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise TurncoatError(f"{path}: cannot be read ({error.strerror})") from None
    if not any(line.strip() for line in lines):
        raise TurncoatError(
            f'{path}: no replies; give one JSON object a line: {{"id", "response"}}'
        )
    seen: dict[str, int] = {}
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        found = _read(number, line)
        if found.reply is not None:
            first = seen.setdefault(str(found.reply.id), number)
            if first != number:
                found = Line(
                    number, None, f"id {found.reply.id!r} was used on line {first} already"
                )
        yield found


def _read(number: int, line: bytes) -> Line:
    try:
        reply = StoredReply.model_validate(json.loads(line))
        _ = reply.conduct  # Read here, so that what is wrong in it is told of this line.
    except UnicodeDecodeError:
        problem = "not UTF-8 text"
    except json.JSONDecodeError as error:
        problem = f"not JSON: {error.msg} at column {error.colno}"
    except RecursionError:
        problem = "JSON nested too deeply"
    except ValidationError as error:
        problem = _problem(error)
    except Exception as error:  # One line, whatever it holds, must not end the file.
        problem = str(error) or type(error).__name__
    else:
        return Line(number, reply, "")
    return Line(number, None, problem)


_SORTS = {"string": "text", "list": "a list", "dict": "an object", "model": "an object"}
_JSON_SORTS = {bool: "true or false", str: "text", list: "a list", dict: "an object"}


def _problem(error: ValidationError) -> str:
    """What is wrong first, in words that speak of JSON and not of Python."""
    first = error.errors(include_url=False)[0]
    kind, value = first["type"], first["input"]
    key = ".".join(str(part) for part in first["loc"] if part not in ("str", "int"))
    name = f"'{key}'" if key else "the line"
    if kind == "missing":
        return f"{name} is missing"
    if (wanted := _SORTS.get(kind.removesuffix("_type"))) is not None:
        is_sort = "null" if value is None else _JSON_SORTS.get(type(value), "a number")
        return f"{name} should be {wanted}, but is {is_sort}"
    if kind == "literal_error":
        return f"{name} is {value!r}; valid: {first['ctx']['expected']}"
    reason = first["msg"].removeprefix("Value error, ")
    return f"{name}: {reason}" if key else reason


def _conduct(
    text: Iterable[str],
    thoughts: Iterable[str],
    calls: Iterable[Mapping[str, Any]],
    stop_reason: StopReason | None,
) -> RunState:
    said = run_of_reply("\n".join(text), _joined(dict.fromkeys(thoughts)), stop_reason)
    calls = list(calls)
    made = tuple(map(_action, calls))
    return RunState(
        ledger=Ledger(actions=said.ledger.actions + made),
        thoughts=said.thoughts,
        speech=said.speech,
        cut_off=said.cut_off,
        finished=True,
        stop_reason=stop_reason or "stop",
        completion=said.completion + (json.dumps(calls, default=str) if calls else ""),
    )


def _action(call: Mapping[str, Any]) -> Action:
    """A tool call, flat or nested under `function` or `custom`; what cannot be parsed is kept."""
    inner = call.get("function", call.get("custom", call))
    if not isinstance(inner, Mapping):
        inner = {**call, "name": inner}
    name = inner.get("name")
    if not isinstance(name, str) or not name.strip():
        raise ValueError("a tool call without a name")
    arguments: object = next((inner[key] for key in _ARGUMENTS if inner.get(key) is not None), {})
    if isinstance(arguments, str):
        try:
            arguments = json.loads(arguments, strict=False)
        except ValueError as error:
            return action_from_call(name, {"raw": arguments}, error=f"broken arguments: {error}")
    if not isinstance(arguments, Mapping):
        return action_from_call(name, {"raw": arguments}, error="arguments that are no object")
    return action_from_call(name, arguments)


def _string(part: Mapping[str, Any], key: str) -> str:
    if not isinstance(part.get(key), str):
        raise ValueError(f"content part of type {part['type']!r} needs a string {key!r}")
    return str(part[key])


def _thought(part: Mapping[str, Any]) -> str:
    """The text of a reasoning part; empty where the provider keeps it to itself."""
    for key in ("thinking", "reasoning", "text", "summary", "content"):
        found = part.get(key)
        if isinstance(found, str) and found.strip():
            return found
        if isinstance(found, list):
            inner = [_thought(item) if isinstance(item, Mapping) else str(item) for item in found]
            if any(inner):
                return _joined(inner)
    return ""


def _worst(reasons: Iterable[str | None]) -> StopReason:
    given = set(reasons)
    return next((reason for reason in _WORST_FIRST if reason in given), "stop")


def _joined(texts: Iterable[str]) -> str:
    return "\n\n".join(text for text in texts if text.strip())
