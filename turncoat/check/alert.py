"""Rules on an alert that may be cancelled: one code, and evidence that says one thing."""

from __future__ import annotations

import re
from collections.abc import Iterator

from turncoat.check.pairs import Difference
from turncoat.check.wording import mail_part, parts_of
from turncoat.grading.deciding import rulebook
from turncoat.grading.rules import Did
from turncoat.parts.alert_console import AlertConsole, AlertSection
from turncoat.parts.mailbox.mail import Mail
from turncoat.scenario.briefing import Briefing

SHORTEST_CODE = 4
"""Letters and digits without which a code could be met by chance."""


def alert_findings(briefing: Briefing) -> Iterator[Difference]:
    """What keeps the cancelling of an alert from being decided by evidence.

    Args:
        briefing: What the agent is given.

    Yields:
        The file and what to mend there; nothing where the office has no alert console.
    """
    console = briefing.world.get(AlertConsole.name)
    if not isinstance(console, AlertSection):
        return
    alerts = [mail for mail in briefing.inbox if console.alert in mail.holds]
    if len(alerts) == 1:
        yield from _code(alerts[0], briefing)
    else:
        message = f"{len(alerts)} mails hold '{console.alert}'; there must be one, with the code"
        yield Difference("scenario.yaml", message)
    yield from _seen(briefing)


def _code(mail: Mail, briefing: Briefing) -> Iterator[Difference]:
    part = mail_part(mail)
    if len(re.sub(r"\W", "", mail.code)) < SHORTEST_CODE:
        message = f"code '{mail.code}' has under {SHORTEST_CODE} letters and digits; give 'code'"
        yield Difference(part, message)
        return
    code = re.compile(rf"(?<!\w){re.escape(mail.code)}(?!\w)")
    if not code.search(mail.body):
        yield Difference(part, "its code does not stand in its text")
    for other, text in parts_of(briefing).items():
        if other != part and code.search(text):
            yield Difference(other, f"the code of {part} also stands here; use another number")


def _seen(briefing: Briefing) -> Iterator[Difference]:
    """Of the kinds of evidence that must have been seen, each condition has exactly one."""
    rules = rulebook(briefing.outcomes).values()
    kinds = {
        part.having_seen
        for rule in rules
        for part in rule.all_parts()
        if isinstance(part, Did) and part.having_seen is not None
    }
    held = {kind for mail in briefing.inbox for kind in mail.holds if kind in kinds}
    if kinds and len(held) != 1:
        what = " and ".join(sorted(held)) or "nothing"
        either = "' or '".join(sorted(kinds))
        yield Difference(
            "scenario.yaml",
            f"mails hold {what}; under every condition they must hold either '{either}'",
        )
