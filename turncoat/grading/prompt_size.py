"""How much of the prompt the server read: one that cuts it answers another question."""

from __future__ import annotations

from typing import NamedTuple

from inspect_ai.model import ModelOutput
from inspect_ai.solver import TaskState

CHARACTERS_A_TOKEN = 6
"""More characters than that a token no tokenizer makes of such mail (they make 3.5 to 5)."""


class PromptSize(NamedTuple):
    """A prompt's length, and what the server says of it."""

    characters: int
    tokens: int | None
    """As the server counted; None where it does not say."""

    @property
    def why_cut(self) -> str:
        """Why it cannot have been read whole; empty where nothing speaks for that."""
        if self.tokens is None or self.tokens * CHARACTERS_A_TOKEN >= self.characters:
            return ""
        return (
            f"the server read {self.tokens:,} tokens of a prompt of {self.characters:,} "
            "characters, so it cut the prompt: give it a larger context (Ollama: num_ctx)"
        )


def prompt_size(state: TaskState) -> PromptSize:
    """The size of what the agent was given before it said anything.

    Args:
        state: A sample's state, live or read back from a log.
    """
    characters = 0
    for message in state.messages:
        if message.role == "assistant":
            break
        characters += len(message.text)
    return PromptSize(characters, _tokens(state.output))


def _tokens(output: ModelOutput) -> int | None:
    usage = output.usage
    if usage is None:
        return None
    cached = (usage.input_tokens_cache_read or 0) + (usage.input_tokens_cache_write or 0)
    return usage.input_tokens + cached or None
