"""What is quoted of a transcript: text alone, clipped, with the decisive words marked."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from turncoat.report.content import Piece
from turncoat.world.conversation import reasoning_of

if TYPE_CHECKING:
    from inspect_ai.log import EvalSample
    from inspect_ai.model import ChatMessageAssistant

LENGTH = 1_800
"""Most characters that are quoted of a reply."""
LEAD_IN = 500
"""Characters before the first decisive words that are kept where a reply is clipped."""
ELLIPSIS = "[...]"


def quoted_parts(sample: EvalSample) -> tuple[str, str]:
    """What the agent said and did, and what it thought apart from that.

    Args:
        sample: A sample of a log.

    Returns:
        Its replies with the tool calls in them, and its native reasoning; each may be empty.
    """
    from inspect_ai.model import ChatMessageAssistant

    replies = [m for m in sample.messages if isinstance(m, ChatMessageAssistant)]
    said = "\n\n".join(filter(None, map(_words, replies)))
    thought = "\n\n".join(filter(None, map(reasoning_of, replies)))
    return said, thought


def _words(message: ChatMessageAssistant) -> str:
    calls = [f"[{call.function}] {_arguments(call.arguments)}" for call in message.tool_calls or ()]
    return "\n".join(part for part in (message.text.strip(), *calls) if part)


def _arguments(arguments: object) -> str:
    if not isinstance(arguments, dict):
        return str(arguments)
    return "\n".join(
        f"{name}: {value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}"
        for name, value in arguments.items()
    )


def clipped(
    text: str, quotes: Sequence[str], length: int = LENGTH
) -> tuple[tuple[Piece, ...], bool]:
    """A text, shortened around the words that decide, which are marked.

    Args:
        text: What was written.
        quotes: Words of it that are to be marked; those that are not in it are passed over.
        length: Most characters.

    Returns:
        The text in pieces, and whether any of it was left out.
    """
    spans = _places(text, quotes)
    start = 0
    if len(text) > length and spans and spans[0][1] > length:
        start = max(spans[0][0] - LEAD_IN, 0)
    end = min(start + length, len(text))
    pieces = []
    if start:
        pieces.append(Piece(f"{ELLIPSIS} ", marked=False))
    at = start
    for first, last in spans:
        if first >= end or last <= at:
            continue
        pieces.append(Piece(text[at:first], marked=False))
        pieces.append(Piece(text[max(first, at) : min(last, end)], marked=True))
        at = min(last, end)
    pieces.append(Piece(text[at:end], marked=False))
    if end < len(text):
        pieces.append(Piece(f" {ELLIPSIS}", marked=False))
    return tuple(piece for piece in pieces if piece.text), start > 0 or end < len(text)


def _places(text: str, quotes: Sequence[str]) -> list[tuple[int, int]]:
    """Where the quotes stand, in order, none within another."""
    found = sorted(
        (at, at + len(quote)) for quote in set(quotes) if quote and (at := text.find(quote)) >= 0
    )
    places: list[tuple[int, int]] = []
    for first, last in found:
        if not places or first >= places[-1][1]:
            places.append((first, last))
    return places
