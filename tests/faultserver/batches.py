"""Batch endpoints of both providers: what was put in is answered at once, line by line."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from itertools import count
from typing import Any

Json = dict[str, Any]
Answered = tuple[int, Json]
"""Status and body of one answer."""
Answer = Callable[[str, Json], Answered]
"""A path and a request's body to what the provider answers."""

_BOUNDARY = re.compile(r'boundary="?([^";]+)')
MESSAGES = "/v1/messages"


class Batches:
    """Files and batches of one server.

    Attributes:
        sizes: How many requests each batch held, in order.
    """

    def __init__(self, answer: Answer, url: str) -> None:
        self.answer = answer
        self.url = url
        self.sizes: list[int] = []
        self._files: dict[str, bytes] = {}
        self._batches: dict[str, Json] = {}
        self._numbers = count(1)

    def posted(self, path: str, headers: Mapping[str, str], sent: bytes) -> Json | None:
        """What a POST gives back; None where the path is none of batches."""
        if path == "/v1/files":
            match = _BOUNDARY.search(headers["Content-Type"])
            assert match is not None
            parts = sent.split(f"--{match[1]}".encode())
            [data] = [part for part in parts if b'name="file"' in part]
            return self._kept(data.partition(b"\r\n\r\n")[2].removesuffix(b"\r\n"))
        if path == "/v1/batches":
            return self._openai(json.loads(sent))
        if path == f"{MESSAGES}/batches":
            return self._anthropic(json.loads(sent))
        return None

    def got(self, path: str) -> bytes | None:
        """What a GET gives back; None where there is no such thing."""
        *_, last = path.split("/")
        if path.endswith(("/content", "/results")):
            return self._files.get(path.split("/")[-2])
        found = self._batches.get(last)
        return json.dumps(found).encode() if found else None

    def _kept(self, data: bytes) -> Json:
        name = f"file-{next(self._numbers)}"
        self._files[name] = data
        return {"id": name, "object": "file", "bytes": len(data), "created_at": 1,
                "filename": "batch.jsonl", "purpose": "batch", "status": "processed"}  # fmt: skip

    def _openai(self, body: Json) -> Json:
        lines = [json.loads(line) for line in self._files[body["input_file_id"]].splitlines()]
        self.sizes.append(len(lines))
        made = self._kept(b"\n".join(json.dumps(one).encode() for one in self._answers(lines)))
        name = f"batch-{next(self._numbers)}"
        counts = {"total": len(lines), "completed": len(lines), "failed": 0}
        self._batches[name] = {
            "id": name, "object": "batch", "endpoint": body["endpoint"], "created_at": 1,
            "input_file_id": body["input_file_id"], "completion_window": "24h",
            "status": "completed", "output_file_id": made["id"], "request_counts": counts,
        }  # fmt: skip
        return self._batches[name]

    def _answers(self, lines: list[Json]) -> Iterator[Json]:
        for line in lines:
            status, answer = self.answer(line["url"], line["body"])
            if status == 200:
                response = {"status_code": 200, "request_id": "r", "body": answer}
                yield {"id": "x", "custom_id": line["custom_id"], "response": response,
                       "error": None}  # fmt: skip
            else:
                error = {"code": status, "message": json.dumps(answer)}
                yield {"id": "x", "custom_id": line["custom_id"], "response": None, "error": error}

    def _anthropic(self, body: Json) -> Json:
        self.sizes.append(len(body["requests"]))
        name = f"msgbatch_{next(self._numbers)}"
        results = []
        for one in body["requests"]:
            status, answer = self.answer(MESSAGES, one["params"])
            result = (
                {"type": "succeeded", "message": answer}
                if status == 200
                else {"type": "errored", "error": answer}
            )
            results.append({"custom_id": one["custom_id"], "result": result})
        self._files[name] = b"\n".join(json.dumps(one).encode() for one in results)
        total = len(results)
        self._batches[name] = {
            "id": name, "type": "message_batch", "processing_status": "ended",
            "created_at": "2026-01-01T00:00:00Z", "expires_at": "2026-01-02T00:00:00Z",
            "ended_at": "2026-01-01T00:00:01Z", "archived_at": None, "cancel_initiated_at": None,
            "results_url": f"{self.url}{MESSAGES}/batches/{name}/results",
            "request_counts": {"processing": 0, "succeeded": total, "errored": 0, "canceled": 0,
                               "expired": 0},
        }  # fmt: skip
        return self._batches[name]
