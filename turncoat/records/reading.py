"""Inspect logs to runs, read from headers and per-sample summaries, never from transcripts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from turncoat._util.collector import calm_collector
from turncoat.contract import label_of_sample
from turncoat.records.controls import controls_of, exclusions_of
from turncoat.records.deduplicate import GradedLog, each_once
from turncoat.records.log_runs import LogContent, read_content
from turncoat.records.logs import Header, LeftOut, Note, find_logs, read_header
from turncoat.records.runs import RECORDED, Collection, Run, RunKind
from turncoat.records.score_selection import completeness, score_to_read
from turncoat.records.store import Store
from turncoat.records.summaries import graded_later

LENGTH = len(RECORDED)
NOBODY = ("rules", "none")
"""Judges of a log in which no grader was asked about any run."""


def read_runs(
    paths: str | Path | Sequence[str | Path],
    score: str | None = None,
    store: str | Path | None = None,
    *,
    unfinished: bool = False,
) -> Collection:
    """Reads the runs of logs, each run once.

    A log that cannot be used is named in the notes and left out; the rest is still read. So is a
    run that another log of these already held, and of several attempts at one planned run (an
    eval and its retries) all but the one that counts, as for `each_once`. A log that did not end
    well is left out, too, unless a later one completed it: then its attempts count.

    Args:
        paths: Log files, folders, globs or URIs, as for `find_logs`.
        score: Name of the score to read; None for our own, the newest where there are several.
        store: Folder of Parquet files, one per log, from which logs that have not changed are
            read, and into which the others are written; None to read the logs themselves.
        unfinished: Also take what there is of logs that did not end well and that no other log
            completes, as `turncoat status` does: as attempts, in which runs are missing.

    Returns:
        One row for every planned run, those that are missing or were stopped among them.

    Raises:
        TurncoatError: A path stands for no log, or the store cannot be used.
    """
    calm_collector()  # There may be a hundred thousand runs, and no garbage among them.
    contents, broken, left_out = _read(find_logs(paths), store)
    tasks = {content.header.task_id for content in contents}
    if unfinished:
        alone = [header for header in broken if header.task_id not in tasks]
        broken = [header for header in broken if header.task_id in tasks]
        contents += [read_content(header._replace(broken="")) for header in alone]
    notes = [
        Note(
            "failed",
            f"{header.path}: {header.broken}; `inspect eval-retry {header.path}` completes it",
        )
        for header in broken
        if header.task_id not in tasks
    ]
    for header in broken:
        if header.task_id in tasks:
            why = f"{header.path}: {header.broken}; a later log completed it"
            try:
                contents.append(read_content(header))
            except LeftOut:
                why += ". Its samples cannot be read: what they did before is not known"
            notes.append(Note("superseded", why))
    logs: list[GradedLog] = []
    for content in contents:
        try:
            name = score_to_read(content, score)
            logs.append(GradedLog(content.header, content.runs[name], name))
            notes += _said_of(content, name, score)
        except LeftOut as problem:
            if not content.header.broken:
                left_out.append(problem)
    counted, repeats = each_once(logs, _newest)
    judges = _judges(logs, counted)
    graded = {run.uuid: log.header.path for log in counted for run in log.runs if run.uuid}
    planned = [log.header for log in logs if not log.header.broken]
    experiments = [header.experiment for header in planned]
    return Collection(
        (
            *(run for log in counted for run in _runs_of(log.header, log.runs, judges)),
            *(
                run
                for header, runs in _not_run(planned, logs)
                for run in _runs_of(header, runs, judges)
            ),
        ),
        (
            *(_note_of(problem, graded) for problem in left_out),
            *notes,
            *repeats,
            *_errors(logs, counted),
        ),
        controls_of(experiments),
        {experiment.scenario: experiment.factors for experiment in experiments},
        exclusions_of(experiments),
    )


def _read(
    paths: Iterable[Path], store: str | Path | None
) -> tuple[list[LogContent], list[Header], list[LeftOut]]:
    """Finished logs; headers of those that broke off; and what cannot be used."""
    kept = Store(Path(store)) if store is not None else None
    contents: list[LogContent] = []
    broken: list[Header] = []
    left_out: list[LeftOut] = []
    for path in paths:
        content = kept.get(path) if kept is not None else None
        try:
            if content is None:
                header = read_header(path)
                if header.broken:
                    broken.append(header)
                    continue
                content = read_content(header)
                if kept is not None:
                    kept.put(content)
            contents.append(content)
        except LeftOut as problem:
            left_out.append(problem)
    return contents, broken, left_out


def _said_of(content: LogContent, name: str, chosen: str | None) -> Iterator[Note]:
    path = content.header.path
    if chosen is None and len(content.own) > 1:
        yield Note(
            "caution",
            f"{path}: was graded more than once; '{name}', the newest complete score, is read. "
            f"Choose another with --score: {', '.join(content.scores)}",
        )
    for author, count in content.edits.get(name, {}).items():
        yield Note("caution", f"{path}: {count} verdicts were edited by {author}")


def _newest(log: GradedLog) -> tuple[int, str]:
    """What puts the newest complete one first among scorings of the same runs."""
    return completeness(log.runs), graded_later(log.header.path)


def _judges(logs: Sequence[GradedLog], counted: Sequence[GradedLog]) -> Mapping[str, str]:
    """Path of each log to its judge.

    Where no judge was needed in one log of a task, the judge of its retry is its judge too.
    """
    own: dict[str, str] = {}
    of_task: dict[str, str] = {}
    for log, left in zip(logs, counted, strict=True):
        judges = {run.judged_by for run in log.runs} - {""}
        # A grader is not asked about a run that sent nothing; that makes it no run of another.
        named = sorted(judges - {"rules"}) or sorted(judges) or ["none"]
        judge = own[log.header.path] = " + ".join(named)
        if left.runs and judge not in NOBODY:
            of_task[log.header.task_id] = judge
    for log in logs:
        if own[log.header.path] in NOBODY:
            own[log.header.path] = of_task.get(log.header.task_id, own[log.header.path])
    return own


def _errors(logs: Sequence[GradedLog], counted: Sequence[GradedLog]) -> Iterator[Note]:
    """What went wrong in runs that count (as invalid): a reader must not have to look for it."""
    for whole, log in zip(logs, counted, strict=True):
        of = f"of {len(whole.runs)} runs"
        errors = [run.error for run in log.runs if run.error]
        if errors:
            yield Note(
                "errors",
                f"{log.header.path}: {len(errors)} {of} ended in an error and count as invalid "
                f"unless harm was done before; the first: {errors[0]}",
            )
        unjudged = [run.unjudged for run in log.runs if run.unjudged]
        if unjudged:
            yield Note(
                "errors",
                f"{log.header.path}: the judge failed on {len(unjudged)} {of}, which count as "
                f"invalid; the first: {unjudged[0]}",
            )


def _note_of(problem: LeftOut, graded: Mapping[str, str]) -> Note:
    """What to say of a log that was left out; `graded` has each run that was read and its log."""
    note = problem.note
    if note.kind == "ungraded" and problem.uuids and problem.uuids <= graded.keys():
        others = sorted({graded[uuid] for uuid in problem.uuids})
        return Note("duplicate", f"{note.message}; its runs are in {', '.join(others)} too")
    return note


def _not_run(
    planned: Sequence[Header], logs: Sequence[GradedLog]
) -> Iterator[tuple[Header, list[Run]]]:
    # Logs of one task (a retry, a copy) plan the same runs, so a gap is counted once.
    filled = {(log.header.task_id, run.sample, run.epoch) for log in logs for run in log.runs}
    for header in planned:
        gaps = []
        for sample in header.sample_ids:
            if label_of_sample(sample) not in header.experiment.cells:
                continue
            for epoch in range(1, header.epochs + 1):
                slot = (header.task_id, sample, epoch)
                if slot not in filled:
                    filled.add(slot)
                    kind: RunKind = "stopped" if (sample, epoch) in header.stopped else "missing"
                    hash_ = header.experiment.scenario_hash
                    gaps.append(Run(sample, epoch, kind, scenario_hash=hash_))
        yield header, gaps


def _runs_of(header: Header, recorded: Iterable[Run], judges: Mapping[str, str]) -> Iterator[Run]:
    """Runs of what a log recorded; what they share is looked up once, for there may be many."""
    experiment = header.experiment
    places: dict[str, tuple[object, ...]] = {}

    def place_of_sample(sample: str) -> tuple[object, ...]:
        label = label_of_sample(sample)
        surface = int(sample.rpartition("-")[2])
        return (
            header.model,
            experiment.scenario,
            experiment.version,
            experiment.protocol,
            judges[header.path],
            label,
            experiment.cells[label].condition,
            experiment.surface_seed,
            surface,
            experiment.told.get(surface, {}),
            header.path,
            header.settings,
            experiment.precision is not None,
        )

    for run in recorded:
        place = places.get(run.sample) or places.setdefault(run.sample, place_of_sample(run.sample))
        yield Run._make((*run[:LENGTH], *place))
