"""Words for people."""

from __future__ import annotations


def plural(count: int, one: str, many: str = "") -> str:
    """A count with its noun.

    Args:
        count: How many.
        one: The noun for one.
        many: For any other number; by default with an s.
    """
    return f"{count:,} {one if count == 1 else many or one + 's'}"
