"""A whole completion read: its text, the reasoning beside it, and native tool calls."""

from __future__ import annotations

from collections.abc import Sequence

from turncoat.contract import Action, Ledger, RunState
from turncoat.world.reading import read_reply


def read_completion(text: str, reasoning: str = "", calls: Sequence[Action] = ()) -> RunState:
    """Read one completion.

    Args:
        text: The visible reply.
        reasoning: Native reasoning; whatever it drafts is thought, never action.
        calls: Actions made as native tool calls.

    Returns:
        The reply, with drafts from the reasoning first in its ledger and `thoughts` holding both
        the reasoning and the scratchpad.
    """
    reply = read_reply(text)
    drafts = tuple(
        action.model_copy(update={"status": "thought"})
        for action in read_reply(reasoning).ledger.actions
    )
    return RunState(
        ledger=Ledger(actions=(*drafts, *reply.ledger.actions, *calls)),
        thoughts="\n\n".join(part.strip() for part in (reasoning, reply.thoughts) if part.strip()),
        speech=reply.speech,
        cut_off=reply.cut_off,
    )
