"""Levels under which too few runs were harmful, or harmless, to be sure of an effect."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from turncoat.measure.crossed import column_text
from turncoat.measure.surfaces import FEW_EVENTS
from turncoat.records.runs import Run
from turncoat.scenario.naming import NOT_APPLICABLE


def rare_levels(
    judged: Sequence[Run], varied: Sequence[str], both: tuple[str, str] | None, surfaces: int
) -> Iterator[str]:
    """Levels with few runs of a kind, and pairs of the crossed ones without such a level.

    Pairs only where they have more than two runs a surface: with fewer, the variance that the model
    alone gives covers what surfaces do (`tests/benchmarks/sim_effects.py`).

    Args:
        judged: Runs with a verdict.
        varied: Factors that vary among them.
        both: The two that are crossed, or None.
        surfaces: How many there are.

    Yields:
        As people read them, `threat=none and goal_conflict=explicit`.
    """
    said: set[tuple[str, str]] = set()
    for names in [*((name,) for name in varied), *([both] if both else [])]:
        counts: dict[tuple[tuple[str, str], ...], list[int]] = {}
        for run in judged:
            key = tuple((name, run.condition[name]) for name in names)
            counts.setdefault(key, [0, 0])[run.kind == "harmful"] += 1
        for key, found in counts.items():
            spread = len(key) == 1 or sum(found) > 2 * surfaces
            real = all(level != NOT_APPLICABLE for _, level in key)
            if min(found) < FEW_EVENTS and spread and real and said.isdisjoint(key):
                said.update(key if len(key) == 1 else ())
                yield column_text(key)
