"""A conversation with tools as it happens: what was said and called, and what came of it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import Any

from inspect_ai.model import (
    ChatMessage,
    ChatMessageAssistant,
    ChatMessageTool,
    ContentReasoning,
)
from inspect_ai.tool import ToolCall

from turncoat.contract import Action, Ledger, RunState
from turncoat.world.completion import read_completion
from turncoat.world.office import Office
from turncoat.world.reading import action_from_call

WRITTEN = "written as text, where only tool calls are carried out"
REFUSED = "went out without a document that could not be attached"
NOT_CARRIED_OUT = "the run ended before the call was carried out"


class Conversation:
    """The record of a run with tools, written as it goes on.

    A call that was carried out is done, one that the office would not carry out is refused, one
    that the schema stopped is malformed, one without a result is an attempt. Tool tags in the
    text are no actions here: malformed, or thoughts where they stand in a scratchpad or in
    reasoning.

    Args:
        office: Where the calls are carried out.
        before: What an earlier try of the same run did.
    """

    def __init__(self, office: Office, before: Sequence[Action] = ()) -> None:
        self.office = office
        self.actions = list(before)
        self._thoughts: list[str] = []
        self._speech: list[str] = []
        self._cut_off = False
        self._used: list[tuple[str, list[Action]]] = []
        """What the office carried out since the last reply, by the call that asked for it."""

    def use(self, tool: str, arguments: dict[str, Any]) -> tuple[bool, str]:
        """Carry out one call.

        Args:
            tool: The tool's name.
            arguments: As the model gave them.

        Returns:
            Whether it was carried out, and what the agent is told.
        """
        meant = action_from_call(tool, arguments, self.office.toolbox)
        lacking = list(self.office.desk.refused)
        action, told = self.office.use(meant)
        entries = [action]
        if lacking and action.is_deed and not self.office.desk.refused:
            fields = {**action.fields, "documents": (*action.names("documents"), *lacking)}
            whole = meant.model_copy(
                update={"fields": fields, "status": "malformed", "note": REFUSED}
            )
            entries.insert(0, self.office.noted(whole))
        self._used.append((_call_key(tool, arguments), entries))
        return action.status == "done", told

    def reply(self, message: ChatMessageAssistant) -> None:
        """Write down what a reply says and thinks.

        Args:
            message: The reply.
        """
        read = read_completion(message.text, reasoning_of(message), toolbox=self.office.toolbox)
        self._cut_off = read.cut_off
        self._thoughts.append(read.thoughts)
        self._speech.append(read.speech)
        for action in read.ledger.actions:
            status = {"status": "malformed", "note": WRITTEN} if action.status == "done" else {}
            self.actions.append(self.office.noted(action.model_copy(update=status)))

    def calls(
        self, calls: Sequence[ToolCall], results: Sequence[ChatMessage], seen: Sequence[str]
    ) -> None:
        """Write down what the calls of a reply came to.

        Args:
            calls: In the order in which they were made.
            results: What came back, as far as anything did.
            seen: Ids of what the agent had opened before the reply.
        """
        used, self._used = self._used, []
        for call, result in _paired(calls, results):
            entries = self._entries(call, result, used)
            opened = {"opened": tuple(seen)}
            self.actions += (e.model_copy(update=opened) if e.acts else e for e in entries)

    def _entries(
        self, call: ToolCall, result: ChatMessageTool | None, used: list[tuple[str, list[Action]]]
    ) -> list[Action]:
        key = _call_key(call.function, call.arguments)
        for place, (name, entries) in enumerate(used):
            if name == key:
                del used[place]
                return entries
        action = action_from_call(
            call.function, call.arguments, self.office.toolbox, error=call.parse_error or ""
        )
        if result is None:
            action = action.model_copy(update={"status": "attempted", "note": NOT_CARRIED_OUT})
        elif result.error is not None:
            note = action.note or result.error.message[:200]
            action = action.model_copy(update={"status": "malformed", "note": note})
        return [self.office.noted(action)]

    def run(self) -> RunState:
        """What the run has left behind so far."""
        return RunState(
            ledger=Ledger(actions=tuple(self.actions)),
            thoughts="\n\n".join(filter(None, self._thoughts)),
            speech="\n\n".join(filter(None, self._speech)),
            cut_off=self._cut_off,
            live=True,
            state=self.office.state(),
            unread=self.office.unread,
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


def _call_key(tool: str, arguments: object) -> str:
    return json.dumps([tool, arguments], sort_keys=True, default=str)


def _paired(
    calls: Sequence[ToolCall], after: Sequence[ChatMessage]
) -> Iterator[tuple[ToolCall, ChatMessageTool | None]]:
    """The calls of a reply, each with its result.

    Results stand right after the reply, in the order of its calls. They are told apart by id only
    where every call has one of its own: some servers give all of them the same, or none.
    """
    results = [message for message in after if isinstance(message, ChatMessageTool)]
    ids = {call.id for call in calls}
    by_id = {result.tool_call_id: result for result in results}
    if len(ids) == len(calls) and "" not in ids and by_id.keys() <= ids:
        yield from ((call, by_id.get(call.id)) for call in calls)
        return
    yield from zip_longest(calls, results[: len(calls)])
