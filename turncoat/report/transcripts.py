"""The most telling transcripts: which they are, and what is quoted of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from turncoat.contract import JUDGE_FAILED, ScoreHead
from turncoat.records.cells import cells_of
from turncoat.records.rows import RateRow
from turncoat.records.runs import Collection, Run
from turncoat.records.summaries import read_summaries
from turncoat.report.content import Chosen, Quoted
from turncoat.report.labels import Labels, one_line
from turncoat.report.quoting import clipped, quoted_parts
from turncoat.scenario.metadata_codec import facts_in

if TYPE_CHECKING:
    from inspect_ai.log import EvalSample
    from inspect_ai.scorer import Score

EACH = 3
"""Most transcripts that are quoted for one reason."""
PANEL = ", "
"""Between the names of a panel's judges."""


def telling(
    collection: Collection, rates: Sequence[RateRow], labels: Labels, score: str | None
) -> tuple[tuple[Chosen, ...], tuple[str, ...]]:
    """The most harmful runs, near misses, and runs on which a panel was of two minds.

    Only the samples that are quoted are read from the logs.

    Args:
        collection: The runs.
        rates: Their rates.
        labels: Names of models and conditions.
        score: Name of the score that counts; None for our own.

    Returns:
        Up to three transcripts for each reason, of as many models as there are; and a line for
        each log that has samples which cannot be read, though its verdicts can.
    """
    found = list(_with_rows(collection, rates))
    reader = _SampleReader(labels, score)
    harmful = [pair for pair in found if pair[0].kind == "harmful"]
    near = [pair for pair in found if _nearness(pair[0]) is not None]
    split = _split(found)
    outcomes = reader.outcomes([*harmful, *near])
    gravest = sorted(harmful, key=lambda pair: outcomes.get(pair[0].outcome, len(outcomes)))
    nearest = sorted(near, key=lambda pair: _nearness(pair[0]) or 0)
    chosen = (
        ("Most harmful", "Runs that count as harmful, the gravest outcome first.", gravest),
        (
            "Near misses",
            "Runs that do not count as harmful but did other harm, tried it, or are open.",
            nearest,
        ),
        (
            "Judges of two minds",
            "Runs on which the members of a panel named different outcomes.",
            split,
        ),
    )
    read = tuple(
        Chosen(heading, lead, len(pairs), tuple(reader.read(spread(pairs))))
        for heading, lead, pairs in chosen
        if pairs
    )
    return read, reader.unread()


RunOfRow = tuple[Run, RateRow]


def _with_rows(collection: Collection, rates: Sequence[RateRow]) -> Iterator[RunOfRow]:
    for cell, row in zip(cells_of(collection), rates, strict=True):
        for run in cell.runs:
            if run.kind not in ("missing", "stopped"):
                yield run, row


def _nearness(run: Run) -> int | None:
    """How near a run that does not count as harmful came to it; None for others."""
    if run.kind == "not_harmful":
        return 0 if run.any_harm else 1 if run.attempted else None
    return 2 if run.kind == "unclear" else None


def _split(pairs: Sequence[RunOfRow]) -> list[RunOfRow]:
    """Runs on which a panel was of two minds, read from the logs' summaries."""
    panels = {run.log for run, _ in pairs if PANEL in run.judge}
    divided = {
        (log, str(summary.id), summary.epoch)
        for log in panels
        for summary in read_summaries(log)
        for score in (summary.scores or {}).values()
        if score.metadata is not None
        and len({vote.outcome for vote in score.metadata.votes} - {JUDGE_FAILED}) > 1
    }
    return [pair for pair in pairs if (pair[0].log, pair[0].sample, pair[0].epoch) in divided]


def spread(pairs: Sequence[RunOfRow], most: int = EACH) -> list[RunOfRow]:
    """The first of each series, then the second of each, and so on.

    Args:
        pairs: Runs with their rates, the most telling first.
        most: How many are taken.
    """
    taken: dict[str, int] = {}
    ranked = []
    for place, (run, row) in enumerate(pairs):
        rank = taken[run.model] = taken.get(run.model, -1) + 1
        ranked.append((rank, place, (run, row)))
    return [pair for _, _, pair in sorted(ranked, key=lambda entry: entry[:2])[:most]]


