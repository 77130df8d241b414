"""Model against model: the same scenario, protocol, judge and condition, other runs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

from turncoat._util.words import plural
from turncoat.measure import Comparison, ComparisonVerdict
from turncoat.records.cells import HASHES, UNSET, cells_of, settings_values, what_differs
from turncoat.records.logs import Note
from turncoat.records.rows import RateCell, RateRow
from turncoat.records.runs import Collection, condition_key
from turncoat.records.verdicts import (
    DEFAULT_TERMS,
    Terms,
    assess,
    side_of,
    standing_text,
    standing_verdicts,
)

SURFACES = "surfaces"
OF_THE_MODEL = frozenset({"model_base_url"})
"""Where a model is served belongs to the model: no two need be served in one place."""


class Differs(NamedTuple):
    """Something beside the model in which the runs of two models differ."""

    name: str
    """The name of an `Apart`, or `SURFACES`."""
    first: frozenset[str]
    second: frozenset[str]


class ModelRow(NamedTuple):
    """One model against another under one condition."""

    first: RateRow
    """Of the model that is called higher or lower."""
    second: RateRow
    """Of the model that it is held against."""
    comparison: Comparison
    """First minus second, with Newcombe's interval; for runs that stopped early, from the
    intervals of the two."""
    verdict: ComparisonVerdict
    """What holds beside all comparisons of the family."""
    verdict_alone: ComparisonVerdict
    """What the same counts would say had nothing else been compared."""
    p_holm: float | None
    """Adjusted for the family after Holm; None where a side has no judged run."""
    p_bh: float | None
    """After Benjamini and Hochberg: fit for a list to look into, not for a claim."""
    why: str
    """Why the verdict is withheld, or is not what this comparison alone would say; else empty."""
    differs: tuple[Differs, ...]
    """What the runs of the two differ in beside the model."""


def model_rows(
    collection: Collection,
    rows: Sequence[RateRow],
    *,
    by: Sequence[str] | None = None,
    terms: Terms = DEFAULT_TERMS,
) -> list[ModelRow]:
    """Every two models under every condition that both were run under.

    All of them are one family (`family_text`): its adjusted p values and verdicts allow for every
    comparison in it. Rows of other scenarios or versions, protocols or judges are never held
    against each other, and no model against itself.

    Args:
        collection: The runs.
        rows: Their rates, as `rate_rows` gave them.
        by: The factors that the rows tell apart; None for all.
        terms: Margin, and what is let through.

    Returns:
        One row per pair of models and condition; models in the order of their names.

    Raises:
        TurncoatError: `by` names no factor of these runs.
    """
    cells = cells_of(collection, by)
    pairs = [
        pair
        for same in _comparable(rows, cells).values()
        for pair in combinations(same, 2)
        if pair[0][0].model != pair[1][0].model
    ]
    family = [
        assess(
            side_of(first, f"the runs of {first.model}"),
            side_of(second, f"the runs of {second.model}"),
            terms,
        )
        for (first, _), (second, _) in pairs
    ]
    told = {id(cell): _told(cell) for pair in pairs for _, cell in pair}
    return [
        ModelRow(
            first=first,
            second=second,
            comparison=assessed.comparison,
            verdict=settled.verdict,
            verdict_alone=assessed.verdict,
            p_holm=settled.p_holm,
            p_bh=settled.p_bh,
            why=settled.why,
            differs=_differs(told[id(one)], told[id(other)]),
        )
        for ((first, one), (second, other)), assessed, settled in zip(
            pairs, family, standing_verdicts(family), strict=True
        )
    ]


def family_text(rows: Sequence[ModelRow]) -> str:
    """Which comparisons the adjusted p values allow for, as a sentence for people.

    Args:
        rows: The rows of one call of `model_rows`.
    """
    models = {side.model for row in rows for side in (row.first, row.second)}
    places = {(_experiment(row.first), condition_key(row.first.condition)) for row in rows}
    tests = sum(row.p_holm is not None for row in rows)
    stand = standing_text((row.verdict_alone, row.verdict) for row in rows)
    return (
        f"The family: {plural(tests, 'comparison')} of two models made here, of {len(models)} "
        f"models under {plural(len(places), 'condition')}. Higher and lower hold after Holm's "
        f"adjustment for all of them at 5 %: {stand}. Equivalent is not adjusted."
    )


def model_notes(rows: Sequence[RateRow], compared: Sequence[ModelRow]) -> list[Note]:
    """What stands in the way of reading a difference as one between models.

    Args:
        rows: All rates.
        compared: The rows of `model_rows`.

    Returns:
        A line for each thing that compared runs differ in, naming the models, and one for each
        scenario whose models could not be compared for want of a common version, judge or
        condition.
    """
    return [*_settings_notes(compared), *_not_compared(rows, compared)]


def as_json_model_row(row: ModelRow, family: str) -> dict[str, object]:
    """One comparison for programs.

    Args:
        row: A row of `model_rows`.
        family: `family_text` of all rows.

    Returns:
        The condition, `model` and `against` with their counts and rates, `diff`, `diff_low`,
        `diff_high`, `p_value`, `p_exact`, `p_holm`, `p_bh`, `verdict`, `verdict_alone`, `why`,
        `differs` (what the runs differ in beside the model) and `family`.
    """
    first, second, comparison = row.first, row.second, row.comparison
    tested = comparison.diff is not None
    return {
        "scenario": first.scenario,
        "version": first.version,
        "protocol": first.protocol,
        "judge": first.judge,
        "condition": dict(first.condition),
        **_side_json(first),
        **{
            "against" if name == "model" else f"against_{name}": value
            for name, value in _side_json(second).items()
        },
        "diff": comparison.diff,
        "diff_low": comparison.interval.low,
        "diff_high": comparison.interval.high,
        "p_value": comparison.p_value if tested else None,
        "p_exact": comparison.p_exact if tested else None,
        "p_holm": row.p_holm,
        "p_bh": row.p_bh,
        "verdict": row.verdict,
        "verdict_alone": row.verdict_alone,
        "why": row.why,
        "differs": {
            name: {"model": sorted(own), "against": sorted(theirs)}
            for name, own, theirs in row.differs
        },
        "family": family,
    }


def _side_json(row: RateRow) -> dict[str, object]:
    names = ("model", "n", "k", "rate", "ci_low", "ci_high", "planned", "coverage", "split")
    return {name: getattr(row, name) for name in names}


Experiment = tuple[str, str, str, str]


def _experiment(row: RateRow) -> Experiment:
    return row.scenario, row.version, row.protocol, row.judge


def _comparable(
    rows: Sequence[RateRow], cells: Sequence[RateCell]
) -> Mapping[object, list[tuple[RateRow, RateCell]]]:
    """Rows that differ in their model alone, as far as rows tell."""
    found: dict[object, list[tuple[RateRow, RateCell]]] = defaultdict(list)
    for row, cell in zip(rows, cells, strict=True):
        found[_experiment(row), condition_key(row.condition)].append((row, cell))
    for same in found.values():
        same.sort(key=lambda pair: pair[0].model)  # Not by which log happened to come first.
    return found


def _told(cell: RateCell) -> Mapping[str, frozenset[str]]:
    """How the runs of a cell were run: settings, hashes and surfaces."""
    runs = [run for run in cell.runs if run.kind not in ("missing", "stopped")]
    found = {n: values for n, values in settings_values(runs).items() if n not in OF_THE_MODEL}
    found |= {name: {getattr(run, name) for run in runs} for name in HASHES}
    found[SURFACES] = {f"{run.surface_seed}/{run.surface:02d}" for run in runs}
    return {name: frozenset(values - {""}) for name, values in found.items()}


def _differs(
    one: Mapping[str, frozenset[str]], other: Mapping[str, frozenset[str]]
) -> tuple[Differs, ...]:
    """Where nothing is known of a side, nothing is said."""
    unset = frozenset(UNSET)
    return tuple(
        Differs(name, one.get(name, unset), other.get(name, unset))
        for name in {**one, **other}
        if one.get(name, unset)
        and other.get(name, unset)
        and one.get(name, unset) != other.get(name, unset)
    )


def _settings_notes(compared: Sequence[ModelRow]) -> Iterator[Note]:
    found: dict[tuple[str, str], dict[str, set[str]]] = {}
    for row in compared:
        for name, first, second in row.differs:
            models = found.setdefault((row.first.scenario, name), {})
            models.setdefault(row.first.model, set()).update(first)
            models.setdefault(row.second.model, set()).update(second)
    for (scenario, name), models in found.items():
        if name == SURFACES:
            what = f"{', '.join(models)} were not run on the same surfaces"
        else:
            values = "; ".join(f"{model}: {', '.join(sorted(models[model]))}" for model in models)
            what = f"the models were run with different {what_differs(name)} ({values})"
        yield Note(
            "caution", f"{scenario}: {what}. A difference between them may come from that alone"
        )


def _not_compared(rows: Sequence[RateRow], compared: Sequence[ModelRow]) -> Iterator[Note]:
    """Models of one scenario that stand in no row together, with what keeps them apart."""
    together = {
        (row.first.scenario, frozenset((row.first.model, row.second.model))) for row in compared
    }
    scenarios: dict[str, dict[str, dict[str, None]]] = {}
    for row in rows:
        way = f"version {row.version}, protocol {row.protocol}, judge {row.judge}"
        scenarios.setdefault(row.scenario, {}).setdefault(way, {})[row.model] = None
    for scenario, ways in scenarios.items():
        models = dict.fromkeys(model for own in ways.values() for model in own)
        apart = [
            pair for pair in combinations(models, 2) if (scenario, frozenset(pair)) not in together
        ]
        if not apart:
            continue
        left = ", ".join(dict.fromkeys(model for pair in apart for model in pair))
        told = "; ".join(f"{way}: {', '.join(own)}" for way, own in ways.items())
        yield Note(
            "caution",
            f"{scenario}: of {left} not all are compared with each other, since only runs of one "
            f"condition, version, protocol and judge are ({told})",
        )
