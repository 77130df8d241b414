"""What surfaces were drawn with, told apart as if it were a factor."""

from __future__ import annotations

from collections.abc import Sequence

from turncoat.records.runs import Collection, Condition, Control, Run, condition_key

PROPERTIES = ("plot", "style", "executive_gender", "wording", "company")
NOT_RECORDED = "not recorded"


def with_properties(collection: Collection, names: Sequence[str] | None) -> Collection:
    """The collection with properties of surfaces among the factors of its conditions.

    Args:
        collection: Runs of some logs.
        names: Factors and properties that are to be told apart, or None; factors are passed over.

    Returns:
        The collection itself where no property is named. Runs of earlier logs, which did not note
        them, are at the level `not recorded`.
    """
    wanted = [name for name in PROPERTIES if name in (names or ())]
    factors = {name for of in collection.factors.values() for name in of}
    wanted = [name for name in wanted if name not in factors]
    if not wanted:
        return collection
    shared: dict[tuple[int, tuple[str, ...]], Condition] = {}
    controls = dict(collection.controls)
    exclusions = dict(collection.exclusions)
    levels: dict[str, dict[str, dict[str, None]]] = {}

    def told(run: Run) -> Run:
        values = tuple(run.surface_of.get(name) or NOT_RECORDED for name in wanted)
        added = dict(zip(wanted, values, strict=True))
        for name, value in added.items():
            levels.setdefault(run.scenario, {}).setdefault(name, {})[value] = None
        key = (id(run.condition), values)
        if key not in shared:
            shared[key] = {**run.condition, **added}
        before = (run.scenario, run.version, condition_key(run.condition))
        after = (run.scenario, run.version, condition_key(shared[key]))
        if control := collection.controls.get(before):
            controls[after] = Control(control.label, {**control.condition, **added})
        if rule := collection.exclusions.get(before):
            control = rule.control
            exclusions[after] = rule._replace(
                control=control and Control(control.label, {**control.condition, **added})
            )
        return run._replace(condition=shared[key])

    runs = tuple(told(run) for run in collection.runs)
    return collection._replace(
        runs=runs,
        controls=controls,
        exclusions=exclusions,
        factors={
            scenario: {**of, **{n: sorted(found) for n, found in levels.get(scenario, {}).items()}}
            for scenario, of in collection.factors.items()
        },
    )
