"""A known answer of the text protocol, given as turns of the tools protocol."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from inspect_ai.model import StopReason
from inspect_ai.tool import ToolCall

from turncoat.contract import Action
from turncoat.scenario import Briefing, KnownReply
from turncoat.world.kit import KIT
from turncoat.world.ledger import MAIL_TOOLS
from turncoat.world.reading import read_reply


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
        everything = {"mails": ", ".join(mail.id for mail in briefing.inbox)}
        return _calling(Turn(), [("read_email", everything)], place)
    said, calls = _said(reply), list(_calls(reply))
    cut = reply.stop_reason != "stop"
    if place == 1 and cut and calls:  # What is complete is carried out; the next turn breaks off.
        return _calling(Turn("", reply.reasoning, served=reply.served), calls, place)
    if place == 1 or (place == 2 and cut and calls):
        turn = Turn(said, reply.reasoning, (), reply.stop_reason, reply.error, reply.served)
        return _calling(turn, calls if place == 1 else (), place)
    silent = not said and not reply.reasoning and not calls
    return Turn() if silent else _calling(Turn(), [("done", {})], place)


def _calling(turn: Turn, calls: Sequence[tuple[str, dict[str, str]]], place: int) -> Turn:
    made = tuple(
        ToolCall(id=f"call-{place}-{number}", function=tool, arguments=dict(arguments))
        for number, (tool, arguments) in enumerate(calls)
    )
    stop: StopReason = "tool_calls" if made and turn.stop_reason == "stop" else turn.stop_reason
    return turn._replace(calls=made, stop_reason=stop)


def _said(reply: KnownReply) -> str:
    read = read_reply(reply.text)
    unfinished = [a.raw for a in read.ledger.with_status("attempted") if a.raw]
    thoughts = f"<scratchpad>\n{read.thoughts}\n</scratchpad>" if read.thoughts else ""
    return "\n\n".join(filter(None, (thoughts, read.speech, *unfinished)))


def _calls(reply: KnownReply) -> Iterator[tuple[str, dict[str, str]]]:
    for action in read_reply(reply.text).ledger.actions:
        if action.status not in ("done", "malformed"):
            continue
        if action.tool in MAIL_TOOLS:
            for document in action.names("documents"):
                yield "attach_document", {"document": document}
        yield action.tool, _arguments(action)


def _arguments(action: Action) -> dict[str, str]:
    if action.tool not in MAIL_TOOLS:
        fields = KIT[action.tool].parameters if action.tool in KIT else action.fields
        return {name: action.text(name) for name in fields}
    return {
        name: action.text("mails" if name == "mail" else name)
        for name in KIT[action.tool].parameters
    }
