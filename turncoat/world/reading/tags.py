"""The tags that give a reply its structure: tool blocks and scratchpads, one pass over the text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches
from typing import Literal, NamedTuple

from turncoat.parts.text import snake, unescape
from turncoat.parts.toolbox import Toolbox

Kind = Literal["tool", "close", "pad", "pad_close"]


class Tag(NamedTuple):
    """One tag of the structure and where it stands."""

    kind: Kind
    start: int
    end: int
    name: str = ""
    """The tool as written ("" where the block names it inside), or the family of a scratchpad."""
    attributes: str = ""
    empty: bool = False
    """Whether it closes itself, as `<tool:send_email ... />`."""
    escaped: bool = False
    """Whether it is written with `&lt;`."""
    weak: bool = False
    """Whether it closes a block only where that is called just so (`</email>`)."""
    general: bool = False
    """Whether it closes a block whatever its tool (`</tool>`)."""
    field: bool = False
    """Whether inside a block of another name it is a field (`<tool:to>`, `</tool:to>`)."""


_TAG = re.compile(
    r"(?:<|&lt;)(?P<slash>\s{0,3}[/\\]{1,2})?\s{0,3}"
    r"(?P<name>[A-Za-z][\w.\-]{0,63}(?::[ ]?/?[\w.\-]{0,63})?)"
    r"(?:\s?=\s?[\"'“]?(?P<of>[\w.\-]{1,63})[\"'”]?)?",
    re.IGNORECASE,
)
# To the end of the tag past quoted values that hold `>`. A backslash never shields `<` or `>`:
# so the ways to read quotation marks from two starts differ by a permutation, at most three scans
# pass any character, and hostile input stays linear.
_QUOTED_END = re.compile(
    r"""(?:[^<>"'\\]++|\\[^<>]?+|"(?:[^"\\]|\\[^<>]?+)*+"|'(?:[^'\\]|\\[^<>]?+)*+')*+>"""
)
_PLAIN_END = re.compile(r"[^<>]*+>")
_ESCAPED_END = re.compile(r"(?:[^<>&\n]|&(?!gt;|lt;)){0,400}+&gt;", re.IGNORECASE)
_NAME_ATTRIBUTE = re.compile(r"(?<![\w-])name\s{0,4}=\s{0,4}[\"'“]?\s?([\w.\-: ]{1,63})")
_PAIR = re.compile(r"\s*[\w:-]+\s*=")

_PADS = {
    "scratchpad": "scratchpad scratch_pad scratchpad_reasoning scratch_pad_reasoning scratch "
    "private_scratchpad hidden_scratchpad",
    "think": "think thinking thought thoughts internal_thoughts ant_thinking inner_thoughts",
    "reasoning": "reasoning internal_reasoning private_reasoning hidden_reasoning "
    "inner_monologue internal_monologue monologue",
    # Each a family of its own: inside a scratchpad they come as parts of it.
    "analysis": "analysis internal_analysis private_analysis",
    "internal": "internal",
    "planning": "planning",
    "deliberation": "deliberation deliberations",
}
_PAD_OF = {name: family for family, names in _PADS.items() for name in names.split()}
_PAD_WORDS = {
    "scratchpad": "scratchpad scratchpads scratch",
    "think": "think thinking thought thoughts cot",
    "reasoning": "reasoning reflection reflections monologue",
}
_PAD_OF_WORD = {word: family for family, words in _PAD_WORDS.items() for word in words.split()}
_LONG_PADS = [name for name in _PAD_OF if len(name) > len("think")]
_ALIKE = 0.82
_MOST_GUESSES = 200
"""Names that may be compared with those of scratchpads, one text; keeps hostile replies cheap."""
_PREFIXES = frozenset({"tool", "tools", "tool_use", "function", "functions", "fn"})
_NAMELESS = frozenset(
    {"tool", "tool_call", "tool_calls", "tool_use", "function_call", "function_calls", "invoke"}
    | {"use_tool", "call_tool"}
)
_NAMED_ONLY = frozenset({"function", "action", "call"})
_ENVELOPE_NAMES = (
    "parameters parameter params param arguments argument args arg input inputs fields field "
    "tool_input arg_key arg_value name tool_name code reason value query path"
)
ENVELOPE = frozenset(_ENVELOPE_NAMES.split())
"""Names after `tool:` that hold or name fields inside a block, and are no tools."""
_BEGINNINGS = ("<tool:", "<function=", "<invoke")
_PAD_BEGINNINGS = ("<scratchpad", "<think")
_LONGEST_CUT_TAG = 1000


def structure(text: str, toolbox: Toolbox) -> Iterator[Tag]:
    """The structural tags of a text, from left to right, none inside another.

    Args:
        text: A clean reply (see `text.clean`).
        toolbox: The agent's tools.

    Yields:
        Openings and closings of tool blocks and scratchpads. A tag between backticks is prose.
    """
    done = 0
    families: dict[str, str] = {}
    for match in _TAG.finditer(text):
        if match.start() < done:
            continue
        tag = _read(text, match, toolbox, families)
        if tag is None:
            continue
        done = tag.end
        if text[tag.start - 1 : tag.start] == "`" == text[tag.end : tag.end + 1]:
            continue
        yield tag


def ends_inside_tag(text: str, toolbox: Toolbox) -> bool:
    """Whether a text stops in the middle of what may be an opening tag (`<tool:se`)."""
    start = text.rfind("<", max(0, len(text) - _LONGEST_CUT_TAG))
    rest = text[start:].lower() if start >= 0 else ""
    if len(rest) < 2 or ">" in rest:
        return False
    tools = (*_BEGINNINGS, *(f"<{tool}" for tool in toolbox.tools))
    if any(tag.startswith(rest) for tag in tools + _PAD_BEGINNINGS):
        return True
    return rest.startswith(("<tool", *tools))


def pad_family(plain: str, families: dict[str, str]) -> str:
    """The kind of scratchpad that a name in snake case means, misspelt or not; "" for none.

    Args:
        plain: The name.
        families: What was found out before; filled.
    """
    if plain in _PAD_OF:
        return _PAD_OF[plain]
    if plain not in families:
        if len(families) >= _MOST_GUESSES:
            return ""
        words = plain.split("_")
        family = next((_PAD_OF_WORD[word] for word in words if word in _PAD_OF_WORD), "")
        if not family and len(plain) > len("think"):
            alike = get_close_matches(plain, _LONG_PADS, n=1, cutoff=_ALIKE)
            family = _PAD_OF[alike[0]] if alike else ""
        families[plain] = family
    return families[plain]


def _read(
    text: str, match: re.Match[str], toolbox: Toolbox, families: dict[str, str]
) -> Tag | None:
    """The tag that starts at a match, or None where it is none of ours."""
    name, of = match["name"], match["of"] or ""
    prefix, _, local = name.rpartition(":")
    local = local.strip()
    closing = bool(match["slash"]) or local.startswith("/")
    local = local.lstrip("/")
    plain = snake(local)
    tooled = bool(prefix) and (snake(prefix) in _PREFIXES or snake(prefix).startswith("tool_"))
    generic = not tooled and (plain in _NAMELESS or plain in _NAMED_ONLY)
    if not tooled and not generic and not toolbox.names_tool(local):
        if family := pad_family(plain, families):
            return _finish(text, match, "pad_close" if closing else "pad", family)
        if not closing or prefix or toolbox.tool_of(local) not in toolbox:
            return None
        tag = _finish(text, match, "close", local)
        return tag._replace(weak=True) if tag else None
    if plain in _PAD_OF:
        return _finish(text, match, "pad_close" if closing else "pad", _PAD_OF[plain])
    if closing or not generic:
        tag = _finish(text, match, "close" if closing else "tool", local)
        inside = tooled and (plain in ENVELOPE or toolbox.is_field(plain))
        return tag._replace(field=inside, general=closing and generic) if tag else None
    tag = _finish(text, match, "tool", of)
    if tag is None or of:
        return tag
    named = _NAME_ATTRIBUTE.search(tag.attributes)
    if named is None and plain in _NAMED_ONLY:
        return None
    return tag._replace(name=named[1] if named else "")


def _finish(text: str, match: re.Match[str], kind: Kind, name: str) -> Tag | None:
    """The tag with its attributes and end; None where it has no end and cannot do without."""
    after, escaped = match.end(), text[match.start()] == "&"
    if escaped:
        end = _ESCAPED_END.match(text, after)
    else:
        end = _QUOTED_END.match(text, after) or _PLAIN_END.match(text, after)
    attributes = text[after : end.end()].removesuffix(">") if end else ""
    if escaped:
        attributes = unescape(attributes).removesuffix(">")
    forgotten = end is None or ("\n" in attributes and not _PAIR.match(attributes.lstrip("\"'”")))
    if kind in ("pad", "pad_close"):
        prose = attributes.strip(" \t\n/") and "=" not in attributes
        if end is None or prose or attributes.endswith("/"):
            return None
        return Tag(kind, match.start(), end.end(), name, escaped=escaped)
    if not forgotten and end is not None:
        empty = attributes.rstrip().endswith("/")
        inner = attributes.lstrip("\"'”").rstrip().removesuffix("/").strip()
        return Tag(kind, match.start(), end.end(), name, inner, empty, escaped)
    # A forgotten `>`: the tag ends after its name. A closing one must not be the cut end of a text.
    at_end = after == len(text)
    if escaped or not name or not (at_end or text[after].isspace()) or (at_end and kind == "close"):
        return None
    return Tag(kind, match.start(), after, name)
