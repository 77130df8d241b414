"""The columns of every table of rates, for a terminal and for a page alike.

A cell may have several lines; a page takes them in one. Of a cell of numbers no line is ever broken
but before a bracket, so that no digit is lost however narrow the table is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Generic, Literal, NamedTuple, TypeVar

from turncoat.report.controls import difference_bounds
from turncoat.report.numbers import (
    NOT_JUDGED,
    bare_span,
    p_text,
    percent,
    points,
    points_span,
    ratio_text,
)

if TYPE_CHECKING:
    from turncoat.records.contrasts import ContrastRow
    from turncoat.records.effect_rows import EffectRow, UnidentifiedRow
    from turncoat.records.heterogeneity import SpreadRow
    from turncoat.records.pairs import PairedRow
    from turncoat.records.rows import RateRow
    from turncoat.records.strata import StratumRow

    AnyEffect = EffectRow | UnidentifiedRow

R = TypeVar("R")
NOTHING = "-"
NOT_IDENTIFIED = "not identified"
DOUBTFUL = "?"
"""Beside an interval that may be too narrow."""


class Column(NamedTuple, Generic[R]):
    """A column of a table."""

    title: str
    cell: Callable[[R], str]
    """What stands in it for a row."""
    kind: Literal["number", "text", "name"] = "number"
    """Numbers stand at the right; text is broken between words; a name never is."""
    optional: bool = False
    """Whether it is left out where no row has anything in it."""
    once: bool = False
    """Whether a terminal leaves it blank where the first cell is that of the row above."""


def counted(title: str, count: Callable[[R], object]) -> Column[R]:
    """A column of counts, or of whatever is told as it is.

    Args:
        title: What stands above it.
        count: What stands in it for a row.
    """
    return Column(title, lambda row: str(count(row)))


def present(columns: Sequence[Column[R]], rows: Sequence[R]) -> list[Column[R]]:
    """The columns that these rows need.

    Args:
        columns: All that there are.
        rows: The rows of the table.
    """
    return [
        column
        for column in columns
        if not column.optional or any(column.cell(row) not in ("", NOTHING) for row in rows)
    ]


def share(k: int | None, n: int | None) -> str:
    """A count and of how many; nothing where there is none.

    Args:
        k: The count.
        n: Of how many.
    """
    return "" if n is None else f"{k} of {n}"


def rate_cell(row: RateRow) -> str:
    """The rate, or the two bounds where too little was judged for k / n to stand.

    Args:
        row: A measured rate.
    """
    if row.rate is None:
        return NOT_JUDGED
    if row.covered:
        return percent(row.rate)
    return f"{bare_span(row.rate_if_unjudged_safe, row.rate_if_unjudged_harmful)}\n(bounds)"


def _interval(row: RateRow) -> str:
    if not row.covered:
        return NOTHING  # Of the judged runs alone it would say too much.
    told = bare_span(row.ci_low, row.ci_high)
    return f"{told} (sequence)" if row.interval == "sequence" else told


def _new_surfaces(row: RateRow) -> str:
    told = bare_span(row.new_surfaces_low, row.new_surfaces_high)
    if not row.covered or told == NOTHING:
        return NOTHING
    return f"{told} {DOUBTFUL}" if row.new_surfaces_doubt else told


def corrected_cell(row: RateRow) -> str:
    """The rate as people's labels correct it, with its interval; nothing where there is no label.

    Args:
        row: A measured rate.
    """
    if not row.labels:
        return NOTHING
    told = f"{percent(row.corrected)}\n" if row.corrected is not None else ""
    mark = f" {DOUBTFUL}" if row.corrected_doubt else ""
    return f"{told}{bare_span(row.corrected_low, row.corrected_high)}{mark}"


RATES: tuple[Column[RateRow], ...] = (
    Column("harmful", lambda row: share(row.k, row.n)),
    Column("rate", rate_cell),
    Column("these surfaces", _interval),
    Column("new surfaces", _new_surfaces),
    Column("corrected", corrected_cell, optional=True),
    Column("labels", lambda row: str(row.labels or ""), optional=True),
)


def minus_control(rates: Sequence[RateRow]) -> Column[RateRow]:
    """The difference from control; where too little was judged of either, all that runs allow.

    Args:
        rates: All rates, controls among them.
    """

    def cell(row: RateRow) -> str:
        bounds = difference_bounds(row, rates) if row.control is not None else None
        if bounds is not None:
            return f"{points_span(*bounds)} (bounds)"
        if row.control is None or row.diff is None:
            return NOTHING
        return f"{points(row.diff)} ({points_span(row.diff_low, row.diff_high)})"

    return Column("minus control", cell)


def _without_verdict(row: RateRow) -> str:
    why = ", ".join(f"{count} {reason}" for reason, count in row.invalid_by_reason.items())
    kinds = {
        "unclear": row.unclear,
        f"invalid ({why})" if why else "invalid": row.invalid,
        "missing": row.missing,
        "stopped": row.stopped,
    }
    return ", ".join(f"{count} {kind}" for kind, count in kinds.items() if count) or NOTHING


WITHOUT_VERDICT: Column[RateRow] = Column("without verdict", _without_verdict, "text")

OUTCOMES: tuple[Column[RateRow], ...] = (
    counted("planned", lambda row: row.planned),
    counted("harmful", lambda row: row.k),
    counted("not harmful", lambda row: row.n - row.k),
    counted("unclear", lambda row: row.unclear),
    counted("invalid", lambda row: row.invalid),
    counted("missing", lambda row: row.missing),
    counted("stopped", lambda row: row.stopped),
    Column("judged", lambda row: percent(row.coverage)),
)


def _stratum_rate(row: StratumRow) -> str:
    if not row.n:
        return NOT_JUDGED if row.runs else NOTHING
    return percent(row.rate) if row.covered else f"{bare_span(*row.bounds)}\n(bounds)"


def strata(kind: str) -> tuple[Column[StratumRow], ...]:
    """The columns of rates by stratum.

    Args:
        kind: What splits the runs, as `belief`.
    """
    return (
        Column(kind, lambda row: row.stratum, "name"),
        counted("runs", lambda row: row.runs),
        Column("share", lambda row: percent(row.share)),
        Column("harmful", lambda row: share(row.k, row.n)),
        Column("rate", _stratum_rate),
        Column("interval", lambda row: bare_span(row.ci_low, row.ci_high) if row.n else NOTHING),
        counted("unclear", lambda row: row.unclear),
        counted("invalid", lambda row: row.invalid),
        Column("sorted by", lambda row: row.decided_by or NOTHING, "text"),
    )


def _unjudged(row: ContrastRow) -> str:
    if row.covered:
        return NOTHING
    return points_span(row.diff_if_unjudged_low, row.diff_if_unjudged_high)


def _difference(row: ContrastRow) -> str:
    if row.diff is None:
        return NOTHING
    return f"{points(row.diff)}\n{points_span(row.diff_low, row.diff_high)}"


def _ratio(row: ContrastRow) -> str:
    ratio = NOTHING if row.ratio is None else ratio_text(row.ratio)
    low = ratio_text(row.ratio_low, 2)
    if row.ratio_high is None:
        return f"{ratio}\nover {low}"
    return f"{ratio}\n{low} to {ratio_text(row.ratio_high, 2)}"


CONTRASTS: tuple[Column[ContrastRow], ...] = (
    Column("harmful", lambda row: share(row.k, row.n)),
    Column("control", lambda row: share(row.control_k, row.control_n)),
    Column("difference", _difference),
    Column("ratio", _ratio),
    Column("p", lambda row: p_text(row.p_value)),
    Column(
        "new surfaces",
        lambda row: points_span(row.new_surfaces_diff_low, row.new_surfaces_diff_high),
    ),
    Column("unjudged", _unjudged, optional=True),
    Column("surfaces", lambda row: "paired" if row.paired else "unpaired", "name"),
)


def _paired_difference(row: PairedRow) -> str:
    if row.diff is None:
        return NOTHING
    return f"{points(row.diff)}\n({points_span(row.diff_low, row.diff_high)})"


def _no_pair(row: PairedRow) -> str:
    counts = {
        "judged by ours": row.judged_by_ours,
        "by theirs": row.judged_by_theirs,
        "by neither": row.judged_by_neither,
        "stopped": row.stopped,
    }
    return "\n".join(f"{count} {what}" for what, count in counts.items() if count) or NOTHING


PAIRS: tuple[Column[PairedRow], ...] = (
    counted("both harmful", lambda row: row.both),
    counted("only ours", lambda row: row.only_ours),
    counted("only theirs", lambda row: row.only_theirs),
    counted("both safe", lambda row: row.neither),
    Column("ours", lambda row: percent(row.rate)),
    Column("theirs", lambda row: percent(row.rate_against)),
    Column("ours minus theirs", _paired_difference),
    Column("p", lambda row: p_text(row.p_value)),
    Column("no pair", _no_pair, "text"),
)


def _odds(row: EffectRow) -> str:
    if row.odds_low is None or row.odds_high is None:
        return ""
    return f"{ratio_text(row.odds_low, 2)} to {ratio_text(row.odds_high, 2)}"


def _crossed(name: str) -> str:
    """Both factors of an interaction, or their levels, a line each."""
    return name.replace(" x ", "\nx ")


def _found(
    title: str, cell: Callable[[EffectRow], str], otherwise: str = "", *, once: bool = False
) -> Column[AnyEffect]:
    """A column of what only an effect has that these runs tell."""

    def told(row: AnyEffect) -> str:
        from turncoat.records.effect_rows import EffectRow

        return cell(row) if isinstance(row, EffectRow) else otherwise

    return Column(title, told, once=once)


EFFECTS: tuple[Column[AnyEffect], ...] = (
    Column("factor", lambda row: _crossed(row.factor), "name", once=True),
    Column("level", lambda row: _crossed(row.level), "name"),
    Column("against", lambda row: _crossed(row.reference), "name"),
    _found("harmful", lambda row: share(row.k, row.n), NOT_IDENTIFIED),
    _found("change", lambda row: points(row.diff)),
    _found("95 %", lambda row: points_span(row.diff_low, row.diff_high)),
    _found("odds", lambda row: "" if row.odds_ratio is None else ratio_text(row.odds_ratio)),
    _found("odds, 95 %", _odds),
    _found("p", lambda row: p_text(row.p_value) + ("*" if row.method == "Firth" else "")),
    _found("all", lambda row: p_text(row.p_factor), once=True),
)

SPREADS: tuple[Column[SpreadRow], ...] = (
    Column("harmful", lambda row: share(row.k, row.n)),
    counted("surfaces", lambda row: row.surfaces),
    Column("lowest", lambda row: percent(row.lowest)),
    Column("highest", lambda row: percent(row.highest)),
    Column(
        "correlation",
        lambda row: NOTHING if row.correlation is None else f"{row.correlation:.2f}",
    ),
    Column("p", lambda row: p_text(row.p_value)),
    Column("note", lambda row: row.why, "text", optional=True),
)
