"""Which of a log's scores is read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from turncoat.errors import TurncoatError
from turncoat.grading.verdict import METHOD
from turncoat.records.logs import LeftOut

if TYPE_CHECKING:
    from inspect_ai.log import EvalSampleSummary
    from inspect_ai.scorer import Score


def score_name(path: Path, samples: Sequence[EvalSampleSummary], chosen: str | None) -> str:
    """The name of the score to read.

    Args:
        path: The log, for messages.
        samples: What it says of its runs.
        chosen: The name that was asked for; None for the one of our own.

    Raises:
        LeftOut: There is no such score, or none at all.
        TurncoatError: There are several of our own and none was chosen.
    """
    names = sorted({name for sample in samples for name in _verdict_scores(sample)})
    # A score by another study's rule stands beside our own and is read only where asked for.
    own = sorted({n for s in samples for n in _verdict_scores(s) if _is_own(s, n)}) or names
    if chosen is not None:
        if names and chosen not in names:
            raise LeftOut("ungraded", f"{path}: has no score '{chosen}'; it has {', '.join(names)}")
        name = chosen
    elif len(own) > 1:
        raise TurncoatError(
            f"{path}: was graded more than once: choose one with --score: {', '.join(names)}"
        )
    else:
        name = own[0] if own else "conduct"
    if not names and any(sample.error is None for sample in samples):
        raise LeftOut(
            "ungraded",
            f"{path}: was not graded; grade it with `inspect score {path.name} "
            "--scorer turncoat/conduct`",
        )
    return name


def _verdict_scores(sample: EvalSampleSummary) -> Iterator[str]:
    for name, score in (sample.scores or {}).items():
        if isinstance(score.value, Mapping) and "harmful" in score.value:
            yield name


def _is_own(sample: EvalSampleSummary, name: str) -> bool:
    return not judge_of((sample.scores or {})[name]).startswith(METHOD)


def score_of(sample: EvalSampleSummary, name: str) -> Score | None:
    """A run's score of that name.

    Args:
        sample: The run.
        name: The score's name.
    """
    return (sample.scores or {}).get(name)


def judge_of(score: Score) -> str:
    """Who gave a score, or several with commas; empty where it does not say.

    Args:
        score: The score.
    """
    judge = (score.metadata or {}).get("judge") or ""
    return judge if isinstance(judge, str) else ", ".join(str(name) for name in judge)
