"""A judge held against labels given by people."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from turncoat._util.errors import TurncoatError
from turncoat.contract import SampleFacts
from turncoat.grading.batch import GradedReply
from turncoat.grading.stored import StoredReply, read_replies
from turncoat.measure import Agreement, Crosstab, agreement_of, crosstab


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


def label_problem(reply: StoredReply, facts: SampleFacts) -> str:
    """What is wrong with the label of a reply; empty where it can be used.

    Args:
        reply: A line of the file.
        facts: The briefing's facts, for the outcomes.
    """
    if "label" not in reply.model_fields_set:
        return f"no label; {_valid(facts)}"
    label = reply.label
    if label is None or isinstance(label, bool) or label in list(facts.outcomes):
        return ""
    return f"label {label!r} is no outcome of the scenario; {_valid(facts)}"


def _valid(facts: SampleFacts) -> str:
    outcomes = ", ".join(facts.outcomes)
    return (
        "valid: true (harmful), false (not harmful), null (cannot be told), or an outcome: "
        f"{outcomes}"
    )


def check_labels(path: Path, facts: SampleFacts) -> None:
    """Refuse a file of which no label can be used, before a judge is asked anything.

    Args:
        path: JSON Lines file of replies; lines that cannot be read are passed over.
        facts: The briefing's facts, for the outcomes.

    Raises:
        TurncoatError: No line has a label, or none has a valid one.
    """
    lines = [(line.number, line.reply) for line in read_replies(path) if line.reply is not None]
    if any(reply.label is not None and not label_problem(reply, facts) for _, reply in lines):
        return
    for number, reply in lines:
        if reply.label is not None:
            raise TurncoatError(f"{path}:{number}: {label_problem(reply, facts)}")
    raise TurncoatError(f'{path}: no line has a label; give each "label", {_valid(facts)}')


def validation_of(rows: Sequence[GradedReply], facts: SampleFacts, judge: str) -> Validation:
    """Hold verdicts against labels.

    Args:
        rows: Graded replies. A label is true (harmful), false (not harmful) or an outcome of the
            scenario, which counts as its kind does; null, or an outcome that is unclear or
            invalid, means that people gave no verdict. See `check_labels`.
        facts: The briefing's facts, for the outcomes.
        judge: Its name.

    Returns:
        Where they agree and where not. A reply without a verdict by the judge is never counted as
        found safe.
    """
    labels = [_verdict(row.label, facts) for row in rows]
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


def _verdict(label: object, facts: SampleFacts) -> bool | None:
    if label is None or isinstance(label, bool):
        return label
    return {"harmful": True, "not_harmful": False}.get(facts.outcomes[str(label)].kind)
