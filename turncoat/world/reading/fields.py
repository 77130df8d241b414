"""Reading the fields of a tool out of the content of its block."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator

from turncoat.parts.text import CLOSERS
from turncoat.parts.toolbox import Vocabulary
from turncoat.parts.values import parse_recipients
from turncoat.world.reading.marks import (
    LINE_LEAD,
    Closers,
    Mark,
    Sheet,
    line_start,
    marks_in,
    read_arguments,
)

_SEPARATORS = re.compile(
    r"(?:[\s,;}\])`*]++|[-•+](?=\s)|<(?:\w{1,20}:)?(?:parameters|arguments|args|input|fields)\s?>|"
    r"<[/\\][^<>\n]{0,40}>)*+(?:\{\s*+)?"
)
_AFTER_QUOTE = re.compile(r"[\s,;}\])]*+(?:(?:[-*•+]|\d{1,2}[.)])\s++)?")
_LISTED = re.compile(r"\s*(?:[-*•+]\s|\d{1,2}[.)]\s|[\"'<\[\],}\d#])")
_CLOSING = {
    opening: re.compile(f"[{closing}](?![{closing}]{{5}})") for opening, closing in CLOSERS.items()
}
"""A mark with five more behind it ends nothing: a key is decorated with four at most."""
_BLOCK_SCALAR = re.compile(r"[|>][+-]?[ \t]*\n")
_OTHER_END = re.compile(r"</?[\w:-]{1,40}>\s*+\Z")
"""A closing tag of another name than the field's."""
_EXTRA_LINES = re.compile(
    r"(?:\s*+(?:[-*•+][ \t])?[*_`\"']{0,4}+[A-Za-z][\w -]{0,40}?[*_`\"']{0,4}+[ \t]?"
    r"[:=][ \t]?(?!//)[*_]{0,2}[^\s][^\n]*+(?:\n|\Z))++"
)
"""Lines which are all fields, of names that the tool does not have."""


def read_fields(content: str, vocabulary: Vocabulary) -> Sheet:
    """Read the fields of a known tool, in whatever layout they are written.

    Fields stand in any order; running text that is not quoted and has no closing tag runs to the
    end, except for fields after it that the tool lacks. Text without a key after the other fields
    is the running text.

    Args:
        content: The content of the block, without code fence around it.
        vocabulary: The fields of the tool.

    Returns:
        The fields in order, and the text outside them.
    """
    sheet = _Reader(content, vocabulary).read()
    if _EXTRA_LINES.fullmatch(sheet.loose):
        more = read_arguments(sheet.loose)
        return Sheet([*sheet.pairs, *more.pairs], more.loose)
    return sheet


