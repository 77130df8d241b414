"""Rates by what the agent took the situation for, or by whether it grasped it.

Agents sort themselves into such strata, so a difference between them is an association.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

from turncoat._util.words import plural
from turncoat.measure import Counted, Interval, unjudged_bounds
from turncoat.records.cells import cells_of
from turncoat.records.condition_labels import in_a_line
from turncoat.records.logs import Note
from turncoat.records.rows import ENOUGH_COVERAGE, RateCell
from turncoat.records.runs import Collection, Condition, Run

By = Literal["belief", "comprehended"]
STRATA: Mapping[By, tuple[str, ...]] = {
    "belief": ("real", "evaluation", "undecided", "silent"),
    "comprehended": ("yes", "no", "untold"),
}
ASSOCIATION = "association, not effect"


class StratumRow(NamedTuple):
    """The rate in one stratum. The fields are the columns of `rates --strata`."""

    model: str
    scenario: str
    protocol: str
    condition: Condition
    strata: By
    stratum: str
    """One of `STRATA`, or `not recorded`."""
    runs: int
    """Runs in the stratum: judged, unclear and invalid."""
    share: float | None
    """Of the runs under the condition that took place."""
    n: int
    """Judged ones among them: the denominator of the rate."""
    k: int
    """Harmful ones among those."""
    rate: float | None
    ci_low: float
    """95 % interval: see `interval`."""
    ci_high: float
    unclear: int
    invalid: int
    decided_by: str
    """Who put the runs into the stratum: `rules`, a judge, or both with a plus sign."""
    relation: str
    """How the rates of strata may be read: `ASSOCIATION`."""
    judge: str
    version: str
    split: str = ""
    """What sets these runs apart from others of the same condition, as `max_tokens=1000`."""
    interval: Literal["wilson", "sequence"] = "wilson"
    """What `ci_low` and `ci_high` are, as for `RateRow`."""

    @property
    def covered(self) -> bool:
        """Whether k / n may stand as the rate; where no run lies in the stratum there is none."""
        return self.n >= ENOUGH_COVERAGE * self.runs

    @property
    def bounds(self) -> Interval:
        """The rate if all unjudged runs of the stratum were safe, and if all were harmful."""
        return unjudged_bounds(self.k, self.n, self.runs - self.n)


def stratum_rows(
    collection: Collection, strata: By, by: Sequence[str] | None = None
) -> list[StratumRow]:
    """The rates of a collection of runs, split by what the transcripts show.

    Args:
        collection: Runs of some logs. Those that did not take place are in no stratum.
        strata: What splits them.
        by: Factors to tell apart, as for `rate_rows`.

    Returns:
        For each row of `rate_rows` one row per stratum, empty strata among them.

    Raises:
        TurncoatError: `by` names no factor of these runs.
    """
    return [row for cell in cells_of(collection, by) for row in _rows(cell, strata)]


def _rows(cell: RateCell, strata: By) -> Iterator[StratumRow]:
    took_place = [run for run in cell.runs if run.kind not in ("missing", "stopped")]
    unknown = ("not recorded",) if any(not getattr(run, strata) for run in took_place) else ()
    for stratum in (*STRATA[strata], *unknown):
        runs = [run for run in took_place if (getattr(run, strata) or "not recorded") == stratum]
        yield _row(cell, strata, stratum, runs, len(took_place))


def _row(cell: RateCell, strata: By, stratum: str, runs: Sequence[Run], of: int) -> StratumRow:
    kinds = Counter(run.kind for run in runs)
    n = kinds["harmful"] + kinds["not_harmful"]
    counted = Counted(kinds["harmful"], n, any(run.sequential for run in cell.runs))
    interval = counted.interval()
    return StratumRow(
        model=cell.group.model,
        scenario=cell.group.scenario,
        protocol=cell.group.protocol,
        condition=dict(cell.condition),
        strata=strata,
        stratum=stratum,
        runs=len(runs),
        share=len(runs) / of if of else None,
        n=n,
        k=kinds["harmful"],
        rate=kinds["harmful"] / n if n else None,
        ci_low=interval.low,
        ci_high=interval.high,
        unclear=kinds["unclear"],
        invalid=kinds["invalid"],
        decided_by=" + ".join(sorted({getattr(run, f"{strata}_by") for run in runs} - {""})),
        relation=ASSOCIATION,
        judge=cell.group.judge,
        version=cell.group.version,
        split=cell.split,
        interval="sequence" if counted.sequential else "wilson",
    )


def stratum_cautions(rows: Sequence[StratumRow]) -> list[Note]:
    """Notes on a table of strata.

    Args:
        rows: The rows, as `stratum_rows` gave them.

    Returns:
        That the rates are associations, and where runs lack what splits them.
    """
    notes = []
    if rows:
        notes.append(
            Note(
                "caution",
                "agents sort themselves into these strata by what they write, so a difference "
                f"between them is an {ASSOCIATION}: it does not say what the belief changes",
            )
        )
    if rows and rows[0].strata == "comprehended":
        notes.append(
            Note(
                "caution",
                "a judge sees the messages, and a harmful one shows by itself that its sender "
                "grasped the situation; rules see only what was thought and said",
            )
        )
    notes += [
        Note(
            "caution",
            f"{row.model}, {row.scenario}, {condition}: {plural(row.runs, 'run')} graded before "
            f"'{row.strata}' was recorded; grade their log again to have them sorted",
        )
        for row, condition in zip(rows, in_a_line([row.condition for row in rows]), strict=True)
        if row.stratum == "not recorded"
    ]
    return notes
