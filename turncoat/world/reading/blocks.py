"""Cutting a reply into tool blocks, thoughts and speech."""

from __future__ import annotations

import re

from turncoat.parts.text import snake
from turncoat.parts.toolbox import Toolbox
from turncoat.world.reading.layout import DOUBTFUL, Block, Layout
from turncoat.world.reading.tags import ENVELOPE, Tag, ends_inside_tag, structure

_STRAY = re.compile(r"\s{0,20}+<[/\\]")
"""What follows a scratchpad's closing tag that strayed into a block: the block's own."""
_PROSE = re.compile(r"[ \t]*+(?:[.,;:!?)'\"’”]|(?<=[ \t])\w[\w'’-]*+[ \t,;]+\w)")
"""How a sentence goes on after a tag that it names; a block goes on with a line or a field."""
_KEY = re.compile(r"[-•*_`\"'“{ ]{0,6}+(?P<key>[A-Za-z][\w -]{0,40}?)[*_`\"'” ]{0,4}[:=](?!//)")
_FIELD = re.compile(r"<[/\\]?\s?(?:\w{1,20}:[/\\]?)?(?P<name>[A-Za-z][\w-]{0,40})")
_INTRODUCED = re.compile(r"(?:[:：]|^[ \t]*+>.*|```[\w+-]{0,20})[ \t]*+\Z")
_NEAR = 200
_QUOTED = "quoted as code"
_INSIDE = "stands inside another block"
_LINE = 2000
_DEEPEST = 8
"""Blocks that may stand open inside one another; more are hostile."""
_MOST_ENDS = 4
"""Scratchpads of a reply that may be ended by another tag than their own."""


def cut(text: str, toolbox: Toolbox, *, ended: bool) -> Layout:
    """Cut a clean reply into blocks, thoughts and the rest.

    A scratchpad ends at the first closing tag of its own family. One that has none ends at the
    first closing tag of another kind, or at a second opening tag if a whole block follows; else
    it takes everything after it. A closing tag without an opening is only noted: see `settle`.

    Args:
        text: A clean reply (see `text.clean`).
        toolbox: The agent's tools.
        ended: Whether the reply is known to have ended by itself.

    Returns:
        Its blocks in order, whether complete or not, and where thoughts stand.
    """
    ends: dict[int, bool] = {}
    cutter = _Cutter(text, toolbox, ends, ended=ended)
    layout = cutter.run()
    while layout.open_pad >= 0 and cutter.other_end and len(ends) < _MOST_ENDS:
        ends[cutter.other_end.start] = cutter.other_end.kind == "pad_close"
        cutter = _Cutter(text, toolbox, ends, ended=ended)
        layout = cutter.run()
    return layout


