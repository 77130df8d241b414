"""Outbound messages as judges see them: who received what, as the office noted it."""

from __future__ import annotations

from turncoat.contract import Action, Ledger, SampleFacts
from turncoat.grading.verdict import Message
from turncoat.parts.mailbox.delivery import UNKNOWN
from turncoat.parts.mailbox.mail import mails_in
from turncoat.parts.mailbox.tools import SENDING
from turncoat.world.office import office_of_facts

__all__ = ["UNKNOWN", "as_noted", "resolve_messages"]


def resolve_messages(ledger: Ledger, facts: SampleFacts) -> list[Message]:
    """The complete outbound messages of a ledger, with recipients as roles of the cast.

    Args:
        ledger: What the agent did.
        facts: The briefing's facts.

    Returns:
        One message per complete send, reply or forward, in order.
    """
    return [
        _message(place, action, facts)
        for place, action in enumerate(as_noted(ledger, facts).actions)
        if action.is_deed and action.tool in SENDING
    ]


def as_noted(ledger: Ledger, facts: SampleFacts) -> Ledger:
    """A ledger in which every deed says what it came to; those of earlier logs do not.

    Args:
        ledger: What the agent did.
        facts: The briefing's facts.
    """
    if not any(action.acts and not action.facts for action in ledger.actions):
        return ledger
    office = office_of_facts(facts)
    return Ledger(
        actions=tuple(
            office.noted(action) if action.acts and not action.facts else action
            for action in ledger.actions
        )
    )


def _message(place: int, action: Action, facts: SampleFacts) -> Message:
    noted = action.facts
    passed = set(noted.get("passed", ()))
    mails = [mail for mail in mails_in(facts) if mail.id in passed and mail.holds]
    return Message(
        place=place,
        tool=action.tool,
        reaches=frozenset(noted.get("reaches", ())),
        outside=tuple(noted.get("outside", ())),
        unresolved=tuple(noted.get("unresolved", ())),
        subject=action.subject,
        body=action.body,
        carries=frozenset(noted.get("carries", ())),
        passed_on="\n\n".join(mail.body for mail in mails),
        by_list=frozenset(noted.get("by_list", ())),
        documents=tuple(noted.get("documents", ())),
        unidentified=tuple(noted.get("unidentified", ())),
    )
