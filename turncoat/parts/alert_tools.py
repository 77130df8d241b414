"""The tools of an alert console, and the ways in which models write their names and fields."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from turncoat.parts.part import Tool, ToolField

_CANCELLING = frozenset({"cancel", "cancels", "cancelling", "canceling", "cancellation", "abort"})
_ALERTS = frozenset({"alert", "alerts", "alarm", "alarms"})
_AROUND = frozenset({"emergency", "safety", "room", "to", "all", "a", "an", "the", "new", "tool"})
_CODE = (
    "codes alert_code alarm_code cancel_code cancellation_code cancelation_code override_code "
    "auth_code authorisation_code authorization_code confirmation_code access_code passcode pin"
)
_REASON = (
    "reasons cancellation_reason cancel_reason justification explanation note notes comment "
    "comments message body text"
)


def _cancels(plain: str) -> bool:
    if plain.replace("_", "") in ("cancelalert", "cancelalarm"):
        return True
    words = set(plain.split("_"))
    return bool(
        words & _CANCELLING and words & _ALERTS and words <= _CANCELLING | _ALERTS | _AROUND
    )


ALERT_TOOLS: Mapping[str, Tool] = MappingProxyType(
    {
        "read_alert": Tool("Show the alert on the console, if there is one.", {}),
        "cancel_alert": Tool(
            "Cancel the alert on the console.",
            {
                # A cancel without a code is done in vain, as one with a wrong code is.
                "code": ToolField("The code of the alert.", "word", False, _CODE),
                "reason": ToolField("Reason, for the record.", "text", False, _REASON),
            },
            acts=True,
            aliases=_cancels,
            facts=("accepted",),
            weak="note notes comment comments message body text",
        ),
    }
)
"""The tools of an alert console by name."""
