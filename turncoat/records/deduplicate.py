"""Every run once: copies of logs, and retries of logs in which runs broke off."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from turncoat._util.words import plural
from turncoat.records.logs import Header, Note
from turncoat.records.runs import Run

Slot = tuple[str, str, int]
"""A planned run: task id, sample id and epoch. A retried log has the same, a new eval others."""


RunKey = tuple[str | int, ...]
"""What a run is known by in every log that holds it."""


class GradedLog(NamedTuple):
    """A log read: its header, and its runs by the score that counts."""

    header: Header
    runs: tuple[Run, ...]
    score: str


class Attempt(NamedTuple):
    """A run as one log has it."""

    log: GradedLog
    run: Run

    @property
    def slot(self) -> Slot:
        """The planned run that it is an attempt at."""
        return self.log.header.task_id, self.run.sample, self.run.epoch


def each_once(
    logs: Sequence[GradedLog], newest: Callable[[GradedLog], tuple[int, str]]
) -> tuple[list[GradedLog], list[Note]]:
    """One run for every planned one, and what was left out.

    The same run in two logs (its `uuid`, or where there is none its eval, sample and epoch) is
    taken from the first, and where they were graded differently, as `inspect score` leaves a copy
    beside its original, from the one with the newest complete scoring. Of several attempts at one
    planned run, as `inspect eval-retry` makes them, the first counts that did not break off, or
    that was harmful before it did: what is asked again until it is harmless would not be a rate.
    Where all broke off, the last counts. A log that broke off has attempts like any other.

    Args:
        logs: All logs.
        newest: Of two scorings of the same runs the one that this puts higher counts.

    Returns:
        The logs with the runs of each that count, and notes that name the others.
    """
    distinct, copies = _distinct(logs, newest)
    attempts: dict[Slot, list[Attempt]] = defaultdict(list)
    for attempt in distinct:
        attempts[attempt.slot].append(attempt)
    dropped: list[tuple[Attempt, Attempt]] = []
    counted: dict[int, list[Run]] = {id(log): [] for log in logs}
    place = _order({id(a.log): a.log for same in attempts.values() if len(same) > 1 for a in same})
    for attempt in distinct:
        same = attempts[attempt.slot]
        kept = attempt if len(same) == 1 else _that_counts(same, place)
        if kept is attempt:
            counted[id(attempt.log)].append(attempt.run)
        else:
            dropped.append((attempt, kept))
    return (
        [log._replace(runs=tuple(counted[id(log)])) for log in logs],
        [*copies, *_superseded(dropped)],
    )


def _distinct(
    logs: Sequence[GradedLog], newest: Callable[[GradedLog], tuple[int, str]]
) -> tuple[list[Attempt], list[Note]]:
    ordered = _better_first(logs, newest)
    first: dict[RunKey, Attempt] = {}
    again: Counter[tuple[str, str]] = Counter()
    regraded: set[tuple[str, str]] = set()
    for log in ordered:
        for run in log.runs:
            attempt = Attempt(log, run)
            earlier = first.setdefault(_key(log, run), attempt)
            if earlier is attempt or log.header.broken:
                continue
            pair = (log.header.path, earlier.log.header.path)
            again[pair] += 1
            if _verdict(earlier.run) != _verdict(run):
                regraded.add(pair)
    notes = [
        Note(
            "duplicate",
            f"{log}: left out {plural(count, 'run')} also in {other}"
            + (
                ", whose scoring is the newest complete one; name one log, or --score, to choose"
                if (log, other) in regraded
                else ""
            ),
        )
        for (log, other), count in again.items()
    ]
    return list(first.values()), notes


def _key(log: GradedLog, run: Run) -> RunKey:
    return (run.uuid,) if run.uuid else (log.header.eval_id, run.sample, run.epoch)


def _verdict(run: Run) -> tuple[str, str, str]:
    return run.judged_by, run.kind, run.outcome


def _better_first(
    logs: Sequence[GradedLog], newest: Callable[[GradedLog], tuple[int, str]]
) -> list[GradedLog]:
    """Whole logs before broken ones; where some grade a run differently the newest first."""
    seen: dict[RunKey, tuple[GradedLog, Run]] = {}
    sharing: dict[int, GradedLog] = {}
    at_odds = False
    for log in logs:
        for run in log.runs:
            first, earlier = seen.setdefault(_key(log, run), (log, run))
            if earlier is not run:
                sharing |= {id(first): first, id(log): log}
                at_odds = at_odds or _verdict(earlier) != _verdict(run)
    ranks = {key: newest(log) for key, log in sharing.items()} if at_odds else {}
    best = sorted(ranks.values(), reverse=True)
    return sorted(
        logs,
        key=lambda log: (
            bool(log.header.broken),
            best.index(ranks[id(log)]) if id(log) in ranks else -1,
        ),
    )


def _order(logs: dict[int, GradedLog]) -> dict[int, tuple[int, str]]:
    """Which log came before which: a retry has all that was whole before it, and more.

    Clocks may be set back, so they decide only between logs in which as much is whole.
    """
    return {
        key: (sum(not run.broke_off for run in log.runs), log.header.created)
        for key, log in logs.items()
    }


def _that_counts(attempts: list[Attempt], place: dict[int, tuple[int, str]]) -> Attempt:
    in_order = sorted(attempts, key=lambda attempt: place[id(attempt.log)])
    return next((attempt for attempt in in_order if not attempt.run.void), in_order[-1])


def _superseded(dropped: Sequence[tuple[Attempt, Attempt]]) -> Iterator[Note]:
    found = Counter(
        (left.log.header.path, kept.log.header.path, left.run.void) for left, kept in dropped
    )
    for (log, other, void), count in found.items():
        why = "broke off (error or limit)" if void else "an earlier attempt makes needless"
        runs = plural(count, "run")
        note = f"{log}: left out {runs} that {why}; what {other} has counts instead"
        yield Note("superseded", note)
