"""How often each interval holds the true rate: the tables of docs/statistics.md.

    python tests/benchmarks/sim_coverage.py            # the whole grid: some minutes; prints
    python tests/benchmarks/sim_coverage.py --write    # also into docs/
    python tests/benchmarks/sim_coverage.py --quick    # a twentieth of the repetitions

Surfaces have rates of their own, drawn from a beta distribution whose mean is the true rate and
whose spread is set by the correlation of two runs on one surface (0: all alike). Every cell of the
grid has a seed of its own, so that a part of it can be made again.
"""

from __future__ import annotations

import csv
import itertools
import zlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import click
import numpy as np
from scipy.special import betaln, ndtri, xlog1py, xlogy

from turncoat.measure import (
    Cluster,
    confidence_sequence,
    narrow_enough,
    new_surfaces,
    runs_for_half_width,
    wilson,
)

RATES = (0.0, 0.01, 0.02, 0.05, 0.1, 0.3, 0.5, 0.7, 0.9, 0.95, 0.99, 1.0)
RUNS = (20, 40, 100, 200, 400)
SURFACES = (1, 5, 10, 20, 40)
CORRELATIONS = (0.0, 0.02, 0.05, 0.1, 0.2, 0.5)
REPEATS = 4_000
HORIZON = 1_300
"""As many runs as half-width 0.05 can take."""
EVENTS = 10
"""Expected runs of the rarer kind from which the interval for new surfaces is promised."""

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGE, GRID = DOCS / "statistics.md", DOCS / "coverage.csv"
BEGIN, END = "<!-- coverage: begin -->", "<!-- coverage: end -->"

Floats = np.ndarray
Ints = np.ndarray


class Covered(NamedTuple):
    """A cell of the grid: how often each interval held what it is for, 0 to 1."""

    rate: float
    runs: int
    surfaces: int
    correlation: float
    wilson: float
    """Wilson's, of the mean over these surfaces."""
    wald: float
    """Wald's (estimate and normal standard error), of the same."""
    new: float
    """That for new surfaces, of the true rate; nan with one surface."""
    wilson_new: float
    """Wilson's, taken for one of new surfaces."""

    @property
    def events(self) -> float:
        """Expected number of harmful or of harmless runs, whichever is the less."""
        return self.runs * min(self.rate, 1 - self.rate)


def dice(*names: object) -> np.random.Generator:
    """A generator with a seed made of names."""
    return np.random.default_rng(zlib.crc32(repr(names).encode()))


def surface_rates(
    rate: float, correlation: float, shape: tuple[int, int], random: np.random.Generator
) -> Floats:
    """Rates of surfaces: beta with that mean, and that correlation of two runs on one of them."""
    if correlation == 0 or rate in (0, 1):
        return np.full(shape, rate)
    strength = (1 - correlation) / correlation
    return random.beta(rate * strength, (1 - rate) * strength, shape)


def covered(rate: float, runs: int, surfaces: int, correlation: float, repeats: int) -> Covered:
    """Simulates one cell of the grid."""
    random = dice(rate, runs, surfaces, correlation)
    rates = surface_rates(rate, correlation, (repeats, surfaces), random)
    each = runs // surfaces
    harmful = random.binomial(each, rates)
    k, true = harmful.sum(axis=1), rates.mean(axis=1)
    low, high = np.array([wilson(count, runs) for count in range(runs + 1)]).T[:, k]
    share = k / runs
    half = float(ndtri(0.975)) * np.sqrt(share * (1 - share) / runs)
    new = np.mean([_holds(rate, row, each) for row in harmful]) if surfaces > 1 else np.nan
    return Covered(
        rate,
        runs,
        surfaces,
        correlation,
        wilson=np.mean(_within(low, true, high)),
        wald=np.mean(_within(share - half, true, share + half)),
        new=float(new),
        wilson_new=np.mean(_within(low, rate, high)),
    )


def _within(low: Floats, true: Floats | float, high: Floats) -> Floats:
    return (low <= true + 1e-12) & (true <= high + 1e-12)


def _holds(rate: float, harmful: Iterable[int], each: int) -> bool:
    interval = new_surfaces([Cluster(int(k), each) for k in harmful])
    assert interval is not None
    return interval.low <= rate + 1e-12 and rate <= interval.high + 1e-12


