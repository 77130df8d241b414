"""How often intervals that are looked at again and again hold the rate: for sim_coverage.py."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from benchmarks.sim_surfaces import Floats, Z, dice, surface_rates
from scipy.special import betaln, xlog1py, xlogy

from turncoat.measure import confidence_sequence, narrow_enough, runs_for_half_width, wilson
from turncoat.measure.stopping import Standing, decide

HORIZON = 1_300
"""As many runs as half-width 0.05 can take."""
ROUND = 10
"""Surfaces, so runs of a round."""
AT_ONCE = 40


class Peeked(NamedTuple):
    """How often an interval that is looked at again and again always held the rate."""

    design: str
    sequence: float
    """The confidence sequence, at every look."""
    wilson: float
    """Wilson's, at every look."""
    weighted: float
    """The sequence, of the mean weighted by the runs that were judged so far."""


def peeked(repeats: int) -> Iterator[Peeked]:
    """The confidence sequence looked at after every run, or every round of surfaces."""
    for rate in (0.0, 0.01, 0.05, 0.3, 0.5, 0.95):
        random = dice("peek", rate)
        drawn = (random.random((repeats, HORIZON)) < rate)[:, :, None]
        design = f"one surface, rate {rate:g}, after every run"
        yield _peek(design, drawn, np.full((repeats, 1), rate))
    for rate, correlation in itertools.product((0.05, 0.3, 0.5), (0.1, 0.5)):
        random = dice("peek", rate, correlation)
        rates, drawn = _rounds(rate, correlation, repeats, random)
        design = f"10 surfaces, rate {rate:g}, correlation {correlation:g}, after every round"
        yield _peek(design, drawn, rates)
        judged = (random.random((repeats, HORIZON)) < 0.9).reshape(drawn.shape)
        design = design.replace("after", "a tenth of the runs not judged, after")
        yield _peek(design, drawn, rates, judged)


def unevenly_judged(repeats: int) -> Iterator[Peeked]:
    """The same where runs of some surfaces fail more often than those of others."""
    for correlation, kind in itertools.product(
        (0.1, 0.5, 1.0), ("80 to 100 %", "50 to 100 %", "all but one wholly, that one never")
    ):
        random = dice("uneven", correlation, kind)
        rates, drawn = _rounds(0.5, correlation, repeats, random)
        if kind.startswith("all"):
            judged = np.broadcast_to(np.arange(ROUND) > 0, drawn.shape)
        else:
            share = random.uniform(0.8 if kind.startswith("80") else 0.5, 1, rates.shape)
            judged = random.random(drawn.shape) < share[:, None, :]
        yield _peek(f"correlation {correlation:g}, judged by surface: {kind}", drawn, rates, judged)


