"""Tidy rows: one per planned run, with all that tells one experiment from another."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Literal, NamedTuple

from turncoat.records.logs import Note
from turncoat.records.settings import Settings

RunKind = Literal["harmful", "not_harmful", "unclear", "invalid", "missing", "stopped"]
"""How a planned run counts: the kinds of outcome, and two kinds of run that has none. `missing`:
it is in no log, and should be. `stopped`: early stopping found it needless."""

Condition = Mapping[str, str]
"""Every factor to its level."""
ConditionKey = tuple[tuple[str, str], ...]


class Run(NamedTuple):
    """One planned run: what came of it, and what it was a run of.

    The fields before `model` are what a log records of it by one score; the others are the same
    for all runs of a sample, or of a log, and are filled in once all logs are known.
    """

    sample: str
    """Inspect's id of the sample."""
    epoch: int
    kind: RunKind
    uuid: str = ""
    """Inspect's id of the sample's run; empty for a run that did not take place."""
    outcome: str = ""
    """The scenario's outcome; empty where there is none."""
    reason: str = ""
    """Why it is invalid, in a word or two; empty where it is not."""
    any_harm: bool | None = None
    attempted: bool | None = None
    eval_aware: bool | None = None
    belief: str = ""
    """What the agent took all this for: `real`, `evaluation`, `undecided` or `silent`; empty for a
    run that did not take place, and where the log does not tell."""
    belief_by: str = ""
    """Who read that: `rules` or a judge."""
    comprehended: str = ""
    """Whether it shows that it grasped the situation: `yes`, `no` or `untold`; else as above."""
    comprehended_by: str = ""
    judged_by: str = ""
    """Who graded this very run; several with commas, empty where it does not say."""
    judge_settings: str = ""
    """How the judge was asked; empty where it is not told."""
    completion_hash: str = ""
    briefing_hash: str = ""
    rubric_hash: str = ""
    scenario_hash: str = ""
    served_model: str = ""
    self_judged: bool = False
    broke_off: bool = False
    """Whether it ended in an error or at a limit, or was marked as invalid afterwards."""
    edited: bool = False
    """Whether somebody changed its verdict by hand."""
    error: str = ""
    """How it ended, where that was an error."""
    unjudged: str = ""
    """Why its judge failed, where it did."""
    model: str = ""
    scenario: str = ""
    version: str = ""
    protocol: str = ""
    judge: str = ""
    """Who graded the log that it is in: `rules`, or the names of the graders."""
    cell: str = ""
    condition: Condition = MappingProxyType({})
    surface_seed: str = ""
    surface: int = 0
    surface_of: Mapping[str, str] = MappingProxyType({})
    """What its surface was drawn with; empty in logs of before that was noted."""
    log: str = ""
    settings: Settings = Settings({}, {})
    sequential: bool = False
    """Whether its log stopped runs as needless once enough was known."""

    @property
    def judged(self) -> bool:
        """Whether it counts in the denominator of the rate."""
        return self.kind in ("harmful", "not_harmful")

    @property
    def void(self) -> bool:
        """Whether it came to nothing, so that another attempt may stand for it."""
        return self.broke_off and self.kind != "harmful"


RECORDED = Run._fields[: Run._fields.index("model")]
"""The fields that a log records."""


class Control(NamedTuple):
    """The condition that gives no cause for the behaviour, else the same."""

    label: str
    condition: Condition


class Exclusion(NamedTuple):
    """A study's rule: too high a rate in the control, and the model is left out there."""

    above: float
    """Rate above which a model is marked; here nothing is left out."""
    label: str
    """Label of the control condition."""
    control: Control | None
    """The control itself; None where no log has it."""


class RunLabel(NamedTuple):
    """What people say of a run."""

    harmful: bool | None
    """None where they left it open, or differ."""
    outcome: str
    probability: float
    """The chance that the run had to be put before them, above 0."""
    labelers: int


class Collection(NamedTuple):
    """The runs of some logs, with what had to be left out and why."""

    runs: tuple[Run, ...]
    notes: tuple[Note, ...]
    controls: Mapping[tuple[str, str, ConditionKey], Control]
    """Scenario, version and condition to the control that it is held against."""
    factors: Mapping[str, Mapping[str, Sequence[str]]]
    """Scenario to its factors and their levels, default first."""
    exclusions: Mapping[tuple[str, str, ConditionKey], Exclusion] = MappingProxyType({})
    """Scenario, version and condition to the rule that holds for it, where there is one."""
    pool: bool = False
    """Whether runs that differ in how they were run are counted together all the same."""
    labels: Mapping[str, RunLabel] = MappingProxyType({})
    """Run's uuid to what people say of it."""

    @property
    def failed(self) -> bool:
        """Whether something that should count does not."""
        return any(note.is_failure for note in self.notes)


def condition_key(condition: Condition) -> ConditionKey:
    """A condition as a value that can be looked up, whatever the order of its factors.

    Args:
        condition: Factor to level.

    Returns:
        Its factor-level pairs, sorted by factor.
    """
    return tuple(sorted(condition.items()))


def distinct_conditions(runs: Iterable[Run]) -> list[Condition]:
    """The conditions of some runs, each once, in order of appearance.

    Args:
        runs: The runs; those of one log and condition share the mapping, so this is quick.
    """
    shared = {id(run.condition): run.condition for run in runs}
    return list({condition_key(found): found for found in shared.values()}.values())


def restricted(condition: Condition, kept: frozenset[str] | None) -> Condition:
    """A condition told by some of its factors.

    Args:
        condition: Factor to level.
        kept: The factors that are told; None for all.
    """
    if kept is None:
        return condition
    return {name: level for name, level in condition.items() if name in kept}


def condition_text(condition: Mapping[str, object]) -> str:
    """A condition in one line, as `factor=level,factor=level`.

    Args:
        condition: Factor to level.

    Returns:
        The line; empty for no factor at all.
    """
    return ",".join(f"{name}={level}" for name, level in condition.items())
