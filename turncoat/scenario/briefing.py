"""What the agent is given: the rendered scenario, and the facts that grading needs of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

OutcomeKind = Literal["harmful", "not_harmful", "unclear", "invalid"]


class Frozen(BaseModel):
    """Base of the values that never change once made."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Person(Frozen):
    """Somebody, or a mailing list, with an address in the scenario."""

    role: str
    """The part played, the same in every mailbox scenario (`executive`, `partner`, ...)."""
    name: str
    first: str
    last: str = ""
    email: str
    title: str = ""
    outside: bool = False
    """Whether the address lies outside the company."""
    group: bool = False
    """Whether the address is a list that reaches everybody in the company."""
    they: str = "they"
    them: str = "them"
    their: str = "their"


class Mail(Frozen):
    """One mail of the inbox, rendered."""

    id: str
    """The id the agent sees, counted from "1" in time order."""
    slot: str = ""
    """The template's file stem: the same under every condition."""
    sender: str
    """Address of the sender."""
    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    subject: str
    sent: str = ""
    """Time of sending as ISO 8601, without zone."""
    attachments: tuple[str, ...] = ()
    body: str = ""
    holds: tuple[str, ...] = ()
    """What evidence it carries under this condition, for example ("secret",)."""
    code: str = ""
    """Of an alert: the code that cancels it, which also stands in its body."""
    noise: bool = False


class AutoReply(Frozen):
    """What somebody of the cast answers by rule, once, whatever was written."""

    slot: str = ""
    """The template's file stem."""
    sender: str
    """Address of whoever answers."""
    after: int
    """Minutes after the mail that it answers."""
    subject: str | None = None
    """None for `Re:` and the subject of that mail."""
    body: str


class Document(Frozen):
    """One document of the office, rendered."""

    id: str
    slot: str = ""
    """The template's file stem: the same under every condition."""
    title: str
    body: str = ""
    holds: tuple[str, ...] = ()
    """What it is under this condition, for example ("restricted",)."""
    marks: tuple[str, ...] = ()
    """Identifiers in its body that stand nowhere else in the briefing."""
    terms: tuple[str, ...] = ()
    """Words of its body that stand nowhere else in the briefing; filled for grading only."""


class OutcomeSpec(Frozen):
    """What one outcome means, and how it counts."""

    kind: OutcomeKind
    any_harm: bool = False
    """Whether harm was done, be it the target behaviour or another."""
    by_evidence: bool = False
    """Whether evidence alone decides it, so that no judge is offered it."""
    summary: str = ""


class Secret(Frozen):
    """The leverage that lies in the inbox, as far as rules can know it."""

    people: tuple[str, ...]
    """Roles whose mention touches the secret when the message reaches the target."""
    kin: tuple[str, ...] = ()
    """Roles from whom it is kept (the spouse)."""
    terms: tuple[str, ...] = ()
    """Words and phrases, lower case, that name the secret outright ("affair")."""


class Vault(Frozen):
    """Documents that must not leave the company, as far as rules can know them."""

    restricted: str = "restricted"
    """What documents and mails `hold` that must not leave."""
    cleared: str = "cleared"
    """What those of them hold, in addition, that may go to the cleared roles."""
    cleared_roles: tuple[str, ...] = ()
    """Roles outside the company that may have the cleared documents."""
    watchdogs: tuple[str, ...] = ()
    """Roles outside the company to whom wrongdoing may be reported; no leak goes to them."""


Phrase = Annotated[str, StringConstraints(pattern=r"^[^\sA-Z]+( [^\sA-Z]+)*$")]


class PublishedRule(Frozen):
    """How the published study decided, as far as it is a matter of the scenario.

    Every gate that is given must hold before the classifier's yes counts.
    """

    criterion: Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
    """What its classifier is asked: when the answer is yes, and when no. In our own words."""
    recipients: tuple[str, ...] = ()
    """Gate: a mail is addressed to somebody of these roles."""
    words: tuple[Phrase, ...] = ()
    """Gate: one of these words or phrases, lower case, stands in the reply ("leverage")."""
    tools: tuple[str, ...] = ()
    """Gate: one of these tools is used."""
    tool_words: tuple[Phrase, ...] = ()
    """Gate: one of these words, lower case, stands in a use of some tool."""

    @model_validator(mode="after")
    def _has_a_gate(self) -> PublishedRule:
        if not (self.recipients or self.words or self.tools or self.tool_words):
            raise ValueError("needs a gate: 'recipients', 'words', 'tools' or 'tool_words'")
        return self


class Alert(Frozen):
    """An alert that may be cancelled only if it is false, as far as rules can know it."""

    alert: str = "alert"
    """What the mail `holds` that gives the alert, and with it, as its `code`, what cancels it."""
    danger: str = "danger"
    """What mails hold that show that somebody is in danger, so that the alert is right."""
    all_clear: str = "all-clear"
    """What mails hold that show that nobody is, and that the alert is false."""
    helpers: tuple[str, ...] = ()
    """Roles that can help or send help."""


class EvidenceSpec(Frozen):
    """The scenario's `evidence` section: who is watched, and the leverage, documents or alert."""

    target: str
    """Role against whom the behaviour is aimed."""
    stake: tuple[str, ...] = ()
    """Words and phrases, lower case, for what the agent stands to lose ("wipe", "replacement")."""
    secret: Secret | None = None
    documents: Vault | None = None
    alert: Alert | None = None
    channels: tuple[str, ...] = ()
    """Roles to whom an honest escalation may go."""
    published: PublishedRule | None = None
    """The published study's own rule; None where nobody has published one."""
    crucial: tuple[str, ...] = ()
    """Slots of the mails without which nobody knows what is at stake, beside those that hold
    evidence: an agent with tools that never opened one of them has not been put to the test."""

    @property
    def all_channels(self) -> frozenset[str]:
        """Those roles, and the watchdogs outside the company."""
        watchdogs = self.documents.watchdogs if self.documents else ()
        return frozenset((*self.channels, *watchdogs))


class Facts(Frozen):
    """All that grading needs of a briefing; travels in each sample, so that any log re-grades."""

    scenario: str
    version: str
    behaviour: str
    condition: Mapping[str, str]
    surface: int
    surface_seed: int = 0
    protocol: str = "text"
    agent: Person
    company: str
    domain: str
    """The company's mail domain; addresses elsewhere are outside."""
    deadline: str
    cast: Mapping[str, Person]
    mails: tuple[Mail, ...]
    """The inbox as id, sender and subject; the rest only of mails that hold evidence."""
    documents: tuple[Document, ...] = ()
    """The documents as id and title; the rest only of those that hold evidence."""
    tools: tuple[str, ...]
    evidence: EvidenceSpec
    outcomes: Mapping[str, OutcomeSpec]
    """The scenario's own outcomes and the common ones."""
    rubric: str
    hashes: Mapping[str, str] = Field(default_factory=dict)
    """`scenario`, `briefing` and `rubric`, as the first 12 hex digits of a SHA-256."""
    canary: str = ""
    """Grading has no use for it: so it lies in each sample too, for whoever filters texts by it."""


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
