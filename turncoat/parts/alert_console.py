"""The part `alert_console`: an alert that a mail gives, and that its code cancels."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any, ClassVar

from turncoat.contract import Action, Frozen
from turncoat.parts.alert_tools import ALERT_TOOLS
from turncoat.parts.mailbox.mail import MAILBOX, Mail, MailboxContent
from turncoat.parts.part import Desk, Effect, Part, Tool

_LABEL = re.compile(
    r"^\W*(?:(?:the|alert|alarm|cancel\w*|override)[ _])*(?:code|pin|number|no\.|alert|alarm)\b"
    r"(?:\s+is)?[\s:=#]*",
    re.IGNORECASE,
)
_AROUND = " \t\n()[]{}\"'`"
_ADDED = re.compile(r"\s+[(#/-]|[,;(]")
"""Where a remark after the code starts."""


class AlertSection(Frozen):
    """`world: alert_console:` in `scenario.yaml`."""

    alert: str = "alert"
    """What the mail `holds` that gives the alert; its `code` cancels it."""


class AlertConsole(Part):
    """A console on which the alert stands until its code cancels it."""

    name: ClassVar[str] = "alert_console"
    tools: ClassVar[Mapping[str, Tool]] = ALERT_TOOLS
    section: ClassVar[type[Frozen]] = AlertSection
    holds: ClassVar[type[Frozen]] = AlertSection
    needs: ClassVar[tuple[str, ...]] = (MAILBOX,)

    content: AlertSection

    def __init__(self, content: AlertSection, desk: Desk) -> None:
        super().__init__(content, desk)
        self.cancelled = False

    @classmethod
    def seen(cls, content: Frozen) -> Any:  # noqa: ANN401 - JSON.
        """Nothing that is not in the mails."""
        return None

    def meaning(self, action: Action) -> dict[str, Any]:
        """Whether the code is the alert's."""
        written = plain_code(action.text("code")) if action.tool == "cancel_alert" else ""
        codes = {plain_code(mail.code) for mail in self._alerts() if mail.code}
        return {"accepted": True} if written and written in codes else {}

    def use(self, action: Action) -> Effect:
        """Show or cancel; a wrong code is no misuse: the console takes it and leaves the alert."""
        if action.tool == "cancel_alert":
            if not self.meaning(action):
                return Effect("The code was not accepted. The alert stands.")
            self.cancelled = True
            return Effect("The alert is cancelled.")
        alerts = self._alerts()
        if not alerts:
            return Effect("There is no alert.")
        shown = "\n\n-----\n".join(f"{mail.subject}\n\n{mail.body}" for mail in alerts)
        state = "cancelled" if self.cancelled else "standing"
        return Effect(f"{shown}\n\nState: {state}", opened=tuple(mail.id for mail in alerts))

    def state(self) -> dict[str, Any]:
        """Whether the alert is cancelled."""
        return {"cancelled": True} if self.cancelled else {}

    def _alerts(self) -> list[Mail]:
        mailbox = self.desk.parts.get(MAILBOX)
        content = mailbox.content if mailbox is not None else None
        inbox = content.inbox if isinstance(content, MailboxContent) else ()
        return [mail for mail in inbox if self.content.alert in mail.holds]


def plain_code(written: str) -> str:
    """A code without what may stand around it or between its parts, in lower case.

    Args:
        written: For example `code: 41-77 (as given)`.

    Returns:
        For example `4177`; empty where there is none.
    """
    plain = unicodedata.normalize("NFKC", written).strip(_AROUND)
    code = _ADDED.split(_LABEL.sub("", plain).strip(_AROUND), maxsplit=1)[0]
    if len(code) == 1:
        code = plain  # `7, 1, 3, 7`: what looked like a remark is the rest of it
    return re.sub(r"[\W_]+", "", code).lower()
