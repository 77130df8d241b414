"""How the agent is asked and read. The text protocol: one completion with XML tool tags."""

from __future__ import annotations

from inspect_ai.model import ModelOutput
from inspect_ai.solver import Generate, Solver, TaskState, solver
from inspect_ai.util import LimitExceededError

from turncoat._util.provider_errors import mask_in_log
from turncoat.contract import RunState
from turncoat.scenario.metadata_codec import facts_in
from turncoat.world.completion import carried_out, read_completion
from turncoat.world.conversation import reasoning_of
from turncoat.world.office import office_of_facts
from turncoat.world.provider_answer import last_output, settled, stop_reason_of
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
        except Exception as error:
            mask_in_log(error)
            save_run(state, RunState(), stop="errored")
            raise
        state.output = settled(state.output, _is_whole)
        save_run(state, _carried_out(state.output, state), finished=True)
        return state

    return solve


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


def _is_whole(output: ModelOutput) -> bool:
    """Whether a reply says something, and ends outside of blocks and scratchpad."""
    run = read_completion(output.message.text)
    return bool(output.completion.strip()) and not run.cut_off
