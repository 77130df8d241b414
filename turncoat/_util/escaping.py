"""What others chose (models, servers, folders) as text that does nothing where it is shown."""

from __future__ import annotations

import json
import re
import unicodedata

_HARMLESS = frozenset("\n\t")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?%?", re.IGNORECASE)
_FORMULA = frozenset("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
"""How a cell begins that a spreadsheet takes for a formula, in full width too."""


def printable(text: str) -> str:
    r"""A text for a terminal: what would control it is spelled out, as `\x1b`.

    Args:
        text: Any text; line breaks and tabs stay.
    """
    if text.isascii() and text.replace("\n", "").replace("\t", "").isprintable():
        return text
    return "".join(_spelled(sign) if _controls(sign) else sign for sign in text)


def one_line(text: str) -> str:
    """A text on one line, as JSON has it where it holds line breaks or other control characters.

    Args:
        text: Any text.
    """
    return text if text.isprintable() else json.dumps(text)


def unbroken(text: str) -> str:
    """A text of several lines in which the line feed alone begins one.

    Whoever reads text may take a form feed, a vertical tab or U+2028 for the end of a line as
    well.

    Args:
        text: Any text.
    """
    return printable("\n".join(text.replace("\r\n", "\n").split("\r")))


def inert(value: object) -> object:
    """A cell of a CSV file that no spreadsheet takes for a formula.

    Args:
        value: What is to stand there; numbers stay numbers.
    """
    if isinstance(value, str) and value[:1] in _FORMULA and not _NUMBER.fullmatch(value):
        return f"'{value}" if value else value
    return value


def _controls(sign: str) -> bool:
    """Control characters, overrides of direction, breaks of lines, halves of characters."""
    return sign not in _HARMLESS and (
        unicodedata.category(sign) in ("Cc", "Cs", "Zl", "Zp")
        or "\u202a" <= sign <= "\u202e"
        or "\u2066" <= sign <= "\u2069"
    )


def _spelled(sign: str) -> str:
    return f"\\x{ord(sign):02x}" if ord(sign) < 0x100 else f"\\u{ord(sign):04x}"
