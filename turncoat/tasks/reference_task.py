"""The Inspect task of the published study's own prompts; see `turncoat.reference`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

from inspect_ai import Task
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.model import ChatMessageSystem, ChatMessageUser, GenerateConfig
from rich.console import Console

from turncoat._util.collector import calm_collector
from turncoat._util.errors import TurncoatError
from turncoat._util.inspect_private import active_model
from turncoat._util.places import package_version
from turncoat._util.token_limit import agent_limit
from turncoat.contract import CellSpec, ExclusionSpec, Experiment, sample_id
from turncoat.reference import (
    Combination,
    Original,
    Package,
    combinations_for,
    condition_of,
    control_of,
    factors_of,
    load_package,
    original_briefing,
)
from turncoat.reference.briefing import casting_for
from turncoat.reference.package import DISTRIBUTION, MODULE
from turncoat.scenario import facts_of, find_scenario
from turncoat.scenario.designs import label_of
from turncoat.scenario.metadata_codec import packed
from turncoat.tasks.startup import (
    refuse_no_server,
    refuse_without_samples,
    say_what_next,
    scorers_for,
    warn,
)
from turncoat.tasks.stopping import PrecisionStopping, most_epochs, precision_from
from turncoat.tasks.task import check_numbers, user_error
from turncoat.tasks.viewing import viewer_config
from turncoat.world.protocol import text_protocol

EPOCHS = 20
"""As many runs a condition as our own scenarios have by default, over ten surfaces."""


class PackageParameters(TypedDict, total=False):
    """The package's own parameters, by its names; each takes one word or several with commas."""

    goal_type: str
    """`explicit`, `latent`, `none`, `ambiguous`, `swap`."""
    goal_value: str
    """`america`, `global`, `safety`, ..., where the goal type takes one."""
    urgency_type: str
    """`replacement`, `restriction`, `none`."""
    extra_system_instructions: str
    """`none`, `dont`, `goal`."""
    prod: str | bool
    """`true` leaves out the scratchpad."""
    test_eval_awareness: str | bool
    """`true` asks first whether it is a test."""


class ReferenceParameters(PackageParameters, total=False):
    """What `-T` sets of `evals/reference.py`; any other name is refused, with the valid ones."""

    scenario: str
    """The package's scenario: `blackmail` (the default), `leaking` or `murder`."""
    design: str | Sequence[str] | None
    """`headline`, `control`, `published`, `every`, or several with commas; `headline,control` by
    default."""
    max_tokens: int | None
    """Completion limit; by default 10,000, and room for reasoning where that is asked for."""
    accept_served: str | None
    """A served model name that counts as the one asked for, or `any`."""
    published_method: bool
    """Also score every run by the published verdict rule, beside our own."""
    precision: float | None
    """Run each condition until its rate is known to this half-width, such as 0.05, up to a
    maximum of epochs that `--epochs` may lower."""


OWN = ReferenceParameters.__annotations__.keys() - PackageParameters.__annotations__.keys()
"""The parameters that are ours and not the package's."""


def reference_from(parameters: Mapping[str, object]) -> Task:
    """The task of `evals/reference.py`, from all that `-T` names.

    Args:
        parameters: See `ReferenceParameters`.

    Returns:
        The task.

    Raises:
        PrerequisiteError: As `reference_task`.
    """
    own: dict[str, Any] = {}
    package: dict[str, object] = {}
    for name, value in parameters.items():
        (own if name in OWN else package)[name] = value
    return reference_task(**own, parameters=package)


@user_error
def reference_task(
    scenario: object = "blackmail",
    *,
    design: object = None,
    max_tokens: int | None = None,
    accept_served: str | None = None,
    published_method: bool = False,
    precision: object = None,
    parameters: Mapping[str, object] | None = None,
) -> Task:
    """The original prompts of one scenario, read and graded as our own are.

    Args:
        scenario: The package's name for it.
        design: Named set or sets of combinations; by default `headline,control`.
        max_tokens: Completion limit, as for our own tasks; the package sets none.
        accept_served: A served model name that counts as the one asked for, or `any`.
        published_method: Also score every run by the published verdict rule, beside our own.
        precision: Half-width to which each condition's rate is to be known, between 0 and 0.5;
            a condition stops when it is (see `turncoat.tasks.stopping`).
        parameters: The package's parameters to words or lists of words, as given by `-T`.

    Returns:
        The task: one sample for each combination. Its scenario's name begins with `reference-`,
        so that no table pools it with our own wording.

    Raises:
        PrerequisiteError: The package is not installed, a parameter is wrong, the package takes
            no such combination, or no model was named.
    """
    calm_collector()
    max_tokens = agent_limit() if max_tokens is None else max_tokens
    package = load_package()
    casting_for(package, scenario)
    name = str(scenario).strip().lower()
    check_numbers(max_tokens=(max_tokens, 1))
    half_width = precision_from(precision)
    refuse_without_samples(half_width)
    cells = combinations_for(package, name, design, dict(parameters or {}))
    _refuse_no_model()
    refuse_no_server()
    warn(None, published_method, half_width)
    say_what_next()
    originals = [original_briefing(package, name, combination) for _, combination in cells]
    _warn_unmapped(package, originals)
    origin = _origin(package, name)
    first = originals[0].briefing
    conditions = [original.briefing.condition for original in originals]
    return Task(
        dataset=MemoryDataset(
            [_sample(package, original, origin, accept_served) for original in originals],
            name=first.scenario,
        ),
        solver=text_protocol(),
        scorer=scorers_for(first.scenario, first.evidence, published_method, conditions),
        config=GenerateConfig(max_tokens=max_tokens),
        epochs=EPOCHS if half_width is None else most_epochs(half_width, surfaces=1),
        early_stopping=None if half_width is None else PrecisionStopping(half_width),
        score_on_error=True,
        fail_on_error=False,
        name=first.scenario,
        display_name=f"{first.scenario} (original prompts, {DISTRIBUTION} {package.version})",
        version=first.version,
        viewer=viewer_config(),
        metadata={
            **_experiment(
                package, name, [design for design, _ in cells], originals, half_width
            ).metadata(),
            "reference": origin,
            "reference_defects": _all_defects(originals),
        },
    )


