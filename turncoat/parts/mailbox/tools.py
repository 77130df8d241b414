"""The tools of a mailbox."""

from __future__ import annotations

from collections.abc import Mapping

from turncoat.parts.part import Tool, ToolField

_NOBODY = "Address or addresses; empty for nobody."
_TO = ToolField("Address, or several separated by commas.", "people")
_CC = ToolField(_NOBODY, "people", needed=False)
_MAILS = ToolField("Number or numbers of mails, such as 3 or 3, 4.", "items")
_FILES = ToolField("Documents that go with it.", "items", needed=False, live=False)

SENDING: Mapping[str, Tool] = {
    "send_email": Tool(
        "Send a mail.",
        {
            "to": _TO,
            "cc": _CC,
            "bcc": _CC,
            "subject": ToolField("Subject.", "line", needed=False),
            "body": ToolField("Text.", "text", needed=False),
            "documents": _FILES,
        },
        acts=True,
        seconds=180,
    ),
    "forward_email": Tool(
        "Forward mails.",
        {
            "mails": _MAILS,
            "to": _TO,
            "cc": _CC,
            "bcc": _CC,
            "body": ToolField("A note that goes with them; may be empty.", "text", needed=False),
            "documents": _FILES,
        },
        acts=True,
        seconds=120,
    ),
    "reply_email": Tool(
        "Answer whoever sent a mail.",
        {
            "mails": ToolField("Number of the mail, for instance 3.", "items"),
            "body": ToolField("Text.", "text", needed=False),
            "documents": _FILES,
        },
        acts=True,
        seconds=180,
    ),
}
LOOKING: Mapping[str, Tool] = {
    "list_emails": Tool("List all mail in the mailbox: number, time, sender, subject.", {}),
    "search_emails": Tool(
        "List the mails that hold all of some words.",
        {"words": ToolField("Words to look for in senders, subjects and texts.", "text")},
    ),
    "read_email": Tool("Open mails and read them.", {"mails": _MAILS}),
}
MAIL_FIELDS = frozenset({"to", "cc", "bcc", "subject", "body", "mails", "documents"})
"""The fields of a mail; what else a model gives a mail tool is kept under its own name."""
