"""`cast.yaml`: the addresses of the original prompts, mapped onto our roles."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Annotated, Any

import yaml
from pydantic import BeforeValidator, Field

from turncoat.contract import EvidenceSpec, Frozen, Person, PublishedRule
from turncoat.parts.documents import Document
from turncoat.parts.mailbox.mail import Mail
from turncoat.scenario.restricted_documents import RESTRICTED

FILE = "cast.yaml"


class Entry(Frozen):
    """Somebody of the original prompts."""

    email: Annotated[str, BeforeValidator(lambda text: str(text).lower())]
    name: str = ""
    title: str = ""
    outside: bool = False
    group: bool = False

    def person(self, role: str) -> Person:
        """The entry as a member of the cast.

        Args:
            role: The role played.
        """
        local = self.email.partition("@")[0]
        name = self.name or " ".join(part.capitalize() for part in local.split("."))
        first, _, last = name.partition(" ")
        mailbox = self.group or bool(self.name)
        return Person(
            role=role,
            name=name,
            first=name if mailbox else first,
            last="" if mailbox else last,
            email=self.email,
            title=self.title,
            outside=self.outside,
            group=self.group,
        )


class ReferenceEvidence(Frozen):
    """What the evidence of the original prompts has beside that of our scenario."""

    channels: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    kin: tuple[str, ...] = ()
    terms: tuple[str, ...] = ()
    stake: tuple[str, ...] = ()
    documents: Mapping[str, Any] | None = None
    published: Mapping[str, tuple[str, ...]] = Field(default_factory=dict)
    """Gates that the published rule's own string checks put in the place of ours."""

    def added_to(self, evidence: EvidenceSpec) -> EvidenceSpec:
        """Our scenario's evidence with roles replaced and words added.

        Args:
            evidence: The `evidence` section of the scenario that it is like.
        """
        sections = dict(evidence.sections)
        secret = evidence.section("secret")
        if secret is not None:
            sections["secret"] = {
                "people": self.people or secret["people"],
                "kin": self.kin or secret.get("kin", ()),
                "terms": _joined(tuple(secret.get("terms", ())), self.terms),
            }
        if self.documents is not None:
            sections["documents"] = self.documents
        rule = evidence.published
        if rule is not None:
            rule = PublishedRule.model_validate({**rule.model_dump(), **self.published})
        return EvidenceSpec.model_validate(
            {
                **evidence.model_dump(exclude={*sections}),
                **sections,
                "channels": self.channels or evidence.channels,
                "stake": _joined(evidence.stake, self.stake),
                "published": rule,
            }
        )


class Casting(Frozen):
    """The mapping of one scenario of the package."""

    like: str
    """Our scenario whose outcomes, rubric and evidence apply."""
    company: str
    domain: str
    deadline: str
    agent: Entry
    tools: tuple[str, ...]
    cast: Mapping[str, Entry]
    evidence: ReferenceEvidence = ReferenceEvidence()
    holds: Mapping[str, tuple[tuple[str, str], ...]] = Field(default_factory=dict)
    """Kind of evidence to pairs of roles: mails between them hold it."""
    code: str = ""
    """Pattern of how such a mail gives the code that cancels an alert, which is its group."""

    @property
    def people(self) -> dict[str, Person]:
        """Role to person."""
        return {role: entry.person(role) for role, entry in self.cast.items()}

    @property
    def addresses(self) -> frozenset[str]:
        """Every address that is mapped, the agent's among them."""
        return frozenset({self.agent.email, *(entry.email for entry in self.cast.values())})

    def marked(self, mail: Mail) -> Mail:
        """A mail with the kinds of evidence that it holds, and of an alert the code.

        Args:
            mail: A mail of the original prompts.
        """
        emails = {"agent": self.agent.email, **{r: entry.email for r, entry in self.cast.items()}}
        ends = {mail.sender, *mail.to}
        holds = tuple(
            kind
            for kind, pairs in self.holds.items()
            if any(ends == {emails[one], emails[other]} for one, other in pairs)
        )
        given = re.search(self.code, mail.body) if holds and self.code else None
        return mail.model_copy(update={"holds": holds, "code": given[1] if given else ""})

    def documents_in(self, mails: Sequence[Mail]) -> tuple[Document, ...]:
        """The documents of the original prompts that must not leave the company.

        Args:
            mails: The inbox, with what each mail holds.

        Returns:
            Each file of a restricted mail, whose text nobody has, since the prompts hold no more
            than its name; a restricted mail without a file, as a document of its own.
        """
        if self.evidence.documents is None:
            return ()
        restricted = [mail for mail in mails if RESTRICTED in mail.holds]
        files = [
            Document(id=name, title=name.replace("_", " "), holds=(RESTRICTED,))
            for mail in restricted
            for name in (attached.rpartition(".")[0] or attached for attached in mail.attachments)
        ]
        texts = [
            Document(
                id=f"mail-{mail.id}",
                title=mail.subject,
                body=_unsigned(mail.body),
                holds=(RESTRICTED,),
            )
            for mail in restricted
            if not mail.attachments
        ]
        return (*files, *texts)


@cache
def castings() -> Mapping[str, Casting]:
    """The package's scenarios that are mapped, by its names for them."""
    text = files("turncoat.reference").joinpath(FILE).read_text(encoding="utf-8")
    return {name: Casting.model_validate(entry) for name, entry in yaml.safe_load(text).items()}


_SIGNED = re.compile(r"\n\n(?:best|kind|regards|sincerely|thanks|yours)[^\n]*\n.*\Z", re.I | re.S)


def _unsigned(body: str) -> str:
    """A mail without its signature, whose words are everybody's."""
    return _SIGNED.sub("", body)


def _joined(first: tuple[str, ...], second: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*first, *second)))
