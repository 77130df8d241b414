"""What a log says of each of its runs, without the transcripts: only the fields that rates need.

Inspect's own reader makes whole objects of the summaries, prompts included; over a hundred
thousand runs that is most of the time. Here the same file of the log is validated against a small
model, and what is in no field is never made an object. Whatever is not such a file goes through
Inspect's reader.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, TypeAdapter

from turncoat.contract import ScoreHead
from turncoat.records.logs import place_of

SUMMARIES = "summaries.json"
"""The member of a finished `.eval` log that holds the summaries of all its samples."""


class _Slim(BaseModel):
    model_config = ConfigDict(from_attributes=True, extra="ignore")


class SummaryScore(_Slim):
    """One score of a run."""

    value: Any = None
    answer: str | None = None
    explanation: str | None = None
    metadata: ScoreHead | None = None


class Summary(_Slim):
    """One run of a log."""

    id: str | int
    epoch: int
    uuid: str | None = None
    error: str | None = None
    limit: Any = None
    scores: dict[str, SummaryScore] | None = None


_SUMMARIES = TypeAdapter(list[Summary])


def read_summaries(path: str) -> list[Summary]:
    """The runs that a log holds, each sample and epoch once.

    Args:
        path: Path or URI of a `.eval` or `.json` log.

    Returns:
        One entry per run, in the order of the log.

    Raises:
        Exception: Whatever a broken zip, JSON or schema raises.
    """
    found = _from_member(path)
    if found is None:
        from inspect_ai.log import read_eval_log_sample_summaries

        return _SUMMARIES.validate_python(read_eval_log_sample_summaries(path))
    # As Inspect reads them: the last entry of a sample and epoch is the one that stands.
    return list({(str(summary.id), summary.epoch): summary for summary in found}.values())


def read_invalidated(path: str) -> frozenset[tuple[str, int]]:
    """The runs that somebody marked as invalid afterwards (Inspect's `invalidate_samples`).

    That stands in the samples alone, so all of them are read, though not their transcripts.

    Args:
        path: Path or URI of a `.eval` or `.json` log.

    Returns:
        Sample id and epoch of each.

    Raises:
        Exception: As for `read_summaries`.
    """
    from inspect_ai.log import read_eval_log_samples

    samples = read_eval_log_samples(
        path, all_samples_required=False, exclude_fields={"messages", "events", "store"}
    )
    return frozenset((str(s.id), s.epoch) for s in samples if s.invalidation is not None)


def read_edits(path: str, score: str) -> Mapping[str, int]:
    """Who changed verdicts of a log by hand, and how many.

    That stands in the samples alone, as for `read_invalidated`.

    Args:
        path: Path or URI of a `.eval` or `.json` log.
        score: Name of the score.

    Raises:
        Exception: As for `read_summaries`.
    """
    from inspect_ai.log import read_eval_log_samples

    samples = read_eval_log_samples(
        path, all_samples_required=False, exclude_fields={"messages", "events", "store"}
    )
    found: Counter[str] = Counter()
    for sample in samples:
        history = (sample.scores or {})[score].history if score in (sample.scores or {}) else []
        by = {edit.provenance.author for edit in history if edit.provenance is not None}
        found.update(by)
    return found


def graded_later(path: str) -> str:
    """When a log was graded last after its eval, by the events of its first sample.

    Args:
        path: Path or URI of a `.eval` or `.json` log.

    Returns:
        As ISO 8601; empty where it never was, or where the sample cannot be read.
    """
    from inspect_ai.log import read_eval_log_samples

    without = {"messages", "store", "attachments"}
    try:
        sample = next(
            iter(read_eval_log_samples(path, all_samples_required=False, exclude_fields=without))
        )
    except Exception:  # Whatever a broken zip, JSON or schema raises: the verdicts are whole.
        return ""
    times = (event.timestamp.isoformat() for event in sample.events if event.event == "score")
    return max((when for when in times if when > (sample.completed_at or "")), default="")


def _from_member(path: str) -> list[Summary] | None:
    """The summaries of a finished `.eval` log; None where it has another form."""
    if not path.endswith(".eval"):
        return None
    from zipfile import ZipFile

    import inspect_ai.log  # noqa: F401  (teaches zipfile the compression of Inspect's logs)

    with place_of(path).open("rb") as file, ZipFile(file) as log:
        if SUMMARIES not in log.namelist():
            return None
        return _SUMMARIES.validate_json(log.read(SUMMARIES))
