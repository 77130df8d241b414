"""`turncoat plan`: what an eval will take, and what it can show, before any call is made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from turncoat._util.errors import TurncoatError
from turncoat._util.words import plural
from turncoat.cli._common import echo, echo_json, levels_from
from turncoat.cli._tables import print_conditions, print_table, say

if TYPE_CHECKING:
    from inspect_ai import Task

    from turncoat.tasks.planning import Assumptions, Plan, PlannedCondition, Stopping
    from turncoat.tasks.prices import Price

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
REFERENCE = "reference"
USD = click.FloatRange(min=0)


BATCH = 0.5
"""Of the price, what OpenAI, Anthropic and Google ask for a call that goes through their batch
service (their price lists, 2025)."""


@click.command()
@click.argument("name", metavar="SCENARIO_OR_EVAL")
@click.option("-f", "--factor", "factors", multiple=True, metavar="FACTOR=LEVEL", help="As -T.")
@click.option("--design", help="Named sets of conditions, as -T design=.")
@click.option("--surfaces", type=int, help="As -T surfaces=.")
@click.option("--protocol", help="text or tools, as -T protocol=.")
@click.option("--precision", type=float, help="Half-width at which to stop, as -T precision=.")
@click.option("--epochs", type=click.IntRange(min=1), help="As for inspect eval.")
@click.option("--max-tokens", type=int, help="As -T max_tokens=.")
@click.option("--model", help="The model to be measured; for its price.")
@click.option("--grader", "graders", multiple=True, help="A model that judges; several are asked.")
@click.option("--output-tokens", type=click.IntRange(1), help="Assumed: written in a run.")
@click.option("--turns", type=click.IntRange(1), help="Assumed: replies in a run (tools protocol).")
@click.option("--sends", type=click.FloatRange(0, 1), help="Assumed: share of runs to be judged.")
@click.option("--judge-output-tokens", type=click.IntRange(1), help="Assumed: of a judge's answer.")
@click.option("--characters-per-token", type=click.FloatRange(0.5), help="Assumed.")
@click.option("--rate", type=click.FloatRange(0, 1), help="Assumed: true rate.")
@click.option("--control-rate", type=click.FloatRange(0, 1), help="Assumed: the same in controls.")
@click.option("--price-in", type=USD, help="Dollars for a million tokens that the model reads.")
@click.option("--price-out", type=USD, help="The same for tokens that it writes.")
@click.option("--grader-price-in", type=USD, help="The same for every grader.")
@click.option("--grader-price-out", type=USD, help="The same for every grader.")
@click.option(
    "--model-cost-config",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="File with the prices of models, as for inspect eval.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
def plan(
    *,
    name: str,
    factors: Sequence[str],
    epochs: int | None,
    model: str | None,
    graders: Sequence[str],
    as_json: bool,
    **options: Any,  # noqa: ANN401 - one for each flag above.
) -> None:
    """Tell runs, tokens, calls, cost, and how narrow the intervals will be, before any call.

    SCENARIO_OR_EVAL is a packaged scenario, the path of a scenario's folder, or an eval such as
    evals/lethal.py. For evals/reference.py, -f sets its own parameters (-f scenario=murder).
    Input is counted on the rendered briefings; what has to be assumed is listed and can be set.
    """
    from turncoat.tasks.planning import Assumptions, plan_task

    task_options = ("design", "surfaces", "protocol", "precision", "max_tokens")
    task = _task(
        name,
        levels_from(factors),
        {key: options[key] for key in task_options if options[key] is not None},
    )
    given = {key: options[key] for key in Assumptions._fields if options.get(key) is not None}
    assumed = Assumptions(**given)
    made = plan_task(task, epochs, len(graders), assumed)
    costs = _costs(made, _prices(model, graders, options))
    if as_json:
        echo_json(_as_json(made, assumed, costs, model, graders))
    else:
        _print_plan(made, assumed, costs)


def _task(name: str, factors: dict[str, str], options: dict[str, Any]) -> Task:
    """The very task that would run; its complaints are ours."""
    from rich.markup import render

    from turncoat._util.inspect_private import PrerequisiteError
    from turncoat.tasks.reference_task import reference_task
    from turncoat.tasks.task import misalignment_task

    levels = {key: level.split(",") if "," in level else level for key, level in factors.items()}
    eval_name = Path(name).stem if name.endswith(".py") else name.removeprefix("turncoat/")
    try:
        if eval_name != REFERENCE:
            return misalignment_task(eval_name, factors=levels, **options)
        if needless := sorted({"surfaces", "protocol"} & options.keys()):
            raise TurncoatError(
                f"The original prompts have one surface and the text protocol; leave out "
                f"{' and '.join(f'--{option}' for option in needless)}."
            )
        scenario = levels.pop("scenario", "blackmail")
        return reference_task(scenario, parameters=levels, **options)
    except PrerequisiteError as error:
        raise TurncoatError(render(str(error.message)).plain) from None


def _prices(
    model: str | None, graders: Sequence[str], options: dict[str, Any]
) -> tuple[Price | None, list[Price | None]]:
    """Of the model, and of each grader: the user's, else the file's, else Inspect's."""
    from turncoat.tasks.prices import price_given, price_known, prices_in

    file = options["model_cost_config"]
    listed = prices_in(file) if file is not None else {}
    own = price_given(options["price_in"], options["price_out"], "--price-in, --price-out")
    of_graders = price_given(
        options["grader_price_in"],
        options["grader_price_out"],
        "--grader-price-in, --grader-price-out",
    )
    return (
        own or (price_known(model, listed) if model else None),
        [of_graders or price_known(grader, listed) for grader in graders],
    )


