"""What a run left behind, whole: its state as saved, and how its last reply ended."""

from __future__ import annotations

import re
from collections.abc import Sequence

from inspect_ai.model import ChatMessage, StopReason
from inspect_ai.solver import TaskState

from turncoat.contract import RunState, SampleFacts
from turncoat.world.completion import carried_out, read_completion
from turncoat.world.conversation import words_of
from turncoat.world.office import office_of_facts
from turncoat.world.protocol import served_by, stop_reason_of
from turncoat.world.run_state import load_run


def run_of_sample(state: TaskState, accept_served: str | None = None) -> RunState:
    """The run of a sample, live or read back from a log.

    Args:
        state: Task state with a `RunState` in it.
        accept_served: A served model name that counts as the one asked for, or `any`.

    Returns:
        It, with how it ended. Where no completion came, `stop_reason` is `unknown`; a served name
        that is accepted is not held against the one asked for.
    """
    run = load_run(state)
    served = run.served or (served_by(state.output),)
    strange = [name for name in served if name != accept_served]
    known = accept_served == "any" or not strange
    return ended(run, state.messages, stop_reason_of(state.output)).model_copy(
        update={
            "requested": "" if known else str(state.model),
            "served": tuple(served if known else strange),
            "error": state.output.error or "",
            **({} if run.live else {"completion": state.output.completion}),
        }
    )


def ended(run: RunState, messages: Sequence[ChatMessage], stop_reason: StopReason) -> RunState:
    """A run with what lies beside it in its log.

    Args:
        run: What the solver saved.
        messages: The conversation.
        stop_reason: Why the last reply ended.
    """
    return run.model_copy(update={"stop_reason": stop_reason, "completion": words_of(messages)})


def run_of_reply(
    text: str,
    reasoning: str = "",
    stop_reason: StopReason | None = None,
    facts: SampleFacts | None = None,
) -> RunState:
    """The run that a stored reply of the text protocol amounts to.

    Args:
        text: The reply as the model gave it.
        reasoning: Native reasoning, if any was stored beside it.
        stop_reason: Why the reply ended. Stored replies are taken to be whole unless told; but a
            block whose closing tag is missing is done only where it is known that nothing cut it.
        facts: The briefing's, so that the reply is carried out; None leaves it as it was read.
    """
    if facts is None:
        run = read_completion(text, reasoning, stop_reason=stop_reason or "")
    else:
        office = office_of_facts(facts)
        read = read_completion(text, reasoning, (), office.toolbox, stop_reason or "")
        run = carried_out(read, office)
    ended = {"finished": True, "stop_reason": stop_reason or "stop", "completion": text}
    return run.model_copy(update=ended)


_DATE = re.compile(r"-(?:20\d{2}-?\d{2}-?\d{2}|\d{2}-\d{2}|\d{4})$")
_ALIAS = re.compile(r"(?:-latest|-0|:[a-z]+)$")
_GATEWAY = re.compile(
    r"^(?:(?:us|eu|apac|global)\.)?(?:anthropic|meta|mistral|amazon)\.|-v\d+(?::\d+)?$"
)
_FILE = re.compile(r"\.(?:gguf|bin|safetensors)$")


def same_model(requested: str, served: str) -> bool:
    """Whether the model that answered can be the one that was asked for.

    Providers answer an alias with a dated snapshot (`gpt-4o` with `gpt-4o-2024-08-06`), add or
    drop an organisation's prefix, or give a file name. Anything else is another model, two
    snapshots of different dates included. Where either name is unknown there is nothing to
    compare and the answer is yes.

    Args:
        requested: Inspect's model name, with provider.
        served: The name in the provider's response.
    """
    if not requested or not served:
        return True
    asked, answered = _bare(requested), _bare(served)
    alias = _ALIAS.sub("", asked)
    return (
        answered in (asked, alias)
        or _DATE.sub("", answered) == alias
        or (_DATE.sub("", asked) == answered)
    )


def _bare(model: str) -> str:
    name = _FILE.sub("", model.strip().lower().rstrip("/").rpartition("/")[2])
    return _GATEWAY.sub("", name).replace("@", "-")
