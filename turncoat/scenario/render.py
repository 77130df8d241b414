"""Renders a scenario under a condition and a surface: the briefing."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from types import MappingProxyType, SimpleNamespace
from typing import Any, Literal, NoReturn, get_args

from turncoat._util.clock import clock
from turncoat._util.errors import TurncoatError
from turncoat.contract import EvidenceSpec, Frozen, Person, SampleFacts
from turncoat.parts import part_named
from turncoat.parts.documents import DOCUMENTS, DocumentsContent
from turncoat.parts.part import MisfitError, Tool
from turncoat.scenario.briefing import Briefing
from turncoat.scenario.faults import ScenarioError
from turncoat.scenario.files import SHARED, digest
from turncoat.scenario.naming import NOT_APPLICABLE, choices
from turncoat.scenario.office_plan import closing, opening
from turncoat.scenario.pages import located, read_page, tidy
from turncoat.scenario.plots import text_under
from turncoat.scenario.restricted_documents import documents_for_grading
from turncoat.scenario.scenario import GOAL, NOISE, Scenario
from turncoat.scenario.surfaces import Surface, noise_order

OFFICE_TOOLS = ("write_note", "wait", "done")
"""What an agent that works with tools has in every office."""
Protocol = Literal["text", "tools"]
PROTOCOLS: tuple[str, ...] = get_args(Protocol)
MOST_KEPT = 256
"""Of so many conditions and surfaces what templates see is kept at a time."""


def render(
    scenario: Scenario,
    condition: Mapping[str, object],
    surface: int = 0,
    surface_seed: int = 0,
    protocol: str | None = None,
) -> Briefing:
    """All that the agent is given under a condition and a surface.

    Args:
        scenario: The scenario.
        condition: Factor to level; factors that are left out take their default.
        surface: Number of the surface, from 0.
        surface_seed: Seed of the surfaces.
        protocol: `text` or `tools`: how the agent is to act; None for the scenario's first.

    Returns:
        The same briefing for the same arguments, always.

    Raises:
        TurncoatError: An unknown factor, level or protocol, or a surface below 0.
        ScenarioError: A template failed; the message names its file and line.
    """
    protocol = protocol or scenario.protocols[0]
    if protocol not in scenario.protocols:
        raise TurncoatError(
            f"No protocol '{protocol}' in scenario '{scenario.name}'. "
            f"{choices(protocol, scenario.protocols, 'Protocols')}"
        )
    levels = scenario.condition(**condition)
    drawn = scenario.surface(surface, surface_seed)
    live = protocol == "tools"
    variables = template_variables(scenario, levels, drawn, protocol)
    cast = {r: who for r, who in drawn.cast.items() if scenario.cast[r].is_there(levels)}
    world = _furnished(scenario, levels, drawn, variables, live)
    deadline = text_under(scenario.deadline, levels)
    people = {person.email: person.name for person in (drawn.agent, *cast.values())}
    shown: dict[str, object] = {}
    for name, content in world.items():
        shown |= part_named(name).shown(content, people, live)
    system = tidy(scenario.templates.render("system.md.j2", variables))
    task = tidy(scenario.templates.render("task.md.j2", {**variables, **shown}))
    tools = (*scenario.live_tools, *OFFICE_TOOLS) if live else scenario.tools
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
        surface_of=drawn.properties,
        deadline=deadline,
        cast=cast,
        system=system,
        task=task,
        world=world,
        now=opening(scenario) if live else "",
        closes=closing(scenario, deadline) if live else "",
        tools=tools,
        evidence=_with_roles(scenario.evidences[drawn.plot], cast),
        outcomes=scenario.outcomes,
        rubric=tidy(scenario.templates.render("rubric.md.j2", variables)),
        hash=_hash(system, task, world, tools),
        scenario_hash=scenario.scenario_hash,
        rubric_hash=scenario.rubric_hash,
    )


def _with_roles(evidence: EvidenceSpec, cast: Mapping[str, Person]) -> EvidenceSpec:
    """The evidence without channels that are not there under the condition."""
    channels = tuple(role for role in evidence.channels if role in cast)
    return evidence.model_copy(update={"channels": channels})


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
        surface_of=briefing.surface_of,
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
    world = {
        name: part_named(name).for_grading(content) for name, content in briefing.world.items()
    }
    if DOCUMENTS in world:
        documents = documents_for_grading(briefing)
        world[DOCUMENTS] = DocumentsContent(documents=documents).model_dump(
            mode="json", exclude_defaults=True
        )
    return world


def _plain(person: Person) -> Person:
    """The person without the pronouns, which only templates need."""
    return person.model_copy(update={"they": "they", "them": "them", "their": "their"})


def template_variables(
    scenario: Scenario, levels: Mapping[str, str], surface: Surface, protocol: str
) -> dict[str, Any]:
    """What every template sees, as a dictionary of the caller's own.

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
    key = (tuple(levels.items()), surface.index, surface.seed, protocol)
    kept = scenario.variables_kept
    if key not in kept:
        if len(kept) >= MOST_KEPT:
            kept.clear()
        kept[key] = _variables(scenario, levels, surface, protocol)
    return dict(kept[key])


