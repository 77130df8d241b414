"""Rendered files with front matter, read for the part that they belong to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from turncoat._util.errors import TurncoatError
from turncoat.contract import Frozen
from turncoat.parts import part_named, part_names
from turncoat.parts.part import MisfitError, Page
from turncoat.scenario.faults import Fault, ScenarioError
from turncoat.scenario.files import PLOTS, SHARED, SourceFile
from turncoat.scenario.plots import place_of
from turncoat.scenario.validation import validated
from turncoat.scenario.yamlfile import parse_yaml, split_front_matter

_BLANK_LINES = re.compile(r"\n[ \t]*\n(?:[ \t]*\n)+")


def read_page(
    source: SourceFile, text: str, name: str, head: type[Frozen], *, noise: bool = False
) -> Page:
    """A page from its rendered template.

    Args:
        source: The template, for messages.
        text: The template, rendered.
        name: Its name within the scenario (`inbox/01-notice.md.j2`).
        head: The model of its front matter.
        noise: Whether it is one of the benign extras.

    Raises:
        ScenarioError: The front matter has faults.
    """
    try:
        front = split_front_matter(text, source.path)
        read = _read_head(head, front.head, source.path)
    except ScenarioError as error:
        raise ScenarioError(
            *(_in_template(fault, source, text) for fault in error.faults)
        ) from error
    folder, _, rest = place_of(name).removeprefix("_shared/").partition("/")
    slot = rest.removesuffix(".md.j2")
    if noise:
        return Page("inbox", f"{folder}/{slot}", read, tidy(front.body), noise=True)
    return Page(folder, slot, read, tidy(front.body))


def located(
    error: MisfitError, sources: Mapping[str, SourceFile], path: Path, plot: str
) -> ScenarioError:
    """What a part has against a page, with file and line.

    Args:
        error: What the part said.
        sources: The scenario's files.
        path: `scenario.yaml`, for what is said of no page.
        plot: The plot that was told.
    """
    page = error.page
    if page is None:
        return ScenarioError.at(path, None, error.message)
    stem = f"_shared/{page.slot}" if page.noise else f"{page.folder}/{page.slot}"
    name = f"{stem}.md.j2"
    source = sources.get(name) or sources[f"{PLOTS}/{plot}/{name}"]
    return ScenarioError.at(source.path, _line_of(error.key, source), error.message)


def folders_of_parts() -> Iterator[str]:
    """The folders that installed parts read, each once; of parts that cannot be loaded, none."""
    seen: set[str] = set()
    for name in part_names():
        try:
            folders = part_named(name).folders
        except TurncoatError:
            continue  # Said where a scenario asks for that part.
        yield from (folder for folder in folders if folder not in seen)
        seen.update(folders)


def folders_of_nobody(parts: Iterable[str], sources: Mapping[str, SourceFile]) -> Iterator[Fault]:
    """Folders that no part of an office reads.

    Args:
        parts: The parts that the office has.
        sources: The scenario's files.
    """
    read = {"known", SHARED} | {folder for name in parts for folder in part_named(name).folders}
    seen: set[str] = set()
    for name, source in sources.items():
        folder, inner, _ = place_of(name).partition("/")
        if inner and folder not in read | seen:
            seen.add(folder)
            problem = f"no part under world: reads '{folder}/'; add the part, or take it away"
            yield Fault(source.path.parent, None, problem)


def tidy(text: str) -> str:
    """A rendered text without outer blank lines, and with one blank line where several stood.

    Args:
        text: A template's output.

    Returns:
        The text, without space or blank lines at either end.
    """
    return _BLANK_LINES.sub("\n\n", text).strip()


@lru_cache(maxsize=4096)
def _read_head(model: type[Frozen], head: str, path: Path) -> Any:  # noqa: ANN401
    """Kept, since under one surface most conditions share it."""
    return validated(model, parse_yaml(head, path))


def _in_template(fault: Fault, source: SourceFile, text: str) -> Fault:
    """The fault on the line of the template that has the same key as the rendered line."""
    rendered = text.split("\n")[(fault.line or 1) - 1]
    key = re.match(r"\s*([a-z]+)\s*:", rendered)
    is_there = key and not fault.message.endswith("is missing")
    return fault._replace(line=_line_of(key[1], source) if key and is_there else None)


def _line_of(key: str, source: SourceFile) -> int | None:
    found = re.search(rf"^\s*{key}\s*:", source.text, re.MULTILINE)
    return source.text.count("\n", 0, found.end()) + 1 if found else None
