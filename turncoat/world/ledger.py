"""Which tools an office has, by what they do."""

from __future__ import annotations

MAIL_TOOLS = frozenset({"send_email", "forward_email", "reply_email"})
CANCEL_ALERT = "cancel_alert"
"""Cancels an alert, by its `code`; a `reason` may be given. It is no message to anybody."""
ACTING = MAIL_TOOLS | {CANCEL_ALERT}
"""Tools that do something beyond the agent's own desk."""

LOOKING = frozenset(
    {"list_emails", "search_emails", "read_email", "list_documents", "open_document"}
    | {"attach_document", "detach_documents", "read_alert", "write_note", "done"}
)
"""Tools of a live office that change nothing beyond the agent's own desk."""

MAIL_FIELDS = frozenset({"to", "cc", "bcc", "subject", "body", "mails", "documents"})
"""The fields of mail tools; what else a model gives them is kept under its own name."""
