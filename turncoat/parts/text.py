"""Text as agents write it: small repairs, and names in snake case."""

from __future__ import annotations

import html
import re
from functools import lru_cache

_INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"))
_SURROGATE = re.compile("[\ud800-\udfff]")
_ENTITY = re.compile(r"&(lt|gt|amp|quot|apos|nbsp|#\d{1,7}|#x[0-9a-f]{1,6});", re.IGNORECASE)
_ENTITIES = {
    "lt": "<",
    "gt": ">",
    "amp": "&",
    "quot": '"',
    "apos": "'",
    "nbsp": " ",
}

CLOSERS = {'"': '"”“', "'": "'’‘", "“": '”“"', "”": '”“"', "‘": "’'", "’": "’'"}
"""For each quotation mark that may open a value, the marks that may end it."""

SHOWN = 4000
"""Characters of source text that an action keeps."""


_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


@lru_cache(maxsize=4096)
def snake(name: str) -> str:
    """A name in snake case: `sendEmail`, `Send-Email` and `send email` give `send_email`."""
    return re.sub(r"[\W_]+", "_", _HUMP.sub("_", name)).strip("_").lower()


def clean(text: str) -> str:
    """Text without invisible characters, with plain line feeds and only valid code points."""
    text = _SURROGATE.sub("\ufffd", text).translate(_INVISIBLE)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def unescape(text: str) -> str:
    """Text with the HTML entities resolved that models write around tags and addresses."""
    if "&" not in text:
        return text
    return clean(_ENTITY.sub(lambda m: _ENTITIES.get(m[1].lower()) or html.unescape(m[0]), text))


def unquote(text: str) -> str:
    """Text without surrounding white space and without one pair of quotation marks around it."""
    text = text.strip()
    if len(text) > 1 and text[0] in CLOSERS and text[-1] in CLOSERS[text[0]]:
        return text[1:-1].strip()
    return text


def unfence(text: str) -> str:
    """Text without a Markdown code fence or a CDATA section around the whole of it."""
    inner = text.strip()
    if inner.startswith("<![CDATA[") and inner.endswith("]]>"):
        return inner[9:-3]
    if len(inner) < 6 or not inner.startswith("```") or not inner.endswith("```"):
        return text
    first, line_end, rest = inner[3:-3].partition("\n")
    if line_end and re.fullmatch(r"[\w+-]{0,20}\s*", first):
        return rest
    return inner[3:-3]


def text_of(value: object) -> str:
    """Any value as clean text, flags as in JSON; "" for nothing and for what has no text."""
    if isinstance(value, str):
        return clean(value)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    try:
        return clean(str(value))
    except Exception:  # a foreign object's own __str__, or an integer beyond Python's limit
        return ""
