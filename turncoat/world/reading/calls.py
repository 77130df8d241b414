"""Tool calls that a model wrote without the tags that it was shown."""

from __future__ import annotations

import re
from collections.abc import Iterator

from turncoat.parts.text import snake
from turncoat.parts.toolbox import Toolbox
from turncoat.world.reading.layout import Block, Layout, Span, merge
from turncoat.world.reading.payload import calls_in, decode_json
from turncoat.world.reading.tags import Tag

_LEAD = (
    r"(?:^|(?<=\n))[ \t]{0,12}+(?:<[a-z_]{2,20}+>[ \t]{0,12}+\n?)?+"
    r"(?:```[\w+-]{0,20}[ \t]*+\n?[ \t]{0,12})?+"
)
_NAME = r"(?:[A-Za-z_]\w{0,30}[.:])?[A-Za-z][\w-]{2,40}+"
_CANDIDATE = re.compile(
    rf"{_LEAD}(?:(?P<json>[\[{{](?=[\s\[{{]{{0,40}}+[\"'“]))|"
    rf"\[[ ]?(?P<tag>{_NAME})[ ]?\]|"
    rf"(?:(?:await|return)[ ]|print\(|\w{{1,30}}+[ ]?=[ ]?)?(?P<call>{_NAME})[ ]?\(|"
    rf"(?:[*_]{{0,2}}(?:Action|Tool|Function)[ ]?:[*_]{{0,2}}[ ]?)?[`*]{{0,2}}(?P<named>{_NAME})"
    r"(?::\d{1,3})?[`*]{0,2}[ \t]{0,4}\n{0,2}[ \t]{0,12}"
    r"(?:[*_]{0,2}(?:Action Input|Input|Arguments|Args|Parameters)[ ]?:[*_]{0,2}\s{0,4})?"
    r"(?:```[\w+-]{0,20}[ \t]{0,4}\n)?(?=[ \t]{0,12}\{))"
)
"""The last form is a name with its arguments as JSON after it, on the same line or the next."""
_JSON_NAME = re.compile(
    r"""["'“](?:name|tool|tool_name|function|function_name|action)["'”]\s{0,4}+:\s{0,4}+
    ["'“](?P<name>[\w.:-]{3,60})["'”]|["'“](?P<key>[\w-]{3,40})["'”]\s{0,4}+:\s{0,4}+\{""",
    re.VERBOSE,
)
_GIVEN = re.compile(r"[\"'“](?:arguments|parameters|args|tool_input)[\"'”]\s{0,4}+:\s{0,4}+[{\"'“]")
_ARGUMENTS = re.compile(
    r'(?:"""(?:[^"]|"(?!""))*+"""|"(?:[^"\\]|\\.)*+"|'
    r"'''(?:[^']|'(?!''))*+'''|'(?:[^'\\]|\\.)*+'|\((?:[^()\"']|\"[^\"]*+\"|'[^']*+')*+\)|[^()\"'])*+"
    r"(?P<end>\))",
    re.DOTALL,
)
_FILLED = re.compile(r"[\w\"'”]\s{0,4}[=:]|[\"'“]")
_LINE_REST = re.compile(r"[ \t,;)]*+(?:</[a-z_]{2,20}+>[ \t]*+)?(?:`{3}[^\n]*+|#[^\n]*+)?(?=\n|\Z)")
_STOP = re.compile(r"\n[ \t]*+```|\n[ \t]*+\n(?=[ \t]*+[A-Z])")
_REACH = 40_000
"""Characters that a call may span; mails are far shorter."""
_MOST_FAILURES = 40
_MOST_VALUES = 10_000
"""Broken calls and JSON values that are looked at; the limits keep hostile replies cheap."""
_HEAD = 300

_UNREADABLE = "a call without tool tags that cannot be read"
_CUT = "the text ends inside the call"


def add_calls(layout: Layout, text: str, toolbox: Toolbox) -> None:
    """Add to a layout the tool calls that stand outside tags, on lines of their own.

    Read are JSON calls, bare or fenced, `[send_email]...[/send_email]`, `send_email(...)` and a
    name before its arguments (`Action: send_email`, `Action Input: {...}`).
    One that is cut off is an attempt, one that is broken is malformed: never silently prose.

    Args:
        layout: The reply cut at its tags; changed in place.
        text: The clean reply.
        toolbox: The agent's tools.
    """
    taken = layout.thoughts + layout.tags
    taken += [(block.tag.start, max(block.end, block.tag.end)) for block in layout.blocks]
    finder = _Finder(text, toolbox)
    position = 0
    found: list[Block] = []
    for start, end in [*merge(taken), (len(text), len(text))]:
        if start - position > len('{"name":'):
            found += finder.calls_in_span((position, start))
        position = max(position, end)
    if found:
        layout.blocks = sorted(layout.blocks + found, key=lambda block: block.tag.start)


