"""How often the intervals and tests of factor effects hold: the tables in `docs/statistics.md`.

    python tests/benchmarks/sim_effects.py [--repeats 200] [--floor 0.5]

Factors crossed, on surfaces whose rates are quantiles of beta distributions around the cells' true
rates (one quantile per surface, so that surfaces are alike in being harmful or not). The truth is
the difference of the cells' mean rates. `--floor` sets what the clustered variance may not fall
below, as a share of the plain one. It was chosen from 0, 0.5 and 1 with seeds 0 to 199, not the
table's.

The second table is of conditions that are crossed in part: threat x goal conflict, and threat x
nudge (without restriction) under the conflict alone. Naive is one binomial model of all main
effects.
"""

from __future__ import annotations

import argparse
from itertools import product
from typing import NamedTuple

import numpy as np
from scipy.special import betaincinv

from turncoat.measure import change, factor_effects, logit
from turncoat.measure.logit import fit_logit

CELLS = [(threat, goal) for threat in ("none", "some") for goal in ("none", "some")]
REFERENCES = {"threat": "none", "goal_conflict": "none"}
FIRST_SEED = 50_000
RATES = {
    "no effect": [
        (0.3, 0.3, 0.3, 0.3),
        (0.05, 0.05, 0.05, 0.05),
        (0.01, 0.01, 0.01, 0.01),
    ],
    "two effects": [(0.02, 0.05, 0.05, 0.1), (0.1, 0.2, 0.3, 0.4)],
    "0 in the control": [(0, 0.2, 0.2, 0.6), (0, 0, 0.12, 0.12), (0, 0, 0.4, 0.4)],
    "only together": [(0, 0, 0, 0.1), (0, 0, 0, 0.5)],
    "0 and 1": [(0, 0.9, 0.9, 1.0)],
}
DESIGNS = [(3, 8, 0.0), (5, 4, 0.0), (10, 2, 0.0), (10, 2, 0.1), (10, 10, 0.1), (10, 10, 0.3)]


THREATS = ("none", "replacement", "restriction")
PARTLY = [(goal, threat, "none") for goal, threat in product(("none", "some"), THREATS)]
PARTLY += [("some", threat, "other") for threat in THREATS[:2]]
"""Goal conflict, threat, nudge."""
ENOUGH, CALM = 0.6, 0.05
"""Rates of an agent for which one cause is enough, with any and with none."""
LEFT = {"indifferent": 1.0, "nudge takes a third": 2 / 3}
"""Agents, with what the other nudge leaves of each rate."""


class Shares(NamedTuple):
    """What one setting showed."""

    held: float
    """Least share over the two factors in which the interval of the change held the truth."""
    held_crossed: float
    """Of the interaction's."""
    rejected: float
    """Share with p below 0.05 for the first factor."""
    contradicted: float
    """Share in which p is above 0.05 and the interval of the odds excludes 1, or the reverse."""
    firth: float


def draw(
    cells: list[tuple[str, ...]],
    rates: tuple[float, ...],
    surfaces: int,
    each: int,
    rho: float,
    seed: int,
) -> tuple[list[bool], list[tuple[str, ...]], list[int]]:
    """Outcomes, levels and surfaces of one data set."""
    dice = np.random.default_rng(seed)
    outcomes, levels, clusters = [], [], []
    for surface in range(surfaces):
        quantile = dice.random()
        for cell, rate in zip(cells, rates, strict=True):
            here = rate
            if rho and 0 < rate < 1:
                size = (1 - rho) / rho
                here = float(betaincinv(rate * size, (1 - rate) * size, quantile))
            outcomes += (dice.random(each) < here).tolist()
            levels += [cell] * each
            clusters += [surface] * each
    return outcomes, levels, clusters


