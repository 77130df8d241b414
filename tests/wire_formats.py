"""What a client asks and a model answers, in the three wire formats of the loopback server."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

Wire = Literal["chat", "responses", "anthropic"]
Stop = Literal["stop", "max_tokens", "content_filter", "refusal", "missing"]
Json = dict[str, Any]

WIRES: dict[str, Wire] = {
    "/v1/chat/completions": "chat",
    "/v1/responses": "responses",
    "/v1/messages": "anthropic",
}
# OpenAI's refusal is a field of the message, not a reason to finish.
CHAT_STOPS = {
    "stop": "stop",
    "max_tokens": "length",
    "content_filter": "content_filter",
    "refusal": "stop",
}
ANTHROPIC_STOPS = {"stop": "end_turn", "max_tokens": "max_tokens", "refusal": "refusal"}
ERROR_TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    413: "request_too_large",
    429: "rate_limit_error",
    500: "api_error",
    529: "overloaded_error",
}
ANTHROPIC_FILTER = "Output blocked by content filtering policy"


@dataclass(frozen=True)
class Request:
    """What a client asked, in one shape for the three wire formats.

    Attributes:
        wire: The format it came in.
        model: The model that was asked for.
        system: The system (or developer) text.
        messages: The other turns as (role, text); tool calls and results appear as JSON text.
        tools: Names of the offered tools.
        max_tokens: The limit on the answer; None where none was sent.
        stream: Whether the client wants the answer in pieces.
        number: Which request of this server it is, from 0.
    """

    wire: Wire
    model: str
    system: str
    messages: tuple[tuple[str, str], ...]
    tools: tuple[str, ...]
    max_tokens: int | None
    stream: bool
    number: int

    @property
    def text(self) -> str:
        """Every turn except the system prompt, joined by blank lines."""
        return "\n\n".join(text for _, text in self.messages)


@dataclass(frozen=True)
class Scripted:
    """One answer, or one failure.

    Attributes:
        text: What the model says.
        reasoning: Native reasoning.
        stop: Why it stopped; `missing` leaves the reason out, as a cut-off proxy does.
            Anthropic has no stop reason for a filter: there `content_filter` is an API error.
        model: The model that served the request; None is the one asked for.
        status: An HTTP status other than 200 sends an error instead of an answer.
        message: The text of that error.
        code: OpenAI's error code, such as `context_length_exceeded`.
        tool_calls: Native tool calls as (name, arguments).
        delay: Seconds to wait before answering.
        drop_connection: Cut the connection half-way through the answer.
        end_early: Send only the first half, and end as if it were all.
        headers: Sent with the answer, or with the failure.
        raw: Sent as the body instead of the answer, byte by byte as it is.
        content_type: What the body says it is.
        pause: Seconds between two pieces of the answer.
        change: Turns the body of the answer (or of each event of a stream) into another.
    """

    text: str = ""
    reasoning: str | None = None
    stop: Stop = "stop"
    model: str | None = None
    status: int = 200
    message: str = "scripted failure"
    code: str | None = None
    tool_calls: Sequence[tuple[str, Mapping[str, object]]] = ()
    delay: float = 0.0
    drop_connection: bool = False
    end_early: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    content_type: str = "application/json"
    pause: float = 0.0
    change: Callable[[Json], Json] | None = None


def read_request(wire: Wire, body: Json, number: int) -> Request:
    """What a client asked, from the body that it sent; `number` tells which request it is."""
    turns: list[Json] | str = body["input"] if wire == "responses" else body["messages"]
    if isinstance(turns, str):  # Inspect's probe of what a reasoning model can do
        turns = [{"role": "user", "content": turns}]
    said = [(str(turn.get("role", "tool")), _plain(turn.get("content", turn))) for turn in turns]
    system = [text for role, text in said if role in ("system", "developer")]
    limits = ("max_tokens", "max_completion_tokens", "max_output_tokens")
    return Request(
        wire=wire,
        model=body["model"],
        system="\n\n".join(filter(None, [_plain(body.get("system", "")), *system])),
        messages=tuple(turn for turn in said if turn[0] not in ("system", "developer")),
        tools=tuple(str(tool.get("function", tool)["name"]) for tool in body.get("tools") or ()),
        max_tokens=next((body[key] for key in limits if key in body), None),
        stream=bool(body.get("stream")),
        number=number,
    )


def _plain(content: object) -> str:
    """The text of a message's content, which is a string or a list of typed parts."""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "\n".join(_plain(part) for part in content)
    if isinstance(content, dict) and isinstance(content.get("text"), str):
        return str(content["text"])
    return json.dumps(content)


