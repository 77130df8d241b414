"""Which runs are counted together: those of one experiment under one condition, and no others."""

from __future__ import annotations

import difflib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256

from turncoat._util.errors import TurncoatError
from turncoat.records.rows import Apart, Group, RateCell
from turncoat.records.runs import (
    Collection,
    Condition,
    ConditionKey,
    Run,
    condition_key,
    distinct_conditions,
    restricted,
)
from turncoat.records.settings import Settings, plural_of

NEVER_POOLED = ("channel",)
"""A briefing with an honest way out and one without are two questions."""

HASHES = {
    "rubric_hash": "rubrics",
    "scenario_hash": "states of the scenario folder",
    "judge_settings": "settings of the judge",
}
"""What a run has itself that may set it apart, and what many of it are called."""
BRIEFINGS = "briefings"
UNSET = {"unset"}


def cells_of(collection: Collection, by: Sequence[str] | None = None) -> list[RateCell]:
    """The runs, one cell per experiment and condition, in the order in which they were found.

    Runs of a condition that differ in a setting, a rubric, the scenario's folder or the briefing of
    one surface are cells of their own, unless the collection is to be pooled.

    Args:
        collection: Runs of some logs.
        by: Factors to tell apart; runs that differ only in others are pooled. None tells all
            apart. Factors of `NEVER_POOLED` stay apart in any case where their levels differ.

    Raises:
        TurncoatError: `by` names no factor of these runs.
    """
    cells = [cell._replace(apart=tuple(_apart(cell.runs))) for cell in _whole_cells(collection, by)]
    return cells if collection.pool else [part for cell in cells for part in _parts(cell)]


def what_differs(name: str) -> str:
    """What many of something are called in which runs of one condition may differ.

    Args:
        name: The `name` of an `Apart`.
    """
    return HASHES.get(name) or (
        "briefings of one surface" if name == BRIEFINGS else plural_of(name)
    )


def settings_apart(first: Iterable[Run], second: Iterable[Run]) -> list[Apart]:
    """The settings in which two sets of runs differ that are held against each other.

    Args:
        first: Runs, of one model and condition for example.
        second: Those that they are compared with.
    """
    one, other = settings_values(first), settings_values(second)
    return [
        Apart(name, frozenset(one.get(name, UNSET) | other.get(name, UNSET)))
        for name in {**one, **other}
        if one.get(name, UNSET) != other.get(name, UNSET)
    ]


def settings_values(runs: Iterable[Run]) -> dict[str, set[str]]:
    """Each setting that tells runs apart to the values that it has in some runs.

    Args:
        runs: The runs.
    """
    distinct = list({id(run.settings): run.settings for run in runs}.values())
    names = dict.fromkeys(name for settings in distinct for name in settings.apart)
    found = {name: {_value(settings, name) for settings in distinct} for name in names}
    if "package_version" in found:
        found["package_version"] -= UNSET
    return found


def group_of(run: Run) -> Group:
    """The group that a run belongs to.

    Args:
        run: A run.

    Returns:
        What must be alike before runs are counted together: model, scenario and its version,
        protocol, judge.
    """
    return Group(run.model, run.scenario, run.version, run.protocol, run.judge)


def pooled(collection: Collection) -> Collection:
    """The collection with all counted together that would be kept apart for how it was run.

    Versions of a scenario and judges are joined into one name, settings and hashes no longer part
    a condition. Models, scenarios, protocols and conditions stay what they are.

    Args:
        collection: Runs of some logs.
    """
    versions: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    judges: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for run in collection.runs:
        versions[run.model, run.scenario, run.protocol].add(run.version)
        judges[run.model, run.scenario, run.protocol].update(run.judge.split(" + "))

    def joined(run: Run) -> Run:
        who = (run.model, run.scenario, run.protocol)
        graders = judges[who] - {"none"} or {"none"}
        return run._replace(
            version=" + ".join(sorted(versions[who])), judge=" + ".join(sorted(graders))
        )

    names = {
        (who[1], version, " + ".join(sorted(of))) for who, of in versions.items() for version in of
    }
    controls = {
        (scenario, name, key): control
        for scenario, version, name in names
        for (of, own, key), control in collection.controls.items()
        if (of, own) == (scenario, version)
    }
    exclusions = {
        (scenario, name, key): rule
        for scenario, version, name in names
        for (of, own, key), rule in collection.exclusions.items()
        if (of, own) == (scenario, version)
    }
    return collection._replace(
        runs=tuple(joined(run) for run in collection.runs),
        controls=controls,
        exclusions=exclusions,
        pool=True,
    )


def kept_factors(runs: Sequence[Run], by: Sequence[str] | None) -> frozenset[str] | None:
    """The factors that are told apart; None for all.

    Args:
        runs: Runs of some logs.
        by: The factors that were asked for; None for all.

    Raises:
        TurncoatError: One is no factor of these runs.
    """
    if by is None:
        return None
    levels = levels_of(distinct_conditions(runs))
    for name in by:
        if runs and name not in levels:
            near = difflib.get_close_matches(name, levels, n=1)
            hint = f"; did you mean '{near[0]}'?" if near else "."
            raise TurncoatError(
                f"no factor '{name}' in these logs{hint} Factors: {', '.join(levels)}"
            )
    apart = {name for name in NEVER_POOLED if len(levels.get(name, ())) > 1}
    return frozenset(by) | apart


