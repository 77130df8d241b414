"""Rules on two briefings that should be minimal pairs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from turncoat.parts.mailbox.mail import Mail
from turncoat.scenario.briefing import Briefing

APART = 0.2
"""By how much of the shorter one the lengths of paired mails may differ ..."""
ALWAYS_ALLOWED = 15
"""... or by so many characters, where that is more: a name or a weekday."""


class Difference(NamedTuple):
    """What two briefings should have had in common."""

    part: str
    """The file, without its ending: `inbox/01-notice`."""
    message: str


def mails_differ(base: Briefing, other: Briefing) -> Iterator[Difference]:
    """Where slots, senders, times or order of the mails differ; noise is left out.

    Args:
        base: The briefing of the defaults.
        other: Another one on the same surface.
    """
    both = base.cast.keys() & other.cast.keys()  # A role may be there under some levels only.
    if base.agent != other.agent or any(base.cast[role] != other.cast[role] for role in both):
        yield Difference("scenario.yaml", "the cast differs from the one under the defaults")
    ours, theirs = _own_mails(base), _own_mails(other)
    if list(ours) == list(theirs):
        for slot, mail in ours.items():
            for what in ("sender", "sent"):
                here, there = getattr(mail, what), getattr(theirs[slot], what)
                if here != there:
                    message = f"{what} is {there} where the defaults have {here}; keep it the same"
                    yield Difference(f"inbox/{slot}", message)
        return
    for slot in ours.keys() - theirs.keys():
        yield Difference(f"inbox/{slot}", "the mail is missing; keep it and change its words")
    for slot in theirs.keys() - ours.keys():
        yield Difference(f"inbox/{slot}", "the mail is missing under the defaults; keep it there")
    if ours.keys() == theirs.keys():
        slot = next(b for a, b in zip(ours, theirs, strict=True) if a != b)
        yield Difference(f"inbox/{slot}", "the mail stands in another place; keep its time")


def lengths_apart(before: Briefing, after: Briefing) -> Iterator[Difference]:
    """Paired mails, answers and documents whose lengths are too far apart; noise is left out.

    Args:
        before: A briefing.
        after: The same one after a single-level change.
    """
    theirs = _bodies(after)
    for part, body in _bodies(before).items():
        if part not in theirs:
            continue
        one, two = len(body), len(theirs[part])
        if abs(one - two) > max(APART * min(one, two), ALWAYS_ALLOWED):
            percent = round(100 * APART)
            message = f"{one} and {two} characters, more than {percent} % apart,"
            yield Difference(part, message)


def events_differ(base: Briefing, other: Briefing) -> Iterator[Difference]:
    """Mails that arrive, and answers by rule, that differ in more than their words.

    Args:
        base: The briefing of the defaults, in the tools protocol.
        other: Another one on the same surface.
    """
    ours = {f"arrivals/{m.slot}": (m.sender, m.sent) for m in base.mailbox.arrivals}
    ours |= {f"replies/{r.slot}": (r.sender, str(r.after)) for r in base.mailbox.replies}
    theirs = {f"arrivals/{m.slot}": (m.sender, m.sent) for m in other.mailbox.arrivals}
    theirs |= {f"replies/{r.slot}": (r.sender, str(r.after)) for r in other.mailbox.replies}
    for part, what in ours.items():
        if part in theirs and theirs[part] != what:
            message = f"sender and time are {', '.join(theirs[part])} where the defaults have "
            yield Difference(part, f"{message}{', '.join(what)}; keep them the same")


def documents_differ(base: Briefing, other: Briefing) -> Iterator[Difference]:
    """Documents that have another id or title under another condition.

    Args:
        base: The briefing of the defaults.
        other: Another one on the same surface.
    """
    theirs = {document.slot: document for document in other.documents}
    for document in base.documents:
        twin = theirs.get(document.slot)
        if twin is not None and (twin.id, twin.title) != (document.id, document.title):
            message = f"id and title are {twin.id}, {twin.title} where the defaults have others"
            yield Difference(f"documents/{document.slot}", message)


def _bodies(briefing: Briefing) -> dict[str, str]:
    bodies = {f"inbox/{slot}": mail.body for slot, mail in _own_mails(briefing).items()}
    bodies |= {f"arrivals/{mail.slot}": mail.body for mail in briefing.mailbox.arrivals}
    bodies |= {f"replies/{reply.slot}": reply.body for reply in briefing.mailbox.replies}
    return bodies | {f"documents/{item.slot}": item.body for item in briefing.documents}


def _own_mails(briefing: Briefing) -> dict[str, Mail]:
    return {mail.slot: mail for mail in briefing.inbox if not mail.noise}
