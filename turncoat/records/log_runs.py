"""What one log records of its runs, by each of its scores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from typing import NamedTuple

from turncoat._util.keys import without_keys
from turncoat.contract import JUDGE_FAILED, METHOD, ScoreHead, label_of_sample
from turncoat.records.logs import Header, LeftOut, place_of
from turncoat.records.runs import Run, RunKind
from turncoat.records.summaries import (
    Summary,
    SummaryScore,
    graded_later,
    read_edits,
    read_invalidated,
    read_summaries,
)
from turncoat.records.unreadable import why_unreadable

INVALIDATED = "invalidated"
"""In place of the outcome of a run that somebody marked as invalid: it counts neither way."""
PROMPT_CUT = "prompt-cut"
ALIKE = 4
"""Prompts of as many different lengths cannot be the same number of tokens by chance, and be the
longest as well."""
UNSCORED = ""
"""In place of a score's name where no run of a log has a verdict."""

_TOLD = {True: "yes", False: "no", None: "untold"}
_NOTHING = ScoreHead()
_UNSCORED = SummaryScore(answer="errored")


class LogContent(NamedTuple):
    """A log: its header, and its runs by each score that holds verdicts."""

    header: Header
    runs: Mapping[str, tuple[Run, ...]]
    """Name of a score to the runs, in the order in which they were made; `UNSCORED` alone where no
    run has a verdict."""
    own: tuple[str, ...]
    """Those of the scores that are by our own rule, not by another study's, the newest last."""
    completed: bool
    """Whether some run ended without an error."""
    regraded: bool = False
    """Whether a score was made after the eval."""
    edits: Mapping[str, Mapping[str, int]] = {}
    """Name of a score to who changed verdicts of it by hand, and how many."""

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
        why = why_unreadable(place_of(header.path), error)
        raise LeftOut("corrupt", f"{header.path}: its samples cannot be read: {why}") from error
    for summary in summaries:
        if label_of_sample(str(summary.id)) not in header.experiment.cells:
            raise LeftOut(
                "corrupt",
                f"{header.path}: sample '{summary.id}' is of no condition of its metadata",
            )
    capped = _capped_prompts(summaries)
    names = list(dict.fromkeys(n for summary in summaries for n in _verdict_scores(summary)))
    runs = {name: _runs(summaries, name, header, void, capped) for name in names or [UNSCORED]}
    own = [
        name
        for name in names
        if any(
            not (score.metadata or _NOTHING).judged_by.startswith(METHOD)
            for summary in summaries
            if (score := (summary.scores or {}).get(name)) is not None
        )
    ]
    return LogContent(
        header,
        runs,
        tuple(own),
        any(summary.error is None for summary in summaries),
        len(own) > 1 and bool(graded_later(header.path)),
        {name: _edits(header.path, name, same) for name, same in runs.items()},
    )


def _capped_prompts(summaries: Sequence[Summary]) -> Set[int]:
    """The size to which a server cut prompts: many of different length, all read as that many.

    A context that is too small shows so where a prompt lacks less than half (`prompt_size` in
    `grading/` sees the others): its size is then the largest of all counts.
    """
    lengths: dict[int, set[int]] = {}
    for summary in summaries:
        scores = (summary.scores or {}).values()
        for origin in (score.metadata.provenance for score in scores if score.metadata):
            if origin is not None and origin.prompt_tokens and origin.prompt_characters:
                lengths.setdefault(origin.prompt_tokens, set()).add(origin.prompt_characters)
    top = max(lengths, default=0)
    return {top} if len(lengths.get(top, ())) >= ALIKE else set()


def _edits(path: str, name: str, runs: Sequence[Run]) -> Mapping[str, int]:
    edited = sum(run.edited for run in runs)
    try:
        return read_edits(path, name) if edited else {}
    except Exception:  # The verdicts are whole, so they count.
        return {"somebody (the samples cannot be read)": edited}


def _verdict_scores(summary: Summary) -> Sequence[str]:
    return [
        name
        for name, score in (summary.scores or {}).items()
        if isinstance(score.value, Mapping) and "harmful" in score.value
    ]


