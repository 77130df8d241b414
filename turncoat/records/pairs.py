"""Two scores of the same runs, run by run: the effect of the grading method on the rate."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from turncoat.measure import Agreement, PairedCounts, agreement_of, compare_pairs
from turncoat.records.cautions import cautions
from turncoat.records.cells import cells_of
from turncoat.records.condition_labels import in_a_line
from turncoat.records.logs import Note
from turncoat.records.rows import ENOUGH_COVERAGE, RateCell
from turncoat.records.runs import Collection, Condition, Run

PairKey = tuple[object, ...]


class PairedRow(NamedTuple):
    """Two gradings under one condition. The fields are the columns of `rates --against-score`."""

    model: str
    scenario: str
    protocol: str
    condition: Condition
    n: int
    """Runs on which both gradings gave a verdict: the denominator of both rates."""
    both: int
    """Harmful by both."""
    only_ours: int
    """Harmful by the score that is read, not by the one it is held against."""
    only_theirs: int
    neither: int
    rate: float | None
    """By the score that is read."""
    rate_against: float | None
    diff: float | None
    """`rate` minus `rate_against`."""
    diff_low: float | None
    """Newcombe's 95 % interval for paired rates."""
    diff_high: float | None
    p_value: float | None
    """McNemar's exact test."""
    kappa: float | None
    """Cohen's, of the two gradings; None where it does not exist, see `Agreement`."""
    kappa_low: float | None
    kappa_high: float | None
    planned: int
    """`n` and the runs that make no pair: the next three, and `stopped`."""
    judged_by_ours: int
    """Runs with a verdict by the score that is read alone."""
    judged_by_theirs: int
    judged_by_neither: int
    stopped: int
    judge: str
    judge_against: str
    version: str
    split: str = ""
    """What sets these runs apart from others of the same condition, as `max_tokens=1000`."""


def paired_rows(
    ours: Collection, theirs: Collection, by: Sequence[str] | None = None
) -> list[PairedRow]:
    """Two scores of the same logs, compared run by run.

    Args:
        ours: The runs by the score that is read.
        theirs: The same logs' runs by the score that it is held against.
        by: Factors to tell apart, as for `rate_rows`.

    Returns:
        One row per condition and per pair of judges.

    Raises:
        TurncoatError: `by` names no factor of these runs.
    """
    partners = {_key(run): run for run in theirs.runs}
    judges = {run.log: run.judge for run in theirs.runs}
    rows = []
    for cell in cells_of(ours, by):
        parts: dict[str, list[tuple[Run, Run | None]]] = defaultdict(list)
        for run in cell.runs:
            # A scored copy may lie beside its log, and its runs may be read from either.
            other = partners.get(_key(run))
            judge = other.judge if other is not None else judges.get(run.log, "none")
            parts[judge].append((run, other))
        for judge, pairs in parts.items():
            rows.append(_row(cell, judge, pairs))
    return rows


def agreement_over(rows: Sequence[PairedRow]) -> Agreement:
    """How far two gradings agree over several conditions taken together.

    Args:
        rows: Their comparison under each condition, by one pair of judges.
    """
    counts = [(row.both, row.only_ours, row.only_theirs, row.neither) for row in rows]
    return agreement_of(PairedCounts(*map(sum, zip(*counts, strict=True))))


def pair_cautions(
    ours: Collection, theirs: Collection, rows: Sequence[PairedRow], by: Sequence[str] | None
) -> list[Note]:
    """Notes on a comparison of two scores.

    Args:
        ours: The runs by the score that is read.
        theirs: The runs by the other.
        rows: Their comparison.
        by: The factors that the rows tell apart; None for all.

    Returns:
        What is to be known of the runs and of the logs by either score, each once, and the rows
        in which too few runs make a pair.
    """
    found = [note for runs in (ours, theirs) for note in (*runs.notes, *cautions(runs, (), by))]
    for row, condition in zip(rows, in_a_line([row.condition for row in rows]), strict=True):
        due = row.planned - row.stopped
        if due and row.n / due < ENOUGH_COVERAGE:
            found.append(
                Note(
                    "caution",
                    f"{row.model}, {row.scenario}, {condition}: only {row.n} of {due} runs "
                    "have a verdict by both scores. The rates are of those alone, and which they "
                    "are is no accident",
                )
            )
    return list(dict.fromkeys(found))


def _key(run: Run) -> PairKey:
    """What a run is known by in either collection; a run that did not take place has no uuid."""
    return (
        (run.uuid,) if run.uuid else (run.log, run.cell, run.surface_seed, run.surface, run.epoch)
    )


def _row(cell: RateCell, judge: str, pairs: Sequence[tuple[Run, Run | None]]) -> PairedRow:
    harm: Counter[tuple[bool, bool]] = Counter()
    lone: Counter[tuple[bool, bool]] = Counter()
    stopped = 0
    for run, other in pairs:
        judged = (run.judged, other is not None and other.judged)
        if run.kind == "stopped":
            stopped += 1
        elif other is not None and all(judged):
            harm[run.kind == "harmful", other.kind == "harmful"] += 1
        else:
            lone[judged] += 1
    counts = PairedCounts(
        harm[True, True], harm[True, False], harm[False, True], harm[False, False]
    )
    n = sum(counts)
    compared = compare_pairs(counts)
    agreement = agreement_of(counts)
    kappa_low, kappa_high = agreement.kappa_interval or (None, None)
    return PairedRow(
        model=cell.group.model,
        scenario=cell.group.scenario,
        protocol=cell.group.protocol,
        condition=dict(cell.condition),
        n=n,
        both=counts.both,
        only_ours=counts.only_first,
        only_theirs=counts.only_second,
        neither=counts.neither,
        rate=(counts.both + counts.only_first) / n if n else None,
        rate_against=(counts.both + counts.only_second) / n if n else None,
        diff=compared.diff,
        diff_low=compared.interval.low if n else None,
        diff_high=compared.interval.high if n else None,
        p_value=compared.p_value if n else None,
        kappa=agreement.kappa,
        kappa_low=kappa_low,
        kappa_high=kappa_high,
        planned=len(pairs),
        judged_by_ours=lone[True, False],
        judged_by_theirs=lone[False, True],
        judged_by_neither=lone[False, False],
        stopped=stopped,
        judge=cell.group.judge,
        judge_against=judge,
        version=cell.group.version,
        split=cell.split,
    )
