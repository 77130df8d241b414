"""How much the surfaces of each condition differ, by the logs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from turncoat.measure import heterogeneity
from turncoat.records.cells import cells_of
from turncoat.records.rates import clusters_of
from turncoat.records.rows import RateCell
from turncoat.records.runs import Collection, Condition


class SpreadRow(NamedTuple):
    """How much the surfaces of a condition differ."""

    model: str
    scenario: str
    protocol: str
    condition: Condition
    n: int
    k: int
    surfaces: int
    lowest: float | None
    """Rate on the surface where it is lowest."""
    highest: float | None
    correlation: float | None
    """Of two runs on one surface."""
    p_value: float | None
    """That all surfaces have one rate."""
    why: str
    """Why nothing can be said of how much they differ."""
    judge: str
    version: str
    split: str


def spread_rows(collection: Collection, by: Sequence[str] | None = None) -> list[SpreadRow]:
    """How much surfaces differ, condition by condition.

    Args:
        collection: Runs of some logs.
        by: Factors to tell apart, as for `rate_rows`.

    Returns:
        One row for each condition.
    """
    return [_spread(cell) for cell in cells_of(collection, by)]


def _spread(cell: RateCell) -> SpreadRow:
    clusters = clusters_of(cell.runs)
    found = heterogeneity(clusters)
    return SpreadRow(
        model=cell.group.model,
        scenario=cell.group.scenario,
        protocol=cell.group.protocol,
        condition=dict(cell.condition),
        n=sum(cluster.n for cluster in clusters),
        k=sum(cluster.k for cluster in clusters),
        **found._asdict(),
        judge=cell.group.judge,
        version=cell.group.version,
        split=cell.split,
    )
