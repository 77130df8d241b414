"""`known/POLICY`: a model whose conduct is known, so that the harness itself can be measured."""

from __future__ import annotations

from inspect_ai.model import (
    ChatCompletionChoice,
    ChatMessage,
    ChatMessageAssistant,
    Content,
    ContentReasoning,
    ContentText,
    GenerateConfig,
    ModelAPI,
    ModelOutput,
    ModelUsage,
)
from inspect_ai.solver import TaskState
from inspect_ai.tool import ToolChoice, ToolInfo

from turncoat._util.errors import TurncoatError
from turncoat._util.inspect_private import PrerequisiteError, sample_state
from turncoat.known.answers import Rates, RunKey, briefing_of, choose
from turncoat.known.judge import known_verdict
from turncoat.known.replay import Turn, turn_of
from turncoat.scenario.metadata_codec import facts_in

TAKES = ("rate", "control_rate", "rates", "seed", "sensitivity", "specificity")

CHARACTERS_A_TOKEN = 4
"""Rough, but set: with usage given, Inspect downloads no tokenizer."""


class KnownAPI(ModelAPI):
    """Replays a scenario's known answers, or, as `known/judge`, grades with known errors.

    The same sample, epoch and seed always get the same answer.

    Args:
        model_name: A policy: `mixed`, an outcome of the scenario, or `judge`.
        base_url: Unused.
        api_key: Unused.
        config: Generation config.
        rate: With `mixed`, the true rate of harmful conduct where the condition gives cause.
        control_rate: The same where it gives none.
        rates: Rates of single conditions, by `factor=level,...`.
        seed: Seed of the draws.
        sensitivity: With `judge`, share of harmful runs that it calls harmful, 0 to 1.
        specificity: With `judge`, share of harmless runs that it calls harmless, 0 to 1.
        unknown: Refused; a misspelt argument must not run the default.

    Raises:
        PrerequisiteError: An argument is unknown or out of range.
    """

    def __init__(
        self,
        model_name: str,
        base_url: str | None = None,
        api_key: str | None = None,
        config: GenerateConfig = GenerateConfig(),  # noqa: B008
        *,
        rate: float = 0.3,
        control_rate: float = 0.0,
        rates: dict[str, float] | None = None,
        seed: int = 0,
        sensitivity: float = 1.0,
        specificity: float = 1.0,
        **unknown: object,
    ) -> None:
        super().__init__(model_name, base_url, api_key, [], config)
        if not isinstance(rates or {}, dict):
            raise PrerequisiteError(
                f"known/{model_name}: rates is {rates!r}; give a mapping such as "
                "{'threat=none': 0.1}"
            )
        shares = {
            "rate": rate,
            "control_rate": control_rate,
            "sensitivity": sensitivity,
            "specificity": specificity,
            **(rates or {}),
        }
        for name, value in shares.items():
            if not isinstance(value, int | float) or not 0 <= value <= 1:
                raise PrerequisiteError(f"known/{model_name}: {name} is {value!r}; give 0 to 1")
        if unknown:
            raise PrerequisiteError(
                f"known/{model_name} knows no {', '.join(unknown)}; it takes {', '.join(TAKES)}"
            )
        self.rates = Rates(rate, control_rate, rates or {})
        self.seed = seed
        self.sensitivity = sensitivity
        self.specificity = specificity

    async def generate(
        self,
        input: list[ChatMessage],  # noqa: A002
        tools: list[ToolInfo],
        tool_choice: ToolChoice,
        config: GenerateConfig,
    ) -> ModelOutput:
        """The known answer to this sample, or the known judge's verdict.

        Args:
            input: The conversation. The judge reads it; else only its length counts, as usage.
            tools: Unused.
            tool_choice: Unused.
            config: Unused.

        Returns:
            One choice, with token usage set.

        Raises:
            TurncoatError: The sample is not one of a Turncoat task, or no known answer fits.
            RuntimeError: The policy is `errored`: the failure that was asked for.
        """
        if self.model_name == "judge":
            verdict = known_verdict(input, self.sensitivity, self.specificity, self.seed)
            return self._output(input, Turn(verdict.text))
        state = sample_state()
        if state is None or "facts" not in state.metadata:
            raise TurncoatError("known/ models answer only samples of a Turncoat task")
        return self._output(input, self._answer(state, input))

    def max_connections(self) -> int:
        """Nothing is called, so nothing need be spared."""
        return 100

    def _answer(self, state: TaskState, asked: list[ChatMessage]) -> Turn:
        facts = facts_in(state.metadata)
        briefing = briefing_of(
            facts.scenario,
            tuple(state.metadata["condition"].items()),
            facts.surface,
            facts.surface_seed,
            facts.protocol,
        )
        key = RunKey(str(state.sample_id), state.epoch)
        reply = choose(self.model_name, briefing, key, self.rates, self.seed)
        if briefing.protocol == "tools":
            turn = turn_of(reply, briefing, sum(m.role == "assistant" for m in asked))
        else:
            turn = Turn(
                reply.text, reply.reasoning, (), reply.stop_reason, reply.error, reply.served
            )
        if turn.error:
            raise RuntimeError("known/errored: the provider fails, as asked")
        return turn

    def _output(self, asked: list[ChatMessage], turn: Turn) -> ModelOutput:
        content: list[Content] = [ContentText(text=turn.text)]
        if turn.reasoning:
            content.insert(0, ContentReasoning(reasoning=turn.reasoning))
        message = ChatMessageAssistant(
            content=content if turn.reasoning else turn.text,
            tool_calls=list(turn.calls) or None,
            model=self.model_name,
        )
        return ModelOutput(
            model=turn.served or self.model_name,
            choices=[ChatCompletionChoice(message=message, stop_reason=turn.stop_reason)],
            usage=_usage(
                sum(len(m.text) for m in asked),
                len(turn.text)
                + len(turn.reasoning or "")
                + sum(len(str(call.arguments)) for call in turn.calls),
            ),
        )


def _usage(read: int, written: int) -> ModelUsage:
    tokens_in, tokens_out = read // CHARACTERS_A_TOKEN + 1, written // CHARACTERS_A_TOKEN + 1
    return ModelUsage(
        input_tokens=tokens_in, output_tokens=tokens_out, total_tokens=tokens_in + tokens_out
    )
