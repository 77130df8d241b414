"""The special tokens of chat templates, where a server lets them through as text."""

from __future__ import annotations

import re

_MARK = re.compile(
    r"(?:<\|start\|>(?P<role>[^<\n]{0,80}+))?<\|channel\|>(?P<channel>[^<\n]{0,80}+)"
    r"(?:<\|constrain\|>[^<\n]{0,40}+)?<\|message\|>|"
    r"<\|(?:end|return|call)\|>|<\|start\|>[^<\n]{0,80}+<\|message\|>"
)
_TOKEN = re.compile(
    r"<[|｜][^<>|｜\n]{1,40}+[|｜]>|\[/?TOOL_CALLS\]|\[ARGS\]|\[CALL_ID\][\w-]{0,40}+"
)
"""What stands around a tool call for Llama, DeepSeek, Kimi and Mistral."""
_ADDRESSEE = re.compile(r"to=([\w.:-]{1,60})")


def translate_channels(text: str) -> str:
    """Text whose `analysis` channel is a scratchpad, and whose tool calls are tool blocks.

    Marks that are not of the harmony format become ends of lines: what they hold is read as a call
    on lines of its own.

    Args:
        text: A clean reply.

    Returns:
        The text itself where it has no channel marks.
    """
    if "<|channel|>" not in text:
        return _TOKEN.sub("\n", text)
    pieces: list[str] = []
    position, closing = 0, ""
    for match in _MARK.finditer(text):
        pieces += (text[position : match.start()], closing)
        position, closing = match.end(), ""
        channel = match["channel"]
        if channel is None:
            continue
        called = _ADDRESSEE.search(f"{match['role'] or ''} {channel}")
        if called and called[1] not in ("user", "assistant"):
            name = re.split(r"[.:]", called[1])[-1] or "unknown"
            pieces.append(f"<tool:{name}>")
            closing = f"</tool:{name}>"
        elif not channel.strip().lower().startswith("final"):
            pieces.append("<analysis>")
            closing = "</analysis>"
    # What the text leaves open stays open: it was cut off there.
    return _TOKEN.sub("\n", "".join([*pieces, text[position:]]))
