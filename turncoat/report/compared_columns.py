"""The columns of comparisons: beside published figures, along the whole row, between models."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from turncoat._util.words import plural
from turncoat.report.columns import NOTHING, Column, corrected_cell, rate_cell
from turncoat.report.numbers import bare_span, p_text, percent, points, points_span

if TYPE_CHECKING:
    from turncoat.measure import Comparison
    from turncoat.records.comparing import ComparedRow
    from turncoat.records.models import ModelRow
    from turncoat.records.rows import RateRow


def _measured(row: RateRow) -> str:
    """A rate with its counts and its interval."""
    told = f"{rate_cell(row)}  {row.k} of {row.n}\n{bare_span(row.ci_low, row.ci_high)}"
    corrected = corrected_cell(row).replace("\n", "  ")
    return f"{told}\ncorrected {corrected}" if row.labels else told


def _in_points(comparison: Comparison | None) -> str:
    """A difference with its interval, in percentage points."""
    if comparison is None or comparison.diff is None:
        return NOTHING
    return f"{points(comparison.diff)}\n{points_span(*comparison.interval)}"


def _verdict(row: ComparedRow | ModelRow) -> str:
    """A verdict, and below it what withholds or changes it."""
    return "\n".join(text for text in (row.verdict or "no verdict", row.why) if text)


def _published(row: ComparedRow) -> str:
    from turncoat.measure import wilson

    if row.place is None:
        return NOTHING
    cell = f"cell {row.place.label}"
    figure, spread = row.figure, row.spread
    if figure is not None and figure.k is not None and figure.n is not None:
        interval = bare_span(*wilson(figure.k, figure.n))
        return (
            f"{percent(figure.rate)}  {figure.k} of {figure.n}\n{interval}\n"
            f"{cell}; {figure.confidence}"
        )
    if spread is None:
        return cell
    models = plural(spread.models, "model")
    if spread.lowest == spread.highest:
        return f"{percent(spread.lowest)} in all {models}\n{cell}"
    return (
        f"{percent(spread.lowest)} {_few(spread.lowest_models)}\n"
        f"{percent(spread.median)} median of {models}\n"
        f"{percent(spread.highest)} {_few(spread.highest_models)}\n{cell}"
    )


def _few(models: Sequence[str]) -> str:
    named = ", ".join(models[:3])
    return named if len(models) <= 3 else f"{named} and {len(models) - 3} more"


COMPARED: tuple[Column[ComparedRow], ...] = (
    Column("measured", lambda row: _measured(row.measured), "name"),
    Column("published", _published, "text"),
    Column("difference", lambda row: _in_points(row.comparison), "name"),
    Column("verdict", _verdict, "text"),
)


def _between(row: ComparedRow, what: Literal["by_method", "by_ours"]) -> str:
    rate = getattr(row.whole, what)
    return NOTHING if rate is None else f"{rate_cell(rate)}\n{rate.k} of {rate.n}"


def _step(title: str, what: Literal["model", "grading", "wording"]) -> Column[ComparedRow]:
    """A column of one of the steps between the published rate and ours."""

    def cell(row: ComparedRow) -> str:
        step = getattr(row.whole, what)
        return NOTHING if step is None else f"{points(step.diff)}\n{points_span(*step[1:])}"

    return Column(title, cell, "name")


WHOLE: tuple[Column[ComparedRow], ...] = (
    Column("published", lambda row: percent(row.figure.rate) if row.figure else NOTHING),
    Column("study's prompts,\npublished method", lambda row: _between(row, "by_method"), "name"),
    Column("study's prompts,\nour grading", lambda row: _between(row, "by_ours"), "name"),
    Column(
        "our prompts",
        lambda row: f"{rate_cell(row.measured)}\n{row.measured.k} of {row.measured.n}",
        "name",
    ),
    _step("model", "model"),
    _step("grading", "grading"),
    _step("wording", "wording"),
)
"""From the published rate to ours, and what each step on the way amounts to."""

WHOLE_LEGEND = (
    "From the published rate to ours, with what each step amounts to in points (95 %). Model: the "
    "study's prompts by the published method, minus the published rate: the model as it is served "
    "now, and its settings. Grading: our grading minus the published method, on the same runs. "
    "Wording: our prompts minus the study's, both by our grading; what still differs in the "
    "situation is in it."
)


def _side(row: RateRow) -> str:
    split = f"\nonly {row.split}" if row.split else ""
    return f"{row.model}{split}\n{_measured(row)}"


MODELS: tuple[Column[ModelRow], ...] = (
    Column("model", lambda row: _side(row.first), "text"),
    Column("against", lambda row: _side(row.second), "text"),
    Column("difference", lambda row: _in_points(row.comparison), "name"),
    Column("p (Holm)", lambda row: p_text(row.p_holm)),
    Column("p (B-H)", lambda row: p_text(row.p_bh)),
    Column("verdict", _verdict, "text"),
)
