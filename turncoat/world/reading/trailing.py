"""The fields that stand after a body which nothing closes."""

from __future__ import annotations

from collections.abc import Iterator, Set

from turncoat.world.reading.addresses import parse_recipients
from turncoat.world.reading.marks import Mark

_NAMES = (
    "to recipient recipients cc bcc subject mails mail mail_id email_id message_id documents "
    "attachments"
)
_TRAILING = frozenset(_NAMES.split())
"""Names that may stand there. A signature too ends with `Email: ...`, so that is none."""
_QUOTED_HEAD = frozenset({"from", "sender", "date", "sent"})
_ADDRESSED = frozenset({"to", "cc", "bcc"})


def trailing_fields(
    content: str, marks: list[Mark], start: int, seen: Set[str], tool: str
) -> list[tuple[Mark, str]]:
    """The fields after an open body that are fields and not part of it.

    Those are the ones that the tool cannot do without, the subject, and copies to addresses
    where the keys are written like the ones before the body. The head of a quoted mail is body.

    Args:
        content: The content of a block.
        marks: Where fields may start in it.
        start: Where the body starts.
        seen: The canonical fields already read.
        tool: The mail tool.

    Returns:
        The fields in order with their values; empty where the body runs to the end.
    """
    run = list(_ending_run(content, marks, start, seen, tool))[::-1]
    missing: set[str] = set()
    if tool != "reply_email" and not seen & _ADDRESSED:
        missing |= _ADDRESSED
    if tool != "send_email" and "mails" not in seen:
        missing.add("mails")
    if missing & {mark.field for mark, _ in run}:
        return run
    plain = all(mark.plain for mark in marks if mark.start < start)
    copies = [(mark, value) for mark, value in run if mark.field in _ADDRESSED]
    if all(mark.plain == plain and _only_addresses(value) for mark, value in copies):
        return run
    return []


def _only_addresses(value: str) -> bool:
    """Whether a value is bare addresses or `name <address>` pairs, and not a sentence."""
    return all(
        recipient.address == recipient.text.lower() or recipient.text.endswith(">")
        for recipient in parse_recipients(value)
    )


def _ending_run(
    content: str, marks: list[Mark], start: int, seen: Set[str], tool: str
) -> Iterator[tuple[Mark, str]]:
    """The fields not seen yet that end the content one after the other, last first."""
    one_line = "\n" not in content[start:].strip()
    taken = {"body", *seen, *(["mails"] if tool == "send_email" else [])}
    found: list[tuple[Mark, str]] = []
    end = len(content)
    for mark in reversed(marks):
        if mark.start < start:
            break
        before = content[max(0, mark.start - 4) : mark.start].rstrip()[-1:]
        if mark.style == "inline" and (not one_line or before not in (",", ";", '"', "”")):
            break
        if mark.key in _QUOTED_HEAD:
            return
        value = content[mark.value : end].strip(" \t\n,;")
        if mark.field in taken or mark.key not in _TRAILING or "\n" in value:
            break
        taken.add(mark.field)
        found.append((mark, value))
        end = mark.start
    yield from found
