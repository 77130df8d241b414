"""Every run once: copies of logs, and retries of logs in which runs broke off."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from turncoat._util.errors import TurncoatError
from turncoat._util.words import plural
from turncoat.records.logs import Note
from turncoat.records.runs import Run

Slot = tuple[str, str, int]
"""A planned run: task id, sample id and epoch. A retried log has the same, a new eval others."""


class Attempt(NamedTuple):
    """A run as one log has it."""

    run: Run
    slot: Slot
    eval_id: str
    began: str
    """When its eval began."""
    broke_off: bool
    """Whether it ended in an error or at a limit."""
    judge: str
    """Who graded this very run."""

    @property
    def void(self) -> bool:
        """Whether it came to nothing, so that another attempt may stand for it."""
        return self.broke_off and self.run.kind != "harmful"


def each_once(attempts: Iterable[Attempt]) -> tuple[list[Run], list[Note]]:
    """One run for every planned one, and what was left out.

    The same run in two logs (its `uuid`, or where there is none its eval, sample and epoch) is
    taken from the first. Of several attempts at one planned run, as `inspect eval-retry` makes
    them, the first counts that did not break off, or that was harmful before it did: what is
    asked again until it is harmless would not be a rate. Where all broke off, the last counts.

    Args:
        attempts: The runs of all logs.

    Returns:
        The runs that count, in the order in which they came, and notes that name the others.

    Raises:
        TurncoatError: Two logs hold the same run with different verdicts.
    """
    distinct, copies = _distinct(attempts)
    counted: dict[Slot, Attempt] = {}
    repeated: dict[Slot, list[Attempt]] = {}
    for attempt in distinct:
        first = counted.setdefault(attempt.slot, attempt)
        if first is not attempt:
            repeated.setdefault(attempt.slot, [first]).append(attempt)
    counted |= {slot: _that_counts(same) for slot, same in repeated.items()}
    runs = [attempt.run for attempt in distinct if counted[attempt.slot] is attempt]
    dropped = [
        (attempt, counted[attempt.slot])
        for attempt in distinct
        if counted[attempt.slot] is not attempt
    ]
    return runs, [*copies, *_superseded(dropped)]


def _distinct(attempts: Iterable[Attempt]) -> tuple[list[Attempt], list[Note]]:
    first: dict[tuple[str | int, ...], Attempt] = {}
    again: Counter[tuple[str, str]] = Counter()
    for attempt in attempts:
        _, sample, epoch = attempt.slot
        uuid = attempt.run.uuid
        key = (uuid,) if uuid else (attempt.eval_id, sample, epoch)
        earlier = first.setdefault(key, attempt)
        if earlier is not attempt:
            _require_same(earlier, attempt)
            again[attempt.run.log, earlier.run.log] += 1
    notes = [
        Note("duplicate", f"{log}: left out {plural(count, 'run')} also in {other}")
        for (log, other), count in again.items()
    ]
    return list(first.values()), notes


def _require_same(earlier: Attempt, later: Attempt) -> None:
    first, second = earlier.run, later.run
    if (earlier.judge, first.kind, first.outcome) != (later.judge, second.kind, second.outcome):
        raise TurncoatError(
            f"the same runs were graded twice, as {first.outcome} by {earlier.judge or 'nobody'} "
            f"in {first.log} and as {second.outcome} by {later.judge or 'nobody'} in "
            f"{second.log}: name the log whose grading should count"
        )


def _that_counts(attempts: list[Attempt]) -> Attempt:
    in_time = sorted(attempts, key=lambda attempt: attempt.began)
    return next((attempt for attempt in in_time if not attempt.void), in_time[-1])


def _superseded(dropped: Iterable[tuple[Attempt, Attempt]]) -> Iterator[Note]:
    found = Counter((left.run.log, kept.run.log, left.void) for left, kept in dropped)
    for (log, other, void), count in found.items():
        why = "broke off (error or limit)" if void else "an earlier attempt makes needless"
        runs = plural(count, "run")
        note = f"{log}: left out {runs} that {why}; what {other} has counts instead"
        yield Note("superseded", note)
