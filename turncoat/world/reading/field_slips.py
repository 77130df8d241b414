"""Fields whose names are marked in a way that no layout has, `[to] x`, `<to: x>`, `to - x`."""

from __future__ import annotations

import re

from turncoat.parts.toolbox import Vocabulary

_ARGUMENT_PAIR = re.compile(r"<arg_key>\s*([\w-]{1,40})\s*</arg_key>\s*<arg_value>")
_HALF_TAG = re.compile(
    r"<(?P<name>[A-Za-z][\w-]{0,40}+)[ \t]?[:=][ \t]*+>?"
    r"(?=[^<>\n]{0,400}+</(?P=name))"
)
"""An opening tag without its end: `<to: dana@...</to>`."""
_SPACED = re.compile(r"<(?P<slash>[/\\]?)[ \t]{1,3}(?P<name>[A-Za-z][\w-]{0,40}+)[ \t]{0,3}>")
_ODD = re.compile(
    r"(?:^|(?<=\n))[ \t]{0,12}+(?:[-•*+][ ]|\d{1,2}[.)][ ]|(?P<head>#{1,6}[ ]))?"
    r"(?P<lead>[<\[{(|@$.?>]{1,3}+|--)?[ ]?(?P<key>[A-Za-z][\w-]{0,30}+)"
    r"(?P<shut>[ ]value(?==)|[\]})>|*_]{0,3}+)[ ]?"
    r"(?P<mark>->|=>|→|[-–—|>][ ]|[:=]{1,2}[ ]?|(?=[ \"]))?"
    r"(?P<value>[^\n]*+)"
)
_TAIL = re.compile(r"(?:[ ]?/?>|\}|[ ]?\||</?[\w:-]{1,30}>)\s*+\Z")


def tidied(content: str) -> str:
    """The content of a block with half tags made whole, and pairs of argument and value as tags.

    Args:
        content: What stands in a block.
    """
    content = _HALF_TAG.sub(r"<\g<name>>", content)
    if "<arg_key>" in content:
        content = _ARGUMENT_PAIR.sub(r"<parameter=\1>", content)
        content = content.replace("</arg_value>", "</parameter>")
    return content


def in_lines(content: str, words: Vocabulary) -> str:
    """The content of a block with each field on a line as `key: value`, whatever marks it had.

    Only for a block that lacks what its tool needs: a text may hold such lines.

    Args:
        content: What stands in a block.
        words: The fields of its tool.
    """
    seen: set[str] = set()

    def line(match: re.Match[str]) -> str:
        field = words.field_of(match["key"]) if words.knows(match["key"]) else ""
        marked = match["mark"] is not None or match["head"] is not None or ">" in match["shut"]
        if not field or field in seen or not (marked or match["lead"]):
            return match[0]
        seen.add(field)
        value = _TAIL.sub("", match["value"]) if match["lead"] else match["value"]
        return f"{match['key']}: {value.strip()}"

    content = _SPACED.sub(r"<\g<slash>\g<name>>", content)
    return _TAIL.sub("", _ODD.sub(line, content))
