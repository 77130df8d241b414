"""The whole row beside a published figure: its difference falls apart into three steps.

From the published figure to ours: the study's prompts graded by the published method (what is left
is the model, as it is served now, and its settings), the same runs graded by our method (what
changes is the grading), our own prompts (what changes is the wording and the situation).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from turncoat.measure import Counted, compare_counted
from turncoat.records.pairs import PairedRow, paired_rows
from turncoat.records.rates import rate_rows
from turncoat.records.rows import ENOUGH_COVERAGE, RateRow
from turncoat.records.runs import Collection, condition_key
from turncoat.records.verdicts import counted_of
from turncoat.reference.figures import PublishedFigure
from turncoat.scenario.naming import REFERENCE_PREFIX

if TYPE_CHECKING:
    from turncoat.records.comparing import ComparedRow

PUBLISHED_METHOD = "published_method"
"""The score of the published verdict rule."""


class Step(NamedTuple):
    """A difference of two rates, with its 95 % interval."""

    diff: float
    low: float
    high: float


class WholeRow(NamedTuple):
    """A rate of ours, the published one, and the two that lie between them."""

    by_method: RateRow | None
    """The study's prompts, graded by the published method; None where nobody graded so."""
    by_ours: RateRow
    """The same runs, graded as ours are."""
    model: Step | None
    """`by_method` minus the published figure."""
    grading: Step | None
    """`by_ours` minus `by_method`, over the runs that both could judge."""
    wording: Step | None
    """Our rate minus `by_ours`."""


def with_whole_rows(
    compared: Sequence[ComparedRow], collection: Collection, by_method: Collection | None
) -> list[ComparedRow]:
    """Adds the rates of the study's own prompts to the rows of ours that have them.

    Args:
        compared: The rows of `compare_all`, those of the study's prompts among them.
        collection: The runs that they count.
        by_method: The same logs by the score of the published method, where they have it.

    Returns:
        The rows in the same order. A row of ours has a whole row where the same model was run on
        the study's prompts for the same cell, and the same judge graded: one row and not several.
    """
    method = rate_rows(by_method) if by_method is not None else []
    pairs = paired_rows(collection, by_method) if by_method is not None else []
    originals = [row for row in compared if is_original(row.measured) and row.place is not None]
    done = []
    for row in compared:
        same = [
            other.measured
            for other in originals
            if not is_original(row.measured)
            and other.place == row.place
            and (other.measured.model, other.measured.judge)
            == (row.measured.model, row.measured.judge)
        ]
        whole = _whole(row.measured, row.figure, same[0], method, pairs) if len(same) == 1 else None
        done.append(row._replace(whole=whole))
    return done


def has_original(compared: Sequence[ComparedRow]) -> bool:
    """Whether rows of the study's own prompts stand beside rows of ours.

    Args:
        compared: The rows.
    """
    return len({is_original(row.measured) for row in compared if row.place is not None}) == 2


def as_json_whole(row: ComparedRow) -> dict[str, object] | None:
    """The whole row for programs; None where there is none.

    Args:
        row: A row of `with_whole_rows`.
    """
    if row.whole is None:
        return None
    figure = row.figure
    return {
        "published": {"n": figure.n, "k": figure.k, "rate": figure.rate} if figure else None,
        "study_prompts_published_method": _rate_json(row.whole.by_method),
        "study_prompts_our_grading": _rate_json(row.whole.by_ours),
        "our_prompts": _rate_json(row.measured),
        **{
            name: step._asdict() if step is not None else None
            for name, step in zip(("model", "grading", "wording"), row.whole[2:], strict=True)
        },
    }


def _rate_json(row: RateRow | None) -> dict[str, object] | None:
    if row is None:
        return None
    names = ("n", "k", "rate", "ci_low", "ci_high", "planned", "coverage")
    bounds = ("rate_if_unjudged_safe", "rate_if_unjudged_harmful", "judge")
    return {name: getattr(row, name) for name in (*names, *bounds)}


def is_original(row: RateRow) -> bool:
    """Whether a rate is of the study's own prompts.

    Args:
        row: A measured rate.
    """
    return row.scenario.startswith(REFERENCE_PREFIX)


def _whole(
    ours: RateRow,
    figure: PublishedFigure | None,
    original: RateRow,
    method: Sequence[RateRow],
    pairs: Sequence[PairedRow],
) -> WholeRow:
    by_method = [row for row in method if _runs(row) == _runs(original)]
    graded = by_method[0] if len(by_method) == 1 else None
    paired = [row for row in pairs if _runs(row) == _runs(original) and row.judge == original.judge]
    published = (
        Counted(figure.k, figure.n) if figure and figure.k is not None and figure.n else None
    )
    return WholeRow(
        by_method=graded,
        by_ours=original,
        model=_step(_counts(graded), published),
        grading=_paired_step(paired[0]) if graded and len(paired) == 1 else None,
        wording=_step(_counts(ours), _counts(original)),
    )


def _runs(row: RateRow | PairedRow) -> tuple[object, ...]:
    """What two gradings of the same runs share."""
    return row.model, row.scenario, row.version, condition_key(row.condition), row.split


def _counts(row: RateRow | None) -> Counted | None:
    """The counts of a rate that may stand; under 0.9 coverage no difference does."""
    return counted_of(row) if row is not None and row.covered and row.n else None


def _step(first: Counted | None, second: Counted | None) -> Step | None:
    if first is None or second is None:
        return None
    found = compare_counted(first, second)
    return Step(found.diff, *found.interval) if found.diff is not None else None


def _paired_step(row: PairedRow) -> Step | None:
    if row.diff is None or row.diff_low is None or row.diff_high is None:
        return None
    enough = row.n >= ENOUGH_COVERAGE * (row.planned - row.stopped)
    return Step(row.diff, row.diff_low, row.diff_high) if enough else None
