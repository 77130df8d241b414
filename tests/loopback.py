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

from faultserver.batches import Batches
from faultserver.streams import events_of
from wire_formats import (
    ANTHROPIC_FILTER,
    WIRES,
    Json,
    Request,
    Scripted,
    Wire,
    error_body,
    read_request,
    reply_body,
)

Reply = Callable[[Request], Scripted]
PIECES = 8
"""In how many an answer comes that is sent slowly."""


@dataclass
class Loopback:
    """A running server.

    Attributes:
        url: Its root, `http://127.0.0.1:PORT`.
        requests: Every request so far, in order of arrival.
    """

    url: str
    requests: list[Request] = field(default_factory=list)
    batches: list[int] = field(default_factory=list)
    """How many requests each batch held."""

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
        self.batches = Batches(self._in_a_batch, self.loopback.url)
        self.loopback.batches = self.batches.sizes

    def _in_a_batch(self, path: str, body: Json) -> tuple[int, Json]:
        request, answer = self.answer(WIRES[path], body)
        if answer.status != 200:
            return answer.status, error_body(answer.status, answer.message, answer.code)
        return 200, reply_body(request, answer)

    def answer(self, wire: Wire, body: Json) -> tuple[Request, Scripted]:
        with self.lock:
            request = read_request(wire, body, len(self.loopback.requests))
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
        sent = self.rfile.read(length := int(self.headers["Content-Length"]))
        if len(sent) < length:
            self.close_connection = True  # the client ran into its time limit
            return
        path = self.path.partition("?")[0]
        if (made := self.server.batches.posted(path, dict(self.headers), sent)) is not None:
            self._send_json(200, made)
            return
        body: Json = json.loads(sent)
        if path not in WIRES:
            self._send_json(404, error_body(404, f"no such path: {path}", None))
            return
        request, answer = self.server.answer(WIRES[path], body)
        time.sleep(answer.delay)
        if answer.raw is not None:
            self._send(answer.status, answer.raw, answer)
        elif answer.status != 200:
            body = error_body(answer.status, answer.message, answer.code)
            self._send(answer.status, json.dumps(body).encode(), answer)
        elif request.stream:
            self._send_events(events_of(request, answer), answer)
        elif request.wire == "anthropic" and answer.stop == "content_filter":
            self._send_json(400, error_body(400, ANTHROPIC_FILTER, None))
        else:
            body = reply_body(request, answer)
            body = body if answer.change is None else answer.change(body)
            self._send(200, json.dumps(body).encode(), answer)

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if (found := self.server.batches.got(path)) is None:
            self._send_json(404, error_body(404, f"no such path: {path}", None))
        else:
            self._send(200, found, Scripted())

    def _send_json(self, status: int, body: Json) -> None:
        self._send(status, json.dumps(body).encode(), Scripted())

    def _send(self, status: int, data: bytes, answer: Scripted) -> None:
        data = data[: len(data) // 2] if answer.end_early else data
        self._send_head(status, answer, {"Content-Length": str(len(data))}, answer.content_type)
        if answer.drop_connection:
            self._drop(data[: len(data) // 2])
            return
        step = len(data) // PIECES + 1 if answer.pause else len(data) or 1
        for place in range(0, len(data), step):
            self.wfile.write(data[place : place + step])
            time.sleep(answer.pause)

    def _send_head(
        self, status: int, answer: Scripted, headers: Mapping[str, str], content_type: str
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        for name, value in {**headers, **answer.headers}.items():
            self.send_header(name, value)
        self.end_headers()

    def _send_events(self, pieces: Sequence[bytes], answer: Scripted) -> None:
        self._send_head(200, answer, {"Transfer-Encoding": "chunked"}, "text/event-stream")
        half = answer.drop_connection or answer.end_early
        for piece in pieces[: len(pieces) // 2] if half else pieces:
            self.wfile.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
            time.sleep(answer.pause)
        self._drop(b"") if answer.drop_connection else self.wfile.write(b"0\r\n\r\n")

    def _drop(self, last: bytes) -> None:
        """Send these bytes, then end the connection short of what was announced."""
        self.wfile.write(last)
        # a linger of zero seconds makes the close a reset, as when a proxy dies
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
