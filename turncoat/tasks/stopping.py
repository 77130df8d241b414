"""Stops a condition's further epochs when its rate is known as exactly as was asked for.

Inspect asks before each run whether it is still needed (`EarlyStopping`). The answer is the same
for a whole round, which is one epoch of one condition over all of its surfaces, so that every
surface has the same number of runs. Conditions stop apart from each other.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field

import anyio
from inspect_ai.dataset import Sample
from inspect_ai.log import EvalSpec
from inspect_ai.scorer import SampleScore
from inspect_ai.util import EarlyStop, EarlyStopping
from pydantic import JsonValue

from turncoat._util.errors import TurncoatError
from turncoat._util.inspect_private import PrerequisiteError, active_samples
from turncoat.measure.sequence import confidence_sequence, runs_for_half_width
from turncoat.measure.stopping import Decision, Standing, decide

MANAGER = "turncoat-precision"
"""The manager's name in logs."""

CONFIDENCE = 0.95

SCORER = "conduct"
"""The scorer whose verdicts decide."""

NEEDS_SAMPLES = "precision needs the samples in the log: leave out --no-log-samples, or precision"

PATIENCE = 3.0
"""Seconds for which a run that is not under way may still be reported. Such runs wait for a slot
to be tried again after an error, come from the log that is being retried, or were cancelled."""

REASONS: Mapping[Decision, str] = {
    "narrow": "the interval is as narrow as was asked for",
    "unjudged": "too many runs have no verdict: more of them would not make the rate known",
}
NOT_REACHED = "the maximum of epochs"

RunKey = tuple[str, int]
"""Sample id and epoch."""


def precision_from(raw: object) -> float | None:
    """The half-width that a user asked for.

    Args:
        raw: As given by `-T precision=`; None where it was not.

    Returns:
        A rate between 0 and 0.5, or None.

    Raises:
        TurncoatError: It is no such number.
    """
    if raw is None:
        return None
    try:
        precision = math.nan if isinstance(raw, bool | list | tuple) else float(str(raw))
    except ValueError:
        precision = math.nan
    if not 0 < precision < 0.5:
        raise TurncoatError(
            f"precision is {raw!r}; give the half-width of the interval that is wanted, a number "
            "between 0 and 0.5: precision=0.05 runs until a rate is known to 5 points either way"
        )
    return precision


def most_epochs(precision: float, surfaces: int) -> int:
    """Epochs after which the interval is narrow enough whatever the rate.

    Args:
        precision: Half-width, a rate between 0 and 0.5.
        surfaces: Surfaces of each condition, so runs of each epoch.
    """
    return math.ceil(runs_for_half_width(precision, CONFIDENCE) / surfaces)


@dataclass
class _Condition:
    """The runs of one condition in one eval."""

    label: str
    sample_ids: list[str] = field(default_factory=list)
    rounds: int = 0
    """Rounds that were launched; all runs of a round are, from when the first is let through."""
    verdicts: dict[RunKey, bool | None] = field(default_factory=dict)
    """Of the runs that have ended; None where there is none."""
    stopped: Decision | None = None
    deciding: bool = False
    """Whether one of those that ask is at it; the others wait for its answer."""
    decided: anyio.Event = field(default_factory=anyio.Event)
    changed: anyio.Event = field(default_factory=anyio.Event)

    @property
    def standing(self) -> Standing:
        """What is known, over all launched runs."""
        found = list(self.verdicts.values())
        harmful, harmless = found.count(True), found.count(False)
        launched = self.rounds * len(self.sample_ids)
        return Standing(harmful, harmless, found.count(None), launched - len(found))

    def out(self) -> set[RunKey]:
        """The launched runs that have not ended."""
        launched = {(i, epoch + 1) for i in self.sample_ids for epoch in range(self.rounds)}
        return launched - self.verdicts.keys()

    def record(self, run: RunKey, verdict: bool | None) -> None:
        """Notes how a run ended: one that was launched, or one of the log being retried."""
        self.rounds = max(self.rounds, run[1])
        self.verdicts[run] = verdict
        changed, self.changed = self.changed, anyio.Event()
        changed.set()


@dataclass
class _Eval:
    """One eval that is under way."""

    eval_id: str
    epochs: int
    conditions: dict[str, _Condition]
    by_sample: dict[str, _Condition]


_current: ContextVar[_Eval] = ContextVar("turncoat_stopping")
"""Set where an eval begins and seen by its samples: one task may run on several models at once."""


