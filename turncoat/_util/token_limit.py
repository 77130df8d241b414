"""How much a model may write: room for the answer and, where it is told to reason, for that too."""

from __future__ import annotations

from inspect_ai.model import GenerateConfig, Model

from turncoat._util.inspect_private import (
    active_generate_config,
    active_model,
    effort_to_reasoning_tokens,
)

ANSWER_TOKENS = 10_000
"""For an agent's answer, with the reasoning that it does unasked."""


def agent_limit(answer: int = ANSWER_TOKENS) -> int:
    """The limit of the model that is measured, where the user set none.

    Args:
        answer: Tokens for the answer alone.
    """
    model = active_model()
    own = GenerateConfig() if model is None else model.config
    return _with_reasoning(model, own.merge(active_generate_config()), answer)


def role_limit(model: Model, answer: int) -> int:
    """The limit of a judge: its own `max_tokens` where it has one.

    Args:
        model: The judge.
        answer: Tokens for the answer alone.
    """
    return model.config.max_tokens or _with_reasoning(model, model.config, answer)


def role_config(model: Model, answer: int) -> GenerateConfig:
    """How a judge is asked: within its limit, and in batches where the eval is run in batches.

    Inspect hands `--batch` to the model that is measured alone; a judge's calls are of the same
    kind, and cost the same half.

    Args:
        model: The judge. What its own configuration says of `batch` holds.
        answer: Tokens for the answer alone.
    """
    own = model.config.batch
    batch = active_generate_config().batch if own is None else own
    return GenerateConfig(max_tokens=role_limit(model, answer), batch=batch)


def _with_reasoning(model: Model | None, config: GenerateConfig, answer: int) -> int:
    reasoning = config.reasoning_tokens or effort_to_reasoning_tokens(config.reasoning_effort)
    if not reasoning:
        return answer
    # Inspect knows what a provider demands, and the most that a model takes; of most it does not.
    sized = None if model is None else model.api.max_tokens_for_config(config)
    return answer + reasoning if sized is None else max(answer, sized)
