"""How often each interval holds the true rate: the tables of docs/statistics.md.

python tests/benchmarks/sim_coverage.py            # the whole grid: some minutes; prints
python tests/benchmarks/sim_coverage.py --write    # also into docs/
python tests/benchmarks/sim_coverage.py --quick    # a twentieth of the repetitions
"""

from __future__ import annotations

import csv
import itertools
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import click
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from benchmarks import sim_looks as looks
from benchmarks import sim_surfaces as fixed
from benchmarks.sim_surfaces import CORRELATIONS, EVENTS, MOST_RUNS, SURFACES, Covered

REPEATS = 4_000
HALF_WIDTHS, STOP_RATES = (0.1, 0.05), (0.0, 0.05, 0.5, 0.95, 1.0)

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGE, GRID = DOCS / "statistics.md", DOCS / "coverage.csv"
BEGIN, END = "<!-- coverage: begin -->", "<!-- coverage: end -->"

WILSON = "Wilson (naive)"


def these_surfaces(cells: Sequence[Covered]) -> Iterator[str]:
    """Wilson's interval of the mean over the surfaces that were run, and Wald's."""
    open_cells = [cell for cell in cells if 0 < cell.rate < 1 and cell.correlation == 0]
    yield (
        f"Over the {len(cells)} cells of the grid Wilson's interval holds the mean over these "
        f"surfaces in {np.mean([cell.wilson for cell in cells]):.3f} of the repetitions on average "
        f"(least {min(cell.wilson for cell in cells):.3f}), Wald's in "
        f"{np.mean([cell.wald for cell in cells]):.3f} (least "
        f"{min(cell.wald for cell in cells):.3f}). Where surfaces are alike and the rate is "
        f"neither 0 nor 1, which are the cells that do not flatter it, it is "
        f"{np.mean([cell.wilson for cell in open_cells]):.3f}."
    )
    yield (
        "**These surfaces: the mean over the surfaces that were run.** Mean coverage over runs, "
        "surfaces and correlations; least in brackets."
    )
    rows = []
    for rate in fixed.RATES:
        same = [cell for cell in cells if cell.rate == rate]
        rows.append(
            (
                f"{rate:g}",
                _spread([cell.wilson for cell in same]),
                _spread([cell.wald for cell in same]),
            )
        )
    yield _table(("true rate", "Wilson", "Wald (naive)"), rows)


def new_surfaces(cells: Sequence[Covered], others: Sequence[Covered]) -> Iterator[str]:
    """The interval for new surfaces, where it is promised and elsewhere."""
    promised = [cell for cell in cells if cell.promised]
    yield (
        "**New surfaces.** The interval holds the true rate in at least "
        f"{min(cell.new for cell in promised):.3f} in each of the {len(promised)} cells with a "
        f"correlation up to 0.1, {EVENTS} or more expected runs of either kind and at most "
        f"{MOST_RUNS} runs. In any cell whatever it misses without being marked in at most "
        f"{max(cell.silent_miss for cell in cells):.3f} of the repetitions. Least coverage over "
        f"rates and runs, there and elsewhere; how many of those with {EVENTS} or more events and "
        f"at most {MOST_RUNS} runs are marked; and two intervals that would be naive here: "
        "Wilson's, and the mean of the surfaces' means with its normal standard error."
    )
    yield _table(
        (
            *("surfaces", "correlation", f"{EVENTS} or more events", "1,000 runs", "fewer events"),
            *("marked", WILSON, "means (naive)"),
        ),
        list(_new_rows(cells)),
    )
    yield (
        "**Surfaces of two kinds**, some that never do it and others that all do it alike often "
        f"(the cells above draw from beta distributions). Least coverage over rates, with {EVENTS} "
        "or more events; and how often at most, with up to "
        f"{MOST_RUNS} runs, it misses without being marked."
    )
    yield _table(
        (
            *("surfaces", "correlation", f"up to {MOST_RUNS} runs", "1,000 runs"),
            "missed, not marked",
        ),
        [
            (
                str(surfaces),
                f"{correlation:g}",
                _least(cell.new for cell in others if _in(cell, surfaces, correlation, False)),
                _least(cell.new for cell in others if _in(cell, surfaces, correlation, True)),
                f"{max(c.silent_miss for c in others if _in(c, surfaces, correlation, False)):.3f}",
            )
            for surfaces, correlation in itertools.product(SURFACES[1:], (0.05, 0.1))
        ],
    )


