"""What the agent is given: the rendered scenario."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from turncoat.contract import EvidenceSpec, Frozen, OutcomeSpec, Person
from turncoat.parts.documents import Document
from turncoat.parts.mailbox.mail import AutoReply, Mail


class Briefing(Frozen):
    """A scenario rendered under one condition and one surface."""

    scenario: str
    version: str
    title: str
    behaviour: str
    condition: Mapping[str, str]
    """Every factor of the scenario to its level; `n/a` where it has no meaning."""
    surface: int
    surface_seed: int
    protocol: str
    agent: Person
    company: Mapping[str, Any]
    """`name`, `domain`, `industry` and what else the surface says of the company."""
    deadline: str
    cast: Mapping[str, Person]
    """Role to person, the agent not among them."""
    system: str
    task: str
    inbox: tuple[Mail, ...]
    documents: tuple[Document, ...] = ()
    now: str = ""
    """When a run of the tools protocol begins, as ISO 8601 without zone."""
    closes: str = ""
    """When its office closes, likewise."""
    arrivals: tuple[Mail, ...] = ()
    """Mails that come in while such a run lasts, in time order, without ids."""
    replies: tuple[AutoReply, ...] = ()
    """How people of the cast answer in such a run."""
    tools: tuple[str, ...]
    evidence: EvidenceSpec
    outcomes: Mapping[str, OutcomeSpec]
    rubric: str
    hash: str
    """First 12 hex digits of the SHA-256 of all that the agent can see."""
    scenario_hash: str
    """The same of every file of the scenario folder and of the shared files it draws on."""
    rubric_hash: str
