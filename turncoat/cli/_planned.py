"""The tables of `turncoat plan`, for people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from turncoat.cli._conditions import tell
from turncoat.cli._records import console, fill, percent

if TYPE_CHECKING:
    from rich.console import Console

    from turncoat.tasks.planning import Assumptions, Plan

Costs = Mapping[str, Mapping[str, float | None]]

LINES = (
    ("runs", "runs"),
    ("calls", "calls to the model"),
    ("input_tokens", "tokens it reads"),
    ("output_tokens", "tokens it writes"),
    ("judge_calls", "calls to judges"),
    ("judge_input_tokens", "tokens they read"),
    ("judge_output_tokens", "tokens they write"),
)

WITHOUT_JUDGE = 4
"""So many of the lines have a meaning without a judge."""


def print_plan(made: Plan, assumed: Assumptions, costs: Costs) -> None:
    """Print what an eval will take and what it can show.

    Args:
        made: The plan.
        assumed: What it assumes.
        costs: Dollars, `expected` and `most`, for `model` and `judges`.
    """
    from rich.markup import escape

    out = console()
    until = "" if made.precision is None else f", stopping at {percent(made.precision)} either way"
    out.print(
        f"[bold]{escape(made.scenario)}[/] {escape(made.version)}  {made.protocol}  "
        f"{_many(len(made.conditions), 'condition')}, {_many(made.surfaces, 'surface')}, "
        f"{'at most ' if made.precision is not None else ''}{_many(made.epochs, 'epoch')}{until}"
    )
    _print_bill(out, made, costs)
    _print_conditions(out, made, assumed)
    if made.stopping:
        _print_stopping(out, made)
    out.print()
    for line in _assumptions(made, assumed, costs):
        out.print(escape(fill(line)), style="dim")


def _print_bill(out: Console, made: Plan, costs: Costs) -> None:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("")
    table.add_column("expected", justify="right")
    table.add_column("at most", justify="right")
    expected, most = made.expected._asdict(), made.most._asdict()
    for key, words in LINES if made.graders else LINES[:WITHOUT_JUDGE]:
        table.add_row(words, f"{expected[key]:,}", f"{most[key]:,}")
    for key, words in (("model", "dollars, model"), ("judges", "dollars, judges")):
        if key == "model" or made.graders:
            table.add_row(words, *(_dollars(costs[column][key]) for column in ("expected", "most")))
    out.print(table)


def _print_conditions(out: Console, made: Plan, assumed: Assumptions) -> None:
    from rich.markup import escape
    from rich.table import Table

    told = tell([row.levels for row in made.conditions])
    out.print("\n[bold]What it can show[/]")
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("condition", no_wrap=True)
    for heading in ("runs", "tokens read a run", "half-width", "at worst", "least difference"):
        table.add_column(heading, justify="right")
    for row, condition in zip(made.conditions, told.rows, strict=True):
        runs = str(row.runs) if row.runs == row.most_runs else f"{row.runs} to {row.most_runs}"
        table.add_row(
            escape(condition),
            runs,
            f"{row.input_tokens:,}",
            percent(row.half_width),
            percent(row.half_width_at_most),
            "-" if row.smallest_difference is None else percent(row.smallest_difference),
        )
    out.print(table)
    if told.below:
        out.print(escape(told.below), style="dim")
    stops = made.precision is not None
    interval = "the confidence sequence's" if stops else "Wilson's"
    by = ", by the two sequences: more than a fixed number of runs needs" if stops else ""
    out.print(
        fill(
            f"Half-width: of {interval} 95 % interval if the true rate is {percent(assumed.rate)} "
            f"({percent(assumed.control_rate)} in controls); at worst: at 50 %. Least difference: "
            f"from the control condition, found in 8 of 10 such evals (two-sided, 5 %{by})."
        ),
        style="dim",
    )


def _print_stopping(out: Console, made: Plan) -> None:
    from rich.table import Table

    assert made.precision is not None
    out.print("\n[bold]What stopping takes[/]")
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("true rate", "runs a condition", "reaches it", f"against {made.fixed_runs:,}"):
        table.add_column(heading, justify="right")
    for row in made.stopping:
        table.add_row(
            percent(row.rate),
            f"{row.runs:,.0f}",
            percent(row.reached),
            f"{-100 * row.saved:+.0f} %",
        )
    out.print(table)
    out.print(
        fill(
            f"Without stopping, {made.fixed_runs:,} runs a condition guarantee that half-width. "
            "Runs are means, computed exactly; all are taken to get a verdict."
        ),
        style="dim",
    )


def _assumptions(made: Plan, assumed: Assumptions, costs: Costs) -> list[str]:
    live = made.protocol == "tools"
    turns = f" in {assumed.turns} replies (--turns)" if live else ""
    lines = [
        f"Assumed: {assumed.characters_per_token:g} characters a token (--characters-per-token; no "
        "tokenizer works without network), counted on the rendered briefings; "
        f"{assumed.output_tokens:,} tokens written in a run{turns} (--output-tokens; at most "
        f"{made.max_tokens:,} a reply)."
    ]
    if live:
        lines.append(
            "In the tools protocol the conversation is read again with every reply, and all mails "
            "and documents are taken to be opened at the start; 'at most' holds for the number of "
            "replies that is assumed, which nothing bounds but -T turns."
        )
    if made.graders:
        lines.append(
            f"Judged: {percent(assumed.sends)} of the runs (--sends), those that send a message, "
            f"once by each of {_many(made.graders, 'judge')}; at most every run. A judge that "
            "gives no valid answer is asked once more, which is not counted."
        )
    else:
        lines.append(
            "No judge is called: without --grader the offline rules judge decides, and runs whose "
            "meaning it cannot tell stay without a verdict."
        )
    if costs["expected"]["model"] is None or costs["expected"]["judges"] is None:
        lines.append(
            "Dollars need prices, with which Inspect does not come: --price-in and --price-out, "
            "--grader-price-in and --grader-price-out (for a million tokens), or "
            "--model-cost-config."
        )
    return lines


def _dollars(cost: float | None) -> str:
    return "-" if cost is None else f"{cost:,.2f}"


def _many(count: int, word: str) -> str:
    return f"{count:,} {word}{'' if count == 1 else 's'}"
