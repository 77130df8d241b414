"""People and items out of the values that agents give for them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping

from turncoat.contract import Recipient
from turncoat.parts.text import snake, text_of, unescape, unfence, unquote

# The local part starts where its run of characters starts: `o'brien@x` never gives `brien@x`.
ADDRESS = re.compile(r"(?<![\w.+'&%#~$!-])[\w.+'&%#~$!-]++@[\w-]++(?:\.[\w-]++)*+")

_NOBODY = frozenset({"", "-", "--", "—", "none", "n/a", "n.a", "na", "null", "nil", "empty"})
_NOBODY |= {"blank", "optional", "not applicable", "no one", "nobody"}
_PIECE = re.compile(r'"[^"\n]*+"|“[^“”\n]*+”|\([^()\n]*+\)|<[^<>\n]*+>|[,;\n]|[^,;\n"“(<]++|.')
_BULLET = re.compile(r"^\s*+(?:[-*•+]|\d{1,2}[.)]|and|&)\s++")
_OUTSIDE = " \t\n*`.,;"
_WRAPPED = {"[": "]", "{": "}", "(": ")"}
_ADDRESS_KEYS = ("email", "address", "emailaddress", "mail", "to")
_MAX_DEPTH = 8
_COMMENT = re.compile(r"(?:(?<=\s)//(?=\s)[^\n]*+|<!--[^<>\n]{0,200}+>|/\*[^*\n]{0,200}+\*/)")
"""What programmers write beside a value."""
_LINK = re.compile(r"\[([^\[\]\n]{0,200}+)\]\(<?mailto:([^()<>\s]{1,300}+)>?\)", re.IGNORECASE)


def parse_recipients(value: object) -> tuple[Recipient, ...]:
    """Everybody that a `to`, `cc` or `bcc` value names, in order, each address once.

    Understands one address or many (commas, semicolons, lines, bullets, brackets, a JSON list),
    display names, quotation marks, `mailto:` links, and lists of texts or of name and address
    pairs from a tool call. What says "nobody" (`none`, `n/a`, `(optional)`) gives nobody.

    Args:
        value: Text as the agent wrote it, or the argument of a tool call; anything at all.

    Returns:
        One recipient per address, and one without address per name that has none. Every address
        stands in the value, apart from capitals.
    """
    found: dict[str, Recipient] = {}
    for written in texts_of(value):
        for recipient in _recipients_in(written):
            found.setdefault(recipient.address or recipient.text.lower(), recipient)
    return tuple(found.values())


def parse_names(value: object) -> tuple[str, ...]:
    """The ids in a list of documents, as written, without brackets and quotation marks."""
    found: list[str] = []
    for written in texts_of(value):
        for piece in re.split(r"[,;\n]", _unwrap(written)):
            name = unquote(_BULLET.sub("", piece))
            if not says_nobody(name):
                found.append(name)
    return tuple(dict.fromkeys(found))


def texts_of(value: object, depth: int = 0) -> Iterator[str]:
    """The texts in a value of any shape; a pair of name and address becomes `name <address>`."""
    if isinstance(value, Mapping):
        keyed = {snake(text_of(key)).replace("_", ""): item for key, item in value.items()}
        address = next((keyed[key] for key in _ADDRESS_KEYS if key in keyed), None)
        if isinstance(address, str) and "@" in address:
            yield f"{text_of(keyed.get('name', ''))} <{text_of(address)}>".strip()
            return
        value = keyed.get("name", list(keyed.values()))
    if isinstance(value, Iterable) and not isinstance(value, str | bytes):
        if depth < _MAX_DEPTH:
            for item in value:
                yield from texts_of(item, depth + 1)
        return
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    written = unescape(unfence(text_of(value))).replace("\\_", "_").strip()
    if written[:1] in ("[", "{") and depth < _MAX_DEPTH and '"' in written:
        try:
            yield from texts_of(json.loads(written), depth + 1)
            return
        except (ValueError, RecursionError):
            pass
    if written := _COMMENT.sub("", written).strip():
        yield written


def _recipients_in(written: str) -> Iterator[Recipient]:
    segments = list(_segments(_unwrap(_LINK.sub(_unlink, written))))
    for number, segment in enumerate(segments):
        addresses = list(ADDRESS.finditer(segment))
        if not addresses:
            follower = segments[number + 1] if number + 1 < len(segments) else ""
            if not says_nobody(segment) and not _is_surname_of(segment, follower):
                yield Recipient(text=segment)
            continue
        start = 0
        for match in addresses:
            address = _trim(match[0])
            several = len(addresses) > 1
            text = segment[start : match.end()].strip(_OUTSIDE + "<>()[]") if several else segment
            start = match.end()
            if address:
                yield Recipient(text=text or address, address=address.lower())


def _segments(text: str) -> Iterator[str]:
    """Text split at separators that stand outside quotation marks, brackets and parentheses."""
    pieces: list[str] = []
    for match in _PIECE.finditer(text + ","):
        if match[0] not in (",", ";", "\n"):
            pieces.append(match[0])
            continue
        segment = unquote(_BULLET.sub("", "".join(pieces)).strip(_OUTSIDE)).strip(_OUTSIDE)
        pieces.clear()
        if segment:
            yield segment


def _is_surname_of(segment: str, follower: str) -> bool:
    """Whether an unquoted `Doe, Jane <jane.doe@...>` was split at its comma."""
    match = ADDRESS.search(follower)
    if not match or " " in segment or "<" not in follower:
        return False
    return segment.lower() in match[0].partition("@")[0].lower() and match.start() > 1


def _trim(address: str) -> str:
    """An address without the marks that clung to it: quotation marks, Markdown underscores."""
    if address.startswith("_") and address.endswith("_"):
        address = address.strip("_")
    local, _, domain = address.lstrip("'.&#!-").partition("@")
    domain = domain.rstrip("_-")
    return f"{local}@{domain}" if local and domain else ""


def _unwrap(text: str) -> str:
    """Text without quotation marks and brackets around the whole of it."""
    text = _unquote_whole(text)
    while len(text) > 1 and _WRAPPED.get(text[0]) == text[-1] and text[0] not in text[1:]:
        text = text[1:-1].strip()
    return _unquote_whole(text)


def _unquote_whole(text: str) -> str:
    inner = unquote(text)
    return text.strip() if text.strip()[:1] in inner else inner


def _unlink(match: re.Match[str]) -> str:
    """A Markdown link to an address as that address, with the name that it shows."""
    name, address = match[1].replace('"', "").strip(" *_`<>"), match[2]
    if not name or "@" in name:
        return address
    return f'"{name}" <{address}>' if re.search(r"[,;()“”]", name) else f"{name} <{address}>"


def says_nobody(text: str) -> bool:
    """Whether a value only says that it is empty: `none`, `n/a`, `(optional)`."""
    return text.strip(" \t\n\"'()[]{}<>.`*").lower() in _NOBODY


# Items: mails, documents and whatever else the office numbers or names.

_WORD = r"(?:e-?mails?|mails?|messages?|msgs?|ids?|nos?|nr|number|#)[\s_#:=.\[-]{0,4}+"
_NUMBER = r"(?P<first>\d{1,18}+)(?:\s?[-–]\s?#?(?P<last>\d{1,3}+))?+"
_ITEM = re.compile(rf"(?:{_WORD}){{0,3}}+{_NUMBER}[\].]?(?![\w-])", re.IGNORECASE)
_NAMED_ITEM = re.compile(rf"(?:{_WORD}){{1,3}}+{_NUMBER}(?![\w-])", re.IGNORECASE)
_BETWEEN = re.compile(r"\s*+(?:(?:[,;&•*+-]|and\b)\s*+)*+", re.IGNORECASE)
_REMARK = re.compile(r"\([^()\n]*+\)")
_NUMBER_REMARKED = re.compile(r"(?P<items>[^\n:–—]{1,200}?)[ \t]++(?:#(?=[ \t])|--|[–—])[^\n]*+\Z")
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


def parse_items(value: object) -> tuple[str, ...]:
    """The items that a value refers to: numbers where it numbers them, else names.

    Args:
        value: `3`, `3, 4`, `[D-1, D-2]`, a list of such; text or the argument of a tool call.
    """
    found: dict[str, None] = {}
    for written in texts_of(value):
        numbers = _all_numbers(_REMARK.sub("", written).strip(_WRAPPING))
        found |= dict.fromkeys(numbers or parse_names(written))
    return tuple(found)


def _references(written: str) -> list[str]:
    plain = written.strip(_WRAPPING)
    numbers = _all_numbers(_REMARK.sub("", written).strip(_WRAPPING) or plain)
    if numbers:
        return numbers
    remarked = _NUMBER_REMARKED.match(plain)
    if remarked and (numbers := _all_numbers(remarked["items"].strip(_WRAPPING))):
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
