"""Which rate a difference from control was taken from, and what it may be at worst."""

from __future__ import annotations

from collections.abc import Sequence

from turncoat.records.rows import RateRow
from turncoat.report.labels import series_of
from turncoat.scenario.naming import NOT_APPLICABLE


def with_control(rates: Sequence[RateRow]) -> list[RateRow]:
    """The rates that stand against a control, those with no judged run among them.

    Args:
        rates: Measured rates.
    """
    return [row for row in rates if row.diff is not None or control_row(row, rates) is not None]


def control_row(row: RateRow, rates: Sequence[RateRow]) -> RateRow | None:
    """The row that `diff` refers to.

    A control is its condition with some levels set, which its label names; a factor that loses
    its meaning by that is `n/a` there, and all others are alike.

    Args:
        row: A measured rate.
        rates: All of them.

    Returns:
        The control's row; None where there is none, or more than one would fit.
    """
    if row.control is None:
        return None
    parts = [part.partition("=") for part in row.control.split(",") if "=" in part]
    levels = {name: level for name, _, level in parts}
    found = [other for other in rates if _is_control(other, row, levels)]
    return found[0] if len(found) == 1 else None


def _is_control(other: RateRow, row: RateRow, levels: dict[str, str]) -> bool:
    return (
        other is not row
        and series_of(other) == (*series_of(row)[:-1], row.control_split)
        and all(other.condition.get(name) == level for name, level in levels.items())
        and all(
            level in (row.condition.get(name), NOT_APPLICABLE) or name in levels
            for name, level in other.condition.items()
        )
    )


def difference_bounds(row: RateRow, rates: Sequence[RateRow]) -> tuple[float, float] | None:
    """The least and the greatest difference from control that the unjudged runs allow.

    Args:
        row: A measured rate.
        rates: All of them, its control among them.

    Returns:
        Two differences from -1 to 1; None where at least 90 % of the runs have a verdict in both,
        so that the difference itself may stand.
    """
    control = control_row(row, rates)
    if row.covered and (control is None or control.covered):
        return None
    if control is None:
        # Of the control no more is known than its rate among the judged runs.
        rate = (row.rate or 0.0) - (row.diff or 0.0)
        low, high = rate, rate
    else:
        low, high = control.rate_if_unjudged_safe, control.rate_if_unjudged_harmful
    return row.rate_if_unjudged_safe - high, row.rate_if_unjudged_harmful - low
