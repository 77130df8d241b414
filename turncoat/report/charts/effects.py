"""What each factor does to the rate, and how much surfaces differ."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt

from turncoat._util.words import plural
from turncoat.measure import wilson
from turncoat.records.cells import cells_of
from turncoat.records.effects import EffectRow
from turncoat.records.rates import clusters_by_surface, rate_rows
from turncoat.records.runs import Collection
from turncoat.report.charts.layout import (
    LINE,
    PLOT_WIDTH,
    TEXT_AT,
    Grid,
    finished,
    names_axis,
    percent_x,
    source_colour,
    values,
)
from turncoat.report.numbers import points, points_span

MAIN, CROSSED = "change of the rate", "interaction"


def effects(rows: Sequence[EffectRow]) -> alt.LayerChart:
    """The average change of the rate for each level, against the reference of its factor.

    Args:
        rows: Those of one experiment, as in `EffectTable.rows`.

    Returns:
        The chart, in neutral colours.
    """
    data = [
        {
            "line": f"{row.factor}\n{row.level}, not {row.reference}",
            "source": MAIN if row.kind == "main" else CROSSED,
            "zero": 0,
            "low": max(-1.0, row.diff_low),
            "high": min(1.0, row.diff_high),
            "diff": max(-1.0, min(1.0, row.diff)),
            "text": f"{points(row.diff)} ({points_span(row.diff_low, row.diff_high)})",
        }
        for row in rows
    ]
    lines = [str(entry["line"]) for entry in data]
    plain = alt.Chart(values(data))
    sources = [name for name in (MAIN, CROSSED) if any(d["source"] == name for d in data)]
    y = alt.Y("line:N", sort=lines, axis=names_axis(labelOffset=-LINE / 2))
    base = plain.encode(y=y, color=source_colour(sources))
    domain = (-1.0, 1.0)
    x, x2 = percent_x("low", domain), alt.X2("high:Q")
    layers = [
        plain.mark_rule(strokeWidth=1.2).encode(x=percent_x("zero", domain)),
        base.mark_rule(strokeWidth=2).encode(x=x, x2=x2),
        base.mark_point(filled=True, size=70, opacity=1).encode(x=percent_x("diff", domain)),
        base.mark_text(align="left", baseline="middle").encode(
            x=alt.value(TEXT_AT), text=alt.Text("text:N")
        ),
    ]
    chart = alt.LayerChart(
        layer=layers, width=PLOT_WIDTH, height=alt.Step(2 * LINE + 8, **{"for": "position"})
    )
    return finished(
        chart,
        "What each factor does to the rate",
        "Percentage points, all other factors as they are; 95 % intervals, clustered by surface.",
        f"{plural(len(rows), 'effect')} with 95 % intervals, beside a line at zero.",
    )


def surfaces(collection: Collection, by: Sequence[str] | None = None) -> alt.FacetChart:
    """The rate on each surface, condition by condition.

    Args:
        collection: Runs of some logs; surfaces without a judged run have no point.
        by: Factors to tell apart, as for `rate_rows`.

    Returns:
        The chart, in neutral colours.
    """
    rows = rate_rows(collection, by)
    grid = Grid(rows)
    data = []
    for row, cell in zip(rows, cells_of(collection, by), strict=True):
        for (seed, surface), cluster in clusters_by_surface(cell.runs).items():
            low, high = wilson(cluster.k, cluster.n)
            data.append(
                {
                    **grid.place(row),
                    "source": "surface",
                    "surface": f"{seed}/{surface:03}",
                    "rate": cluster.k / cluster.n,
                    "low": low,
                    "high": high,
                    "tip": f"surface {surface} of seed {seed}: {cluster.k} of {cluster.n}",
                }
            )
    base = alt.Chart(values(data)).encode(
        y=grid.y(), color=source_colour(["surface"]), tooltip=alt.Tooltip("tip:N")
    )
    spread = base.encode(yOffset=alt.YOffset("surface:N"))
    along = {"x": percent_x("low"), "x2": alt.X2("high:Q")}
    layers = [
        spread.mark_rule(strokeWidth=1, opacity=0.45).encode(**along),
        spread.mark_point(filled=True, size=30, opacity=1).encode(x=percent_x("rate")),
    ]
    return finished(
        grid.stacked(layers, 90),
        "How much surfaces differ",
        "Percent of the judged runs on each surface, with Wilson's 95 % interval.",
        f"Rates on each surface under {plural(len(rows), 'condition')}.",
    )
