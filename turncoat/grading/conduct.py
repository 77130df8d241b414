"""What a run left behind, whole: its state as saved, and how its last reply ended."""

from __future__ import annotations

from collections.abc import Sequence

from inspect_ai.model import ChatMessage, StopReason
from inspect_ai.solver import TaskState

from turncoat.contract import RunState, SampleFacts
from turncoat.grading.prompt_size import prompt_size
from turncoat.world.completion import carried_out, read_completion
from turncoat.world.conversation import words_of
from turncoat.world.office import office_of_facts
from turncoat.world.provider_answer import served_by, stop_reason_of
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
            "prompt_cut": prompt_size(state).why_cut,
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
