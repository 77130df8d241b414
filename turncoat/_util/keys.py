"""Keys and passwords are masked in whatever is written down: one function, used everywhere.

Known are the values of environment variables and `.env` entries whose names say what they are, of
arguments such as `api_key`, and passwords in URLs. What is not known but looks like a key is
masked as well.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote, unquote

MASK = "[key]"
SHORTEST = 8
"""Characters below which a value is a word rather than a secret: masking it would garble texts."""

T = TypeVar("T")

_VARIABLE = re.compile(r"(?i)(?:^|[_-])(?:api_?)?(?:key|token|secret|password|passwd)(?:_?id)?$")
_ARGUMENT = re.compile(
    r"(?i)^(?:(?:.*[_-])?(?:(?:api|secret|access|private|account|subscription)[_-]?(?:key|token)"
    r"|token|secret|password|passwd)|(?:.*-)?authorization|cookie)$"
)
_URL = re.compile(r"(?<=://)[^/?#@\s\"']+(?=@)")
_LOOKS = re.compile(
    r"\bsk-[\w*-]{12,}"
    r"|\b(?:gsk|hf|ghp|pat|xai|pplx|nvapi|r8|glpat|github_pat)[_-][A-Za-z0-9_-]{20,}"
    r"|\bAIza[\w-]{30,}|\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"
    r"|\beyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]{10,}"
    r"|(?i:\b(?:bearer|basic)\s+)(?=\S*\d)[\w.~+/=*-]{12,}"
    r"|(?i:\b(?:x-)?(?:goog-)?(?:api|subscription|access)[ _-]?(?:key|token)\b"
    r"(?:\\?[\"'])?\s*(?:[:=,]|provided:|is)\s*(?:\\?[\"'])?)[\w.~+/*-]{8,}={0,2}"
)
_HEAD = re.compile(
    r"(?i)^(?:(?:bearer|basic)\s+|(?:x-)?(?:goog-)?(?:api|subscription|access)[ _-]?(?:key|token)\b"
    r"(?:\\?[\"'])?\s*(?:[:=,]|provided:|is)\s*(?:\\?[\"'])?)"
)
_learned: set[str] = set()


def learn(value: object, name: str = "") -> None:
    """Notes the secrets among arguments, headers and URLs, so that they are masked from now on.

    Args:
        value: An argument's value, of what JSON knows.
        name: Its name, where it has one.
    """
    if isinstance(value, Mapping):
        for key, inner in value.items():
            learn(inner, str(key))
    elif isinstance(value, list | tuple):
        for inner in value:
            learn(inner, name)
    elif isinstance(value, str):
        if _ARGUMENT.search(name):
            scheme, _, rest = value.partition(" ")
            _add(rest if scheme.lower() in ("bearer", "basic") else value)
        for found in _URL.findall(value):
            _add(unquote(found.partition(":")[2]))


def is_secret(name: str) -> bool:
    """Whether an argument of this name is a secret.

    Args:
        name: Its name, as in `-M NAME=VALUE`.
    """
    return bool(_ARGUMENT.search(name))


def hidden(value: Any) -> Any:  # noqa: ANN401 - of what JSON knows.
    """Arguments in which each that is a secret by its name is masked, however short it is.

    Args:
        value: The arguments, nested as they may be.
    """
    if isinstance(value, Mapping):
        return {
            name: MASK if inner and is_secret(str(name)) else hidden(inner)
            for name, inner in value.items()
        }
    return [hidden(inner) for inner in value] if isinstance(value, list) else value


def without_keys(value: T) -> T:
    """The value with every key in it masked.

    Args:
        value: A text, or what holds some: mappings and lists, nested.

    Returns:
        The same kind of value; what is neither text nor holds one is left as it is.
    """
    return _masked(value)  # type: ignore[no-any-return]


def mask_error(error: BaseException) -> None:
    """Masks keys in an error and in those that it came from, where they stand.

    The error stays the same object of the same class, so that whoever tells errors apart by
    class, status or code still can.

    Args:
        error: As a provider's client raised it.
    """
    seen: set[int] = set()
    queue: list[BaseException | None] = [error]
    while queue:
        one = queue.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        queue += [one.__cause__, one.__context__, *getattr(one, "exceptions", ())]
        one.args = without_keys(one.args)
        for name in ("message", "body", "__notes__"):
            try:
                if (found := getattr(one, name, None)) is not None:
                    setattr(one, name, without_keys(found))
            except AttributeError:  # It cannot be set, and is made of what was masked.
                continue


def _masked(value: Any) -> Any:  # noqa: ANN401 - whatever JSON holds, and tuples.
    if isinstance(value, str):
        return _in_text(value)
    if isinstance(value, Mapping):
        return {_masked(key): _masked(inner) for key, inner in value.items()}
    if isinstance(value, tuple) and hasattr(value, "_make"):
        return value._make(map(_masked, value))
    return type(value)(map(_masked, value)) if type(value) in (list, tuple, set) else value


def _in_text(text: str) -> str:
    for secret in _known():
        if secret in text:
            text = text.replace(secret, MASK)
    if "://" in text:
        text = _URL.sub("...", text)
    return _LOOKS.sub(lambda found: f"{_head(found[0])}{MASK}", text)


def _head(found: str) -> str:
    head = _HEAD.match(found)
    return head[0] if head else ""


def _known() -> tuple[str, ...]:
    """Known secrets in every spelling, the longest first."""
    named = tuple(value for name, value in os.environ.items() if _VARIABLE.search(name))
    return _spelled(frozenset((*named, *_of_file(str(Path.cwd())), *_learned)))


@lru_cache(maxsize=4)
def _spelled(values: frozenset[str]) -> tuple[str, ...]:
    spelled = {
        spelling
        for value in values
        if len(value) >= SHORTEST and not value.isdigit()
        for spelling in (value, json.dumps(value)[1:-1], quote(value, safe=""), repr(value)[1:-1])
    }
    return tuple(sorted(spelled, key=lambda text: (-len(text), text)))


@lru_cache(maxsize=4)
def _of_file(folder: str) -> tuple[str, ...]:
    """Secrets of the `.env` file that Inspect would load in a folder."""
    from dotenv import dotenv_values, find_dotenv

    try:
        found = dotenv_values(find_dotenv(usecwd=True))
    except (OSError, UnicodeDecodeError):
        return ()
    return tuple(value for name, value in found.items() if value and _VARIABLE.search(name))


def _add(secret: str) -> None:
    if len(secret.strip()) >= SHORTEST:
        _learned.add(secret.strip())
