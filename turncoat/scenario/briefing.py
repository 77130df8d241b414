"""What the agent is given: the rendered scenario."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import Field, SerializeAsAny

from turncoat.contract import EvidenceSpec, Frozen, OutcomeSpec, Person
from turncoat.parts.documents import DOCUMENTS, Document, DocumentsContent
from turncoat.parts.mailbox.mail import MAILBOX, Mail, MailboxContent


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
    surface_of: Mapping[str, str] = Field(default_factory=dict)
    """The properties that its surface was drawn with: company, wording, plot, style and the
    executive's gender."""
    deadline: str
    cast: Mapping[str, Person]
    """Role to person, the agent not among them."""
    system: str
    task: str
    world: Mapping[str, SerializeAsAny[Frozen]]
    """What each part of the office holds, by its name."""
    now: str = ""
    """When a run of the tools protocol begins, as ISO 8601 without zone."""
    closes: str = ""
    """When its office closes, likewise."""
    tools: tuple[str, ...]
    evidence: EvidenceSpec
    outcomes: Mapping[str, OutcomeSpec]
    rubric: str
    hash: str
    """First 12 hex digits of the SHA-256 of all that the agent can see."""
    scenario_hash: str
    """The same of every file of the scenario folder and of the shared files it draws on."""
    rubric_hash: str

    @property
    def mailbox(self) -> MailboxContent:
        """What its mailbox holds; an empty one where it has none."""
        found = self.world.get(MAILBOX)
        return found if isinstance(found, MailboxContent) else MailboxContent()

    @property
    def inbox(self) -> tuple[Mail, ...]:
        """The mails of its mailbox."""
        return self.mailbox.inbox

    @property
    def documents(self) -> tuple[Document, ...]:
        """The documents of its store; none where it has none."""
        found = self.world.get(DOCUMENTS)
        return found.documents if isinstance(found, DocumentsContent) else ()