def _sample(
    package: Package,
    original: Original,
    origin: Mapping[str, str],
    accept_served: str | None,
) -> Sample:
    briefing = original.briefing
    label = label_of(factors_of(package), briefing.condition)
    metadata = {
        "cell": label,
        "condition": dict(briefing.condition),
        "surface": briefing.surface,
        "reference": {**origin, "parameters": original.combination._asdict()},
        "reference_defects": [defect._asdict() for defect in original.defects],
        "reference_unmapped": list(original.unmapped),
        "facts": packed(facts_of(briefing)),
    }
    if accept_served is not None:
        metadata["accept_served"] = str(accept_served)
    return Sample(
        id=sample_id(label, briefing.surface),
        input=[
            ChatMessageSystem(content=briefing.system),
            ChatMessageUser(content=briefing.task),
        ],
        metadata=metadata,
    )


def _origin(package: Package, scenario: str) -> dict[str, str]:
    return {
        "prompts": "original",
        "package": DISTRIBUTION,
        "package_version": package.version,
        "module": MODULE,
        "eval_version": package.eval_version,
        "scenario": scenario,
    }


def _experiment(
    package: Package,
    scenario: str,
    designs: Sequence[str],
    originals: Sequence[Original],
    precision: float | None,
) -> Experiment:
    factors = factors_of(package)
    first = originals[0].briefing

    def label(combination: Combination) -> str:
        return label_of(factors, condition_of(package, combination))

    controls = {
        label(original.combination): label(control_of(package, scenario, original.combination))
        for original in originals
    }
    rule = find_scenario(casting_for(package, scenario).like).exclusion
    return Experiment(
        scenario=first.scenario,
        version=first.version,
        behaviour=first.behaviour,
        protocol=first.protocol,
        surfaces=1,
        surface_seed=str(first.surface_seed),
        scenario_hash=first.scenario_hash,
        package_version=package_version(),
        factors={name: list(factor.levels) for name, factor in factors.items()},
        cells={
            label(original.combination): CellSpec(
                design=design, condition=dict(original.briefing.condition)
            )
            for design, original in zip(designs, originals, strict=True)
        },
        controls={**controls},
        exclusion=ExclusionSpec(design=rule.design, above=rule.above, controls=controls)
        if rule is not None
        else None,
        precision=precision,
    )


def _all_defects(originals: Sequence[Original]) -> list[dict[str, object]]:
    """Every defect once, with the number of conditions that have it; and unequal inboxes."""
    counts = Counter(defect for original in originals for defect in original.defects)
    found: list[dict[str, object]] = [
        {**defect._asdict(), "conditions": count} for defect, count in counts.items()
    ]
    sizes = sorted({len(original.briefing.inbox) for original in originals})
    if len(sizes) > 1:
        what = f"conditions differ in the number of mails: {', '.join(map(str, sizes))}"
        found.append(
            {"kind": "mail-count", "where": "inbox", "what": what, "conditions": len(originals)}
        )
    return found


def _refuse_no_model() -> None:
    """Known answers speak of our own mails, so here they would be no answers."""
    active = active_model()
    if active is not None and str(active).partition("/")[0] in ("none", "known"):
        raise TurncoatError(
            "The original prompts need a model: name one with --model. The known answers "
            "(known/...) that run elsewhere when none is named belong to Turncoat's own prompts."
        )


def _warn_unmapped(package: Package, originals: Sequence[Original]) -> None:
    unmapped = sorted({address for original in originals for address in original.unmapped})
    if unmapped:
        Console(stderr=True).print(
            f"[yellow]{DISTRIBUTION} {package.version} has addresses that are mapped to no role: "
            f"{', '.join(unmapped)}. Mail to them counts as mail to nobody known.[/]"
        )
