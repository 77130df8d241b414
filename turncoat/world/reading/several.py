"""Telling two mails that were written into one block."""

from __future__ import annotations

import re

from turncoat.world.reading.fields import Sheet
from turncoat.world.reading.names import field_name
from turncoat.world.reading.text import CLOSERS

_KEY = r"[ \t]{{0,8}}+(?:[-*•][ \t]{{1,4}}+)?[*_]{{0,3}}+(?:{names})[*_]{{0,3}}+[ \t]?[:=]"
_TO = _KEY.format(names="to|recipients?")
_MAILS = _KEY.format(names="mails?|mail[ _]ids?|email[ _]ids?")
_COPIES = _KEY.format(names="b?cc")
_SUBJECT = _KEY.format(names="subject")
_BODY = _KEY.format(names="body|message|content")
_QUOTED = _KEY.format(names="from|sender|date|sent")
# A separator, then the head of a further mail: an addressed `to:` right before `subject:` or
# `body:`. A head with `From:` or `Date:` belongs to a mail that is only quoted. Of many empty
# lines the last few do: with no bound each of them would be a start that reads all the others.
_NEXT_HEAD = re.compile(
    rf"\n[ \t]{{0,20}}+(?:[-=_*#]{{3,60}}+[ \t]{{0,20}}+)?\n(?:[ \t]{{0,20}}+\n){{0,4}}+"
    rf"(?=(?:{_MAILS}[^\n]*+\n)?{_TO}[^\n@]*+@[^\n]*+\n(?:(?:{_COPIES}|{_MAILS})[^\n]*+\n)*+"
    rf"(?:{_BODY}|{_SUBJECT}[^\n]*+\n(?!{_QUOTED})))",
    re.IGNORECASE,
)
_QUOTING = re.compile(
    r"(?:original|forwarded) message|forwarded mail|wrote:|(?:^|\n)[ \t>*]*+"
    r"(?:from|sender|date|sent)\**:",
    re.IGNORECASE,
)
_NEAR = 160
_MOST_MAILS = 200


def split_mails(content: str) -> list[str]:
    """The pieces of a block's content, one for each mail with a head of its own.

    Args:
        content: The content of a mail tool's block.

    Returns:
        The content itself where it holds one mail, or where a further head only quotes one.
    """
    pieces: list[str] = []
    start = 0
    for match in _NEXT_HEAD.finditer(content):
        before = content[max(start, match.start() - _NEAR) : match.start()]
        if _QUOTING.search(before) or before.rpartition("\n")[2].lstrip().startswith(">"):
            continue
        if len(pieces) == _MOST_MAILS:
            break
        pieces.append(content[start : match.start()])
        start = match.end()
    return [*pieces, content[start:]]


def ends_openly(sheet: Sheet) -> bool:
    """Whether a piece is a whole mail whose body nothing holds open past its end."""
    bodies = [value for key, value in sheet.pairs if field_name(key) == "body"]
    if not bodies or not any(field_name(key) in ("to", "mails") for key, _ in sheet.pairs):
        return False
    body = bodies[0].strip()
    held = body[:1] in CLOSERS and body[-1:] not in CLOSERS[body[0]] if body else False
    return not held and body.count("```") % 2 == 0 and "<body" not in body
