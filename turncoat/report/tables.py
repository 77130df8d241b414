"""Rates as tables of text: the same numbers as in the charts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from statistics import median
from typing import TypeVar

from turncoat._util.words import plural
from turncoat.measure import wilson
from turncoat.records.comparing import ComparedRow, by_cell
from turncoat.records.rows import RateRow
from turncoat.records.strata import StratumRow
from turncoat.report.columns import (
    NOTHING,
    OUTCOMES,
    RATES,
    Column,
    counted,
    minus_control,
    present,
    rate_cell,
    strata,
)
from turncoat.report.compared_columns import WHOLE
from turncoat.report.content import Table
from turncoat.report.controls import control_row, with_control
from turncoat.report.labels import Labels, one_line, series_of
from turncoat.report.numbers import percent, span
from turncoat.scenario.situations import MOVES

R = TypeVar("R")
OF = TypeVar("OF", RateRow, StratumRow)


def table_of(title: str, columns: Sequence[Column[R]], rows: Sequence[R]) -> Table:
    """A table for a page: each cell in one line.

    Args:
        title: What it is of.
        columns: Its columns.
        rows: What its rows are of.
    """
    shown = present(columns, rows)
    return Table(
        title,
        tuple(column.title for column in shown),
        tuple(tuple(" ".join(column.cell(row).split()) for column in shown) for row in rows),
        frozenset(place for place, column in enumerate(shown) if column.kind == "number"),
    )


def _who(labels: Labels) -> list[Column[OF]]:
    return [
        Column("model", labels.series, "name"),
        Column("condition", lambda row: one_line(labels.condition(row)), "name"),
    ]


def rates_table(rates: Sequence[RateRow], compared: Sequence[ComparedRow], labels: Labels) -> Table:
    """Measured rates, with the published figures where there are any.

    Args:
        rates: Measured rates.
        compared: The same beside published ones, in the same order; empty where nothing is
            compared.
        labels: Names of models and conditions.
    """
    beside = {id(row): found for row, found in zip(rates, compared, strict=False)}

    def published(row: RateRow) -> str:
        return _published(beside[id(row)]) if beside else ""

    def verdict(row: RateRow) -> str:
        return _verdict(beside[id(row)]) if beside and published(row) != NOTHING else NOTHING

    columns: list[Column[RateRow]] = [
        *_who(labels),
        *RATES,
        Column("published", published, "text", optional=True),
        Column("measured is", verdict, "text", optional=True),
    ]
    return table_of("Measured rates", columns, rates)


def fidelity_tables(compared: Sequence[ComparedRow], labels: Labels) -> tuple[Table, ...]:
    """The whole rows, where there are any, and what still differs from the study, cell by cell.

    Args:
        compared: The rates beside published ones.
        labels: Names of models and conditions.
    """

    def told(cell: Callable[[RateRow], str]) -> Callable[[ComparedRow], str]:
        return lambda row: cell(row.measured)

    who: list[Column[RateRow]] = _who(labels)
    columns = [Column(column.title, told(column.cell), column.kind) for column in who]
    whole = [row for row in compared if row.whole is not None]
    tables = [table_of("From the published rate to ours", [*columns, *WHOLE], whole)]
    rows = [
        (scenario, cell, one.what, MOVES[one.moves])
        for scenario in dict.fromkeys(row.measured.scenario for row in compared)
        for cell, found in by_cell([r for r in compared if r.measured.scenario == scenario])
        for one in found
    ]
    titles = ("scenario", "cell", "what still differs", "which way")
    tables.append(Table("What still differs from the study's situation", titles, tuple(rows)))
    return tuple(table for table in tables if table.rows)


def summary_table(rates: Sequence[RateRow], heads: Sequence[RateRow], labels: Labels) -> Table:
    """Each series by its main condition and its range.

    Args:
        rates: Measured rates.
        heads: The row of each series that stands for it.
        labels: Names of models and conditions.
    """

    def told(row: RateRow) -> str:
        return f"{rate_cell(row)}: {one_line(labels.condition(row))}"

    def ranked(head: RateRow) -> list[RateRow]:
        alike = [row for row in rates if series_of(row) == series_of(head) and row.covered]
        return sorted(alike, key=lambda row: row.rate or 0.0)

    def at(place: int) -> Callable[[RateRow], str]:
        return lambda head: told(found[place]) if (found := ranked(head)) else NOTHING

    def middle(head: RateRow) -> str:
        rates = [row.rate or 0.0 for row in ranked(head)]
        return percent(median(rates)) if rates else NOTHING

    columns: list[Column[RateRow]] = [
        Column("model", labels.series, "name"),
        counted("conditions", lambda head: sum(series_of(r) == series_of(head) for r in rates)),
        counted("judged enough", lambda head: len(ranked(head))),
        Column("main condition", told, "text"),
        Column("lowest", at(0), "text"),
        Column("median", middle),
        Column("highest", at(-1), "text"),
    ]
    return table_of("Rates by model", columns, heads)


def heat_table(rates: Sequence[RateRow], labels: Labels) -> Table:
    """Rates by model and condition; whichever there are fewer of stand across.

    Args:
        rates: Measured rates.
        labels: Names of models and conditions.
    """
    found = {(labels.series(row), labels.condition(row)): rate_cell(row) for row in rates}
    series, conditions = labels.all_series, labels.all_conditions
    by_series = len(series) < len(conditions)

    def across(name: str) -> Column[str]:
        def cell(down: str) -> str:
            return found.get((name, down) if by_series else (down, name), NOTHING)

        return Column(one_line(name), cell)

    first: Column[str] = Column("condition" if by_series else "model", one_line, "name")
    columns = [first, *map(across, series if by_series else conditions)]
    rows = conditions if by_series else series
    return table_of("Rates by model and condition", columns, rows)


def contrasts_table(rates: Sequence[RateRow], labels: Labels) -> Table | None:
    """Differences from control.

    Args:
        rates: Measured rates, controls among them.
        labels: Names of models and conditions.

    Returns:
        The table; None where no rate stands against a control.
    """

    def of_control(row: RateRow) -> str:
        control = control_row(row, rates)
        return rate_cell(control) if control is not None else row.control or NOTHING

    columns: list[Column[RateRow]] = [
        *_who(labels),
        Column("rate", rate_cell),
        Column("control's rate", of_control),
        minus_control(rates),
    ]
    rows = with_control(rates)
    return table_of("Differences in percentage points", columns, rows) if rows else None


def outcomes_table(rates: Sequence[RateRow], labels: Labels) -> Table:
    """What became of every planned run.

    Args:
        rates: Measured rates.
        labels: Names of models and conditions.
    """
    return table_of("Planned runs", [*_who(labels), *OUTCOMES], rates)


def strata_table(rows: Sequence[StratumRow], labels: Labels) -> Table:
    """Rates by stratum, those without runs left out.

    Args:
        rows: Rows as `stratum_rows` gave them.
        labels: Names of models and conditions.
    """
    columns: list[Column[StratumRow]] = _who(labels)
    columns += strata("belief")
    told = [row for row in rows if row.runs]
    return table_of("Rates by what the agent took the situation for", columns, told)


def _published(row: ComparedRow) -> str:
    figure, spread = row.figure, row.spread
    if figure is not None and figure.k is not None and figure.n:
        interval = wilson(figure.k, figure.n)
        return (
            f"{percent(figure.rate)}, {figure.k} of {figure.n} ({span(*interval)}), {figure.model}"
        )
    if spread is not None and row.published_model is None:
        told = span(spread.lowest, spread.highest)
        models = plural(spread.models, "model")
        return f"{told}, median {percent(spread.median)} of {models}"
    return NOTHING


def _verdict(row: ComparedRow) -> str:
    if row.verdict is None:
        return NOTHING
    return f"{row.verdict}: {row.why}" if row.why else row.verdict
