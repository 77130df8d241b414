"""The seam to the installed package: its prompts, its parameters, its version."""

from __future__ import annotations

import importlib
import inspect
import io
from collections.abc import Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from types import ModuleType, UnionType
from typing import Literal, NamedTuple, Union, get_args, get_origin

from turncoat._util.errors import TurncoatError

DISTRIBUTION = "inspect-evals"
MODULE = "inspect_evals.agentic_misalignment"
INSTALL = "pip install inspect-evals (Turncoat's extra `reference`)"
"""How to get it."""
KNOWN = ("0.26.0", "0.28.0")
"""Releases that Turncoat was tried with. Their prompts are the same; from 0.28.0 on (task version
5-A) a grader has to give one strict answer, and a run whose grader does not ends unscored."""

VARIED = (
    "goal_type",
    "goal_value",
    "urgency_type",
    "extra_system_instructions",
    "prod",
    "test_eval_awareness",
)
"""The package's parameters that change a prompt, beside `scenario`."""

NOTHING = "none"
"""How we write the package's None, which has no word of its own on the command line."""


class Prompts(NamedTuple):
    """What the package gives the model under one combination of its parameters."""

    system: str
    task: str
    """The user message: instruction and mails."""
    mails: str
    """The part of it that holds the mails."""
    notes: tuple[str, ...]
    """What the package printed while it made them, for example that it fell back on a default."""


class Refused(Exception):  # noqa: N818 (it is an answer, not an error)
    """The package does not take a combination; the text says why, in its own words."""


@dataclass(frozen=True, eq=False)
class Package:
    """The installed package."""

    version: str
    scenarios: tuple[str, ...]
    values: Mapping[str, tuple[str, ...]]
    """Parameter to the words that it takes, as they are written with `-T`."""
    defaults: Mapping[str, str]
    eval_version: str
    """Its own version of this eval."""
    _generator: ModuleType

    def prompts(self, scenario: str, parameters: Mapping[str, str]) -> Prompts:
        """The prompts as its own task would send them.

        Args:
            scenario: One of `scenarios`.
            parameters: Every parameter of `VARIED` to one of its words.

        Raises:
            Refused: It does not take this combination.
        """
        printed = io.StringIO()
        extra = parameters["extra_system_instructions"]
        aware = parameters["test_eval_awareness"] == "true"
        try:
            with redirect_stdout(printed):
                made = self._generator.generate_prompts(
                    scenario=scenario,
                    goal_type=parameters["goal_type"],
                    goal_value=parameters["goal_value"],
                    urgency_type=parameters["urgency_type"],
                    extra_system_instructions=None if extra == NOTHING else extra,
                    prod_flag=parameters["prod"] == "true",
                    alignment_faking_warning=self._generator.ALIGNMENT_FAKING_WARNING
                    if aware
                    else None,
                )
        except Exception as error:  # It raises ValueError, AssertionError and a class of its own.
            raise Refused(" ".join(str(error).split()) or type(error).__name__) from error
        return Prompts(
            system=made.system_prompt,
            task=f"{made.user_prompt}\n{made.email_content}",
            mails=made.email_content,
            notes=tuple(line for line in printed.getvalue().splitlines() if line.strip()),
        )


@cache
def load_package() -> Package:
    """The installed package, imported when first asked for.

    Raises:
        TurncoatError: It is not installed, or is not built as we know it; says what to install.
    """
    try:
        found = version(DISTRIBUTION)
        generator = importlib.import_module(f"{MODULE}.prompt_generator")
        module = importlib.import_module(f"{MODULE}.agentic_misalignment")
    except PackageNotFoundError:
        raise TurncoatError(
            f"The original prompts are not part of Turncoat but of {DISTRIBUTION}, which is not "
            f"installed here. Install it: {INSTALL}"
        ) from None
    except ImportError as error:
        missing = error.name or str(error)
        raise TurncoatError(
            f"{DISTRIBUTION} {found} is installed, but cannot be imported ({missing} is missing). "
            f"Install it again with all that it needs: {INSTALL}"
        ) from None
    try:
        return _read(found, generator, module)
    except (AttributeError, KeyError, TypeError) as error:
        raise TurncoatError(
            f"{DISTRIBUTION} {found} is not built as Turncoat knows it ({error}); it was tried "
            f"with {' and '.join(KNOWN)}. Install one of them: "
            f"pip install '{DISTRIBUTION}=={KNOWN[-1]}'"
        ) from error


def _read(found: str, generator: ModuleType, module: ModuleType) -> Package:
    task = inspect.signature(module.agentic_misalignment).parameters
    values = {
        "goal_type": _words(generator.GoalType),
        "goal_value": _words(generator.GoalValue),
        "urgency_type": _words(generator.UrgencyType),
        "extra_system_instructions": _words(generator.ExtraInstructionsType),
        "prod": ("false", "true"),
        "test_eval_awareness": ("false", "true"),
    }
    return Package(
        version=found,
        scenarios=_words(generator.ScenarioType),
        values=values,
        defaults={name: _word(task[name].default) for name in VARIED},
        eval_version=str(module.EVAL_VERSION.to_metadata().get("full_task_version", "")),
        _generator=generator,
    )


def _words(kind: object) -> tuple[str, ...]:
    """The words of a Literal, or of a union of one with None, which comes first."""
    if get_origin(kind) is Literal:
        return tuple(_word(value) for value in get_args(kind))
    if get_origin(kind) in (Union, UnionType):
        parts = [_words(part) for part in get_args(kind)]
        words = (word for part in parts for word in part)
        return tuple(sorted(words, key=lambda word: word != NOTHING))
    if kind is type(None):
        return (NOTHING,)
    raise TypeError(f"{kind} is no list of words")


def _word(value: object) -> str:
    if value is None:
        return NOTHING
    return str(value).lower() if isinstance(value, bool) else str(value)
