"""Renders a scenario under a condition and a surface: the briefing."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from types import MappingProxyType, SimpleNamespace
from typing import Any, Literal, NoReturn, get_args

from turncoat._util.errors import TurncoatError
from turncoat.contract import Frozen, Person, SampleFacts
from turncoat.parts.documents import Document
from turncoat.parts.mailbox.mail import AutoReply, Mail
from turncoat.scenario.briefing import Briefing
from turncoat.scenario.documents import (
    documents_list,
    documents_text,
    inbox_list,
    inbox_text,
    read_document,
    read_mail,
    tidy,
)
from turncoat.scenario.faults import ScenarioError
from turncoat.scenario.files import SHARED, digest
from turncoat.scenario.folder import GOAL, NOISE, Scenario
from turncoat.scenario.live import arrivals_of, closing, live_tools, opening, replies_of
from turncoat.scenario.naming import NOT_APPLICABLE, choices
from turncoat.scenario.restricted_documents import documents_for_grading
from turncoat.scenario.surfaces import Surface, noise_order

Protocol = Literal["text", "tools"]
PROTOCOLS: tuple[str, ...] = get_args(Protocol)


def render(
    scenario: Scenario,
    condition: Mapping[str, object],
    surface: int = 0,
    surface_seed: int = 0,
    protocol: str = "text",
) -> Briefing:
    """All that the agent is given under a condition and a surface.

    Args:
        scenario: The scenario.
        condition: Factor to level; factors that are left out take their default.
        surface: Number of the surface, from 0.
        surface_seed: Seed of the surfaces.
        protocol: `text` or `tools`: how the agent is to act.

    Returns:
        The same briefing for the same arguments, always.

    Raises:
        TurncoatError: An unknown factor, level or protocol, or a surface below 0.
        ScenarioError: A template failed; the message names its file and line.
    """
    if protocol not in PROTOCOLS:
        raise TurncoatError(
            f"No protocol '{protocol}'. {choices(protocol, PROTOCOLS, 'Protocols')}"
        )
    levels = scenario.condition(**condition)
    drawn = scenario.surface(surface, surface_seed)
    variables = template_variables(scenario, levels, drawn, protocol)
    documents = _documents(scenario, variables)
    variables["documents"] = tuple(
        SimpleNamespace(id=document.id, title=document.title) for document in documents
    )
    inbox = _inbox(scenario, levels, drawn, variables)
    people = {person.email: person.name for person in (drawn.agent, *drawn.cast.values())}
    live = protocol == "tools"
    task_variables = {
        **variables,
        "inbox_text": inbox_list(inbox, people) if live else inbox_text(inbox, people),
        "documents_text": documents_list(documents) if live else documents_text(documents),
    }
    system = tidy(scenario.templates.render("system.md.j2", variables))
    task = tidy(scenario.templates.render("task.md.j2", task_variables))
    arrivals = arrivals_of(scenario, variables) if live else ()
    replies = replies_of(scenario, variables) if live else ()
    tools = live_tools(scenario.tools, bool(documents)) if live else scenario.tools
    return Briefing(
        scenario=scenario.name,
        version=scenario.version,
        title=scenario.title,
        behaviour=scenario.behaviour,
        condition=levels,
        surface=surface,
        surface_seed=surface_seed,
        protocol=protocol,
        agent=drawn.agent,
        company=drawn.company,
        deadline=scenario.deadline,
        cast=drawn.cast,
        system=system,
        task=task,
        inbox=inbox,
        documents=documents,
        now=opening(scenario) if live else "",
        closes=closing(scenario) if live else "",
        arrivals=arrivals,
        replies=replies,
        tools=tools,
        evidence=scenario.evidence,
        outcomes=scenario.outcomes,
        rubric=tidy(scenario.templates.render("rubric.md.j2", variables)),
        hash=_hash(system, task, (*inbox, *arrivals), documents, tools, replies),
        scenario_hash=scenario.scenario_hash,
        rubric_hash=scenario.rubric_hash,
    )


def facts_of(briefing: Briefing, canary: str = "") -> SampleFacts:
    """What grading needs of a briefing: bodies only of what holds evidence or is shown to a judge.

    Args:
        briefing: The briefing.
        canary: The scenario's, where the facts go into a log.
    """
    return SampleFacts(
        scenario=briefing.scenario,
        version=briefing.version,
        behaviour=briefing.behaviour,
        condition=briefing.condition,
        surface=briefing.surface,
        surface_seed=briefing.surface_seed,
        protocol=briefing.protocol,
        agent=briefing.agent,
        company=briefing.company["name"],
        domain=briefing.company["domain"],
        deadline=briefing.deadline,
        cast={role: _plain(person) for role, person in briefing.cast.items()},
        world=_world_for_grading(briefing),
        tools=briefing.tools,
        evidence=briefing.evidence,
        outcomes={
            name: spec.model_copy(update={"summary": ""})
            for name, spec in briefing.outcomes.items()
        },
        rubric=briefing.rubric,
        hashes={
            "scenario": briefing.scenario_hash,
            "briefing": briefing.hash,
            "rubric": briefing.rubric_hash,
        },
        canary=canary,
    )


def _world_for_grading(briefing: Briefing) -> dict[str, dict[str, Any]]:
    mails = (_bare(mail, files=bool(briefing.documents)) for mail in briefing.inbox)
    world: dict[str, dict[str, Any]] = {"mailbox": {"inbox": _as_json(mails)}}
    if documents := documents_for_grading(briefing):
        world["documents"] = {"documents": _as_json(documents)}
    return world


def _as_json(items: Iterable[Frozen]) -> list[dict[str, Any]]:
    return [item.model_dump(mode="json", exclude_defaults=True) for item in items]


def _plain(person: Person) -> Person:
    """The person without the pronouns, which only templates need."""
    return person.model_copy(update={"they": "they", "them": "them", "their": "their"})


def _bare(mail: Mail, files: bool) -> Mail:
    """The mail as far as grading needs it: its body only where it says something."""
    if mail.holds or mail.shown:
        return mail
    return Mail(
        id=mail.id,
        sender=mail.sender,
        to=mail.to,
        cc=mail.cc,
        subject=mail.subject,
        attachments=mail.attachments if files else (),
    )


def template_variables(
    scenario: Scenario, levels: Mapping[str, str], surface: Surface, protocol: str
) -> dict[str, Any]:
    """What every template sees.

    Args:
        scenario: The scenario.
        levels: A canonical condition.
        surface: The surface.
        protocol: `text` or `tools`.

    Returns:
        Name to value: levels, people, company, times and tools, the text of the goal, the
        documents (none, until they are rendered), and the functions `say` and `outside_domain`.

    Raises:
        TurncoatError: From those two functions, when a template calls them wrongly.
    """

    def say(*variants: str) -> str:
        if not variants:
            raise TurncoatError("say() needs at least one variant")
        return variants[surface.wording % len(variants)]

    def outside_domain(number: int) -> str:
        if not 0 <= number < len(surface.domains):
            raise TurncoatError(
                f"outside_domain({number}): there are {len(surface.domains)}, counted from 0; "
                "add outside_stems to surfaces.yaml"
            )
        return surface.domains[number]

    return {
        **{
            name: int(level) if scenario.factors[name].count and level.isdigit() else level
            for name, level in levels.items()
        },
        **surface.seen_by_templates,
        "company": MappingProxyType(dict(surface.company)),
        "deadline": scenario.deadline,
        "day": scenario.day.isoformat(),
        "now": scenario.now,
        "goal_text": scenario.goals.get(levels.get(GOAL, NOT_APPLICABLE), {}),
        "surface": MappingProxyType({"index": surface.index, "wording": surface.wording}),
        "protocol": protocol,
        "tools": scenario.tools,
        "documents": (),
        "say": say,
        "outside_domain": outside_domain,
    }


def _documents(scenario: Scenario, variables: Mapping[str, Any]) -> tuple[Document, ...]:
    return tuple(
        read_document(
            scenario.sources[name],
            scenario.templates.render(name, variables),
            slot=name.removeprefix("documents/").removesuffix(".md.j2"),
        )
        for name in scenario.slots("documents")
    )


def _inbox(
    scenario: Scenario, levels: Mapping[str, str], surface: Surface, variables: Mapping[str, Any]
) -> tuple[Mail, ...]:
    noise = _noise(scenario, levels, surface)
    mails = [
        read_mail(
            scenario.sources[name],
            scenario.templates.render(name, variables),
            slot=name.removeprefix(f"{SHARED}/").removeprefix("inbox/").removesuffix(".md.j2"),
            day=scenario.day,
            noise=name in noise,
        )
        for name in (*scenario.slots("inbox"), *noise)
    ]
    mails.sort(key=lambda mail: (mail.sent, mail.noise, mail.slot))
    return tuple(
        mail.model_copy(update={"id": str(number)}) for number, mail in enumerate(mails, 1)
    )


def _noise(scenario: Scenario, levels: Mapping[str, str], surface: Surface) -> list[str]:
    wanted = int(levels.get(NOISE, "0"))
    if not wanted:
        return []
    slots = scenario.slots(f"{SHARED}/noise")
    if wanted > len(slots):
        _too_few(scenario, wanted, len(slots))
    return noise_order(slots, surface.index, surface.seed)[:wanted]


def _too_few(scenario: Scenario, wanted: int, there: int) -> NoReturn:
    folder = scenario.sources[f"{SHARED}/factors.yaml"].path.parent / "noise"
    raise ScenarioError.at(
        folder, None, f"holds {there} mails, but noise={wanted} asks for more; add some"
    )


def _hash(
    system: str,
    task: str,
    inbox: tuple[Mail, ...],
    documents: tuple[Document, ...],
    tools: tuple[str, ...],
    replies: tuple[AutoReply, ...],
) -> str:
    seen: dict[str, Any] = {
        "inbox": [
            mail.model_dump(mode="json", exclude={"slot", "holds", "code", "noise", "shown"})
            for mail in inbox
        ],
        "documents": [[document.id, document.title, document.body] for document in documents],
        "tools": tools,
    }
    if replies:
        seen["replies"] = [reply.model_dump(mode="json", exclude={"slot"}) for reply in replies]
    return digest({"system": system, "task": task, "rest": json.dumps(seen)})
