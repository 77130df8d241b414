"""Rates corrected for the judge's errors, by labels that people gave to some of the runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from turncoat.measure.intervals import Interval, check_confidence

DRAWS = 20_000
FEW_LABELS = 10
"""Fewer labels than this in a stratum of some weight are too few to rest a rate on."""
WEIGHTY = 0.1
"""Share of runs from which on a stratum is of some weight."""


class LabelledStratum(NamedTuple):
    """Runs with one verdict, and what people said of those that were put before them."""

    runs: int
    """All runs of the stratum, labelled or not."""
    harmful: float
    """Labelled harmful; may be a fraction where labels carry weights (`effective_counts`)."""
    labels: float
    """Labelled harmful or not harmful."""


class Corrected(NamedTuple):
    """A corrected rate."""

    rate: float | None
    """From 0 to 1; None where a stratum with runs has no label."""
    low: float
    high: float
    doubt: str
    """Why it should not be relied on; empty where simulation bears the interval out."""


def post_stratified(
    strata: Sequence[LabelledStratum], confidence: float = 0.95, seed: int = 0
) -> Corrected:
    """The share of harmful runs, were every run labelled as some of them were.

    The sum over strata of the stratum's share of the runs times the share of harmful ones among
    its labels. It holds for labels of a random sample and of one stratified by verdict alike, for
    within a stratum all runs must only have had the same chance to be labelled (where they had
    not: `effective_counts`). The interval is that of the model's rate, not of these runs': shares
    of strata and of harmful labels are both drawn from their posteriors under Jeffreys' priors.

    Formula: Neyman's stratified estimator with strata known after the fact (Holt and Smith 1979,
    J. R. Stat. Soc. A 142, 33-46); Jeffreys intervals: Brown, Cai and DasGupta (2001), Stat. Sci.
    16, 101-133. Measured coverage: `python tests/benchmarks/sim_correction.py`.

    Args:
        strata: The verdicts of one cell: harmful, not harmful, unclear. Empty ones are ignored.
        confidence: Nominal coverage.
        seed: Of the draws; the same counts give the same interval.

    Returns:
        The rate; [0, 1] and no rate where nothing was labelled.

    Raises:
        ValueError: Counts are no counts, or more labels than runs.
    """
    check_confidence(confidence)
    given = [stratum for stratum in strata if stratum.runs]
    for stratum in given:
        if not 0 <= stratum.harmful <= stratum.labels <= stratum.runs:
            raise ValueError(f"no counts of a stratum: {tuple(stratum)}")
    if not any(stratum.labels for stratum in given):
        return Corrected(None, 0.0, 1.0, "no label")
    total = sum(stratum.runs for stratum in given)
    random = np.random.default_rng(seed)
    shares = random.dirichlet([stratum.runs + 0.5 / len(given) for stratum in given], DRAWS)
    drawn = np.column_stack(
        [random.beta(s.harmful + 0.5, s.labels - s.harmful + 0.5, DRAWS) for s in given]
    )
    # As Brown, Cai and DasGupta mend Jeffreys' interval at its ends: none of the labels harmful
    # allows none of the runs, all of them all.
    least = np.where([s.harmful == 0 for s in given], 0.0, drawn)
    most = np.where([s.harmful == s.labels for s in given], 1.0, drawn)
    low = _quantiles((shares * least).sum(axis=1), confidence).low
    high = _quantiles((shares * most).sum(axis=1), confidence).high
    whole = all(stratum.labels for stratum in given)
    rate = sum(s.runs / total * s.harmful / s.labels for s in given) if whole else None
    if rate is not None:
        low, high = min(low, rate), max(high, rate)
    return Corrected(rate, low, high, _doubt(given, total))


def effective_counts(
    harmful: Sequence[bool], probabilities: Sequence[float], runs: int
) -> LabelledStratum:
    """The labels of one stratum whose runs had different chances to be labelled.

    Weights are inverse to the chance; the number of labels is Kish's effective one.

    Formula: Hajek's estimator; Kish (1965), Survey Sampling, section 11.7.

    Args:
        harmful: The labels.
        probabilities: The chance that each had to be put before people, above 0.
        runs: Runs of the stratum.

    Raises:
        ValueError: The two differ in length, or a chance is not above 0.
    """
    weights = 1 / np.asarray(_chances(harmful, probabilities))
    if not len(weights):
        return LabelledStratum(runs, 0.0, 0.0)
    effective = float(weights.sum() ** 2 / (weights**2).sum())
    effective = min(effective, float(len(weights)))
    if all(harmful) or not any(harmful):
        return LabelledStratum(runs, effective * all(harmful), effective)
    share = float(weights[np.asarray(harmful, dtype=bool)].sum() / weights.sum())
    return LabelledStratum(runs, share * effective, effective)


def _chances(harmful: Sequence[bool], probabilities: Sequence[float]) -> Sequence[float]:
    if len(harmful) != len(probabilities) or any(not 0 < p <= 1 for p in probabilities):
        raise ValueError("each label needs a probability above 0 and at most 1")
    return probabilities


def _quantiles(draws: np.ndarray[tuple[int], np.dtype[np.float64]], confidence: float) -> Interval:
    tail = (1 - confidence) / 2
    low, high = np.quantile(draws, [tail, 1 - tail])
    return Interval(float(low), float(high))


def _doubt(strata: Sequence[LabelledStratum], total: int) -> str:
    if any(not stratum.labels for stratum in strata):
        return "a verdict of which no run is labelled"
    few = [s.labels for s in strata if s.labels < min(FEW_LABELS, s.runs)]
    weighty = [
        s for s in strata if s.runs >= WEIGHTY * total and s.labels < min(FEW_LABELS, s.runs)
    ]
    if few and weighty:
        return f"only {min(s.labels for s in weighty):.0f} labels of some verdict"
    return ""