def _rounds(
    rate: float, correlation: float, repeats: int, random: np.random.Generator
) -> tuple[Floats, Floats]:
    rates = surface_rates(rate, correlation, (repeats, ROUND), random)
    drawn = random.random((repeats, HORIZON // ROUND, ROUND)) < rates[:, None, :]
    return rates, drawn


def _peek(design: str, drawn: Floats, rates: Floats, judged: Floats | None = None) -> Peeked:
    """Looks after every round. Arrays are repetition x round x surface, rates without rounds."""
    counted = np.ones_like(drawn) if judged is None else judged
    n = counted.sum(axis=2).cumsum(axis=1)
    k = (drawn & counted).sum(axis=2).cumsum(axis=1)
    true = rates.mean(axis=1)[:, None]
    weights = (counted * rates[:, None, :]).sum(axis=2).cumsum(axis=1)
    weighted = np.where(n > 0, weights / np.maximum(n, 1), true)

    def always(held: Floats) -> float:
        return float(held.all(axis=1).mean())

    return Peeked(
        design,
        always(in_sequence(k, n, true)),
        always(in_wilson(k, n, true)),
        # Rounding must not push a mean of ones beyond 1.
        always(in_sequence(k, n, np.clip(weighted, 0, 1))),
    )


def in_sequence(k: Floats, n: Floats, rate: Floats | float) -> Floats:
    """Whether the confidence sequence holds a rate: `confidence_sequence` without its bounds."""
    likelihood = xlogy(k, rate) + xlog1py(n - k, -rate)
    return betaln(k + 1, n - k + 1) + np.log(0.05) - likelihood < 0


def in_wilson(k: Floats, n: Floats, rate: Floats | float) -> Floats:
    """Whether Wilson's interval holds a rate: the score test that it inverts."""
    return np.abs(k - n * rate) <= Z * np.sqrt(n * rate * (1 - rate)) + 1e-9


class Stopped(NamedTuple):
    """Runs that stop when the interval is narrow enough, none of them still out."""

    half_width: float
    rate: float
    mean_runs: float
    """Looking after every round of 10 surfaces, as `-T precision` does."""
    after_each_run: float
    """The same, looking after every run."""
    sequence: float
    """How often the confidence sequence held the rate, over all launched runs."""
    wilson: float
    """How often Wilson's interval did, over the same runs."""
    first: float
    """How often Wilson's did for those who look at the runs that have finished, stop when that
    interval is narrow enough, and report it: the harmless runs of the next round have finished
    too, its harmful ones are still with the judge."""


def stopped(half_width: float, rate: float, repeats: int) -> Stopped:
    """Simulates one half-width and rate."""
    random = dice("stop", half_width, rate)
    most = -(-runs_for_half_width(half_width) // ROUND) * ROUND
    results = []
    for _ in range(repeats):
        drawn = random.random(most + ROUND) < rate
        total = [int(count) for count in drawn.cumsum()]
        looks = [
            next(
                (n for n in range(step, most, step) if narrow_enough(total[n - 1], n, half_width)),
                most,
            )
            for step in (ROUND, 1)
        ]
        k, n = total[looks[0] - 1], looks[0]
        results.append(
            (
                *looks,
                _in(confidence_sequence(k, n), rate),
                _in(wilson(k, n), rate),
                _in(_finished_first(drawn, total, half_width), rate),
            )
        )
    return Stopped(half_width, rate, *(float(mean) for mean in np.mean(results, axis=0)))


def _finished_first(drawn: Floats, total: Sequence[int], half_width: float) -> tuple[float, float]:
    for n in range(ROUND, len(total) - ROUND, ROUND):
        interval = wilson(total[n - 1], n + int((~drawn[n : n + ROUND]).sum()))
        if interval.high - interval.low <= 2 * half_width:
            return interval
    return wilson(total[-1], len(total))


def _in(interval: tuple[float, float], rate: float) -> bool:
    return interval[0] - 1e-12 <= rate <= interval[1] + 1e-12


class Flown(NamedTuple):
    """Runs that stop while others are still out: surfaces differ, harmful runs take longer."""

    half_width: float
    rate: float
    launched: float
    """Mean number of runs."""
    sequence: float
    """How often the confidence sequence held the mean over these surfaces, over all launched."""
    error: float
    """Mean of the rate over all launched runs, less the mean over these surfaces."""
    first: float
    """How often the sequence over the finished runs did, for those who report it as soon as it is
    narrow enough."""
    first_error: float
    """The same error for them."""
    reached: float
    """How often the half-width was reached before the maximum of rounds."""


def flown(half_width: float, rate: float, repeats: int, correlation: float = 0.2) -> Flown:
    """Simulates the rule of `-T precision` with 40 runs at once and a tenth not judged."""
    random = dice("flown", half_width, rate, correlation)
    results = []
    for _ in range(repeats):
        rates = surface_rates(rate, correlation, (1, ROUND), random)[0]
        true = float(rates.mean())
        every, first = _flight(rates, half_width, random)
        results.append(
            (
                sum(every),
                _in(confidence_sequence(every.harmful, every.judged), true),
                every.harmful / every.judged - true,
                _in(confidence_sequence(first.harmful, first.judged), true),
                first.harmful / first.judged - true,
                narrow_enough(every.harmful, every.judged, half_width),
            )
        )
    return Flown(half_width, rate, *(float(mean) for mean in np.mean(results, axis=0)))


def _flight(
    rates: Floats, half_width: float, random: np.random.Generator
) -> tuple[Standing, Standing]:
    """One condition: how it stands at the end, and when the finished runs alone were enough."""
    most = -(-runs_for_half_width(half_width) // ROUND)
    ended, rounds, clock = [0, 0, 0], 0, 0.0  # Harmful, harmless, unjudged.
    waiting: list[int] = []
    out: list[tuple[float, int]] = []
    first = None
    while True:
        while len(out) < AT_ONCE:
            if not waiting:
                still = rounds * ROUND - sum(ended)
                decision = decide(Standing(ended[0], ended[1], ended[2], still), half_width)
                if rounds == most or decision != "go on":
                    break  # Enough, or it depends on runs that are out: asked again when one ends.
                rounds += 1
                waiting = list(range(ROUND))
            harmful = random.random() < rates[waiting.pop(0)]
            kind = 2 if random.random() < 0.1 else 0 if harmful else 1
            longer = random.uniform(4, 8) if kind == 0 else 0.0
            heapq.heappush(out, (clock + random.uniform(1, 2) + longer, kind))
        if not out:
            break
        clock, kind = heapq.heappop(out)
        ended[kind] += 1
        if first is None and narrow_enough(ended[0], ended[0] + ended[1], half_width):
            first = Standing(ended[0], ended[1], ended[2], 0)
    every = Standing(ended[0], ended[1], ended[2], 0)
    return every, first or every