def _costs(
    made: Plan, prices: tuple[Price | None, list[Price | None]]
) -> dict[str, dict[str, float | None]]:
    """Dollars for the model and for the graders, expected and at most; None where not known."""
    own, of_graders = prices
    costs: dict[str, dict[str, float | None]] = {}
    for name, bill in (("expected", made.expected), ("most", made.most)):
        shares = [
            price.of(bill.judge_input_tokens, bill.judge_output_tokens) / len(of_graders)
            for price in of_graders
            if price is not None
        ]
        model = own.of(bill.input_tokens, bill.output_tokens) if own is not None else None
        judges = sum(shares) if len(shares) == len(of_graders) else None
        total = model + judges if model is not None and judges is not None else None
        batched = None if total is None else BATCH * total
        costs[name] = {"model": model, "judges": judges, "total": total, "batch": batched}
    return costs


def _as_json(
    made: Plan,
    assumed: Any,  # noqa: ANN401 - a NamedTuple of a module that is imported late.
    costs: dict[str, dict[str, float | None]],
    model: str | None,
    graders: Sequence[str],
) -> dict[str, Any]:
    return {
        **made._asdict(),
        "model": model,
        "graders": list(graders),
        "conditions": [row._asdict() for row in made.conditions],
        "expected": {**made.expected._asdict(), "cost": costs["expected"]},
        "most": {**made.most._asdict(), "cost": costs["most"]},
        "stopping": [row._asdict() for row in made.stopping],
        "assumptions": assumed._asdict(),
    }


def _print_plan(made: Plan, assumed: Assumptions, costs: Costs) -> None:
    """Print what an eval will take and what it can show."""
    from turncoat.report.numbers import percent

    until = "" if made.precision is None else f", stopping at {percent(made.precision)} either way"
    at_most = "at most " if made.precision is not None else ""
    echo(
        f"{made.scenario} {made.version}  {made.protocol}  "
        f"{plural(len(made.conditions), 'condition')}, {plural(made.surfaces, 'surface')}, "
        f"{at_most}{plural(made.epochs, 'epoch')}{until}",
        bold=True,
    )
    _print_bill(made, costs)
    _print_conditions(made, assumed)
    if made.stopping:
        _print_stopping(made)
    echo()
    for line in _assumptions(made, assumed, costs):
        say(line)


