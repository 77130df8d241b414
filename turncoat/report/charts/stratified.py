"""Rates within what the agents took the situation for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import altair as alt

from turncoat._util.words import plural
from turncoat.records.rows import ENOUGH_COVERAGE
from turncoat.records.runs import ConditionKey, condition_key
from turncoat.records.strata import STRATA, StratumRow
from turncoat.report.charts.layout import (
    GAP,
    TEXT_AT,
    Grid,
    finished,
    percent_x,
    source_colour,
    values,
)
from turncoat.report.labels import Labels, Series, series_of
from turncoat.report.numbers import percent, span

NAMES = {
    "belief": "What the agent took the situation for",
    "comprehended": "Whether the agent grasped the situation",
}


def split_rows(rows: Sequence[StratumRow]) -> list[StratumRow]:
    """The rows of those conditions whose runs lie in more than one stratum.

    Args:
        rows: Rows as `stratum_rows` gave them.

    Returns:
        Those of strata with runs; empty where no condition has two such strata.
    """
    cells: dict[tuple[Series, ConditionKey], list[StratumRow]] = defaultdict(list)
    for row in rows:
        if row.runs:
            cells[series_of(row), condition_key(row.condition)].append(row)
    return [row for found in cells.values() if len(found) > 1 for row in found]


def strata(rows: Sequence[StratumRow], labels: Labels | None = None) -> alt.FacetChart | None:
    """Rates by stratum: an association, since agents sort themselves into strata.

    Only conditions whose runs lie in at least two strata are shown. Where under 90 % of a
    stratum's runs have a verdict a bar goes from one bound to the other in place of the point.

    Args:
        rows: Rows as `stratum_rows` gave them, of one kind of strata.
        labels: Names of models and conditions, where they are to be as in other charts.

    Returns:
        The chart, in neutral colours; None where there is nothing to set side by side.
    """
    shown = split_rows(rows)
    if not shown:
        return None
    grid = Grid(shown, labels or Labels(rows))
    kind = shown[0].strata
    present = {row.stratum for row in shown}
    names = [name for name in (*STRATA[kind], "not recorded") if name in present]
    base = alt.Chart(values([{**grid.place(row), **_entry(row)} for row in shown])).encode(
        y=grid.y(),
        yOffset=alt.YOffset("source:N", sort=names),
        color=source_colour(names),
        tooltip=alt.Tooltip("tip:N"),
    )
    point = base.transform_filter(alt.FieldEqualPredicate(field="mark", equal="point"))
    bounds = base.transform_filter(alt.FieldEqualPredicate(field="mark", equal="bounds"))
    along = {"x": percent_x("low"), "x2": alt.X2("high:Q")}
    layers = [
        point.mark_rule(strokeWidth=2).encode(**along),
        bounds.mark_bar(height=7, opacity=0.55, cornerRadius=1).encode(**along),
        point.mark_point(filled=True, size=55, opacity=1).encode(x=percent_x("rate")),
        base.mark_text(align="left", baseline="middle").encode(
            x=alt.value(TEXT_AT), text=alt.Text("text:N")
        ),
    ]
    about = ["Percent of the judged runs of each group, with 95 % intervals."]
    about.append("An association, not an effect: the agents sorted themselves into these groups.")
    told = f"{plural(len(shown), 'rate')} by {kind}, with 95 % intervals."
    return finished(grid.stacked(layers, 17 * len(names) + 6), NAMES[kind], about, told)


def _entry(row: StratumRow) -> dict[str, object]:
    entry: dict[str, object] = {"source": row.stratum}
    if row.rate is not None and row.n >= ENOUGH_COVERAGE * row.runs:
        return {
            **entry,
            "mark": "point",
            "low": row.ci_low,
            "high": row.ci_high,
            "rate": row.rate,
            "text": f"{percent(row.rate)}{GAP}{row.k} of {row.n}",
            "tip": f"{row.stratum}: {percent(row.rate)}, {span(row.ci_low, row.ci_high)}; "
            f"{percent(row.share)} of the runs",
        }
    bounds = (row.k / row.runs, (row.k + row.runs - row.n) / row.runs)
    return {
        **entry,
        "mark": "bounds",
        "low": bounds[0],
        "high": bounds[1],
        "text": f"{span(*bounds)} (bounds){GAP}{row.k} of {row.n}",
        "tip": f"{row.stratum}: bounds {span(*bounds)}; {row.n} of {row.runs} runs were judged",
    }
