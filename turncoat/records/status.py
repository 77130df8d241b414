"""How far evals have come: what is planned, judged and missing, and what completes it."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from turncoat.contract import JUDGE_FAILED
from turncoat.records.logs import Header, LeftOut, find_logs, read_header
from turncoat.records.reading import read_runs
from turncoat.records.runs import Collection, Run

AGAIN = frozenset({"errored", "limited", "invalidated"})
"""Reasons for which `inspect eval-retry` makes a run again."""


class EvalStatus(NamedTuple):
    """How far one eval has come, its retries taken together."""

    model: str
    scenario: str
    protocol: str
    log: str
    """Its newest log."""
    planned: int
    judged: int
    unclear: int
    invalid: Mapping[str, int]
    """Reason to how many."""
    missing: int
    stopped: int
    """Not needed any more, by early stopping."""
    waiting: int
    """Of the missing, those that finished and can be recovered from a log that broke off."""
    state: str
    """How its newest log ended, where that was not well."""
    complete_with: tuple[str, ...]
    """Commands that complete it, in order; none where nothing is left to do."""


class Statuses(NamedTuple):
    """The evals of some logs."""

    evals: tuple[EvalStatus, ...]
    collection: Collection

    @property
    def complete(self) -> bool:
        """Whether nothing is left to do."""
        return not any(one.complete_with for one in self.evals)


def statuses_of(paths: Sequence[str]) -> Statuses:
    """How far the evals have come whose logs lie somewhere.

    Args:
        paths: Log files, folders, globs or URIs.

    Returns:
        One entry an eval, with the newest of its logs; logs that cannot be read are in the notes
        of the collection.

    Raises:
        TurncoatError: A path stands for no log.
    """
    headers: dict[str, list[Header]] = {}
    for path in find_logs(paths):
        try:
            header = read_header(path)
        except LeftOut:
            continue  # `read_runs` says why.
        headers.setdefault(header.task_id, []).append(header)
    collection = read_runs(paths, unfinished=True)
    task_of = {header.path: task for task, same in headers.items() for header in same}
    runs: dict[str, list[Run]] = {task: [] for task in headers}
    for run in collection.runs:
        runs[task_of[run.log]].append(run)
    waiting = _recoverable(headers)
    evals = (
        _status(same, runs[task], waiting)
        for task, same in headers.items()
        if runs[task] or any(header.broken for header in same)
    )
    return Statuses(tuple(evals), collection)


def _recoverable(headers: Mapping[str, Sequence[Header]]) -> Mapping[str, int]:
    """Name of each broken log to how many finished runs of it wait in Inspect's buffer."""
    places = {Path(h.path).parent for same in headers.values() for h in same if h.broken}
    if not places:
        return {}
    from inspect_ai.log import recoverable_eval_logs

    found: dict[str, int] = {}
    for place in places:
        for one in recoverable_eval_logs(str(place)):
            found[Path(one.log.name).name] = one.completed_samples
    return found


def _status(
    headers: Sequence[Header], runs: Sequence[Run], waiting: Mapping[str, int]
) -> EvalStatus:
    newest = max(headers, key=lambda header: (not header.broken, header.created))
    kinds = Counter(run.kind for run in runs)
    invalid = Counter(run.reason for run in runs if run.kind == "invalid")
    return EvalStatus(
        model=newest.model,
        scenario=newest.experiment.scenario,
        protocol=newest.experiment.protocol,
        log=newest.path,
        planned=len(runs),
        judged=kinds["harmful"] + kinds["not_harmful"],
        unclear=kinds["unclear"],
        invalid=dict(invalid.most_common()),
        missing=kinds["missing"],
        stopped=kinds["stopped"],
        waiting=min(kinds["missing"], waiting.get(Path(newest.path).name, 0)),
        state=newest.broken,
        complete_with=tuple(_commands(newest, kinds["missing"], invalid, runs)),
    )


def _commands(
    newest: Header, missing: int, invalid: Mapping[str, int], runs: Sequence[Run]
) -> Iterable[str]:
    log = shlex.quote(newest.path)
    folder = f" --log-dir {shlex.quote(str(Path(newest.path).parent))}"
    if newest.broken or missing or AGAIN & invalid.keys():
        yield f"inspect eval-retry {log}{folder}"
    if JUDGE_FAILED in invalid:
        judges = ",".join(dict.fromkeys(r.judged_by for r in runs if r.judged_by)) or "MODEL"
        yield (
            f"inspect score {log} --scorer turncoat/conduct --action append --model-role "
            f"grader={judges.replace(', ', ',')} --output-file "
            f"{shlex.quote(newest.path.removesuffix('.eval') + '-scored.eval')}"
        )
