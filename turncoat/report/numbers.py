"""How numbers are written for people."""

from __future__ import annotations

from turncoat.records.rows import RateRow

NOT_JUDGED = "none judged"


def percent(rate: float | None) -> str:
    """A rate with one decimal.

    Args:
        rate: From 0 to 1; None where there is none.
    """
    return "-" if rate is None else f"{rate:.1%}"


def span(low: float | None, high: float | None) -> str:
    """Two rates in a sentence, as `9.1% to 23.0%`.

    Args:
        low: The lower one, from 0 to 1.
        high: The higher one.
    """
    return "-" if low is None or high is None else f"{low:.1%} to {high:.1%}"


def bare_span(low: float | None, high: float | None) -> str:
    """Two rates in a table, as `9.1 to 23.0`.

    Args:
        low: The lower one, from 0 to 1.
        high: The higher one.
    """
    return "-" if low is None or high is None else f"{100 * low:.1f} to {100 * high:.1f}"


def points(difference: float | None) -> str:
    """A difference of two rates in percentage points, with its sign.

    Args:
        difference: From -1 to 1.
    """
    return "-" if difference is None else f"{100 * difference:+.1f}"


def points_span(low: float | None, high: float | None) -> str:
    """Two differences, as `-1.0 to +5.2`.

    Args:
        low: The lower one.
        high: The higher one.
    """
    return "-" if low is None or high is None else f"{points(low)} to {points(high)}"


def headline(row: RateRow) -> str:
    """The rate, or the two bounds where too little was judged for k / n to stand.

    Args:
        row: A measured rate.
    """
    if row.rate is None:
        return NOT_JUDGED
    if row.covered:
        return percent(row.rate)
    return f"{span(row.rate_if_unjudged_safe, row.rate_if_unjudged_harmful)} (bounds)"


def p_text(value: float | None) -> str:
    """A p value.

    Args:
        value: From 0 to 1; None where there is none.
    """
    if value is None:
        return "-"
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def ratio_text(value: float, digits: int = 3) -> str:
    """A ratio, without an exponent up to a million.

    Args:
        value: From 0 up.
        digits: How many digits count.
    """
    if 10**digits <= value < 1e6:
        return f"{value:.0f}"
    return f"{value:.{digits}g}"
