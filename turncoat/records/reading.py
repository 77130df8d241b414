"""Inspect logs to runs, read from headers and per-sample summaries, never from transcripts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from turncoat._util.collector import calm_collector
from turncoat.records.controls import controls_of, exclusions_of
from turncoat.records.deduplicate import Attempt, each_once
from turncoat.records.log_runs import LogContent, Recorded, read_content
from turncoat.records.logs import (
    Header,
    LeftOut,
    Note,
    find_logs,
    label_of_sample,
    read_header,
)
from turncoat.records.runs import Collection, Run, RunKind
from turncoat.records.score_selection import runs_by_score
from turncoat.records.store import Store

NOBODY = ("rules", "none")
"""Judges of a log in which no grader was asked about any run."""


class GradedLog(NamedTuple):
    """A log read: its header, and its runs by the score that counts."""

    header: Header
    runs: tuple[Recorded, ...]
    judge: str


def read_runs(
    paths: str | Path | Sequence[str | Path],
    score: str | None = None,
    store: str | Path | None = None,
) -> Collection:
    """Reads the runs of logs, each run once.

    A log that cannot be used is named in the notes and left out; the rest is still read. So is a
    run that another log of these already held, and of several attempts at one planned run (an
    eval and its retries) all but the one that counts, as for `each_once`.

    Args:
        paths: Log files, folders or globs, as for `find_logs`.
        score: Name of the score to read; needed where a log was graded more than once.
        store: Folder of Parquet files, one per log, from which logs that have not changed are
            read, and into which the others are written; None to read the logs themselves.

    Returns:
        One row for every planned run, those that are missing or were stopped among them.

    Raises:
        TurncoatError: A path stands for no log, a log holds several scores and none was chosen,
            two logs hold the same run with different verdicts, or the store cannot be used.
    """
    calm_collector()  # There may be a hundred thousand runs, and no garbage among them.
    kept = Store(Path(store)) if store is not None else None
    logs: list[GradedLog] = []
    left_out: list[LeftOut] = []
    for path in find_logs(paths):
        try:
            logs.append(_graded(_content(path, kept), score))
        except LeftOut as problem:
            left_out.append(problem)
    logs = _of_one_judge(logs)
    runs, repeats = each_once(_attempts(logs))
    done = {log.header.task_id for log in logs}
    graded = {run.uuid: run.log for run in runs if run.uuid} if left_out else {}
    notes = [_note_of(problem, done, graded) for problem in left_out]
    experiments = [log.header.experiment for log in logs]
    return Collection(
        tuple(runs) + tuple(_not_run(logs)),
        tuple(notes + repeats + list(_errors(logs, {run.uuid for run in runs}))),
        controls_of(experiments),
        {experiment.scenario: experiment.factors for experiment in experiments},
        exclusions_of(experiments),
    )


def _content(path: Path, store: Store | None) -> LogContent:
    kept = store.get(path) if store is not None else None
    if kept is not None:
        return kept
    content = read_content(read_header(path))
    if store is not None:
        store.put(content)
    return content


def _graded(content: LogContent, score: str | None) -> GradedLog:
    runs = runs_by_score(content, score)
    judges = {run.judge for run in runs} - {""}
    # A grader is not asked about a run that sent nothing; that makes it no run of another judge.
    named = sorted(judges - {"rules"}) or sorted(judges) or ["none"]
    return GradedLog(content.header, runs, " + ".join(named))


def _of_one_judge(logs: Sequence[GradedLog]) -> list[GradedLog]:
    """Where no judge was needed in one log of a task, the judge of its retry is its judge too."""
    judges = {log.header.task_id: log.judge for log in logs if log.judge not in NOBODY}
    return [
        log._replace(judge=judges.get(log.header.task_id, log.judge))
        if log.judge in NOBODY
        else log
        for log in logs
    ]


def _errors(logs: Sequence[GradedLog], counted: set[str]) -> Iterator[Note]:
    """What went wrong in runs that count (as invalid): a reader must not have to look for it."""
    for log in logs:
        runs = [run for run in log.runs if run.uuid in counted]
        counted.difference_update({run.uuid for run in runs} - {""})  # Not of a copy.
        of = f"of {len(log.runs)} runs"
        errors = [run.error for run in runs if run.error]
        if errors:
            yield Note(
                "errors",
                f"{log.header.path}: {len(errors)} {of} ended in an error and count as invalid "
                f"unless harm was done before; the first: {errors[0]}",
            )
        unjudged = [run.unjudged for run in runs if run.unjudged]
        if unjudged:
            yield Note(
                "errors",
                f"{log.header.path}: the judge failed on {len(unjudged)} {of}, which count as "
                f"invalid; the first: {unjudged[0]}",
            )


def _note_of(problem: LeftOut, done: set[str], graded: Mapping[str, str]) -> Note:
    """What to say of a log that was left out.

    Args:
        problem: Why it was.
        done: Tasks of which another log was read.
        graded: The uuid of each run that was read to its log.
    """
    note = problem.note
    if note.kind == "failed" and problem.task_id in done:
        return Note("superseded", f"{note.message}; a later log completed it")
    if note.kind == "ungraded" and problem.uuids and problem.uuids <= graded.keys():
        others = sorted({graded[uuid] for uuid in problem.uuids})
        return Note("duplicate", f"{note.message}; its runs are in {', '.join(others)} too")
    return note


def _attempts(logs: Sequence[GradedLog]) -> Iterator[Attempt]:
    for log in logs:
        header = log.header
        run_of = _runs_of(log)
        for recorded in log.runs:
            yield Attempt(
                run=run_of(recorded),
                slot=(header.task_id, recorded.sample, recorded.epoch),
                eval_id=header.eval_id,
                began=header.created,
                broke_off=recorded.broke_off,
                judge=recorded.judge,
            )


def _not_run(logs: Sequence[GradedLog]) -> Iterator[Run]:
    # Logs of one task (a retry, a copy) plan the same runs, so a gap is counted once.
    filled = {(log.header.task_id, run.sample, run.epoch) for log in logs for run in log.runs}
    for log in logs:
        header = log.header
        run_of = _runs_of(log)
        for sample in header.sample_ids:
            if label_of_sample(sample) not in header.experiment.cells:
                continue
            for epoch in range(1, header.epochs + 1):
                slot = (header.task_id, sample, epoch)
                if slot in filled:
                    continue
                filled.add(slot)
                stopped = (sample, epoch) in header.stopped
                yield run_of(_never_begun(log, sample, epoch, "stopped" if stopped else "missing"))


def _never_begun(log: GradedLog, sample: str, epoch: int, kind: RunKind) -> Recorded:
    return Recorded(
        sample=sample,
        epoch=epoch,
        uuid="",
        kind=kind,
        outcome="",
        any_harm=None,
        attempted=None,
        eval_aware=None,
        belief="",
        belief_by="",
        comprehended="",
        comprehended_by="",
        judge="",
        completion_hash="",
        briefing_hash="",
        rubric_hash="",
        scenario_hash=log.header.experiment.scenario_hash,
        served_model="",
        self_judged=False,
        broke_off=False,
        error="",
        unjudged="",
    )


def _runs_of(log: GradedLog) -> Callable[[Recorded], Run]:
    """What makes runs of what a log recorded, with all that they share looked up once.

    There may be a hundred thousand runs, so fields are handed over by place: those of `Recorded`
    from `kind` and from `completion_hash` on stand in the order of `Run`.
    """
    header = log.header
    experiment = header.experiment
    path = str(header.path)
    last = (header.settings, experiment.precision is not None)
    places: dict[str, tuple[object, ...]] = {}

    def place_of(sample: str) -> tuple[object, ...]:
        label = label_of_sample(sample)
        return (
            header.model,
            experiment.scenario,
            experiment.version,
            experiment.protocol,
            log.judge,
            label,
            experiment.cells[label].condition,
            experiment.surface_seed,
            int(sample.rpartition("-")[2]),
        )

    def run_of(recorded: Recorded) -> Run:
        fields: tuple[Any, ...] = recorded
        sample, epoch, uuid = fields[:3]
        place = places.get(sample) or places.setdefault(sample, place_of(sample))
        return Run._make((*fields[_KIND], *place, epoch, uuid, path, *fields[_HASHES], *last))

    return run_of


_KIND = slice(Recorded._fields.index("kind"), Recorded._fields.index("judge"))
_HASHES = slice(Recorded._fields.index("completion_hash"), Recorded._fields.index("broke_off"))
assert Run._fields == (
    *Recorded._fields[_KIND],
    *("model", "scenario", "version", "protocol", "judge", "cell", "condition"),
    *("surface_seed", "surface", "epoch", "uuid", "log"),
    *Recorded._fields[_HASHES],
    *("settings", "sequential"),
)
