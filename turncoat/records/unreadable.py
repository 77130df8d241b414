"""Why a file is no readable log, in words that say what became of it."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

ZIP_BEGINS = b"PK"


def why_unreadable(path: Path, error: Exception) -> str:
    """What is wrong with a file that Inspect could not read as a log.

    Args:
        path: A .eval or .json file.
        error: What was raised. It is quoted only where the file itself shows no reason, since it
            speaks of the inside of archives and parsers.

    Returns:
        The reason, as the end of a sentence.
    """
    try:
        if path.stat().st_size == 0:
            return "the file is empty"
        return _archive(path, error) if path.suffix == ".eval" else _json(path, error)
    except OSError as unread:
        return unread.strerror or type(unread).__name__


def _archive(path: Path, error: Exception) -> str:
    with path.open("rb") as file:
        is_zip = zipfile.is_zipfile(file)
    if is_zip:
        return f"its zip archive can be opened, but holds no whole log ({_first_line(error)})"
    with path.open("rb") as file:
        begins = file.read(len(ZIP_BEGINS))
    if begins != ZIP_BEGINS:
        return "an .eval log is a zip archive, and this file is none"
    return "it is cut off (the end of its zip archive is missing): copy it again, or run again"


def _json(path: Path, error: Exception) -> str:
    try:
        json.loads(path.read_bytes())
    except UnicodeDecodeError:
        return "a .json log is text, and this file is none"
    except json.JSONDecodeError as broken:
        return (
            "it is cut off or no JSON: reading fails at line "
            f"{broken.lineno}, column {broken.colno}"
        )
    except RecursionError:
        return _first_line(error)
    return "it is JSON, but no Inspect log that can be read here"


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), "") or type(error).__name__
