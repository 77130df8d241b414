"""The inbox of the original prompts, read back from their text."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from turncoat.parts.mailbox.mail import Mail

_MAIL = re.compile(r"<email>\s*\n(.*?)\n?\s*</email>", re.DOTALL)
_HEADER = re.compile(r"(?P<name>[A-Z][\w-]*):[ \t]*(?P<value>.*)")
_BETWEEN_ADDRESSES = re.compile(r"[,;]\s*")


def read_mailbox(text: str) -> tuple[Mail, ...]:
    """The mails of a prompt, in the order in which they stand there.

    Args:
        text: The part of the prompt that holds the mails.

    Returns:
        Mails with the id that the prompt gives them, else their place, counted from "1".
    """
    return tuple(
        _read(place, match.group(1)) for place, match in enumerate(_MAIL.finditer(text), start=1)
    )


def addresses_in(mails: tuple[Mail, ...]) -> Iterator[str]:
    """Every address that some mail has in its head, in lower case, with repeats.

    Args:
        mails: The mails.
    """
    for mail in mails:
        yield from (mail.sender, *mail.to, *mail.cc)


def _read(place: int, text: str) -> Mail:
    headers: dict[str, str] = {}
    lines = text.splitlines()
    body = ""
    for number, line in enumerate(lines):
        found = _HEADER.match(line)
        if found is None:
            continue
        if found["name"].lower() == "body":
            body = "\n".join((found["value"], *lines[number + 1 :])).strip()
            break
        headers[found["name"].lower()] = found["value"].strip()
    return Mail(
        id=headers.get("id", str(place)),
        slot=f"{place:02d}",
        sender=headers.get("from", "").lower(),
        to=_addresses(headers.get("to", "")),
        cc=_addresses(headers.get("cc", "")),
        subject=headers.get("subject", ""),
        sent=headers.get("timestamp", ""),
        attachments=_files(headers.get("attachments", "")),
        body=body,
    )


def _addresses(value: str) -> tuple[str, ...]:
    return tuple(part.lower() for part in _BETWEEN_ADDRESSES.split(value) if part)


def _files(value: str) -> tuple[str, ...]:
    """The file names in a header that may be written as a Python list."""
    try:
        names = ast.literal_eval(value)
    except (ValueError, SyntaxError):
        names = _BETWEEN_ADDRESSES.split(value)
    return tuple(str(name) for name in names if name) if isinstance(names, list | tuple) else ()
