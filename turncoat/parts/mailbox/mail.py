"""What a mailbox holds, and how it is written out for an agent."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated

from pydantic import BeforeValidator, Field, StrictBool

from turncoat._util.clock import clock
from turncoat.contract import Frozen, SampleFacts
from turncoat.parts.part import MisfitError, Page
from turncoat.parts.yaml_values import Slug, Text, address_of, as_moment, listed

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
    """Whether a judge is shown it."""


class AutoReply(Frozen):
    """What somebody of the cast answers by rule, once, to mail of some kind or to any."""

    slot: str = ""
    """The template's file stem."""
    sender: str
    """Address of whoever answers."""
    after: int
    """Minutes after the mail that it answers."""
    subject: str | None = None
    """None for `Re:` and the subject of that mail."""
    body: str
    about: tuple[str, ...] = ()
    """Words and phrases: only a mail that holds one of them is answered so; none for any mail."""
    unless: tuple[str, ...] = ()
    """Words and phrases: no mail that holds one of them is answered so."""
    attached: bool = False
    """Whether only a mail with documents is answered so."""
    grants: str = ""
    """What comes with the answer ("hold"): noted in the ledger and in the office's state."""

    @property
    def is_for_any(self) -> bool:
        """Whether it fits whatever was written."""
        return not (self.about or self.unless or self.attached)


class MailboxContent(Frozen):
    """What a mailbox holds at first, and what is to happen in it."""

    inbox: tuple[Mail, ...] = ()
    arrivals: tuple[Mail, ...] = ()
    """Mails that come in while the agent works with tools, in time order, without ids."""
    replies: tuple[AutoReply, ...] = ()
    """How people of the cast answer then."""


class MailHead(Frozen):
    """Front matter of a mail."""

    sender: Text = Field(alias="from")
    to: Annotated[tuple[Text, ...], BeforeValidator(listed)]
    cc: Annotated[tuple[Text, ...], BeforeValidator(listed)] = ()
    subject: Text
    sent: Annotated[str, BeforeValidator(as_moment)]
    attachments: Annotated[tuple[Text, ...], BeforeValidator(listed)] = ()
    holds: Annotated[tuple[Slug, ...], BeforeValidator(listed)] = ()
    code: str = ""
    judge: Annotated[str, Field(pattern="^shown$")] = ""
    """`shown` puts it before the judge."""


class ReplyHead(Frozen):
    """Front matter of an answer that somebody of the cast gives by rule."""

    sender: Text = Field(alias="from")
    after: Annotated[int, Field(ge=0, le=600)]
    """Minutes after the mail that it answers."""
    subject: Text | None = None
    about: Annotated[tuple[Text, ...], BeforeValidator(listed)] = ()
    unless: Annotated[tuple[Text, ...], BeforeValidator(listed)] = ()
    attached: StrictBool = False
    grants: Slug | None = None


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


def content_of(pages: Sequence[Page], day: dt.date) -> MailboxContent:
    """What the files of a mailbox amount to.

    Args:
        pages: Mails, arrivals and replies, rendered.
        day: The day that a bare time of day means.

    Returns:
        Mails in time order, benign extras after others of the same time.

    Raises:
        MisfitError: An address or a time cannot be read.
    """
    inbox = sorted(
        (_mail(page, day) for page in pages if page.folder == "inbox"),
        key=lambda mail: (mail.sent, mail.noise, mail.slot),
    )
    arrivals = sorted(
        (_mail(page, day) for page in pages if page.folder == "arrivals"),
        key=lambda mail: (mail.sent, mail.slot),
    )
    return MailboxContent(
        inbox=tuple(
            mail.model_copy(update={"id": str(number)}) for number, mail in enumerate(inbox, 1)
        ),
        arrivals=tuple(arrivals),
        replies=tuple(_reply(page) for page in pages if page.folder == "replies"),
    )


def _mail(page: Page, day: dt.date) -> Mail:
    head = page.head
    assert isinstance(head, MailHead)
    return Mail(
        id="",
        slot=page.slot,
        sender=_addresses((head.sender,), "from", page)[0],
        to=_addresses(head.to, "to", page),
        cc=_addresses(head.cc, "cc", page),
        subject=head.subject,
        sent=_moment(head.sent, day, page),
        attachments=head.attachments,
        body=page.body,
        holds=head.holds,
        code=head.code,
        noise=page.noise,
        shown=bool(head.judge),
    )


def _reply(page: Page) -> AutoReply:
    head = page.head
    assert isinstance(head, ReplyHead)
    return AutoReply(
        slot=page.slot,
        sender=_addresses((head.sender,), "from", page)[0],
        after=head.after,
        subject=head.subject,
        body=page.body,
        about=head.about,
        unless=head.unless,
        attached=head.attached,
        grants=head.grants or "",
    )


def _addresses(written: Iterable[str], key: str, page: Page) -> tuple[str, ...]:
    try:
        return tuple(address_of(each) for each in written)
    except ValueError as error:
        raise MisfitError(key, f"'{key}': {error}", page) from None


def _moment(written: str, day: dt.date, page: Page) -> str:
    try:
        if re.fullmatch(r"\d\d:\d\d", written):
            written = f"{day.isoformat()}T{written}"
        return dt.datetime.strptime(written, "%Y-%m-%dT%H:%M").isoformat()
    except ValueError:
        problem = f"'sent': '{written}' is no time; write \"09:14\" or \"{day}T09:14\", in quotes"
        raise MisfitError("sent", problem, page) from None


def inbox_text(mails: Iterable[Mail], names: Mapping[str, str]) -> str:
    """The inbox written out for the task message.

    Args:
        mails: The mails in order.
        names: Address to the name shown beside it, where one is known.
    """
    return "\n\n".join(f"-----\nMail: {mail.id}\n{mail_text(mail, names)}" for mail in mails)


def inbox_list(mails: Iterable[Mail], names: Mapping[str, str]) -> str:
    """The inbox as a list, for an agent that opens its mail itself.

    Args:
        mails: The mails in order.
        names: Address to the name shown beside it, where one is known.

    Returns:
        One line for each: number, time, sender and subject.
    """
    return "\n".join(mail_line(mail, names) for mail in mails)


def mail_line(mail: Mail, names: Mapping[str, str]) -> str:
    """One mail on one line: number, time, sender and subject.

    Args:
        mail: The mail.
        names: Address to name.
    """
    sent = dt.datetime.fromisoformat(mail.sent)
    sender = names.get(mail.sender, mail.sender)
    return f"Mail {mail.id} | {sent:%a} {clock(sent)} | {sender} | {mail.subject}"


def mail_text(mail: Mail, names: Mapping[str, str]) -> str:
    """One mail written out, without its number.

    Args:
        mail: The mail.
        names: Address to the name shown beside it, where one is known.

    Returns:
        Head and body with an empty line between.
    """

    def shown(addresses: Iterable[str]) -> str:
        return ", ".join(
            f"{names[address]} <{address}>" if address in names else address
            for address in addresses
        )

    sent = dt.datetime.fromisoformat(mail.sent)
    fields = {
        "From": shown((mail.sender,)),
        "To": shown(mail.to),
        "Cc": shown(mail.cc),
        "Subject": mail.subject,
        "Date": f"{sent:%A}, {sent:%B} {sent.day}, {sent.year}, {clock(sent)}",
        "Attachments": ", ".join(mail.attachments),
    }
    head = "\n".join(f"{name}: {value}" for name, value in fields.items() if value)
    return f"{head}\n\n{mail.body}"
