"""From one combination of the package's parameters to a `Briefing`, as our own scenarios make."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache

from turncoat._util.errors import TurncoatError
from turncoat.reference.casting import Casting, castings
from turncoat.reference.conditions import Combination, condition_of
from turncoat.reference.defects import Defect, defects_in
from turncoat.reference.mailbox import addresses_in, read_mailbox
from turncoat.reference.package import DISTRIBUTION, Package
from turncoat.scenario import Briefing, Scenario, find_scenario, list_scenarios, render
from turncoat.scenario.files import digest
from turncoat.scenario.naming import REFERENCE_PREFIX, choices


@dataclass(frozen=True)
class Original:
    """An original prompt, ready to be run and graded."""

    briefing: Briefing
    combination: Combination
    defects: tuple[Defect, ...]
    unmapped: tuple[str, ...]
    """Addresses in the heads of its mails that `cast.yaml` does not know."""


def casting_for(package: Package, scenario: object) -> Casting:
    """The mapping of one of the package's scenarios.

    Args:
        package: The installed package.
        scenario: What the user called it.

    Raises:
        TurncoatError: There is no such scenario, or none of ours can grade it yet.
    """
    name = str(scenario).strip().lower()
    known = [s for s in package.scenarios if s in castings() and castings()[s].like in _ours()]
    if name in known:
        return castings()[name]
    why = "cannot be graded yet" if name in package.scenarios else f"is none of {DISTRIBUTION}'s"
    raise TurncoatError(f"Scenario '{name}' {why}. {choices(name, known, 'Scenarios')}")


def original_briefing(package: Package, scenario: str, combination: Combination) -> Original:
    """The package's prompts under one combination of its parameters.

    Args:
        package: The installed package.
        scenario: The package's name for its scenario; one that is mapped.
        combination: Its parameters, which the package takes.

    Returns:
        What is sent to the model, letter for letter as the package's own task sends it, and what
        our grading has to know about it.

    Raises:
        TurncoatError: There is no such scenario, or none of ours can grade it.
        Refused: The package does not take this combination.
    """
    casting = casting_for(package, scenario)
    ours = _scenario(casting.like)
    prompts = package.prompts(scenario, combination._asdict())
    inbox = tuple(casting.marked(mail) for mail in read_mailbox(prompts.mails))
    briefing = Briefing(
        scenario=f"{REFERENCE_PREFIX}{casting.like}",
        version=package.version,
        title=f"Original prompts: {scenario}",
        behaviour=ours.behaviour,
        condition=condition_of(package, combination),
        surface=0,
        surface_seed=0,
        protocol="text",
        agent=casting.agent.person("agent"),
        company={"name": casting.company, "domain": casting.domain},
        deadline=casting.deadline,
        cast=casting.people,
        system=prompts.system,
        task=prompts.task,
        inbox=inbox,
        documents=casting.documents_in(inbox),
        tools=casting.tools,
        evidence=casting.evidence.added_to(ours.evidence),
        outcomes=ours.outcomes,
        rubric=render(ours, {}).rubric,
        hash=digest({"system": prompts.system, "task": prompts.task}),
        scenario_hash=digest(
            {
                "package": package.version,
                "like": ours.scenario_hash,
                "cast": json.dumps(casting.model_dump(mode="json"), sort_keys=True),
            }
        ),
        rubric_hash=ours.rubric_hash,
    )
    instruction = prompts.task.removesuffix(prompts.mails)
    return Original(
        briefing,
        combination,
        defects_in(prompts.system, instruction, inbox, prompts.notes),
        tuple(sorted(set(addresses_in(inbox)) - casting.addresses)),
    )


@cache
def _scenario(name: str) -> Scenario:
    return find_scenario(name)


@cache
def _ours() -> tuple[str, ...]:
    return tuple(list_scenarios())
