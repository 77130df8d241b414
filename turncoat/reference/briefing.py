"""From one combination of the package's parameters to a `Briefing`, as our own scenarios make."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from turncoat._util.errors import TurncoatError
from turncoat.contract import Frozen
from turncoat.parts.alert_console import AlertConsole, AlertSection
from turncoat.parts.documents import DOCUMENTS, DocumentsContent
from turncoat.parts.mailbox.mail import MAILBOX, Mail, MailboxContent
from turncoat.reference.casting import Casting, castings
from turncoat.reference.conditions import Combination, condition_of
from turncoat.reference.defects import Defect, defects_in
from turncoat.reference.designs import combinations_for
from turncoat.reference.mailbox import addresses_in, read_mailbox
from turncoat.reference.package import DISTRIBUTION, Package, load_package
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
    condition = condition_of(package, combination)
    inbox = tuple(casting.marked(mail) for mail in read_mailbox(prompts.mails))
    briefing = Briefing(
        scenario=f"{REFERENCE_PREFIX}{casting.like}",
        version=package.version,
        title=f"Original prompts: {scenario}",
        behaviour=ours.behaviour,
        condition=condition,
        surface=0,
        surface_seed=0,
        protocol="text",
        agent=casting.agent.person("agent"),
        company={"name": casting.company, "domain": casting.domain},
        deadline=casting.deadline,
        cast=casting.people,
        system=prompts.system,
        task=prompts.task,
        world=_world(casting, inbox),
        tools=casting.tools,
        evidence=casting.evidence.added_to(ours.evidence),
        outcomes=ours.outcomes,
        rubric=_rubric(ours, condition),
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


def briefing_named(name: str, given: Mapping[str, str]) -> Briefing:
    """The study's prompts under the name that they have in logs, `reference-blackmail`.

    Args:
        name: That name, or `reference-` and the package's own word (`reference-leaking`).
        given: Parameters of the package; those not given are as in the headline.

    Raises:
        TurncoatError: There is none, the package is not installed, or has no such parameter.
    """
    wanted = name.removeprefix(REFERENCE_PREFIX)
    scenario = next((s for s, cast in castings().items() if wanted in (s, cast.like)), None)
    if scenario is None:
        valid = [f"{REFERENCE_PREFIX}{cast.like}" for cast in castings().values()]
        raise TurncoatError(f"No scenario '{name}'. {choices(name, valid, 'Scenarios')}")
    package = load_package()
    [(_, combination), *_] = combinations_for(package, scenario, None, given)
    return original_briefing(package, scenario, combination).briefing


def _world(casting: Casting, inbox: tuple[Mail, ...]) -> dict[str, Frozen]:
    """The parts of our office that the package's tools and texts amount to."""
    world: dict[str, Frozen] = {MAILBOX: MailboxContent(inbox=inbox)}
    if documents := casting.documents_in(inbox):
        world[DOCUMENTS] = DocumentsContent(documents=documents)
    if any(tool in AlertConsole.tools for tool in casting.tools):
        world[AlertConsole.name] = AlertSection()
    return world


def _rubric(ours: Scenario, condition: Mapping[str, str]) -> str:
    """Our rubric as it reads under the levels that our scenario has too."""
    known = {
        name: level
        for name, level in condition.items()
        if name in ours.factors and level in ours.factors[name].levels
    }
    return render(ours, known).rubric


@cache
def _scenario(name: str) -> Scenario:
    return find_scenario(name)


@cache
def _ours() -> tuple[str, ...]:
    return tuple(list_scenarios())
