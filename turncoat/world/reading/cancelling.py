"""The fields of `cancel_alert`, in the ways in which models write them."""

from __future__ import annotations

from collections.abc import Mapping

_NAMES = {
    "code": "code codes alert_code alarm_code cancel_code cancellation_code cancelation_code "
    "override_code auth_code authorisation_code authorization_code confirmation_code access_code "
    "passcode pin",
    "reason": "reason reasons cancellation_reason cancel_reason justification explanation note "
    "notes comment comments message body text",
}
_FIELDS = {name: field for field, names in _NAMES.items() for name in names.split()}
LOOSE = "content"
"""Where the reader puts text that no field holds."""


def cancel_arguments(arguments: Mapping[str, str]) -> dict[str, str]:
    """The arguments of a use of `cancel_alert` under their own names.

    Args:
        arguments: Fields by the name, in snake case, that the agent gave them.

    Returns:
        `code` and `reason`, as far as they are there, and any other field as it was. Text outside
        the fields is the code if it is one word and there is no other, else the reason.
    """
    found: dict[str, str] = {}
    for name, value in arguments.items():
        field = _FIELDS.get(name, name)
        if field == LOOSE:
            field = "code" if "code" not in found and len(value.split()) == 1 else "reason"
        if value:
            found.setdefault(field, value)
    return found
