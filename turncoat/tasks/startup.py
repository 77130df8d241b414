"""What every task settles before its first run: its scorers, and what people must be told."""

from __future__ import annotations

import difflib
import os
import re
import shlex
import socket
from collections.abc import Callable, Container, Iterable, Mapping
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import click
from inspect_ai.model import GenerateConfig, Model
from inspect_ai.scorer import Scorer
from rich.console import Console
from rich.markup import escape

from turncoat._util.errors import TurncoatError
from turncoat._util.inspect_private import active_generate_config, active_model
from turncoat.contract import EvidenceSpec
from turncoat.grading.belief_scorer import stated_belief
from turncoat.grading.scorer import (
    bound_graders,
    conduct,
    published_classifier,
    published_method,
)
from turncoat.scenario.naming import TASK_PARAMETERS
from turncoat.tasks.stopping import NEEDS_SAMPLES

DEFAULT_MODEL = "known/mixed"
_SAID = "turncoat.next"
_EVALS = ("eval", "eval-set", "eval-retry")
_SECONDS = 5.0
"""How long a server may take to accept a connection."""
_HERE = ("known", "none", "mockllm")
"""Providers that need no server."""


OPTIONS = {
    "epochs": "--epochs N",
    "limit": "--limit N",
    "model": "--model MODEL",
    "temperature": "--temperature X",
    "seed": "--seed N",
    "grader": "--model-role grader=MODEL",
    "max_connections": "--max-connections N",
}
"""What is no parameter of the task, but of the command that runs it."""


def scorers_for(
    scenario: str,
    evidence: EvidenceSpec,
    published: object,
    conditions: Iterable[Mapping[str, str]] = (),
) -> list[Scorer]:
    """Our own scorer and, where they have a meaning, others beside it.

    They are the published rule's, where it is asked for, and that of the stated belief, where a
    prompt asks the agent for it.

    Args:
        scenario: Its name, for the message.
        evidence: Its `evidence` section.
        published: The task's parameter `published_method`, as given.
        conditions: The task's conditions.

    Returns:
        The task's scorers.

    Raises:
        TurncoatError: The parameter is neither true nor false, or the scenario has no such rule.
    """
    if not isinstance(published, bool):
        raise TurncoatError(f"published_method is {published!r}; give true or false")
    asks = any(condition.get("awareness") == "ask" for condition in conditions)
    scorers = [conduct(), *([stated_belief()] if asks else [])]
    if not published:
        return scorers
    if evidence.published is None:
        raise TurncoatError(
            f"scenario '{scenario}' has no published rule to score by: its scenario.yaml needs "
            "'published' under 'evidence', with 'criterion' and a gate ('recipients', 'words', "
            "'tools' or 'tool_words')"
        )
    return [*scorers, published_method()]


def warn(
    default_model: str | None,
    published_method: bool,
    precision: float | None = None,
    needs_grader: str = "",
) -> None:
    """Say on stderr what would make the numbers mean something else than they seem to.

    Args:
        default_model: The known-answer agent where it runs because no model was named, else None.
        published_method: Whether runs are also scored by the published rule.
        precision: The half-width at which conditions stop, where they do.
        needs_grader: What the scenario needs of a grader that only a model can be; empty where
            the offline judge will do.
    """
    say = Console(stderr=True).print
    target = default_model or str(active_model())
    if default_model is not None:
        say(
            "[bold yellow]No model was given, so none is measured.[/] The built-in known-answer "
            f"agent [bold]{DEFAULT_MODEL}[/] runs: it misbehaves at a rate that is set (0.3) and "
            "exercises the harness. Name a model with [bold]--model[/]."
        )
    config = active_generate_config()
    if config.temperature == 0:
        say("[yellow]Temperature is 0: repeats of a sample may be copies, not repeats.[/]")
    if config.seed is not None:
        say("[yellow]A fixed --seed: repeats of a sample may be copies, not repeats.[/]")
    if precision is not None:
        _warn_of_copies(say, config)
    is_real = active_model() is not None and not target.startswith(("known/", "none/"))
    if needs_grader and is_real and not bound_graders():
        say(f"[bold yellow]No grader is bound:[/] {escape(needs_grader)}.")
    if target in [str(grader) for grader in bound_graders()]:
        say(f"[yellow]{escape(target)} grades itself; bind a grader of another family.[/]")
    classifier = published_classifier() if published_method else None
    if published_method and classifier is None and active_model() is not None:
        say(
            "[yellow]The published method has no classifier (--model-role published_grader=...): "
            "only its string gates are known, and runs that pass them have no verdict by it.[/]"
        )
    if classifier is not None and str(classifier) == target:
        say(f"[yellow]{escape(target)} is its own classifier in the published method.[/]")


