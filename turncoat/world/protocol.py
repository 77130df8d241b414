"""How the agent is asked and read. The text protocol: one completion with XML tool tags."""

from __future__ import annotations

from inspect_ai.event import ModelEvent
from inspect_ai.log import transcript
from inspect_ai.model import ContentText, ModelOutput, StopReason
from inspect_ai.solver import Generate, Solver, TaskState, solver
from inspect_ai.util import LimitExceededError

from turncoat.contract import RunState
from turncoat.scenario.metadata_codec import facts_in
from turncoat.world.completion import carried_out, read_completion
from turncoat.world.conversation import reasoning_of
from turncoat.world.office import office_of_facts
from turncoat.world.reading import COMMON, action_from_call
from turncoat.world.run_state import save_run


@solver
def text_protocol() -> Solver:
    """Solver of the text protocol: one call to the model, its reply read into the ledger.

    The published study works so: the whole inbox stands in the prompt, the agent answers once
    and acts by tool tags. Native tool calls, should a model make any unasked, are read too.

    Returns:
        A solver that fills the sample's `RunState` and marks it finished as its last act.
    """

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        try:
            state = await generate(state, tool_calls="none")
        except LimitExceededError:
            # What was answered before the limit struck is in the transcript alone.
            save_run(state, _carried_out(last_output(), state), stop="limited")
            raise
        except Exception:
            save_run(state, RunState(), stop="errored")
            raise
        save_run(state, _carried_out(state.output, state), finished=True)
        return state

    return solve


def last_output() -> ModelOutput:
    """The last answer of a model in this run; an empty one where there is none."""
    events = reversed(transcript().events)
    return next((e.output for e in events if isinstance(e, ModelEvent)), ModelOutput())


def served_by(output: ModelOutput) -> str:
    """The model that answered, by the provider's word; empty where it does not say.

    Args:
        output: The answer.
    """
    return output.fallback.fallback_model if output.fallback is not None else output.model


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


def _carried_out(output: ModelOutput, state: TaskState) -> RunState:
    if not output.choices:
        return RunState()
    message = output.message
    office = None
    if "facts" in state.metadata:  # Else a sample of somebody else's task.
        office = office_of_facts(facts_in(state.metadata))
    toolbox = office.toolbox if office is not None else COMMON
    calls = [
        action_from_call(call.function, call.arguments, toolbox, error=call.parse_error or "")
        for call in message.tool_calls or ()
    ]
    run = read_completion(
        message.text, reasoning_of(message), calls, toolbox, stop_reason_of(output)
    )
    return carried_out(run, office) if office is not None else run
