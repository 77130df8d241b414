"""An answer as its provider ended it: what Inspect's stop reason does not say is looked up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from inspect_ai.event import ModelEvent
from inspect_ai.log import transcript
from inspect_ai.model import ContentText, ModelOutput, StopReason

from turncoat._util.keys import without_keys

_WHOLE = frozenset(
    {"stop", "end", "end_turn", "eos", "eos_token", "stop_sequence", "complete", "completed"}
    | {"finished", "done"}
)
"""Words by which servers say that an answer ended by itself, beside those that Inspect knows."""
_CUT: Mapping[str, StopReason] = {
    "length": "max_tokens",
    "max_tokens": "max_tokens",
    "max_output_tokens": "max_tokens",
    "safety": "content_filter",
    "refusal": "content_filter",
    "recitation": "content_filter",
}


class _Told(NamedTuple):
    """What a response says of its end."""

    word: str | None
    """The server's own word; None where it gives none."""
    error: str
    open: bool = False
    """Whether it is marked as not complete."""


def last_output() -> ModelOutput:
    """The last answer of a model in this run; an empty one where there is none."""
    events = reversed(transcript().events)
    output = next((e.output for e in events if isinstance(e, ModelEvent)), ModelOutput())
    make_writable(output)
    return output


def stop_reason_of(output: ModelOutput) -> StopReason:
    """Why the reply ended; OpenAI marks a refusal in the message and says `stop` all the same.

    Args:
        output: The answer; `unknown` where it holds none.
    """
    if not output.choices:
        return "unknown"
    content = output.message.content
    if not isinstance(content, str) and any(
        isinstance(part, ContentText) and part.refusal for part in content
    ):
        return "content_filter"
    return output.stop_reason


def served_by(output: ModelOutput) -> str:
    """The model that answered, by the provider's word; empty where it does not say.

    Args:
        output: The answer.
    """
    return (output.fallback.fallback_model if output.fallback is not None else output.model) or ""


def settled(output: ModelOutput, is_whole: Callable[[ModelOutput], bool]) -> ModelOutput:
    """An answer whose stop reason and error say all that the provider said of its end.

    Only what a provider calls complete is complete: a response that is still in progress or was
    cancelled, and one with an error beside its content, are not. A server's own word for a whole
    answer (`end_turn`, `END`) is one where Inspect knows only `unknown`; an empty word is one
    where the answer itself is whole.

    Args:
        output: The answer, just come.
        is_whole: Whether an answer is whole, as far as its text shows.

    Returns:
        The same answer where there is nothing to add.
    """
    response = _response_of(output)
    make_writable(output)
    if not output.choices:
        return output
    told = _told(response)
    reason = output.stop_reason
    word = told.word.strip().lower() if told.word is not None else None
    if told.open and reason in ("stop", "tool_calls"):
        reason = "unknown"
    elif reason == "unknown" and not told.open and word is not None:
        ended = word in _WHOLE or (not word and is_whole(output))
        reason = ("tool_calls" if output.message.tool_calls else "stop") if ended else reason
        reason = _CUT.get(word, reason)
    error = output.error or told.error or None
    if reason == output.stop_reason and error == output.error:
        return output
    first = output.choices[0].model_copy(update={"stop_reason": reason})
    return output.model_copy(update={"choices": [first, *output.choices[1:]], "error": error})


def make_writable(output: ModelOutput) -> None:
    """Replaces halves of characters and NULs, which end the whole eval when they are written down.

    Args:
        output: An answer; it is changed where it stands, since the conversation shares it.
    """
    output.model = without_halves(output.model)
    output.error = without_keys(without_halves(output.error))
    for choice in output.choices:
        message = choice.message
        message.model = without_halves(message.model)
        if isinstance(message.content, str):
            message.content = without_halves(message.content)
        else:
            for part in message.content:
                for name in type(part).model_fields:
                    if isinstance(found := getattr(part, name), str):
                        setattr(part, name, without_halves(found))
        for call in message.tool_calls or ():
            call.id, call.function = without_halves(call.id), without_halves(call.function)
            call.arguments = without_halves(call.arguments)
            call.parse_error = without_halves(call.parse_error)


def without_halves(value: Any) -> Any:  # noqa: ANN401 - a model may give anything.
    """A value whose texts can be written down: no halves of characters, no NULs.

    Args:
        value: A text, or JSON that holds some.
    """
    if isinstance(value, str):
        return value.encode(errors="replace").decode().replace("\0", "\ufffd")
    if isinstance(value, Mapping):
        return {without_halves(key): without_halves(inner) for key, inner in value.items()}
    return [without_halves(inner) for inner in value] if isinstance(value, list) else value


def _response_of(output: ModelOutput) -> Mapping[str, Any]:
    """The response from which an answer was made, as it came over the wire."""
    for event in reversed(transcript().events):
        if isinstance(event, ModelEvent) and event.output.completion == output.completion:
            found = event.call.response if event.call is not None else None
            return found if isinstance(found, Mapping) else {}
    return {}


def _told(response: Mapping[str, Any]) -> _Told:
    choices = response.get("choices")
    first = choices[0] if isinstance(choices, list) and choices else {}
    choice: Mapping[str, Any] = first if isinstance(first, Mapping) else {}
    wrong = response.get("error") or choice.get("error")
    if wrong is None and response.get("type") == "error":
        wrong = "an error, and no more"
    error = str(wrong.get("message") or wrong) if isinstance(wrong, Mapping) else str(wrong or "")
    status = response.get("status") if response.get("object") == "response" else None
    if status is not None:
        return _Told(None, error, open=status != "completed")
    for word in (choice.get("finish_reason"), response.get("stop_reason")):
        if isinstance(word, str):
            return _Told(word, error)
    return _Told(None, error)