def refuse_no_server(models: Iterable[Model] | None = None) -> None:
    """Refuse a model at whose base URL nothing listens, before anything is run.

    Inspect would try again for as long as an eval may take, and say nothing of it. What is
    reached by a proxy is left to it.

    Args:
        models: Which are meant; the active one and the graders where it is None.

    Raises:
        TurncoatError: With the address and the ways to mend it.
    """
    if models is None:
        active = active_model()
        bound = [*bound_graders(), *bound_graders("published_grader")]
        models = [*([active] if active is not None else []), *bound]
    tried = set()
    for model in models:
        address = _base_url(model)
        if address and address not in tried:
            tried.add(address)
            _connect(address, str(model))


def _base_url(model: Model) -> str:
    """The base URL that was given for a model; empty where the provider's own is used."""
    provider = str(model).partition("/")[0]
    if provider in _HERE:
        return ""
    variables = f"{provider.upper().replace('-', '_')}_BASE_URL", "INSPECT_EVAL_MODEL_BASE_URL"
    given = getattr(model.api, "base_url", None), *map(os.environ.get, variables)
    return str(next(filter(None, given), ""))


def _connect(address: str, model: str) -> None:
    parts = urlsplit(address)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    if not parts.hostname or (parts.scheme in getproxies() and not proxy_bypass(parts.hostname)):
        return
    try:
        socket.create_connection((parts.hostname, port), _SECONDS).close()
    except OSError as error:
        start = "start it with 'turncoat local &', " if model.endswith("/smollm2") else ""
        raise TurncoatError(
            f"{model}: no server answers at {address} ({error}). Nothing was run. If the server is "
            f"yours, {start}wait until it says that it listens, and look at host and port; the "
            "address comes from --model-base-url or from a variable like OPENAI_BASE_URL, in "
            "the environment or in .env"
        ) from None


def refuse_without_samples(precision: float | None) -> None:
    """Refuse early stopping under `--no-log-samples`, before there is a log.

    A task is not told how its log is to be written, but the command that loads it is a Click
    command, whose options (from the command line or the environment) can be seen. Where there
    is none, `PrecisionStopping` refuses when the eval begins.

    Args:
        precision: The half-width at which conditions stop, where they do.

    Raises:
        TurncoatError: The log is to have no samples, so that nothing would ever stop.
    """
    command = click.get_current_context(silent=True)
    if precision is not None and command is not None and command.params.get("no_log_samples"):
        raise TurncoatError(NEEDS_SAMPLES)


def say_what_next() -> None:
    """Have the command that runs the eval end by naming the one that reads its log."""
    command = click.get_current_context(silent=True)
    if command is None or command.info_name not in _EVALS or _SAID in command.meta:
        return
    if command.params.get("display") == "none":
        return
    command.meta[_SAID] = True
    folder = shlex.quote(str(command.params.get("log_dir") or "logs"))
    command.call_on_close(
        lambda: click.echo(
            f"\nNext: turncoat rates {folder}    (if runs are missing: turncoat status {folder})"
        )
    )


def refuse_no_epochs() -> None:
    """Refuse `--epochs 0`, which Inspect takes for a word not said, so that two were run.

    Raises:
        TurncoatError: No epoch, or less, was asked for.
    """
    command = click.get_current_context(silent=True)
    asked = str(command.params.get("epochs")) if command is not None else ""
    if re.fullmatch(r"-\d+|0+", asked):
        raise TurncoatError(f"--epochs {asked}: give 1 or more, the runs of each sample")


def _warn_of_copies(say: Callable[..., None], config: GenerateConfig) -> None:
    """Under early stopping, copies taken for runs end it too soon, with too narrow an interval."""
    causes = {
        "temperature 0": config.temperature == 0,
        "a fixed seed": config.seed is not None,
        "a cache": bool(config.cache),
    }
    if given := [cause for cause, there in causes.items() if there]:
        say(
            f"[yellow]precision counts every run as a new one; with {' and '.join(given)} some may "
            "be copies, and then it stops too early and its interval is too narrow.[/]"
        )


def refuse_near_parameters(given: Iterable[str], factors: Container[str]) -> None:
    """Refuse what is no factor but nearly a parameter of the task, before it is called a factor.

    Args:
        given: Names from `-T` that are no parameter.
        factors: The scenario's factors.

    Raises:
        TurncoatError: With the parameter that was most likely meant.
    """
    for name in given:
        if name not in factors and name in OPTIONS:
            raise TurncoatError(
                f"'{name}' is an option of Inspect's: write {OPTIONS[name]}, without -T"
            )
        near = difflib.get_close_matches(name, TASK_PARAMETERS, n=1, cutoff=0.75)
        if name not in factors and near:
            raise TurncoatError(
                f"There is no parameter and no factor '{name}'. Did you mean '{near[0]}'? "
                f"Parameters: {', '.join(sorted(TASK_PARAMETERS))}"
            )
