"""The names that factors and levels may have, and how an error lists the valid ones."""

from __future__ import annotations

import datetime as dt
import difflib
import re
from collections.abc import Iterable

import yaml

from turncoat._util.errors import TurncoatError
from turncoat.parts import part_named, part_names

NOT_APPLICABLE = "n/a"
"""Level of a factor that has no meaning under a condition."""

TASK_PARAMETERS = frozenset(
    {
        "scenario",
        "design",
        "protocol",
        "surfaces",
        "surface_seed",
        "max_tokens",
        "turns",
        "accept_served",
        "published_method",
        "precision",
    }
)
"""Names of the task's own parameters (`TaskParameters` documents them): a factor of that name could
not be set with `-T`."""

REFERENCE_PREFIX = "reference-"
"""How the scenario's name begins in logs of the published study's own prompts; what follows is our
scenario of the same behaviour. So no table pools the two."""

TEMPLATE_NAMES = frozenset(
    {
        "agent",
        "company",
        "cutoff",
        "day",
        "deadline",
        "evidence_words",
        "goal_text",
        "now",
        "outside_domain",
        "plot",
        "protocol",
        "say",
        "surface",
        "tool_blocks",
        "tools",
    }
)
"""What templates already see under these names, whatever the parts of the office."""


def template_names() -> frozenset[str]:
    """What templates see beside people and factors: of every office, and of each part."""
    names = set(TEMPLATE_NAMES)
    for part in part_names():
        try:
            names.update(part_named(part).variables)
        except TurncoatError:
            continue  # Said where a scenario asks for that part.
    return frozenset(names)


YAML_WORDS = frozenset({"yes", "no", "on", "off", "true", "false", "null", "~", "y", "n", ""})
"""Words that one YAML reader or another turns into a boolean or null."""

_FACTOR_NAME = re.compile(r"[a-z][a-z0-9_]*")
_LEVEL_NAME = re.compile(r"[a-z0-9][a-z0-9._-]*")


def choices(word: str, valid: Iterable[str], what: str = "Valid") -> str:
    """The end of an error message about a word that is not among the valid ones.

    Args:
        word: What was given.
        valid: What may be given, in the order in which it is to be listed.
        what: What the valid words are, as the list's heading.

    Returns:
        `Did you mean 'x'? Valid: x, y, z.`, without the question where nothing is near.
    """
    words = list(valid)
    near = difflib.get_close_matches(word.lower().replace("-", "_"), words, n=1, cutoff=0.6)
    near = near or difflib.get_close_matches(word.lower(), words, n=1, cutoff=0.6)
    question = f"Did you mean '{near[0]}'? " if near else ""
    return f"{question}{what}: {', '.join(words) if words else '(none)'}."


def name_fault(name: str) -> str | None:
    """What is wrong with a factor's name, if anything.

    Args:
        name: The name.

    Returns:
        A sentence with the mend, or None.
    """
    if name in TASK_PARAMETERS:
        return f"factor '{name}' has the name of a task parameter; call it something else"
    if name in template_names():
        return f"factor '{name}' has the name of a template variable; call it something else"
    if not _FACTOR_NAME.fullmatch(name) or name in YAML_WORDS:
        return f"factor name '{name}' must be lower case letters, digits and underscores"
    return None


def level_fault(level: object) -> str | None:
    """What is wrong with the name of a level, if anything.

    Args:
        level: The name as YAML read it, so that `yes` arrives as True.

    Returns:
        A sentence with the mend, or None.
    """
    if isinstance(level, bool) or level is None or str(level).strip().lower() in YAML_WORDS:
        return (
            f"level name '{level}' is a word that YAML turns into a boolean or null; "
            "use another word, for example 'present' or 'none'"
        )
    name = str(level)
    if name == NOT_APPLICABLE or not _LEVEL_NAME.fullmatch(name):
        return f"level name '{name}' must be lower case letters, digits, hyphens and dots"
    read = yaml.safe_load(name)
    if not isinstance(read, str) and as_text(read) != name:
        return f"level name '{name}' is read by YAML as {read!r}; use a word"
    return None


def as_text(raw: object) -> str:
    """A scalar that YAML made of a word, as near to that word as can be known.

    Args:
        raw: A string, number or date.

    Returns:
        The word without space around it; a date in ISO form, a whole number without `.0`.
    """
    if isinstance(raw, dt.date | dt.datetime):
        return raw.isoformat()
    if isinstance(raw, float) and raw.is_integer():
        return str(int(raw))
    return str(raw).strip()
