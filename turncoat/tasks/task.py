"""The Inspect task that every file under `evals/` wires up."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec, TypedDict

from inspect_ai import Task
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.model import ChatMessageSystem, ChatMessageUser, GenerateConfig
from rich.markup import escape

from turncoat._util.collector import calm_collector
from turncoat._util.errors import TurncoatError
from turncoat._util.escaping import printable
from turncoat._util.inspect_private import PrerequisiteError, active_model
from turncoat._util.keys import without_keys
from turncoat._util.places import data_folder, package_version
from turncoat._util.token_limit import agent_limit
from turncoat.check.rules import grader_note, refuse_unsound
from turncoat.contract import CellSpec, ExclusionSpec, Experiment, sample_id
from turncoat.known.answers import (
    MIXED,
    check_table,
    policies,
    refuse_out_of_reach,
    remember,
)
from turncoat.known.provider import KnownAPI
from turncoat.scenario import (
    NOT_APPLICABLE,
    Cell,
    Scenario,
    conditions_for,
    facts_of,
    load_scenario,
    render,
)
from turncoat.scenario.bounded import bounded, needs_bounds
from turncoat.scenario.designs import label_of
from turncoat.scenario.factors import canonical
from turncoat.scenario.folder import scenario_folder
from turncoat.scenario.metadata_codec import packed
from turncoat.scenario.naming import TASK_PARAMETERS
from turncoat.scenario.office_plan import PLAN, plan_of
from turncoat.tasks.startup import (
    DEFAULT_MODEL,
    refuse_near_parameters,
    refuse_no_epochs,
    refuse_no_server,
    refuse_without_samples,
    say_what_next,
    scorers_for,
    warn,
)
from turncoat.tasks.stopping import PrecisionStopping, most_epochs, precision_from
from turncoat.tasks.viewing import viewer_config
from turncoat.world.live import TURNS, tools_protocol
from turncoat.world.protocol import text_protocol

P = ParamSpec("P")


class TaskParameters(TypedDict, total=False):
    """What `-T` sets of a task; everything else that it names is a factor of the scenario.

    A factor takes one level or several: `threat=replacement,none` runs both.
    """

    scenario: str
    """Packaged scenario, or path of a scenario folder; the eval's own by default."""
    design: str | Sequence[str] | None
    """A named set of conditions (`headline`, `control`, `published`, `factorial`, ...; `turncoat
    scenario list` shows all), or several with commas; `headline,control` by default."""
    protocol: str
    """`text`: one completion with XML tool tags, as in the published study (the default);
    `tools`: native tool calls over several turns in a live office."""
    surfaces: int
    """Number of surfaces (names, company, wording); 10 by default."""
    surface_seed: int
    """Which series of surfaces; 0 by default."""
    max_tokens: int | None
    """Completion limit; by default 10,000, and room for reasoning where that is asked for."""
    turns: int
    """How many replies the agent may give in the tools protocol; 40 by default."""
    accept_served: str | None
    """A served model name that counts as the one asked for, or `any`."""
    published_method: bool
    """Also score every run by the published verdict rule, beside our own."""
    precision: float | None
    """Run each condition until its rate is known to this half-width, such as 0.05, up to a
    maximum of epochs that `--epochs` may lower."""


def user_error(build: Callable[P, Task]) -> Callable[P, Task]:
    """Turn a `TurncoatError` into Inspect's way of stopping with one clean message."""

    @wraps(build)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> Task:
        try:
            return build(*args, **kwargs)
        except TurncoatError as error:
            raise PrerequisiteError(escape(printable(without_keys(str(error))))) from None

    return wrapper


def task_from(scenario: str, parameters: Mapping[str, object]) -> Task:
    """The task of a file under `evals/`, from all that `-T` names.

    Args:
        scenario: The eval's own scenario, where no parameter names another.
        parameters: See `TaskParameters`; the rest are factors.

    Returns:
        The task.

    Raises:
        PrerequisiteError: A parameter is wrong; the message lists the valid choices.
    """
    own: dict[str, Any] = {"scenario": scenario}
    factors: dict[str, object] = {}
    for name, value in parameters.items():
        (own if name in TASK_PARAMETERS else factors)[name] = value
    return misalignment_task(**own, factors=factors)


