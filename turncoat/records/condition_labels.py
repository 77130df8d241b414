"""Conditions in a table: what tells them apart in their rows, the rest in one line below."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from turncoat.records.runs import Condition, condition_text

FEW = 3
"""So many differing factors stand in every row; of more, only what is unlike most other rows."""
NOTHING_ELSE = "as below"


class Told(NamedTuple):
    """The conditions of a table's rows."""

    rows: list[str]
    """One text for each, a level a line."""
    below: str
    """What holds for the rows that do not say otherwise; empty where there is nothing."""


def tell(conditions: Sequence[Condition]) -> Told:
    """Words for some conditions beside each other.

    A factor that has no meaning in some of them does not tell them apart: what takes its meaning
    away does.

    Args:
        conditions: One for each row.
    """
    from turncoat.records.cells import levels_of
    from turncoat.scenario.naming import NOT_APPLICABLE

    taken = levels_of(conditions)
    real = {
        name: [level for level in found if level != NOT_APPLICABLE] or found
        for name, found in taken.items()
    }
    differ = [
        name
        for name, found in real.items()
        if len(found) > 1 or any(name not in condition for condition in conditions)
    ]
    usual = {}
    if len(differ) > FEW:
        usual = {name: _most_common(name, real[name], conditions) for name in differ}
    rows = [
        "\n".join(
            f"{name}={condition[name]}"
            for name in differ
            if name in condition
            and condition[name] != usual.get(name)
            and (not usual or condition[name] != NOT_APPLICABLE)
        )
        or NOTHING_ELSE
        for condition in conditions
    ]
    shared = {
        name: found[0] if found == taken[name] else f"{found[0]} (or {NOT_APPLICABLE})"
        for name, found in real.items()
        if name not in differ
    }
    levels = ", ".join(f"{name}={level}" for name, level in {**usual, **shared}.items())
    where = "where a row does not say otherwise" if usual else "in every row"
    return Told(rows, f"{where}: {levels}" if levels else "")


def in_a_line(conditions: Sequence[Condition]) -> list[str]:
    """Each of some conditions in one line: what tells it apart, or all of it where nothing does.

    Args:
        conditions: Those beside each other.
    """
    return [
        condition_text(condition) if told == NOTHING_ELSE else told.replace("\n", ", ")
        for condition, told in zip(conditions, tell(conditions).rows, strict=True)
    ]


def _most_common(name: str, levels: Sequence[str], conditions: Sequence[Condition]) -> str:
    counts = Counter(condition.get(name) for condition in conditions)
    return max(levels, key=lambda level: counts[level])
