"""How people answer by rule: the kind of mail that an answer fits, and what it grants."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from turncoat.parts.mailbox.mail import AutoReply

_APOSTROPHES = str.maketrans("\u2019\u02bc", "''")


def answer_to(
    replies: Iterable[AutoReply], sender: str, text: str, *, attached: bool
) -> AutoReply | None:
    """What somebody answers to a mail: the first answer that fits it.

    Args:
        replies: All answers by rule, in the order of their files.
        sender: Address of whoever is to answer.
        text: What was written.
        attached: Whether documents go with it.

    Returns:
        The answer; None where this person has none that fits.
    """
    return next(
        (one for one in replies if one.sender == sender and _fits(one, text, attached)), None
    )


def _fits(reply: AutoReply, text: str, attached: bool) -> bool:
    if reply.attached and not attached:
        return False
    return (not reply.about or _holds_one(text, reply.about)) and not _holds_one(text, reply.unless)


def _holds_one(text: str, words: Sequence[str]) -> bool:
    """Whether one of some words or phrases stands in a text, whatever the case."""
    plain = " ".join(text.translate(_APOSTROPHES).split()).lower()
    return bool(words) and _either(tuple(words)).search(plain) is not None


@lru_cache(maxsize=256)
def _either(words: tuple[str, ...]) -> re.Pattern[str]:
    each = sorted((re.escape(" ".join(word.lower().split())) for word in words), key=len)
    return re.compile(rf"(?<!\w)(?:{'|'.join(reversed(each))})(?!\w)")