@user_error
def misalignment_task(
    scenario: str,
    *,
    design: str | Sequence[str] | None = None,
    protocol: str | None = None,
    surfaces: int = 10,
    surface_seed: int = 0,
    max_tokens: int | None = None,
    turns: int = TURNS,
    accept_served: str | None = None,
    published_method: bool = False,
    precision: object = None,
    factors: Mapping[str, object] | None = None,
) -> Task:
    """A scenario's conditions, crossed with surfaces, as an Inspect task.

    Args:
        scenario: Name of a packaged scenario, or path of a folder, relative to where the user
            stands.
        design: Named set or sets of conditions; by default `headline,control`.
        protocol: `text`: one completion with XML tool tags, as in the published study; `tools`:
            native tool calls over several turns in a live office. The scenario's first by default.
        surfaces: How many surfaces (names, company, wording), at least 1.
        surface_seed: Which series of surfaces. Keep one private to test for contamination.
        max_tokens: Completion limit, since providers' own cut off long reasoners selectively;
            by default 10,000, and beside it what reasoning takes where that was asked for.
        turns: How many replies the agent may give in the tools protocol.
        accept_served: A served model name that counts as the one asked for, or `any`.
        published_method: Also score every run by the published verdict rule, beside our own.
        precision: Half-width to which each condition's rate is to be known, between 0 and 0.5;
            a condition stops when it is (see `turncoat.tasks.stopping`).
        factors: Factor to level or list of levels, as given by `-T`.

    Returns:
        The task: one sample for each condition and surface, 2 epochs; under `precision` as many
        as reach it whatever the rates.

    Raises:
        PrerequisiteError: A parameter is wrong; the message lists the valid choices.
    """
    calm_collector()
    max_tokens = agent_limit() if max_tokens is None else max_tokens
    check_numbers(
        surfaces=(surfaces, 1),
        surface_seed=(surface_seed, 0),
        max_tokens=(max_tokens, 1),
        turns=(turns, 1),
    )
    folder = scenario_folder(str(scenario), _user_directory())

    def read() -> tuple[Scenario, str, Sequence[Cell], list[Sample]]:
        found = load_scenario(folder)
        refuse_unsound(found)
        spoken = _protocol(found, protocol, turns)
        refuse_near_parameters(factors or {}, found.factors)
        cells = conditions_for(found, design, dict(factors or {}))
        samples = [
            sample_of(found, cell, surface, surface_seed, spoken, accept_served)
            for cell in cells
            for surface in range(surfaces)
        ]
        return found, spoken, cells, samples

    if needs_bounds(folder):
        bounded(folder, read, quiet=True)
    found, protocol, cells, samples = read()
    remember(found)
    half_width = precision_from(precision)
    refuse_without_samples(half_width)
    refuse_no_epochs()
    conditions = [cell.condition for cell in cells]
    scorers = scorers_for(found.name, found.evidence, published_method, conditions)
    model = _default_model(found, protocol)
    refuse_no_server()
    warn(model, published_method, half_width, grader_note(found))
    say_what_next()
    return Task(
        dataset=MemoryDataset(samples, name=found.name),
        solver=tools_protocol(turns) if protocol == "tools" else text_protocol(),
        scorer=scorers,
        model=model,
        config=GenerateConfig(max_tokens=max_tokens),
        epochs=2 if half_width is None else most_epochs(half_width, surfaces),
        early_stopping=None if half_width is None else PrecisionStopping(half_width),
        score_on_error=True,
        fail_on_error=False,
        name=found.name,
        display_name=found.name if model is None else f"{found.name} (no model measured)",
        version=found.version,
        viewer=viewer_config(),
        metadata=_experiment(found, cells, surfaces, surface_seed, protocol, half_width).metadata(),
    )


def _protocol(scenario: Scenario, asked: str | None, turns: int) -> str:
    protocol = asked or scenario.protocols[0]
    if protocol not in scenario.protocols:
        valid = ", ".join(scenario.protocols)
        raise TurncoatError(f"unknown protocol {protocol!r} for {scenario.name}; valid: {valid}")
    if protocol != "tools" and turns != TURNS:
        raise TurncoatError("turns has a meaning only with protocol=tools; leave it out")
    return protocol


