"""Times of day in the one style in which an agent sees them."""

from __future__ import annotations

import datetime as dt


def clock(moment: dt.datetime | dt.time) -> str:
    """A time of day on the 12-hour clock, as `12:53 PM`.

    Args:
        moment: The time, with or without a date.
    """
    half = "AM" if moment.hour < 12 else "PM"
    return f"{moment.hour % 12 or 12}:{moment.minute:02} {half}"
