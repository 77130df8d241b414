"""Rates as tables of text: the same numbers as in the charts."""

from __future__ import annotations

from collections.abc import Sequence

from turncoat.measure import wilson
from turncoat.records.comparing import ComparedRow
from turncoat.records.rows import RateRow
from turncoat.records.strata import StratumRow
from turncoat.report.content import Table
from turncoat.report.controls import control_row, difference_bounds, with_control
from turncoat.report.labels import Labels, one_line
from turncoat.report.numbers import (
    NOT_JUDGED,
    headline,
    percent,
    points,
    points_span,
    span,
)

NOTHING = "-"
DOUBTFUL = "*"
"""Beside an interval that may be too narrow."""


def rates_table(rates: Sequence[RateRow], compared: Sequence[ComparedRow], labels: Labels) -> Table:
    """Measured rates, with the published figures where there are any.

    Args:
        rates: Measured rates.
        compared: The same beside published ones, in the same order; empty where nothing is
            compared.
        labels: Names of models and conditions.
    """
    columns = ["model", "condition", "harmful", "rate", "95 % interval", "new surfaces"]
    beside = [row for row in compared if row.figure is not None or row.spread is not None]
    if beside:
        columns += ["published", "measured is"]
    rows = []
    for place, row in enumerate(rates):
        cells = [
            *_who(row, labels),
            f"{row.k} of {row.n}",
            headline(row),
            _interval(row),
            _new_surfaces(row),
        ]
        if beside:
            cells += [_published(compared[place]), _verdict(compared[place])]
        rows.append(tuple(cells))
    return Table("Measured rates", tuple(columns), tuple(rows), frozenset({2, 3, 4, 5}))


def heat_table(rates: Sequence[RateRow], labels: Labels) -> Table:
    """Rates with models down and conditions across.

    Args:
        rates: Measured rates.
        labels: Names of models and conditions.
    """
    found = {(labels.series(row), labels.condition(row)): headline(row) for row in rates}
    conditions = labels.all_conditions
    rows = [
        (series, *(found.get((series, name), NOTHING) for name in conditions))
        for series in labels.all_series
    ]
    columns = ("model", *map(one_line, conditions))
    numeric = frozenset(range(1, len(columns)))
    return Table("Rates by model and condition", columns, tuple(rows), numeric)


def contrasts_table(rates: Sequence[RateRow], labels: Labels) -> Table | None:
    """Differences from control.

    Args:
        rates: Measured rates, controls among them.
        labels: Names of models and conditions.

    Returns:
        The table; None where no rate stands against a control.
    """
    rows = []
    for row in with_control(rates):
        control, bounds = control_row(row, rates), difference_bounds(row, rates)
        difference = points(row.diff) if bounds is None else f"{points_span(*bounds)} (bounds)"
        interval = points_span(row.diff_low, row.diff_high) if bounds is None else NOTHING
        against = headline(control) if control is not None else row.control or NOTHING
        rows.append((*_who(row, labels), headline(row), against, difference, interval))
    columns = ("model", "condition", "rate", "control's rate", "difference", "95 % interval")
    numeric = frozenset({2, 3, 4, 5})
    return (
        Table("Differences in percentage points", columns, tuple(rows), numeric) if rows else None
    )


def outcomes_table(rates: Sequence[RateRow], labels: Labels) -> Table:
    """What became of every planned run.

    Args:
        rates: Measured rates.
        labels: Names of models and conditions.
    """
    rows = []
    for row in rates:
        counts = (row.k, row.n - row.k, row.unclear, row.invalid, row.missing, row.stopped)
        numbers = (row.planned, *counts)
        rows.append((*_who(row, labels), *map(str, numbers), percent(row.coverage)))
    columns = (
        *("model", "condition", "planned", "harmful", "not harmful"),
        *("unclear", "invalid", "missing", "stopped", "judged"),
    )
    return Table("Planned runs", columns, tuple(rows), frozenset(range(2, len(columns))))


def _stratum_rate(row: StratumRow) -> str:
    if not row.n:
        return NOT_JUDGED
    return percent(row.rate) if row.covered else f"{span(*row.bounds)} (bounds)"


def strata_table(rows: Sequence[StratumRow], labels: Labels) -> Table:
    """Rates by stratum, those without runs left out.

    Args:
        rows: Rows as `stratum_rows` gave them.
        labels: Names of models and conditions.
    """
    told = [
        (
            *_who(row, labels),
            row.stratum,
            str(row.runs),
            percent(row.share),
            f"{row.k} of {row.n}",
            _stratum_rate(row),
            span(row.ci_low, row.ci_high) if row.n else NOTHING,
            row.decided_by or NOTHING,
        )
        for row in rows
        if row.runs
    ]
    columns = (
        *("model", "condition", "belief", "runs", "share", "harmful"),
        *("rate", "95 % interval", "sorted by"),
    )
    return Table(
        "Rates by what the agent took the situation for",
        columns,
        tuple(told),
        frozenset({3, 4, 5, 6, 7}),
    )


def _who(row: RateRow | StratumRow, labels: Labels) -> tuple[str, str]:
    return labels.series(row), one_line(labels.condition(row))


def _interval(row: RateRow) -> str:
    if not row.covered:
        return NOTHING  # Of the judged runs alone it would say too much.
    told = span(row.ci_low, row.ci_high)
    return f"{told} (sequence)" if row.interval == "sequence" else told


def _new_surfaces(row: RateRow) -> str:
    if not row.covered:
        return NOTHING
    told = span(row.new_surfaces_low, row.new_surfaces_high)
    return f"{told}{DOUBTFUL}" if row.new_surfaces_doubt and told != NOTHING else told


def _published(row: ComparedRow) -> str:
    figure, spread = row.figure, row.spread
    if figure is not None and figure.k is not None and figure.n:
        interval = wilson(figure.k, figure.n)
        return (
            f"{percent(figure.rate)}, {figure.k} of {figure.n} ({span(*interval)}), {figure.model}"
        )
    if spread is not None and row.published_model is None:
        told = span(spread.lowest, spread.highest)
        return f"{told}, median {percent(spread.median)} of {spread.models} models"
    return NOTHING


def _verdict(row: ComparedRow) -> str:
    if row.verdict is None:
        return NOTHING
    return f"{row.verdict}: {row.why}" if row.why else row.verdict
