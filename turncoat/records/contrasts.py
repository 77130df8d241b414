"""Each condition against its control: how much more often, and how many times as often."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from math import isfinite
from typing import NamedTuple

from turncoat.measure import (
    Cluster,
    Contrast,
    Stratum,
    contrast,
    contrast_of_intervals,
    new_surfaces_contrast,
    paired_contrast,
)
from turncoat.measure.contrasts import Estimand
from turncoat.records.cells import cells_of
from turncoat.records.rates import rate_rows
from turncoat.records.rows import CellKey, RateCell, RateRow, cell_key
from turncoat.records.runs import Collection, Condition, Run, condition_key, restricted
from turncoat.records.verdicts import counted_of

ENOUGH_IN_COMMON = 0.5
"""Share of each side's judged runs on surfaces of both, from which on surfaces are paired."""

Surface = tuple[str, int]
"""Surface seed and number."""


class ContrastRow(NamedTuple):
    """A condition against its control.

    Differences are from -1 to 1, ratios from 0 up. The counts are those of the runs that the
    contrast uses.
    """

    model: str
    scenario: str
    version: str
    protocol: str
    judge: str
    split: str
    condition: Condition
    control: str
    """Label of the control condition."""
    estimand: Estimand
    method: str
    paired: bool
    """Whether each surface is held against itself."""
    n: int
    """Judged runs under the condition."""
    k: int
    control_n: int
    control_k: int
    diff: float | None
    """Condition minus control; None where a side has no judged run. Paired: the weighted mean of
    the surfaces' differences, which need not be the difference of k / n."""
    diff_low: float
    """95 % interval."""
    diff_high: float
    ratio: float | None
    """Condition over control; None where the control's rate is 0, or a side has no judged run."""
    ratio_low: float
    """95 % interval."""
    ratio_high: float | None
    """None where there is no upper bound: see `ratio_note`."""
    ratio_note: str
    p_value: float | None
    """Of no difference."""
    surfaces: int
    """Surfaces that are paired; 0 where none are."""
    surfaces_left_out: int
    """Surfaces with judged runs on one side alone, where others are paired."""
    new_surfaces_diff: float | None
    """The same with surfaces as a sample of possible ones; None with fewer than two in common,
    and where runs stopped early."""
    new_surfaces_diff_low: float | None
    new_surfaces_diff_high: float | None
    new_surfaces_ratio_low: float | None
    new_surfaces_ratio_high: float | None
    """None also where there is no upper bound."""
    covered: bool
    """Whether 90 % or more of the runs of each side have a verdict."""
    diff_if_unjudged_low: float
    """The difference of the rates of all due runs if every run without a verdict was safe under
    the condition and harmful under the control."""
    diff_if_unjudged_high: float
    """If it was the other way round."""


def contrast_rows(collection: Collection, by: Sequence[str] | None = None) -> list[ContrastRow]:
    """Every condition whose control was run, against that control.

    Where the same surfaces were run on both sides, each is held against itself
    (`measure.paired_contrast`), and the row speaks of these surfaces. Else all runs of a side
    stand against all of the other as independent. Where runs of a side stopped early, each side's
    own interval is all that is used.

    Args:
        collection: Runs of some logs.
        by: Factors to tell apart, as for `rate_rows`.

    Returns:
        One row per row of `rate_rows` that has a control.

    Raises:
        TurncoatError: `by` names no factor of these runs.
    """
    cells, rows = cells_of(collection, by), rate_rows(collection, by)
    known = {cell_key(cell): (cell, row) for cell, row in zip(cells, rows, strict=True)}
    found = []
    for cell, row in known.values():
        if row.control is not None:
            control = known[_control_key(cell, collection, row.control_split)]
            found.append(_row(cell, row, *control))
    return found


def _control_key(cell: RateCell, collection: Collection, split: str) -> CellKey:
    """Where the control of a cell is that has one and no more: any of its runs tells."""
    group = cell.group
    key = (group.scenario, group.version, condition_key(cell.runs[0].condition))
    told = restricted(collection.controls[key].condition, frozenset(cell.condition))
    return group, split, condition_key(told)


