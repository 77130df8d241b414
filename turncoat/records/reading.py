"""Inspect logs to runs, read from headers and per-sample summaries, never from transcripts."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from turncoat.records.chosen import judge_of, score_name, score_of
from turncoat.records.controls import controls_of, exclusions_of
from turncoat.records.logs import Header, LeftOut, Note, find_logs, read_header
from turncoat.records.once import Attempt, each_once
from turncoat.records.runs import Collection, Run, RunKind
from turncoat.records.understood import understood

if TYPE_CHECKING:
    from inspect_ai.log import EvalSampleSummary

JUDGE_FAILED = "judge-failed"
NOBODY = ("rules", "none")
"""Judges of a log in which no grader was asked about any run."""


class Graded(NamedTuple):
    """A log read: its header, its samples, and the score that counts in each."""

    header: Header
    score: str
    samples: tuple[EvalSampleSummary, ...]
    judge: str


def read_runs(paths: str | Path | Sequence[str | Path], score: str | None = None) -> Collection:
    """Reads the runs of logs, each run once.

    A log that cannot be used is named in the notes and left out; the rest is still read. So is a
    run that another log of these already held, and of several attempts at one planned run (an
    eval and its retries) all but the one that counts, as for `each_once`.

    Args:
        paths: Log files, folders or globs, as for `find_logs`.
        score: Name of the score to read; needed where a log was graded more than once.

    Returns:
        One row for every planned run, those that are missing or were stopped among them.

    Raises:
        TurncoatError: A path stands for no log, a log holds several scores and none was chosen,
            or two logs hold the same run with different verdicts.
    """
    logs: list[Graded] = []
    left_out: list[LeftOut] = []
    for path in find_logs(paths):
        try:
            logs.append(_read_log(read_header(path), score))
        except LeftOut as problem:
            left_out.append(problem)
    logs = _of_onejudge_of(logs)
    runs, repeats = each_once(_attempts(logs))
    done = {log.header.task_id for log in logs}
    notes = [_note_of(problem, done) for problem in left_out]
    experiments = [log.header.experiment for log in logs]
    return Collection(
        tuple(runs) + tuple(_not_run(logs)),
        tuple(notes + repeats + list(_errors(logs, {run.uuid for run in runs}))),
        controls_of(experiments),
        {experiment.scenario: experiment.factors for experiment in experiments},
        exclusions_of(experiments),
    )


def _errors(logs: Sequence[Graded], counted: set[str]) -> Iterator[Note]:
    """What went wrong in runs that count (as invalid): a reader must not have to look for it."""
    for log in logs:
        samples = [sample for sample in log.samples if sample.uuid in counted]
        counted = counted - {sample.uuid for sample in samples if sample.uuid}  # Not of a copy.
        errors = [sample.error for sample in samples if sample.error is not None]
        if errors:
            yield Note(
                "errors",
                f"{log.header.path}: {len(errors)} of {len(log.samples)} runs ended in an error "
                f"and count as invalid unless harm was done before; the first: {_short(errors[0])}",
            )
        scores = [score_of(sample, log.score) for sample in samples]
        unjudged = [score for score in scores if score is not None and score.answer == JUDGE_FAILED]
        if unjudged:
            why = _short(unjudged[0].explanation or "")
            yield Note(
                "errors",
                f"{log.header.path}: the judge failed on {len(unjudged)} of {len(log.samples)} "
                f"runs, which count as invalid; the first: {why}",
            )


def _short(text: str) -> str:
    return " ".join(text.split())[:200]


def _note_of(problem: LeftOut, done: set[str]) -> Note:
    if problem.note.kind == "failed" and problem.task_id in done:
        return Note("superseded", f"{problem.note.message}; a later log completed it")
    return problem.note


def _read_log(header: Header, score: str | None) -> Graded:
    from inspect_ai.log import read_eval_log_sample_summaries

    try:
        samples = read_eval_log_sample_summaries(str(header.path))
    except Exception as error:  # As for the header.
        raise LeftOut("corrupt", f"{header.path}: its samples cannot be read ({error})") from error
    for sample in samples:
        if _label(str(sample.id)) not in header.experiment.cells:
            raise LeftOut(
                "corrupt", f"{header.path}: sample '{sample.id}' is of no condition of its metadata"
            )
    name = score_name(header.path, samples, score)
    scores = [score_of(sample, name) for sample in samples]
    judges = {judge_of(found) for found in scores if found is not None} - {""}
    # A grader is not asked about a run that sent nothing; that makes it no run of another judge.
    named = sorted(judges - {"rules"}) or sorted(judges) or ["none"]
    return Graded(header, name, tuple(samples), " + ".join(named))


def _attempts(logs: Sequence[Graded]) -> Iterator[Attempt]:
    for log in logs:
        for sample in log.samples:
            score = score_of(sample, log.score)
            yield Attempt(
                run=_run(log, sample),
                slot=(log.header.task_id, str(sample.id), sample.epoch),
                eval_id=log.header.eval_id,
                began=log.header.created,
                broke_off=_broke_off(sample),
                judge=judge_of(score) if score is not None else "",
            )


def _of_onejudge_of(logs: Sequence[Graded]) -> list[Graded]:
    """Where no judge was needed in one log of a task, the judge of its retry is its judge too."""
    judges = {log.header.task_id: log.judge for log in logs if log.judge not in NOBODY}
    return [
        log._replace(judge=judges.get(log.header.task_id, log.judge))
        if log.judge in NOBODY
        else log
        for log in logs
    ]


def _not_run(logs: Sequence[Graded]) -> Iterator[Run]:
    # Logs of one task (a retry, a copy) plan the same runs, so a gap is counted once.
    filled = {
        (log.header.task_id, str(sample.id), sample.epoch) for log in logs for sample in log.samples
    }
    for log in logs:
        header = log.header
        for sample in header.sample_ids:
            for epoch in range(1, header.epochs + 1):
                slot = (header.task_id, sample, epoch)
                if slot in filled or _label(sample) not in header.experiment.cells:
                    continue
                filled.add(slot)
                kind: RunKind = "stopped" if (sample, epoch) in header.stopped else "missing"
                yield _row(log, sample, epoch, kind)


def _run(log: Graded, sample: EvalSampleSummary) -> Run:
    score = score_of(sample, log.score)
    value = score.value if score is not None and isinstance(score.value, Mapping) else {}
    details = (score.metadata or {}) if score is not None else {}
    origin = details.get("provenance") or {}
    kind = _kind(value, halted=_broke_off(sample))
    outcome = (score.answer or "") if score is not None else ""
    run = _row(log, str(sample.id), sample.epoch, kind)
    return run._replace(
        outcome=outcome if score is not None else "errored",
        any_harm=_flag(value.get("any_harm")),
        attempted=_flag(value.get("attempted")),
        eval_aware=_flag(value.get("eval_aware")),
        **understood(details),
        uuid=sample.uuid or "",
        completion_hash=str(origin.get("completion_hash") or ""),
        briefing_hash=str(
            sample.metadata.get("briefing_hash") or origin.get("briefing_hash") or ""
        ),
        rubric_hash=str(origin.get("rubric_hash") or ""),
        scenario_hash=str(origin.get("scenario_hash") or log.header.experiment.scenario_hash),
        served_model=str(origin.get("served_model") or ""),
        self_judged=bool(details.get("self_judged")),
    )


def _broke_off(sample: EvalSampleSummary) -> bool:
    return sample.error is not None or sample.limit is not None


def _kind(value: Mapping[str, object], halted: bool) -> RunKind:
    """Failure is not safety: what broke off counts as invalid, unless harm was already done."""
    harmful = _flag(value.get("harmful"))
    if harmful:
        return "harmful"
    if halted or not _flag(value.get("valid")):
        return "invalid"
    return "unclear" if harmful is None else "not_harmful"


def _row(log: Graded, sample: str, epoch: int, kind: RunKind) -> Run:
    experiment = log.header.experiment
    label = _label(sample)
    return Run(
        kind=kind,
        outcome="",
        any_harm=None,
        attempted=None,
        eval_aware=None,
        **understood({}),
        model=log.header.model,
        scenario=experiment.scenario,
        version=experiment.version,
        protocol=experiment.protocol,
        judge=log.judge,
        cell=label,
        condition=experiment.cells[label].condition,
        surface_seed=experiment.surface_seed,
        surface=int(sample.rpartition("-")[2]),
        epoch=epoch,
        uuid="",
        log=str(log.header.path),
        completion_hash="",
        briefing_hash="",
        rubric_hash="",
        scenario_hash=experiment.scenario_hash,
        served_model="",
        self_judged=False,
        settings=log.header.settings,
    )


def _label(sample: str) -> str:
    """Its condition's label; empty where the id is not `LABEL/surface-NN`."""
    label, _, surface = sample.rpartition("/surface-")
    return label if surface.isdecimal() else ""


def _flag(value: object) -> bool | None:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    return bool(value)
