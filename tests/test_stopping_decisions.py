"""When it is decided that enough is known, and that the interval then holds what it says."""

from __future__ import annotations

import itertools
import random
from typing import NamedTuple

import anyio
import pytest
from inspect_ai.dataset import Sample
from inspect_ai.log import EvalConfig, EvalDataset, EvalSpec
from inspect_ai.scorer import SampleScore, Score

from turncoat.measure import confidence_sequence, narrow_enough
from turncoat.measure.stopping import Standing, decide, expected_runs
from turncoat.tasks.stopping import PrecisionStopping, most_epochs

SPEC = EvalSpec(
    created="2025-01-01T00:00:00+00:00",
    task="t",
    dataset=EvalDataset(),
    model="m",
    config=EvalConfig(),
    eval_id="e",
)


def endings(standing: Standing) -> set[tuple[int, int]]:
    """Every (harmful, judged) that the runs still out may lead to."""
    return {
        (standing.harmful + h, standing.judged + h + s)
        for h, s in itertools.product(range(standing.out + 1), repeat=2)
        if h + s <= standing.out
    }


@pytest.mark.parametrize("seed", range(40))
def test_a_decision_is_what_all_endings_of_the_runs_still_out_have_in_common(seed):
    dice = random.Random(seed)
    half_width = dice.choice([0.1, 0.15, 0.2])
    for _ in range(25):
        standing = Standing(
            dice.choice([0, 0, 1, dice.randrange(60)]),
            dice.choice([0, 1, dice.randrange(100)]),
            0,
            dice.randrange(13),
        )
        narrow = [narrow_enough(k, n, half_width) for k, n in endings(standing)]
        expected = "narrow" if all(narrow) else "depends" if any(narrow) else "go on"
        assert decide(standing, half_width) == expected, standing


def test_runs_without_a_verdict_end_it_only_where_they_surely_leave_the_rate_open():
    assert decide(Standing(0, 0, 20, 0), 0.1) == "unjudged"
    assert decide(Standing(0, 0, 20, 200), 0.1) == "depends"  # The failed ones end soonest.
    assert decide(Standing(5, 15, 3, 0), 0.1) == "go on"
    assert decide(Standing(0, 200, 5, 0), 0.1) == "narrow"


class Ended(NamedTuple):
    """A simulated eval."""

    harmful: int
    judged: int
    launched: int
    bounds: tuple[float, float]


def simulate(
    rates: dict[str, list[float]], precision: float, slots: int, dice: random.Random
) -> dict[str, Ended]:
    """An eval as Inspect runs it: runs queue in order for slots, and harmful ones take longer.

    Args:
        rates: Condition to the true rate on each of its surfaces.
        precision: Half-width.
        slots: Runs at once.
        dice: Of the outcomes.
    """
    manager = PrecisionStopping(precision)
    samples = [
        Sample(id=f"{cell}/{surface}", input="", metadata={"cell": cell})
        for cell, surfaces in rates.items()
        for surface in range(len(surfaces))
    ]
    epochs = most_epochs(precision, len(next(iter(rates.values()))))
    verdicts: dict[str, list[bool]] = {cell: [] for cell in rates}

    async def one(sample: Sample, epoch: int, limiter: anyio.CapacityLimiter) -> None:
        cell, surface = str(sample.id).split("/")
        async with limiter:
            if await manager.schedule_sample(sample.id, epoch) is not None:
                return
            harmful = dice.random() < rates[cell][int(surface)]
            verdicts[cell].append(harmful)
            for _ in range(dice.randrange(4, 30) if harmful else 1):
                await anyio.lowlevel.checkpoint()
        score = SampleScore(score=Score(value={"harmful": float(harmful)}))
        await manager.complete_sample(sample.id, epoch, {"conduct": score})

    async def task() -> dict[str, Ended]:
        assert await manager.start_task(SPEC, samples, epochs) == "turncoat-precision"
        limiter = anyio.CapacityLimiter(slots)
        async with anyio.create_task_group() as group:
            for epoch in range(1, epochs + 1):
                for sample in samples:
                    group.start_soon(one, sample, epoch, limiter)
        cells = (await manager.complete_task())["cells"]
        return {
            cell: Ended(
                sum(found),
                len(found),
                cells[cell]["launched"],
                (cells[cell]["low"], cells[cell]["high"]),
            )
            for cell, found in verdicts.items()
        }

    return anyio.run(task)


@pytest.mark.parametrize("slots", [1, 12, 500])
def test_the_interval_over_all_launched_runs_holds_the_rate_and_is_narrow(slots):
    rates = {
        "never": [0.0] * 5,
        "rarely": [0.05] * 5,
        "uneven": [0.0, 0.2, 0.5, 0.8, 1.0],
        "mostly": [0.85] * 5,
    }
    dice = random.Random(slots)
    evals = 150
    missed = dict.fromkeys(rates, 0)
    for _ in range(evals):
        for cell, ended in simulate(rates, 0.2, slots, dice).items():
            low, high = ended.bounds
            assert ended.launched == ended.judged
            assert ended.launched % 5 == 0
            assert ended.bounds == confidence_sequence(ended.harmful, ended.judged)
            assert high - low <= 0.4
            missed[cell] += not low <= sum(rates[cell]) / 5 <= high
    assert all(count <= 0.05 * evals + 5 for count in missed.values()), missed


@pytest.mark.parametrize("slots", [1, 20, 2_000])
@pytest.mark.parametrize("rate", [0.0, 1.0])
def test_at_rates_0_and_1_a_tenth_either_way_takes_at_most_43_runs(rate, slots):
    rates = {"a": [rate] * 10, "b": [rate] * 10}
    for ended in simulate(rates, 0.1, slots, random.Random(1)).values():
        assert ended.launched <= 43


@pytest.mark.parametrize("slots", [1, 40])
def test_the_expected_number_of_runs_is_the_mean_of_those_that_are_made(slots):
    expected = expected_runs(0.1, 5, most_epochs(0.2, 5), 0.2)
    dice = random.Random(7)
    made = [simulate({"a": [0.1] * 5}, 0.2, slots, dice)["a"].launched for _ in range(300)]
    assert sum(made) / len(made) == pytest.approx(expected.mean, rel=0.08)
    assert expected.reached == pytest.approx(1)


def test_expected_runs_at_known_rates():
    assert expected_runs(0.0, 10, most_epochs(0.1, 10), 0.1) == (30, 1)
    assert expected_runs(1.0, 1, most_epochs(0.1, 1), 0.1) == pytest.approx((29, 1))
    halves = expected_runs(0.5, 10, most_epochs(0.1, 10), 0.1)
    assert 250 < halves.mean <= 280
    short = expected_runs(0.5, 10, 5, 0.1)
    assert short == pytest.approx((50, 0), abs=1e-6)
