"""What a sweep will take, before any call is made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from turncoat.sweep.shard import prices_of, task_of
from turncoat.sweep.spec import FREE, Cell, Sweep
from turncoat.tasks.planning import Bill, Plan, plan_task
from turncoat.tasks.prices import Price


class Cost(NamedTuple):
    """Runs, calls to models and judges, and dollars."""

    runs: int
    calls: int
    dollars: float | None
    """None where a price is not known."""


class CellForecast(NamedTuple):
    """What one cell will take."""

    cell: Cell
    expected: Cost
    most: Cost


class Forecast(NamedTuple):
    """What all of a sweep will take."""

    cells: tuple[CellForecast, ...]
    expected: Cost
    most: Cost
    unpriced: tuple[str, ...]
    """Models whose price nobody knows."""
    short: str
    """What of the budget will not do; empty where it will."""


def forecast(sweep: Sweep) -> Forecast:
    """What a sweep will take, counted on the very samples that it would run.

    Args:
        sweep: A sweep.

    Returns:
        Each cell and the sums.

    Raises:
        TurncoatError: A cell cannot be run as the file says.
    """
    prices = prices_of(sweep)
    made: dict[str, Plan] = {}
    cells = []
    for cell in sweep.cells:
        key = f"{cell.eval} {cell.parameters} {len(cell.graders)}"
        if key not in made:
            made[key] = plan_task(task_of(cell), sweep.spec.epochs, len(cell.graders))
        plan = made[key]
        cells.append(
            CellForecast(cell, _cost(cell, plan.expected, prices), _cost(cell, plan.most, prices))
        )
    unpriced = tuple(
        name for name, price in prices.items() if price is None and not name.startswith(FREE)
    )
    expected = _sum([one.expected for one in cells])
    return Forecast(
        tuple(cells),
        expected,
        _sum([one.most for one in cells]),
        unpriced,
        _short(sweep, expected, unpriced),
    )


def _short(sweep: Sweep, expected: Cost, unpriced: Sequence[str]) -> str:
    budget = sweep.spec.budget
    if budget.calls is not None and expected.calls > budget.calls:
        return f"'budget.calls' is {budget.calls:,}, and {expected.calls:,} calls are expected."
    if budget.dollars is None:
        return ""
    if expected.dollars is None:
        return (
            "'budget.dollars' cannot be kept without the prices of "
            f"{', '.join(unpriced)}: write them under 'prices'."
        )
    if expected.dollars > budget.dollars:
        return (
            f"'budget.dollars' is {budget.dollars:,.2f}, and {expected.dollars:,.2f} dollars are "
            "expected."
        )
    return ""


def _cost(cell: Cell, bill: Bill, prices: Mapping[str, Price | None]) -> Cost:
    of_graders = [
        _dollars(one.model, bill.judge_input_tokens, bill.judge_output_tokens, prices)
        for one in cell.graders
    ]
    judges = [dollars / len(of_graders) for dollars in of_graders if dollars is not None]
    own = _dollars(cell.model.model, bill.input_tokens, bill.output_tokens, prices)
    known = own is not None and len(judges) == len(of_graders)
    return Cost(
        bill.runs,
        bill.calls + (bill.judge_calls if cell.graders else 0),
        (own or 0.0) + sum(judges) if known else None,
    )


def _dollars(
    model: str, read: int, written: int, prices: Mapping[str, Price | None]
) -> float | None:
    price = prices.get(model)
    if price is not None:
        return price.of(read, written)
    return 0.0 if model.startswith(FREE) else None


def _sum(costs: Sequence[Cost]) -> Cost:
    dollars = [one.dollars for one in costs]
    known = [one for one in dollars if one is not None]
    return Cost(
        sum(one.runs for one in costs),
        sum(one.calls for one in costs),
        sum(known) if len(known) == len(dollars) else None,
    )
