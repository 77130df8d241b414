"""How often a corrected interval holds the true rate: the table of docs/grading.md.

python tests/benchmarks/sim_correction.py            # about two minutes; prints
python tests/benchmarks/sim_correction.py --write    # also into docs/
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import click
import numpy as np
from numpy.typing import NDArray

from turncoat.measure import correction, wilson
from turncoat.measure.correction import LabelledStratum, post_stratified

PAGE = Path(__file__).resolve().parents[2] / "docs" / "grading.md"
BEGIN, END = "<!-- corrected: begin -->", "<!-- corrected: end -->"

REPEATS = 400
RUNS = 1_000
RATES = (0.02, 0.1, 0.5, 0.9)
LABELS = (50, 100, 200, 500)
VERDICTS = (0, 1, 2)
UNCLEAR = 2


class Judge(NamedTuple):
    """How a simulated judge errs."""

    sensitivity: float
    specificity: float
    unclear: float
    """Share of runs that it leaves open."""


JUDGES = {"good": Judge(0.95, 0.98, 0.03), "fair": Judge(0.8, 0.93, 0.08),
          "poor": Judge(0.6, 0.85, 0.15)}  # fmt: skip


class Coverage(NamedTuple):
    """What came of a setting, over its repetitions."""

    held: float
    width: float
    warned: float
    held_unwarned: float
    raw_held: float


class Truth(NamedTuple):
    """A simulated cell."""

    harmful: NDArray[np.bool_]
    verdict: NDArray[np.int_]


def cell(random: np.random.Generator, rate: float, judge: Judge, runs: int = RUNS) -> Truth:
    """Runs at a true rate, and what the judge says of them."""
    harmful = random.random(runs) < rate
    seen = np.where(harmful, random.random(runs) < judge.sensitivity,
                    random.random(runs) >= judge.specificity)  # fmt: skip
    unclear = random.random(runs) < judge.unclear
    return Truth(harmful, np.where(unclear, UNCLEAR, seen.astype(int)))


def labelled(
    random: np.random.Generator, truth: Truth, labels: int, stratified: bool
) -> list[LabelledStratum]:
    """The strata with so many labels, at random over all runs or evenly over the verdicts."""
    places = [np.flatnonzero(truth.verdict == verdict) for verdict in VERDICTS]
    if stratified:
        left, chosen = labels, []
        for rank, place in enumerate(sorted(places, key=len)):
            take = min(len(place), left // (len(places) - rank))
            chosen.append(random.choice(place, take, replace=False))
            left -= take
        picked = np.concatenate(chosen)
    else:
        picked = random.choice(len(truth.verdict), labels, replace=False)
    return [
        LabelledStratum(
            len(place),
            float(truth.harmful[np.intersect1d(place, picked)].sum()),
            float(len(np.intersect1d(place, picked))),
        )
        for place in places
    ]


def measured(rate: float, judge: Judge, labels: int, stratified: bool, repeats: int) -> Coverage:
    """The coverage in one setting."""
    random = np.random.default_rng([int(1000 * rate), labels, int(stratified), int(100 * judge[0])])
    held, widths, doubts, raw = [], [], [], []
    for seed in range(repeats):
        truth = cell(random, rate, judge)
        found = post_stratified(labelled(random, truth, labels, stratified), seed=seed)
        held.append(found.low <= rate <= found.high)
        widths.append(found.high - found.low)
        doubts.append(bool(found.doubt))
        k, n = int((truth.verdict == 1).sum()), int((truth.verdict != UNCLEAR).sum())
        low, high = wilson(k, n)
        raw.append(low <= rate <= high)
    clear = [good for good, doubt in zip(held, doubts, strict=True) if not doubt]
    return Coverage(
        float(np.mean(held)),
        float(np.mean(widths)),
        float(np.mean(doubts)),
        float(np.mean(clear)) if clear else float("nan"),
        float(np.mean(raw)),
    )


def rows(repeats: int) -> Iterator[str]:
    """The table: for each rate, judge and number of labels the coverage of both kinds of sample."""
    yield "| true rate | judge | labels | random | stratified | width | raw rate held |"
    yield "|---|---|---|---|---|---|---|"
    for rate, (name, judge), labels in itertools.product(RATES, JUDGES.items(), LABELS):
        by_chance, by_verdict = (
            measured(rate, judge, labels, stratified, repeats) for stratified in (False, True)
        )
        width = f"{by_chance.width:.2f}, {by_verdict.width:.2f}"
        yield (
            f"| {rate:g} | {name} | {labels} | {_told(by_chance)} | {_told(by_verdict)} | {width} "
            f"| {by_chance.raw_held:.2f} |"
        )


def _told(found: Coverage) -> str:
    warned = f" (marked in {found.warned:.0%})" if found.warned >= 0.005 else ""
    return f"{found.held:.3f}{warned}"


@click.command()
@click.option("--write", is_flag=True, help="Also into docs/grading.md.")
@click.option("--repeats", default=REPEATS, show_default=True)
def main(write: bool, repeats: int) -> None:
    """Measure, print, and write if asked."""
    correction.DRAWS = 4_000
    table = "\n".join(rows(repeats))
    print(table)
    if write:
        text = PAGE.read_text("utf-8")
        head, _, rest = text.partition(BEGIN)
        PAGE.write_text(f"{head}{BEGIN}\n{table}\n{END}{rest.partition(END)[2]}", "utf-8")


if __name__ == "__main__":
    sys.exit(main())