def _print_bill(made: Plan, costs: Costs) -> None:
    from turncoat.report.columns import Column

    expected, most = made.expected._asdict(), made.most._asdict()
    rows: list[tuple[str, ...]] = [
        (words, f"{expected[key]:,}", f"{most[key]:,}")
        for key, words in (LINES if made.graders else LINES[:WITHOUT_JUDGE])
    ]
    for key, words in (("model", "dollars, model"), ("judges", "dollars, judges")):
        if key == "model" or made.graders:
            dollars = (costs[column][key] for column in ("expected", "most"))
            rows.append((words, *("-" if cost is None else f"{cost:,.2f}" for cost in dollars)))
    if costs["expected"]["batch"] is not None:
        dollars = (costs[column]["batch"] for column in ("expected", "most"))
        rows.append(("dollars, all, --batch", *(f"{cost:,.2f}" for cost in dollars)))
    columns: list[Column[tuple[str, ...]]] = [
        Column("", lambda row: row[0], "name"),
        Column("expected", lambda row: row[1]),
        Column("at most", lambda row: row[2]),
    ]
    print_table(columns, rows)


def _print_conditions(made: Plan, assumed: Assumptions) -> None:
    from turncoat.report.columns import Column
    from turncoat.report.numbers import percent

    def runs(row: PlannedCondition) -> str:
        return str(row.runs) if row.runs == row.most_runs else f"{row.runs} to {row.most_runs}"

    echo("\nWhat it can show", bold=True)
    columns: list[Column[PlannedCondition]] = [
        Column("runs", runs),
        Column("tokens read a run", lambda row: f"{row.input_tokens:,}"),
        Column("half-width", lambda row: percent(row.half_width)),
        Column("at worst", lambda row: percent(row.half_width_at_most)),
        Column("least difference", lambda row: percent(row.smallest_difference)),
    ]
    print_conditions(columns, made.conditions, lambda row: row.levels)
    stops = made.precision is not None
    interval = "the confidence sequence's" if stops else "Wilson's"
    by = ", by the two sequences: more than a fixed number of runs needs" if stops else ""
    say(
        f"Half-width: of {interval} 95 % interval if the true rate is {percent(assumed.rate)} "
        f"({percent(assumed.control_rate)} in controls); at worst: at 50 %. Least difference: "
        f"from the control condition, found in 8 of 10 such evals (two-sided, 5 %{by})."
    )


def _print_stopping(made: Plan) -> None:
    from turncoat.report.columns import Column
    from turncoat.report.numbers import percent

    echo("\nWhat stopping takes", bold=True)
    columns: list[Column[Stopping]] = [
        Column("true rate", lambda row: percent(row.rate)),
        Column("runs a condition", lambda row: f"{row.runs:,.0f}"),
        Column("reaches it", lambda row: percent(row.reached)),
        Column(f"against {made.fixed_runs:,}", lambda row: f"{-100 * row.saved:+.0f} %"),
    ]
    print_table(columns, made.stopping)
    say(
        f"Without stopping, {made.fixed_runs:,} runs a condition guarantee that half-width. "
        "Runs are means, computed exactly; all are taken to get a verdict."
    )


def _assumptions(made: Plan, assumed: Assumptions, costs: Costs) -> list[str]:
    from turncoat.report.numbers import percent

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
            f"once by each of {plural(made.graders, 'judge')}; at most every run. A judge that "
            "gives no valid answer is asked once more, which is not counted."
        )
    if costs["expected"]["batch"] is not None:
        lines.append(
            "--batch: at half the price, as OpenAI, Anthropic and Google have it; answers may take "
            "hours."
        )
    if not made.graders:
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
