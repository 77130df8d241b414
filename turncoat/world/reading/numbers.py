"""The mails that a value refers to: numbers, or the reference as it is written."""

from __future__ import annotations

import re
from collections.abc import Iterator

from turncoat.world.reading.addresses import says_nobody, texts_of
from turncoat.world.reading.text import unquote

_WORD = r"(?:e-?mails?|mails?|messages?|msgs?|ids?|nos?|nr|number|#)[\s_#:=.\[-]{0,4}+"
_NUMBER = r"(?P<first>\d{1,18}+)(?:\s?[-–]\s?#?(?P<last>\d{1,3}+))?+"
_ITEM = re.compile(rf"(?:{_WORD}){{0,3}}+{_NUMBER}[\].]?(?![\w-])", re.IGNORECASE)
_NAMED_ITEM = re.compile(rf"(?:{_WORD}){{1,3}}+{_NUMBER}(?![\w-])", re.IGNORECASE)
_BETWEEN = re.compile(r"\s*+(?:(?:[,;&•*+-]|and\b)\s*+)*+", re.IGNORECASE)
_REMARK = re.compile(r"\([^()\n]*+\)")
_QUOTES = str.maketrans("", "", "\"'“”‘’`*")
_WRAPPING = " \t\n[](){}<>\"'“”‘’`*,;"
_LONGEST_RANGE = 50
_MOST = 2000


def parse_mails(value: object) -> tuple[str, ...]:
    """The mails that a value refers to, in order, each once.

    Args:
        value: `3`, `#3`, `mail 03`, `email_11`, `[3, 4]`, `3-5`, `Mail 3 (from ...)`, a subject,
            or a list of such; text or the argument of a tool call.

    Returns:
        Numbers without leading zeros where the value numbers mails, else what is written: digits
        within a subject ("Checklist for 5:00 PM") number nothing.
    """
    found: dict[str, None] = {}
    for written in texts_of(value):
        if not says_nobody(written):
            found |= dict.fromkeys(_references(written))
        if len(found) > _MOST:
            break
    return tuple(found)


def _references(written: str) -> list[str]:
    plain = written.strip(_WRAPPING)
    numbers = _all_numbers(_REMARK.sub("", written).strip(_WRAPPING) or plain)
    if numbers:
        return numbers
    if named := _NAMED_ITEM.match(plain):
        return list(_numbers(named))
    lines = [unquote(line.strip().lstrip("-*• ")) for line in written.split("\n")]
    if len(lines) == 1:
        return [unquote(written).strip("[]\"' ") or plain] if plain else []
    return [number for line in lines if line for number in _references(line)]


def _all_numbers(text: str) -> list[str]:
    """The numbers in a text that holds nothing but numbered items; else none."""
    text = text.translate(_QUOTES)
    found: list[str] = []
    position = 0
    while position < len(text) and len(found) <= _MOST:
        between = _BETWEEN.match(text, position)
        position = between.end() if between else position
        match = _ITEM.match(text, position)
        if match is None:
            return found if not text[position:].strip(_WRAPPING) else []
        found += _numbers(match)
        position = match.end()
    return found


def _numbers(match: re.Match[str]) -> Iterator[str]:
    first, last = match["first"], match["last"]
    if last and len(first) <= len("999") and int(first) < int(last) <= int(first) + _LONGEST_RANGE:
        yield from map(str, range(int(first), int(last) + 1))
        return
    for number in filter(None, (first, last)):
        yield number.lstrip("0") or number[-1:]
