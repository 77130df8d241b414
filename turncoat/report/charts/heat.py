"""A table of rates as colours: models and conditions, whichever there are fewer of across."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import altair as alt

from turncoat._util.words import plural
from turncoat.records.rows import RateRow
from turncoat.report.charts.layout import LINE, finished, lines_of, names_axis, values
from turncoat.report.charts.themes import DARK_HEAT_FROM, INK_ON_HEAT, UNJUDGED
from turncoat.report.labels import Labels, natural

HEIGHT = 40
"""Of a cell, in pixels."""
WIDTHS = (84, 240)
"""Least and most of a cell, in pixels; between them as wide as the condition's name needs."""
LETTER = 6.6
"""Width of a letter of a name, in pixels."""
GAPS = alt.Scale(paddingInner=0.04, paddingOuter=0)
LEGEND = alt.Legend(
    title=None,
    format=".0%",
    values=[0, 0.25, 0.5, 0.75, 1],
    gradientLength=180,
    gradientThickness=10,
)


def heat_map(rates: Sequence[RateRow], labels: Labels | None = None) -> alt.LayerChart:
    """Rates as colours, with the number in each cell.

    A cell in which under 90 % of the runs have a verdict is split: its left half has the colour of
    the rate if all unjudged runs were safe, its right half that of the rate if all were harmful,
    each with its number. A cell without any verdict is grey and says so; it has no colour of the
    scale, for it is not 0.

    Args:
        rates: Measured rates.
        labels: Names of models and conditions, where they are to be as in other charts.

    Returns:
        The chart, in neutral colours.
    """
    labels = labels or Labels(rates)
    series = sorted({labels.series(row) for row in rates}, key=natural)
    present = {labels.condition(row) for row in rates}
    conditions = [name for name in labels.all_conditions if name in present]
    by_series = len(labels.all_series) < len(labels.all_conditions)
    down, across = (conditions, series) if by_series else (series, conditions)
    across = [_broken(name) for name in across]
    longest = max((len(line) for name in across for line in name.split("\n")), default=0)
    width = min(max(WIDTHS[0], round(longest * LETTER) + 12), WIDTHS[1])
    cells = [cell for row in rates for cell in _cells(row, labels, by_series)]
    height = max(HEIGHT, LINE * lines_of(down) + 10)
    chart = alt.LayerChart(
        layer=_layers(cells, down, across), width=alt.Step(width), height=alt.Step(height)
    )
    about = "Percent of the judged runs."
    if any(not row.covered for row in rates):
        about += " Two numbers: the bounds, where under 90 % were judged. Grey: none was judged."
    return finished(
        chart,
        "Rate by model and condition",
        about,
        f"Heat map of rates: {plural(len(series), 'model')} by "
        f"{plural(len(conditions), 'condition')}.",
    )


def _broken(name: str) -> str:
    """A name above a column, in lines."""
    return name.replace(", ", ",\n").replace("/", "/\n")


def _layers(
    cells: Sequence[dict[str, object]], down: Sequence[str], columns: Sequence[str]
) -> list[alt.Chart]:
    y = alt.Y("down:N", sort=list(down), axis=names_axis(), scale=GAPS)
    base = alt.Chart(values(cells)).encode(
        y=y,
        tooltip=alt.Tooltip("tip:N"),
    )
    lift = 8 + (lines_of(columns) - 1) * LINE
    axis = names_axis(labelAngle=0, orient="top", labelBaseline="bottom", labelPadding=lift)
    scale = alt.Scale(domain=[0, 1], range="heatmap", interpolate="lab")
    colour = alt.Color("rate:Q", scale=scale, legend=LEGEND)
    ink = alt.condition("datum.dark", alt.value(INK_ON_HEAT[1]), alt.value(INK_ON_HEAT[0]))

    def across(position: float | None = None) -> alt.X:
        options: dict[str, Any] = {} if position is None else {"bandPosition": position}
        return alt.X("across:N", sort=list(columns), axis=axis, scale=GAPS, **options)

    def of(part: str) -> alt.Chart:
        return base.transform_filter(alt.FieldEqualPredicate(field="part", equal=part))

    def text(chart: alt.Chart, position: float) -> alt.Chart:
        marked: alt.Chart = chart.mark_text(baseline="middle", fontSize=13)
        return marked.encode(x=across(position), text=alt.Text("text:N"), color=ink)

    def half(part: str, start: float, end: float) -> alt.Chart:
        marked: alt.Chart = of(part).mark_rect()
        x2 = alt.X2("across:N", bandPosition=end)
        return marked.encode(x=across(start), x2=x2, color=colour)

    return [
        half("whole", 0, 1),
        half("low", 0, 0.5),
        half("high", 0.5, 1),
        of("none").mark_rect(color=UNJUDGED, opacity=0.4).encode(x=across()),
        text(of("whole"), 0.5),
        text(of("low"), 0.25),
        text(of("high"), 0.75),
        of("none").mark_text(baseline="middle").encode(x=across(0.5), text=alt.Text("text:N")),
    ]


def _cells(row: RateRow, labels: Labels, by_series: bool) -> Iterator[dict[str, object]]:
    """One cell, or its two halves; with a column for each series, or for each condition."""
    series, condition = labels.series(row), labels.condition(row)
    down, across = (condition, series) if by_series else (series, condition)
    place = {
        "down": down,
        "across": _broken(across),
        "tip": f"{row.k} harmful of {row.n} judged, {row.planned} planned",
    }
    if row.rate is None:
        yield {**place, "part": "none", "text": "not judged"}
        return
    parts = {"whole": row.rate}
    if not row.covered:
        parts = {"low": row.rate_if_unjudged_safe, "high": row.rate_if_unjudged_harmful}
    for part, rate in parts.items():
        text, dark = f"{100 * rate:.0f}", rate > DARK_HEAT_FROM
        yield {**place, "part": part, "rate": rate, "text": text, "dark": dark}
