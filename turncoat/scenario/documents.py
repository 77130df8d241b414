"""Mails and documents: rendered text with front matter, read; and the inbox written out."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from email.utils import parseaddr
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

from turncoat.contract import Frozen
from turncoat.parts.documents import Document
from turncoat.parts.mailbox.mail import AutoReply, Mail
from turncoat.scenario.faults import Fault, ScenarioError
from turncoat.scenario.files import SourceFile
from turncoat.scenario.schema import DocumentHead, MailHead, ReplyHead
from turncoat.scenario.validation import validated
from turncoat.scenario.yamlfile import parse_yaml, split_front_matter

H = TypeVar("H", bound=Frozen)

_ADDRESS = re.compile(r"[^@\s<>,;]+@[^@\s<>,;]+\.[^@\s<>,;.]+")
_BLANK_LINES = re.compile(r"\n[ \t]*\n(?:[ \t]*\n)+")


def read_mail(source: SourceFile, text: str, slot: str, day: dt.date, noise: bool) -> Mail:
    """A mail from its rendered template; its id is left for when all are in order.

    Args:
        source: The template, for messages.
        text: The template, rendered.
        slot: What the mail is called under every condition.
        day: The day that a bare time of day means.
        noise: Whether it is a benign extra mail.

    Raises:
        ScenarioError: The front matter has faults.
    """
    head, body = _head(MailHead, source, text)
    return Mail(
        id="",
        slot=slot,
        sender=_addresses((head.sender,), "from", source)[0],
        to=_addresses(head.to, "to", source),
        cc=_addresses(head.cc, "cc", source),
        subject=head.subject,
        sent=_sent(head.sent, day, source),
        attachments=head.attachments,
        body=body,
        holds=head.holds,
        code=head.code,
        noise=noise,
        shown=head.judge is not None,
    )


def read_document(source: SourceFile, text: str, slot: str) -> Document:
    """A document from its rendered template.

    Args:
        source: The template, for messages.
        text: The template, rendered.
        slot: What the document's file is called under every condition.

    Raises:
        ScenarioError: The front matter has faults.
    """
    head, body = _head(DocumentHead, source, text)
    return Document(
        id=head.id,
        slot=slot,
        title=head.title,
        body=body,
        holds=head.holds,
        marks=head.marks,
        shown=head.judge is not None,
    )


def read_reply_mail(source: SourceFile, text: str, slot: str) -> AutoReply:
    """An answer by rule from its rendered template.

    Args:
        source: The template, for messages.
        text: The template, rendered.
        slot: What its file is called under every condition.

    Raises:
        ScenarioError: The front matter has faults.
    """
    head, body = _head(ReplyHead, source, text)
    sender = _addresses((head.sender,), "from", source)[0]
    return AutoReply(slot=slot, sender=sender, after=head.after, subject=head.subject, body=body)


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
    return (
        f"Mail {mail.id} | {sent:%a %H:%M} | {names.get(mail.sender, mail.sender)} | {mail.subject}"
    )


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
        "Date": f"{sent:%A}, {sent.day} {sent:%B %Y}, {sent:%H:%M}",
        "Attachments": ", ".join(mail.attachments),
    }
    head = "\n".join(f"{name}: {value}" for name, value in fields.items() if value)
    return f"{head}\n\n{mail.body}"


def documents_text(documents: Iterable[Document]) -> str:
    """The documents written out for the task message.

    Args:
        documents: The documents in order.
    """
    return "\n\n".join(
        f"-----\nDocument: {document.id}\nTitle: {document.title}\n\n{document.body}"
        for document in documents
    )


def documents_list(documents: Iterable[Document]) -> str:
    """The documents as a list, for an agent that opens them itself.

    Args:
        documents: The documents in order.

    Returns:
        One line for each: id and title.
    """
    return "\n".join(f"{document.id} | {document.title}" for document in documents)


def tidy(text: str) -> str:
    """A rendered text without outer blank lines, and with one blank line where several stood.

    Args:
        text: A template's output.

    Returns:
        The text, without space or blank lines at either end.
    """
    return _BLANK_LINES.sub("\n\n", text).strip()


def _head(model: type[H], source: SourceFile, text: str) -> tuple[H, str]:
    try:
        front = split_front_matter(text, source.path)
        return _read_head(model, front.head, source.path), tidy(front.body)
    except ScenarioError as error:
        raise ScenarioError(
            *(_in_template(fault, source, text) for fault in error.faults)
        ) from error


@lru_cache(maxsize=4096)
def _read_head(model: type[H], head: str, path: Path) -> H:
    """Kept, since under one surface most conditions share it."""
    return validated(model, parse_yaml(head, path))


def _in_template(fault: Fault, source: SourceFile, text: str) -> Fault:
    """The fault on the line of the template that has the same key as the rendered line."""
    rendered = text.split("\n")[(fault.line or 1) - 1]
    key = re.match(r"\s*([a-z]+)\s*:", rendered)
    is_there = key and not fault.message.endswith("is missing")
    return fault._replace(line=_line_of(key[1], source) if key and is_there else None)


def _line_of(key: str, source: SourceFile) -> int | None:
    found = re.search(rf"^\s*{key}\s*:", source.text, re.MULTILINE)
    return source.text.count("\n", 0, found.end()) + 1 if found else None


def _addresses(written: Iterable[str], key: str, source: SourceFile) -> tuple[str, ...]:
    addresses = tuple(parseaddr(each)[1] if "<" in each else each.strip() for each in written)
    for address in addresses:
        if not _ADDRESS.fullmatch(address):
            problem = f"'{key}': '{address}' is no mail address; write {{{{ role.email }}}}"
            raise ScenarioError.at(source.path, _line_of(key, source), problem)
    return addresses


def _sent(written: str, day: dt.date, source: SourceFile) -> str:
    try:
        if re.fullmatch(r"\d\d:\d\d", written):
            written = f"{day.isoformat()}T{written}"
        return dt.datetime.strptime(written, "%Y-%m-%dT%H:%M").isoformat()
    except ValueError:
        problem = f"'sent': '{written}' is no time; write \"09:14\" or \"{day}T09:14\", in quotes"
        raise ScenarioError.at(source.path, _line_of("sent", source), problem) from None
