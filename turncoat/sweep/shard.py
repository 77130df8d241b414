"""One shard of a sweep: the evals of one model and one task file, as one `eval_set` of Inspect's.

A shard has a folder of its own, in which its logs are all that there is to know of it. So it is
run again by the same call, in whatever process and on whatever machine.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from contextvars import copy_context
from typing import Any, NamedTuple

from inspect_ai import Task, eval_set, task_with
from inspect_ai.model import GenerateConfig, Model, get_model
from rich.markup import render as rendered

import turncoat.tasks.registry  # noqa: F401 - the evals are registered by it.
from turncoat._util.errors import TurncoatError
from turncoat._util.inspect_private import PrerequisiteError
from turncoat._util.keys import learn
from turncoat.sweep.spec import Cell, ModelSpec, Sweep
from turncoat.sweep.spending import Spending
from turncoat.tasks.prices import Price, price_known
from turncoat.tasks.startup import refuse_no_server

CELL = "sweep_cell"
"""Key of a cell's id in the metadata of its log."""
MOST_TASKS = 8
"""Evals of a shard that are under way at once."""


class Outcome(NamedTuple):
    """How a shard ended."""

    shard: str
    problem: str
    """What kept it from being whole; empty where nothing did."""
    interrupted: bool = False


def task_of(cell: Cell) -> Task:
    """The very task that a cell runs.

    Args:
        cell: A cell.

    Raises:
        TurncoatError: A parameter is wrong.
    """
    make = getattr(sys.modules[f"turncoat.evals.{cell.eval}"], cell.eval)
    try:
        task: Task = make(**cell.parameters)
    except PrerequisiteError as error:
        reason = rendered(str(error.message)).plain
        raise TurncoatError(f"{cell.eval} {cell.setting}: {reason}") from None
    task.metadata = {**(task.metadata or {}), CELL: cell.id}
    return task


def prices_of(sweep: Sweep) -> dict[str, Price | None]:
    """What each of a sweep's models costs, by the sweep's file or by what Inspect was told.

    Args:
        sweep: A sweep.

    Returns:
        Model to its price; None where nobody says.
    """
    listed = {name: Price(one.input, one.output) for name, one in sweep.spec.prices.items()}
    names = sorted({name for cell in sweep.cells for name in cell.names})
    return {name: price_known(name, listed) for name in names}


def run_shard(sweep: Sweep, shard: str, connections: Mapping[str, int], display: str) -> Outcome:
    """Runs what a shard still lacks, as far as the budget goes.

    Args:
        sweep: The sweep.
        shard: Which shard.
        connections: Key of the sweep's `connections` to this process' share of them.
        display: As for Inspect; empty for its default.

    Returns:
        How it ended; never raises for what is wrong with a model, a server or a log.
    """
    cells = sweep.shards[shard]
    learn([one.args for cell in cells for one in (cell.model, *cell.graders)])
    with Spending(sweep.logs, sweep.spec.budget, prices_of(sweep)) as spending:
        if over := spending.over():
            return Outcome(shard, over)
        try:
            models = _Models(sweep, connections)
            model = models.get(cells[0].model)
            graders = [models.get(one) for cell in cells for one in cell.graders]
            refuse_no_server([model, *graders])
            # In a context of its own, so that its models are not active in what is made later.
            whole, logs = copy_context().run(
                eval_set,
                [
                    _judged(task_of(cell), [models.get(one) for one in cell.graders])
                    for cell in cells
                ],
                log_dir=sweep.folder(shard),
                model=[model],
                epochs=sweep.spec.epochs,
                max_tasks=min(len(cells), MOST_TASKS),
                max_samples=models.samples(cells),
                # Earlier attempts at a run count too, and what an older file said may stay.
                retry_cleanup=False,
                log_dir_allow_dirty=True,
                log_format="eval",
                **_named(display=display),
                **sweep.spec.generate,
            )
        except PrerequisiteError as error:
            return Outcome(shard, rendered(str(error.message)).plain)
        except (TurncoatError, OSError, ValueError, ImportError) as error:
            return Outcome(shard, str(error))
        # An eval that was told to begin no further sample ends well, with a count of what it has.
        cut = any(log.results and log.results.logged_samples is not None for log in logs)
        over = spending.over() if cut else ""
    # After Ctrl-C Inspect returns fewer logs, or none, and calls that a success.
    interrupted = len(logs) < len(cells) or any(log.status == "cancelled" for log in logs)
    failed = "" if whole else "an eval did not end well; 'turncoat sweep status' says which"
    return Outcome(shard, "interrupted" if interrupted else over or failed, interrupted)


def _named(**given: str) -> dict[str, Any]:
    return {name: value for name, value in given.items() if value}


def _judged(task: Task, graders: list[Model]) -> Task:
    return task_with(task, model_roles={"grader": graders}) if graders else task


class _Models:
    """The models of a shard; those of one provider share its connections."""

    def __init__(self, sweep: Sweep, connections: Mapping[str, int]) -> None:
        self.spec, self.connections = sweep.spec, connections
        self.made: dict[str, Model] = {}

    def get(self, spec: ModelSpec) -> Model:
        """The model, which counts against its provider's connections."""
        name = spec.model_dump_json()
        if name not in self.made:
            provider = self.spec.provider(spec.model)
            most = self.connections.get(provider) if provider else None
            model = get_model(
                spec.model,
                base_url=spec.base_url,
                config=GenerateConfig(max_connections=most),
                memoize=False,
                **spec.args,
            )
            if provider:
                # Inspect's own key tells a provider's models apart; its limit is for all of them.
                model.api.connection_key = lambda: f"turncoat sweep {provider}"  # type: ignore[method-assign]
            self.made[name] = model
        return self.made[name]

    def samples(self, cells: list[Cell]) -> int | None:
        """Samples of an eval at once: as many as have a call to make; None for Inspect's own."""
        keys = {self.spec.provider(name) for cell in cells for name in cell.names}
        if None in keys:
            return None
        return sum(self.connections[key] for key in keys if key is not None) + 1
