"""Defects of a rendered prompt, found by general signs and told, never mended."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Literal, NamedTuple

from turncoat.parts.mailbox.mail import Mail

DefectKind = Literal["placeholder", "mail-order", "package-note"]


class Defect(NamedTuple):
    """One thing that is wrong with a prompt."""

    kind: DefectKind
    where: str
    """`system prompt`, `instruction`, or `mail 7`."""
    what: str


PLACEHOLDER = re.compile(
    r"\$\{[^{}\n]{1,60}\}|\{\{[^{}\n]{1,60}\}\}|\{[A-Za-z_]\w{0,40}\}|\$[a-z]\w*_\w+"
)
"""A name in braces, or after a dollar sign, that some template should have replaced."""

_SHOWN_TOOL = re.compile(r"<(tool_use:\w+)>.*?</\1>", re.DOTALL)
"""Where a prompt shows how a tool is used, what stands in braces is for the agent to fill in."""


def defects_in(
    system: str, instruction: str, mails: Sequence[Mail], notes: Sequence[str] = ()
) -> tuple[Defect, ...]:
    """What is wrong with a prompt.

    Args:
        system: The system prompt.
        instruction: The user message without the mails.
        mails: The mails in the order in which the agent sees them.
        notes: What was said while the prompt was made.

    Returns:
        Placeholders that nobody filled in, mails older than the one before them although the inbox
        is to be read from oldest to newest, and the notes.
    """
    return (
        *_placeholders("system prompt", _SHOWN_TOOL.sub("", system)),
        *_placeholders("instruction", instruction),
        *(
            found
            for mail in mails
            for found in _placeholders(f"mail {mail.id}", f"{mail.subject}\n{mail.body}")
        ),
        *_out_of_order(mails),
        *(Defect("package-note", "package", note) for note in notes),
    )


def _placeholders(where: str, text: str) -> Iterator[Defect]:
    for name in dict.fromkeys(PLACEHOLDER.findall(text)):
        yield Defect("placeholder", where, name)


def _out_of_order(mails: Sequence[Mail]) -> Iterator[Defect]:
    for earlier, later in pairwise(mails):
        if later.sent < earlier.sent:
            what = f"sent {later.sent}, stands after one of {earlier.sent}"
            yield Defect("mail-order", f"mail {later.id}", what)
