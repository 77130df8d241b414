"""A reply cut into its parts: blocks, thoughts, and tags that are neither."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from turncoat.contract import Status
from turncoat.world.reading.tags import Tag

Span = tuple[int, int]

DOUBTFUL = "perhaps a thought"
_NEVER_CLOSED = "stands in thoughts that are never closed"


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
    ruling: tuple[Status, str] | None = None
    """Status and note of a block outside the scratchpad that is no plain action or cut."""
    weak: bool = False
    """Whether its tag stands in a sentence, so that without its closing tag it is only named."""
    resumed: int = 0
    """While it is open: where the current piece of its content starts."""
    inner: list[Block] = field(default_factory=list)
    """Closed blocks inside it: quoted in its text, or the next ones where it is never closed."""

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
    open_pad: int = -1
    """Where a scratchpad starts that is never closed; -1 where there is none."""
    cut_tag: bool = False


def settle(layout: Layout, text: str, *, ended: bool) -> None:
    """Decide what is thought and what is done where scratchpads are not plainly closed.

    Chat templates swallow the opening tag, so that all before a lone closing tag was thought.
    Complete blocks speak against that: they are actions where the tag ends the reply, and else
    doubtful. Doubtful too are complete blocks in a scratchpad that a whole reply never closes.

    Args:
        layout: All blocks of the reply; changed in place.
        text: The clean reply.
        ended: Whether the reply is known to have ended by itself.
    """
    if layout.open_pad >= 0 and ended:
        for block in layout.blocks:
            if block.tag.start >= layout.open_pad and block.closed:
                block.thought, block.ruling = False, ("attempted", _NEVER_CLOSED)
                layout.open_pad = -1
    if layout.lone_closer is None:
        return
    start, end = layout.lone_closer
    before = [block for block in layout.blocks if block.tag.start < start]
    if not any(block.closed for block in before):
        for block in before:
            block.thought = True
    else:
        further = text[end:].partition("\n")[2].strip(" \t\n`")
        if not further and len(before) == len(layout.blocks):
            return
        for block in before:
            if block.closed:
                block.ruling = block.ruling or ("attempted", DOUBTFUL)
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
