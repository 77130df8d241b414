"""Which Inspect logs there are, and what their headers say of the experiment."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, NamedTuple

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from turncoat._util.errors import TurncoatError
from turncoat.records.unreadable import why_unreadable

if TYPE_CHECKING:
    from inspect_ai.log import EvalLog

SUFFIXES = (".eval", ".json")
_LOG_NAME = re.compile(r"\d{4}-\d{2}-\d{2}T")
"""How Inspect begins the names of its logs."""

NoteKind = Literal[
    "failed",
    "errors",
    "corrupt",
    "ungraded",
    "mixed",
    "duplicate",
    "superseded",
    "foreign",
    "caution",
]
FAILURES: frozenset[NoteKind] = frozenset({"failed", "errors", "corrupt", "ungraded", "mixed"})
"""Kinds after which a command ends with status 1: something that should count does not."""


Level = Annotated[str, BeforeValidator(str)]
"""A level's name; the count of a factor such as `noise` may be stored as a number."""


class Note(NamedTuple):
    """Something a reader of the rates has to know."""

    kind: NoteKind
    message: str

    @property
    def is_failure(self) -> bool:
        """Whether a command that meets it ends with status 1."""
        return self.kind in FAILURES


class CellSpec(BaseModel):
    """One condition of an eval, as its log's metadata describes it."""

    model_config = ConfigDict(frozen=True)

    design: str = ""
    condition: dict[str, Level]


class ExclusionSpec(BaseModel):
    """A study's rule for leaving a model out, as a log's metadata describes it."""

    model_config = ConfigDict(frozen=True)

    design: str
    above: float
    """Rate above which a model is marked."""
    controls: dict[str, str]
    """Label of each cell to that of the one whose rate decides."""


class Experiment(BaseModel):
    """What `eval.metadata["turncoat"]` of a log says."""

    model_config = ConfigDict(frozen=True)

    scenario: str
    version: str
    protocol: str
    surface_seed: Level = "0"
    scenario_hash: str = ""
    package_version: Level = ""
    factors: dict[str, list[Level]] = Field(default_factory=dict)
    """Factor to its levels; the first is the scenario's default."""
    cells: dict[str, CellSpec]
    controls: dict[str, str | None] = Field(default_factory=dict)
    exclusion: ExclusionSpec | None = None
    precision: float | None = None
    """Half-width at which its conditions stopped; None where the number of runs was fixed."""


class Settings(NamedTuple):
    """How the model was asked; runs that differ here are no repeats of each other."""

    max_tokens: int | None
    temperature: float | None
    seed: int | None
    cached: bool
    top_p: float | None
    top_k: int | None
    reasoning_effort: str | None
    reasoning_tokens: int | None
    effort: str | None
    model_args: str
    """As JSON with sorted keys; Inspect has left out what could be a secret."""
    model_base_url: str | None
    package_version: str
    """Turncoat's; empty where the log does not say."""


class Header(NamedTuple):
    """A log's header, as far as rates need it."""

    path: Path
    model: str
    task_id: str
    """Shared by a log, its retries and its copies."""
    eval_id: str
    """Shared by a log and its copies."""
    created: str
    """When the eval began, as ISO 8601 in UTC."""
    experiment: Experiment
    settings: Settings
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


def label_of_sample(sample: str) -> str:
    """The label of a sample's condition.

    Args:
        sample: Its id.

    Returns:
        The label; empty where the id is not `LABEL/surface-NN`.
    """
    label, _, surface = sample.rpartition("/surface-")
    return label if surface.isdecimal() else ""


def find_logs(paths: str | Path | Sequence[str | Path]) -> list[Path]:
    """The log files that files, folders and globs stand for.

    Args:
        paths: One or several; each a log file, a folder (searched with all below it) or a glob.

    Returns:
        Existing files, each once, in the order of their names (which begin with the time).

    Raises:
        TurncoatError: A path stands for no log.
    """
    found: dict[Path, Path] = {}
    for path in [paths] if isinstance(paths, str | Path) else paths:
        logs = _logs_of(Path(path))
        if not logs:
            raise TurncoatError(
                f"no log found at '{path}': name a .eval or .json log, a folder that holds some, "
                "or a glob"
            )
        found.update({log.resolve(): log for log in logs})
    return sorted(found.values(), key=lambda log: (log.name, str(log)))


