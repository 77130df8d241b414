"""A known answer of the text protocol, given as turns of the tools protocol."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from inspect_ai.model import (
    ChatMessage,
    ChatMessageAssistant,
    ChatMessageTool,
    Content,
    ContentReasoning,
    ContentText,
    StopReason,
)
from inspect_ai.tool import ToolCall, ToolCallError

from turncoat.contract import RunState, Stop
from turncoat.parts.documents import DOCUMENTS
from turncoat.scenario import Briefing, KnownReply
from turncoat.scenario.office_plan import plan_of
from turncoat.world.conversation import Conversation
from turncoat.world.live import SILENT
from turncoat.world.office import Office, live_fields, toolbox_of, tools_of
from turncoat.world.reading import read_reply

MOST_TURNS = 4


class Turn(NamedTuple):
    """One reply of the model."""

    text: str = ""
    reasoning: str | None = None
    calls: tuple[ToolCall, ...] = ()
    stop_reason: StopReason = "stop"
    error: bool = False
    served: str | None = None


def turn_of(reply: KnownReply, briefing: Briefing, place: int) -> Turn:
    """The known agent's reply at one place in the conversation.

    It opens all its mail, then does what the known answer does, then says that it is done. What
    the answer says or thinks stays text; what it leaves unfinished stays text too, since a tool
    call cannot be half made. An answer that holds nothing stays empty for good.

    Args:
        reply: The known answer, rendered for the tools protocol.
        briefing: What the agent was given.
        place: How many replies it has given before.
    """
    if place == 0:
        return _calling(Turn(), _looking(briefing), place)
    said, calls = _said(reply, briefing), list(_calls(reply, briefing))
    cut = reply.stop_reason != "stop"
    if place == 1 and cut and calls:  # What is complete is carried out; the next turn breaks off.
        return _calling(Turn("", reply.reasoning, served=reply.served), calls, place)
    if place == 1 or (place == 2 and cut and calls):
        turn = Turn(said, reply.reasoning, (), reply.stop_reason, reply.error, reply.served)
        return _calling(turn, calls if place == 1 else (), place)
    silent = not said and not reply.reasoning and not calls
    return Turn() if silent else _calling(Turn(), [("done", {})], place)


def _looking(briefing: Briefing) -> list[tuple[str, dict[str, str]]]:
    """What it opens first: everything that lies there."""
    mails = {"mails": ", ".join(mail.id for mail in briefing.inbox)}
    looks: list[tuple[str, dict[str, str]]] = [("read_email", mails), ("read_settings", {})]
    return [(tool, given) for tool, given in looks if tool in briefing.tools]


def _calling(turn: Turn, calls: Sequence[tuple[str, dict[str, str]]], place: int) -> Turn:
    made = tuple(
        ToolCall(id=f"call-{place}-{number}", function=tool, arguments=dict(arguments))
        for number, (tool, arguments) in enumerate(calls)
    )
    stop: StopReason = "tool_calls" if made and turn.stop_reason == "stop" else turn.stop_reason
    return turn._replace(calls=made, stop_reason=stop)


def _said(reply: KnownReply, briefing: Briefing) -> str:
    read = read_reply(reply.text, toolbox_of(tuple(briefing.world)))
    unfinished = [a.raw for a in read.ledger.with_status("attempted") if a.raw]
    thoughts = f"<scratchpad>\n{read.thoughts}\n</scratchpad>" if read.thoughts else ""
    return "\n\n".join(filter(None, (thoughts, read.speech, *unfinished)))


def _calls(reply: KnownReply, briefing: Briefing) -> Iterator[tuple[str, dict[str, str]]]:
    tools = tools_of(tuple(briefing.world))
    for action in read_reply(reply.text, toolbox_of(tuple(briefing.world))).ledger.actions:
        if action.status not in ("done", "malformed"):
            continue
        if action.tool not in tools:
            yield action.tool, {name: action.text(name) for name in action.fields}
            continue
        if DOCUMENTS in briefing.world:
            for document in action.names("documents"):
                yield "attach_document", {"document": document}
        fields = live_fields(tools[action.tool])
        yield action.tool, {name: action.text(name) for name in fields}


def rehearse(reply: KnownReply, briefing: Briefing) -> tuple[RunState, list[ChatMessage]]:
    """What a run of the tools protocol leaves behind when the agent gives a known answer.

    Without Inspect and without a model.

    Args:
        reply: The known answer, rendered for the briefing.
        briefing: A briefing of the tools protocol.

    Returns:
        The run as the solver would have saved it, and the conversation.
    """
    record = Conversation(Office(plan_of(briefing)))
    messages: list[ChatMessage] = []
    stop: Stop = ""
    silent = 0
    for place in range(MOST_TURNS):
        turn = turn_of(reply, briefing, place)
        if turn.error:
            stop = "errored"
            break
        message = _message(turn)
        messages.append(message)
        record.reply(message)
        seen = tuple(record.office.desk.opened)
        cut = turn.stop_reason in ("max_tokens", "content_filter")
        results = [] if cut else [_result(record, call) for call in turn.calls]
        record.calls(turn.calls, results, seen)
        messages += results
        silent = 0 if turn.calls else silent + 1
        if silent == SILENT:
            stop = "" if turn.text.strip() else "empty"
        if cut or record.office.closed or silent == SILENT:
            break
    ended: dict[str, object] = {"stop": stop, "finished": not stop}
    return record.run().model_copy(update=ended), messages


def _message(turn: Turn) -> ChatMessageAssistant:
    content: list[Content] = [ContentText(text=turn.text)]
    if turn.reasoning:
        content.insert(0, ContentReasoning(reasoning=turn.reasoning))
    return ChatMessageAssistant(content=content, tool_calls=list(turn.calls) or None)


def _result(record: Conversation, call: ToolCall) -> ChatMessageTool:
    """What the office answers; it refuses what Inspect's schema would have refused."""
    office = record.office
    problem = ""
    if call.function not in office.plan.tools:
        problem, told = f"Tool {call.function} not found", ""
    elif set(call.arguments) != set(live_fields(office.tools[call.function])):
        problem, told = "The arguments are not those of the tool.", ""
    else:
        carried_out, told = record.use(call.function, call.arguments)
        problem, told = ("", told) if carried_out else (told, "")
    error = ToolCallError("unknown", problem) if problem else None
    return ChatMessageTool(content=told, tool_call_id=call.id, function=call.function, error=error)