def levels_of(conditions: Iterable[Condition]) -> Mapping[str, list[str]]:
    """Every factor of some conditions to the levels it takes in them, in order of appearance.

    Args:
        conditions: Conditions, not necessarily of the same factors.

    Returns:
        Factor to its levels, each once.
    """
    levels: dict[str, dict[str, None]] = {}
    for condition in conditions:
        for name, level in condition.items():
            levels.setdefault(name, {})[level] = None
    return {name: list(found) for name, found in levels.items()}


def _whole_cells(collection: Collection, by: Sequence[str] | None) -> list[RateCell]:
    kept = kept_factors(collection.runs, by)
    number_of = _Numbering()
    conditions: dict[int, Condition] = {}
    cells: dict[tuple[Group, int], list[Run]] = {}
    for run in collection.runs:
        number = number_of(run.condition, kept)
        conditions.setdefault(number, run.condition)
        cells.setdefault((group_of(run), number), []).append(run)
    return [
        RateCell(group, restricted(conditions[number], kept), tuple(runs))
        for (group, number), runs in cells.items()
    ]


class _Numbering:
    """Conditions to numbers, equal ones to the same.

    Runs of one log and condition share the mapping, so each is read once.
    """

    def __init__(self) -> None:
        self._told: dict[int, int] = {}
        self._numbers: dict[ConditionKey, int] = {}

    def __call__(self, condition: Condition, kept: frozenset[str] | None = None) -> int:
        number = self._told.get(id(condition))
        if number is None:
            key = condition_key(restricted(condition, kept))
            number = self._told[id(condition)] = self._numbers.setdefault(key, len(self._numbers))
        return number


def _parts(cell: RateCell) -> list[RateCell]:
    apart = [difference.name for difference in cell.apart]
    if not apart:
        return [cell]
    hashes = {name: _of_logs(cell.runs, name) for name in apart if name in HASHES}
    briefings = _signatures(cell.runs) if BRIEFINGS in apart else {}
    parts: dict[str, list[Run]] = {}
    for run in cell.runs:
        values = []
        for name in apart:
            if name in HASHES:
                value = getattr(run, name) or hashes[name].get(run.log, "")
            elif name == BRIEFINGS:
                value = briefings[run.log]
            else:
                value = _value(run.settings, name)
            values.append(f"{name}={value}")
        parts.setdefault(", ".join(values), []).append(run)
    return [cell._replace(runs=tuple(runs), split=split) for split, runs in parts.items()]


def _apart(runs: Sequence[Run]) -> list[Apart]:
    took_place = [run for run in runs if run.kind not in ("missing", "stopped")]
    found = settings_values(took_place)
    found |= {name: {getattr(run, name) for run in took_place} - {""} for name in HASHES}
    conflicts = _conflicts(took_place)
    # Whatever parts the logs already is the better name for it.
    if conflicts and not any(len(values) > 1 for values in found.values()):
        found[BRIEFINGS] = set(_signatures(took_place).values())
    return [Apart(name, frozenset(values)) for name, values in found.items() if len(values) > 1]


def _value(settings: Settings, name: str) -> str:
    return settings.apart.get(name, "unset")


def _of_logs(runs: Iterable[Run], name: str) -> dict[str, str]:
    """For runs that never began: the value that all others of their log have."""
    found: dict[str, set[str]] = defaultdict(set)
    for run in runs:
        found[run.log].update({getattr(run, name)} - {""})
    return {log: next(iter(values)) for log, values in found.items() if len(values) == 1}


SurfacePlace = tuple[int, str, int]
"""Number of the condition, surface seed and surface."""


def _briefings(runs: Iterable[Run]) -> Iterator[tuple[Run, SurfacePlace]]:
    number_of = _Numbering()
    for run in runs:
        if run.briefing_hash:
            yield run, (number_of(run.condition), run.surface_seed, run.surface)


def _conflicts(runs: Iterable[Run]) -> set[SurfacePlace]:
    """Places with several briefings, where there should be one."""
    first: dict[SurfacePlace, str] = {}
    return {
        place
        for run, place in _briefings(runs)
        if first.setdefault(place, run.briefing_hash) != run.briefing_hash
    }


def _signatures(runs: Sequence[Run]) -> dict[str, str]:
    """Each log to a short name for the briefings it has where logs differ."""
    conflicts = _conflicts(runs)
    found: dict[str, set[str]] = {run.log: set() for run in runs}
    for run, place in _briefings(runs):
        if place in conflicts:
            found[run.log].add(f"{place} {run.briefing_hash}")
    return {
        log: sha256("\n".join(sorted(texts)).encode()).hexdigest()[:8]
        for log, texts in found.items()
    }
