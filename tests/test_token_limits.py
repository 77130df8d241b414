"""An answer's limit leaves room for the reasoning that was asked for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from inspect_ai.model import GenerateConfig, Model, get_model
from inspect_ai.model._generate_config import set_active_generate_config
from inspect_ai.model._model import init_active_model

from turncoat._util.token_limit import agent_limit, role_limit
from turncoat.tasks.task import misalignment_task

CLAUDE = ("claude-3-7-sonnet-20250219", "claude-opus-4-20250514", "claude-opus-4-6")


def model(name: str, **config: object) -> Model:
    settings = GenerateConfig.model_validate(config)
    return get_model(name, api_key="none", memoize=False, config=settings)


@pytest.fixture(autouse=True)
def _no_model_afterwards() -> Iterator[None]:
    yield
    init_active_model(model("mockllm/model"), GenerateConfig())
    set_active_generate_config(GenerateConfig())


@pytest.mark.parametrize("name", CLAUDE)
@pytest.mark.parametrize(
    ("asked", "budget"),
    [
        ({"reasoning_effort": "medium"}, 10_000),
        ({"reasoning_effort": "high"}, 16_000),
        ({"reasoning_tokens": 20_000}, 20_000),
    ],
)
def test_claude_may_write_more_than_it_reasons(
    name: str, asked: dict[str, object], budget: int
) -> None:
    init_active_model(model(f"anthropic/{name}"), GenerateConfig.model_validate(asked))
    task = misalignment_task("blackmail", design="headline", surfaces=1)
    assert task.config.max_tokens is not None
    assert task.config.max_tokens >= budget + 8_000
    assert task.config.max_tokens <= 64_000
    assert role_limit(model(f"anthropic/{name}", **asked), 4_000) >= budget + 4_000


def test_a_provider_that_says_nothing_of_sizes_has_the_reasoning_beside_the_answer() -> None:
    init_active_model(model("openai/o3"), GenerateConfig(reasoning_effort="high"))
    assert agent_limit() == 26_000
    assert role_limit(model("openai/o3", reasoning_tokens=5_000), 16_000) == 21_000


def test_without_reasoning_the_limit_is_as_it_was() -> None:
    for asked in ({}, {"reasoning_effort": "none"}):
        init_active_model(model("anthropic/claude-opus-4-6"), GenerateConfig.model_validate(asked))
        assert agent_limit() == 10_000


def test_a_limit_that_was_given_holds() -> None:
    init_active_model(model("openai/o3"), GenerateConfig(reasoning_effort="high"))
    task = misalignment_task("blackmail", design="headline", surfaces=1, max_tokens=700)
    assert task.config.max_tokens == 700
    assert role_limit(model("openai/o3", max_tokens=300, reasoning_tokens=5_000), 4_000) == 300
