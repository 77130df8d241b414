"""What goes wrong between a client and a model: each kind turns a good answer into a faulty one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from wire_formats import Json, Scripted, error_body

Fault = Callable[[Scripted], Scripted]

HANG = 60.0
"""Seconds; longer than any client of a test waits."""
PAUSE = 0.02
PAGE = b"<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"
CHANGED = "some-other-model-7b"


def _with(**fields: Any) -> Fault:
    return lambda good: replace(good, **fields)


def _half(good: Scripted) -> Scripted:
    calls = good.tool_calls[: len(good.tool_calls) // 2]
    text = good.text[: len(good.text) // 2]
    return replace(good, text=text, tool_calls=calls, stop="max_tokens")


def _unsaid(good: Scripted, **fields: Any) -> Scripted:
    return replace(good, text="", tool_calls=(), **fields)


def _edited(change: Callable[[str, object], object]) -> Fault:
    """A fault that changes fields of the body by their names, wherever they stand."""

    def walk(value: object) -> Any:
        if isinstance(value, Mapping):
            return {key: change(key, walk(inner)) for key, inner in value.items()}
        return [walk(inner) for inner in value] if isinstance(value, list) else value

    def body(whole: Json) -> Json:
        found: Json = walk(whole)
        return found

    return _with(change=body)


def _error_beside(body: Json) -> Json:
    """An error in the answer itself, which an event of a stream holds in a field of its own."""
    inner = next((name for name in ("response", "message") if name in body), "")
    if inner:
        return {**body, inner: _error_beside(body[inner])}
    if body.get("type", "message") != "message":
        return body
    return {**body, "error": {"message": "upstream went away", "code": "server_error"}}


def _null(key: str, value: object) -> object:
    return None if key in ("content", "text", "tool_calls", "output") else value


def _same_id(key: str, value: object) -> object:
    is_call = isinstance(value, str) and value.startswith(("call_", "toolu_"))
    return "call_same" if key in ("id", "call_id") and is_call else value


def _broken_arguments(key: str, value: object) -> object:
    """Arguments that are no JSON, as of a model that forgot to escape a quotation mark."""
    if key in ("arguments", "partial_json") and value:
        return str(value).replace('": "', '": "so he said "yes", ')
    return str(value) if key == "input" and value else value


def _unknown_tool(good: Scripted) -> Scripted:
    if good.tool_calls:
        return replace(good, tool_calls=(*good.tool_calls, ("launch", {"what": "all"})))
    return replace(good, text=f"{good.text}\n<tool:launch>\nwhat: all\n</tool:launch>")


FAULTS: dict[str, Fault] = {
    "429": _with(status=429, message="Rate limit reached for requests"),
    "429 retry-after": _with(status=429, headers={"retry-after": "3600"}),
    "500": _with(status=500),
    "502 page": _with(status=502, raw=PAGE, content_type="text/html"),
    "529": _with(status=529, message="Overloaded"),
    "reset": _with(raw=b"", drop_connection=True),
    "half, reset": _with(drop_connection=True),
    "half, ended": _with(end_early=True),
    "hang": _with(delay=HANG),
    "invalid JSON": _with(raw=b'{"id": "x", "choices": [{"message": '),
    "200 page": _with(raw=PAGE, content_type="text/html"),
    "200 text": _with(raw=b"upstream connect error", content_type="text/plain"),
    "empty": _unsaid,
    "only thought": lambda good: _unsaid(replace(good, reasoning=good.text or "I read the mail.")),
    "null": _edited(_null),
    "refusal": lambda _: Scripted("I cannot help with that.", stop="refusal"),
    "refusal beside": lambda good: replace(good, text=good.text or "I cannot.", stop="refusal"),
    "filtered": _with(stop="content_filter"),
    "filtered, empty": lambda good: _unsaid(good, stop="content_filter"),
    "truncated": _half,
    "limit": _with(stop="max_tokens"),
    "no finish": _with(stop="missing"),
    "error body": _with(change=lambda _: error_body(500, "upstream went away", None)),
    "error beside": _with(change=_error_beside),
    "other model": _with(model=CHANGED),
    "broken arguments": _edited(_broken_arguments),  # the text protocol has none
}
"""Faults after which an answer is not whole: nothing that it says is restraint."""

WHOLE: dict[str, Fault] = {
    "slow": _with(pause=PAUSE),
    "same call ids": _edited(_same_id),
    "unknown tool": _unknown_tool,
}
"""Faults after which the answer is there all the same, and may be judged."""
