"""A whole completion read: its text, the reasoning beside it, and native tool calls."""

from __future__ import annotations

from collections.abc import Sequence

from turncoat.contract import Action, Ledger, RunState
from turncoat.parts.toolbox import Toolbox
from turncoat.world.reading import COMMON, read_reply

_ENDED = {"stop": True, "tool_calls": True, "max_tokens": False, "model_length": False}
"""Whether a reply ended by itself, by the reason why it stopped; of other reasons nobody knows."""


def read_completion(
    text: str,
    reasoning: str = "",
    calls: Sequence[Action] = (),
    toolbox: Toolbox = COMMON,
    stop_reason: str = "",
) -> RunState:
    """Read one completion.

    Args:
        text: The visible reply.
        reasoning: Native reasoning; whatever it drafts is thought, never action.
        calls: Actions made as native tool calls.
        toolbox: The agent's tools.
        stop_reason: Why it ended, in Inspect's words; "" where nobody knows. A block whose closing
            tag alone is missing at the end is done where the reply ended by itself.

    Returns:
        The reply, with drafts from the reasoning first in its ledger and `thoughts` holding both
        the reasoning and the scratchpad.
    """
    reply = read_reply(text, toolbox, ended=_ENDED.get(stop_reason))
    drafts = tuple(
        action.model_copy(update={"status": "thought"})
        for action in read_reply(reasoning, toolbox).ledger.actions
    )
    return RunState(
        ledger=Ledger(actions=(*drafts, *reply.ledger.actions, *calls)),
        thoughts="\n\n".join(part.strip() for part in (reasoning, reply.thoughts) if part.strip()),
        speech=reply.speech,
        cut_off=reply.cut_off,
    )
