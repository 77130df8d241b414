"""Answers as streams of events, in the three wire formats of the loopback server."""

from __future__ import annotations

import json

from wire_formats import (
    ANTHROPIC_FILTER,
    Json,
    Request,
    Scripted,
    error_body,
    reply_body,
)


def events_of(request: Request, answer: Scripted) -> list[bytes]:
    """An answer as the events of a stream, each as it goes over the wire."""
    shape = {"chat": _chat, "responses": _responses, "anthropic": _anthropic}[request.wire]
    events = shape(request, answer)
    if answer.change is not None:
        events = [answer.change(event) for event in events]
    # chat's events have no names
    named = [(f"event: {e['type']}\n" if "type" in e else "", json.dumps(e)) for e in events]
    pieces = [f"{name}data: {data}\n\n".encode() for name, data in named]
    return [*pieces, b"data: [DONE]\n\n"] if request.wire == "chat" else pieces


def _halves(text: str) -> list[str]:
    return [text[: len(text) // 2], text[len(text) // 2 :]]


def _chat(request: Request, answer: Scripted) -> list[Json]:
    whole = reply_body(request, answer)
    (choice,) = whole["choices"]
    message: Json = choice["message"]
    deltas: list[Json] = [{"role": "assistant", "content": ""}]
    for name in ("reasoning_content", "content", "refusal"):
        deltas += [{name: piece} for piece in _halves(message[name] or "") if piece]
    for place, call in enumerate(message["tool_calls"] or ()):
        first, second = _halves(call["function"]["arguments"])
        begin = {**call, "index": place, "function": {**call["function"], "arguments": first}}
        deltas.append({"tool_calls": [begin]})
        deltas.append({"tool_calls": [{"index": place, "function": {"arguments": second}}]})
    head = {**whole, "object": "chat.completion.chunk", "usage": None}
    chunks = [
        {**head, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]}
        for delta in deltas
    ]
    end = {"index": 0, "delta": {}, "finish_reason": choice["finish_reason"]}
    return [*chunks, {**head, "choices": [end]}, {**head, "choices": [], "usage": whole["usage"]}]


def _responses(request: Request, answer: Scripted) -> list[Json]:
    whole = reply_body(request, answer)
    begin = {**whole, "status": "in_progress", "output": [], "incomplete_details": None}
    events: list[Json] = [{"type": "response.created", "response": begin}]
    for place, item in enumerate(whole["output"]):
        at = {"output_index": place}
        events.append({"type": "response.output_item.added", "item": item, **at})
        events.append({"type": "response.output_item.done", "item": item, **at})
    events.append({"type": f"response.{whole['status']}", "response": whole})
    return [{**event, "sequence_number": place} for place, event in enumerate(events)]


def _anthropic(request: Request, answer: Scripted) -> list[Json]:
    whole = reply_body(request, answer)
    begin = {**whole, "content": [], "stop_reason": None}
    events: list[Json] = [{"type": "message_start", "message": begin}]
    for index, block in enumerate(whole["content"]):
        empty, deltas = _block(block)
        events.append({"type": "content_block_start", "index": index, "content_block": empty})
        events += [{"type": "content_block_delta", "index": index, "delta": d} for d in deltas]
        events.append({"type": "content_block_stop", "index": index})
    if answer.stop == "content_filter":
        return [*events, error_body(400, ANTHROPIC_FILTER, None)]
    if answer.stop == "missing":
        return events
    delta = {"stop_reason": whole["stop_reason"], "stop_sequence": None}
    events.append({"type": "message_delta", "delta": delta, "usage": whole["usage"]})
    return [*events, {"type": "message_stop"}]


def _block(block: Json) -> tuple[Json, list[Json]]:
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