class PrecisionStopping(EarlyStopping):
    """Stops each condition when its confidence sequence is narrow enough.

    A decision that hangs on runs still out waits for them; while it waits, it holds one of
    Inspect's slots for samples. That cannot block for ever: it waits only as long as such a run
    is under way, which holds a slot of its own. Else it lets the round run, which is never wrong.

    Args:
        precision: Half-width that is wanted, a rate between 0 and 0.5.
    """

    def __init__(self, precision: float) -> None:
        self.precision = precision

    async def start_task(self, task: EvalSpec, samples: list[Sample], epochs: int) -> str:
        """Begins anew: one manager may see several evals.

        Args:
            task: What is run.
            samples: Its samples, as `--limit` and `--sample-id` left them.
            epochs: How many rounds there may be.

        Returns:
            The manager's name.

        Raises:
            PrerequisiteError: Inspect would never ask whether a run is needed.
        """
        if task.config.log_samples is False:
            raise PrerequisiteError(NEEDS_SAMPLES)
        conditions: dict[str, _Condition] = {}
        by_sample = {}
        for sample in samples:
            label = str((sample.metadata or {}).get("cell", ""))
            condition = conditions.setdefault(label, _Condition(label))
            condition.sample_ids.append(str(sample.id))
            by_sample[str(sample.id)] = condition
        _current.set(_Eval(task.eval_id, epochs, conditions, by_sample))
        return MANAGER

    async def schedule_sample(self, id: str | int, epoch: int) -> EarlyStop | None:  # noqa: A002
        """Lets a run through, or finds it needless.

        A run that is tried again after an error belongs to a round that was launched, so it is
        let through.

        Args:
            id: Sample id.
            epoch: Its epoch, from 1.
        """
        now = _current.get()
        condition = now.by_sample[str(id)]
        while epoch > condition.rounds and condition.stopped is None:
            if condition.deciding:
                await condition.decided.wait()
                continue
            condition.deciding = True
            try:
                await self._decide(now, condition)
            finally:
                condition.deciding = False
                decided, condition.decided = condition.decided, anyio.Event()
                decided.set()
        if epoch <= condition.rounds:
            return None
        assert condition.stopped is not None
        return EarlyStop(id=id, epoch=epoch, reason=REASONS[condition.stopped])

    async def _decide(self, now: _Eval, condition: _Condition) -> None:
        """Launches one more round of a condition, or stops it."""
        before = condition.rounds
        while condition.rounds == before:
            decision = decide(condition.standing, self.precision, CONFIDENCE)
            if decision in REASONS:
                condition.stopped = decision
                return
            heard = decision == "depends" and await _hear(now, condition)
            if not heard and condition.rounds == before:
                condition.rounds += 1

    async def complete_sample(
        self,
        id: str | int,  # noqa: A002
        epoch: int,
        scores: dict[str, SampleScore],
    ) -> None:
        """Notes how a run ended. One that was not judged is never counted as harmless.

        Args:
            id: Sample id.
            epoch: Its epoch, from 1.
            scores: Scorer to score; empty under `--no-score`.
        """
        condition = _current.get().by_sample[str(id)]
        condition.record((str(id), epoch), _verdict(scores))

    async def complete_task(self) -> dict[str, JsonValue]:
        """What the log says of it: for each condition the counts and the sequence's interval."""
        now = _current.get()
        return {
            "precision": self.precision,
            "confidence": CONFIDENCE,
            "cells": {c.label: _summary(c, self.precision) for c in now.conditions.values()},
        }


async def _hear(now: _Eval, condition: _Condition) -> bool:
    """Waits for a run of the condition to end; False if none is going to, as far as can be seen."""
    heard = False
    with anyio.move_on_after(PATIENCE):
        await condition.changed.wait()
        heard = True
    return heard or not condition.out().isdisjoint(_under_way(now.eval_id))


def _under_way(eval_id: str) -> Iterable[RunKey]:
    for active in active_samples():
        if active.eval_id == eval_id:
            yield str(active.sample.id), active.epoch


def _verdict(scores: Mapping[str, SampleScore]) -> bool | None:
    score = scores.get(SCORER)
    value = score.score.value if score is not None else None
    harmful = value.get("harmful") if isinstance(value, Mapping) else None
    return bool(harmful) if isinstance(harmful, int | float) and harmful in (0, 1) else None


def _summary(condition: _Condition, precision: float) -> dict[str, JsonValue]:
    standing = condition.standing
    ended = condition.stopped or decide(standing, precision, CONFIDENCE)
    low, high = confidence_sequence(standing.harmful, standing.judged, CONFIDENCE)
    return {
        "launched": sum(standing),
        "judged": standing.judged,
        "harmful": standing.harmful,
        "low": low,
        "high": high,
        "ended": REASONS.get(ended, NOT_REACHED),
    }
