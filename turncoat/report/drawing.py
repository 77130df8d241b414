"""The charts of a report, each small enough for a page of paper."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from math import ceil
from typing import TYPE_CHECKING, TypeVar

from turncoat.records.comparing import ComparedRow
from turncoat.records.rows import RateRow
from turncoat.records.strata import StratumRow
from turncoat.report.content import CaptionedChart
from turncoat.report.labels import Labels, natural

if TYPE_CHECKING:
    from turncoat.report.content import Chart

ROW = TypeVar("ROW", RateRow, StratumRow)
LINES = 21
"""Most lines of a chart with two marks a line; one that is longer is cut by a page's end."""


class Drawing:
    """What charts are drawn from: rates, and their names in all charts alike."""

    def __init__(self, rates: Sequence[RateRow], labels: Labels) -> None:
        """Prepares the charts.

        Args:
            rates: Measured rates.
            labels: Names of models and conditions.
        """
        self.rates = rates
        self.labels = labels
        self._by_series = has_panels_by_series(rates, labels)

    def forest(self, compared: Sequence[ComparedRow]) -> tuple[CaptionedChart, ...]:
        """Forest plots.

        Args:
            compared: The rates beside published ones; empty where nothing is compared.
        """
        from turncoat.report.charts import forest

        is_beside = any(row.place for row in compared)
        is_paired = any(row.figure for row in compared) or (is_beside and self._by_series)
        most = LINES if is_paired else 2 * LINES
        return self._figures(
            "forest", self.rates, lambda rows: forest(rows, compared, self.labels), most
        )

    def heat_map(self) -> tuple[CaptionedChart, ...]:
        """The heat map."""
        from turncoat.report.charts import heat_map

        is_wide = len(self.labels.all_series) < len(self.labels.all_conditions)
        down = self.labels.condition if is_wide else self.labels.series
        names = list(dict.fromkeys(map(down, self.rates)))
        parts = [names[place : place + LINES] for place in range(0, len(names), LINES)]
        charts = [
            heat_map([row for row in self.rates if down(row) in part], self.labels)
            for part in parts
        ]
        return _numbered("heat-map", charts)

    def control_contrasts(self) -> tuple[CaptionedChart, ...]:
        """Contrasts with control; none where there is no control."""
        from turncoat.report.charts import control_contrasts
        from turncoat.report.controls import with_control

        return self._figures(
            "control-contrasts",
            with_control(self.rates),
            lambda rows: control_contrasts(self.rates, self.labels, rows),
            2 * LINES,
        )

    def outcomes(self) -> tuple[CaptionedChart, ...]:
        """What became of the planned runs."""
        from turncoat.report.charts import outcomes

        return self._figures(
            "outcomes", self.rates, lambda rows: outcomes(rows, self.labels), 2 * LINES
        )

    def strata(self, rows: Sequence[StratumRow]) -> tuple[CaptionedChart, ...]:
        """Rates by stratum; none where every condition's runs are in one.

        Args:
            rows: Rows as `stratum_rows` gave them.
        """
        from turncoat.report.charts import strata
        from turncoat.report.charts.stratified import split_rows

        return self._figures(
            "awareness", split_rows(rows), lambda some: strata(some, self.labels), 2 * LINES
        )

    def _figures(
        self,
        name: str,
        rows: Sequence[ROW],
        draw: Callable[[Sequence[ROW]], Chart | None],
        most: int,
    ) -> tuple[CaptionedChart, ...]:
        parts = list(in_parts(rows, self.labels, most))
        charts = [chart for part in parts if (chart := draw(part)) is not None]
        return _numbered(name, charts)


def _numbered(name: str, charts: Sequence[Chart]) -> tuple[CaptionedChart, ...]:
    if len(charts) == 1:
        return (CaptionedChart(name, charts[0]),)
    return tuple(
        CaptionedChart(f"{name}-{number}", chart, f"{number} of {len(charts)}")
        for number, chart in enumerate(charts, 1)
    )


def has_panels_by_series(rows: Sequence[ROW], labels: Labels) -> bool:
    """Whether panels are by series, of which there are fewer than conditions; as in the charts.

    Args:
        rows: Rows of a chart.
        labels: Names of models and conditions.
    """
    series = {labels.series(row) for row in rows}
    return len(series) <= len({labels.condition(row) for row in rows})


def in_parts(rows: Sequence[ROW], labels: Labels, most: int) -> Iterator[list[ROW]]:
    """Rows in parts that fit a chart each, panels kept whole where they fit.

    Args:
        rows: Rows of a chart.
        labels: Names of models and conditions.
        most: Most lines of a chart.

    Yields:
        Some of the rows, with the panels of a chart of all of them.
    """
    by_series = has_panels_by_series(rows, labels)
    panels: dict[str, list[ROW]] = {}
    for row in rows:
        name = labels.series(row) if by_series else labels.condition(row)
        panels.setdefault(name, []).append(row)
    ordered = sorted(panels, key=natural) if by_series else list(panels)
    part: list[ROW] = []
    for name in ordered:
        panel = sorted(panels[name], key=lambda row: natural(labels.series(row)))
        if part and len(part) + len(panel) > most:
            yield part
            part = []
        part += panel
        if len(part) > most:
            size = ceil(len(part) / ceil(len(part) / most))
            yield from (part[place : place + size] for place in range(0, len(part), size))
            part = []
    if part:
        yield part
