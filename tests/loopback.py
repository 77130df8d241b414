"""A model provider on this machine that says what a test tells it to say.

It speaks the wire formats that Inspect's OpenAI and Anthropic providers use (chat completions,
responses, messages; streamed where Inspect streams), so that a test runs the code of a paid
call, failures included, without keys and without leaving 127.0.0.1.
"""

from __future__ import annotations

import contextlib
import json
import socket
import struct
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
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


Reply = Callable[[Request], Scripted]


@dataclass
class Loopback:
    """A running server.

    Attributes:
        url: Its root, `http://127.0.0.1:PORT`.
        requests: Every request so far, in order of arrival.
    """

    url: str
    requests: list[Request] = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        """The variables that send both SDKs here."""
        return {
            "OPENAI_BASE_URL": f"{self.url}/v1",
            "OPENAI_API_KEY": "no-key",
            "ANTHROPIC_BASE_URL": self.url,
            "ANTHROPIC_API_KEY": "no-key",
        }


@contextlib.contextmanager
def loopback(reply: Reply) -> Iterator[Loopback]:
    """Serve scripted answers on an ephemeral port for the length of a `with` block.

    Args:
        reply: Called once for each request, from several threads at a time.

    Yields:
        The server's address and the requests it has seen.

    Raises:
        RuntimeError: At the end of the block, where `reply` itself raised.
    """
    server = _Server(reply)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server.loopback
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
    if server.failures:
        raise RuntimeError("the test's script of replies failed") from server.failures[0]


class _Server(ThreadingHTTPServer):
    request_queue_size = 128  # the default of 5 resets connections when many samples start at once
    daemon_threads = True
    block_on_close = False  # idle keep-alive connections would hold it for ever

    def __init__(self, reply: Reply) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.reply = reply
        self.lock = threading.Lock()
        self.failures: list[Exception] = []
        self.loopback = Loopback(f"http://127.0.0.1:{self.server_address[1]}")

    def answer(self, wire: Wire, body: Json) -> tuple[Request, Scripted]:
        with self.lock:
            request = _read_request(wire, body, len(self.loopback.requests))
            self.loopback.requests.append(request)
        try:
            return request, self.reply(request)
        except Exception as error:
            self.failures.append(error)
            return request, Scripted(status=400, message=f"the script failed: {error!r}")

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing where a client hung up, as one does that ran into its own time limit."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing on standard error."""

    def do_POST(self) -> None:
        body: Json = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        path = self.path.partition("?")[0]
        if path not in WIRES:
            self._send_json(404, _error(404, f"no such path: {path}", None))
            return
        request, answer = self.server.answer(WIRES[path], body)
        time.sleep(answer.delay)
        streamed = request.wire == "anthropic" and request.stream
        if answer.status != 200:
            self._send_json(answer.status, _error(answer.status, answer.message, answer.code))
        elif streamed:
            self._send_events(_anthropic_events(request, answer), answer.drop_connection)
        elif request.stream:
            self._send_json(400, _error(400, "no streaming here", None))
        elif request.wire == "anthropic" and answer.stop == "content_filter":
            self._send_json(400, _error(400, ANTHROPIC_FILTER, None))
        else:
            shape = {"chat": _chat, "responses": _responses, "anthropic": _anthropic}[request.wire]
            self._send_json(200, shape(request, answer), answer.drop_connection)

    def _send_json(self, status: int, body: Json, drop: bool = False) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if drop:
            self._drop(data[: len(data) // 2])
        else:
            self.wfile.write(data)

    def _send_events(self, events: Sequence[Json], drop: bool) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        pieces = [f"event: {e['type']}\ndata: {json.dumps(e)}\n\n".encode() for e in events]
        for piece in pieces[: len(pieces) // 2] if drop else pieces:
            self.wfile.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
        self._drop(b"") if drop else self.wfile.write(b"0\r\n\r\n")

    def _drop(self, last: bytes) -> None:
        """Send these bytes, then end the connection short of what was announced."""
        self.wfile.write(last)
        # a linger of zero seconds makes the close a reset, as when a proxy dies
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True


def _read_request(wire: Wire, body: Json, number: int) -> Request:
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


def _error(status: int, message: str, code: str | None) -> Json:
    """An error body; the fields that each SDK reads do not clash."""
    kind = ERROR_TYPES.get(status, "api_error")
    inner = {"type": kind, "message": message, "code": code, "param": None}
    return {"type": "error", "error": inner}


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


def _anthropic_events(request: Request, answer: Scripted) -> list[Json]:
    whole = _anthropic(request, answer)
    begin = {**whole, "content": [], "stop_reason": None}
    events: list[Json] = [{"type": "message_start", "message": begin}]
    for index, block in enumerate(whole["content"]):
        empty, deltas = _anthropic_block(block)
        events.append({"type": "content_block_start", "index": index, "content_block": empty})
        events += [{"type": "content_block_delta", "index": index, "delta": d} for d in deltas]
        events.append({"type": "content_block_stop", "index": index})
    if answer.stop == "content_filter":
        return [*events, _error(400, ANTHROPIC_FILTER, None)]
    if answer.stop == "missing":
        return events
    delta = {"stop_reason": whole["stop_reason"], "stop_sequence": None}
    events.append({"type": "message_delta", "delta": delta, "usage": whole["usage"]})
    return [*events, {"type": "message_stop"}]


def _anthropic_block(block: Json) -> tuple[Json, list[Json]]:
    """A content block as its empty start and the deltas that fill it."""
    kind = block["type"]
    if kind == "tool_use":
        data = json.dumps(block["input"])
        return {**block, "input": {}}, [{"type": "input_json_delta", "partial_json": data}]
    text: str = block[kind]  # the field is named like the type: `text` or `thinking`
    halves = [text[: len(text) // 2], text[len(text) // 2 :]]
    deltas: list[Json] = [{"type": f"{kind}_delta", kind: piece} for piece in halves]
    if kind == "thinking":
        deltas.append({"type": "signature_delta", "signature": block["signature"]})
    return {**block, kind: ""}, deltas
