"""Reading replies: what an agent wrote or called, as actions of the ledger.

`read_reply` is for the text protocol, `action_from_call` for native tool calls. Both are total:
hostile or broken input gives attempts, malformed actions or nothing, never an exception, and
time grows linearly with its length.
"""

from __future__ import annotations

import re

from turncoat.contract import Action, Ledger, RunState
from turncoat.parts.mailbox.prose import mail_in_prose, spoken_in_prose
from turncoat.parts.text import clean
from turncoat.parts.toolbox import Toolbox
from turncoat.parts.values import parse_recipients
from turncoat.world.reading.actions import COMMON, action_from_call, read_block
from turncoat.world.reading.blocks import cut
from turncoat.world.reading.calls import add_calls
from turncoat.world.reading.dialects import doubt_marked, mend_tags, translate
from turncoat.world.reading.layout import merge, settle

__all__ = [
    "COMMON",
    "action_from_call",
    "mail_in_prose",
    "parse_recipients",
    "read_reply",
    "spoken_in_prose",
]

_MOST_BLOCKS = 5000
"""More than any model writes; the limit keeps hostile replies cheap."""
_EMPTY_FENCE = re.compile(r"```[\w+-]{0,20}\s*+```")


def read_reply(text: str, toolbox: Toolbox = COMMON, *, ended: bool | None = None) -> RunState:
    """Read one completion of the text protocol.

    Tool tags are read as models write them: with quotation marks or none, fields in any order,
    as lines, tags, attributes or JSON. What stands in a scratchpad is a thought; only a complete
    block outside the scratchpad is done; one that the end of the reply may have cut, or that
    stands where thoughts may be, is an attempt. A tag that is quoted or named in prose is no
    action. Calls as JSON or code on lines of their own are read too.

    Args:
        text: The completion, without native reasoning.
        toolbox: The agent's tools.
        ended: Whether the reply ended by itself, and was not cut off; None where nobody knows.

    Returns:
        Its actions in order, its thoughts, what is left as speech, and whether it is cut off.
        Nobody is a recipient whom the text does not name.
    """
    text = translate(mend_tags(clean(text), toolbox))
    layout = cut(text, toolbox, ended=ended is True)
    add_calls(layout, text, toolbox)
    settle(layout, text, ended=ended is True)
    doubt_marked(layout, text)
    blocks = layout.blocks[:_MOST_BLOCKS]
    actions = [
        action for block in blocks for action in read_block(block, text, toolbox, ended=ended)
    ]
    unread = len(layout.blocks) - len(blocks)
    if unread:
        note = f"{unread} further blocks were not read"
        actions.append(Action(tool="unknown", status="malformed", note=note))
    cut_off = layout.open_pad >= 0 or layout.cut_tag or unread > 0
    covered = layout.thoughts + layout.tags
    for block in layout.blocks:
        covered.append((block.tag.start, max(block.end, block.tag.end)))
        cut_off = cut_off or (block.runs_to_end and not block.closed)
    thoughts = [text[start:end].strip() for start, end in merge(layout.thoughts)]
    speech, position = [], 0
    for start, end in merge(covered):
        speech.append(text[position:start])
        position = end
    speech.append(text[position:])
    said = "\n".join(filter(str.strip, speech))
    return RunState(
        ledger=Ledger(actions=tuple(actions)),
        thoughts="\n\n".join(filter(None, thoughts)),
        speech=_EMPTY_FENCE.sub("", said).strip(),
        cut_off=cut_off,
    )
