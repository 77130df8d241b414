"""Reading the fields of a mail tool out of the content of its block."""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass, field

from turncoat.world.reading.marks import LINE_LEAD, Closers, Mark, line_start, marks_in
from turncoat.world.reading.names import LISTS, WEAK_BODIES
from turncoat.world.reading.text import CLOSERS
from turncoat.world.reading.trailing import trailing_fields

Pairs = list[tuple[str, str]]
"""Names of fields as written, in snake case, with their values."""


@dataclass
class Sheet:
    """The fields found in a block."""

    pairs: Pairs = field(default_factory=list)
    loose: str = ""
    """Text that belongs to no field."""


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
_STRONG = frozenset({"to", "cc", "bcc", "subject", "body", "mails", "documents"})
_WEAK_INLINE = WEAK_BODIES | {"id", "mail", "file", "files", "title", "email", "address", "content"}


def read_mail_fields(content: str, tool: str) -> Sheet:
    """Read the fields of a mail tool, in whatever layout they are written.

    Fields stand in any order; a body that is not quoted and has no closing tag runs to the end,
    except for fields after it that the tool lacks. Text without a key after the other fields is
    the body.

    Args:
        content: The content of the block, without code fence around it.
        tool: `send_email`, `forward_email` or `reply_email`.

    Returns:
        The fields in order, and the text outside them.
    """
    return _MailReader(content, tool).read()


class _MailReader:
    def __init__(self, content: str, tool: str) -> None:
        self.content = content
        self.tool = tool
        self.marks = marks_in(content, mail=True)
        self.starts = [mark.start for mark in self.marks]
        self.borders = [
            line_start(content, mark.start) if mark.style == "line" else mark.start
            for mark in self.marks
            if mark.style != "inline"
        ]
        self.closers = Closers(content)
        self.last_body = max(
            (
                mark.start
                for mark in self.marks
                if mark.style != "inline" and mark.field == "body" and mark.key not in WEAK_BODIES
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
                if self._body_began(mark):
                    break
                self.loose.append(self.content[text_at : mark.start])
            position = self._take(mark, index)
            text_at = self._skip(position)
        if text_at < len(self.content) and self.seen and "body" not in self.seen:
            self._take_open_body("body", position)
        else:
            self.loose.append(self.content[text_at:])
        self.sheet.loose = "\n".join(filter(None, map(str.strip, self.loose)))
        return self.sheet

    def _has_text(self, start: int, end: int) -> bool:
        """Whether more than the bullet of a line stands in between."""
        return end - start > 30 or (
            start < end and LINE_LEAD.fullmatch(self.content, start, end) is None
        )

    def _body_began(self, mark: Mark) -> bool:
        """Whether text without a key, found before a mark, was the body or comes after it."""
        if "body" in self.seen:
            return mark.style == "line"
        return bool(self.seen) and self.last_body < mark.start

    def _skip(self, position: int) -> int:
        """The next position with text: past separators and the tags that only wrap fields."""
        match = _SEPARATORS.match(self.content, position)
        return match.end() if match else position

    def _counts(self, mark: Mark, text_at: int) -> bool:
        """Whether a mark starts a field, given where the next text outside a field stands."""
        if mark.style != "inline":
            return mark.field in LISTS or mark.field not in self.seen
        return mark.start <= text_at and mark.field not in self.seen

    def _put(self, key: str, canonical: str, value: str) -> None:
        self.seen.add(canonical)
        self.sheet.pairs.append((key, value))

    def _take(self, mark: Mark, index: int) -> int:
        """Read the value of a field and return where it ends."""
        if mark.style == "tag":
            if self._wraps(mark, index):
                return mark.value
            if place := self.closers.after(mark, self.content, last=mark.field == "body"):
                self._put(mark.key, mark.field, self.content[mark.value : place[0]])
                return place[1]
        start = self._blank_end(mark.value)
        if mark.field not in LISTS and (quoted := self._quoted(start, mark)):
            self._put(mark.key, mark.field, quoted[0])
            return quoted[1]
        if mark.field == "body":
            return self._take_open_body(mark.key, mark.value)
        reach = self._list_end if mark.field in LISTS else self._line_end
        end = reach(mark, index)
        self._put(mark.key, mark.field, self.content[mark.value : end].strip(" \t\n,;"))
        return end

    def _wraps(self, mark: Mark, index: int) -> bool:
        """Whether `<email>` or `<message>` holds the fields instead of being one."""
        if mark.key == "body" or index + 1 == len(self.marks):
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
            if other.field not in _STRONG or other.field in self.seen | {mark.field}:
                continue
            before = self.content[max(0, other.start - 4) : other.start]
            if before.rstrip()[-1:] in (",", ";"):
                return other.start
            if self._in_subject(mark, other, last_at):
                continue
            if before[-1:].isspace() and other.key not in _WEAK_INLINE:
                return other.start
        return end

    def _in_subject(self, mark: Mark, other: Mark, last_at: int) -> bool:
        """Whether the subject only speaks of a field: "Request to: ..."."""
        if mark.field != "subject":
            return False
        if other.field == "body":
            return self.last_body > other.start
        return last_at < other.value

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
        limit = len(content) if mark.field == "body" else self._line_end(mark, None)
        for match in _CLOSING[opening].finditer(content, start + 1, limit):
            if content[match.start() - 1] == "\\":
                continue
            after = _AFTER_QUOTE.match(content, match.end())
            place = after.end() if after else match.end()
            if place < len(content) and not self._field_at(place):
                line = content[match.end() : place]
                if mark.field == "body" or "\n" not in line:
                    continue
            return _unescape_quoted(content[start + 1 : match.start()], opening), match.end()
        return None

    def _field_at(self, position: int) -> bool:
        index = bisect_left(self.starts, position)
        if index == len(self.starts) or self.starts[index] != position:
            return _closes(self.content, position)
        mark = self.marks[index]
        return mark.field in LISTS or mark.field not in self.seen

    def _take_open_body(self, key: str, start: int) -> int:
        """Read a body that nothing closes: to the end, or to the fields that were missing."""
        if scalar := _BLOCK_SCALAR.match(self.content, self._blank_end(start)):
            start = scalar.end()
        run = trailing_fields(self.content, self.marks, start, self.seen, self.tool)
        body = self.content[start : run[0][0].start if run else len(self.content)]
        if run and run[0][0].style == "inline":
            body = body.rstrip(" \t,;")
        self._put(key, "body", body)
        for mark, value in run:
            self._put(mark.key, mark.field, value)
        return len(self.content)


def _closes(content: str, position: int) -> bool:
    """Whether a closing tag stands at a position."""
    return content.startswith(("</", "<\\/"), position)


def _unescape_quoted(value: str, quote: str) -> str:
    value = value.replace(f"\\{quote}", quote)
    if quote == '"' and "\n" not in value:
        value = value.replace("\\n", "\n").replace("\\t", "\t")
    return value
