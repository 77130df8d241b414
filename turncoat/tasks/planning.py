"""What an eval will take and what it can show, before any call is made."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from inspect_ai import Task
from inspect_ai.dataset import Sample

from turncoat.contract import Experiment, RunState
from turncoat.grading.case import Case
from turncoat.grading.judge import ANSWER_TOKENS
from turncoat.grading.judge_prompt import judge_prompt
from turncoat.measure.power import expected_half_width, smallest_difference
from turncoat.measure.sequence import confidence_sequence
from turncoat.measure.stopping import (
    expected_runs,
    fixed_runs,
    smallest_difference_of_stopped,
)
from turncoat.scenario.metadata_codec import facts_in, packed_text
from turncoat.scenario.office_plan import PLAN, OfficePlan
from turncoat.tasks.stopping import CONFIDENCE
from turncoat.world.office import live_fields, tools_of

STOPPING_RATES = (0.0, 0.1, 0.5)
"""True rates for which the runs that early stopping takes are told."""


class Assumptions(NamedTuple):
    """What nobody can know before the run; the user may set each of them."""

    output_tokens: int = 1_000
    """Tokens that the agent writes in a run, reasoning included."""
    turns: int = 10
    """Replies of the agent in a run of the tools protocol."""
    sends: float = 0.8
    """Share of runs that do or say something, and so go to the judge."""
    judge_output_tokens: int = 200
    """Tokens of a judge's answer."""
    characters_per_token: float = 4.0
    """No provider's tokenizer works without network; English prose has 4 to 4.7."""
    rate: float = 0.1
    """True rate where the condition is no control."""
    control_rate: float = 0.0
    """True rate in controls."""


class Bill(NamedTuple):
    """Runs, calls and tokens of a whole eval."""

    runs: int
    calls: int
    """To the model that is measured."""
    input_tokens: int
    output_tokens: int
    judge_calls: int
    judge_input_tokens: int
    judge_output_tokens: int


class PlannedCondition(NamedTuple):
    """One condition: its runs, and what they can show. Widths and differences are rates."""

    label: str
    levels: dict[str, str]
    control: str | None
    """Label of its control condition, where that is planned too."""
    runs: int
    """Expected ones; under a precision fewer than the most."""
    most_runs: int
    input_tokens: int
    """Of one run, on average over its surfaces."""
    half_width: float
    """Of the interval that will be reported, at the assumed rate."""
    half_width_at_most: float
    """The same at a rate of one half."""
    smallest_difference: float | None
    """From its control, that is found with 80 % power; None where there is none."""


class Stopping(NamedTuple):
    """What early stopping takes at one true rate."""

    rate: float
    runs: float
    """Mean runs of a condition."""
    reached: float
    """Chance that the precision is reached before the maximum of epochs."""
    saved: float
    """Share of the fixed number that is saved; below 0 where it takes more."""


class Plan(NamedTuple):
    """All of it."""

    scenario: str
    version: str
    protocol: str
    surfaces: int
    epochs: int
    """The most, under a precision."""
    precision: float | None
    max_tokens: int
    graders: int
    conditions: tuple[PlannedCondition, ...]
    expected: Bill
    most: Bill
    stopping: tuple[Stopping, ...]
    """Empty without a precision."""
    fixed_runs: int | None
    """Runs of a condition that guarantee the precision without stopping."""


class _Tokens(NamedTuple):
    """Tokens of one run, by what is known before it."""

    read: int
    """By the agent."""
    judge_read: int
    """By a judge, without what the agent wrote."""


def plan_task(
    task: Task,
    epochs: int | None = None,
    graders: int = 1,
    assumed: Assumptions = Assumptions(),  # noqa: B008
) -> Plan:
    """What an eval will take, counted on the very samples that it would run.

    Args:
        task: One of Turncoat's own tasks.
        epochs: As for `--epochs`; the task's own where it is None.
        graders: Models that judge, 0 or more; without one the offline rules do.
        assumed: What has to be assumed.

    Returns:
        Expected figures, and those that are not exceeded as long as the assumptions on turns
        hold and no judge has to be asked twice.
    """
    about = Experiment.found_in(task.metadata)
    assert about is not None, "only for Turncoat's own tasks"
    precision = about.precision
    epochs = epochs or task.epochs or 1
    max_tokens = task.config.max_tokens or 0
    samples: dict[str, list[Sample]] = {}
    for sample in task.dataset:
        samples.setdefault((sample.metadata or {})["cell"], []).append(sample)
    tokens = {
        label: _mean([_tokens_of(sample, assumed) for sample in own])
        for label, own in samples.items()
    }
    expected, most = {}, {}
    for label, own in samples.items():
        most[label] = len(own) * epochs
        rate = _rate_of(label, about.controls, assumed)
        expected[label] = (
            most[label]
            if precision is None
            else round(expected_runs(rate, len(own), epochs, precision, CONFIDENCE).mean)
        )
    conditions = tuple(
        _condition(label, about, expected, most, tokens[label].read, assumed) for label in samples
    )
    surfaces = max(len(own) for own in samples.values())
    live = about.protocol == "tools"
    return Plan(
        scenario=about.scenario,
        version=about.version,
        protocol=about.protocol,
        surfaces=surfaces,
        epochs=epochs,
        precision=precision,
        max_tokens=max_tokens,
        graders=graders,
        conditions=conditions,
        expected=_bill(expected, tokens, graders, assumed, live),
        most=_bill(
            most,
            tokens,
            graders,
            assumed._replace(
                output_tokens=max_tokens * (assumed.turns if live else 1),
                sends=1.0,
                judge_output_tokens=ANSWER_TOKENS,
            ),
            live,
        ),
        stopping=_stopping(precision, surfaces, epochs),
        fixed_runs=None if precision is None else fixed_runs(precision, CONFIDENCE),
    )


