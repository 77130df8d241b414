"""What a score says of the agent's belief and comprehension, as fields of a run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypedDict

_TOLD = {True: "yes", False: "no", None: "untold"}


class Understood(TypedDict):
    """Fields of a run."""

    belief: str
    belief_by: str
    comprehended: str
    comprehended_by: str


def understood(details: Mapping[str, object]) -> Understood:
    """What a score's metadata says of belief and comprehension.

    Args:
        details: Metadata of a conduct score; of an older log, or of another score, without them.
    """
    # Scores had `comprehended` before `comprehended_by`, and then only for misread runs.
    told = details.get("comprehended") if "comprehended_by" in details else None
    return Understood(
        belief=str(details["belief"] or "silent") if "belief" in details else "",
        belief_by=str(details.get("belief_by") or ""),
        comprehended=_TOLD[told if isinstance(told, bool) else None]
        if "comprehended_by" in details
        else "",
        comprehended_by=str(details.get("comprehended_by") or ""),
    )