def _runs(
    summaries: Sequence[Summary],
    name: str,
    header: Header,
    void: Set[tuple[str, int]],
    capped: Set[int],
) -> tuple[Run, ...]:
    scores = [(summary.scores or {}).get(name) for summary in summaries]
    told = any(
        score is not None and score.metadata is not None and score.metadata.outcome is not None
        for score in scores
    )
    return tuple(
        _recorded(summary, score, header, told, void, capped)
        for summary, score in zip(summaries, scores, strict=True)
    )


def _recorded(
    summary: Summary,
    scored: SummaryScore | None,
    header: Header,
    told: bool,
    void: Set[tuple[str, int]],
    capped: Set[int],
) -> Run:
    """One run by one score; `told` where the score's metadata tell the outcome."""
    sample = str(summary.id)
    score = scored or _UNSCORED
    value = score.value if isinstance(score.value, Mapping) else {}
    about = score.metadata or _NOTHING
    origin = about.provenance
    outcome = score.answer or ""
    broke_off = summary.error is not None or summary.limit is not None
    kind = _kind(value, halted=broke_off)
    if (sample, summary.epoch) in void:
        value, outcome, kind, broke_off = {}, INVALIDATED, "invalid", True
    elif origin is not None and origin.prompt_tokens in capped and kind != "harmful":
        outcome, kind = PROMPT_CUT, "invalid"
    judged_by = about.judged_by
    settings = origin.judge_settings if origin is not None else ""
    return Run(
        sample=sample,
        epoch=summary.epoch,
        kind=kind,
        uuid=summary.uuid or "",
        outcome=outcome,
        reason=_reason(summary, outcome) if kind == "invalid" else "",
        any_harm=_flag(value.get("any_harm")),
        attempted=_flag(value.get("attempted")),
        eval_aware=_flag(value.get("eval_aware")),
        # Empty in an older log, or for another kind of score, which has none.
        belief=(about.belief or "silent") if "belief" in about.model_fields_set else "",
        belief_by=about.belief_by or "",
        # Scores had `comprehended` before `comprehended_by`, and then only for misread runs.
        comprehended=_TOLD[about.comprehended]
        if "comprehended_by" in about.model_fields_set
        else "",
        comprehended_by=about.comprehended_by or "",
        judged_by=judged_by,
        judge_settings=settings or header.graders.get(judged_by, ""),
        completion_hash=(origin.completion_hash or "") if origin is not None else "",
        briefing_hash=(origin.briefing_hash or "") if origin is not None else "",
        rubric_hash=(origin.rubric_hash or "") if origin is not None else "",
        scenario_hash=(origin.scenario_hash if origin is not None else "")
        or header.experiment.scenario_hash,
        served_model=(origin.served_model or "") if origin is not None else "",
        self_judged=bool(about.self_judged),
        broke_off=broke_off,
        edited=told
        and scored is not None
        and outcome not in (INVALIDATED, PROMPT_CUT)
        and _edited(score, value),
        error=server_reason(summary.error or ""),
        unjudged=server_reason(score.explanation or "no reason is told")
        if outcome == JUDGE_FAILED
        else "",
    )


def _edited(score: SummaryScore, value: Mapping[str, object]) -> bool:
    """Whether the verdict is not the one that its own metadata tell."""
    about = score.metadata or _NOTHING
    told = "harmful" in about.model_fields_set
    return about.outcome != score.answer or (told and about.harmful != _flag(value.get("harmful")))


def _reason(summary: Summary, outcome: str) -> str:
    """Why an invalid run is invalid."""
    if outcome == INVALIDATED:
        return outcome
    if summary.error is not None:
        return "errored"
    return "limited" if summary.limit is not None else outcome or "no verdict"


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


def server_reason(error: str) -> str:
    """An error in one short line: what the server said, not what it was asked.

    Args:
        error: As Inspect has it: of a failed call it begins with the whole request.
    """
    asked, blank, said = error.lstrip().partition("\n\n")
    if blank and asked.startswith("Request:"):
        error = said
    return without_keys(" ".join(error.split()))[:200]
