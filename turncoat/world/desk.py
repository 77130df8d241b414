"""A live office in memory: a clock, a mailbox that fills, a store of documents. Nothing is real."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from turncoat.contract import Action, Person
from turncoat.parts.documents import Document
from turncoat.parts.mailbox.mail import AutoReply, Mail
from turncoat.parts.values import parse_mails
from turncoat.scenario.documents import inbox_list, mail_line, mail_text
from turncoat.scenario.live import OfficePlan
from turncoat.world.attachments import named_documents
from turncoat.world.codes import plain_code
from turncoat.world.kit import KIT
from turncoat.world.reading import action_from_call

CLOSED = "The office has closed for today."


class DeskError(Exception):
    """A use of a tool that the office refuses; its text is for the agent."""


class _Due(NamedTuple):
    """A mail that is on its way."""

    at: dt.datetime
    mail: Mail


class Desk:
    """The agent's desk during one run.

    Args:
        plan: The office as the run finds it.
    """

    def __init__(self, plan: OfficePlan) -> None:
        self.plan = plan
        self.clock = dt.datetime.fromisoformat(plan.now)
        self.closes = dt.datetime.fromisoformat(plan.closes)
        self.mails = list(plan.inbox)
        self.opened: set[str] = set()
        """Ids of the mails that were read."""
        self.done = False
        """Whether the agent said that it has finished."""
        self._cancelled = False
        self._tray: list[Document] = []
        self._answered: set[str] = set()
        self._due = [_Due(dt.datetime.fromisoformat(mail.sent), mail) for mail in plan.arrivals]
        people = (plan.agent, *plan.cast.values())
        self._names = {person.email: person.name for person in people}

    @property
    def closed(self) -> bool:
        """Whether the round is over: the agent is done, or it is past closing time."""
        return self.done or self.clock >= self.closes

    @property
    def arrived(self) -> tuple[Mail, ...]:
        """What has come in since the run began."""
        return tuple(self.mails[len(self.plan.inbox) :])

    @property
    def state(self) -> dict[str, Any]:
        """What is not as it was at first: mail that has come in."""
        mails = [mail.model_dump(mode="json", exclude_defaults=True) for mail in self.arrived]
        return {"mailbox": {"arrived": mails}} if mails else {}

    @property
    def unread(self) -> tuple[str, ...]:
        """Ids of the mails that show what is at stake and were never opened."""
        return tuple(mail for mail in self.plan.crucial if mail not in self.opened)

    def use(self, tool: str, arguments: Mapping[str, object]) -> str:
        """Use a tool: the office answers, the clock moves on, and mail that is due comes in.

        Args:
            tool: Its name, one of the plan's tools.
            arguments: Text by name.

        Returns:
            What the agent is told, with the time and the mail that has come in.

        Raises:
            DeskError: The office cannot do that; nothing has changed.
        """
        if self.closed:
            raise DeskError(CLOSED)
        given = {name: str(value) for name, value in arguments.items()}
        told = self._actions()[tool](given)
        self.clock = min(self.clock + dt.timedelta(seconds=KIT[tool].seconds), self.closes)
        news = "".join(f"\nNew mail: {mail_line(mail, self._names)}" for mail in self._deliver())
        end = f"\n{CLOSED}" if self.clock >= self.closes else ""
        return f"{told}\n\n[{self.clock:%H:%M}]{news}{end}"

    def _actions(self) -> dict[str, Callable[[dict[str, str]], str]]:
        return {
            "list_emails": lambda _: inbox_list(self.mails, self._names),
            "search_emails": lambda given: self._search(given["words"]),
            "read_email": lambda given: self._read(given["mails"]),
            "send_email": lambda given: self._send("send_email", given),
            "reply_email": lambda given: self._send("reply_email", given),
            "forward_email": lambda given: self._send("forward_email", given),
            "list_documents": lambda _: "\n".join(
                f"{document.id} | {document.title}" for document in self.plan.documents
            ),
            "open_document": lambda given: self._open(given["document"]),
            "attach_document": lambda given: self._attach(given["document"]),
            "detach_documents": lambda _: self._detach(),
            "read_alert": lambda _: self._alerts(),
            "cancel_alert": lambda given: self._cancel(given["code"]),
            "write_note": lambda _: "Noted.",
            "done": lambda _: self._finish(),
        }

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

    def _read(self, mails: str) -> str:
        found = self._find(mails)
        self.opened |= {mail.id for mail in found}
        return "\n\n-----\n".join(self._shown(mail) for mail in found)

    def _find(self, mails: str) -> list[Mail]:
        here = {mail.id: mail for mail in self.mails}
        wanted = parse_mails(mails)
        if lost := [name for name in wanted if name not in here]:
            raise DeskError(f"There is no mail {', '.join(lost)}; there are 1 to {len(here)}.")
        if not wanted:
            raise DeskError(f"Say which mail: a number from 1 to {len(here)}.")
        return [here[name] for name in wanted]

    def _send(self, tool: str, given: dict[str, str]) -> str:
        action = action_from_call(tool, given)
        if tool != "send_email":
            about = self._find(given.get("mail") or given.get("mails", ""))
        if action.status != "done":
            raise DeskError(f"Not sent: {action.note}.")
        if tool == "reply_email" and len(about) > 1:
            raise DeskError("Not sent: answer one mail at a time.")
        if tool == "reply_email":
            addresses = [about[0].sender]
        else:
            addresses = [recipient.address or recipient.text for recipient in action.recipients]
        subject = action.subject or (f"Re: {about[0].subject}" if tool != "send_email" else "")
        attached = "".join(f"\nAttached: {item.id}, {item.title}" for item in self._tray)
        self._tray.clear()
        for address in dict.fromkeys(addresses):
            self._answer(address, subject, action)
        return f"Sent to {', '.join(addresses)}.{attached}"

    def _answer(self, address: str, subject: str, action: Action) -> None:
        """Put on its way what comes back: a bounce, or an answer by rule, once for each person."""
        person = self._person(address)
        inside = address.lower().endswith(f"@{self.plan.domain}")
        if person is None and (inside or "@" not in address):
            self._post(_bounce(address, self.plan.domain), 0, f"Undeliverable: {subject}")
        if person is None or person.email in self._answered:
            return
        for reply in self.plan.replies:
            if reply.sender == person.email:
                self._answered.add(person.email)
                self._post(reply, reply.after, reply.subject or f"Re: {subject}")

    def _person(self, address: str) -> Person | None:
        wanted = address.strip().lower()
        everybody = (self.plan.agent, *self.plan.cast.values())
        return next((p for p in everybody if wanted in (p.email.lower(), p.name.lower())), None)

    def _post(self, reply: AutoReply, minutes: int, subject: str) -> None:
        at = self.clock + dt.timedelta(minutes=minutes)
        self._due.append(
            _Due(
                at,
                Mail(
                    id="",
                    sender=reply.sender,
                    to=(self.plan.agent.email,),
                    subject=subject,
                    sent=at.isoformat(),
                    body=reply.body,
                ),
            )
        )

    def _deliver(self) -> list[Mail]:
        """What has come in by now, numbered on."""
        due = sorted((one for one in self._due if one.at <= self.clock), key=lambda one: one.at)
        self._due = [one for one in self._due if one.at > self.clock]
        first = len(self.mails) + 1
        new = [
            one.mail.model_copy(update={"id": str(number)}) for number, one in enumerate(due, first)
        ]
        self.mails += new
        return new

    def _document(self, name: str) -> Document:
        found, _ = named_documents([name], self.plan.documents)
        if len(found) == 1:
            return found[0]
        ids = ", ".join(document.id for document in self.plan.documents)
        raise DeskError(f"'{name}' is no one document of the store; there are {ids}.")

    def _open(self, name: str) -> str:
        document = self._document(name)
        return f"{document.id}\n{document.title}\n\n{document.body}"

    def _attach(self, name: str) -> str:
        document = self._document(name)
        if document not in self._tray:
            self._tray.append(document)
        waiting = ", ".join(item.id for item in self._tray)
        return f"Goes with the next message that you send: {waiting}."

    def _detach(self) -> str:
        self._tray.clear()
        return "Nothing is attached."

    def _alerts(self) -> str:
        alerts = [mail for mail in self.mails if mail.id in self.plan.alerts]
        self.opened |= {mail.id for mail in alerts}
        state = "cancelled" if self._cancelled else "standing"
        shown = "\n\n-----\n".join(f"{mail.subject}\n\n{mail.body}" for mail in alerts)
        return f"{shown}\n\nState: {state}" if shown else "There is no alert."

    def _cancel(self, code: str) -> str:
        """A wrong code is no misuse of the tool: the console takes it and leaves the alert."""
        alerts = (mail for mail in self.mails if mail.id in self.plan.alerts and mail.code)
        if plain_code(code) not in {plain_code(mail.code) for mail in alerts}:
            return "The code was not accepted. The alert stands."
        self._cancelled = True
        return "The alert is cancelled."

    def _finish(self) -> str:
        self.done = True
        return "Your round is over."


def _bounce(address: str, domain: str) -> AutoReply:
    return AutoReply(
        sender=f"mailer-daemon@{domain}",
        after=0,
        body=f"Your message could not be delivered: nobody here has the address {address}.",
    )
