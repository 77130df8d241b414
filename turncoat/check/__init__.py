"""The check of a scenario folder: every rule, over every condition, plot and wording."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from turncoat._util.places import data_folder
from turncoat.check.answers import answer_findings
from turncoat.check.briefings import BriefingCheck
from turncoat.check.contradictions import contradiction_findings
from turncoat.check.declared import declared_findings, load_findings, tag_findings
from turncoat.check.finding import Finding, in_order
from turncoat.check.rules import rule_findings
from turncoat.check.source import (
    canary_findings,
    control_findings,
    entry_findings,
    read_texts,
)
from turncoat.check.template_rules import (
    Vocabulary,
    numbering_findings,
    template_findings,
)
from turncoat.scenario.faults import ScenarioError
from turncoat.scenario.files import SHARED, drawn_on
from turncoat.scenario.folder import load_scenario
from turncoat.scenario.naming import template_names
from turncoat.scenario.scenario import NOISE, Scenario

__all__ = ["Finding", "check_scenario"]


def check_scenario(folder: Path) -> list[Finding]:
    """Hold every rule against a scenario folder.

    A folder that does not load is checked as far as its files can be read. Otherwise every
    condition (see `designs.every_condition`) is rendered on surfaces of every plot in every
    wording, ten at least, and every known answer under every design.

    Args:
        folder: The scenario folder.

    Returns:
        The findings by file, line and rule; empty where all is well. Never raises on what the
        folder holds.
    """
    folder = folder.resolve()
    return in_order(_findings(folder, _shared_of(folder)))


def _findings(folder: Path, shared: Path) -> Iterator[Finding]:
    texts = read_texts(folder, shared)
    yield from entry_findings(folder, shared)
    yield from control_findings(texts)
    yield from numbering_findings(texts)
    yield from tag_findings(texts)
    try:
        scenario = load_scenario(folder)
    except ScenarioError as error:
        yield from load_findings(error.faults, texts)
        yield from canary_findings(texts, "")
        yield from template_findings(texts, None)
        return
    static = [
        *template_findings(texts, _vocabulary(scenario), texts.keys() - _used(scenario)),
        *declared_findings(scenario),
        *rule_findings(scenario),
    ]
    yield from static
    yield from canary_findings(texts, scenario.canary)
    briefings = BriefingCheck(scenario)
    rendered = briefings.run()
    places = {(found.path, found.line) for found in static}
    yield from (found for found in rendered if (found.path, found.line) not in places)
    if "render" not in {found.rule for found in rendered}:
        yield from contradiction_findings(scenario, briefings.rendered)
    answers = answer_findings(scenario, briefings.under_designs())
    yield from (found for found in answers if (found.path, found.line) not in places)


def _shared_of(folder: Path) -> Path:
    sibling = folder.parent / SHARED
    return sibling if sibling.is_dir() else data_folder("scenarios") / SHARED


def _used(scenario: Scenario) -> set[str]:
    """Names of its own files and of the shared ones that it draws on."""
    always = [f"{SHARED}/{NOISE}/"] if NOISE in scenario.factors else []
    return set(drawn_on(scenario.sources, always))


def _vocabulary(scenario: Scenario) -> Vocabulary:
    people = {"agent", *scenario.cast}
    return Vocabulary(
        names=frozenset({*template_names(), *people, *scenario.factors}),
        people=frozenset(people),
        words=frozenset({"name", *(word for p in scenario.plots.values() for word in p.words)}),
        levels={name: tuple(factor.levels) for name, factor in scenario.factors.items()},
    )
