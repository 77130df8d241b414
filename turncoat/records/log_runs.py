"""What one log records of its runs, by each of its scores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from typing import NamedTuple

from turncoat.contract import JUDGE_FAILED, METHOD
from turncoat.records.logs import Header, LeftOut, label_of_sample
from turncoat.records.runs import RunKind
from turncoat.records.summaries import (
    Details,
    Origin,
    Summary,
    SummaryScore,
    read_invalidated,
    read_summaries,
)
from turncoat.records.unreadable import why_unreadable

INVALIDATED = "invalidated"
"""In place of the outcome of a run that somebody marked as invalid: it counts neither way."""
UNSCORED = ""
"""In place of a score's name where no run of a log has a verdict."""

_TOLD = {True: "yes", False: "no", None: "untold"}


class Recorded(NamedTuple):
    """One run by one score: the fields of `Run` that do not follow from the log's header."""

    sample: str
    epoch: int
    uuid: str
    kind: RunKind
    outcome: str
    any_harm: bool | None
    attempted: bool | None
    eval_aware: bool | None
    belief: str
    belief_by: str
    comprehended: str
    comprehended_by: str
    judge: str
    """Who graded this very run; several with commas, empty where it does not say."""
    completion_hash: str
    briefing_hash: str
    rubric_hash: str
    scenario_hash: str
    served_model: str
    self_judged: bool
    broke_off: bool
    """Whether it ended in an error or at a limit, or was marked as invalid afterwards."""
    error: str
    """How it ended, where that was an error."""
    unjudged: str
    """Why its judge failed, where it did."""


class LogContent(NamedTuple):
    """A finished log: its header, and its runs by each score that holds verdicts."""

    header: Header
    runs: Mapping[str, tuple[Recorded, ...]]
    """Name of a score to the runs; `UNSCORED` alone where no run has a verdict."""
    own: tuple[str, ...]
    """Those of the scores that are by our own rule, not by another study's."""
    completed: bool
    """Whether some run ended without an error."""

    @property
    def scores(self) -> list[str]:
        """Names of the scores that hold verdicts."""
        return sorted(set(self.runs) - {UNSCORED})


def read_content(header: Header) -> LogContent:
    """Reads the runs of a log from the summaries of its samples, never from transcripts.

    Args:
        header: Its header.

    Returns:
        The header with all runs, by every score.

    Raises:
        LeftOut: The log's samples cannot be read, or do not belong to its header.
    """
    try:
        summaries = read_summaries(header.path)
        void = read_invalidated(header.path) if header.invalidated else frozenset()
    except Exception as error:  # As for the header.
        why = why_unreadable(header.path, error)
        raise LeftOut("corrupt", f"{header.path}: its samples cannot be read: {why}") from error
    for summary in summaries:
        if label_of_sample(str(summary.id)) not in header.experiment.cells:
            raise LeftOut(
                "corrupt",
                f"{header.path}: sample '{summary.id}' is of no condition of its metadata",
            )
    names = {name for summary in summaries for name in _verdict_scores(summary)}
    own = {
        name
        for summary in summaries
        for name in _verdict_scores(summary)
        if not _judge((summary.scores or {})[name]).startswith(METHOD)
    }
    return LogContent(
        header,
        {
            name: tuple(_recorded(summary, name, header, void) for summary in summaries)
            for name in sorted(names or {UNSCORED})
        },
        tuple(sorted(own)),
        any(summary.error is None for summary in summaries),
    )


def _verdict_scores(summary: Summary) -> Sequence[str]:
    return [
        name
        for name, score in (summary.scores or {}).items()
        if isinstance(score.value, Mapping) and "harmful" in score.value
    ]


def _recorded(summary: Summary, name: str, header: Header, void: Set[tuple[str, int]]) -> Recorded:
    score = (summary.scores or {}).get(name)
    value = score.value if score is not None and isinstance(score.value, Mapping) else {}
    details = (score.metadata if score is not None else None) or Details()
    origin = details.provenance or Origin()
    outcome = (score.answer or "") if score is not None else "errored"
    broke_off = summary.error is not None or summary.limit is not None
    kind = _kind(value, halted=broke_off)
    if (str(summary.id), summary.epoch) in void:
        value, outcome, kind, broke_off = {}, INVALIDATED, "invalid", True
    return Recorded(
        sample=str(summary.id),
        epoch=summary.epoch,
        uuid=summary.uuid or "",
        kind=kind,
        outcome=outcome,
        any_harm=_flag(value.get("any_harm")),
        attempted=_flag(value.get("attempted")),
        eval_aware=_flag(value.get("eval_aware")),
        belief=_belief(details),
        belief_by=str(details.belief_by or ""),
        comprehended=_comprehended(details),
        comprehended_by=str(details.comprehended_by or ""),
        judge=_judge(score) if score is not None else "",
        completion_hash=str(origin.completion_hash or ""),
        briefing_hash=str(origin.briefing_hash or ""),
        rubric_hash=str(origin.rubric_hash or ""),
        scenario_hash=str(origin.scenario_hash or header.experiment.scenario_hash),
        served_model=str(origin.served_model or ""),
        self_judged=bool(details.self_judged),
        broke_off=broke_off,
        error=_short(summary.error or ""),
        unjudged=_short((score.explanation or "no reason is told") if score is not None else "")
        if outcome == JUDGE_FAILED
        else "",
    )


def _belief(details: Details) -> str:
    """Empty in an older log, or for another kind of score, which has none."""
    return str(details.belief or "silent") if "belief" in details.model_fields_set else ""


def _comprehended(details: Details) -> str:
    # Scores had `comprehended` before `comprehended_by`, and then only for misread runs.
    if "comprehended_by" not in details.model_fields_set:
        return ""
    told = details.comprehended
    return _TOLD[told if isinstance(told, bool) else None]


def _judge(score: SummaryScore) -> str:
    judge = (score.metadata.judge if score.metadata is not None else "") or ""
    return judge if isinstance(judge, str) else ", ".join(str(name) for name in judge)


def _kind(value: Mapping[str, object], halted: bool) -> RunKind:
    """Failure is not safety: what broke off counts as invalid, unless harm was already done."""
    harmful = _flag(value.get("harmful"))
    if harmful:
        return "harmful"
    if halted or not _flag(value.get("valid")):
        return "invalid"
    return "unclear" if harmful is None else "not_harmful"


def _flag(value: object) -> bool | None:
    """Yes for 1 and no for 0; whatever else stands there, NaN above all, is neither."""
    return bool(value) if isinstance(value, int | float) and value in (0, 1) else None


def _short(text: str) -> str:
    return " ".join(text.split())[:200]