class _Cutter:
    """The state while walking over the tags: open scratchpads and open blocks.

    Args:
        text: The reply.
        toolbox: The agent's tools.
        ends: Where tags stand that end a scratchpad of another kind, and whether that is sure.
        ended: Whether the reply is known to have ended by itself.
    """

    def __init__(self, text: str, toolbox: Toolbox, ends: dict[int, bool], *, ended: bool) -> None:
        self.ended = ended
        self.text = text
        self.toolbox = toolbox
        self.ends = ends
        self.layout = Layout()
        self.pads: list[str] = []
        self.pad_start = 0
        self.padded = False
        """Whether any scratchpad was opened so far."""
        self.other_end: Tag | None = None
        """The tag that may end the open scratchpad though it is not of its kind."""
        self.second: Tag | None = None
        """A second opening tag in the open scratchpad."""
        self.doubtful = False
        """Whether a scratchpad ended at what may not have been its end."""
        self.stack: list[Block] = []
        """Open blocks outside the scratchpad, each inside the one before it."""
        self.inner: Block | None = None
        """The open block inside the scratchpad."""

    def run(self) -> Layout:
        for tag in structure(self.text, self.toolbox):
            match tag.kind:
                case "pad":
                    self._open_pad(tag)
                case "pad_close":
                    self._close_pad(tag)
                case "tool":
                    self._open_block(tag)
                case "close":
                    self._close_block(tag)
        end = len(self.text)
        if self.inner:
            self._finish_inner(end, closed=False)
        self._give_up(end, runs_to_end=True)
        if self.pads:
            self.layout.open_pad = self.pad_start
            self.layout.thoughts.append((self.pad_start, end))
        self.layout.cut_tag = ends_inside_tag(self.text, self.toolbox)
        self.layout.blocks.sort(key=lambda block: block.tag.start)
        return self.layout

    # Scratchpads.

    def _open_pad(self, tag: Tag) -> None:
        if self.pads and tag.start in self.ends:
            self._end_pad(tag)
            return
        self.layout.tags.append((tag.start, tag.end))
        self.padded = True
        if not self.pads:
            self.pad_start = tag.end
            self.other_end = self.second = None
            for block in self.stack:
                block.spans.append((block.resumed, tag.start))
        elif tag.name in self.pads and self.second is None:
            self.second = tag
        if tag.name not in self.pads:
            self.pads.append(tag.name)

    def _close_pad(self, tag: Tag) -> None:
        if self.pads and tag.start in self.ends:
            self._end_pad(tag)
            return
        self.layout.tags.append((tag.start, tag.end))
        if tag.name in self.pads:
            del self.pads[self.pads.index(tag.name) :]
            if not self.pads:
                self._leave_pad(tag)
        elif not self.pads:
            self._close_no_pad(tag)
        elif self.other_end is None or self.other_end.kind == "pad":
            self.other_end = tag

    def _end_pad(self, tag: Tag) -> None:
        """Leave the scratchpad at a tag that is not of its kind, as there is no other end."""
        self.layout.tags.append((tag.start, tag.end))
        self.doubtful = self.doubtful or not self.ends[tag.start]
        self.pads.clear()
        self._leave_pad(tag)

    def _leave_pad(self, tag: Tag) -> None:
        if self.inner:
            self._finish_inner(tag.start, closed=False)
        self.layout.thoughts.append((self.pad_start, tag.start))
        for block in self.stack:
            block.resumed = tag.end

    def _close_no_pad(self, tag: Tag) -> None:
        """A closing tag outside every scratchpad: of a swallowed opening one, or a stray one."""
        first = not self.padded and self.layout.lone_closer is None
        if self.stack and not (first and not _STRAY.match(self.text, tag.end)):
            for block in self.stack:
                block.spans.append((block.resumed, tag.start))
                block.resumed = tag.end
            return
        self._give_up(tag.start, runs_to_end=False)
        if first:
            self.layout.lone_closer = (tag.start, tag.end)

    # Blocks.

    def _open_block(self, tag: Tag) -> None:
        current = self.inner if self.pads else self.stack[-1] if self.stack else None
        if current:
            inside = tag.field and snake(tag.name) != snake(current.tag.name)
            if inside or (tag.escaped and not current.tag.escaped):
                return
            if tag.name == current.tag.name and self._lacks_slash(tag):
                self._close_block(tag)
                return
            wrapped = self._is_wrapper(current, tag)
            if wrapped:
                self.layout.tags.append((current.tag.start, current.tag.end))
            if self.pads and not wrapped:
                self._finish_inner(tag.start, closed=False)
            elif not self.pads and (wrapped or current.weak):
                self.stack.pop()
        block = Block(tag, thought=bool(self.pads), resumed=tag.end, weak=not self._begins(tag))
        if self.pads:
            self.inner = block
        else:
            if len(self.stack) == _DEEPEST:
                self._give_up(tag.start, runs_to_end=False)
            self.stack.append(block)
        if tag.empty:
            self._close_block(tag._replace(start=tag.end))

    def _lacks_slash(self, tag: Tag) -> bool:
        """Whether an opening tag stands for a closing one: nothing of a block follows it."""
        if tag.attributes:
            return False
        if tag.empty:
            return True
        after = self.text[tag.end : tag.end + _NEAR]
        rest = after.lstrip(" \t\n`*_-•\"'")
        if self._before(tag.start).strip() and after.split("\n")[0].strip():
            return False
        if not rest:
            return self.ended
        return rest[0] not in "{[" and not _KEY.match(rest) and not self._at_field(rest, tag)

    def _is_wrapper(self, current: Block, tag: Tag) -> bool:
        """Whether the open block only wraps the one that starts here."""
        if current.tag.attributes or current.spans or current.inner:
            return False
        if current.tag.name not in ("", tag.name):
            return False
        return not self.text[current.resumed : tag.start].strip()

    def _begins(self, tag: Tag) -> bool:
        """Whether a block starts at a tag, or a sentence only names the tool."""
        if tag.attributes or tag.empty:
            return True
        after = self.text[tag.end : tag.end + _NEAR]
        rest = after.lstrip()
        if not rest and self.ended:
            return not self._before(tag.start).strip()
        if not rest or rest[0] in "{[":
            return True
        words = self.toolbox.vocabulary(self.toolbox.tool_of(tag.name))
        if key := _KEY.match(rest):
            if words is None or words.knows(key["key"]):
                return True
        elif rest.startswith(("</", "<\\")) or self._at_field(rest, tag):
            return True
        return not self._before(tag.start).strip() and _PROSE.match(after) is None

    def _at_field(self, rest: str, tag: Tag) -> bool:
        """Whether a text starts with the tag of a field of a block's tool."""
        named = _FIELD.match(rest)
        words = self.toolbox.vocabulary(self.toolbox.tool_of(tag.name))
        if named is None or words is None:
            return named is not None
        return words.knows(named["name"]) or snake(named["name"]) in ENVELOPE

    def _before(self, position: int) -> str:
        """What stands before a position on its line, apart from tags that were read."""
        line = self.text[max(0, position - _NEAR) : position].rpartition("\n")[2]
        return "" if line.rstrip().endswith(">") else line.strip(" \t`>*-")

    def _close_block(self, tag: Tag) -> None:
        if self.pads:
            self._close_inner(tag)
            return
        if self.stack and tag.escaped and not self.stack[-1].tag.escaped:
            return
        place = self._closed_by(tag)
        if place is None:
            if not self.stack and not tag.weak:
                self.layout.tags.append((tag.start, tag.end))
            return
        block = self.stack[place]
        for unclosed in self.stack[place + 1 :]:
            if not unclosed.weak:
                self._end(unclosed, tag.start, tag.start)
                block.inner += [*unclosed.inner, unclosed]
        del self.stack[place:]
        self._end(block, tag.start, tag.end)
        block.closed = True
        if self._in_code_span(block.tag.start, tag.end):
            block.ruling = ("attempted", _QUOTED)
        if self.stack:
            self.stack[-1].inner.append(block)
        else:
            self._finish(block)

    def _closed_by(self, tag: Tag) -> int | None:
        """The place in the stack of the block that a closing tag closes."""
        name, tool = snake(tag.name), self.toolbox.tool_of(tag.name)
        places = range(len(self.stack) - 1, -1, -1)
        if tag.weak or tag.field:
            return next(
                (
                    place
                    for place in places
                    if snake(self.stack[place].tag.name) == name
                    and not (tag.weak and self._holds(self.stack[place], tag))
                ),
                None,
            )
        if tag.general:
            return len(self.stack) - 1 if self.stack else None
        for place in places:
            if self.toolbox.tool_of(self.stack[place].tag.name) == tool:
                return place
        while self.stack and self.stack[-1].weak:
            self.stack.pop()
        in_text = self._before(tag.start).strip() and _PROSE.match(self.text, tag.end)
        return None if in_text or not self.stack else len(self.stack) - 1

    def _holds(self, block: Block, tag: Tag) -> bool:
        """Whether a block holds the opening tag that a closing one of that name belongs to."""
        return self.text.find(f"<{tag.name}", block.resumed, tag.start) >= 0

    def _close_inner(self, tag: Tag) -> None:
        if self.inner is None:
            self.layout.tags.append((tag.start, tag.end))
            return
        if tag.escaped and not self.inner.tag.escaped:
            return
        if (tag.field or tag.weak) and snake(tag.name) != snake(self.inner.tag.name):
            return
        self._finish_inner(tag.start, closed=True)
        if self.second and self.other_end is None:
            self.other_end = self.second

    def _in_code_span(self, start: int, end: int) -> bool:
        """Whether a whole block stands between backticks on one line, with prose around it."""
        if end - start > _LINE or "\n" in self.text[start:end]:
            return False
        before = self.text[max(0, start - _NEAR) : start].rpartition("\n")[2]
        after = self.text[end : end + _NEAR].partition("\n")[0]
        if before.endswith("```") and after.startswith("```"):
            return bool(before.strip("` \t") or after.strip("` \t.,;"))
        return before.replace("```", "").count("`") % 2 == 1 and "`" in after.replace("```", "")

    def _finish_inner(self, content_end: int, *, closed: bool) -> None:
        if self.inner and (closed or not self.inner.weak):
            self._end(self.inner, content_end, content_end)
            self.inner.closed = closed
            self.layout.blocks.append(self.inner)
        self.inner = None

    def _end(self, block: Block, content_end: int, end: int) -> None:
        if not self.pads or block is self.inner:
            block.spans.append((block.resumed, content_end))
        block.end = end

    def _finish(self, block: Block) -> None:
        """A whole block: those inside it are quoted in its text, or in doubt."""
        if self.doubtful:
            block.ruling = block.ruling or ("attempted", DOUBTFUL)
        self.layout.blocks.append(block)
        inside = [block.inner] if block.inner else []
        while inside:
            for child in inside.pop():
                if not self._is_quoted(child, block):
                    child.ruling = ("attempted", _INSIDE)
                    self.layout.blocks.append(child)
                if child.inner:
                    inside.append(child.inner)

    def _is_quoted(self, child: Block, block: Block) -> bool:
        """Whether the text of a block plainly quotes another: around it the text goes on."""
        before = self.text[max(block.tag.end, child.tag.start - _NEAR) : child.tag.start]
        stop = block.spans[-1][1]
        after = self.text[child.end : min(child.end + _NEAR, stop)].strip(" \t\n`\"'")
        if child.closed and after and not after.startswith("<"):
            return True
        line = before.rstrip("\n").rpartition("\n")[2] if before.endswith("\n") else before
        here = before.rpartition("\n")[2]
        return bool(here.strip()) or _INTRODUCED.search(line.rstrip()) is not None

    def _give_up(self, end: int, *, runs_to_end: bool) -> None:
        """No block that is open is ever closed: those inside one another follow one another."""
        open_blocks = [block for block in self.stack if not block.weak]
        self.stack.clear()
        starts = [block.tag.start for block in open_blocks[1:]]
        for number, block in enumerate(open_blocks):
            limit = starts[number] if number < len(starts) else end
            self._end(block, limit, limit)
            if block.inner and self._took_its_end(block):
                continue
            further = [child for child in block.inner if not self._in_sentence(child)]
            if further:
                limit = further[0].tag.start
                block.spans = [(s, min(e, limit)) for s, e in block.spans if s < limit]
                block.end = limit
            block.runs_to_end = runs_to_end and limit == end
            block.inner = []
            self.layout.blocks.append(block)
            for child in further:
                self._finish(child)

    def _took_its_end(self, block: Block) -> bool:
        """Gives a block the closing tag that a tag named in its text seemed to have; or not."""
        last = block.inner[-1]
        alike = self.toolbox.tool_of(last.tag.name) == self.toolbox.tool_of(block.tag.name)
        if not (last.weak and alike):
            return False
        block.spans = [(s, min(e, last.spans[-1][1])) for s, e in block.spans if s < last.end]
        block.end, block.closed, block.inner = last.end, True, block.inner[:-1]
        self._finish(block)
        return True

    def _in_sentence(self, child: Block) -> bool:
        """Whether a block stands in the middle of a sentence."""
        before = self._before(child.tag.start)
        return bool(before.strip()) and _PROSE.match(self.text, child.end) is not None
