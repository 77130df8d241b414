"""World parts: what an office is made of. A scenario switches them on under `world:`.

Those of other distributions are found by the entry point group `turncoat.parts`.
"""

from __future__ import annotations

from functools import lru_cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points

from turncoat._util.errors import TurncoatError
from turncoat.parts.part import Part

GROUP = "turncoat.parts"
OWN_PARTS = {
    "mailbox": "turncoat.parts.mailbox.part:Mailbox",
    "documents": "turncoat.parts.documents:Documents",
    "alert_console": "turncoat.parts.alert_console:AlertConsole",
    "settings": "turncoat.parts.settings:Settings",
    "work_queue": "turncoat.parts.work_queue:WorkQueue",
}
"""Our own parts, by name: module and class."""


def part_names() -> list[str]:
    """The names of all parts that are installed, our own first."""
    return list(dict.fromkeys((*OWN_PARTS, *sorted(entry.name for entry in _others()))))


@lru_cache
def part_named(name: str) -> type[Part]:
    """The part of that name.

    Args:
        name: Its key under `world:`.

    Raises:
        TurncoatError: There is none, or what its distribution names is no part.
    """
    if name in OWN_PARTS:
        module, _, attribute = OWN_PARTS[name].partition(":")
        found = getattr(import_module(module), attribute)
    else:
        entry = next((entry for entry in _others() if entry.name == name), None)
        if entry is None:
            raise TurncoatError(f"no world part '{name}'; parts: {', '.join(part_names())}")
        try:
            found = entry.load()
        except Exception as error:
            raise TurncoatError(f"world part '{name}' ({entry.value}): {error}") from error
    if not (isinstance(found, type) and issubclass(found, Part) and found.name == name):
        raise TurncoatError(
            f"world part '{name}': {found!r} is no subclass of turncoat.parts.part.Part whose "
            f"name is '{name}'"
        )
    return found


@lru_cache(maxsize=1)
def _others() -> tuple[EntryPoint, ...]:
    """Looked up once: reading what every distribution says of itself takes a while."""
    return tuple(entry for entry in entry_points(group=GROUP) if entry.name not in OWN_PARTS)
