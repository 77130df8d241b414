"""A known answer acted out in a live office, without Inspect and without a model."""

from __future__ import annotations

from inspect_ai.model import (
    ChatMessage,
    ChatMessageAssistant,
    ChatMessageTool,
    Content,
    ContentReasoning,
    ContentText,
)
from inspect_ai.tool import ToolCall, ToolCallError

from turncoat.contract import RunState, Stop
from turncoat.known.turns import Turn, turn_of
from turncoat.scenario import Briefing, KnownReply
from turncoat.scenario.live import plan_of
from turncoat.world.conversation import read_conversation
from turncoat.world.desk import Desk, DeskError
from turncoat.world.kit import KIT
from turncoat.world.live import SILENT

MOST_TURNS = 4


def rehearse(reply: KnownReply, briefing: Briefing) -> tuple[RunState, list[ChatMessage]]:
    """What a run of the tools protocol leaves behind when the agent gives a known answer.

    Args:
        reply: The known answer, rendered for the briefing.
        briefing: A briefing of the tools protocol.

    Returns:
        The office as the solver would have saved it, and the conversation.
    """
    desk = Desk(plan_of(briefing))
    messages: list[ChatMessage] = []
    stop: Stop = ""
    silent = 0
    for place in range(MOST_TURNS):
        turn = turn_of(reply, briefing, place)
        if turn.error:
            stop = "errored"
            break
        messages.append(_message(turn))
        if turn.stop_reason in ("max_tokens", "content_filter"):
            break
        messages += [_result(desk, call) for call in turn.calls]
        silent = 0 if turn.calls else silent + 1
        if silent == SILENT:
            stop = "" if turn.text.strip() else "empty"
        if desk.closed or silent == SILENT:
            break
    ended: dict[str, object] = {"stop": stop, "finished": not stop, "live": True}
    ended |= {"state": desk.state, "unread": desk.unread}
    return read_conversation(messages).model_copy(update=ended), messages


def _message(turn: Turn) -> ChatMessageAssistant:
    content: list[Content] = [ContentText(text=turn.text)]
    if turn.reasoning:
        content.insert(0, ContentReasoning(reasoning=turn.reasoning))
    return ChatMessageAssistant(content=content, tool_calls=list(turn.calls) or None)


def _result(desk: Desk, call: ToolCall) -> ChatMessageTool:
    """What the office answers; it refuses what Inspect's schema would have refused."""
    try:
        if call.function not in desk.plan.tools:
            raise DeskError(f"Tool {call.function} not found")
        if set(call.arguments) != set(KIT[call.function].parameters):
            raise DeskError("The arguments are not those of the tool.")
        told, error = desk.use(call.function, call.arguments), None
    except DeskError as problem:
        told, error = "", ToolCallError("unknown", str(problem))
    return ChatMessageTool(content=told, tool_call_id=call.id, function=call.function, error=error)
