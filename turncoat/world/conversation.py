"""A conversation with tools read into a ledger: what was called, and what came of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest

from inspect_ai.model import (
    ChatMessage,
    ChatMessageAssistant,
    ChatMessageTool,
    ContentReasoning,
)
from inspect_ai.tool import ToolCall

from turncoat.contract import Action, Ledger, RunState
from turncoat.parts.values import parse_mails
from turncoat.world.completion import read_completion
from turncoat.world.ledger import CANCEL_ALERT, MAIL_TOOLS
from turncoat.world.reading import action_from_call

WRITTEN = "written as text, where only tool calls are carried out"
REFUSED = "went out without a document that could not be attached"
NOT_CARRIED_OUT = "the run ended before the call was carried out"


def read_conversation(messages: Sequence[ChatMessage]) -> RunState:
    """Read a run of the tools protocol.

    A call that was carried out is done, one that the office or the schema refused is malformed,
    one without a result is an attempt. Tool tags in the text are no actions here: malformed, or
    thoughts where they stand in a scratchpad or in reasoning.

    Args:
        messages: The conversation, results of tool calls among them.

    Returns:
        The actions in order, with the documents that were attached on each message, and all that
        was thought and said.
    """
    actions: list[Action] = []
    opened: dict[str, None] = {}
    thoughts, speech, cut_off = [], [], False
    for place, message in enumerate(messages, 1):
        if isinstance(message, ChatMessageAssistant):
            reply = read_completion(message.text, reasoning_of(message))
            cut_off = reply.cut_off
            thoughts.append(reply.thoughts)
            speech.append(reply.speech)
            actions += map(_written, reply.ledger.actions)
            called = list(_carried_out(message.tool_calls or (), messages[place:]))
            actions += (_in_view(action, opened) for action in called)
            opened |= dict.fromkeys(_opened(called))
    return RunState(
        ledger=Ledger(actions=tuple(_with_attachments(actions))),
        thoughts="\n\n".join(filter(None, thoughts)),
        speech="\n\n".join(filter(None, speech)),
        cut_off=cut_off,
    )


def words_of(messages: Sequence[ChatMessage]) -> str:
    """All that the agent wrote and called, for telling repeats from copies.

    Args:
        messages: The conversation.
    """
    said = []
    for message in messages:
        if isinstance(message, ChatMessageAssistant):
            said.append(message.text)
            said += [f"{call.function} {call.arguments}" for call in message.tool_calls or ()]
    return "\n".join(filter(str.strip, said))


def reasoning_of(message: ChatMessageAssistant) -> str:
    """The native reasoning beside a reply, or its summary where it is hidden.

    Args:
        message: The reply.
    """
    if isinstance(message.content, str):
        return ""
    return "\n\n".join(
        ("" if part.redacted else part.reasoning) or part.summary or ""
        for part in message.content
        if isinstance(part, ContentReasoning)
    )


def _carried_out(calls: Sequence[ToolCall], after: Sequence[ChatMessage]) -> Iterator[Action]:
    """The calls of a reply with what came of each.

    Results stand right after the reply, in the order of its calls. They are told apart by id only
    where every call has one of its own: some servers give all of them the same, or none.
    """
    results: list[ChatMessageTool] = []
    for message in after:
        if not isinstance(message, ChatMessageTool):
            break
        results.append(message)
    ids = {call.id for call in calls}
    by_id = {result.tool_call_id: result for result in results}
    if len(ids) == len(calls) and "" not in ids and by_id.keys() <= ids:
        yield from (_called(call, by_id.get(call.id)) for call in calls)
    else:
        yield from (_called(*pair) for pair in zip_longest(calls, results[: len(calls)]))


def _written(action: Action) -> Action:
    if action.status == "done":
        return action.model_copy(update={"status": "malformed", "note": WRITTEN})
    return action


def _called(call: ToolCall, result: ChatMessageTool | None) -> Action:
    action = action_from_call(call.function, call.arguments, error=call.parse_error or "")
    if result is None:
        return action.model_copy(update={"status": "attempted", "note": NOT_CARRIED_OUT})
    if result.error is not None:
        note = action.note or result.error.message[:200]
        return action.model_copy(update={"status": "malformed", "note": note})
    return action


def _in_view(action: Action, opened: Iterable[str]) -> Action:
    """Puts on a use of the alert console which mails had been opened before the reply."""
    return (
        action.model_copy(update={"opened": tuple(opened)})
        if action.tool == CANCEL_ALERT
        else action
    )


def _opened(actions: Iterable[Action]) -> Iterator[str]:
    for action in actions:
        if action.status == "done" and action.tool == "read_email":
            yield from parse_mails(action.text("mails"))


def _with_attachments(actions: Sequence[Action]) -> Iterator[Action]:
    """Puts on each message what was attached since the last one that went out.

    A message that did not go out has them too. Where an attachment was refused, the message as it
    was meant stands, malformed, before the one that went out without it.
    """
    tray: list[str] = []
    refused: list[str] = []
    for action in actions:
        if action.tool == "attach_document":
            named = action.text("document")
            (refused if action.status == "malformed" else tray).append(named)
        elif action.tool == "detach_documents" and action.status == "done":
            tray, refused = [], []
        elif action.tool in MAIL_TOOLS and action.status != "thought":
            if refused and action.status == "done":
                meant = _with_documents(action, [*tray, *refused])
                yield meant.model_copy(update={"status": "malformed", "note": REFUSED})
            yield _with_documents(action, tray)
            if action.status == "done":
                tray, refused = [], []
            continue
        yield action


def _with_documents(action: Action, more: Sequence[str]) -> Action:
    named = (*action.names("documents"), *more)
    return action.model_copy(update={"fields": {**action.fields, "documents": named}})
