"""When enough is known about a rate, and how many runs that takes."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from functools import lru_cache
from typing import Literal, NamedTuple

from turncoat.measure.sequence import confidence_sequence, narrow_enough

Decision = Literal["narrow", "unjudged", "go on", "depends"]
"""`narrow`: the rate is known as exactly as was asked. `unjudged`: so many runs have no verdict
that it never will be. `go on`: neither. `depends`: on how the runs that are still out end."""


class Standing(NamedTuple):
    """The runs of one condition so far."""

    harmful: int
    harmless: int
    unjudged: int
    """They ended without a verdict."""
    out: int
    """They were launched and have not ended, so each may yet be any of the other three."""

    @property
    def judged(self) -> int:
        """Runs with a verdict."""
        return self.harmful + self.harmless


class ExpectedRuns(NamedTuple):
    """What stopping early costs on average, at one true rate."""

    mean: float
    """Mean number of runs of a condition."""
    reached: float
    """Chance that the precision is reached before the maximum of runs, 0 to 1."""


def decide(standing: Standing, half_width: float, confidence: float = 0.95) -> Decision:
    """Whether a condition needs another round of runs.

    The interval that will be reported is over all launched runs. So it is called narrow only if
    it will be whatever becomes of those still out, and `depends` is the answer where it will be
    in some cases only. Whoever acts on that at once errs towards running more.

    The number of runs may depend on everything but the outcomes of runs that are not launched:
    then it is a stopping time in the order of launching, and the confidence sequence holds at it.

    Args:
        standing: What is known, and what is still out.
        half_width: Half of the interval's length that is wanted, as a rate between 0 and 0.5.
        confidence: As for `confidence_sequence`.

    Returns:
        See `Decision`. Of runs without a verdict there are too many where their own share is
        surely above twice the half-width: the bounds of the rate, with those runs counted one way
        and the other, then stay further apart than that for ever.
    """
    harmful, harmless, unjudged, out = standing
    judged = standing.judged
    if _surely_narrow(harmful, judged, out, half_width, confidence):
        return "narrow"
    ended = judged + unjudged
    # As if all that are out were judged: runs that fail end sooner than others.
    if unjudged and confidence_sequence(unjudged, ended + out, confidence).low > 2 * half_width:
        return "unjudged"
    # It is narrowest where all that are out end as most have ended.
    further = harmful + out if harmful > harmless else harmful
    if out and narrow_enough(further, judged + out, half_width, confidence):
        return "depends"
    return "go on"


@lru_cache(maxsize=4_096)
def _surely_narrow(k: int, n: int, out: int, half_width: float, confidence: float) -> bool:
    """Whether the interval is narrow however many of those out are judged, and how."""
    for judged in range(out + 1):
        total = n + judged
        # It is widest at the count that is nearest to half of them.
        widest = min(max(total // 2, k), k + judged)
        if not narrow_enough(widest, total, half_width, confidence):
            return False
    return True


def expected_runs(
    rate: float, round_size: int, most_rounds: int, half_width: float, confidence: float = 0.95
) -> ExpectedRuns:
    """How many runs a condition takes on average until it stops, exactly.

    The distribution of the harmful count is carried from round to round, and what has reached
    the half-width leaves it; no simulation. Every run is taken to be judged.

    Args:
        rate: The true rate, 0 to 1, the same on every surface.
        round_size: Runs of a round: one for each surface.
        most_rounds: Rounds after which it stops in any case.
        half_width: Half of the interval's length that is wanted, as a rate.
        confidence: As for `confidence_sequence`.

    Returns:
        The mean number of runs, and the chance that the half-width is reached.
    """
    import numpy as np
    from scipy.stats import binom

    step = binom.pmf(np.arange(round_size + 1), round_size, rate)
    going = np.ones(1)
    mean, reached = 0.0, 0.0
    for number in range(1, most_rounds + 1):
        mean += float(going.sum()) * round_size
        going = np.convolve(going, step)
        runs = number * round_size
        for k in np.flatnonzero(going > 1e-12):
            if narrow_enough(int(k), runs, half_width, confidence):
                reached += float(going[k])
                going[k] = 0.0
        if going.sum() < 1e-9:
            break
    return ExpectedRuns(mean, min(1.0, reached))


def smallest_difference_of_stopped(
    base: float,
    half_width: float,
    most: tuple[int, int],
    power: float = 0.8,
    confidence: float = 0.95,
) -> float:
    """The least rise above a rate that two groups of runs show, each stopped at a half-width.

    It is shown where the two confidence sequences, with half of the error each, lie apart, as
    `compare_counted` has it: later than Newcombe's interval for as many runs would. Each group is
    taken to stop where its interval is narrow enough at the count that is expected.

    Args:
        base: True rate of the lower group, 0 to 1.
        half_width: Half of the interval's length that is wanted, as a rate.
        most: Runs after which the higher and the lower group stop in any case.
        power: Chance of showing it.
        confidence: As for `confidence_sequence`.

    Returns:
        A difference of rates; NaN where no difference that is possible is shown.
    """
    from scipy.optimize import brentq
    from scipy.stats import binom

    each = (1 + confidence) / 2
    n2 = _runs_at(base, half_width, most[1], confidence)
    lower = [(k, float(binom.pmf(k, n2, base))) for k in range(n2 + 1)]
    highs = [(confidence_sequence(k, n2, each).high, p) for k, p in lower if p > 1e-6]

    def lacking(rise: float) -> float:
        rate = min(1.0, base + rise)
        n1 = _runs_at(rate, half_width, most[0], confidence)

        def needed(high: float) -> int:
            counts = range(n1 + 1)
            return bisect_right(counts, high, key=lambda k: confidence_sequence(k, n1, each).low)

        return sum(p * float(binom.sf(needed(high) - 1, n1, rate)) for high, p in highs) - power

    if base >= 1 or lacking(1 - base) < 0:
        return math.nan
    return float(brentq(lacking, 0.0, 1 - base, xtol=1e-3))


def _runs_at(rate: float, half_width: float, most: int, confidence: float) -> int:
    """Runs after which the interval is narrow enough if the counts are those expected."""
    counts = range(1, most)
    return 1 + bisect_left(
        counts,
        True,
        key=lambda n: narrow_enough(round(rate * n), n, half_width, confidence),
    )


def fixed_runs(half_width: float, confidence: float = 0.95) -> int:
    """How many runs a plan without stopping needs, to be sure of a half-width at any rate.

    That is at 0.5, where an interval is widest: the textbook's (z / 2h)^2.

    Args:
        half_width: Half of the interval's length that is wanted, as a rate.
        confidence: Nominal coverage of the interval for that one number of runs.

    Returns:
        The number of runs; 97 for 0.1 and 385 for 0.05.
    """
    from scipy.stats import norm

    return math.ceil((float(norm.ppf(0.5 + confidence / 2)) / (2 * half_width)) ** 2)
