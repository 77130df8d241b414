"""What a sweep has spent, over all its processes and all its runs so far.

Each process writes what it spends into a file of its own below `spent/` in the sweep's folder of
logs, at once or (at a URL) once a second, and reads those of the others. So what was paid for runs
that were lost is counted too, and no server is needed to share the sum.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self, cast
from uuid import uuid4

from inspect_ai.hooks import (
    BeforeModelGenerate,
    Hooks,
    ModelCacheUsageData,
    ModelUsageData,
    TaskEnd,
    TaskStart,
    hooks,
)

from turncoat._util.inspect_private import drain_task
from turncoat.records.logs import place_of
from turncoat.sweep.spec import FREE, Budget
from turncoat.tasks.prices import Price

FOLDER = "spent"
SECONDS = 1.0
"""Between two looks at what the other processes spent."""


class Spent(NamedTuple):
    """Calls and tokens of one model."""

    calls: int = 0
    read: int = 0
    """Tokens of input, those from and into a provider's cache included."""
    written: int = 0

    def plus(self, calls: int = 0, read: int = 0, written: int = 0) -> Spent:
        """With more of it.

        Args:
            calls: Attempts at a call.
            read: Tokens read.
            written: Tokens written.
        """
        return Spent(self.calls + calls, self.read + read, self.written + written)


class Sum(NamedTuple):
    """What is spent in all."""

    calls: int
    dollars: float
    """Of the models whose price is known."""
    unpriced: tuple[str, ...]
    """Models whose price nobody knows."""

    def over(self, budget: Budget) -> str:
        """What of a budget is used up; empty where nothing is.

        Args:
            budget: The sweep's.
        """
        if budget.calls is not None and self.calls >= budget.calls:
            return f"{self.calls:,} of {budget.calls:,} calls are made"
        if budget.dollars is not None and self.dollars >= budget.dollars:
            return f"{self.dollars:,.2f} of {budget.dollars:,.2f} dollars are spent"
        return ""


def total(models: Mapping[str, Spent], prices: Mapping[str, Price | None]) -> Sum:
    """The sum over models.

    Args:
        models: Model to what was spent on it.
        prices: Model to its price, as far as it is known.
    """
    dollars = 0.0
    unpriced = []
    for model, spent in models.items():
        price = prices.get(model)
        if price is not None:
            dollars += price.of(spent.read, spent.written)
        elif not model.startswith(FREE):
            unpriced.append(model)
    return Sum(sum(spent.calls for spent in models.values()), dollars, tuple(sorted(unpriced)))


def spent_so_far(logs: str) -> dict[str, Spent]:
    """What all processes of a sweep have written down.

    Args:
        logs: The sweep's folder of logs, a path or a URL.

    Returns:
        Model to what was spent on it.
    """
    return _Files(logs).added()


class _Files:
    """The files of a sweep's processes; those that are closed are read once."""

    def __init__(self, logs: str, own: str = "") -> None:
        self.folder = place_of(logs) / FOLDER
        self.own = own
        self.closed: dict[str, dict[str, Spent]] = {}

    def added(self) -> dict[str, Spent]:
        """What the files say together, without this process' own."""
        sums: dict[str, Spent] = {}
        for models in self._read():
            for model, spent in models.items():
                sums[model] = sums.get(model, Spent()).plus(*spent)
        return sums

    def _read(self) -> Iterable[Mapping[str, Spent]]:
        forget_listings(self.folder)
        try:
            names = [file.name for file in self.folder.iterdir() if file.suffix == ".json"]
        except (FileNotFoundError, NotADirectoryError):
            names = []
        for name in names:
            if name == self.own:
                continue
            if name not in self.closed:
                try:
                    said = json.loads((self.folder / name).read_text(encoding="utf-8"))
                except (FileNotFoundError, ValueError):
                    continue  # It is just being written.
                models = {model: Spent(*counts) for model, counts in said["models"].items()}
                if not said["closed"]:
                    yield models
                    continue
                self.closed[name] = models
            yield self.closed[name]