def _logs_of(path: Path) -> list[Path]:
    if path.is_dir():
        return [log for log in path.rglob("*") if _is_log(log)]
    if path.is_file():
        return [path] if path.suffix in SUFFIXES else []
    anchor = Path(path.anchor or ".")
    pattern = str(path.relative_to(path.anchor)) if path.anchor else str(path)
    hits = sorted(anchor.glob(pattern)) if pattern not in ("", ".") else []
    return [
        log for hit in hits for log in (_logs_of(hit) if hit.is_dir() else [hit]) if _is_log(log)
    ]


def _is_log(path: Path) -> bool:
    """Beside logs lie other JSON files, such as an eval set's own: those are passed over."""
    if not path.is_file() or path.suffix not in SUFFIXES:
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
        LeftOut: The log is corrupt, did not end with success, or is not one of Turncoat's.
    """
    from inspect_ai.log import read_eval_log

    try:
        log = read_eval_log(str(path), header_only=True)
    except Exception as error:  # Whatever a broken zip, JSON or schema raises.
        raise LeftOut(
            "corrupt", f"{path}: cannot be read as a log: {why_unreadable(path, error)}"
        ) from error
    metadata = (log.eval.metadata or {}).get("turncoat")
    if not isinstance(metadata, Mapping):
        raise LeftOut("foreign", f"{path}: not a Turncoat log (task {log.eval.task})")
    if log.status != "success":
        raise LeftOut("failed", f"{path}: {_why_failed(log)}", log.eval.task_id)
    try:
        experiment = Experiment.model_validate(metadata)
    except ValidationError as error:
        problem = error.errors()[0]
        where = ".".join(str(part) for part in problem["loc"])
        raise LeftOut(
            "corrupt", f"{path}: its metadata is not Turncoat's: {where}: {problem['msg']}"
        ) from error
    return _header(path, log, experiment)


def _header(path: Path, log: EvalLog, experiment: Experiment) -> Header:
    stopping = log.results.early_stopping if log.results is not None else None
    stops = stopping.early_stops if stopping is not None else []
    return Header(
        path=path,
        model=log.eval.model,
        # A log of an early Inspect without ids is a task and an eval of its own.
        task_id=log.eval.task_id or str(path),
        eval_id=log.eval.eval_id or log.eval.task_id or str(path),
        created=log.eval.created,
        experiment=experiment,
        settings=_settings(log, experiment),
        sample_ids=tuple(str(sample) for sample in log.eval.dataset.sample_ids or ()),
        epochs=log.eval.config.epochs or 1,
        stopped=frozenset((str(stop.id), stop.epoch) for stop in stops),
        invalidated=log.invalidated,
    )


def _settings(log: EvalLog, experiment: Experiment) -> Settings:
    # The plan holds what the task and the command line set; the model's own config is below it.
    config = log.eval.model_generate_config.merge(log.plan.config)
    return Settings(
        max_tokens=config.max_tokens,
        temperature=config.temperature,
        seed=config.seed,
        cached=bool(config.cache),
        top_p=config.top_p,
        top_k=config.top_k,
        reasoning_effort=config.reasoning_effort,
        reasoning_tokens=config.reasoning_tokens,
        effort=config.effort,
        model_args=json.dumps(log.eval.model_args, sort_keys=True, default=str),
        model_base_url=log.eval.model_base_url,
        package_version=experiment.package_version,
    )


def _why_failed(log: EvalLog) -> str:
    if log.status == "started":
        return "is still running, or was broken off (status started)"
    reason = f": {log.error.message.splitlines()[0]}" if log.error and log.error.message else ""
    return f"did not end well (status {log.status}{reason})"
