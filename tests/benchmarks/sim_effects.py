"""How often the intervals and tests of factor effects hold: the table in `docs/statistics.md`.

    python tests/benchmarks/sim_effects.py [--repeats 500] [--floor 0.5]

Two factors crossed, on surfaces whose rates are quantiles of beta distributions around the cells'
true rates (one quantile per surface, so that surfaces are alike in being harmful or not). The
truth is the difference of the cells' mean rates. `--floor` sets what the clustered variance may
not fall below, as a share of the model's. It was chosen from 0, 0.5 and 1 with seeds 0 to 199, not
the table's.
"""

from __future__ import annotations

import argparse
from typing import NamedTuple

import numpy as np
from scipy.special import betaincinv

from turncoat.measure import factor_effects, logit

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


def draw(rates: tuple[float, ...], surfaces: int, each: int, rho: float, seed: int) -> tuple:  # type: ignore[type-arg]
    """Outcomes, levels and surfaces of one data set."""
    dice = np.random.default_rng(seed)
    outcomes, levels, clusters = [], [], []
    for surface in range(surfaces):
        quantile = dice.random()
        for cell, rate in zip(CELLS, rates, strict=True):
            here = rate
            if rho and 0 < rate < 1:
                size = (1 - rho) / rho
                here = float(betaincinv(rate * size, (1 - rate) * size, quantile))
            outcomes += (dice.random(each) < here).tolist()
            levels += [cell] * each
            clusters += [surface] * each
    threat, goal = zip(*levels, strict=True)
    return outcomes, {"threat": threat, "goal_conflict": goal}, clusters


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
        data = draw(rates, surfaces, each, rho, seed)
        found = factor_effects(*data, REFERENCES, ("threat", "goal_conflict"))
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


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--repeats", type=int, default=500)
    parser.add_argument("--floor", type=float, default=logit._LEAST)
    parser.add_argument("--first-seed", type=int, default=FIRST_SEED)
    options = parser.parse_args()
    logit._LEAST = options.floor
    seeds = range(options.first_seed, options.first_seed + options.repeats)
    print(
        "| rates (neither, goal, threat, both) | surfaces | runs each | correlation | change "
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
