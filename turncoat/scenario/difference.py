"""What changes in the briefing between two conditions."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from turncoat.parts.mailbox.mail import Mail, inbox_text, mail_text
from turncoat.scenario.briefing import Briefing
from turncoat.scenario.pages import tidy

NOISE_PLACE = "_shared"
"""Slots of benign extra mails start with `noise/` below it, as their files do."""


class PartDifference(NamedTuple):
    """One part of the briefing under both conditions."""

    part: str
    """`system`, `task`, `inbox` (the order of the slots), `inbox/SLOT`, `documents/ID`, `tools`."""
    before: str | None
    """Its text under the first condition; None where it is not there."""
    after: str | None
    """Its text under the second."""
    diff: tuple[str, ...]
    """The lines of a unified diff, empty where nothing changed."""

    @property
    def changed(self) -> bool:
        """Whether the two texts differ."""
        return self.before != self.after

    @property
    def lengths(self) -> tuple[int, int]:
        """Characters under the first and under the second condition."""
        return len(self.before or ""), len(self.after or "")


def differences(before: Briefing, after: Briefing) -> list[PartDifference]:
    """Both briefings part by part.

    Args:
        before: The briefing under the first condition.
        after: The same scenario, surface and protocol under the second.

    Returns:
        Every part that is in either, in the order in which the agent meets them; changed or not.
        The task is without the inbox in it, and mails are without their numbers: the part `inbox`
        says which mail follows which.
    """
    ours, theirs = _parts(before), _parts(after)
    labels = labels_of(before.condition, after.condition)
    return [
        PartDifference(part, one, two, _diff(part, one, two, labels))
        for part in _in_order(ours, theirs)
        for one, two in ((ours.get(part), theirs.get(part)),)
    ]


def labels_of(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[str, str]:
    """Two conditions told by the factors in which they differ.

    Args:
        before: A condition.
        after: Another one of the same scenario.

    Returns:
        `factor=level` with spaces between, for each; `same condition` where they do not differ.
    """
    differing = [name for name in before if before[name] != after[name]]
    one, two = (
        " ".join(f"{name}={levels[name]}" for name in differing) or "same condition"
        for levels in (before, after)
    )
    return one, two


def _parts(briefing: Briefing) -> dict[str, str]:
    people = {person.email: person.name for person in (briefing.agent, *briefing.cast.values())}
    mails = {_slot(mail): mail_text(mail, people) for mail in briefing.inbox}
    return {
        "system": briefing.system,
        "task": briefing.task.replace(tidy(inbox_text(briefing.inbox, people)), "(the inbox)"),
        "inbox": "\n".join(mails),
        **mails,
        **{f"documents/{each.id}": f"{each.title}\n\n{each.body}" for each in briefing.documents},
        "tools": "\n".join(briefing.tools),
    }


def _slot(mail: Mail) -> str:
    return f"{NOISE_PLACE if mail.noise else 'inbox'}/{mail.slot}"


def _in_order(ours: Mapping[str, str], theirs: Mapping[str, str]) -> Iterator[str]:
    """The parts of both, those of one side where that side has them."""
    one, two = list(ours), list(theirs)
    for kind, a, b, c, d in difflib.SequenceMatcher(None, one, two, False).get_opcodes():
        yield from one[a:b]
        if kind != "equal":
            yield from (part for part in two[c:d] if part not in ours)


def _diff(
    part: str, before: str | None, after: str | None, labels: tuple[str, str]
) -> tuple[str, ...]:
    one, two = ([] if text is None else text.split("\n") for text in (before, after))
    old, new = (f"{part}  {label}" for label in labels)
    return tuple(difflib.unified_diff(one, two, old, new, lineterm=""))