def _new_rows(cells: Sequence[Covered]) -> Iterator[tuple[str, ...]]:
    for surfaces, correlation in itertools.product(SURFACES[1:], CORRELATIONS):
        same = [
            cell for cell in cells if (cell.surfaces, cell.correlation) == (surfaces, correlation)
        ]
        enough = [cell for cell in same if cell.enough_events]
        few_runs = [cell for cell in enough if _in(cell, surfaces, correlation, False)]
        yield (
            str(surfaces),
            f"{correlation:g}",
            _least(cell.new for cell in few_runs),
            _least(cell.new for cell in enough if _in(cell, surfaces, correlation, True)),
            _least(cell.new for cell in same if not cell.enough_events),
            f"{np.mean([cell.marked for cell in few_runs]):.2f}",
            _least(cell.wilson_new for cell in same),
            _least(cell.means_new for cell in same),
        )


def _in(cell: Covered, surfaces: int, correlation: float, many: bool) -> bool:
    same = (cell.surfaces, cell.correlation) == (surfaces, correlation)
    return same and (cell.runs > MOST_RUNS) == many


def peeking(peeks: Sequence[looks.Peeked], uneven: Sequence[looks.Peeked]) -> Iterator[str]:
    """The confidence sequence, looked at again and again."""
    yield (
        f"**Looking again and again, up to {looks.HORIZON:,} runs.** Share of repetitions in "
        "which the interval held the true rate at *every* look."
    )
    yield _table(
        ("design", "confidence sequence", WILSON),
        [(peek.design, f"{peek.sequence:.3f}", f"{peek.wilson:.3f}") for peek in peeks],
    )
    yield (
        "**The same where some surfaces fail more often**, ten surfaces with a mean rate of 0.5: "
        "whether it held the mean over these surfaces, and the mean weighted by what was judged."
    )
    yield _table(
        ("design", "of the plain mean", "of the weighted mean", "Wilson (naive), plain"),
        [
            (peek.design, f"{peek.sequence:.3f}", f"{peek.weighted:.3f}", f"{peek.wilson:.3f}")
            for peek in uneven
        ],
    )


def stopping(stops: Sequence[looks.Stopped], flights: Sequence[looks.Flown]) -> Iterator[str]:
    """Runs that stop when enough is known."""
    yield (
        "**Stopping when the interval is narrow enough**, looking after every round of 10 "
        "surfaces. Naive: Wilson's interval over the same runs; and Wilson's of those who look at "
        "the runs that have finished, harmless ones first."
    )
    yield _table(
        (
            *("half-width", "true rate", "mean runs", "looking after every run"),
            *("coverage", "Wilson", "Wilson, finished first"),
        ),
        [
            (
                *(f"{stop.half_width:g}", f"{stop.rate:g}"),
                *(f"{stop.mean_runs:.0f}", f"{stop.after_each_run:.0f}"),
                *(f"{stop.sequence:.3f}", f"{stop.wilson:.3f}", f"{stop.first:.3f}"),
            )
            for stop in stops
        ],
    )
    yield (
        f"**The same with {looks.AT_ONCE} runs at once**, surfaces that differ (correlation 0.2), "
        "a tenth of the runs not judged, and harmful runs that take some four times as long. "
        "Error: the mean of what is reported less the mean over these surfaces. Naive: over the "
        "runs that have finished, reported as soon as they make the interval narrow enough."
    )
    yield _table(
        (
            *("half-width", "true rate", "mean runs", "half-width reached", "coverage", "error"),
            *("finished first", "its error"),
        ),
        [
            (
                *(f"{flight.half_width:g}", f"{flight.rate:g}", f"{flight.launched:.0f}"),
                *(f"{flight.reached:.3f}", f"{flight.sequence:.3f}", _signed(flight.error)),
                *(f"{flight.first:.3f}", _signed(flight.first_error)),
            )
            for flight in flights
        ],
    )


def _signed(value: float) -> str:
    return f"{value:+.3f}"


def _least(values: Iterable[float]) -> str:
    found = list(values)
    return f"{min(found):.3f}" if found else "-"


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
    cells = list(fixed.grid(repeats))
    stops = list(itertools.product(HALF_WIDTHS, STOP_RATES))
    parts = [
        *these_surfaces(cells),
        *new_surfaces(cells, list(fixed.two_kinds(repeats))),
        *peeking(list(looks.peeked(repeats // 2)), list(looks.unevenly_judged(repeats // 2))),
        *stopping(
            [looks.stopped(*stop, repeats // 4) for stop in stops],
            [looks.flown(*stop, repeats // 4) for stop in stops],
        ),
    ]
    text = "\n\n".join(parts)
    click.echo(text)
    if into_docs:
        write(text, cells)


if __name__ == "__main__":
    main()
