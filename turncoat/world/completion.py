"""A whole completion: its text, the reasoning beside it, and native tool calls, carried out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from turncoat.contract import Action, Ledger, RunState
from turncoat.parts.toolbox import Toolbox
from turncoat.world.office import Office
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
    """Read one completion; nothing of it is carried out yet.

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


def carried_out(run: RunState, office: Office) -> RunState:
    """A run of the text protocol with what its actions came to.

    Args:
        run: A completion, read.
        office: The office in which it was given.

    Returns:
        The same run, its complete actions carried out in order, and the office's last state.
    """
    actions = tuple(_each(run.ledger.actions, office))
    return run.model_copy(update={"ledger": Ledger(actions=actions), "state": office.state()})


def _each(actions: Iterable[Action], office: Office) -> Iterable[Action]:
    for action in actions:
        is_here = action.status == "done" and action.tool in office.tools
        yield office.use(action)[0] if is_here else office.noted(action)
