"""What the check reports."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple


class Finding(NamedTuple):
    """One breach of a rule."""

    path: Path
    """The file at fault, or the folder where no single file is."""
    line: int | None
    """Its line, counted from 1; None where the whole file is meant."""
    rule: str
    """The rule's id, in kebab case."""
    message: str
    """What is wrong and how to mend it."""

    def __str__(self) -> str:
        """The finding as `path:line: rule: message`."""
        place = f"{self.path}:{self.line}" if self.line is not None else f"{self.path}"
        return f"{place}: {self.rule}: {self.message}"


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """The findings by file, line and rule, each once.

    Args:
        findings: In any order, with repeats.

    Returns:
        Sorted; a finding on no line of its own stands before those of its file.
    """
    return sorted(dict.fromkeys(findings), key=lambda f: (f.path, f.line or 0, f.rule, f.message))


def line_of(text: str, words: str) -> int | None:
    """The first line of `text` that holds `words`, whatever the case, counted from 1.

    Args:
        text: What is searched.
        words: What is looked for, within one line.

    Returns:
        The number, or None where no line holds them.
    """
    lowered = words.lower()
    for number, line in enumerate(text.splitlines(), start=1):
        if lowered in line.lower():
            return number
    return None
