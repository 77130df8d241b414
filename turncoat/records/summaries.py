"""What a log says of each of its runs, without the transcripts: only the fields that rates need.

Inspect's own reader makes whole objects of the summaries, prompts included; over a hundred
thousand runs that is most of the time. Here the same file of the log is validated against a small
model, and what is in no field is never made an object. Whatever is not such a file goes through
Inspect's reader.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, TypeAdapter

SUMMARIES = "summaries.json"
"""The member of a finished `.eval` log that holds the summaries of all its samples."""


class _Slim(BaseModel):
    model_config = ConfigDict(from_attributes=True, extra="ignore")


class Origin(_Slim):
    """Where a score comes from, as its metadata says under `provenance`."""

    completion_hash: Any = ""
    briefing_hash: Any = ""
    rubric_hash: Any = ""
    scenario_hash: Any = ""
    served_model: Any = ""


def _listed(value: object) -> object:
    """A list as it is; else none, since Inspect's summaries have a sentence for a long one."""
    return value if isinstance(value, list | tuple) else ()


class PanelVote(_Slim):
    """What one judge of a panel said."""

    judge: str = ""
    outcome: str = ""


class Details(_Slim):
    """A score's metadata."""

    judge: Any = ""
    votes: Annotated[tuple[PanelVote, ...], BeforeValidator(_listed)] = ()
    self_judged: Any = False
    belief: Any = None
    belief_by: Any = ""
    comprehended: Any = None
    comprehended_by: Any = ""
    provenance: Origin | None = None


class SummaryScore(_Slim):
    """One score of a run."""

    value: Any = None
    answer: str | None = None
    explanation: str | None = None
    metadata: Details | None = None


class Summary(_Slim):
    """One run of a log."""

    id: str | int
    epoch: int
    uuid: str | None = None
    error: str | None = None
    limit: Any = None
    scores: dict[str, SummaryScore] | None = None


_SUMMARIES = TypeAdapter(list[Summary])


def read_summaries(path: Path) -> list[Summary]:
    """The runs that a log holds, each sample and epoch once.

    Args:
        path: A `.eval` or `.json` log.

    Returns:
        One entry per run, in the order of the log.

    Raises:
        Exception: Whatever a broken zip, JSON or schema raises.
    """
    found = _from_member(path)
    if found is None:
        from inspect_ai.log import read_eval_log_sample_summaries

        return _SUMMARIES.validate_python(read_eval_log_sample_summaries(str(path)))
    # As Inspect reads them: the last entry of a sample and epoch is the one that stands.
    return list({(str(summary.id), summary.epoch): summary for summary in found}.values())


def read_invalidated(path: Path) -> frozenset[tuple[str, int]]:
    """The runs that somebody marked as invalid afterwards (Inspect's `invalidate_samples`).

    That stands in the samples alone, so all of them are read, though not their transcripts.

    Args:
        path: A `.eval` or `.json` log.

    Returns:
        Sample id and epoch of each.

    Raises:
        Exception: As for `read_summaries`.
    """
    from inspect_ai.log import read_eval_log_samples

    samples = read_eval_log_samples(
        str(path), all_samples_required=False, exclude_fields={"messages", "events", "store"}
    )
    return frozenset((str(s.id), s.epoch) for s in samples if s.invalidation is not None)


def _from_member(path: Path) -> list[Summary] | None:
    """The summaries of a finished `.eval` log; None where it has another form."""
    if path.suffix != ".eval":
        return None
    from zipfile import ZipFile

    import inspect_ai.log  # noqa: F401  (teaches zipfile the compression of Inspect's logs)

    with ZipFile(path) as log:
        if SUMMARIES not in log.namelist():
            return None
        return _SUMMARIES.validate_json(log.read(SUMMARIES))
