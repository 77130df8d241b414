"""Where fields start in a block, whatever the layout, and those of tools that nobody knows."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice
from typing import Literal, NamedTuple

from turncoat.parts.text import snake
from turncoat.parts.toolbox import Vocabulary

Style = Literal["line", "inline", "tag"]


class Mark(NamedTuple):
    """One place where a field starts."""

    start: int
    value: int
    """Where its value starts."""
    key: str
    """The field's name as written, in snake case."""
    field: str
    """The canonical field; the key itself where the tool has none of that name."""
    style: Style
    plain: bool = True
    """Whether the key is written in lower case."""


@dataclass
class Sheet:
    """The fields found in a block."""

    pairs: list[tuple[str, str]] = field(default_factory=list)
    """Names of fields as written, in snake case, with their values."""
    loose: str = ""
    """Text that belongs to no field."""


_DECOR = r"[*_`\"'“”‘’]{0,4}+"
_TAIL = rf"{_DECOR}[ \t]{{0,4}}+(?:[:：]{{1,2}}(?!//)|=>?(?!=))(?:\*\*|__)?"
_ANY_KEY = re.compile(
    rf"(?:(?:^|(?<=\n))[ \t]{{0,20}}+(?:[-*•+][ \t])?|[,;{{][ \t\n]{{0,20}}+)"
    rf"{_DECOR}(?P<key>[a-z][\w-]{{0,39}}+(?:[ ][a-z][\w-]{{0,39}}+){{0,2}}+){_TAIL}"
)
_FIELD_TAG = re.compile(
    r"<(?:\w{1,20}:)?(?:(?:parameter|param|argument|arg|field)\b[^<>=]{0,20}=\s?[\"'“]?"
    r"(?P<of>[\w -]{1,40})[^<>]{0,60}|(?P<name>[a-z][\w-]{0,39}+)[ \t]{0,4})>(?:[ \t]?:(?=[ \t]))?",
    re.IGNORECASE,
)
_CLOSER = re.compile(
    r"<\s?[/\\]{1,2}\s?(?:\w{1,20}:)?(?P<name>[a-z][\w-]{0,39}+)[^<>]{0,20}>", re.I
)
LINE_LEAD = re.compile(r"[ \t]{0,20}(?:(?:[-*•+#]{1,4}|\d{1,2}[.)])[ \t]{1,4}|\{[ \t]{0,4})?")
_PARAMETER_TAGS = frozenset({"parameter", "param", "argument", "arg", "field"})
_MOST_MARKS = 20_000
"""More than any mail has; the limit keeps hostile replies cheap."""
_LOWER = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}


_ATTRIBUTE = re.compile(
    r"(?<![\w:-])(?P<key>[A-Za-z][\w:-]{0,39}+)\s{0,4}=\s{0,4}"
    r"(?:\"(?P<double>(?:[^\"\\]|\\.)*+)\"|'(?P<single>(?:[^'\\]|\\.)*+)'|“(?P<smart>[^“”]*+)”|"
    r"(?P<bare>[^\s\"'“,][^\s,]*+))",
    re.DOTALL,
)
_LONG = frozenset({"body", "message", "content", "text"})
_WORD = re.compile(r"\s*+(?:\"[^\"\n]*+\"|'[^'\n]*+'|[^\s,;]{1,80})?\s*+")


@lru_cache(maxsize=64)
def _known_key(names: frozenset[str]) -> re.Pattern[str]:
    """A key of some names; `mailto:` starts an address, so that it never is one."""
    ordered = sorted(names, key=lambda name: (-len(name), name))
    words = "|".join(re.escape(name).replace("_", "[ _-]?") for name in ordered)
    return re.compile(
        rf"(?<![\w@.\-/*`\"'“”‘’]){_DECOR}(?!mailto:)(?P<key>{words or '(?!)'})"
        r"(?:\(s\))?(?!_?[^\W_]|-)"
        rf"{_TAIL}"
    )


def marks_in(content: str, vocabulary: Vocabulary | None) -> list[Mark]:
    """Every place where a field may start, in order; which of them count is the caller's choice.

    Args:
        content: The content of a block.
        vocabulary: The fields of its tool; None for a tool that nobody knows, whose fields may
            have any name.

    Returns:
        Marks for `key: value`, `key = value`, `"key": ...`, `**Key:** ...`, `<key>` and
        `<parameter name="key">`.
    """
    found = list(islice(_keys(content, vocabulary), _MOST_MARKS))
    for match in islice(_FIELD_TAG.finditer(content), _MOST_MARKS):
        key = snake(match["of"] or match["name"])
        if vocabulary is None or vocabulary.knows(key):
            field = _field(key, vocabulary)
            found.append(Mark(match.start(), match.end(), key, field, "tag"))
    found.sort()
    return found


def _field(key: str, vocabulary: Vocabulary | None) -> str:
    return (vocabulary.field_of(key) if vocabulary else "") or key


def _keys(content: str, vocabulary: Vocabulary | None) -> Iterator[Mark]:
    # Lower case letter by letter: `str.lower` may change the length, IGNORECASE is three times
    # slower on this many alternatives.
    lowered = content.translate(_LOWER)
    first = len(content) - len(content.lstrip())
    pattern = _known_key(vocabulary.names) if vocabulary else _ANY_KEY
    for match in pattern.finditer(lowered):
        key = vocabulary.spelled(match["key"]) if vocabulary else snake(match["key"])
        if vocabulary:
            line = line_start(content, match.start()) >= 0
        else:
            line = lowered[match.start()] not in ",;{" or match.start() == first
        plain = content.startswith(match["key"], match.start("key"))
        field = _field(key, vocabulary)
        yield Mark(match.start(), match.end(), key, field, "line" if line else "inline", plain)


def line_start(content: str, position: int) -> int:
    """Where the line starts on which only a bullet stands before a position, else -1."""
    nearest = max(0, position - 30)
    start = content.rfind("\n", nearest, position) + 1
    if start == 0 and nearest > 0:
        return -1
    return start if LINE_LEAD.fullmatch(content, start, position) else -1


class Closers:
    """The closing tags of a content, by the field that they close."""

    def __init__(self, content: str) -> None:
        self._places: dict[str, list[tuple[int, int]]] = {}
        for match in _CLOSER.finditer(content):
            name = snake(match["name"])
            name = "" if name in _PARAMETER_TAGS else name
            self._places.setdefault(name, []).append((match.start(), match.end()))

    def after(self, mark: Mark, content: str, *, last: bool) -> tuple[int, int] | None:
        """Where the closing tag of a field stands.

        Args:
            mark: A field that starts with a tag.
            content: The content that it stands in.
            last: Take the last one there is: a body may hold such a tag itself.

        Returns:
            Start and end of the closing tag, or None where there is none.
        """
        parameter = "=" in content[mark.start : mark.value]
        places = self._places.get("" if parameter else mark.key, [])
        index = bisect_left(places, (mark.value, 0))
        if index == len(places):
            return None
        return places[-1] if last and not parameter else places[index]


# Tools that nobody knows: their fields may have any name.


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
    marks = marks_in(content, None)
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
        position = place[1] if place else _argument_end(content, mark, marks, index)
        end = place[0] if place else position
        sheet.pairs.append((mark.key, content[mark.value : end].strip(" \t\n,;")))
    loose.append(content[position:])
    text = re.sub(r"<[/\\][^<>]{0,40}>", "", "".join(loose))
    sheet.loose = text.strip(" \t\n,;{}")
    return sheet


def _argument_end(content: str, mark: Mark, marks: list[Mark], index: int) -> int:
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
