"""Pure functions of counts: intervals, differences, comparisons. Knows nothing of logs."""

from turncoat.measure.comparison import Comparison, Verdict, compare_rates, holm
from turncoat.measure.effects import Effects, factor_effects
from turncoat.measure.heterogeneity import Heterogeneity, heterogeneity
from turncoat.measure.intervals import Interval, difference, unjudged_bounds, wilson
from turncoat.measure.pairs import PairedComparison, PairedCounts, compare_pairs
from turncoat.measure.sequence import confidence_sequence, narrow_enough, runs_for_half_width
from turncoat.measure.surfaces import (
    Cluster,
    doubt_of_new_surfaces,
    intraclass_correlation,
    new_surfaces,
)

__all__ = [
    "Cluster",
    "Comparison",
    "Effects",
    "Heterogeneity",
    "Interval",
    "PairedComparison",
    "PairedCounts",
    "Verdict",
    "compare_pairs",
    "compare_rates",
    "confidence_sequence",
    "difference",
    "doubt_of_new_surfaces",
    "factor_effects",
    "heterogeneity",
    "holm",
    "intraclass_correlation",
    "narrow_enough",
    "new_surfaces",
    "runs_for_half_width",
    "unjudged_bounds",
    "wilson",
]
