"""A sweep's shards over workers, which share every provider's connections."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from typing import Protocol

from turncoat._util.errors import TurncoatError
from turncoat.sweep.shard import Outcome, prices_of, run_shard
from turncoat.sweep.spec import FREE, Sweep
from turncoat.sweep.spending import spent_so_far, total

Say = Callable[[str], None]


class Submit(Protocol):
    """Hands a shard to a worker."""

    def __call__(self, shard: str, connections: Mapping[str, int]) -> Future[Outcome]:
        """Begins.

        Args:
            shard: Which.
            connections: Its share of each provider's.
        """


def run_local(sweep: Sweep, shards: Sequence[str], say: Say, display: str = "") -> list[Outcome]:
    """Runs shards on this machine, in this process or in as many as there are workers.

    Args:
        sweep: The sweep.
        shards: Which of its shards.
        say: Tells people how far it is.
        display: As for Inspect, where there is one process; empty for its default.

    Returns:
        How each ended, as far as they were begun.
    """
    workers = min(sweep.spec.workers, len(shards))
    if workers > 1:
        with ProcessPoolExecutor(workers, get_context("spawn")) as pool:

            def submit(shard: str, connections: Mapping[str, int]) -> Future[Outcome]:
                return pool.submit(run_shard, sweep, shard, connections, "none")

            return run_over(sweep, shards, submit, say)
    ended: list[Outcome] = []
    for shard in shards:
        say(f"{shard}: begins ({len(ended) + 1} of {len(shards)})")
        ended.append(run_shard(sweep, shard, sweep.spec.connections, display))
        if ended[-1].interrupted or over_budget(sweep):
            break
    return ended


def run_over(sweep: Sweep, shards: Sequence[str], submit: Submit, say: Say) -> list[Outcome]:
    """Keeps every worker busy; a provider's connections are never more than the sweep allows.

    Args:
        sweep: The sweep.
        shards: Which of its shards.
        submit: Hands one to a worker.
        say: Tells people how far it is.

    Returns:
        How each ended, as far as they were begun.
    """
    uses = {shard: _providers(sweep, shard) for shard in shards}
    at_once = _at_once(sweep, uses)
    waiting, busy, ended = list(shards), dict[Future[Outcome], str](), list[Outcome]()
    stopped = False
    while busy or (waiting and not stopped):
        in_use = Counter(key for shard in busy.values() for key in uses[shard])
        free = [] if stopped or len(busy) >= sweep.spec.workers else waiting
        ready = next((s for s in free if all(in_use[k] < at_once[k] for k in uses[s])), None)
        if ready is not None:
            waiting.remove(ready)
            share = {key: sweep.spec.connections[key] // at_once[key] for key in uses[ready]}
            busy[submit(ready, share)] = ready
            say(f"{ready}: begins, {len(waiting)} to come")
            continue
        for future in wait(busy, return_when=FIRST_COMPLETED).done:
            shard = busy.pop(future)
            ended.append(_result(future, shard))
            say(f"{shard}: {ended[-1].problem or 'done'}")
            stopped = stopped or ended[-1].interrupted or bool(over_budget(sweep))
    return ended


def _result(future: Future[Outcome], shard: str) -> Outcome:
    try:
        return future.result()
    except BrokenProcessPool:
        return Outcome(shard, "its process was killed; run the sweep again", interrupted=True)
    except Exception as error:  # Ray's own, when it has given up on a worker.
        return Outcome(shard, f"its worker failed: {str(error).strip().splitlines()[-1]}")


def _providers(sweep: Sweep, shard: str) -> frozenset[str]:
    names = {name for cell in sweep.shards[shard] for name in cell.names}
    return frozenset(key for name in names if (key := sweep.spec.provider(name)))


def _at_once(sweep: Sweep, uses: Mapping[str, frozenset[str]]) -> dict[str, int]:
    """Provider to how many workers call it at once, each with the same share of connections.

    All that there are, where there is one provider of agents; with several, each has its part of
    the workers and larger shares, so that no provider's connections lie idle.
    """
    agents = Counter(
        sweep.spec.provider(sweep.shards[shard][0].model.model) or shard for shard in uses
    )
    part = -(-sweep.spec.workers // len(agents))
    found = {}
    for key in sweep.spec.connections:
        shards = [shard for shard, keys in uses.items() if key in keys]
        judges = len(shards) > agents[key]
        found[key] = max(1, min(len(shards), sweep.spec.workers if judges else part))
    return found


def over_budget(sweep: Sweep) -> str:
    """What of the sweep's budget is used up; empty where nothing is.

    Args:
        sweep: The sweep.
    """
    return total(spent_so_far(sweep.logs), prices_of(sweep)).over(sweep.spec.budget)


def refuse_unpriced(sweep: Sweep) -> None:
    """Refuses a budget in dollars that nobody could keep.

    Args:
        sweep: The sweep.

    Raises:
        TurncoatError: The price of a model is not known.
    """
    unknown = [
        name
        for name, price in prices_of(sweep).items()
        if price is None and not name.startswith(FREE)
    ]
    if sweep.spec.budget.dollars is not None and unknown:
        raise TurncoatError(
            f"{sweep.path}: 'budget.dollars' cannot be kept: nobody says what "
            f"{', '.join(unknown)} costs. Write under 'prices' for each 'input' and 'output' in "
            "dollars for a million tokens, or take 'budget.dollars' out and give 'budget.calls'"
        )
