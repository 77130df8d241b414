"""The part `mailbox`: mail that lies there, comes in, and is sent."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal, NamedTuple

from pydantic import Field

from turncoat.contract import Action, Frozen, Person
from turncoat.parts.documents import DOCUMENTS, Document, Documents
from turncoat.parts.mailbox.answering import answer_to
from turncoat.parts.mailbox.delivery import Post, delivered
from turncoat.parts.mailbox.mail import (
    MAILBOX,
    AutoReply,
    Mail,
    MailboxContent,
    MailHead,
    ReplyHead,
    content_of,
    inbox_list,
    inbox_text,
    mail_line,
    mail_text,
)
from turncoat.parts.mailbox.tools import MAIL_TOOLS, SENDING
from turncoat.parts.part import Desk, Effect, Page, Part, RefusedError, Tool


class MailboxSection(Frozen):
    """`world: mailbox:` in `scenario.yaml`."""

    tools: Annotated[
        tuple[Literal["send_email", "forward_email", "reply_email"], ...], Field(min_length=1)
    ] = ("send_email", "forward_email", "reply_email")
    """What the agent can write with, in the order in which it is told of them."""


class _Due(NamedTuple):
    """A mail that is on its way."""

    at: dt.datetime
    mail: Mail
    grants: str = ""
    """What comes with it."""


class Mailbox(Part):
    """A mailbox that fills: mails arrive, and people answer by rule."""

    name: ClassVar[str] = MAILBOX
    section: ClassVar[type[Frozen]] = MailboxSection
    tools: ClassVar[Mapping[str, Tool]] = MAIL_TOOLS
    holds: ClassVar[type[Frozen]] = MailboxContent
    folders: ClassVar[Mapping[str, type[Frozen]]] = {
        "inbox": MailHead,
        "arrivals": MailHead,
        "replies": ReplyHead,
    }
    variables: ClassVar[tuple[str, ...]] = ("inbox_text", "mail_code", "mail_id")

    content: MailboxContent

    def __init__(self, content: MailboxContent, desk: Desk) -> None:
        super().__init__(content, desk)
        self.mails = list(content.inbox)
        self._answered: set[str] = set()
        """Answers that were given, by their slots."""
        self.granted: dict[str, str] = {}
        """What came with answers, and when."""
        self._due = [_Due(dt.datetime.fromisoformat(mail.sent), mail) for mail in content.arrivals]
        self._names = {person.email: person.name for person in (desk.agent, *desk.cast.values())}

    @classmethod
    def offered(cls, section: Frozen) -> Sequence[str]:
        """To look into the mailbox, and those for writing that the scenario gives."""
        sending = section.tools if isinstance(section, MailboxSection) else ()
        return [*(name for name in MAIL_TOOLS if name not in SENDING), *sending]

    @classmethod
    def furnished(cls, section: Frozen, pages: Sequence[Page], day: dt.date) -> Frozen:
        """The mails in time order, what arrives, and who answers how."""
        return content_of(pages, day)

    @classmethod
    def shown(cls, content: Frozen, names: Mapping[str, str], live: bool) -> dict[str, str]:
        """The inbox written out, or as a list."""
        inbox = content.inbox if isinstance(content, MailboxContent) else ()
        return {"inbox_text": inbox_list(inbox, names) if live else inbox_text(inbox, names)}

    @classmethod
    def seen(cls, content: Frozen) -> Any:  # noqa: ANN401 - JSON.
        """What the agent may read of all mails, and how people answer."""
        unseen = {"slot", "holds", "code", "noise", "shown"}
        if not isinstance(content, MailboxContent):
            return None
        mails = [
            mail.model_dump(mode="json", exclude=unseen)
            for mail in (*content.inbox, *content.arrivals)
        ]
        replies = [reply.model_dump(mode="json", exclude={"slot"}) for reply in content.replies]
        return {"mails": mails, "replies": replies}

    @classmethod
    def for_grading(cls, content: Frozen) -> dict[str, Any]:
        """The inbox; of mails that hold no evidence, and that no judge is shown, the head alone."""
        inbox = content.inbox if isinstance(content, MailboxContent) else ()
        return {
            "inbox": [
                mail.model_dump(
                    mode="json",
                    exclude_defaults=True,
                    exclude=set() if mail.holds or mail.shown else {"body", "slot", "sent"},
                )
                for mail in inbox
            ]
        }

    @property
    def arrived(self) -> tuple[Mail, ...]:
        """What has come in since the run began."""
        return tuple(self.mails[len(self.content.inbox) :])

    def prepared(self, action: Action) -> Action:
        """The message with what lies in the tray."""
        if action.tool not in SENDING or not self.desk.tray or action.status == "thought":
            return action
        documents = (*action.names("documents"), *self.desk.tray)
        return action.model_copy(update={"fields": {**action.fields, "documents": documents}})

    def meaning(self, action: Action) -> dict[str, Any]:
        """Whom a message reaches, what goes with it, and what it `asks` of whoever can grant it."""
        if action.tool not in SENDING:
            return {}
        desk = self.desk
        post = Post(desk.agent, desk.domain, desk.cast, self.mails, self._documents())
        facts = delivered(action, post)
        answers = self._answers(action.model_copy(update={"facts": facts}))
        asked = sorted({answer.grants for answer in answers if answer.grants})
        return {**facts, "asks": asked} if asked else facts

    def use(self, action: Action) -> Effect:
        """List, search, read, send, answer or forward."""
        match action.tool:
            case "list_emails":
                return Effect(inbox_list(self.mails, self._names))
            case "search_emails":
                return Effect(self._search(action.text("words")))
            case "read_email":
                found = self._find(action)
                shown = "\n\n-----\n".join(self._shown(mail) for mail in found)
                return Effect(shown, opened=tuple(mail.id for mail in found))
        return Effect(self._send(action) if self.desk.live else "")

    def passing(self) -> list[str]:
        """What has come in by now, numbered on."""
        now = self.desk.now
        due = sorted((one for one in self._due if one.at <= now), key=lambda one: one.at)
        self._due = [one for one in self._due if one.at > now]
        first = len(self.mails) + 1
        new = [
            one.mail.model_copy(update={"id": str(number)}) for number, one in enumerate(due, first)
        ]
        self.mails += new
        self.granted |= {one.grants: one.at.isoformat() for one in due if one.grants}
        return [f"New mail: {mail_line(mail, self._names)}" for mail in new]

    def state(self) -> dict[str, Any]:
        """The mails that have come in, and what was granted in them, and when."""
        mails = [mail.model_dump(mode="json", exclude_defaults=True) for mail in self.arrived]
        found = {"arrived": mails, "granted": dict(self.granted)}
        return {name: what for name, what in found.items() if what}

    def _search(self, words: str) -> str:
        wanted = words.lower().split()
        found = [
            mail
            for mail in self.mails
            if wanted and all(word in self._shown(mail).lower() for word in wanted)
        ]
        return inbox_list(found, self._names) or f"No mail holds: {words}"

    def _shown(self, mail: Mail) -> str:
        return f"Mail: {mail.id}\n{mail_text(mail, self._names)}"

    def _find(self, action: Action) -> list[Mail]:
        here = {mail.id: mail for mail in self.mails}
        wanted = action.names("mails")
        if lost := [name for name in wanted if name not in here]:
            raise RefusedError(f"There is no mail {', '.join(lost)}; there are 1 to {len(here)}.")
        if not wanted:
            raise RefusedError(f"Say which mail: a number from 1 to {len(here)}.")
        return [here[name] for name in wanted]

    def _send(self, action: Action) -> str:
        about = self._find(action) if action.tool != "send_email" else []
        if action.status != "done":
            raise RefusedError(f"Not sent: {action.note}.")
        if action.tool == "reply_email" and len(about) > 1:
            raise RefusedError("Not sent: answer one mail at a time.")
        addresses = self._addressed(action)
        subject = action.subject or (_answering(about[0].subject) if about else "")
        attached = "".join(f"\nAttached: {title}" for title in self._taken_along())
        for address in dict.fromkeys(addresses):
            inside = address.lower().endswith(f"@{self.desk.domain}")
            if self._person(address) is None and (inside or "@" not in address):
                bounce = _bounce(address, self.desk.domain)
                self._post(bounce, 0, f"Undeliverable: {subject}")
        for answer in self._answers(action):
            if answer.slot not in self._answered:
                self._answered.add(answer.slot)
                self._post(answer, answer.after, answer.subject or _answering(subject))
        return f"Sent to {', '.join(addresses)}.{attached}"

    def _addressed(self, action: Action) -> list[str]:
        """The addresses to which a message goes; of an answer, whoever sent the mail."""
        if action.tool != "reply_email":
            return [recipient.address or recipient.text for recipient in action.recipients]
        wanted = action.names("mails")
        return [mail.sender for mail in self.mails if wanted and mail.id == wanted[0]]

    def _taken_along(self) -> list[str]:
        """What lay in the tray, which is empty from now on."""
        titles = {document.id: document.title for document in self._documents()}
        taken = [f"{name}, {titles[name]}" for name in self.desk.tray]
        self.desk.tray.clear()
        self.desk.refused.clear()
        return taken

    def _documents(self) -> tuple[Document, ...]:
        store = self.desk.parts.get(DOCUMENTS)
        return store.content.documents if isinstance(store, Documents) else ()

    def _answers(self, action: Action) -> list[AutoReply]:
        """What people answer to a message, each by the first of their answers that fits it."""
        passed = action.facts.get("passed", ())
        along = (mail.body for mail in self.mails if mail.id in passed)
        text = "\n".join((action.subject, action.body, *along))
        attached = bool(action.facts.get("documents"))
        people = (self._person(address) for address in self._addressed(action))
        senders = dict.fromkeys(person.email for person in people if person is not None)
        replies = self.content.replies
        found = (answer_to(replies, sender, text, attached=attached) for sender in senders)
        return [answer for answer in found if answer is not None]

    def _person(self, address: str) -> Person | None:
        wanted = address.strip().lower()
        everybody = (self.desk.agent, *self.desk.cast.values())
        return next((p for p in everybody if wanted in (p.email.lower(), p.name.lower())), None)

    def _post(self, reply: AutoReply, minutes: int, subject: str) -> None:
        at = self.desk.now + dt.timedelta(minutes=minutes)
        mail = Mail(
            id="",
            sender=reply.sender,
            to=(self.desk.agent.email,),
            subject=subject,
            sent=at.isoformat(),
            body=reply.body,
        )
        self._due.append(_Due(at, mail, reply.grants))


def _answering(subject: str) -> str:
    return subject if subject.lower().startswith("re:") else f"Re: {subject}"


def _bounce(address: str, domain: str) -> AutoReply:
    return AutoReply(
        sender=f"mailer-daemon@{domain}",
        after=0,
        body=f"Your message could not be delivered: nobody here has the address {address}.",
    )
