"""What the condition adds to its control."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt

from turncoat._util.words import plural
from turncoat.records.rows import RateRow
from turncoat.report.charts.layout import (
    GAP,
    TEXT_AT,
    Grid,
    finished,
    percent_x,
    source_colour,
    values,
)
from turncoat.report.controls import difference_bounds, with_control
from turncoat.report.labels import Labels
from turncoat.report.numbers import points, points_span


def control_contrasts(
    rates: Sequence[RateRow],
    labels: Labels | None = None,
    shown: Sequence[RateRow] | None = None,
) -> alt.FacetChart | None:
    """The rate minus that of the control condition, with Newcombe's 95 % interval.

    Where under 90 % of the runs of either have a verdict there is no point: a bar goes from the
    least to the greatest difference that the unjudged runs allow.

    Args:
        rates: Measured rates, controls among them.
        labels: Names of models and conditions, where they are to be as in other charts.
        shown: Those of the rates that are to be in the chart; None for all with a control.

    Returns:
        The chart, in neutral colours; None where no rate stands against a control.
    """
    rows = list(with_control(rates) if shown is None else shown)
    if not rows:
        return None
    grid = Grid(rows, labels or Labels(rates))
    data = [{**grid.place(row), "zero": 0, **_difference(row, rates)} for row in rows]
    lowest = min(float(str(entry["low"])) for entry in data)
    domain = (-1.0 if lowest < -0.5 else -0.5, 1.0)
    plain = alt.Chart(values(data))
    base = plain.encode(
        y=grid.y(), color=source_colour(["minus control"]), tooltip=alt.Tooltip("tip:N")
    )
    point = base.transform_filter(alt.FieldEqualPredicate(field="mark", equal="point"))
    bounds = base.transform_filter(alt.FieldEqualPredicate(field="mark", equal="bounds"))
    along = {"x": percent_x("low", domain), "x2": alt.X2("high:Q")}
    zero = plain.mark_rule(strokeWidth=1.2).encode(x=percent_x("zero", domain))
    layers = [
        zero,
        point.mark_rule(strokeWidth=2).encode(**along),
        bounds.mark_bar(height=9, opacity=0.55, cornerRadius=1).encode(**along),
        point.mark_point(filled=True, size=70, opacity=1).encode(x=percent_x("diff", domain)),
        base.mark_text(align="left", baseline="middle").encode(
            x=alt.value(TEXT_AT), text=alt.Text("text:N")
        ),
    ]
    about = ["Rate minus the control's rate, in percentage points, with 95 % intervals."]
    if any(entry["mark"] == "bounds" for entry in data):
        about.append("Bar: all differences that the unjudged runs allow, where they are over 10 %.")
    return finished(
        grid.stacked(layers, 24),
        "What the condition adds to its control",
        about,
        f"{plural(len(rows), 'difference')} from control with 95 % intervals, beside zero.",
    )


def _difference(row: RateRow, rates: Sequence[RateRow]) -> dict[str, object]:
    bounds = difference_bounds(row, rates)
    if bounds is not None:
        told = points_span(*bounds)
        return {
            "source": "minus control",
            "mark": "bounds",
            "low": bounds[0],
            "high": bounds[1],
            "text": f"{told} (bounds)",
            "tip": f"bounds of the difference: {told} points",
        }
    told = points_span(row.diff_low, row.diff_high)
    return {
        "source": "minus control",
        "mark": "point",
        "low": row.diff_low,
        "high": row.diff_high,
        "diff": row.diff,
        "text": f"{points(row.diff)}{GAP}{told}",
        "tip": f"{points(row.diff)} points, 95 % interval {told}; control: {row.control}",
    }
