"""Measured and published rates with their intervals, one line each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import altair as alt

from turncoat._util.words import plural
from turncoat.measure import wilson
from turncoat.records.comparing import ComparedRow
from turncoat.records.rows import RateRow
from turncoat.records.runs import condition_key
from turncoat.report.charts.layout import (
    GAP,
    TEXT_AT,
    Grid,
    finished,
    percent_x,
    source_colour,
    values,
)
from turncoat.report.labels import Labels, series_of
from turncoat.report.numbers import headline, percent, span

MEASURED, PUBLISHED = "measured", "published"
THE_STUDY = "models of the study"


def forest(
    rates: Sequence[RateRow],
    published: Sequence[ComparedRow] | None = None,
    labels: Labels | None = None,
) -> alt.FacetChart:
    """Rates with intervals, by model and condition; the headline of a report.

    A measured rate is a point with its 95 % interval (Wilson's, or a confidence sequence's where
    runs stopped early). Where under 90 % of the runs have a verdict there is no point: a bar goes
    from the rate if all unjudged runs were safe to the rate if all were harmful. A published rate
    is a point with Wilson's interval, or, for a model that the study does not have, a line from
    the lowest to the highest of its models with a tick at the median.

    Args:
        rates: Measured rates.
        published: The same rates beside published figures, as `compare_all` gave them.
        labels: Names of models and conditions, where they are to be as in other charts.

    Returns:
        The chart, in neutral colours; `themed` gives it those of a light or a dark page.
    """
    grid = Grid(rates, labels)
    beside = {
        (series_of(row.measured), condition_key(row.measured.condition)): row
        for row in published or ()
    }
    data: list[dict[str, object]] = []
    for row in rates:
        place = grid.place(row)
        data.append({**place, **_measured(row)})
        found = beside.get((series_of(row), condition_key(row.condition)))
        if found is not None:
            data += ({**place, **entry} for entry in _published(found))
    if not grid.by_series:
        data = _spreads_once(grid, data, rates)
    sources = [name for name in (MEASURED, PUBLISHED) if any(d["source"] == name for d in data)]
    about = ["Percent of the judged runs, with 95 % intervals."]
    if any(entry["mark"] == "bounds" for entry in data):
        about.append(
            "Bar: from all unjudged runs safe to all harmful, where under 90 % were judged."
        )
    if any(entry["mark"] == "spread" for entry in data):
        about.append("Dashed: lowest to highest model of the study, with a tick at the median.")
    return finished(
        grid.stacked(_layers(grid, data, sources), 20 * (2 if _is_paired(data) else 1)),
        "How often the behaviour was seen",
        about,
        f"Forest plot of {plural(len(rates), 'measured rate')} with 95 % intervals.",
    )


def _spreads_once(
    grid: Grid, data: Sequence[dict[str, object]], rates: Sequence[RateRow]
) -> list[dict[str, object]]:
    """The study's spread as lines of its own: in a panel of a condition one for each scenario.

    It is the same for all models of a scenario, and another for each scenario.
    """
    scenarios = {row.scenario for row in rates}
    protocol = ["text"] if len({row.protocol for row in rates}) > 1 else []
    of = {grid.labels.series(row): row.scenario for row in rates}
    spreads: dict[tuple[object, str], dict[str, object]] = {}
    for entry in data:
        if entry["mark"] == "spread":
            scenario = of[str(entry["line"])]
            line = ", ".join([THE_STUDY, *([scenario] if len(scenarios) > 1 else []), *protocol])
            spreads[entry["panel"], line] = {**entry, "line": line}
    grid.last_lines = list(dict.fromkeys(line for _, line in spreads))
    grid.is_full = grid.is_full and len(spreads) == len(grid.panels) * len(grid.last_lines)
    return [*(entry for entry in data if entry["mark"] != "spread"), *spreads.values()]


def _is_paired(data: Sequence[dict[str, object]]) -> bool:
    """Whether a line has a measured and a published rate."""
    return len({(entry["panel"], entry["line"]) for entry in data}) < len(data)


def _layers(
    grid: Grid, data: Sequence[dict[str, object]], sources: Sequence[str]
) -> list[alt.Chart]:
    base = alt.Chart(values(data)).encode(
        y=grid.y(), color=source_colour(sources), tooltip=alt.Tooltip("tip:N")
    )
    if _is_paired(data):
        base = base.encode(yOffset=alt.YOffset("source:N", sort=list(sources)))

    def marks(*kinds: str) -> alt.Chart:
        return base.transform_filter(alt.FieldOneOfPredicate(field="mark", oneOf=list(kinds)))

    along = {"x": percent_x("low"), "x2": alt.X2("high:Q")}
    return [
        marks("point").mark_rule(strokeWidth=2).encode(**along),
        marks("bounds").mark_bar(height=9, opacity=0.55, cornerRadius=1).encode(**along),
        marks("spread").mark_rule(strokeWidth=1.5, strokeDash=[3, 3]).encode(**along),
        marks("spread").mark_tick(thickness=2, size=12).encode(x=percent_x("rate")),
        marks("point").mark_point(filled=True, size=70, opacity=1).encode(x=percent_x("rate")),
        base.mark_text(align="left", baseline="middle").encode(
            x=alt.value(TEXT_AT), text=alt.Text("text:N")
        ),
    ]


def _measured(row: RateRow) -> dict[str, object]:
    counted = f"{GAP}{row.k} of {row.n}" if row.n else ""
    entry: dict[str, object] = {"source": MEASURED, "text": f"{headline(row)}{counted}"}
    if row.covered and row.rate is not None:
        interval = "95 % confidence sequence" if row.interval == "sequence" else "95 % interval"
        return {
            **entry,
            "mark": "point",
            "low": row.ci_low,
            "high": row.ci_high,
            "rate": row.rate,
            "tip": f"measured {percent(row.rate)}, {interval} {span(row.ci_low, row.ci_high)}",
        }
    bounds = (row.rate_if_unjudged_safe, row.rate_if_unjudged_harmful)
    return {
        **entry,
        "mark": "bounds",
        "low": bounds[0],
        "high": bounds[1],
        "tip": f"bounds {span(*bounds)}: {row.n} of {row.planned - row.stopped} runs were judged",
    }


def _published(row: ComparedRow) -> Iterator[dict[str, object]]:
    figure, spread = row.figure, row.spread
    if figure is not None and figure.k is not None and figure.n:
        interval = wilson(figure.k, figure.n)
        yield {
            "source": PUBLISHED,
            "mark": "point",
            "low": interval.low,
            "high": interval.high,
            "rate": figure.k / figure.n,
            "text": f"{percent(figure.k / figure.n)}{GAP}{figure.k} of {figure.n}",
            "tip": f"published, {figure.model}: {percent(figure.rate)}, 95 % interval "
            f"{span(*interval)}",
        }
    elif spread is not None and row.published_model is None:
        models = plural(spread.models, "model")
        yield {
            "source": PUBLISHED,
            "mark": "spread",
            "low": spread.lowest,
            "high": spread.highest,
            "rate": spread.median,
            "text": f"{span(spread.lowest, spread.highest)}{GAP}{models}",
            "tip": f"published: lowest {percent(spread.lowest)}, median {percent(spread.median)}, "
            f"highest {percent(spread.highest)} of {models}",
        }
