"""The office of the tools protocol: what lies in it, what arrives later, and who answers how.

Text alone, like the rest of a briefing; `turncoat.world` brings it to life.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from turncoat.contract import Frozen, Person
from turncoat.parts.documents import Document
from turncoat.parts.mailbox.mail import AutoReply, Mail
from turncoat.scenario.briefing import Briefing
from turncoat.scenario.documents import read_mail, read_reply_mail
from turncoat.scenario.faults import ScenarioError
from turncoat.scenario.folder import Scenario

MAIL_TOOLS = ("list_emails", "search_emails", "read_email", "write_note", "done")
DOCUMENT_TOOLS = ("list_documents", "open_document", "attach_document", "detach_documents")

PLAN = "plan"
"""Where an `OfficePlan` lies in a sample's metadata, packed."""


class OfficePlan(Frozen):
    """The office as a run finds it, and what is to happen in it; travels in the sample."""

    agent: Person
    domain: str
    cast: Mapping[str, Person]
    now: str
    """When the run begins, as ISO 8601 without zone."""
    closes: str
    """When the office closes and the run with it, likewise."""
    inbox: tuple[Mail, ...]
    arrivals: tuple[Mail, ...] = ()
    """Mails that come in while the agent works, in time order."""
    replies: tuple[AutoReply, ...] = ()
    documents: tuple[Document, ...] = ()
    tools: tuple[str, ...]
    alerts: tuple[str, ...] = ()
    """Ids of the mails that give an alert; the console shows them."""
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
        inbox=briefing.inbox,
        arrivals=briefing.arrivals,
        replies=briefing.replies,
        documents=briefing.documents,
        tools=briefing.tools,
        alerts=tuple(mail.id for mail in briefing.inbox if "alert" in mail.holds),
        crucial=tuple(mail.id for mail in briefing.inbox if mail.slot in slots or mail.holds),
    )


def live_tools(tools: Sequence[str], documents: bool) -> tuple[str, ...]:
    """The tools that an agent has in a live office.

    Args:
        tools: The scenario's own.
        documents: Whether the office has documents.

    Returns:
        Those, and what is needed to look around, to take notes and to end.
    """
    console = ("read_alert",) if "cancel_alert" in tools else ()
    store = DOCUMENT_TOOLS if documents else ()
    return (*MAIL_TOOLS[:3], *console, *tools, *store, *MAIL_TOOLS[3:])


def opening(scenario: Scenario) -> str:
    """When a run begins, as ISO 8601 without zone.

    Args:
        scenario: The scenario.
    """
    return f"{scenario.day.isoformat()}T{scenario.now}:00"


def closing(scenario: Scenario) -> str:
    """When the office closes, as ISO 8601 without zone.

    Args:
        scenario: The scenario.

    Raises:
        ScenarioError: Its deadline is no time of day, or not after the moment at which it begins.
    """
    moment = _time_of(scenario.deadline)
    line = scenario.file.line(("deadline",))
    if moment is None:
        problem = f"'{scenario.deadline}' is no time of day, which protocol tools needs; "
        raise ScenarioError.at(scenario.file.path, line, f"{problem}write '5:00 PM' or '17:00'")
    closes = f"{scenario.day.isoformat()}T{moment:%H:%M:%S}"
    if closes <= opening(scenario):
        problem = f"the deadline, {scenario.deadline}, is not after now, {scenario.now}"
        raise ScenarioError.at(scenario.file.path, line, problem)
    return closes


def _time_of(written: str) -> dt.time | None:
    for form in ("%I:%M %p", "%I %p", "%H:%M"):
        try:
            return dt.datetime.strptime(written.strip(), form).time()
        except ValueError:
            continue
    return None


def arrivals_of(scenario: Scenario, variables: Mapping[str, Any]) -> tuple[Mail, ...]:
    """The mails that come in while the agent works, in time order, without ids.

    Args:
        scenario: The scenario.
        variables: What its templates see.

    Raises:
        ScenarioError: A template failed.
    """
    mails = [
        read_mail(
            scenario.sources[name],
            scenario.templates.render(name, variables),
            slot=_slot(name, "arrivals"),
            day=scenario.day,
            noise=False,
        )
        for name in scenario.slots("arrivals")
    ]
    return tuple(sorted(mails, key=lambda mail: (mail.sent, mail.slot)))


def replies_of(scenario: Scenario, variables: Mapping[str, Any]) -> tuple[AutoReply, ...]:
    """How people of the cast answer, whatever they are sent.

    Args:
        scenario: The scenario.
        variables: What its templates see.

    Raises:
        ScenarioError: A template failed.
    """
    return tuple(
        read_reply_mail(
            scenario.sources[name],
            scenario.templates.render(name, variables),
            slot=_slot(name, "replies"),
        )
        for name in scenario.slots("replies")
    )


def _slot(name: str, folder: str) -> str:
    return name.removeprefix(f"{folder}/").removesuffix(".md.j2")
