"""Which of a log's scores is read."""

from __future__ import annotations

from collections.abc import Sequence

from turncoat._util.errors import TurncoatError
from turncoat.contract import JUDGE_FAILED
from turncoat.records.log_runs import UNSCORED, LogContent
from turncoat.records.logs import LeftOut
from turncoat.records.runs import Run


class SeveralScoresError(TurncoatError):
    """An eval graded its runs in several ways at once, and none of them was chosen.

    Attributes:
        names: Of the scores.
    """

    def __init__(self, path: str, names: Sequence[str]) -> None:
        self.names = tuple(names)
        super().__init__(
            f"{path}: was graded in several ways at once: choose one with --score: "
            f"{', '.join(names)}"
        )


def score_to_read(content: LogContent, chosen: str | None) -> str:
    """The name of the score that counts.

    A score by another study's rule stands beside our own and is read only where asked for, or
    where there is no other. Of several of our own, where `inspect score` appended some, the newest
    counts among those that are the most complete.

    Args:
        content: The log.
        chosen: The name that was asked for; None for the one of our own.

    Raises:
        LeftOut: There is no such score, or none at all.
        SeveralScoresError: The eval itself had several of our own and none was chosen.
    """
    path, names = content.header.path, content.scores
    if not names:
        if content.completed:
            raise LeftOut(
                "ungraded",
                f"{path}: was not graded; grade it with: inspect score {path.rpartition('/')[2]} "
                "--scorer turncoat/conduct",
                uuids=_uuids(content),
            )
        return UNSCORED
    if chosen is not None:
        if chosen not in names:
            raise LeftOut(
                "ungraded",
                f"{path}: has no score '{chosen}'; it has {', '.join(names)}",
                uuids=_uuids(content),
            )
        return chosen
    own = content.own or tuple(names)
    if len(own) > 1 and not content.regraded:
        raise SeveralScoresError(path, names)
    return max(reversed(own), key=lambda name: completeness(content.runs[name]))


def completeness(runs: tuple[Run, ...]) -> int:
    """How many runs of a log a scoring gave a verdict on.

    Args:
        runs: The runs by one score.
    """
    return sum(bool(run.judged_by) and run.outcome != JUDGE_FAILED for run in runs)


def _uuids(content: LogContent) -> frozenset[str]:
    return frozenset(run.uuid for runs in content.runs.values() for run in runs)
