"""Rates as Altair charts: pure functions from rows, for the report and for notebooks.

Every chart stands on a transparent ground in colours that can be read on a light and on a dark
one; `themed` fits it to one of the two. Colours are told apart by people with any colour vision.
"""

from turncoat.report.charts.contrasts import control_contrasts
from turncoat.report.charts.effects import effects, surfaces
from turncoat.report.charts.forest import forest
from turncoat.report.charts.heat import heat_map
from turncoat.report.charts.outcomes import outcomes
from turncoat.report.charts.stratified import strata
from turncoat.report.charts.themes import themed

__all__ = [
    "control_contrasts",
    "effects",
    "forest",
    "heat_map",
    "outcomes",
    "strata",
    "surfaces",
    "themed",
]