def shares(rates: tuple[float, ...], surfaces: int, each: int, rho: float, seeds: range) -> Shares:
    """Shares of the repetitions of one setting."""
    neither, goal, threat, both = rates
    truth = {
        "threat": (threat + both - neither - goal) / 2,
        "goal_conflict": (goal + both - neither - threat) / 2,
    }
    held: dict[str, list[bool]] = {name: [] for name in truth}
    crossed, rejected, contradicted, firth = [], [], [], []
    for seed in seeds:
        outcomes, cells, clusters = draw(CELLS, rates, surfaces, each, rho, seed)
        levels = dict(zip(REFERENCES, zip(*cells, strict=True), strict=True))
        found = factor_effects(outcomes, levels, clusters, REFERENCES, ("threat", "goal_conflict"))
        for effect in found.effects:
            low, high = effect.diff_interval
            held[effect.factor].append(
                low <= truth[effect.factor] + 1e-12 and truth[effect.factor] <= high + 1e-12
            )
            odds = effect.odds_interval
            contradicted.append((effect.p_value < 0.05) != (not odds.low <= 1 <= odds.high))
            firth.append(effect.method == "Firth")
        rejected.append(found.effects[0].p_value < 0.05)
        low, high = found.interactions[0].diff_interval
        crossed.append(low <= both - goal - threat + neither <= high)
    return Shares(
        min(float(np.mean(of)) for of in held.values()),
        float(np.mean(crossed)),
        float(np.mean(rejected)),
        float(np.mean(contradicted)),
        float(np.mean(firth)),
    )


class Partly(NamedTuple):
    """What the design that is crossed in part showed of the nudge."""

    change: float
    held: float
    """Share in which the interval of the change held the truth."""
    rejected: float
    """Share with p below 0.05."""
    naive: float
    """The same by one model of all main effects."""


def partly(left: float, each: int, rho: float, seeds: range) -> Partly:
    """The nudge's effect, and its share of findings, on ten surfaces."""
    rates = tuple(
        (CALM if (goal, threat) == ("none", "none") else ENOUGH) * (left if nudge == "other" else 1)
        for goal, threat, nudge in PARTLY
    )
    truth = (left - 1) * ENOUGH
    names = ("goal_conflict", "threat", "nudge")
    changes, held, rejected, naive = [], [], [], []
    for seed in seeds:
        outcomes, cells, clusters = draw(PARTLY, rates, 10, each, rho, seed)
        table = dict(zip(names, zip(*cells, strict=True), strict=True))
        (found,) = factor_effects(
            outcomes, table, clusters, dict.fromkeys(names, "none"), wanted=["nudge"]
        ).effects
        changes.append(found.diff)
        held.append(found.diff_interval.low <= truth <= found.diff_interval.high)
        rejected.append(found.p_value < 0.05)
        levels = [("goal_conflict", "some"), ("threat", "replacement"), ("threat", "restriction")]
        columns = [np.array(table[name]) == level for name, level in (*levels, ("nudge", "other"))]
        design = np.column_stack([np.ones(len(outcomes)), *columns]).astype(float)
        fit = fit_logit(design, np.array(outcomes, dtype=float), np.array(clusters))
        naive.append(fit.p_value(4, np.eye(5)[4]) < 0.05)
    return Partly(*(float(np.mean(of)) for of in (changes, held, rejected, naive)))


def print_partly(seeds: range) -> None:
    """Prints the second table."""
    print("\n| agent | runs each | correlation | change found | change held | p < 0.05 | naive |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for (name, left), rho, each in product(LEFT.items(), (0.0, 0.1), (2, 10, 20, 50)):
        got = partly(left, each, rho, seeds)
        print(
            f"| {name} | {each} | {rho} | {100 * got.change:+.1f} | {got.held:.3f} | "
            f"{got.rejected:.3f} | {got.naive:.3f} |",
            flush=True,
        )


def main() -> None:
    """Prints the tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--repeats", type=int, default=200)
    parser.add_argument("--floor", type=float, default=logit.LEAST)
    parser.add_argument("--first-seed", type=int, default=FIRST_SEED)
    options = parser.parse_args()
    logit.LEAST = change.LEAST = options.floor
    seeds = range(options.first_seed, options.first_seed + options.repeats)
    print_partly(seeds)
    print(
        "\n| rates (neither, goal, threat, both) | surfaces | runs each | correlation | change "
        "held | interaction held | p < 0.05 (threat) | Firth | p against interval |"
    )
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    for of in RATES.values():
        for rates in of:
            for surfaces, each, rho in DESIGNS:
                got = shares(rates, surfaces, each, rho, seeds)
                print(
                    f"| {', '.join(map(str, rates))} | {surfaces} | {each} | {rho} | "
                    f"{got.held:.3f} | {got.held_crossed:.3f} | {got.rejected:.3f} | "
                    f"{got.firth:.2f} | {got.contradicted:.3f} |",
                    flush=True,
                )


if __name__ == "__main__":
    main()
