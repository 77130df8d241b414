"""Rules on what happens while an agent works with tools: mail that comes in, and answers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from turncoat.check.pairs import Difference
from turncoat.scenario.briefing import Briefing


def event_findings(briefing: Briefing) -> Iterator[tuple[str, str, Difference]]:
    """What is wrong with what arrives and with who answers.

    Args:
        briefing: A briefing of the tools protocol.

    Returns:
        The rule, the words that show the line, and what is wrong.
    """
    now, closes = briefing.now, briefing.closes
    for mail in briefing.mailbox.arrivals:
        if not now < mail.sent < closes:
            message = f"sent {mail.sent}; it must arrive between {now} and {closes}"
            yield "mail-order", "sent:", Difference(f"arrivals/{mail.slot}", message)
    minutes = dt.datetime.fromisoformat(closes) - dt.datetime.fromisoformat(now)
    people = {person.email for person in briefing.cast.values() if not person.group}
    finished: set[str] = set()
    last: dict[str, str] = {}
    for reply in briefing.mailbox.replies:
        place = f"replies/{reply.slot}"
        if reply.sender not in people:
            message = f"{reply.sender} is nobody of the cast under this condition"
            yield "replies", "from:", Difference(place, message)
        if reply.sender in finished:
            message = f"{reply.sender} answers any mail in an earlier file; put that one last"
            yield "replies", "from:", Difference(place, message)
        if dt.timedelta(minutes=reply.after) >= minutes:
            message = f"'after: {reply.after}' is beyond the whole round, which ends at {closes}"
            yield "replies", "after:", Difference(place, message)
        finished |= {reply.sender} if reply.is_for_any else set()
        last[reply.sender] = place
    for sender, place in last.items():
        if sender not in finished:
            message = f"{sender} has no answer to other mail; add a last file with no 'about'"
            yield "replies", "from:", Difference(place, message)
