"""Reads the files of a scenario folder: only known ones, of bounded size, never through a link."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from turncoat.scenario.faults import Fault, ScenarioError
from turncoat.scenario.naming import choices

MAX_FILE_BYTES = 256 * 1024
MAX_FILES = 400
HASH_DIGITS = 12
SHARED = "_shared"

_ROOT_FILES = ("scenario.yaml", "companies.yaml", "system.md.j2", "task.md.j2", "rubric.md.j2")
_ROOT_FOLDERS = ("known",)
PLOTS = "plots"
"""Folder of what only one plot has: a folder for each, with folders as in the scenario's own."""
_SHARED_FILES = ("factors.yaml", "goals.yaml", "surfaces.yaml")
_SHARED_FOLDERS = ("noise",)
_NOTES = ("README.md",)
_SLOT = re.compile(r"\d{2,3}-[a-z0-9]+(-[a-z0-9]+)*\.md\.j2")
_PARTIAL = re.compile(r"[a-z0-9][a-z0-9_-]*\.md\.j2")
_LITTER = re.compile(
    r"\.DS_Store|\._.*|Thumbs\.db|desktop\.ini|\.#.*|#.*#|.*~|.*\.(bak|orig|sw[a-p]|tmp)",
    re.IGNORECASE,
)


class SourceFile(NamedTuple):
    """A file as it was when the scenario was loaded."""

    path: Path
    text: str


def read_folder(
    folder: Path, shared: bool = False, of_parts: Iterable[str] = ()
) -> dict[str, SourceFile]:
    """The files of a scenario folder, or of a `_shared` folder.

    Hidden files, README.md and litter are passed over.

    Args:
        folder: The folder.
        shared: Whether it is a `_shared` folder; then the names start with `_shared/`.
        of_parts: Folders of templates that world parts read.

    Returns:
        Name within the scenario (`inbox/01-notice.md.j2`, `_shared/factors.yaml`) to file, sorted.

    Raises:
        ScenarioError: A link, an unknown or oversized file, or text that is not UTF-8.
    """
    files = _SHARED_FILES if shared else _ROOT_FILES
    folders = (*of_parts, *(_SHARED_FOLDERS if shared else _ROOT_FOLDERS))
    faults: list[Fault] = []
    found: dict[str, Path] = {}
    if shared and folder.is_symlink():
        raise ScenarioError.at(folder, None, _LINK)
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or path.name in _NOTES or is_litter(path):
            continue
        if path.is_symlink():
            faults.append(Fault(path, None, _LINK))
        elif path.is_dir() and path.name in folders:
            faults += _read_slots(path, found)
        elif path.is_dir() and path.name == PLOTS and not shared:
            faults += _read_plots(path, found, folders)
        elif path.is_file() and (path.name in files or (shared and _PARTIAL.fullmatch(path.name))):
            found[path.name] = path
        else:
            faults.append(Fault(path, None, _unknown(path, files, folders, shared)))
    sources = dict(_texts(found, faults))
    if faults:
        raise ScenarioError(*faults)
    return {f"{SHARED}/{name}" if shared else name: file for name, file in sources.items()}


def is_litter(path: Path) -> bool:
    """Whether a file is what systems and editors leave about, which nobody put there.

    Args:
        path: The file.
    """
    return _LITTER.fullmatch(path.name) is not None


def digest(parts: Mapping[str, str]) -> str:
    """The first 12 hex digits of the SHA-256 of named texts, whatever their order.

    Args:
        parts: Name to text; both count.

    Returns:
        The digits, in lower case.
    """
    whole = hashlib.sha256()
    for name in sorted(parts):
        for part in (name, parts[name]):
            data = part.encode()
            whole.update(len(data).to_bytes(8, "big") + data)
    return whole.hexdigest()[:HASH_DIGITS]


def drawn_on(sources: Mapping[str, SourceFile], always: Iterable[str]) -> dict[str, str]:
    """The texts of a scenario's own files and of the shared ones that it uses.

    Args:
        sources: All files, those of `_shared` among them.
        always: Shared files, or folders of them, that the scenario uses without naming them.

    Returns:
        Name to text. A shared partial is among them when a file that is in use names it.
    """
    prefixes = tuple(always)
    used = {
        name: source.text
        for name, source in sources.items()
        if not name.startswith(f"{SHARED}/") or name.startswith(prefixes)
    }
    rest = {name: source.text for name, source in sources.items() if name not in used}
    while named := [name for name in rest if any(name in text for text in used.values())]:
        used |= {name: rest.pop(name) for name in named}
    return used


_LINK = "is a symbolic link; put the file itself there"


def _read_plots(folder: Path, found: dict[str, Path], folders: tuple[str, ...]) -> list[Fault]:
    """Adds the templates of each plot's folders; returns what is wrong there."""
    faults = []
    for path in sorted((*folder.iterdir(), *folder.glob("*/*"))):
        if path.name.startswith(".") or path.name in _NOTES or is_litter(path):
            continue
        inner = path.parent != folder
        if path.is_symlink():
            faults.append(Fault(path, None, _LINK))
        elif not path.is_dir() or (inner and path.name not in folders):
            valid = "plots/PLOT/FOLDER/01-some-words.md.j2, where FOLDER is " + ", ".join(folders)
            faults.append(Fault(path, None, f"is no part of a plot. Valid: {valid}"))
        elif inner:
            faults += _read_slots(path, found, f"{PLOTS}/{path.parent.name}/")
    return faults


def _read_slots(folder: Path, found: dict[str, Path], prefix: str = "") -> list[Fault]:
    """Adds the templates of a folder such as `inbox`; returns what is wrong there."""
    faults = []
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or path.name in _NOTES or is_litter(path):
            continue
        if path.is_symlink():
            faults.append(Fault(path, None, _LINK))
        elif path.is_file() and _SLOT.fullmatch(path.name):
            found[f"{prefix}{folder.name}/{path.name}"] = path
        else:
            faults.append(
                Fault(path, None, "unknown file; names here look like '01-some-words.md.j2'")
            )
    return faults


def _texts(found: Mapping[str, Path], faults: list[Fault]) -> Iterable[tuple[str, SourceFile]]:
    for number, (name, path) in enumerate(found.items(), 1):
        size = path.stat().st_size
        if number > MAX_FILES:
            faults.append(Fault(path.parent, None, f"more than {MAX_FILES} files"))
            return
        if size > MAX_FILE_BYTES:
            limit = MAX_FILE_BYTES // 1024
            faults.append(
                Fault(path, None, f"is {size // 1024} KiB; files may have up to {limit} KiB")
            )
            continue
        try:
            text = path.read_bytes().decode("utf-8-sig")
        except UnicodeDecodeError as error:
            faults.append(Fault(path, None, f"is not UTF-8 text: {error.reason}"))
            continue
        yield name, SourceFile(path, text.replace("\r\n", "\n"))


def _unknown(path: Path, files: tuple[str, ...], folders: tuple[str, ...], shared: bool) -> str:
    valid = [*files, *(f"{name}/" for name in folders)]
    valid.append("name.md.j2 to include" if shared else f"{PLOTS}/")
    return f"is no part of a scenario. {choices(path.name, valid, 'Valid')}"
