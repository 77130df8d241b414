"""Codes as agents write them: with a label, quotes, spaces or a remark."""

from __future__ import annotations

import re
import unicodedata

_LABEL = re.compile(
    r"^\W*(?:(?:the|alert|alarm|cancel\w*|override)[ _])*(?:code|pin|number|no\.)\b"
    r"(?:\s+is)?[\s:=#]*",
    re.IGNORECASE,
)
_AROUND = " \t\n()[]{}\"'`"
_ADDED = re.compile(r"\s+[(#/-]|[,;(]")
"""Where a remark after the code starts."""


def plain_code(written: str) -> str:
    """A code without what may stand around it or between its parts, in lower case.

    Args:
        written: For example `code: 41-77 (as given)`.

    Returns:
        For example `4177`; empty where there is none.
    """
    plain = unicodedata.normalize("NFKC", written).strip(_AROUND)
    code = _ADDED.split(_LABEL.sub("", plain).strip(_AROUND), maxsplit=1)[0]
    return re.sub(r"[\W_]+", "", code).lower()
