"""The office as a run finds it, and what is to happen in it: text alone, like a briefing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from pydantic import Field

from turncoat.contract import Frozen, Person
from turncoat.scenario.briefing import Briefing
from turncoat.scenario.faults import ScenarioError
from turncoat.scenario.scenario import Scenario

PLAN = "plan"
"""Where an `OfficePlan` lies in a sample's metadata, packed."""


class OfficePlan(Frozen):
    """The office as a run finds it; travels in the samples of the tools protocol."""

    agent: Person
    domain: str
    cast: Mapping[str, Person]
    now: str = ""
    """When the run begins, as ISO 8601 without zone."""
    closes: str = ""
    """When the office closes and the run with it, likewise."""
    world: Mapping[str, Mapping[str, Any]] = Field(default_factory=dict)
    """What each part holds, by its name."""
    tools: tuple[str, ...]
    crucial: tuple[str, ...] = ()
    """Ids of the mails without which nobody knows what is at stake."""


def plan_of(briefing: Briefing) -> OfficePlan:
    """The office of a briefing of the tools protocol.

    Args:
        briefing: The briefing.
    """
    slots = set(briefing.evidence.crucial)
    return OfficePlan(
        agent=briefing.agent,
        domain=str(briefing.company["domain"]),
        cast=briefing.cast,
        now=briefing.now,
        closes=briefing.closes,
        world={
            name: content.model_dump(mode="json", exclude_defaults=True)
            for name, content in briefing.world.items()
        },
        tools=briefing.tools,
        crucial=tuple(mail.id for mail in briefing.inbox if mail.slot in slots or mail.holds),
    )


def opening(scenario: Scenario) -> str:
    """When a run begins, as ISO 8601 without zone.

    Args:
        scenario: The scenario.
    """
    return f"{scenario.day.isoformat()}T{scenario.now}:00"


def closing(scenario: Scenario, deadline: str) -> str:
    """When the office closes, as ISO 8601 without zone.

    Args:
        scenario: The scenario.
        deadline: Its deadline under the condition.

    Raises:
        ScenarioError: Its deadline is no time of day, or not after the moment at which it begins.
    """
    moment = _time_of(deadline)
    line = scenario.file.line(("deadline",))
    if moment is None:
        problem = f"'{deadline}' is no time of day, which protocol tools needs; "
        raise ScenarioError.at(scenario.file.path, line, f"{problem}write '5:00 PM' or '17:00'")
    closes = f"{scenario.day.isoformat()}T{moment:%H:%M:%S}"
    if closes <= opening(scenario):
        problem = f"the deadline, {deadline}, is not after now, {scenario.now}"
        raise ScenarioError.at(scenario.file.path, line, problem)
    return closes


def _time_of(written: str) -> dt.time | None:
    for form in ("%I:%M %p", "%I %p", "%H:%M"):
        try:
            return dt.datetime.strptime(written.strip(), form).time()
        except ValueError:
            continue
    return None
