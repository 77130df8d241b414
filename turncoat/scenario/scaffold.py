"""Makes new scenario folders: the starter, or a copy of another scenario."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import yaml

from turncoat._util.errors import TurncoatError
from turncoat._util.places import PACKAGE, data_folder
from turncoat.scenario.faults import Fault, ScenarioError, shown
from turncoat.scenario.files import SHARED
from turncoat.scenario.folder import list_scenarios, load_scenario
from turncoat.scenario.render import render

STARTER = PACKAGE / "scenario" / "starter"
"""A small, whole scenario whose files say in comments what they are."""
FIRST_VERSION = "0.1.0"

LONGEST_NAME = 64

_NAME = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?")
_CANARY = re.compile(r"turncoat-canary [0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Made(NamedTuple):
    """A scenario folder that was written."""

    folder: Path
    behaviour: str
    canary: str
    files: list[str]
    """Names of its files within the folder."""


def make_scenario(name: str, parent: Path, source: Path = STARTER) -> Made:
    """Writes a new scenario folder: whole, or not at all.

    Args:
        name: Its name, and that of the folder.
        parent: Where the folder is to lie; made where it is not there.
        source: The scenario folder that it is a copy of. Notes (README.md) are not copied.

    Returns:
        What was written: the files of the source with the new name, version 0.1.0 and a canary
        of its own.

    Raises:
        TurncoatError: The name is bad or taken, the folder is there already or cannot be
            written, or the copy does not go with the shared files that it would use there.
        ScenarioError: The source has faults.
    """
    folder = parent / name
    _check_name(name, folder)
    original = load_scenario(source)
    canary = f"turncoat-canary {uuid.uuid4()}"
    files = {
        place: _CANARY.sub(canary, file.text)
        for place, file in original.sources.items()
        if not place.startswith(f"{SHARED}/")
    }
    files["scenario.yaml"] = _with_values(
        files["scenario.yaml"], {"name": name, "version": FIRST_VERSION}
    )
    try:
        parent.mkdir(parents=True, exist_ok=True)
        _write(files, folder)
    except OSError as error:
        raise TurncoatError(f"{shown(folder)} cannot be written ({error.strerror}).") from None
    return Made(folder, original.behaviour, canary, sorted(files))


def _check_name(name: str, folder: Path) -> None:
    if not _NAME.fullmatch(name) or len(name) > LONGEST_NAME:
        raise TurncoatError(
            f"'{name}' cannot be the name of a scenario. Valid: lower-case letters, digits, and "
            f"hyphens between them, {LONGEST_NAME} at most, for example 'second-opinion'."
        )
    if os.path.lexists(folder):
        raise TurncoatError(f"{shown(folder)} is there already; choose another name or folder.")
    if folder.parent.exists() and not folder.parent.is_dir():
        raise TurncoatError(f"{shown(folder.parent)} is no folder; name one, or one to be made.")
    if name in (taken := list_scenarios()):
        raise TurncoatError(
            f"'{name}' is the name of a scenario that comes with Turncoat, and would always mean "
            f"that one; choose another. Taken: {', '.join(taken)}."
        )


def _with_values(text: str, values: Mapping[str, str]) -> str:
    """YAML text with other values for some keys of its top level; all else stays as it is."""
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    assert isinstance(root, yaml.MappingNode)
    for key, value in reversed(root.value):
        if key.value in values:
            start, end = value.start_mark.index, value.end_mark.index
            old = text[start:end]
            space = old[len(old.rstrip()) :]
            text = f'{text[:start]}"{values[key.value]}"{space}{text[end:]}'
    return text


def _write(files: Mapping[str, str], folder: Path) -> None:
    """Writes the files beside where they belong, sees that they render, and moves them there."""
    with tempfile.TemporaryDirectory(prefix=".turncoat-", dir=folder.parent) as name:
        staging = Path(name)
        for place, text in files.items():
            path = staging / folder.name / place
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
        if (shared := folder.parent / SHARED).is_dir():
            shutil.copytree(shared, staging / SHARED, symlinks=True)
        else:
            shared = data_folder("scenarios") / SHARED
        try:
            render(load_scenario(staging / folder.name), {})
        except ScenarioError as error:
            faults = "\n".join(
                str(_moved(fault, staging.resolve(), folder.parent)) for fault in error.faults
            )
            raise TurncoatError(
                f"{shown(folder)} does not go with the shared files in {shown(shared)}, so nothing "
                f"was written:\n{faults}"
            ) from None
        (staging / folder.name).rename(folder)


def _moved(fault: Fault, staging: Path, parent: Path) -> Fault:
    """The fault with the place where its file was to lie."""
    if not fault.path.is_relative_to(staging):
        return fault
    return fault._replace(path=parent / fault.path.relative_to(staging))