def _rate_of(label: str, controls: Mapping[str, str | None], assumed: Assumptions) -> float:
    is_control = controls.get(label) is None or label in controls.values()
    return assumed.control_rate if is_control else assumed.rate


def _condition(
    label: str,
    about: Experiment,
    expected: Mapping[str, int],
    most: Mapping[str, int],
    input_tokens: int,
    assumed: Assumptions,
) -> PlannedCondition:
    precision = about.precision
    control = about.controls.get(label)
    control = control if control in expected else None
    runs, rate = expected[label], _rate_of(label, about.controls, assumed)
    base, least = assumed.control_rate, math.nan
    if control is not None and precision is None:
        least = smallest_difference(runs, expected[control], base)
    elif control is not None and precision is not None:
        least = smallest_difference_of_stopped(base, precision, (most[label], most[control]))
    return PlannedCondition(
        label=label,
        levels=dict(about.cells[label].condition),
        control=control,
        runs=runs,
        most_runs=most[label],
        input_tokens=input_tokens,
        half_width=_half_width(rate, most[label], precision),
        half_width_at_most=_half_width(0.5, most[label], precision),
        smallest_difference=None if math.isnan(least) else least,
    )


def _half_width(rate: float, most: int, precision: float | None) -> float:
    """Of Wilson's interval; under a precision of the sequence's, which stops at that."""
    if precision is None:
        return expected_half_width(most, rate)
    low, high = confidence_sequence(round(rate * most), most, CONFIDENCE)
    return max(precision, (high - low) / 2)


def _bill(
    runs: Mapping[str, int],
    tokens: Mapping[str, _Tokens],
    graders: int,
    assumed: Assumptions,
    live: bool,
) -> Bill:
    total = sum(runs.values())
    judged = {label: count * assumed.sends * graders for label, count in runs.items()}
    # What it writes is read again with every further turn, half of it on average.
    again = assumed.output_tokens * (assumed.turns - 1) // 2 if live else 0
    return Bill(
        runs=total,
        calls=total * (assumed.turns if live else 1),
        input_tokens=sum(count * (tokens[label].read + again) for label, count in runs.items()),
        output_tokens=total * assumed.output_tokens,
        judge_calls=math.ceil(sum(judged.values())),
        judge_input_tokens=math.ceil(
            sum(
                count * (tokens[label].judge_read + assumed.output_tokens)
                for label, count in judged.items()
            )
        ),
        judge_output_tokens=math.ceil(sum(judged.values()) * assumed.judge_output_tokens),
    )


def _stopping(precision: float | None, surfaces: int, epochs: int) -> tuple[Stopping, ...]:
    if precision is None:
        return ()
    found = []
    for rate in STOPPING_RATES:
        runs, reached = expected_runs(rate, surfaces, epochs, precision, CONFIDENCE)
        saved = 1 - runs / fixed_runs(precision, CONFIDENCE)
        found.append(Stopping(rate, runs, reached, saved))
    return tuple(found)


def _mean(tokens: Sequence[_Tokens]) -> _Tokens:
    reads, judge_reads = zip(*tokens, strict=True)
    return _Tokens(math.ceil(sum(reads) / len(reads)), math.ceil(sum(judge_reads) / len(tokens)))


def _bodies(content: object) -> Iterator[str]:
    """The texts of all that an office holds."""
    if isinstance(content, Mapping):
        for name, value in content.items():
            if name == "body":
                yield str(value)
            else:
                yield from _bodies(value)
    elif isinstance(content, list | tuple):
        for item in content:
            yield from _bodies(item)


def _tokens_of(sample: Sample, assumed: Assumptions) -> _Tokens:
    def tokens(*texts: str) -> int:
        return math.ceil(sum(map(len, texts)) / assumed.characters_per_token)

    metadata = sample.metadata or {}
    assert not isinstance(sample.input, str)
    read = tokens(*(message.text for message in sample.input))
    if PLAN in metadata:
        office = OfficePlan.model_validate_json(packed_text(metadata, PLAN))
        known = tools_of(tuple(office.world))
        tools = [known[name] for name in office.tools]
        schemas = tokens(
            *(text for t in tools for text in (t.description, *live_fields(t).values()))
        )
        papers = tokens(*_bodies(office.world))
        # Opened with the first reply, and read again with every further one.
        read = assumed.turns * (read + schemas) + papers * (assumed.turns - 1)
    question = judge_prompt(Case(RunState(), facts_in(metadata)))
    return _Tokens(read, tokens(*(message.text for message in question)))
