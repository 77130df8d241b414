"""The one kind of error that is meant for a person."""

from __future__ import annotations

from pathlib import Path
from typing import Self


class TurncoatError(Exception):
    """A mistake that the user can mend, told in one message.

    Raised wherever input from outside (a scenario folder, a parameter, a log, a file of
    replies) is wrong. Commands print it without a traceback and exit with status 2; the task
    file turns it into Inspect's `PrerequisiteError`.
    """

    @classmethod
    def at(cls, path: Path, line: int | None, message: str) -> Self:
        """The error with its place in front, as `path:line: message`.

        Args:
            path: The file that is at fault.
            line: Its line, counted from 1; None when the whole file is meant.
            message: What is wrong and how to mend it.
        """
        place = f"{path}:{line}" if line is not None else f"{path}"
        return cls(f"{place}: {message}")
