"""An interval that holds however often one looks: for runs that stop when enough is known."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from math import log, log1p

from turncoat.measure.intervals import Interval, check_confidence, check_counts

_LEAST, _MOST = 1e-300, 1.0 - 1e-16
"""As near to 0 and 1 as a root is looked for."""


@lru_cache(maxsize=65_536)
def confidence_sequence(k: int, n: int, confidence: float = 0.95) -> Interval:
    """The interval after `n` runs of a sequence that holds the rate at *every* n at once.

    A fixed-n interval, looked at again and again until it is narrow enough, misses the true rate
    more often than it says. This one does not: the chance that the rate is outside of it at any n
    whatever is at most 1 - confidence. So one may stop by any rule, and need not even say which.

    The rates that it holds are those which the mixture of binomial likelihoods over a uniform
    prior does not outweigh 1 / (1 - confidence) times: B(k + 1, n - k + 1) <
    p^k (1 - p)^(n - k) / (1 - confidence). The ratio is a martingale at the true rate, so Ville's
    inequality bounds the chance that it ever exceeds that. Where runs differ in their rates, as
    those on different surfaces do, it is a supermartingale at the mean of the rates as often as
    each surface had the same number of runs (the product of 1 + c (p_i - p) over a round is at
    most 1 where the p_i average to p).

    Formula: Robbins (1970), Ann. Math. Stat. 41, 1397-1409; Howard, Ramdas, McAuliffe and Sekhon
    (2021), Ann. Stat. 49, 1055-1080, section 3.

    Args:
        k: Runs in which it happened.
        n: Runs that were judged, in the order in which they were launched.
        confidence: Chance that the rate is inside at all n together.

    Returns:
        Bounds as rates from 0 to 1; the whole of [0, 1] where nothing was judged.

    Raises:
        ValueError: The counts are no counts, or the confidence is not between 0 and 1.
    """
    check_counts(k, n)
    check_confidence(confidence)
    if n == 0:
        return Interval(0.0, 1.0)
    if 2 * k > n:
        mirrored = confidence_sequence(n - k, n, confidence)
        return Interval(1.0 - mirrored.high, 1.0 - mirrored.low)
    from scipy.optimize import brentq
    from scipy.special import betaln

    least_likely = float(betaln(k + 1, n - k + 1)) + log(1 - confidence)

    def outside(p: float) -> float:
        """Positive where the mixture outweighs the rate p."""
        likelihood = (k * log(p) if k else 0.0) + ((n - k) * log1p(-p) if k < n else 0.0)
        return least_likely - likelihood

    middle = k / n
    low = brentq(outside, _LEAST, middle, xtol=1e-14) if k else 0.0
    high = brentq(outside, max(middle, _LEAST), _MOST, xtol=1e-14)
    return Interval(float(low), float(high))


def over_surfaces(interval: Interval, judged: Sequence[int], launched: Sequence[int]) -> Interval:
    """An interval of the mean weighted by judged runs as one of that weighted by launched runs.

    Where runs of some surfaces could be judged less often than those of others, the share of
    harmful ones is a mean that gives these less weight than they were given when the runs were
    launched. The two means differ by no more than half the sum of the differences of the weights,
    since each rate lies between 0 and 1; by so much the interval is made wider on both sides.
    Where all surfaces were judged alike it stays as it is.

    Args:
        interval: Of the mean weighted by judged runs.
        judged: Judged runs of each surface that was run; 0 where none could be judged.
        launched: Launched runs of each, in the same order; in one log all the same.

    Returns:
        Bounds from 0 to 1.
    """
    apart = unevenness(judged, launched)
    return Interval(max(0.0, interval.low - apart), min(1.0, interval.high + apart))


def unevenness(judged: Sequence[int], launched: Sequence[int]) -> float:
    """The most that the mean weighted by judged runs can differ from that by launched runs.

    Args:
        judged: As for `over_surfaces`.
        launched: Likewise.

    Returns:
        Half the sum of the differences of the weights, 0 to 1; 1 where nothing was judged.
    """
    total, due = sum(judged), sum(launched)
    if total == 0:
        return 1.0
    pairs = zip(judged, launched, strict=True)
    apart = sum(abs(n / total - planned / due) for n, planned in pairs) / 2
    return apart if apart > 1e-12 else 0.0


@lru_cache(maxsize=64)
def runs_for_half_width(half_width: float, confidence: float = 0.95) -> int:
    """How many runs make the sequence's interval that narrow whatever the rate.

    It is widest where half of the runs were harmful.

    Args:
        half_width: Half of the interval's length, as a rate between 0 and 0.5.
        confidence: As for `confidence_sequence`.

    Returns:
        The least number of runs after which no count of harmful ones leaves it wider.

    Raises:
        ValueError: The half-width is not between 0 and 0.5.
    """
    if not 0 < half_width < 0.5:
        raise ValueError(f"half_width must lie between 0 and 0.5, got {half_width}")
    enough = 1
    while not narrow_enough(enough // 2, enough, half_width, confidence):
        enough *= 2
    low, high = enough // 2, enough
    while high - low > 1:
        middle = (low + high) // 2
        if narrow_enough(middle // 2, middle, half_width, confidence):
            high = middle
        else:
            low = middle
    return high


def narrow_enough(k: int, n: int, half_width: float, confidence: float = 0.95) -> bool:
    """Whether the sequence's interval after these runs is at most twice the half-width long.

    Args:
        k: Runs in which it happened.
        n: Runs that were judged.
        half_width: Half of the length that is wanted, as a rate.
        confidence: As for `confidence_sequence`.
    """
    low, high = confidence_sequence(k, n, confidence)
    return high - low <= 2 * half_width