class Peeked(NamedTuple):
    """How often an interval that is looked at again and again always held the rate."""

    design: str
    sequence: float
    """The confidence sequence, at every look."""
    wilson: float
    """Wilson's, at every look."""


def peeked(repeats: int) -> Iterator[Peeked]:
    """The confidence sequence looked at after every run, or every round of surfaces."""
    for rate in (0.0, 0.01, 0.05, 0.3, 0.5, 0.95):
        random = dice("peek", rate)
        drawn = random.random((repeats, HORIZON)) < rate
        yield _peek(f"one surface, rate {rate:g}, after every run", drawn, np.full(repeats, rate))
    for rate, correlation in itertools.product((0.05, 0.3, 0.5), (0.1, 0.5)):
        random = dice("peek", rate, correlation)
        rates = surface_rates(rate, correlation, (repeats, 10), random)
        rounds = random.random((repeats, HORIZON // 10, 10)) < rates[:, None, :]
        drawn = rounds.reshape(repeats, HORIZON)
        title = f"10 surfaces, rate {rate:g}, correlation {correlation:g}, after every round"
        yield _peek(title, drawn, rates.mean(axis=1), step=10)
        judged = random.random(drawn.shape) < 0.9
        title = title.replace("after", "a tenth of the runs not judged, after")
        yield _peek(title, drawn, rates.mean(axis=1), step=10, judged=judged)


def _peek(
    design: str, drawn: Floats, true: Floats, step: int = 1, judged: Floats | None = None
) -> Peeked:
    counted = np.ones_like(drawn) if judged is None else judged
    n = counted.cumsum(axis=1)[:, step - 1 :: step]
    k = (drawn & counted).cumsum(axis=1)[:, step - 1 :: step]
    inside = in_sequence(k, n, true[:, None]).all(axis=1)
    return Peeked(
        design, float(inside.mean()), float(in_wilson(k, n, true[:, None]).all(axis=1).mean())
    )


def in_sequence(k: Ints, n: Ints, rate: Floats) -> Floats:
    """Whether the confidence sequence holds a rate: `confidence_sequence` without its bounds."""
    likelihood = xlogy(k, rate) + xlog1py(n - k, -rate)
    return betaln(k + 1, n - k + 1) + np.log(0.05) - likelihood < 0


def in_wilson(k: Ints, n: Ints, rate: Floats) -> Floats:
    """Whether Wilson's interval holds a rate: the score test that it inverts."""
    z = float(ndtri(0.975))
    return np.abs(k - n * rate) <= z * np.sqrt(n * rate * (1 - rate)) + 1e-9


class Stopped(NamedTuple):
    """Runs that stop when the interval is narrow enough."""

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
    most = -(-runs_for_half_width(half_width) // 10) * 10
    results = []
    for _ in range(repeats):
        drawn = random.random(most + 10) < rate
        total = [int(count) for count in drawn.cumsum()]
        looks = [
            next(
                (n for n in range(step, most, step) if narrow_enough(total[n - 1], n, half_width)),
                most,
            )
            for step in (10, 1)
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
    for n in range(10, len(total) - 10, 10):
        interval = wilson(total[n - 1], n + int((~drawn[n : n + 10]).sum()))
        if interval.high - interval.low <= 2 * half_width:
            return interval
    return wilson(total[-1], len(total))


def _in(interval: tuple[float, float], rate: float) -> bool:
    return interval[0] - 1e-12 <= rate <= interval[1] + 1e-12


def grid(repeats: int) -> Iterator[Covered]:
    """Every cell in which surfaces can have equally many runs."""
    for rate, runs, surfaces, correlation in itertools.product(RATES, RUNS, SURFACES, CORRELATIONS):
        if runs % surfaces == 0:
            yield covered(rate, runs, surfaces, correlation, repeats)


def tables(cells: Sequence[Covered], peeks: Sequence[Peeked], stops: Sequence[Stopped]) -> str:
    """What goes into the page, as Markdown."""
    wilson_mean = np.mean([cell.wilson for cell in cells])
    promised = [cell for cell in cells if _promised(cell)]
    parts = [
        f"Over the {len(cells)} cells of the grid Wilson's interval holds the mean over these "
        f"surfaces in {wilson_mean:.3f} of the repetitions on average (least "
        f"{min(cell.wilson for cell in cells):.3f}), Wald's in "
        f"{np.mean([cell.wald for cell in cells]):.3f} (least "
        f"{min(cell.wald for cell in cells):.3f}). The interval for new surfaces holds the true "
        f"rate in at least {min(cell.new for cell in promised):.3f} in each of the "
        f"{len(promised)} cells with a correlation up to 0.1 and {EVENTS} or more expected runs "
        "of either kind.",
        "**These surfaces: the mean over the surfaces that were run.** Mean coverage over runs, "
        "surfaces and correlations; least in brackets.",
        _table(
            ("true rate", "Wilson", "Wald (naive)"),
            [
                (
                    f"{rate:g}",
                    _spread([cell.wilson for cell in cells if cell.rate == rate]),
                    _spread([cell.wald for cell in cells if cell.rate == rate]),
                )
                for rate in RATES
            ],
        ),
        f"**New surfaces.** Least coverage over rates and runs: where {EVENTS} or more runs of "
        "either kind are expected, and elsewhere; beside it that of Wilson's interval, if one took "
        "it for an interval of new surfaces (naive).",
        _table(
            ("surfaces", "correlation", f"{EVENTS} or more events", "fewer", "Wilson (naive)"),
            list(_new_rows(cells)),
        ),
        f"**Looking again and again, up to {HORIZON:,} runs.** Share of repetitions in which the "
        "interval held the true rate at *every* look.",
        _table(
            ("design", "confidence sequence", "Wilson (naive)"),
            [(peek.design, f"{peek.sequence:.3f}", f"{peek.wilson:.3f}") for peek in peeks],
        ),
        "**Stopping when the interval is narrow enough**, looking after every round of 10 "
        "surfaces. Naive: Wilson's interval over the same runs; and Wilson's of those who look at "
        "the runs that have finished, harmless ones first.",
        _table(
            (
                *("half-width", "true rate", "mean runs", "looking after every run"),
                *("coverage", "Wilson", "Wilson, finished first"),
            ),
            [
                (
                    f"{stop.half_width:g}",
                    f"{stop.rate:g}",
                    f"{stop.mean_runs:.0f}",
                    f"{stop.after_each_run:.0f}",
                    f"{stop.sequence:.3f}",
                    f"{stop.wilson:.3f}",
                    f"{stop.first:.3f}",
                )
                for stop in stops
            ],
        ),
    ]
    return "\n\n".join(parts)


def _promised(cell: Covered) -> bool:
    return cell.surfaces > 1 and cell.correlation <= 0.1 and cell.events >= EVENTS - 1e-9


def _new_rows(cells: Sequence[Covered]) -> Iterator[tuple[str, ...]]:
    for surfaces, correlation in itertools.product(SURFACES[1:], CORRELATIONS):
        same = [
            cell for cell in cells if (cell.surfaces, cell.correlation) == (surfaces, correlation)
        ]
        many = [cell for cell in same if cell.events >= EVENTS - 1e-9]
        few = [cell for cell in same if cell.events < EVENTS - 1e-9]
        yield (
            str(surfaces),
            f"{correlation:g}",
            f"{min(cell.new for cell in many):.3f}",
            f"{min(cell.new for cell in few):.3f}",
            f"{min(cell.wilson_new for cell in same):.3f}",
        )


def _spread(values: Sequence[float]) -> str:
    return f"{np.mean(values):.3f} ({min(values):.3f})"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def write(text: str, cells: Sequence[Covered]) -> None:
    """Puts the tables between the marks of the page, and the whole grid beside it."""
    page = PAGE.read_text(encoding="utf-8")
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}", encoding="utf-8")
    with GRID.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(Covered._fields)
        writer.writerows(
            [f"{value:.4g}" if isinstance(value, float) else value for value in cell]
            for cell in cells
        )


@click.command()
@click.option("--quick", is_flag=True, help="A twentieth of the repetitions.")
@click.option("--write", "into_docs", is_flag=True, help="Write the tables into docs/.")
def main(quick: bool, into_docs: bool) -> None:
    """Simulates, and prints the tables."""
    repeats = REPEATS // 20 if quick else REPEATS
    cells = list(grid(repeats))
    peeks = list(peeked(repeats // 2))
    stops = [
        stopped(half_width, rate, repeats // 4)
        for half_width in (0.1, 0.05)
        for rate in (0.0, 0.05, 0.5, 0.95, 1.0)
    ]
    text = tables(cells, peeks, stops)
    click.echo(text)
    if into_docs:
        write(text, cells)


if __name__ == "__main__":
    main()
