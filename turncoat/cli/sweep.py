"""`turncoat sweep`: many evals as one, planned, run and resumed by one file."""

from __future__ import annotations

import shlex
import sys
from collections import Counter
from collections.abc import Mapping
from contextlib import nullcontext, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from turncoat.cli._common import EXIT_FINDING, TurncoatGroup, echo, echo_json
from turncoat.cli._tables import print_table, say

if TYPE_CHECKING:
    from turncoat.report.columns import Column
    from turncoat.sweep.forecast import CellForecast, Forecast
    from turncoat.sweep.spec import Cell, Sweep
    from turncoat.sweep.standing import CellStanding, Standing

SPEC = click.argument("spec", type=click.Path(path_type=Path))
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")


@click.group(cls=TurncoatGroup)
def sweep() -> None:
    """Models x evals x designs x graders as one, under one budget (docs/sweeps.md)."""


@sweep.command()
@SPEC
@JSON
def plan(spec: Path, as_json: bool) -> None:
    """Tell what a sweep will take, before any call is made.

    The exit status is 1 where the budget does not reach, or cannot be kept.
    """
    from turncoat.sweep.forecast import forecast
    from turncoat.sweep.spec import read_sweep

    made = forecast(read_sweep(spec))
    if as_json:
        cells = [
            {**_named(one.cell), "expected": one.expected._asdict(), "most": one.most._asdict()}
            for one in made.cells
        ]
        both = {"expected": made.expected._asdict(), "most": made.most._asdict()}
        echo_json({"cells": cells, **both, "unpriced": made.unpriced, "short": made.short})
    else:
        _print_plan(made)
    if made.short:
        raise click.exceptions.Exit(EXIT_FINDING)


@sweep.command()
@SPEC
@click.option("--engine", type=click.Choice(["local", "ray"]), default="local", show_default=True)
@JSON
def run(spec: Path, engine: str, as_json: bool) -> None:
    """Run what a sweep still lacks; the same command again goes on where it ended.

    With --engine ray (pip install 'turncoat[ray]') over the cluster that RAY_ADDRESS names, or a
    cluster of this machine. The exit status is 1 where something is left to do.
    """
    from turncoat.sweep.running import over_budget, refuse_unpriced, run_local
    from turncoat.sweep.spec import read_sweep
    from turncoat.sweep.standing import planned_runs, standing_of

    found = read_sweep(spec)
    refuse_unpriced(found)
    planned = planned_runs(found)  # What cannot be run is said before anything is.
    begun: list[str] = []
    if not over_budget(found):
        shards = _to_do(standing_of(found, planned))
        with redirect_stdout(sys.stderr) if as_json else nullcontext():
            if engine == "ray":
                from turncoat.sweep.on_ray import run_on_ray

                ended = run_on_ray(found, shards, _tell)
            else:
                ended = run_local(found, shards, _tell, "none" if as_json else "")
        begun = [f"{one.shard}: {one.problem}" for one in ended if one.problem]
    for problem in begun:
        echo(problem, err=True)
    _finish(found, as_json, planned)


@sweep.command()
@SPEC
@JSON
def status(spec: Path, as_json: bool) -> None:
    """Tell what a sweep has and what it lacks, and the command that completes it.

    The exit status is 1 where something is left to do or a log cannot be read.
    """
    from turncoat.sweep.spec import read_sweep

    _finish(read_sweep(spec), as_json)


def _to_do(standing: Standing) -> list[str]:
    """The shards that lack something, in the order of the file."""
    return list(dict.fromkeys(one.cell.shard for one in standing.cells if one.missing))


def _tell(text: str) -> None:
    echo(text, err=True)


def _finish(found: Sweep, as_json: bool, planned: Mapping[str, int] | None = None) -> None:
    from turncoat.sweep.standing import standing_of

    standing = standing_of(found, planned)
    again = f"turncoat sweep run {shlex.quote(str(found.path))}" if standing.missing else None
    if as_json:
        cells = [
            {**_named(one.cell), **{k: v for k, v in one._asdict().items() if k != "cell"}}
            for one in standing.cells
        ]
        rest = {k: v for k, v in standing._asdict().items() if k not in ("cells", "spent")}
        spent = standing.spent._asdict()
        echo_json({"cells": cells, "spent": spent, **rest, "complete_with": again})
    else:
        _print_standing(found, standing, again)
    if not standing.is_complete:
        raise click.exceptions.Exit(EXIT_FINDING)


