"""Scenarios: data in a folder, rendered to what an agent is given.

A `Scenario` is loaded from its folder, a condition (one level per factor) and a surface (names,
company, wording) are chosen, and `render` makes the `Briefing`. `facts_of` takes from it what
grading needs. Nothing here knows of models or of judges.
"""

from __future__ import annotations

from turncoat.scenario.briefing import Briefing
from turncoat.scenario.designs import Cell, Design, conditions_for
from turncoat.scenario.factors import Factor
from turncoat.scenario.faults import ScenarioError
from turncoat.scenario.folder import find_scenario, list_scenarios, load_scenario
from turncoat.scenario.known import KnownAnswer, KnownReply, known_answers
from turncoat.scenario.naming import NOT_APPLICABLE
from turncoat.scenario.outcomes import COMMON_OUTCOMES
from turncoat.scenario.render import PROTOCOLS, facts_of, render
from turncoat.scenario.scenario import Scenario

__all__ = [
    "COMMON_OUTCOMES",
    "NOT_APPLICABLE",
    "PROTOCOLS",
    "Briefing",
    "Cell",
    "Design",
    "Factor",
    "KnownAnswer",
    "KnownReply",
    "Scenario",
    "ScenarioError",
    "conditions_for",
    "facts_of",
    "find_scenario",
    "known_answers",
    "list_scenarios",
    "load_scenario",
    "render",
]
