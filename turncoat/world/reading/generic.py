"""Reading the arguments of tools that are not mail tools."""

from __future__ import annotations

import re

from turncoat.world.reading.fields import Sheet
from turncoat.world.reading.marks import Closers, Mark, marks_in

_ATTRIBUTE = re.compile(
    r"(?<![\w:-])(?P<key>[A-Za-z][\w:-]{0,39}+)\s{0,4}=\s{0,4}"
    r"(?:\"(?P<double>(?:[^\"\\]|\\.)*+)\"|'(?P<single>(?:[^'\\]|\\.)*+)'|“(?P<smart>[^“”]*+)”|"
    r"(?P<bare>[^\s\"'“,][^\s,]*+))",
    re.DOTALL,
)
_LONG = frozenset({"body", "message", "content", "text"})
_WORD = re.compile(r"\s*+(?:\"[^\"\n]*+\"|'[^'\n]*+'|[^\s,;]{1,80})?\s*+")


def read_attributes(attributes: str) -> list[tuple[str, str]]:
    """The `name="value"` pairs of a tag, with backslash escapes resolved."""
    pairs: list[tuple[str, str]] = []
    for match in _ATTRIBUTE.finditer(attributes):
        value = next(text for text in match.group("double", "single", "smart", "bare", 0) if text)
        if value is match[0]:
            value = ""
        pairs.append((match["key"], re.sub(r"\\([\"'\\])", r"\1", value).replace("\\n", "\n")))
    return pairs


def read_arguments(content: str) -> Sheet:
    """Read `key: value` lines, comma-separated pairs or tags with any names.

    Args:
        content: The content of the block.

    Returns:
        The pairs in order, and the text outside them.
    """
    sheet = Sheet()
    marks = marks_in(content, mail=False)
    closers = Closers(content)
    loose: list[str] = []
    position, index = 0, 0
    while index < len(marks):
        mark = marks[index]
        index += 1
        if mark.start < position:
            continue
        place = closers.after(mark, content, last=False) if mark.style == "tag" else None
        if mark.style == "tag" and place is None:
            continue
        loose.append(content[position : mark.start])
        if place and index < len(marks) and marks[index].style == "tag":
            nested = marks[index].start < place[0]
            if nested and not content[mark.value : marks[index].start].strip():
                position = mark.value  # `<parameters>` around the fields
                continue
        position = place[1] if place else _value_end(content, mark, marks, index)
        end = place[0] if place else position
        sheet.pairs.append((mark.key, content[mark.value : end].strip(" \t\n,;")))
    loose.append(content[position:])
    text = re.sub(r"<[/\\][^<>]{0,40}>", "", "".join(loose))
    sheet.loose = text.strip(" \t\n,;{}")
    return sheet


def _value_end(content: str, mark: Mark, marks: list[Mark], index: int) -> int:
    """Where the value of a line ends: at the next field; a comma splits only after one word."""
    if mark.key in _LONG:
        return len(content)
    word = _WORD.match(content, mark.value)
    word_end = word.end() if word else mark.value
    while index < len(marks):
        other = marks[index]
        if other.style == "line" or other.start == word_end:
            return other.start
        index += 1
    return len(content)