class _SampleReader:
    """Reads samples of logs, each once."""

    def __init__(self, labels: Labels, score: str | None) -> None:
        self._labels = labels
        self._score = score
        self._samples: dict[tuple[str, str, int], EvalSample | None] = {}

    def outcomes(self, pairs: Iterable[RunOfRow]) -> Mapping[str, int]:
        """Outcomes to their place in the scenario's list, which has the gravest first."""
        found: dict[str, int] = {}
        scenarios: set[str] = set()
        for run, _ in pairs:
            if run.scenario in scenarios:
                continue
            scenarios.add(run.scenario)
            sample = self._sample(run)
            for place, name in enumerate(_outcomes_in(sample) if sample else ()):
                found.setdefault(name, place)
        return found

    def read(self, pairs: Iterable[RunOfRow]) -> Iterator[Quoted]:
        """What is quoted of some runs; those whose sample cannot be read are passed over."""
        for run, row in pairs:
            sample = self._sample(run)
            if sample is not None:
                yield self._quoted(run, row, sample)

    def _quoted(self, run: Run, row: RateRow, sample: EvalSample) -> Quoted:
        score = _score_of(sample, self._score, run)
        metadata = (score.metadata if score is not None else None) or {}
        evidence = metadata.get("evidence") or ()
        quotes = tuple(
            quote
            for entry in evidence
            if isinstance(entry, Mapping) and (quote := str(entry.get("quote") or ""))
        )
        said, thought = quoted_parts(sample)
        reply, is_short = clipped(said, quotes)
        reasoning, is_shorter = clipped(thought, ())
        return Quoted(
            model=self._labels.series(row),
            condition=one_line(self._labels.condition(row)),
            outcome=run.outcome,
            judge=_votes(metadata) or str(metadata.get("judge") or run.judge),
            explanation=(score.explanation or "") if score is not None else "",
            quotes=tuple(clipped(quote, (), 500)[0][0].text for quote in dict.fromkeys(quotes)),
            reply=reply,
            reasoning=reasoning,
            clipped=is_short or is_shorter,
            log=Path(run.log).name,
            sample=str(sample.id),
            epoch=run.epoch,
        )

    def unread(self) -> tuple[str, ...]:
        """A line for each log of which some sample could not be read."""
        first: dict[str, tuple[str, int]] = {}
        for (log, sample, epoch), found in self._samples.items():
            if found is None:
                first.setdefault(log, (sample, epoch))
        return tuple(
            f"{log}: its transcripts cannot all be read (first {sample}, epoch {epoch}): those are "
            "not quoted; rates come from its summaries"
            for log, (sample, epoch) in first.items()
        )

    def _sample(self, run: Run) -> EvalSample | None:
        from inspect_ai.log import read_eval_log_sample

        key = (run.log, run.sample, run.epoch)
        if key not in self._samples:
            try:
                self._samples[key] = read_eval_log_sample(
                    run.log,
                    run.sample,
                    run.epoch,
                    resolve_attachments=True,
                    exclude_fields={"events", "store"},
                )
            except Exception:  # Whatever a broken zip, its packing, JSON or schema raises.
                self._samples[key] = None
        return self._samples[key]


def _votes(metadata: Mapping[str, object]) -> str:
    """What each judge of a panel said; empty where there was none."""
    votes = ScoreHead.model_validate(metadata).votes
    return ", ".join(f"{vote.judge} ({vote.outcome})" for vote in votes)


def _score_of(sample: EvalSample, name: str | None, run: Run) -> Score | None:
    scores = sample.scores or {}
    if name is not None:
        return scores.get(name)

    def fits(score: Score) -> bool:
        is_verdict = isinstance(score.value, Mapping) and "harmful" in score.value
        return is_verdict and score.answer == run.outcome

    return next(filter(fits, scores.values()), None)


def _outcomes_in(sample: EvalSample) -> Iterable[str]:
    try:
        return tuple(facts_in(sample.metadata or {}).outcomes)
    except (KeyError, ValueError):
        return ()
