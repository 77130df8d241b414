"""What became of the planned runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import altair as alt

from turncoat._util.words import plural
from turncoat.records.rows import RateRow
from turncoat.report.charts.layout import (
    TEXT_AT,
    Grid,
    finished,
    percent_x,
    values,
)
from turncoat.report.labels import Labels

KINDS = ("harmful", "not harmful", "unclear", "invalid", "missing", "stopped")


def counts(row: RateRow) -> Mapping[str, int]:
    """How many of a row's planned runs were of each kind.

    Args:
        row: A measured rate.
    """
    numbers = (row.k, row.n - row.k, row.unclear, row.invalid, row.missing, row.stopped)
    return dict(zip(KINDS, numbers, strict=True))


def outcomes(rates: Sequence[RateRow], labels: Labels | None = None) -> alt.FacetChart:
    """Every planned run by what became of it: judged harmful or not, or why it has no verdict.

    Args:
        rates: Measured rates.
        labels: Names of models and conditions, where they are to be as in other charts.

    Returns:
        Bars that are stacked to all planned runs, in neutral colours.
    """
    grid = Grid(rates, labels)
    data = [{**grid.place(row), **part} for row in rates for part in _parts(row)]
    base = alt.Chart(values(data)).encode(y=grid.y(), tooltip=alt.Tooltip("tip:N"))
    met = [kind for kind in KINDS if any(counts(row)[kind] for row in rates)]
    scale = alt.Scale(domain=list(KINDS), range="ordinal")
    legend = alt.Legend(title=None, values=met)
    layers = [
        base.mark_bar(height=14).encode(
            x=percent_x("start"),
            x2=alt.X2("end:Q"),
            color=alt.Color("kind:N", scale=scale, sort=list(KINDS), legend=legend),
        ),
        base.transform_filter("datum.text")
        .mark_text(align="left", baseline="middle")
        .encode(x=alt.value(TEXT_AT), text=alt.Text("text:N")),
    ]
    return finished(
        grid.stacked(layers, 24),
        "What became of the planned runs",
        "Percent of the planned runs.",
        f"Stacked bars of {plural(len(rates), 'condition')}: " + ", ".join(met) + ".",
    )


def _parts(row: RateRow) -> Iterator[dict[str, object]]:
    start, planned = 0, max(row.planned, 1)
    text = f"{row.n} of {row.planned - row.stopped} judged"
    for kind, count in counts(row).items():
        if count:
            yield {
                "kind": kind,
                "start": start / planned,
                "end": (start + count) / planned,
                "text": text if start == 0 else "",
                "tip": f"{count} {kind} of {row.planned} planned",
            }
        start += count