def _usage(request: Request, answer: Scripted) -> tuple[int, int]:
    """Plausible counts of tokens in and out: about four characters each."""
    return (
        len(request.system + request.text) // 4 + 1,
        len(answer.text + (answer.reasoning or "")) // 4 + 1,
    )


def error_body(status: int, message: str, code: str | None) -> Json:
    """An error body; the fields that each SDK reads do not clash."""
    kind = ERROR_TYPES.get(status, "api_error")
    inner = {"type": kind, "message": message, "code": code, "param": None}
    return {"type": "error", "error": inner}


def reply_body(request: Request, answer: Scripted) -> Json:
    """An answer in the format that the request came in."""
    shape = {"chat": _chat, "responses": _responses, "anthropic": _anthropic}[request.wire]
    return shape(request, answer)


def _chat(request: Request, answer: Scripted) -> Json:
    calls = [
        {
            "id": f"call_{request.number}_{place}",
            "type": "function",
            "function": {"name": name, "arguments": json.dumps(dict(arguments))},
        }
        for place, (name, arguments) in enumerate(answer.tool_calls)
    ]
    refused = answer.stop == "refusal"
    message: Json = {
        "role": "assistant",
        "content": None if refused else answer.text,
        "refusal": answer.text if refused else None,
        "reasoning_content": answer.reasoning,
        "tool_calls": calls or None,
    }
    reason = "tool_calls" if calls and answer.stop == "stop" else CHAT_STOPS.get(answer.stop)
    asked, said = _usage(request, answer)
    return {
        "id": f"chatcmpl-{request.number}",
        "object": "chat.completion",
        "created": 0,
        "model": answer.model or request.model,
        "choices": [{"index": 0, "message": message, "finish_reason": reason, "logprobs": None}],
        "usage": {"prompt_tokens": asked, "completion_tokens": said, "total_tokens": asked + said},
    }


def _responses(request: Request, answer: Scripted) -> Json:
    reasons = {"max_tokens": "max_output_tokens", "content_filter": "content_filter"}
    status = "incomplete" if answer.stop in reasons else "completed"
    status = "in_progress" if answer.stop == "missing" else status
    part: Json = {"type": "output_text", "text": answer.text, "annotations": []}
    if answer.stop == "refusal":
        part = {"type": "refusal", "refusal": answer.text}
    output: list[Json] = []
    if answer.reasoning is not None:
        summary = [{"type": "summary_text", "text": answer.reasoning}]
        output.append({"type": "reasoning", "id": f"rs_{request.number}", "summary": summary})
    message = {"type": "message", "id": f"msg_{request.number}", "role": "assistant"}
    output.append({**message, "status": status, "content": [part]})
    output += [
        {
            "type": "function_call",
            "id": f"fc_{request.number}_{place}",
            "call_id": f"call_{request.number}_{place}",
            "name": name,
            "arguments": json.dumps(dict(arguments)),
            "status": "completed",
        }
        for place, (name, arguments) in enumerate(answer.tool_calls)
    ]
    asked, said = _usage(request, answer)
    return {
        "id": f"resp_{request.number}",
        "object": "response",
        "created_at": 0,
        "model": answer.model or request.model,
        "status": status,
        "incomplete_details": {"reason": reasons.get(answer.stop)}
        if answer.stop in reasons
        else None,
        "error": None,
        "output": output,
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
        "usage": {
            "input_tokens": asked,
            "input_tokens_details": {"cached_tokens": 0},
            "output_tokens": said,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": asked + said,
        },
    }


def _anthropic(request: Request, answer: Scripted) -> Json:
    content: list[Json] = []
    if answer.reasoning is not None:
        content.append({"type": "thinking", "thinking": answer.reasoning, "signature": "c2ln"})
    if answer.text:
        content.append({"type": "text", "text": answer.text})
    content += [
        {
            "type": "tool_use",
            "id": f"toolu_{request.number}_{place}",
            "name": name,
            "input": dict(arguments),
        }
        for place, (name, arguments) in enumerate(answer.tool_calls)
    ]
    called = bool(answer.tool_calls) and answer.stop == "stop"
    asked, said = _usage(request, answer)
    return {
        "id": f"msg_{request.number}",
        "type": "message",
        "role": "assistant",
        "model": answer.model or request.model,
        "content": content,
        "stop_reason": "tool_use" if called else ANTHROPIC_STOPS.get(answer.stop),
        "stop_sequence": None,
        "usage": {
            "input_tokens": asked,
            "output_tokens": said,
            "output_tokens_details": {"thinking_tokens": 0},  # absent, the SDK asks to count
        },
    }
