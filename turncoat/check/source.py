"""The files of a scenario as they lie there, also where the scenario does not load."""

from __future__ import annotations

import re
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path

from turncoat.check.finding import Finding, line_of
from turncoat.scenario.files import MAX_FILE_BYTES, SHARED, SourceFile, is_litter

CANARY_MARK = "turncoat-canary"
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def read_texts(folder: Path, shared: Path) -> dict[str, SourceFile]:
    """Every file of a scenario that can be read as text.

    Unlike the loader it passes over what it cannot read: the loader's error says what that is.

    Args:
        folder: The scenario folder.
        shared: The shared folder that it draws on.

    Returns:
        Name within the scenario (`inbox/01-notice.md.j2`, `_shared/factors.yaml`) to file.
    """
    texts = {}
    for root, prefix in ((folder, ""), (shared, f"{SHARED}/")):
        for path in _files(root):
            try:
                if (
                    path.is_symlink()
                    or not path.is_file()  # A pipe, say, at which a reader would wait.
                    or path.stat().st_size > MAX_FILE_BYTES
                ):
                    continue
                text = path.read_bytes().decode("utf-8-sig")
            except (OSError, UnicodeDecodeError):
                continue
            name = prefix + path.relative_to(root).as_posix()
            texts[name] = SourceFile(path, text.replace("\r\n", "\n"))
    return texts


def entry_findings(folder: Path, shared: Path) -> Iterator[Finding]:
    """Entries that the loader lets lie, but that have no place in a folder of data.

    Args:
        folder: The scenario folder.
        shared: The shared folder.
    """
    for root in (folder, shared):
        for path in _files(root):
            if path.is_symlink():
                continue
            if path.name.startswith("."):
                yield Finding(path, None, "files", "a hidden file; remove it")
            elif path.lstat().st_mode & (stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH):
                message = "is executable; a scenario is data only, so take that permission away"
                yield Finding(path, None, "files", message)


def control_findings(texts: Mapping[str, SourceFile]) -> Iterator[Finding]:
    """Control characters: nobody sees them in an editor, and providers refuse some of them.

    Args:
        texts: The files.
    """
    for file in texts.values():
        if found := _CONTROL.search(file.text):
            line = file.text.count("\n", 0, found.start()) + 1
            message = f"holds the control character U+{ord(found[0]):04X}; take it out"
            yield Finding(file.path, line, "files", message)


def canary_findings(texts: Mapping[str, SourceFile], canary: str) -> Iterator[Finding]:
    """Files that do not carry the canary.

    Args:
        texts: The files.
        canary: The scenario's own, empty where it is not known; shared files have another one.
    """
    for name, file in texts.items():
        wanted = CANARY_MARK if name.startswith(f"{SHARED}/") or not canary else canary
        if wanted not in file.text and file.path.name != "README.md":
            line = line_of(file.text, CANARY_MARK) or 1
            comment = "{# ... #}" if name.endswith(".j2") else "<!-- ... -->"
            message = f"the canary '{wanted}' is missing; put it first"
            if not name.endswith(".yaml"):
                message += f", as the comment {comment}"
            yield Finding(file.path, line, "canary", message)


def _files(root: Path) -> Iterator[Path]:
    """Files and links below a folder but litter; links to folders are not followed."""
    for path in sorted(root.iterdir()) if root.is_dir() else ():
        if path.is_dir() and not path.is_symlink():
            yield from _files(path)
        elif not is_litter(path):
            yield path
