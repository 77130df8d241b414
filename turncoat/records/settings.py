"""How the model was asked: what of it tells runs apart, and what cannot matter."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from turncoat._util.model_settings import CANNOT_MATTER, Value, judge_settings, kept, short, told

if TYPE_CHECKING:
    from inspect_ai.log import EvalLog
    from inspect_ai.model import ModelConfig

OF_THE_PLAN = frozenset(
    {
        *("scenario", "design", "surfaces", "surface_seed", "precision", "published_method"),
        # These stand elsewhere: in the group, in the model's settings, in the solver.
        *("protocol", "max_tokens", "turns"),
        # The published package's own factors.
        *("goal_type", "goal_value", "urgency_type", "extra_system_instructions", "prod"),
        "test_eval_awareness",
    }
)
"""Parameters of a task that say which runs are made, not how. So do the scenario's factors."""

OTHER_LIMITS = ("token_limit_type", "approval")
GRADERS = ("grader", "published_grader")
"""Roles whose models are told by each score, since a log may be graded again by others."""
PLURALS = {
    "max_tokens": "token limits",
    "temperature": "temperatures",
    "reasoning_effort": "reasoning efforts",
    "reasoning_tokens": "limits of reasoning tokens",
    "effort": "efforts",
    "system_message": "system messages",
    "model_args": "model arguments",
    "model_base_url": "base URLs of the model",
    "solver": "solvers",
    "package_version": "versions of Turncoat",
}
"""What many of a setting are called, where it is not `values of NAME`."""


class Settings(NamedTuple):
    """How the model was asked; runs that differ here are no repeats of each other."""

    values: Mapping[str, Value]
    """What was set, by Inspect's names; in `task.NAME` what the task was given, in `role.NAME`
    another model's settings. What is nested is JSON with sorted keys."""
    apart: Mapping[str, str]
    """Those that tell runs apart, as text that is short enough for a table."""

    def get(self, name: str) -> Value | None:
        """One of them; None where it was not set.

        Args:
            name: Its name.
        """
        return self.values.get(name)

    @property
    def cached(self) -> bool:
        """Whether answers may have come from a cache."""
        return bool(self.values.get("cache"))


def settings_of(log: EvalLog, factors: Mapping[str, object], package_version: str) -> Settings:
    """The settings that a log's header tells.

    Args:
        log: The log, without samples.
        factors: The scenario's factors, which are conditions and no settings.
        package_version: Version of Turncoat, as the log says.
    """
    spec = log.eval
    # The plan holds what the task and the command line set; the model's own config is below it.
    config = spec.model_generate_config.merge(log.plan.config)
    values: dict[str, Any] = config.model_dump(mode="json", exclude_none=True)
    values |= {
        name: value
        for name, value in spec.config.model_dump(mode="json", exclude_none=True).items()
        if name.endswith("_limit") or name in OTHER_LIMITS
    }
    values |= {
        f"task.{name}": value
        for name, value in spec.task_args.items()
        if name not in OF_THE_PLAN and name not in factors
    }
    values |= {
        f"role.{role}": [{"model": model.model, **told(model)} for model in _listed(bound)]
        for role, bound in (spec.model_roles or {}).items()
        if role not in GRADERS
    }
    values["solver"] = [{step.solver: step.params} for step in log.plan.steps]
    values["model_args"] = spec.model_args or None
    values["model_base_url"] = spec.model_base_url
    values["sandbox"] = spec.sandbox.model_dump(mode="json") if spec.sandbox else None
    values["package_version"] = package_version
    known = {name: kept(name, value) for name, value in values.items() if value not in (None, "")}
    return Settings(
        known,
        {n: short(str(value)) for n, value in known.items() if n not in CANNOT_MATTER},
    )


def grader_settings(log: EvalLog) -> Mapping[str, str]:
    """For each grading role its models, by name, to their settings as a score would tell them.

    For scores of earlier versions, which do not tell them.

    Args:
        log: The log, without samples.
    """
    roles = log.eval.model_roles or {}
    bound = [_listed(roles[role]) for role in GRADERS if role in roles]
    return {", ".join(model.model for model in models): judge_settings(models) for models in bound}


def plural_of(name: str) -> str:
    """What many values of a setting are called.

    Args:
        name: The setting.
    """
    return PLURALS.get(name, f"values of {name}")


def _listed(bound: ModelConfig | list[ModelConfig]) -> list[ModelConfig]:
    return bound if isinstance(bound, list) else [bound]