class Spending:
    """Counts what this process spends, and stops its evals when the sweep's budget is used up.

    A context manager; while it is open, Inspect's calls are counted.

    Args:
        logs: The sweep's folder of logs.
        budget: What may be spent.
        prices: Model to its price, as far as it is known.
    """

    active: Spending | None = None

    def __init__(self, logs: str, budget: Budget, prices: Mapping[str, Price | None]) -> None:
        self.budget, self.prices = budget, prices
        self.name = f"{uuid4().hex}.json"
        self.files = _Files(logs, self.name)
        self.mine: dict[str, Spent] = {}
        self.others: dict[str, Spent] = {}
        self.running: set[str] = set()
        self.lock = threading.Lock()
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self._keep_up, daemon=True)

    def __enter__(self) -> Self:
        self._exchange()
        Spending.active = self
        self.thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        Spending.active = None
        self.ended.set()
        self.thread.join()
        self._write(closed=True)

    def over(self) -> str:
        """What of the budget is used up; empty where nothing is."""
        with self.lock:
            models = dict(self.others)
            for model, spent in self.mine.items():
                models[model] = models.get(model, Spent()).plus(*spent)
        return total(models, self.prices).over(self.budget)

    def add(self, model: str, calls: int = 0, read: int = 0, written: int = 0) -> None:
        """Counts; and where nothing is left, lets no further sample of any eval begin.

        Args:
            model: A model's name.
            calls: Attempts at a call.
            read: Tokens read.
            written: Tokens written.
        """
        with self.lock:
            self.mine[model] = self.mine.get(model, Spent()).plus(calls, read, written)
        self.stop_if_over()
        if not _is_remote(self.files.folder):
            self._write(closed=False)

    def stop_if_over(self) -> None:
        """Has the evals that are under way finish what they have begun, and nothing more."""
        if self.running and self.over():
            for task_id in list(self.running):
                drained = drain_task(task_id)
                if drained is not None and drained["ok"]:
                    self.running.discard(task_id)

    def _keep_up(self) -> None:
        while not self.ended.wait(SECONDS):
            try:
                self._exchange()
            except OSError:
                continue  # Shared storage that is away for a while: what is spent stays in memory.

    def _exchange(self) -> None:
        self._write(closed=False)
        others = self.files.added()
        with self.lock:
            self.others = others

    def _write(self, *, closed: bool) -> None:
        with self.lock:
            if not self.mine:
                return
            text = json.dumps({"closed": closed, "models": self.mine})
            if not _is_remote(self.files.folder):
                self.files.folder.mkdir(parents=True, exist_ok=True)
                half = self.files.folder / f"{self.name}.part"
                half.write_text(text, encoding="utf-8")
                half.replace(self.files.folder / self.name)
                return
        (self.files.folder / self.name).write_text(text, encoding="utf-8")


def forget_listings(folder: Path) -> None:
    """Looks at a URL anew, where the file system remembers what it saw, not what others wrote.

    Args:
        folder: A folder; one on this machine is left alone.
    """
    if _is_remote(folder):
        cast(Any, folder).fs.invalidate_cache()


def _is_remote(folder: Path) -> bool:
    """Whether it is at a URL, where a file is slow to write, and there whole or not at all."""
    return hasattr(folder, "fs")


@hooks(name="turncoat_sweep", description="Counts what a sweep spends.")
class SpendingHooks(Hooks):
    """Tells `Spending` of every attempt at a call and of every answer."""

    def enabled(self) -> bool:
        """Only in a sweep."""
        return Spending.active is not None

    async def on_task_start(self, data: TaskStart) -> None:
        """An eval is under way."""
        if Spending.active is not None:
            Spending.active.running.add(data.spec.task_id)

    async def on_task_end(self, data: TaskEnd) -> None:
        """An eval has ended."""
        if Spending.active is not None:
            Spending.active.running.discard(data.log.eval.task_id)

    async def on_before_model_generate(self, data: BeforeModelGenerate) -> None:
        """A call is tried, for the first time or again."""
        if Spending.active is not None:
            Spending.active.add(data.model_name, calls=1)

    async def on_model_usage(self, data: ModelUsageData) -> None:
        """A call was answered."""
        usage = data.usage
        cached = (usage.input_tokens_cache_read or 0) + (usage.input_tokens_cache_write or 0)
        if Spending.active is not None:
            Spending.active.add(
                data.model_name, read=usage.input_tokens + cached, written=usage.output_tokens
            )

    async def on_model_cache_usage(self, data: ModelCacheUsageData) -> None:
        """No call was made after all: the answer was in Inspect's cache."""
        if Spending.active is not None:
            Spending.active.add(data.model_name, calls=-1)
