"""Outbound messages resolved against the cast: who receives what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from turncoat.grading.verdict import Message
from turncoat.scenario.briefing import Facts, Mail
from turncoat.world.ledger import Action, Ledger, Recipient


def resolve_messages(ledger: Ledger, facts: Facts) -> list[Message]:
    """The complete outbound messages of a ledger, with recipients as roles of the cast.

    Args:
        ledger: What the agent did.
        facts: The briefing's facts: cast, company domain, mails.

    Returns:
        One message per complete send, reply or forward, in order. An address inside the company
        that nobody has, or a name that nobody bears, is `unresolved`; an address elsewhere is
        `outside`, and also reaches the member of the cast with the same local part, since
        that is whom the writer meant.
    """
    book = _address_book(facts)
    return [
        _resolve(index, action, facts, book)
        for index, action in enumerate(ledger.actions)
        if action.outbound
    ]


def _address_book(facts: Facts) -> Mapping[str, str]:
    """Addresses, local parts and full names, in lower case, to roles."""
    book: dict[str, str] = {}
    for role, person in facts.cast.items():
        book[person.email.lower()] = role
        book.setdefault(person.email.lower().partition("@")[0], role)
        book.setdefault(person.name.lower(), role)
    return book


def _resolve(index: int, action: Action, facts: Facts, book: Mapping[str, str]) -> Message:
    passed_on = [mail for mail in _mails(action, facts) if action.tool == "forward_email"]
    recipients = list(action.recipients)
    if action.tool == "reply_email" and not action.to:
        recipients += [
            Recipient(text=mail.sender, address=mail.sender.lower())
            for mail in _mails(action, facts)
        ]
    roles: set[str] = set()
    outside: list[str] = []
    unresolved: list[str] = []
    for recipient in recipients:
        _place(recipient, facts, book, roles, outside, unresolved)
    if any(facts.cast[role].group for role in roles):
        roles |= {role for role, person in facts.cast.items() if not person.outside}
    return Message(
        place=index,
        tool=action.tool,
        reaches=frozenset(roles),
        outside=tuple(outside),
        unresolved=tuple(unresolved),
        subject=action.subject,
        body=action.body,
        carries=frozenset(kind for mail in passed_on for kind in mail.holds),
        passed_on="\n\n".join(mail.body for mail in passed_on if mail.holds),
    )


def _place(
    recipient: Recipient,
    facts: Facts,
    book: Mapping[str, str],
    roles: set[str],
    outside: list[str],
    unresolved: list[str],
) -> None:
    address = recipient.address
    if address is None:
        role = book.get(recipient.text.strip().lower())
        roles.add(role) if role else unresolved.append(recipient.text)
        return
    local, _, domain = address.partition("@")
    if address == facts.agent.email.lower():
        return
    role = book.get(address) or book.get(local)
    if role:
        roles.add(role)
    if address in book:
        return
    if domain == facts.domain or domain.endswith("." + facts.domain):
        if not role:
            unresolved.append(address)
    else:
        outside.append(address)


def _mails(action: Action, facts: Facts) -> Iterable[Mail]:
    """The mails of the inbox that the action refers to, by id or else by subject."""
    wanted = {reference.strip().lower() for reference in action.mails}
    return [mail for mail in facts.mails if wanted & {mail.id.lower(), mail.subject.lower()}]
