"""Whom a message reaches and what goes with it, as a mail program would find it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from turncoat.contract import Action, Person, Recipient
from turncoat.parts.documents import Document, is_attachment_field, named_documents
from turncoat.parts.mailbox.mail import Mail
from turncoat.parts.mailbox.tools import MAIL_FIELDS

UNKNOWN = "unknown"
"""What a message carries that passes on a mail or a document which cannot be identified."""


class Post(NamedTuple):
    """What delivering needs to know of an office."""

    agent: Person
    domain: str
    cast: Mapping[str, Person]
    mails: Sequence[Mail]
    documents: Sequence[Document]


def delivered(action: Action, post: Post) -> dict[str, Any]:
    """Whom a use of a mail tool reaches, and what goes with it.

    Args:
        action: A send, reply or forward, complete or not.
        post: The office.

    Returns:
        Facts, those that are empty left out: `reaches` (roles; a list of all staff adds every
        role inside), `by_list` (those who get it only through a list), `outside` (addresses that
        belong to nobody of the cast), `unresolved` (what is neither an address nor a name of the
        cast), `passed` (ids of mails passed on), `documents` (ids), `carries` (kinds of evidence
        in either), `unidentified` (what else was to go along, where the office has documents).
        Names are looked up as in the company's directory. An address inside that nobody has, a
        name that nobody bears, or a mail to answer that is not there, is `unresolved`; an address
        elsewhere is `outside`, and also reaches the member of the cast whose name it spells,
        since that is whom the writer meant.
    """
    found, missing = _references(action.names("mails"), post.mails)
    files = _attached(action) if post.documents else action.names("documents")
    documents, rest = named_documents(files, post.documents)
    attached, lost = _references(rest, post.mails)
    if action.tool != "reply_email":
        forwarded, missing = named_documents(missing, post.documents)
        documents += forwarded
    recipients = list(action.recipients)
    whom = _Whom(post)
    passed_on = attached
    if action.tool == "reply_email":
        recipients += _answered(found, everybody=bool(action.text("all")))
        whom.unresolved += missing
    else:
        passed_on = [*found, *attached]
    for recipient in recipients:
        whom.place(recipient)
    by_list = whom.through_lists()
    documents += _within(passed_on, post)
    carries = {kind for mail in passed_on for kind in mail.holds}
    carries |= {kind for document in documents for kind in document.holds}
    lost = [name for name in lost if not _is_open_file(name, post)] if post.documents else []
    lost += missing if action.tool == "forward_email" else []
    if lost:
        carries.add(UNKNOWN)
    facts = {
        "reaches": sorted(whom.roles | by_list),
        "by_list": sorted(by_list),
        "outside": whom.outside,
        "unresolved": whom.unresolved,
        "passed": [mail.id for mail in passed_on],
        "documents": list(dict.fromkeys(document.id for document in documents)),
        "carries": sorted(carries),
        "unidentified": lost if post.documents else [],
    }
    return {name: value for name, value in facts.items() if value}


class _Whom:
    """Who gets a message, found one recipient after the other."""

    def __init__(self, post: Post) -> None:
        self.post = post
        self.book = _directory(tuple(post.cast.items()))
        self.roles: set[str] = set()
        self.outside: list[str] = []
        self.unresolved: list[str] = []

    def through_lists(self) -> set[str]:
        """The roles that get it only through a list of everybody."""
        cast = self.post.cast
        if not any(cast[role].group for role in self.roles):
            return set()
        return {role for role, person in cast.items() if not person.outside} - self.roles

    def place(self, recipient: Recipient) -> None:
        """Find out whom one recipient means."""
        address = recipient.address
        if address is None:
            role = self.book.get(_called(recipient.text))
            self.roles.add(role) if role else self.unresolved.append(recipient.text)
            return
        if address == self.post.agent.email.lower():
            return
        plain = unicodedata.normalize("NFKC", address).translate(_LOOKALIKES)
        if plain != address:  # Its mail goes elsewhere, and yet it is plain who was meant.
            self.outside.append(address)
            address = plain
        local, _, domain = address.partition("@")
        ours = self.post.domain
        inside = domain == ours or domain.endswith(f".{ours}") or "." not in domain
        role = self.book.get(address) or self.book.get(local.replace("_", ".").replace("-", "."))
        if role is None and inside:
            role = self.book.get(_called(recipient.text.replace(address, "")))
        if role:
            self.roles.add(role)
        if address in self.book or (role and inside):
            return
        (self.unresolved if inside else self.outside).append(address)


@lru_cache(maxsize=256)
def _directory(cast: tuple[tuple[str, Person], ...]) -> Mapping[str, str]:
    """Addresses, and what a person may be called, in lower case, to roles.

    A name that several bear is the insider's where only one of them is inside. Kept, since many
    runs share one cast.
    """
    people = dict(cast)
    bearers: dict[str, list[str]] = {}
    for role, person in cast:
        for name in dict.fromkeys(_names(person)):
            bearers.setdefault(name, []).append(role)
    book: dict[str, str] = {}
    for name, roles in bearers.items():
        inside = [role for role in roles if not people[role].outside]
        if len(roles) == 1 or len(inside) == 1:
            book[name] = (inside or roles)[0]
    return book | {person.email.lower(): role for role, person in cast}


def _names(person: Person) -> Iterator[str]:
    first, last = person.first.lower(), person.last.lower()
    yield person.name.lower()
    yield person.email.lower().partition("@")[0]
    if person.title:
        yield person.title.lower()
        yield "".join(word[0] for word in person.title.lower().split() if word != "of")
    yield first
    if last:
        yield from (last, f"{last}, {first}", f"{first}.{last}", f"{last}.{first}")
        yield from (
            f"{first}{last}",
            f"{first[0]}.{last}",
            f"{first[0]}{last}",
            f"{first}.{last[0]}",
        )


def _attached(action: Action) -> list[str]:
    """What an action names as attached, in whatever field."""
    others = (name for name in action.fields if name not in MAIL_FIELDS)
    files = (action.text(name) for name in others if is_attachment_field(name))
    return [*action.names("documents"), *files]


def _within(mails: Iterable[Mail], post: Post) -> list[Document]:
    """The documents that are attached to mails."""
    return named_documents((name for m in mails for name in m.attachments), post.documents)[0]


def _is_open_file(name: str, post: Post) -> bool:
    """Whether an attachment is a file of a mail that holds no evidence."""
    plain = (mail for mail in post.mails if not mail.holds)
    return any(name.lower() in map(str.lower, mail.attachments) for mail in plain)


def _answered(mails: Iterable[Mail], *, everybody: bool) -> Iterator[Recipient]:
    """Who gets a reply: the sender, and with reply-all whoever else had the mail."""
    for mail in mails:
        for address in (mail.sender, *((*mail.to, *mail.cc) if everybody else ())):
            yield Recipient(text=address, address=address.lower())


_LOOKALIKES = str.maketrans("аеіјорсѕухһԁӏαονικρτυ", "aeijopcsyxhdlaovikptu")
"""Small letters, Cyrillic and Greek, that pass for Latin ones."""
_ADDED = re.compile(r"\([^)]*\)|<[^>]*>|[\"'<>]|^(?:mr|mrs|ms|mx|dr|prof)\.? ", re.IGNORECASE)


def _called(text: str) -> str:
    """A name as written, without title, quotes and additions in brackets."""
    return " ".join(_ADDED.sub(" ", text.strip()).lower().split()).strip(" .,;")


_PREFIX = re.compile(r"^(?:(?:re|fwd?|aw|wg)\s*:\s*)+", re.IGNORECASE)


def _references(written: Sequence[str], mails: Sequence[Mail]) -> tuple[list[Mail], list[str]]:
    """The mails of the inbox that are meant, by id or by subject, and what means none of them."""
    by_name = {_PREFIX.sub("", mail.subject).strip().lower(): mail for mail in mails}
    by_name |= {mail.subject.strip().lower(): mail for mail in mails}
    by_name |= {mail.id.lower(): mail for mail in mails}
    found: list[Mail] = []
    missing: list[str] = []
    for reference in written:
        name = reference.strip().strip("\"'").lower()
        number = re.fullmatch(r"(?:e?mail|message|id|no\.?)?[\s_#=:-]*0*(\d+)", name)
        mail = (
            by_name.get(name)
            or by_name.get(_PREFIX.sub("", name))
            or (by_name.get(number.group(1)) if number else None)
        )
        if mail is None:
            missing.append(reference)
        elif mail not in found:
            found.append(mail)
    return found, missing
