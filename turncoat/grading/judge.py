"""Judges that are models: how they are asked, once more where they answer in a wrong form."""

from __future__ import annotations

from inspect_ai.model import (
    ChatMessage,
    ChatMessageUser,
    Model,
    ModelOutput,
)

from turncoat._util.model_names import likeness
from turncoat._util.provider_errors import mask_in_log
from turncoat._util.token_limit import role_config, role_limit
from turncoat.grading.case import Case, Judge, JudgeError, Opinion
from turncoat.grading.judge_answer import parse_answer
from turncoat.grading.judge_prompt import bookkeeping, judge_prompt
from turncoat.world.provider_answer import served_by, settled, stop_reason_of

REPAIR = """\
That was not a valid answer: PROBLEM. Answer again with the JSON object alone."""

ANSWER_TOKENS = 16_000
"""The most that a judge may write where its own configuration says nothing: an answer takes a few
hundred, and thinking must not be cut off. Reasoning that it is told to do has room of its own."""


def model_judge(model: Model) -> Judge:
    """A judge that asks a model, with one attempt at repair.

    Args:
        model: The grader. `max_tokens` and `reasoning_tokens` of its own configuration hold.

    Returns:
        A judge that raises `JudgeError` where the model fails, is cut off, or twice answers
        something other than the JSON object asked for. Silence is never a no.
    """
    limit = role_limit(model, ANSWER_TOKENS)

    async def judge(case: Case) -> Opinion:
        conversation: list[ChatMessage] = list(judge_prompt(case))
        problem = ""
        for attempt in range(2):
            try:
                output = await model.generate(
                    conversation, config=role_config(model, ANSWER_TOKENS), cache=False
                )
            except Exception as error:
                mask_in_log(error, model)
                raise JudgeError(f"the judge could not be asked: {error}") from error
            output = settled(output, _is_closed)
            if fault := _fault(output, str(model), limit):
                raise JudgeError(fault)
            try:
                return parse_answer(output.completion, case, last=attempt == 1)
            except ValueError as error:
                problem = str(error)
            conversation += [
                output.message,
                ChatMessageUser(
                    content=REPAIR.replace("PROBLEM", problem), metadata=bookkeeping(case)
                ),
            ]
        raise JudgeError(f"the judge gave no valid verdict: {problem}")

    return judge


def _is_closed(output: ModelOutput) -> bool:
    return output.completion.rstrip("` \n").endswith("}")


def _fault(output: ModelOutput, asked: str, limit: int) -> str:
    """Why an answer is no whole answer of the judge, whatever stands in it; else empty."""
    if not output.choices:
        return "the judge gave no answer"
    if output.error:
        return f"the judge's provider reported an error: {output.error}"
    reason = stop_reason_of(output)
    if reason in ("max_tokens", "model_length"):
        return (
            f"the judge's answer was cut off at {limit} tokens; give it more with max_tokens in "
            "its configuration"
        )
    if reason == "content_filter":
        return "the judge's provider refused or filtered the answer"
    if reason == "unknown":
        return "the judge's provider did not say that the answer was whole"
    if likeness(asked, served := served_by(output)) == "other":
        return f"asked {asked} to judge, but {served} answered"
    return ""
