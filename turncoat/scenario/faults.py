"""Errors of a scenario folder: every fault with its file and line."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple, Self

from turncoat._util.errors import TurncoatError


class Fault(NamedTuple):
    """One thing that is wrong in a scenario folder."""

    path: Path
    line: int | None
    """Counted from 1; None when the whole file or folder is meant."""
    message: str
    """What is wrong and how to mend it."""

    def __str__(self) -> str:
        place = shown(self.path)
        return f"{place}:{self.line}: {self.message}" if self.line else f"{place}: {self.message}"


class ScenarioError(TurncoatError):
    """A scenario folder that cannot be used as it is; one line of the message for each fault."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__("\n".join(str(fault) for fault in faults))
        self.faults = faults

    @classmethod
    def at(cls, path: Path, line: int | None, message: str) -> Self:
        """The error of a single fault.

        Args:
            path: The file that is at fault.
            line: Its line, counted from 1; None when the whole file is meant.
            message: What is wrong and how to mend it.

        Returns:
            The error, with that fault as its only one.
        """
        return cls(Fault(path, line, message))


def shown(path: Path) -> str:
    """A path as people want to read it: relative to where they stand, if it lies below.

    Args:
        path: A path; a relative one is left as it is.

    Returns:
        The path to print.
    """
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)
