"""Stored replies: a file of JSON lines, graded as if the agent had just given them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, NamedTuple

from inspect_ai.model import StopReason
from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from turncoat.errors import TurncoatError
from turncoat.grading.conduct import Conduct, conduct_of_reply
from turncoat.world.ledger import Ledger
from turncoat.world.reading import action_from_call


class StoredMessage(BaseModel):
    """One chat message, in the form that OpenAI's interface made common."""

    model_config = ConfigDict(extra="ignore")

    role: Literal["system", "developer", "user", "assistant", "tool"]
    content: str | list[dict[str, Any]] | None = None
    reasoning: str | None = None
    tool_calls: list[dict[str, Any]] | None = None

    @property
    def text(self) -> str:
        """Its text parts."""
        if isinstance(self.content, str):
            return self.content
        return "\n".join(str(part.get("text", "")) for part in self.content or ())


class StoredReply(BaseModel):
    """One line of the file."""

    model_config = ConfigDict(extra="ignore")

    id: str | int
    response: str | None = None
    reasoning: str = ""
    messages: list[StoredMessage] | None = None
    stop_reason: StopReason = "stop"

    @model_validator(mode="after")
    def _one_of_two(self) -> StoredReply:
        if (self.response is None) == (self.messages is None):
            raise ValueError("give either 'response' (text) or 'messages' (a list), not both")
        return self

    @property
    def conduct(self) -> Conduct:
        """What the agent did in it."""
        if self.messages is None:
            return conduct_of_reply(self.response or "", self.reasoning, self.stop_reason)
        turns = [_turn(m) for m in self.messages if m.role == "assistant"]
        return Conduct(
            ledger=Ledger(actions=tuple(a for turn in turns for a in turn.ledger.actions)),
            thoughts="\n\n".join(turn.thoughts for turn in turns if turn.thoughts),
            speech="\n\n".join(turn.speech for turn in turns if turn.speech),
            cut_off=bool(turns) and turns[-1].cut_off,
            stop_reason=self.stop_reason,
            completion="\n\n".join(turn.completion for turn in turns),
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
        return Line(number, StoredReply.model_validate(json.loads(line)), "")
    except UnicodeDecodeError:
        return Line(number, None, "not UTF-8 text")
    except json.JSONDecodeError as error:
        return Line(number, None, f"not JSON: {error.msg} at column {error.colno}")
    except RecursionError:
        return Line(number, None, "JSON nested too deeply")
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        return Line(number, None, f"{place + ': ' if place else ''}{first['msg']}")


def _turn(message: StoredMessage) -> Conduct:
    conduct = conduct_of_reply(message.text, message.reasoning or "")
    calls = tuple(action_from_call(*_call(call)) for call in message.tool_calls or ())
    return Conduct(
        ledger=Ledger(actions=conduct.ledger.actions + calls),
        thoughts=conduct.thoughts,
        speech=conduct.speech,
        cut_off=conduct.cut_off,
        completion=conduct.completion + _dumped(message.tool_calls),
    )


def _call(call: Mapping[str, Any]) -> tuple[str, Mapping[str, object]]:
    """Name and arguments of a tool call, flat or nested under `function`."""
    inner = call.get("function", call)
    if not isinstance(inner, Mapping):
        inner = {"name": str(inner), "arguments": call.get("arguments")}
    arguments = inner.get("arguments", {})
    if isinstance(arguments, str):
        try:
            arguments = json.loads(arguments)
        except ValueError:
            arguments = {}
    return str(inner.get("name", "")), arguments if isinstance(arguments, Mapping) else {}


def _dumped(calls: list[dict[str, Any]] | None) -> str:
    return json.dumps(calls, default=str) if calls else ""
