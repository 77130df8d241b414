"""Names that surfaces are drawn from, held against a list of well-known ones."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path

from turncoat.scenario.schema import SurfacesFile

_LIST = Path(__file__).with_name("well_known.txt")


def well_known_names(pool: SurfacesFile) -> Iterator[str]:
    """What is wrong with the invented names: each that is that of a known company or person.

    Args:
        pool: What surfaces are drawn from.
    """
    companies, persons = _listed()["companies"], _listed()["persons"]
    whole = re.compile(rf"(?i:(?<!\w)(?:{'|'.join(map(re.escape, companies))})(?!\w))")
    squeezed = {_squeezed(name): name for name in companies}
    for name in (*(company["name"] for company in pool.companies), *pool.agents):
        if found := whole.search(name):
            yield f"'{name}' has the well-known name '{found[0]}' in it; invent another"
    for stem in (*(company["stem"] for company in pool.companies), *pool.outside_stems):
        if known := squeezed.get(_squeezed(stem)):
            yield f"'{stem}' is the well-known name '{known}'; invent another"
    firsts = {first.name.lower() for first in pool.first_names}
    lasts = {last.lower() for last in pool.last_names}
    for person in persons:
        first, _, last = person.lower().partition(" ")
        if first in firsts and last in lasts:
            yield f"'{person}' can be drawn, and is a well-known person; take one of the names out"


def _squeezed(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


@lru_cache(maxsize=1)
def _listed() -> Mapping[str, tuple[str, ...]]:
    sections: dict[str, list[str]] = {}
    for line in _LIST.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            sections[line.strip("[]")] = here = []
        elif line and not line.startswith("#"):
            here.append(line)
    return {name: tuple(found) for name, found in sections.items()}