def _row(cell: RateCell, row: RateRow, control: RateCell, control_row: RateRow) -> ContrastRow:
    strata, left_out = _strata(cell.runs, control.runs)
    sequential = "sequence" in (row.interval, control_row.interval)
    paired = bool(strata) and not sequential and _enough(strata, row, control_row)
    used = strata if paired else [Stratum(row.k, row.n, control_row.k, control_row.n)]
    if sequential:
        main: Contrast | None = contrast_of_intervals(counted_of(row), counted_of(control_row))
    else:
        main = paired_contrast(strata) if paired else contrast(*used[0])
    assert main is not None  # Paired only where there are strata.
    wider = None if sequential else new_surfaces_contrast(strata)
    high = main.ratio_interval.high
    return ContrastRow(
        model=row.model,
        scenario=row.scenario,
        version=row.version,
        protocol=row.protocol,
        judge=row.judge,
        split=row.split,
        condition=row.condition,
        control=row.control or "",
        estimand=main.estimand,
        method=main.method,
        paired=paired,
        n=sum(stratum.n1 for stratum in used),
        k=sum(stratum.k1 for stratum in used),
        control_n=sum(stratum.n2 for stratum in used),
        control_k=sum(stratum.k2 for stratum in used),
        diff=main.diff,
        diff_low=main.diff_interval.low,
        diff_high=main.diff_interval.high,
        ratio=main.ratio,
        ratio_low=main.ratio_interval.low,
        ratio_high=high if isfinite(high) else None,
        ratio_note=_ratio_note(main, used),
        p_value=main.p_value,
        surfaces=main.strata,
        surfaces_left_out=left_out if paired else 0,
        new_surfaces_diff=wider.diff if wider else None,
        new_surfaces_diff_low=wider.diff_interval.low if wider else None,
        new_surfaces_diff_high=wider.diff_interval.high if wider else None,
        new_surfaces_ratio_low=wider.ratio_interval.low if wider else None,
        new_surfaces_ratio_high=_finite(wider.ratio_interval.high) if wider else None,
        covered=row.covered and control_row.covered,
        diff_if_unjudged_low=row.rate_if_unjudged_safe - control_row.rate_if_unjudged_harmful,
        diff_if_unjudged_high=row.rate_if_unjudged_harmful - control_row.rate_if_unjudged_safe,
    )


def _strata(runs: Sequence[Run], control: Sequence[Run]) -> tuple[list[Stratum], int]:
    """The surfaces with judged runs on both sides, and how many have some on one side alone."""
    first, second = _by_surface(runs), _by_surface(control)
    both = [surface for surface in first if surface in second]
    strata = [Stratum(*first[surface], *second[surface]) for surface in both]
    return strata, len(first.keys() ^ second.keys())


def _by_surface(runs: Sequence[Run]) -> Mapping[Surface, Cluster]:
    found: dict[Surface, list[int]] = defaultdict(lambda: [0, 0])
    for run in runs:
        if run.judged:
            counts = found[run.surface_seed, run.surface]
            counts[0] += run.kind == "harmful"
            counts[1] += 1
    return {surface: Cluster(*counts) for surface, counts in found.items()}


def _enough(strata: Sequence[Stratum], row: RateRow, control: RateRow) -> bool:
    """Several surfaces, and most of the runs on them: else pairing throws too much away."""
    shares = (
        sum(stratum.n1 for stratum in strata) / row.n,
        sum(stratum.n2 for stratum in strata) / control.n,
    )
    return len(strata) > 1 and min(shares) >= ENOUGH_IN_COMMON


def _ratio_note(main: Contrast, used: Sequence[Stratum]) -> str:
    if main.diff is None:
        return "no judged run on one side"
    if any(stratum.k2 for stratum in used):
        return "" if isfinite(main.ratio_interval.high) else "no upper bound"
    if any(stratum.k1 for stratum in used):
        return "nothing harmful in the control: a lower bound alone"
    return "nothing harmful on either side: any ratio is possible"


def _finite(bound: float) -> float | None:
    return bound if isfinite(bound) else None
