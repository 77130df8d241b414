"""Whether the model that answered is the one that was asked for, by their names."""

from __future__ import annotations

import re
from collections import Counter
from typing import Literal

Likeness = Literal["same", "doubtful", "other"]

_DATE = re.compile(r"(?<![\d.])(?:20\d{2}-?\d{2}-?\d{2}|\d{2}-\d{2}|\d{4})(?![\d.])")
_ALIAS = re.compile(r"(?:-latest|-0|:[a-z]+)$")
_CLOUD = re.compile(r"^(?:(?:us|eu|apac|global)\.)?(?:anthropic|meta|mistral|amazon)\.|-v\d+:\d+$")
_FILE = re.compile(r"\.(?:gguf|bin|safetensors)$")
_VERSION = re.compile(r"(?<=\d)[.-](?=\d{1,2}(?:[^\w.]|$))")
_PART = re.compile(r"[a-z]+\d+(?:\.\d+)?[a-z]*|\d+(?:\.\d+)?[a-z]*|[a-z]+")
_KINDS = frozenset(
    {"mini", "nano", "micro", "tiny", "small", "medium", "large", "xl", "lite", "flash", "pro"}
    | {"plus", "max", "ultra", "turbo", "fast", "air", "haiku", "sonnet", "opus", "scout"}
    | {"maverick", "coder", "code", "vision", "audio", "image", "embed", "guard", "math", "omni"}
)
"""Words that set models of one family apart."""


def likeness(requested: str, served: str) -> Likeness:
    """How alike the names are of the model that was asked and the one that answered.

    Providers answer an alias with a dated snapshot (`gpt-4o` with `gpt-4o-2024-08-06`), and
    gateways put vendor, family and version in an order of their own (`claude-opus-4` is
    `claude-4-opus-20250522`). So names are compared as sets of parts.

    Args:
        requested: Inspect's model name, with provider.
        served: The name in the provider's response.

    Returns:
        `same`, also where either is unknown; `doubtful` where family, version and size agree and
        something else is said of only one (`-instruct`, `-fp8`); `other` for all else, two
        snapshots of different dates included.
    """
    if not requested or not served:
        return "same"
    asked, answered = _bare(requested), _bare(served)
    if asked == answered:
        return "same"
    dates = [_DATE.findall(name) for name in (asked, answered)]
    if all(dates) and [d.replace("-", "") for d in dates[0]] != [
        d.replace("-", "") for d in dates[1]
    ]:
        return "other"
    mine, theirs = (Counter(_parts(name)) for name in (asked, answered))
    if mine == theirs:
        return "same"
    differing = (mine - theirs) + (theirs - mine)
    telling = [part for part in differing if part in _KINDS or any(map(str.isdigit, part))]
    common = [part for part in mine & theirs if part.isalpha() and part not in _KINDS]
    common += [part for part in mine & theirs if not part.isalpha()] if not telling else []
    return "doubtful" if common and not telling else "other"


def _bare(model: str) -> str:
    name = _FILE.sub("", model.strip().lower().rstrip("/").rpartition("/")[2])
    return _ALIAS.sub("", _CLOUD.sub("", name).replace("@", "-"))


def _parts(name: str) -> list[str]:
    return _PART.findall(_VERSION.sub(".", _DATE.sub(" ", name)))
