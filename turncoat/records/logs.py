"""Which Inspect logs there are, and what their headers say of the experiment."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple, cast

from pydantic import ValidationError

from turncoat._util.errors import TurncoatError
from turncoat._util.keys import learn, without_keys
from turncoat.contract import Experiment
from turncoat.records.inflation import inflates_too_far
from turncoat.records.settings import Settings, grader_settings, settings_of
from turncoat.records.unreadable import why_unreadable

if TYPE_CHECKING:
    from inspect_ai.log import EvalLog

SUFFIXES = (".eval", ".json")
_LOG_NAME = re.compile(r"\d{4}-\d{2}-\d{2}T")
"""How Inspect begins the names of its logs."""
NOT_LOGS = ("logs.json", "eval-set.json")
"""What Inspect writes beside logs."""

NoteKind = Literal[
    "failed",
    "errors",
    "corrupt",
    "ungraded",
    "mixed",
    "labels",
    "duplicate",
    "superseded",
    "foreign",
    "caution",
]
FAILURES: frozenset[NoteKind] = frozenset(
    {"failed", "errors", "corrupt", "ungraded", "mixed", "labels"}
)
"""Kinds after which a command ends with status 1: something that should count does not."""


class Note(NamedTuple):
    """Something a reader of the rates has to know."""

    kind: NoteKind
    message: str

    @property
    def is_failure(self) -> bool:
        """Whether a command that meets it ends with status 1."""
        return self.kind in FAILURES


class Header(NamedTuple):
    """A log's header, as far as rates need it."""

    path: str
    """Where the log lies: a path, or a URI."""
    broken: str
    """How it ended, where that was not well; its runs are attempts all the same."""
    model: str
    task_id: str
    """Shared by a log, its retries and its copies."""
    eval_id: str
    """Shared by a log and its copies."""
    created: str
    """When the eval began, as ISO 8601 in UTC."""
    experiment: Experiment
    settings: Settings
    graders: Mapping[str, str]
    """Names of the models bound to a grading role to their settings."""
    sample_ids: tuple[str, ...]
    epochs: int
    stopped: frozenset[tuple[str, int]]
    """Sample id and epoch of runs that early stopping found to be needless."""
    invalidated: bool
    """Whether somebody marked runs of it as invalid afterwards."""


class LeftOut(Exception):  # noqa: N818 (it is an answer, not an error)
    """A log that cannot be used, with the note that says why."""

    def __init__(
        self, kind: NoteKind, message: str, task_id: str = "", uuids: frozenset[str] = frozenset()
    ) -> None:
        super().__init__(message)
        self.note = Note(kind, message)
        self.task_id = task_id
        self.uuids = uuids
        """Those of its runs, where they could be read."""


def place_of(location: str | Path) -> Path:
    """A path, or what a URI stands for, to be used like one.

    Args:
        location: A path, or a URI that fsspec knows (`s3://...`, `file://...`).
    """
    text = str(location)
    if isinstance(location, Path) or "://" not in text:
        return Path(location)
    from upath import UPath

    found = UPath(text)
    return Path(found.path) if found.protocol in ("file", "local") else cast(Path, found)


def find_logs(paths: str | Path | Sequence[str | Path]) -> list[Path]:
    """The log files that files, folders, globs and URIs stand for.

    Args:
        paths: One or several; each a log file, a folder (searched with all below it) or a glob,
            as a path or as a URI.

    Returns:
        Existing files, each once, in the order of their names (which begin with the time).

    Raises:
        TurncoatError: A path stands for no log, or cannot be looked at.
    """
    found: dict[str, Path] = {}
    for path in [paths] if isinstance(paths, str | Path) else paths:
        try:
            logs = _logs_of(place_of(path))
        except (OSError, ValueError, ImportError) as error:
            raise TurncoatError(f"'{path}' cannot be looked at: {error}") from None
        if not logs:
            raise TurncoatError(
                f"no log found at '{path}': name a .eval or .json log, a folder that holds some, "
                "or a glob"
            )
        found.update({str(log.resolve()): log for log in logs})
    return sorted(found.values(), key=lambda log: (log.name, str(log)))


