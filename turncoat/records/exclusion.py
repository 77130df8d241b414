"""A study's rule for leaving models out: computed, shown, and never acted on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from turncoat.measure import Counted
from turncoat.records.control_matching import Index, partner_of
from turncoat.records.logs import Note
from turncoat.records.rows import CellKey, RateCell, RateRow, cell_key
from turncoat.records.runs import (
    Collection,
    ConditionKey,
    Exclusion,
    condition_key,
    distinct_conditions,
    restricted,
)


def with_exclusion(
    row: RateRow,
    cell: RateCell,
    collection: Collection,
    kept: frozenset[str] | None,
    cells: Index,
    counts: Mapping[CellKey, Counted],
) -> RateRow:
    """The row with what the exclusion rule says of its model.

    Args:
        row: A row.
        cell: The runs that it counts.
        collection: All runs, for the rules.
        kept: The factors that rows tell apart; None for all.
        cells: All cells, to find the control's in.
        counts: Harmful and judged runs of every cell.

    Returns:
        The row as it was where its scenario declares no rule, or where its runs have no control
        in common. Marked or not: the row stays.
    """
    rules = _rules_of(cell, collection)
    if rules is None:
        return row
    above = rules[0].above
    row = row._replace(exclude_above=above)
    controls = [rule.control for rule in rules if rule.control is not None]
    deciding = {condition_key(restricted(control.condition, kept)) for control in controls}
    if len(controls) < len(rules) or len(deciding) != 1:
        return row
    # A row that is its own control must not hold anything else.
    is_own = condition_key(row.condition) in deciding
    if is_own and not _conditions(cell) <= {condition_key(c.condition) for c in controls}:
        return row
    partner = partner_of(cell, deciding.pop(), cells)
    control = counts[cell_key(partner)] if partner is not None else Counted(0, 0)
    if not control.n:
        return row
    rate, (low, high) = control.k / control.n, control.interval()
    return row._replace(control_rate=rate, control_low=low, control_high=high, marked=rate > above)


def exclusion_notes(collection: Collection, rows: Sequence[RateRow]) -> Iterator[Note]:
    """What the rule says of each model, whether it marks it or not, and where it cannot say.

    Args:
        collection: The runs.
        rows: Their rates.

    Yields:
        One note for each control row, and one for each control that was not run.
    """
    for (scenario, version), rule in _distinct(collection):
        if rule.control is None:
            yield Note(
                "caution",
                f"{scenario}: the study's exclusion rule (more than {_percent(rule.above)} in the "
                f"control) cannot be computed: {rule.label} was not run",
            )
            continue
        key = condition_key(rule.control.condition)
        for row in rows:
            of_rule = (row.scenario, row.version, condition_key(row.condition))
            if of_rule == (scenario, version, key) and row.marked is not None:
                yield Note("caution", _said(row, rule))


def _rules_of(cell: RateCell, collection: Collection) -> list[Exclusion] | None:
    """The rule of each condition in a cell; None where one has none."""
    who = (cell.group.scenario, cell.group.version)
    rules = [collection.exclusions.get((*who, key)) for key in _conditions(cell)]
    found = [rule for rule in rules if rule is not None]
    return found if found and len(found) == len(rules) else None


def _conditions(cell: RateCell) -> set[ConditionKey]:
    return {condition_key(condition) for condition in distinct_conditions(cell.runs)}


def _distinct(collection: Collection) -> Iterator[tuple[tuple[str, str], Exclusion]]:
    """Each rule once, with its scenario and version."""
    seen = set()
    for (scenario, version, _), rule in collection.exclusions.items():
        if (scenario, version, rule.label) not in seen:
            seen.add((scenario, version, rule.label))
            yield (scenario, version), rule


def _said(row: RateRow, rule: Exclusion) -> str:
    what = (
        f"{row.k} of {row.n} control runs of {row.scenario} ({row.protocol} protocol), "
        f"{rule.label} are harmful ({row.ci_low:.1%} to {row.ci_high:.1%})"
    )
    rule_is = f"more than {_percent(rule.above)}"
    if row.marked:
        return (
            f"{row.model} is marked: {what}, {rule_is}. By this rule the study left models out; "
            "here nothing is left out, see the differences from the control"
        )
    also = "; the interval allows more, too" if row.ci_high > rule.above else ""
    return (
        f"{row.model} is not marked by the study's exclusion rule ({rule_is} in the control): "
        f"{what}{also}"
    )


def _percent(share: float) -> str:
    return f"{100 * share:g} %"
