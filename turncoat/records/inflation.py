"""A log is a zip archive, and a small one may hold very much: it is refused before it is read."""

from __future__ import annotations

from copy import copy
from pathlib import Path
from zipfile import ZIP_STORED, BadZipFile, ZipFile, ZipInfo

LARGEST = 256 * 1024 * 1024
"""Bytes to which one member of a log may inflate: the summaries of some 80,000 runs."""
SAMPLES = "samples/"
_CHUNK = 1024 * 1024


def inflates_too_far(path: Path) -> str:
    """Why a log is not to be read, since it would fill the memory.

    What is read as a whole (header, summaries, journal) is inflated piece by piece and counted, for
    the size that an archive states of it may be a lie. Of transcripts, which are many, the stated
    size is looked at.

    Args:
        path: A log; one that is no zip archive is left to its reader.

    Returns:
        The reason, as the end of a sentence; empty where all is well.
    """
    import inspect_ai.log  # noqa: F401  (teaches zipfile the compression of Inspect's logs)

    if path.suffix != ".eval":
        return ""
    try:
        with path.open("rb") as file, ZipFile(file) as log:
            for member in log.infolist():
                whole = not member.filename.startswith(SAMPLES)
                if member.file_size > LARGEST or (whole and _is_larger(log, member)):
                    return (
                        f"its member '{member.filename[:80]}' inflates from {member.compress_size} "
                        f"bytes to more than {LARGEST // 1024**2} MiB, as no log does; it is not "
                        "read any further"
                    )
    except (OSError, BadZipFile, NotImplementedError, RuntimeError):
        return ""  # Its reader says what is wrong with it.
    return ""


def _is_larger(log: ZipFile, member: ZipInfo) -> bool:
    if member.compress_type == ZIP_STORED:
        return False
    unbounded = copy(member)
    unbounded.file_size = LARGEST + 1  # `zipfile` reads no more than this says.
    size = 0
    try:
        with log.open(unbounded) as inflated:
            while chunk := inflated.read(_CHUNK):
                size += len(chunk)
    except Exception:  # A broken member: whatever its decompressor raises; its reader says so.
        return size > LARGEST
    return size > LARGEST
