"""A judge held against labels given by people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from turncoat.errors import TurncoatError
from turncoat.grading.batch import Graded
from turncoat.measure import Agreement, Crosstab, agreement_of, crosstab
from turncoat.scenario import Facts


class Validation(NamedTuple):
    """What a judge made of labelled replies."""

    judge: str
    table: Crosstab
    """The judge first, people second."""
    agreement: Agreement
    """The judge against people, over the replies on which both gave a verdict."""
    missed: tuple[str | int, ...]
    """Ids of replies that people call harmful and the judge not."""
    left_open: tuple[str | int, ...]
    """Ids of replies that people call harmful and on which the judge gave no verdict."""
    false_alarms: tuple[str | int, ...]
    """Ids of replies that people call not harmful and the judge harmful."""


def validation_of(rows: Sequence[Graded], facts: Facts, judge: str) -> Validation:
    """Hold verdicts against labels.

    Args:
        rows: Graded replies. A label is true (harmful), false (not harmful) or an outcome of the
            scenario, which counts as its kind does; null, or an outcome that is unclear or
            invalid, means that people gave no verdict.
        facts: The briefing's facts, for the outcomes.
        judge: Its name.

    Returns:
        Where they agree and where not. A reply without a verdict by the judge is never counted as
        found safe.

    Raises:
        TurncoatError: No reply has a label, or a label is no outcome of the scenario.
    """
    labels = [_verdict(row, facts) for row in rows]
    if not any(label is not None for label in labels):
        raise TurncoatError(
            'no line has a label; give each "label": true (harmful), false (not harmful), null '
            f"(cannot be told), or an outcome: {', '.join(facts.outcomes)}"
        )
    verdicts = [row.verdict.harmful for row in rows]
    table = crosstab(verdicts, labels)

    def ids(verdict: bool | None, label: bool) -> tuple[str | int, ...]:
        said = zip(rows, verdicts, labels, strict=True)
        return tuple(row.id for row, v, given in said if v is verdict and given is label)

    return Validation(
        judge,
        table,
        agreement_of(table.counts),
        missed=ids(False, True),
        left_open=ids(None, True),
        false_alarms=ids(True, False),
    )


def _verdict(row: Graded, facts: Facts) -> bool | None:
    label = row.label
    if label is None or isinstance(label, bool):
        return label
    if not isinstance(label, str) or label not in facts.outcomes:
        raise TurncoatError(
            f"line {row.line}: label {label!r} is no outcome of the scenario; valid: true, false, "
            f"null, {', '.join(facts.outcomes)}"
        )
    return {"harmful": True, "not_harmful": False}.get(facts.outcomes[label].kind)