def _named(cell: Cell) -> dict[str, Any]:
    return {
        "id": cell.id,
        "model": cell.model.model,
        "eval": cell.eval,
        "parameters": cell.parameters,
        "graders": [one.model for one in cell.graders],
    }


def _cell_columns(get: Any) -> list[Column[Any]]:  # noqa: ANN401 - of either sort of row
    from turncoat.report.columns import Column

    return [
        Column("model", lambda row: get(row).model.model, "name"),
        Column("eval", lambda row: get(row).eval, "name"),
        Column("parameters", lambda row: get(row).setting, "text"),
        Column("judged by", lambda row: get(row).judges or "rules, offline", "text"),
    ]


def _print_plan(made: Forecast) -> None:
    from turncoat.report.columns import Column

    def dollars(value: float | None) -> str:
        return "-" if value is None else f"{value:,.2f}"

    columns: list[Column[CellForecast]] = [
        *_cell_columns(lambda row: row.cell),
        Column("runs", lambda row: f"{row.expected.runs:,}"),
        Column("calls", lambda row: f"{row.expected.calls:,}"),
        Column("at most", lambda row: f"{row.most.calls:,}"),
        Column("dollars", lambda row: dollars(row.expected.dollars)),
        Column("at most", lambda row: dollars(row.most.dollars)),
    ]
    print_table(columns, made.cells)
    echo()
    for name, one in (("expected", made.expected), ("at most", made.most)):
        echo(
            f"{name}: {one.runs:,} runs, {one.calls:,} calls, {dollars(one.dollars)} dollars",
            bold=True,
        )
    if made.unpriced:
        say(
            f"Nobody says what {', '.join(made.unpriced)} costs: write its 'input' and 'output' "
            "under 'prices', in dollars for a million tokens."
        )
    if made.short:
        say(made.short, "bold yellow")
    say("What is assumed stands in 'turncoat plan EVAL'; attempts that fail come on top of it.")


def _print_standing(found: Sweep, standing: Standing, again: str | None) -> None:
    from turncoat.report.columns import Column

    def invalid(row: CellStanding) -> str:
        reasons = ", ".join(f"{count} {reason}" for reason, count in row.invalid.items())
        return f"{sum(row.invalid.values())}" + (f" ({reasons})" if reasons else "")

    columns: list[Column[CellStanding]] = [
        *_cell_columns(lambda row: row.cell),
        Column("planned", lambda row: f"{row.planned:,}"),
        Column("judged", lambda row: f"{row.judged:,}"),
        Column("unclear", lambda row: f"{row.unclear:,}"),
        Column("invalid", invalid),
        Column("missing", lambda row: f"{row.missing:,}"),
        Column("not needed", lambda row: f"{row.stopped or ''}", optional=True),
    ]
    print_table(columns, standing.cells)
    sums = Counter[str]()
    for row in standing.cells:
        for name in ("planned", "judged", "unclear", "missing", "stopped"):
            sums[name] += getattr(row, name)
        sums["invalid"] += sum(row.invalid.values())
    names = ("planned", "judged", "unclear", "invalid", "missing")
    echo()
    echo(", ".join(f"{sums[name]:,} {name}" for name in names), bold=True)
    spent, budget = standing.spent, found.spec.budget
    of_calls = f" of {budget.calls:,}" if budget.calls else ""
    of_dollars = f" of {budget.dollars:,.2f}" if budget.dollars else ""
    say(f"Spent: {spent.calls:,}{of_calls} calls, {spent.dollars:,.2f}{of_dollars} dollars.", "")
    if spent.unpriced:
        say(f"Without {', '.join(spent.unpriced)}: nobody says what it costs (see 'prices').", "")
    for log in standing.strangers:
        say(f"{log}: of no cell of the file as it is now; left as it is.", "")
    for message in standing.unreadable:
        say(message, "bold yellow")
    if standing.over and standing.missing:
        say(
            f"The budget is used up: {standing.over}. Raise it in {found.path}, then", "bold yellow"
        )
    if again:
        echo(f"to complete it: {again}")
    for row in standing.cells:
        for command in row.complete_with:
            echo(f"to complete {row.cell.model.model} {row.cell.eval}: {command}")
