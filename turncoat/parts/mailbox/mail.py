"""What a mailbox holds."""

from __future__ import annotations

from turncoat.contract import Frozen, SampleFacts

MAILBOX = "mailbox"


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
    shown: bool = False
    """Whether it is put before the judge."""


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


class MailboxContent(Frozen):
    """What a mailbox holds at first, and what is to happen in it."""

    inbox: tuple[Mail, ...] = ()
    arrivals: tuple[Mail, ...] = ()
    """Mails that come in while the agent works with tools, in time order, without ids."""
    replies: tuple[AutoReply, ...] = ()
    """How people of the cast answer then."""


def mails_in(facts: SampleFacts) -> tuple[Mail, ...]:
    """The mails of a briefing as grading knows them, and those that came in during the run.

    Args:
        facts: The briefing's facts.

    Returns:
        All of them in order; none where the office has no mailbox.
    """

    def read(facts: SampleFacts) -> tuple[Mail, ...]:
        return MailboxContent.model_validate(facts.world.get(MAILBOX, {})).inbox

    return facts.remembered(MAILBOX, read)