def _logs_of(path: Path) -> list[Path]:
    if path.is_dir():
        return [log for log in _below(path) if _is_log(log)]
    if path.is_file():
        return [path] if path.suffix in SUFFIXES else []
    hits = sorted(_matches(path))
    return [
        log for hit in hits for log in (_logs_of(hit) if hit.is_dir() else [hit]) if _is_log(log)
    ]


def _below(folder: Path) -> Iterable[Path]:
    """All files below a folder, behind links as well; each folder once, so links may form a loop.

    Raises:
        OSError: A folder cannot be looked into, or a log is a link to nothing.
    """
    if hasattr(folder, "fs"):  # Not on this machine.
        yield from folder.rglob("*")
        return

    def refuse(error: OSError) -> None:
        raise error

    seen = {os.path.realpath(folder)}
    for root, folders, files in os.walk(folder, onerror=refuse, followlinks=True):
        unseen = []
        for name in folders:
            if (real := os.path.realpath(Path(root, name))) not in seen:
                seen.add(real)
                unseen.append(name)
        folders[:] = unseen
        for name in files:
            path = Path(root, name)
            if path.suffix in SUFFIXES and not path.exists():
                raise FileNotFoundError(f"{path} is a link to nothing")
            yield path


def _matches(pattern: Path) -> Iterable[Path]:
    """What a glob stands for, looked for below its last part that is none."""
    parts = [*reversed(pattern.parents), pattern]
    wild = next((n for n, part in enumerate(parts) if set(part.name) & set("*?[")), None)
    if wild is None:
        return ()
    return parts[wild - 1].glob("/".join(part.name for part in parts[wild:]))


def _is_log(path: Path) -> bool:
    """Beside logs lie other JSON files, such as an eval set's own: those are passed over."""
    if path.suffix not in SUFFIXES or path.name in NOT_LOGS or not path.is_file():
        return False
    if path.suffix == ".eval" or _LOG_NAME.match(path.name):
        return True
    with path.open(encoding="utf-8", errors="replace") as file:
        head = file.read(2_000)
    return '"status"' in head and '"eval"' in head


def read_header(path: Path) -> Header:
    """Reads the header of a log, never its transcripts.

    Args:
        path: A .eval or .json file.

    Returns:
        What rates need of it.

    Raises:
        LeftOut: The log is corrupt, or is not one of Turncoat's.
    """
    from inspect_ai.log import read_eval_log

    if why := inflates_too_far(path):
        raise LeftOut("corrupt", f"{path}: cannot be read as a log: {why}")
    try:
        log = read_eval_log(str(path), header_only=True)
    except Exception as error:  # Whatever a broken zip, JSON or schema raises.
        raise LeftOut(
            "corrupt", f"{path}: cannot be read as a log: {why_unreadable(path, error)}"
        ) from error
    try:
        experiment = Experiment.found_in(log.eval.metadata)
    except ValidationError as error:
        problem = error.errors()[0]
        where = ".".join(str(part) for part in problem["loc"])
        raise LeftOut(
            "corrupt", f"{path}: its metadata is not Turncoat's: {where}: {problem['msg']}"
        ) from error
    if experiment is None:
        raise LeftOut("foreign", f"{path}: not a Turncoat log (task {log.eval.task})")
    learn(log.eval.model_args)
    learn([log.eval.model_base_url, log.eval.task_args])
    stopping = log.results.early_stopping if log.results is not None else None
    stops = stopping.early_stops if stopping is not None else []
    return Header(
        path=str(path),
        broken="" if log.status == "success" else without_keys(_why_failed(log)),
        model=without_keys(log.eval.model),
        # A log of an early Inspect without ids is a task and an eval of its own.
        task_id=log.eval.task_id or str(path),
        eval_id=log.eval.eval_id or log.eval.task_id or str(path),
        created=log.eval.created,
        experiment=experiment,
        settings=settings_of(log, experiment.factors, experiment.package_version),
        graders=grader_settings(log),
        sample_ids=tuple(str(sample) for sample in log.eval.dataset.sample_ids or ()),
        epochs=log.eval.config.epochs or 1,
        stopped=frozenset((str(stop.id), stop.epoch) for stop in stops),
        invalidated=log.invalidated,
    )


def _why_failed(log: EvalLog) -> str:
    if log.status == "started":
        return "is still running, or was broken off (status started)"
    reason = f": {log.error.message.splitlines()[0]}" if log.error and log.error.message else ""
    return f"did not end well (status {log.status}{reason})"