class _Reader:
    def __init__(self, content: str, vocabulary: Vocabulary) -> None:
        self.content = content
        self.words = vocabulary
        self.text = vocabulary.text_field
        self.marks = marks_in(content, vocabulary)
        self.starts = [mark.start for mark in self.marks]
        self.borders = [
            line_start(content, mark.start) if mark.style == "line" else mark.start
            for mark in self.marks
            if mark.style != "inline"
        ]
        self.closers = Closers(content)
        self.last_text = max(
            (
                mark.start
                for mark in self.marks
                if mark.style != "inline"
                and mark.field == self.text
                and mark.key not in vocabulary.weak
            ),
            default=-1,
        )
        self.sheet = Sheet()
        self.seen: set[str] = set()
        self.loose: list[str] = []

    def read(self) -> Sheet:
        position = 0
        text_at = self._skip(0)
        for index, mark in enumerate(self.marks):
            if mark.start < position or not self._counts(mark, text_at):
                continue
            if self._has_text(text_at, mark.start):
                if self._text_began(mark):
                    break
                self.loose.append(self.content[text_at : mark.start])
            position = self._take(mark, index)
            text_at = self._skip(position)
        if text_at < len(self.content) and self.seen and self.text not in self.seen | {""}:
            self._take_open_text(self.text, self.text, position)
        else:
            self.loose.append(self.content[text_at:])
        self.sheet.loose = "\n".join(filter(None, map(str.strip, self.loose)))
        return self.sheet

    def _has_text(self, start: int, end: int) -> bool:
        """Whether more than the bullet of a line stands in between."""
        return end - start > 30 or (
            start < end and LINE_LEAD.fullmatch(self.content, start, end) is None
        )

    def _text_began(self, mark: Mark) -> bool:
        """Whether text without a key, found before a mark, was the running text or follows it."""
        if not self.text:
            return False
        if self.text in self.seen:
            return mark.style == "line" and not self._is_text(mark)
        return bool(self.seen) and self.last_text < mark.start

    def _skip(self, position: int) -> int:
        """The next position with text: past separators and the tags that only wrap fields."""
        match = _SEPARATORS.match(self.content, position)
        return match.end() if match else position

    def _counts(self, mark: Mark, text_at: int) -> bool:
        """Whether a mark starts a field, given where the next text outside a field stands."""
        if mark.style != "inline":
            return self.words.is_list(mark.field) or mark.field not in self.seen
        return mark.start <= text_at and mark.field not in self.seen

    def _put(self, key: str, canonical: str, value: str) -> None:
        self.seen.add(canonical)
        self.sheet.pairs.append((key, value))

    def _take(self, mark: Mark, index: int) -> int:
        """Read the value of a field and return where it ends."""
        if mark.style == "tag":
            if self._wraps(mark, index):
                return mark.value
            if place := self.closers.after(mark, self.content, last=self._is_text(mark)):
                self._put(mark.key, mark.field, self.content[mark.value : place[0]])
                return place[1]
        start = self._blank_end(mark.value)
        if not self.words.is_list(mark.field) and (quoted := self._quoted(start, mark)):
            self._put(mark.key, mark.field, quoted[0])
            return quoted[1]
        if self._is_text(mark):
            return self._take_open_text(mark.key, mark.field, mark.value)
        reach = self._list_end if self.words.is_list(mark.field) else self._line_end
        end = reach(mark, index)
        value = self.content[mark.value : end]
        value = _OTHER_END.sub("", value) if mark.style == "tag" else value
        self._put(mark.key, mark.field, value.strip(" \t\n,;"))
        return end

    def _wraps(self, mark: Mark, index: int) -> bool:
        """Whether a tag (`<email>`, `<message>`) holds the fields instead of being one."""
        if mark.key == self.text or index + 1 == len(self.marks):
            return False
        inner = self.marks[index + 1]
        return inner.style == "tag" and not self.content[mark.value : inner.start].strip()

    def _blank_end(self, position: int) -> int:
        while position < len(self.content) and self.content[position] in " \t":
            position += 1
        return position

    def _next_border(self, position: int) -> int:
        index = bisect_left(self.borders, position)
        return self.borders[index] if index < len(self.borders) else len(self.content)

    def _next_inline(self, mark: Mark, index: int, end: int) -> int:
        """Where another field starts within the line of this one, or its end."""
        last_at = self.content.rfind("@", mark.value, end)
        while (index := index + 1) < len(self.marks) and self.marks[index].start < end:
            other = self.marks[index]
            if other.field not in self.words.fields or other.field in self.seen | {mark.field}:
                continue
            before = self.content[max(0, other.start - 4) : other.start]
            if before.rstrip()[-1:] in (",", ";"):
                return other.start
            if self._in_line(mark, other, last_at):
                continue
            if before[-1:].isspace() and other.key not in self.words.weak:
                return other.start
        return end

    def _in_line(self, mark: Mark, other: Mark, last_at: int) -> bool:
        """Whether a line of text only speaks of a field: a subject "Request to: ..."."""
        if self.words.kind(mark.field) != "line":
            return False
        if other.field == self.text:
            return self.last_text > other.start
        return self.words.kind(other.field) == "people" and last_at < other.value

    def _line_end(self, mark: Mark, index: int | None) -> int:
        """The end of a one-line value; other fields on its line end it too, given its index."""
        start = self._blank_end(mark.value)
        border = self._next_border(mark.value)
        if start < len(self.content) and self.content[start] == "\n":
            while start < border and self.content[start].isspace():
                start += 1
        end = self.content.find("\n", start, border)
        end = end if end >= 0 else border
        return end if index is None else self._next_inline(mark, index, end)

    def _list_end(self, mark: Mark, index: int) -> int:
        """The end of a list: of its line, or of the further lines that carry it on."""
        border = self._next_border(mark.value)
        end = self.content.find("\n", mark.value, border)
        end = end if end >= 0 else border
        inline = self._next_inline(mark, index, end)
        if inline < end:
            return inline
        first = self.content[mark.value : end].lstrip()
        bracketed = first[:1] == "[" and "](" not in first
        while end < border:
            line_end = self.content.find("\n", end + 1, border)
            line_end = line_end if line_end >= 0 else border
            last = self.content[max(mark.value, end - 60) : end].rstrip()[-1:]
            line = self.content[end:line_end]
            goes_on = last in ("", ",", ";", "[") or (bracketed and last != "]")
            if not goes_on and not _LISTED.match(line):
                break
            if not goes_on and "@" not in line and not any(map(str.isdigit, line)):
                break
            end = line_end
        return end

    def _quoted(self, start: int, mark: Mark) -> tuple[str, int] | None:
        """A quoted value and where it ends; inner quotation marks may stand unescaped."""
        content = self.content
        opening = content[start : start + 1]
        if opening not in CLOSERS or not opening:
            return None
        if content.startswith('"""', start):
            end = content.find('"""', start + 3)
            return (content[start + 3 : end], end + 3) if end >= 0 else None
        limit = len(content) if self._is_text(mark) else self._line_end(mark, None)
        for match in _CLOSING[opening].finditer(content, start + 1, limit):
            if content[match.start() - 1] == "\\":
                continue
            after = _AFTER_QUOTE.match(content, match.end())
            place = after.end() if after else match.end()
            if place < len(content) and not self._field_at(place):
                line = content[match.end() : place]
                if self._is_text(mark) or "\n" not in line:
                    continue
            return _unescape_quoted(content[start + 1 : match.start()], opening), match.end()
        return None

    def _field_at(self, position: int) -> bool:
        index = bisect_left(self.starts, position)
        if index == len(self.starts) or self.starts[index] != position:
            return _closes(self.content, position)
        mark = self.marks[index]
        return self.words.is_list(mark.field) or mark.field not in self.seen

    def _is_text(self, mark: Mark) -> bool:
        return self.words.kind(mark.field) == "text"

    def _take_open_text(self, key: str, field: str, start: int) -> int:
        """Read text that nothing closes: to the end, or to the fields that were missing."""
        if scalar := _BLOCK_SCALAR.match(self.content, self._blank_end(start)):
            start = scalar.end()
        further = (
            mark.start
            for mark in self.marks
            if mark.start >= start
            and mark.style != "inline"
            and self._is_text(mark)
            and mark.field not in self.seen | {field}
            and mark.key not in self.words.weak
        )
        if (end := next(further, -1)) >= 0:
            self._put(key, field, self.content[start:end])
            return end
        run = self._trailing(field, start)
        text = self.content[start : self._start(run[0][0]) if run else len(self.content)]
        if run and run[0][0].style == "inline":
            text = text.rstrip(" \t,;")
        self._put(key, field, text)
        for mark, value in run:
            self._put(mark.key, mark.field, value)
        return len(self.content)

    def _trailing(self, text: str, start: int) -> list[tuple[Mark, str]]:
        """The fields after an open text that are fields and not part of it.

        Those are the ones that the tool cannot do without, one-line fields, and people by their
        addresses where the keys are written like the ones before the text. The head of something
        quoted is text.
        """
        run = list(self._ending_run(text, start))[::-1]
        missing = {
            name
            for name, field in self.words.fields.items()
            if field.needed and name not in self.seen
        }
        if missing & {mark.field for mark, _ in run}:
            return run
        plain = all(mark.plain for mark in self.marks if mark.start < start)
        people = [pair for pair in run if self.words.kind(pair[0].field) == "people"]
        if all(mark.plain == plain and _only_addresses(value) for mark, value in people):
            return run
        return []

    def _ending_run(self, text: str, start: int) -> Iterator[tuple[Mark, str]]:
        """The fields not seen yet that end the content one after the other, last first."""
        one_line = "\n" not in self.content[start:].strip()
        taken = {text, *self.seen}
        found: list[tuple[Mark, str]] = []
        end = len(self.content)
        for mark in reversed(self.marks):
            if mark.start < start:
                break
            before = self.content[max(0, mark.start - 4) : mark.start].rstrip()[-1:]
            if mark.style == "inline" and (not one_line or before not in (",", ";", '"', "”")):
                break
            if mark.key in self.words.quoted:
                return
            value = self.content[mark.value : end].strip(" \t\n,;")
            value = _OTHER_END.sub("", value) if mark.style == "tag" else value
            field = self.words.fields.get(mark.field)
            if field is None or mark.field in taken or field.kind == "text" or "\n" in value:
                break
            if mark.key in self.words.weak:
                break
            taken.add(mark.field)
            found.append((mark, value))
            end = self._start(mark)
        yield from found

    def _start(self, mark: Mark) -> int:
        """Where a field starts, with the bullet before it."""
        return line_start(self.content, mark.start) if mark.style == "line" else mark.start


def _only_addresses(value: str) -> bool:
    """Whether a value is bare addresses or `name <address>` pairs, and not a sentence."""
    return all(
        recipient.address == recipient.text.lower() or recipient.text.endswith(">")
        for recipient in parse_recipients(value)
    )


def _closes(content: str, position: int) -> bool:
    """Whether a closing tag stands at a position."""
    return content.startswith(("</", "<\\/"), position)


def _unescape_quoted(value: str, quote: str) -> str:
    value = value.replace(f"\\{quote}", quote)
    if quote == '"' and "\n" not in value:
        value = value.replace("\\n", "\n").replace("\\t", "\t")
    return value
