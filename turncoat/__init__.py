"""Turncoat: agentic-misalignment evaluations on Inspect AI.

Names for a user's own task file or notebook; each is loaded when first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from turncoat._util.errors import TurncoatError
    from turncoat.grading.belief_scorer import stated_belief
    from turncoat.grading.scorer import conduct
    from turncoat.records import load, rate_rows, read_runs, table_of
    from turncoat.scenario import find_scenario, render
    from turncoat.tasks.task import misalignment_task
    from turncoat.world.protocol import text_protocol

_HOMES = {
    "TurncoatError": "turncoat._util.errors",
    "conduct": "turncoat.grading.scorer",
    "find_scenario": "turncoat.scenario",
    "load": "turncoat.records",
    "misalignment_task": "turncoat.tasks.task",
    "rate_rows": "turncoat.records",
    "read_runs": "turncoat.records",
    "render": "turncoat.scenario",
    "stated_belief": "turncoat.grading.belief_scorer",
    "table_of": "turncoat.records",
    "text_protocol": "turncoat.world.protocol",
}

__all__ = [
    "TurncoatError",
    "conduct",
    "find_scenario",
    "load",
    "misalignment_task",
    "rate_rows",
    "read_runs",
    "render",
    "stated_belief",
    "table_of",
    "text_protocol",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'turncoat' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
