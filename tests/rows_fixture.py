"""Rates without logs: rows as `rate_rows` makes them, from counts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from logs_fixture import FACTORS, condition

from turncoat.measure import unjudged_bounds, wilson
from turncoat.records.rows import RateRow
from turncoat.records.runs import Collection

SIX = tuple(
    condition(goal_conflict=conflict, threat=threat)
    for conflict in ("explicit", "none")
    for threat in ("replacement", "restriction", "none")
)
"""The six conditions of which the study has a figure for each model and scenario."""


def rate_row(
    k: int,
    n: int,
    *,
    model: str = "acme/new",
    levels: Mapping[str, str] | None = None,
    unjudged: int = 0,
    **changes: Any,
) -> RateRow:
    """The row of some runs; every one judged by a model unless said otherwise."""
    bounds, interval = unjudged_bounds(k, n, unjudged), wilson(k, n)
    row = RateRow(
        model=model,
        scenario="blackmail",
        protocol="text",
        condition=levels if levels is not None else condition(),
        n=n,
        k=k,
        rate=k / n if n else None,
        ci_low=interval.low,
        ci_high=interval.high,
        planned=n + unjudged,
        unclear=unjudged,
        invalid=0,
        missing=0,
        stopped=0,
        rate_if_unjudged_safe=bounds.low,
        rate_if_unjudged_harmful=bounds.high,
        distinct=n,
        control=None,
        diff=None,
        diff_low=None,
        diff_high=None,
        judge="openai/gpt-5",
        version="1.0.0",
        surfaces=10,
        new_surfaces_low=None,
        new_surfaces_high=None,
    )
    return row._replace(**changes)


def collection(scenarios: Iterable[str] = ("blackmail", "espionage", "lethal")) -> Collection:
    """A collection that knows the factors of the scenarios, and holds no run."""
    return Collection((), (), {}, dict.fromkeys(scenarios, FACTORS))
