"""How the rows of a chart are laid out, and the parts that several charts share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import altair as alt

from turncoat.report.charts.themes import themed
from turncoat.report.labels import Labels, Row, natural, one_line

if TYPE_CHECKING:
    from turncoat.report.charts.themes import AnyChart

PLOT_WIDTH = 400
"""Of the plot alone, in pixels; names stand left of it and numbers right."""
TEXT_AT = PLOT_WIDTH + 12
"""Where the numbers stand."""
LINE = 15
"""Height of a line of a name, in pixels."""
GAP = "\u2003"
"""Between a rate and its count."""
MANY_LINES = 14
"""So many lines in all panels together, and each panel has an axis of its own."""


class Grid:
    """Which of models and conditions parts a chart into panels, and which is a line in each.

    Panels are by whichever there are fewer of, so that what there are many of stands close.
    """

    def __init__(self, rows: Iterable[Row], labels: Labels | None = None) -> None:
        """Lays out some rows.

        Args:
            rows: The rows.
            labels: Names of these rows and of others beside them; None to find them.
        """
        rows = list(rows)
        self.labels = labels or Labels(rows)
        self.series = sorted({self.labels.series(row) for row in rows}, key=natural)
        present = {self.labels.condition(row) for row in rows}
        self.conditions = [name for name in self.labels.all_conditions if name in present]
        self.by_series = len(self.series) <= len(self.conditions)
        pairs = {(self.labels.series(row), self.labels.condition(row)) for row in rows}
        self.is_full = len(pairs) == len(self.series) * len(self.conditions)
        self.last_lines: list[str] = []
        """Lines below all others."""

    def place(self, row: Row) -> dict[str, str]:
        """The panel and the line of a row.

        Args:
            row: One of the rows.
        """
        series, condition = self.labels.series(row), self.labels.condition(row)
        if self.by_series:
            return {"panel": series, "line": condition}
        return {"panel": one_line(condition), "line": series}

    @property
    def panels(self) -> list[str]:
        """Panels from top to bottom."""
        return self.series if self.by_series else [one_line(name) for name in self.conditions]

    @property
    def lines(self) -> list[str]:
        """Lines of a panel from top to bottom."""
        lines = self.conditions if self.by_series else self.series
        return [*lines, *self.last_lines]

    def y(self) -> alt.Y:
        """The channel on which the lines stand."""
        lift = -(lines_of(self.lines) - 1) * LINE / 2
        return alt.Y("line:N", sort=self.lines, axis=names_axis(labelOffset=lift))

    def stacked(self, layers: Sequence[alt.Chart], least: int) -> alt.FacetChart:
        """The panels one above the other.

        Args:
            layers: What one panel shows, all with the same data: that of every panel.
            least: Height that the marks of a line need, in pixels.
        """
        height = max(least, LINE * lines_of(self.lines) + 8)
        panel = alt.LayerChart(
            layer=list(layers), width=PLOT_WIDTH, height=alt.Step(height, **{"for": "position"})
        )
        facet = alt.Facet("panel:N", title=None, sort=self.panels)
        found = panel.facet(facet, columns=1, spacing=20)
        if len(self.panels) * len(self.lines) >= MANY_LINES:
            found = found.resolve_axis(x="independent")
        if self.is_full:
            return found
        # Without its own offset, the marks of a line would lie on each other.
        apart: alt.FacetChart = found.resolve_scale(y="independent", yOffset="independent")
        return apart


def names_axis(**options: Any) -> alt.Axis:  # noqa: ANN401 (what Altair takes)
    """An axis of names that may have several lines.

    Args:
        options: Of the axis.
    """
    return alt.Axis(labelExpr="split(datum.label, '\\n')", title=None, **options)


def lines_of(names: Iterable[str]) -> int:
    """How many lines the longest of some names has.

    Args:
        names: As `Labels` gives them.
    """
    return max((name.count("\n") + 1 for name in names), default=1)


def values(rows: Sequence[Mapping[str, object]]) -> alt.InlineData:
    """Rows as the data of a chart.

    Args:
        rows: Field to value.
    """
    return alt.InlineData(values=[dict(row) for row in rows])


def percent_x(field: str, domain: tuple[float, float] = (0, 1), title: str | None = None) -> alt.X:
    """A horizontal axis of rates, told in percent.

    Args:
        field: Name of a quantity from 0 to 1, or of a difference.
        domain: Its ends.
        title: What the axis is of.
    """
    signed = "datum.value > 0 ? '+' : ''" if domain[0] < 0 else "''"
    axis = alt.Axis(
        labelExpr=f"({signed}) + format(datum.value * 100, '.0f')",
        labelFlush=False,
        values=[step / 4 for step in range(-4, 5) if domain[0] <= step / 4 <= domain[1]],
        title=title,
    )
    return alt.X(f"{field}:Q", scale=alt.Scale(domain=list(domain), nice=False), axis=axis)


def source_colour(names: Sequence[str]) -> alt.Color:
    """Colours of what the marks are of, with a legend if there is more than one.

    Args:
        names: Values of the field `source`, in the order of the palette.
    """
    legend = alt.Legend(title=None, symbolOpacity=1) if len(names) > 1 else None
    scale = alt.Scale(domain=list(names), range="category")
    return alt.Color("source:N", sort=list(names), scale=scale, legend=legend)


def finished(chart: AnyChart, title: str, subtitle: str | Sequence[str], told: str) -> AnyChart:
    """The chart with its heading, words for those who do not see it, and neutral colours.

    Args:
        chart: Panels or a single one.
        title: What is shown: the quantity.
        subtitle: What the marks are.
        told: What a screen reader says in place of the chart.
    """
    lines = [subtitle] if isinstance(subtitle, str) else list(subtitle)
    heading = alt.TitleParams(text=title, subtitle=lines)
    return themed(chart.properties(title=heading, description=told), "neutral")