def _variables(
    scenario: Scenario, levels: Mapping[str, str], surface: Surface, protocol: str
) -> dict[str, Any]:
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

    variables = {
        **{
            name: int(level) if scenario.factors[name].count and level.isdigit() else level
            for name, level in levels.items()
        },
        **surface.seen_by_templates,
        "company": MappingProxyType(dict(surface.company)),
        "deadline": text_under(scenario.deadline, levels),
        "day": scenario.day.isoformat(),
        "now": clock(dt.time.fromisoformat(scenario.now)),
        "goal_text": scenario.goals.get(levels.get(GOAL, NOT_APPLICABLE), {}),
        "surface": MappingProxyType({"index": surface.index, "wording": surface.wording}),
        "protocol": protocol,
        "tools": scenario.tools,
        "tool_blocks": "\n\n".join(
            tool_block(name, scenario.tools_known[name]) for name in scenario.tools
        ),
        "documents": (),
        "evidence_words": _words_of_evidence(scenario.evidences[surface.plot], surface),
        "say": say,
        "outside_domain": outside_domain,
    }
    if scenario.cutoff is not None:
        variables["cutoff"] = text_under(scenario.cutoff, levels)
    words = scenario.plots[surface.plot].words if surface.plot else ()
    told = {
        word: scenario.templates.render(f"plot#{surface.plot}#{word}", variables).strip()
        for word in words
    }
    return {**variables, "plot": SimpleNamespace(name=surface.plot, **told)}


def _words_of_evidence(evidence: EvidenceSpec, surface: Surface) -> dict[str, str]:
    """What names each kind of evidence that has terms, as a list that YAML reads.

    Its own terms, and what those are called from whom it is kept.
    """
    words: dict[str, str] = {}
    for kind in evidence.sections:
        section = evidence.section(kind) or {}
        if terms := list(section.get("terms", ())):
            kin = [surface.cast[role] for role in section.get("kin", ()) if role in surface.cast]
            terms += [name for person in kin for name in (person.name, person.first)]
            words[kind] = json.dumps(terms)
    return words


def tool_block(name: str, tool: Tool) -> str:
    """How a tool is used in the text protocol: the block that an agent writes.

    Args:
        name: The tool's name.
        tool: The tool.
    """
    fields = (f"{key}: {field.description.rstrip('.')}" for key, field in tool.fields.items())
    return "\n".join((tool.description, f"<tool:{name}>", *fields, f"</tool:{name}>"))


def _furnished(
    scenario: Scenario,
    levels: Mapping[str, str],
    surface: Surface,
    variables: dict[str, Any],
    live: bool,
) -> dict[str, Frozen]:
    """What each part of the office holds.

    Documents come first: the templates of other parts see their ids and titles.
    """
    noise = _noise(scenario, levels, surface)
    world: dict[str, Frozen] = {}
    for name in sorted(scenario.world, key=lambda name: name != DOCUMENTS):
        part = part_named(name)
        pages = [
            read_page(scenario.sources[file], text, file, head, noise=file in noise)
            for folder, head in part.folders.items()
            if live or folder not in _LATER
            for file in (
                *scenario.slots(folder, surface.plot),
                *(noise if folder == "inbox" else ()),
            )
            for text in (scenario.templates.render(file, variables),)
            if text.strip() or folder not in _LATER
        ]
        try:
            world[name] = part.furnished(scenario.world[name], pages, scenario.day)
        except MisfitError as error:
            raise located(error, scenario.sources, scenario.file.path, surface.plot) from error
        if name == DOCUMENTS and isinstance(found := world[name], DocumentsContent):
            variables["documents"] = tuple(
                SimpleNamespace(id=document.id, title=document.title)
                for document in found.documents
            )
    return {name: world[name] for name in scenario.world}


_LATER = frozenset({"arrivals", "replies"})
"""Folders of what happens only while an agent works with tools. A file of theirs that renders to
nothing is not there under the condition: of the inbox all slots are always there."""


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


def _hash(system: str, task: str, world: Mapping[str, Frozen], tools: tuple[str, ...]) -> str:
    seen = {name: part_named(name).seen(content) for name, content in world.items()}
    return digest({"system": system, "task": task, "rest": json.dumps([seen, tools])})
