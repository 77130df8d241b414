"""Pure functions of counts: intervals, differences, comparisons. Knows nothing of logs."""

from turncoat.measure.agreement import Agreement, Crosstab, Share, agreement_of, crosstab
from turncoat.measure.comparison import (
    Comparison,
    ComparisonVerdict,
    Counted,
    compare_counted,
    compare_rates,
    difference_of_intervals,
)
from turncoat.measure.contrasts import (
    Contrast,
    contrast,
    contrast_of_intervals,
    new_surfaces_contrast,
    paired_contrast,
)
from turncoat.measure.effects import Effects, factor_effects
from turncoat.measure.families import benjamini_hochberg, holm
from turncoat.measure.heterogeneity import Heterogeneity, heterogeneity
from turncoat.measure.intervals import Interval, difference, unjudged_bounds, wilson
from turncoat.measure.pairs import PairedComparison, PairedCounts, compare_pairs
from turncoat.measure.power import (
    design_effect,
    expected_half_width,
    runs_for_difference,
    smallest_difference,
)
from turncoat.measure.score import Stratum
from turncoat.measure.sequence import (
    confidence_sequence,
    narrow_enough,
    over_surfaces,
    runs_for_half_width,
    unevenness,
)
from turncoat.measure.surfaces import (
    Cluster,
    doubt_of_new_surfaces,
    intraclass_correlation,
    new_surfaces,
)

__all__ = [
    "Agreement",
    "Cluster",
    "Comparison",
    "ComparisonVerdict",
    "Contrast",
    "Counted",
    "Crosstab",
    "Effects",
    "Heterogeneity",
    "Interval",
    "PairedComparison",
    "PairedCounts",
    "Share",
    "Stratum",
    "agreement_of",
    "benjamini_hochberg",
    "compare_counted",
    "compare_pairs",
    "compare_rates",
    "confidence_sequence",
    "contrast",
    "contrast_of_intervals",
    "crosstab",
    "design_effect",
    "difference",
    "difference_of_intervals",
    "doubt_of_new_surfaces",
    "expected_half_width",
    "factor_effects",
    "heterogeneity",
    "holm",
    "intraclass_correlation",
    "narrow_enough",
    "new_surfaces",
    "new_surfaces_contrast",
    "over_surfaces",
    "paired_contrast",
    "runs_for_difference",
    "runs_for_half_width",
    "smallest_difference",
    "unevenness",
    "unjudged_bounds",
    "wilson",
]