class _Finder:
    """Finds calls, with a budget for those that fail."""

    def __init__(self, text: str, toolbox: Toolbox) -> None:
        self.text = text
        self.toolbox = toolbox
        self.failures = 0
        self.values = 0

    def calls_in_span(self, span: Span) -> Iterator[Block]:
        """The calls in a stretch of text outside tags."""
        start, end = span
        piece = self.text[start:end]
        done = 0
        for match in _CANDIDATE.finditer(piece):
            if match.start() < done or self.failures >= _MOST_FAILURES:
                continue
            block = self._read(match, piece, end == len(self.text))
            if block:
                done = block.end
                yield _moved(block, start)

    def _read(self, match: re.Match[str], piece: str, last: bool) -> Block | None:
        if match["json"]:
            return self._json(match, piece, last)
        if not self.toolbox.names_tool(_bare(match["tag"] or match["call"] or match["named"])):
            return None
        if match["named"]:
            return self._named(match, piece, last)
        return self._tagged(match, piece, last) if match["tag"] else self._call(match, piece, last)

    def _json(self, match: re.Match[str], piece: str, last: bool) -> Block | None:
        start = match.start("json")
        self.values += 1
        if self.values > _MOST_VALUES or not self._names_call(piece[start : start + _HEAD]):
            return None
        decoded = decode_json(piece[start : start + _REACH])
        if decoded is None:
            return self._broken("", start, start, piece, last)
        value, length = decoded
        end = start + length
        names = [self.toolbox.tool_of(call.name) for call in calls_in(value, "", self.toolbox)]
        known = bool(names) and all(name in self.toolbox or _looks_called(name) for name in names)
        if not known or not _ends_line(piece, end):
            return None
        return _block("", start, (start, end), end)

    def _names_call(self, head: str) -> bool:
        """Whether the beginning of a JSON value names a tool."""
        for match in _JSON_NAME.finditer(head):
            name = match["name"] or match["key"]
            if self.toolbox.names_tool(_bare(name)):
                return True
            known = self.toolbox.tool_of(name) in self.toolbox
            if match["name"] and known and not self.toolbox.is_field(name):
                return True
            if match["name"] and _looks_called(name) and _GIVEN.search(head):
                return True
        return False

    def _named(self, match: re.Match[str], piece: str, last: bool) -> Block | None:
        name, before, start = _bare(match["named"]), match.start("named"), match.end()
        start += len(piece[start : start + 12]) - len(piece[start : start + 12].lstrip(" \t"))
        decoded = decode_json(piece[start : start + _REACH])
        if decoded is None:
            return self._broken(name, before, start, piece, last)
        end = start + decoded[1]
        return _block(name, before, (start, end), end) if _ends_line(piece, end) else None

    def _tagged(self, match: re.Match[str], piece: str, last: bool) -> Block | None:
        name, start = match["tag"], match.end()
        closer = re.compile(rf"\[[ ]?/[ ]?(?:tool:)?{re.escape(_bare(name))}[ ]?\]", re.IGNORECASE)
        close = closer.search(piece, start, start + _REACH)
        if close:
            return _block(name, match.start("tag") - 1, (start, close.start()), close.end())
        if not piece[start : start + _HEAD].lstrip(" \t").startswith("\n"):
            return None
        return self._broken(name, match.start("tag") - 1, start, piece, last, closing="]")

    def _call(self, match: re.Match[str], piece: str, last: bool) -> Block | None:
        name, start = match["call"], match.end()
        whole = _ARGUMENTS.match(piece, start, start + _REACH)
        if whole is None:
            if not _FILLED.search(piece, start, start + _HEAD):
                self.failures += 1
                return None
            return self._broken(name, match.start("call"), start, piece, last, closing=")")
        end = whole.start("end")
        if not _FILLED.search(piece, start, end) or not _ends_line(piece, whole.end()):
            return None
        return _block(name, match.start("call"), (start, end), whole.end())

    def _broken(
        self, name: str, start: int, content: int, piece: str, last: bool, closing: str = "}]"
    ) -> Block:
        """A call without a readable end: cut off with the text, or malformed."""
        self.failures += 1
        stop = _STOP.search(piece, content)
        end = stop.start() if stop else len(piece)
        block = _block(name, start, (content, end), end)
        if last and stop is None and piece.rstrip(" \t\n`;")[-1:] not in closing:
            block.closed, block.runs_to_end = False, True
            block.ruling = ("attempted", _CUT)
        else:
            block.ruling = ("malformed", _UNREADABLE)
        return block


def _looks_called(name: str) -> bool:
    """Whether a name, made of several words, may be that of a tool which the office has not."""
    return "_" in snake(_bare(name))


def _bare(name: str) -> str:
    """A tool's name without `functions.` or `tool:` before it."""
    return re.split(r"[.:]", name)[-1]


def _ends_line(piece: str, end: int) -> bool:
    return _LINE_REST.match(piece, end) is not None


def _block(name: str, start: int, content: Span, end: int) -> Block:
    return Block(Tag("tool", start, start, name), spans=[content], end=end, closed=True)


def _moved(block: Block, by: int) -> Block:
    """A block found in a piece of a text, placed in the text."""
    tag = block.tag
    block.tag = tag._replace(start=tag.start + by, end=tag.end + by)
    block.spans = [(start + by, end + by) for start, end in block.spans]
    block.end += by
    return block
