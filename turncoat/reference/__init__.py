"""The published study's own prompts, taken from the installed `inspect-evals` at run time.

Nothing of that package is copied here: its prompts are asked for by import, read back into mails,
and its addresses mapped onto our roles (`cast.yaml`), so that our grading knows who is who.
"""

from __future__ import annotations

from turncoat.reference.briefing import Original, briefing_named, original_briefing
from turncoat.reference.conditions import Combination, condition_of, factors_of
from turncoat.reference.defects import Defect
from turncoat.reference.designs import combinations_for, control_of
from turncoat.reference.package import Package, load_package

__all__ = [
    "Combination",
    "Defect",
    "Original",
    "Package",
    "briefing_named",
    "combinations_for",
    "condition_of",
    "control_of",
    "factors_of",
    "load_package",
    "original_briefing",
]