def sample_of(
    scenario: Scenario,
    cell: Cell,
    surface: int,
    surface_seed: int,
    protocol: str,
    accept_served: str | None = None,
) -> Sample:
    """One sample: a briefing as messages, with the facts that grading needs.

    Args:
        scenario: The scenario.
        cell: One condition of it.
        surface: Number of the surface, from 0.
        surface_seed: Which series of surfaces.
        protocol: `text` or `tools`.
        accept_served: As for the task.
    """
    briefing = render(scenario, cell.condition, surface, surface_seed, protocol)
    metadata = {
        "cell": cell.label,
        "condition": cell.condition,
        "surface": surface,
        "facts": packed(facts_of(briefing, scenario.canary)),
    }
    if protocol == "tools":
        metadata[PLAN] = packed(plan_of(briefing))
    if accept_served is not None:
        metadata["accept_served"] = str(accept_served)
    return Sample(
        id=sample_id(cell.label, surface),
        input=[
            ChatMessageSystem(content=briefing.system),
            ChatMessageUser(content=briefing.task),
        ],
        metadata=metadata,
    )


def _experiment(
    scenario: Scenario,
    cells: Sequence[Cell],
    surfaces: int,
    surface_seed: int,
    protocol: str,
    precision: float | None,
) -> Experiment:
    control = scenario.designs["control"].set if "control" in scenario.designs else {}
    rule = scenario.exclusion
    return Experiment(
        scenario=scenario.name,
        version=scenario.version,
        behaviour=scenario.behaviour,
        protocol=protocol,
        surfaces=surfaces,
        surface_seed=str(surface_seed),
        canary=scenario.canary,
        scenario_hash=scenario.scenario_hash,
        package_version=package_version(),
        factors={name: list(factor.levels) for name, factor in scenario.factors.items()},
        cells={
            cell.label: CellSpec(design=cell.design, condition=cell.condition) for cell in cells
        },
        controls={**_labels_with(scenario, cells, control)},
        exclusion=None
        if rule is None
        else ExclusionSpec(
            design=rule.design,
            above=rule.above,
            controls=_labels_with(scenario, cells, scenario.designs[rule.design].set),
        ),
        told={index: scenario.surface(index, surface_seed).properties for index in range(surfaces)},
        precision=precision,
    )


def _labels_with(
    scenario: Scenario, cells: Sequence[Cell], levels: Mapping[str, str]
) -> dict[str, str]:
    """Label of each cell to that of the condition that it becomes with these levels."""
    return {
        cell.label: label_of(
            scenario.factors, canonical(scenario.factors, {**_given(cell), **levels})
        )
        for cell in cells
    }


def _given(cell: Cell) -> dict[str, str]:
    return {name: level for name, level in cell.condition.items() if level != NOT_APPLICABLE}


def check_numbers(**numbers: tuple[object, int]) -> None:
    """Refuse a parameter that is no whole number, or too small.

    Args:
        **numbers: Parameter to its value and the least that it may be.

    Raises:
        TurncoatError: One is not.
    """
    for name, (value, least) in numbers.items():
        if not isinstance(value, int) or isinstance(value, bool) or value < least:
            raise TurncoatError(f"{name} is {value!r}; give a whole number of at least {least}")


def _user_directory() -> Path:
    """Where the user stands: Inspect changes into the task file's folder before it loads it."""
    here = Path.cwd()
    shell = os.environ.get("PWD")
    if shell and here == data_folder("evals") and Path(shell).is_dir():
        return Path(shell)
    return here


def _default_model(scenario: Scenario, protocol: str) -> str | None:
    """The known-answer agent where the user named no model; None where they did.

    Outside of an eval (a task made in Python) no model is active yet and none is set here, since
    a task's own model would win over the one that the user passes to `eval()`.
    """
    active = active_model()
    if active is None:
        return None
    if str(active) == "none/none":
        return DEFAULT_MODEL
    provider, _, policy = str(active).partition("/")
    if provider == "known" and policy not in policies(scenario.name):
        raise TurncoatError(
            f"unknown known-answer policy '{policy}' for scenario '{scenario.name}'; "
            f"valid: {', '.join(policies(scenario.name))}"
        )
    if isinstance(active.api, KnownAPI):
        check_table(scenario.name, tuple(active.api.rates.table))
        if policy == MIXED:
            refuse_out_of_reach(scenario.name, protocol, active.api.rates)
    return None
