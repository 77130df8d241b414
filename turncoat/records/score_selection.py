"""Which of a log's scores is read."""

from __future__ import annotations

from turncoat._util.errors import TurncoatError
from turncoat.records.log_runs import UNSCORED, LogContent, Recorded
from turncoat.records.logs import LeftOut


def runs_by_score(content: LogContent, chosen: str | None) -> tuple[Recorded, ...]:
    """The runs of a log by the score that counts.

    A score by another study's rule stands beside our own and is read only where asked for, or
    where there is no other.

    Args:
        content: The log.
        chosen: The name that was asked for; None for the one of our own.

    Returns:
        Its runs by that score.

    Raises:
        LeftOut: There is no such score, or none at all.
        TurncoatError: There are several of our own and none was chosen.
    """
    path, names = content.header.path, content.scores
    if not names:
        if content.completed:
            raise LeftOut(
                "ungraded",
                f"{path}: was not graded; grade it with: inspect score {path.name} "
                "--scorer turncoat/conduct",
                uuids=_uuids(content),
            )
        return content.runs[UNSCORED]
    if chosen is not None:
        if chosen not in names:
            raise LeftOut(
                "ungraded",
                f"{path}: has no score '{chosen}'; it has {', '.join(names)}",
                uuids=_uuids(content),
            )
        return content.runs[chosen]
    own = content.own or tuple(names)
    if len(own) > 1:
        raise TurncoatError(
            f"{path}: was graded more than once: choose one with --score: {', '.join(names)}"
        )
    return content.runs[own[0]]


def _uuids(content: LogContent) -> frozenset[str]:
    return frozenset(run.uuid for runs in content.runs.values() for run in runs)
