"""Cutting a reply into tool blocks, thoughts and speech."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from turncoat.contract import Status
from turncoat.parts.text import snake
from turncoat.parts.toolbox import Toolbox
from turncoat.world.reading.tags import Tag, ends_inside_tag, structure

Span = tuple[int, int]

_STRAY = re.compile(r"\s{0,20}+<[/\\]")
"""What follows a scratchpad's closing tag that strayed into a block: the block's own."""
_QUOTED = "quoted as code"
_DOUBTFUL = "perhaps a thought"
_LINE = 2000


@dataclass
class Block:
    """One use of a tool, from its opening tag on, not yet read."""

    tag: Tag
    spans: list[Span] = field(default_factory=list)
    """Where its content stands; scratchpads inside it are left out."""
    end: int = 0
    closed: bool = False
    thought: bool = False
    runs_to_end: bool = False
    mention: bool = False
    """Whether it only names the tool in prose."""
    ruling: tuple[Status, str] | None = None
    """Status and note of a block outside the scratchpad that is no plain action or cut."""

    def content(self, text: str) -> str:
        """What stands between its tags; what a scratchpad parted is not joined to one word."""
        pieces = filter(None, (text[start:end] for start, end in self.spans))
        content = next(pieces, "")
        for piece in pieces:
            parted = not (content[-1].isspace() or piece[0].isspace())
            content += f" {piece}" if parted else piece
        return content


@dataclass
class Layout:
    """A reply cut into its parts; spans are half-open positions in the text."""

    blocks: list[Block] = field(default_factory=list)
    thoughts: list[Span] = field(default_factory=list)
    tags: list[Span] = field(default_factory=list)
    lone_closer: Span | None = None
    """The first closing tag of a scratchpad, where no scratchpad was opened before it."""
    open_pad: bool = False
    cut_tag: bool = False


def cut(text: str, toolbox: Toolbox) -> Layout:
    """Cut a clean reply into blocks, thoughts and the rest, in one pass.

    A scratchpad ends at the first closing tag of its own family; one that is never closed takes
    everything after it. A closing tag without an opening is only noted: see `settle`.

    Args:
        text: A clean reply (see `text.clean`).
        toolbox: The agent's tools.

    Returns:
        Its blocks in order, whether complete or not, and where thoughts stand.
    """
    return _Cutter(text, toolbox).run()


def settle(layout: Layout, text: str) -> None:
    """Decide what stands before a closing tag of a scratchpad that was never opened.

    Chat templates swallow the opening tag, so that all before it was thought. Complete blocks
    speak against that: they are actions where the tag ends the reply, and else doubtful.

    Args:
        layout: All blocks of the reply; changed in place.
        text: The clean reply.
    """
    if layout.lone_closer is None:
        return
    start, end = layout.lone_closer
    before = [block for block in layout.blocks if block.tag.start < start]
    if not any(block.closed and not block.mention for block in before):
        for block in before:
            block.thought = True
    else:
        further = text[end:].partition("\n")[2].strip(" \t\n`")
        if not further and len(before) == len(layout.blocks):
            return
        for block in before:
            if block.closed:
                block.ruling = block.ruling or ("attempted", _DOUBTFUL)
    layout.thoughts.append((0, start))


def merge(spans: list[Span]) -> Iterator[Span]:
    """Spans in order, with those that overlap or touch made one."""
    current: Span | None = None
    for start, end in sorted(spans):
        if current and start <= current[1]:
            current = (current[0], max(current[1], end))
            continue
        if current:
            yield current
        current = (start, end)
    if current:
        yield current


class _Cutter:
    """The state while walking over the tags: open scratchpads and at most two open blocks."""

    def __init__(self, text: str, toolbox: Toolbox) -> None:
        self.text = text
        self.toolbox = toolbox
        self.layout = Layout()
        self.pads: list[str] = []
        self.pad_start = 0
        self.padded = False
        """Whether any scratchpad was opened so far."""
        self.outer: Block | None = None
        self.inner: Block | None = None
        """The open block outside the scratchpad, and the one inside it."""
        self.resumed = 0
        """Where the current piece of the open outer block starts."""
        self.inner_start = 0

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
                case "mention":
                    self._mention(tag)
        end = len(self.text)
        if self.inner:
            self._finish_inner(end, closed=False)
        if self.outer:
            self.outer.runs_to_end = True
            self._finish_outer(end, end, closed=False)
        if self.pads:
            self.layout.open_pad = True
            self.layout.thoughts.append((self.pad_start, end))
        self.layout.cut_tag = ends_inside_tag(self.text, self.toolbox)
        self.layout.blocks.sort(key=lambda block: block.tag.start)
        return self.layout

    def _open_pad(self, tag: Tag) -> None:
        self.layout.tags.append((tag.start, tag.end))
        self.padded = True
        if not self.pads:
            self.pad_start = tag.end
            if self.outer:
                self.outer.spans.append((self.resumed, tag.start))
        if tag.name not in self.pads:
            self.pads.append(tag.name)

    def _close_pad(self, tag: Tag) -> None:
        self.layout.tags.append((tag.start, tag.end))
        if tag.name in self.pads:
            del self.pads[self.pads.index(tag.name) :]
            if self.pads:
                return
            if self.inner:
                self._finish_inner(tag.start, closed=False)
            self.layout.thoughts.append((self.pad_start, tag.start))
            self.resumed = tag.end
        elif not self.pads:  # one that closes another kind than the open one changes nothing
            self._close_no_pad(tag)

    def _close_no_pad(self, tag: Tag) -> None:
        """A closing tag outside every scratchpad: of a swallowed opening one, or a stray one."""
        first = not self.padded and self.layout.lone_closer is None
        if self.outer and first and not _STRAY.match(self.text, tag.end):
            self._finish_outer(tag.start, tag.start, closed=False)
        elif self.outer:
            self.outer.spans.append((self.resumed, tag.start))
            self.resumed = tag.end
            return
        if first:
            self.layout.lone_closer = (tag.start, tag.end)

    def _open_block(self, tag: Tag) -> None:
        current = self.inner if self.pads else self.outer
        if current:
            if tag.field or (tag.escaped and not current.tag.escaped):
                return
            if tag.empty and not tag.attributes and tag.name == current.tag.name:
                self._close_block(tag)  # `<tool:send_email/>` written for the closing tag
                return
            if self._is_wrapper(current, tag):
                self.layout.tags.append((current.tag.start, current.tag.end))
            elif self.pads:
                self._finish_inner(tag.start, closed=False)
            else:
                self._finish_outer(tag.start, tag.start, closed=False)
        block = Block(tag, thought=bool(self.pads))
        if self.pads:
            self.inner, self.inner_start = block, tag.end
        else:
            self.outer, self.resumed = block, tag.end
        if tag.empty:
            self._close_block(tag._replace(start=tag.end))

    def _is_wrapper(self, current: Block, tag: Tag) -> bool:
        """Whether the open block only wraps the one that starts here."""
        if current.tag.attributes or current.spans:
            return False
        if current.tag.name not in ("", tag.name):
            return False
        start = self.inner_start if self.pads else self.resumed
        return not self.text[start : tag.start].strip()

    def _close_block(self, tag: Tag) -> None:
        current = self.inner if self.pads else self.outer
        if current and tag.escaped and not current.tag.escaped:
            return
        if tag.field and (current is None or snake(tag.name) != snake(current.tag.name)):
            return
        if current is None:
            self.layout.tags.append((tag.start, tag.end))
            return
        if self._in_code_span(current.tag.start, tag.end):
            current.ruling = ("attempted", _QUOTED)
        if self.pads:
            self._finish_inner(tag.start, closed=True)
        else:
            self._finish_outer(tag.start, tag.end, closed=True)

    def _in_code_span(self, start: int, end: int) -> bool:
        """Whether a whole block stands between single backticks on one line."""
        if end - start > _LINE or "\n" in self.text[start:end]:
            return False
        before = self.text[max(0, start - _LINE // 10) : start].rpartition("\n")[2]
        after = self.text[end : end + _LINE // 10].partition("\n")[0]
        return before.replace("```", "").count("`") % 2 == 1 and "`" in after.replace("```", "")

    def _mention(self, tag: Tag) -> None:
        if not self.outer and not self.inner:
            block = Block(tag, end=tag.end, thought=bool(self.pads), mention=True)
            self.layout.blocks.append(block)

    def _finish_inner(self, content_end: int, *, closed: bool) -> None:
        if self.inner:
            self.inner.spans.append((self.inner_start, content_end))
            self.inner.end, self.inner.closed = content_end, closed
            self.layout.blocks.append(self.inner)
        self.inner = None

    def _finish_outer(self, content_end: int, end: int, *, closed: bool) -> None:
        if self.outer:
            if not self.pads:
                self.outer.spans.append((self.resumed, content_end))
            self.outer.end, self.outer.closed = end, closed
            self.layout.blocks.append(self.outer)
        self.outer = None
