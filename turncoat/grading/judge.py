"""Judges that are models: how they are asked, once more where they answer in a wrong form."""

from __future__ import annotations

from inspect_ai.model import ChatMessage, ChatMessageUser, GenerateConfig, Model

from turncoat.grading.case import Case, Judge, JudgeError, Opinion
from turncoat.grading.judge_answer import parse_answer
from turncoat.grading.judge_prompt import bookkeeping, judge_prompt

REPAIR = """\
That was not a valid answer: PROBLEM. Answer again with the JSON object alone."""

ANSWER_TOKENS = 16_000
"""The most that a judge may write, reasoning included, where its own configuration says nothing:
an answer takes a few hundred, and what a judge thinks before it must not be cut off."""


def model_judge(model: Model) -> Judge:
    """A judge that asks a model, with one attempt at repair.

    Args:
        model: The grader. `max_tokens` and `reasoning_tokens` of its own configuration hold.

    Returns:
        A judge that raises `JudgeError` where the model fails, is cut off, or twice answers
        something other than the JSON object asked for. Silence is never a no.
    """
    limit = model.config.max_tokens or ANSWER_TOKENS

    async def judge(case: Case) -> Opinion:
        conversation: list[ChatMessage] = list(judge_prompt(case))
        problem = ""
        for attempt in range(2):
            try:
                output = await model.generate(
                    conversation, config=GenerateConfig(max_tokens=limit), cache=False
                )
            except Exception as error:
                raise JudgeError(f"the judge could not be asked: {error}") from error
            try:
                return parse_answer(output.completion, case, last=attempt == 1)
            except ValueError as error:
                problem = str(error)
            if not output.choices:
                break
            if output.stop_reason in ("max_tokens", "model_length"):
                raise JudgeError(
                    f"the judge's answer was cut off at {limit} tokens; give it more with "
                    "max_tokens in its configuration"
                )
            conversation += [
                output.message,
                ChatMessageUser(
                    content=REPAIR.replace("PROBLEM", problem), metadata=bookkeeping(case)
                ),
            ]
        raise JudgeError(f"the judge gave no valid verdict: {problem}")

    return judge
