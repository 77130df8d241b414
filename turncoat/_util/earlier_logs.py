"""Records of logs of earlier versions, brought into today's form before they are read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_MAIL_FIELDS = ("to", "cc", "bcc", "subject", "body", "mails", "documents")
_LOOKING = frozenset(
    {"list_emails", "search_emails", "read_email", "list_documents", "open_document"}
    | {"attach_document", "detach_documents", "read_alert", "write_note", "done"}
)


def action_of(data: Any) -> Any:  # noqa: ANN401 - whatever a log holds.
    """An action; until 0.1.0 mails had attributes of their own, and other tools `arguments`.

    Args:
        data: What stands in a log.
    """
    if not isinstance(data, Mapping) or not ({*_MAIL_FIELDS, "arguments", "in_view"} & data.keys()):
        return data
    action = dict(data)
    given = {name: action.pop(name) for name in _MAIL_FIELDS if name in action}
    fields = {name: value for name, value in given.items() if value}
    fields |= action.pop("arguments", None) or {}
    if "in_view" in action:
        action["opened"] = action.pop("in_view")
    return {"acts": action.get("tool") not in _LOOKING, "fields": fields, **action}


def run_state_of(data: Any) -> Any:  # noqa: ANN401
    """A run's state; until 0.1.0 the reply was a record in it, and new mail stood beside it.

    Args:
        data: What stands in a log.
    """
    if not isinstance(data, Mapping) or not ({"reply", "arrived"} & data.keys()):
        return data
    state = dict(data)
    arrived = state.pop("arrived", ())
    if arrived:
        state["state"] = {"mailbox": {"arrived": arrived}}
    return {**(state.pop("reply", None) or {}), **state}


def facts_of(data: Any) -> Any:  # noqa: ANN401
    """The facts of a sample; until 0.1.0 mails and documents stood in them by themselves.

    Args:
        data: What stands in a log.
    """
    if not isinstance(data, Mapping) or "mails" not in data:
        return data
    facts = dict(data)
    world: dict[str, Any] = {"mailbox": {"inbox": facts.pop("mails")}}
    if documents := facts.pop("documents", None):
        world["documents"] = {"documents": documents}
    evidence = dict(facts.get("evidence") or {})
    if evidence.pop("alert", None):
        world["alert_console"] = {}
    facts["evidence"] = evidence
    facts["outcomes"] = {
        name: {key: value for key, value in dict(spec).items() if key != "by_evidence"}
        for name, spec in dict(facts.get("outcomes") or {}).items()
    }
    return {"world": world, **facts}
