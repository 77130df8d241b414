"""Which condition each is held against, by what the logs say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from turncoat.contract import CellSpec, Experiment
from turncoat.records.runs import ConditionKey, Control, Exclusion, condition_key

ControlKey = tuple[str, str, ConditionKey]
"""Scenario, version and condition."""


def controls_of(experiments: Sequence[Experiment]) -> dict[ControlKey, Control]:
    """The control of each condition that has one.

    Args:
        experiments: What the logs say. A control is looked for in all of them where need be:
            headline and control may have been run apart.
    """
    found: dict[ControlKey, Control] = {}
    for experiment, key, label, cell in _cells(experiments):
        name = experiment.controls.get(label) or ""
        control = _cell(experiment, name, experiments)
        if control is not None and control.condition != cell.condition:
            found[key] = Control(name, control.condition)
    return found


def exclusions_of(experiments: Sequence[Experiment]) -> dict[ControlKey, Exclusion]:
    """The exclusion rule that holds for each condition, where its scenario declares one.

    Args:
        experiments: What the logs say; the control is looked for as for `controls_of`.
    """
    found: dict[ControlKey, Exclusion] = {}
    for experiment, key, label, _ in _cells(experiments):
        rule = experiment.exclusion
        if rule is None or label not in rule.controls:
            continue
        name = rule.controls[label]
        cell = _cell(experiment, name, experiments)
        control = Control(name, cell.condition) if cell is not None else None
        found[key] = Exclusion(rule.above, name, control)
    return found


def _cells(
    experiments: Sequence[Experiment],
) -> Iterator[tuple[Experiment, ControlKey, str, CellSpec]]:
    for experiment in experiments:
        for label, cell in experiment.cells.items():
            key = (experiment.scenario, experiment.version, condition_key(cell.condition))
            yield experiment, key, label, cell


def _cell(experiment: Experiment, label: str, others: Sequence[Experiment]) -> CellSpec | None:
    """The cell of that label in an experiment, else in another of its scenario and version."""
    kin: Mapping[str, CellSpec] = {
        name: cell
        for other in others
        if (other.scenario, other.version) == (experiment.scenario, experiment.version)
        for name, cell in other.cells.items()
    }
    return experiment.cells.get(label) or kin.get(label)
