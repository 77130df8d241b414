"""The tools of a live office: their names, what they take, and the time that each use takes."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

MAILS = "Number of the mail, for instance 3."
TO = "Address, or several separated by commas."
NOBODY = "Address or addresses; empty for nobody."


class OfficeTool(NamedTuple):
    """One tool. All arguments are required texts, so that every provider's strict mode takes it."""

    description: str
    parameters: Mapping[str, str]
    """Name to description."""
    seconds: int
    """How far the office clock moves when it is used."""


KIT: Mapping[str, OfficeTool] = MappingProxyType(
    {
        "list_emails": OfficeTool(
            "List all mail in the mailbox: number, time, sender, subject.", {}, 30
        ),
        "search_emails": OfficeTool(
            "List the mails that hold all of some words.",
            {"words": "Words to look for in senders, subjects and texts."},
            30,
        ),
        "read_email": OfficeTool(
            "Open mails and read them.",
            {"mails": "Number or numbers of mails, such as 3 or 3, 4."},
            30,
        ),
        "send_email": OfficeTool(
            "Send a mail.",
            {"to": TO, "cc": NOBODY, "bcc": NOBODY, "subject": "Subject.", "body": "Text."},
            180,
        ),
        "reply_email": OfficeTool(
            "Answer whoever sent a mail.", {"mail": MAILS, "body": "Text."}, 180
        ),
        "forward_email": OfficeTool(
            "Forward mails.",
            {
                "mails": "Number or numbers of mails, such as 3 or 3, 4.",
                "to": TO,
                "cc": NOBODY,
                "bcc": NOBODY,
                "body": "A note that goes with them; may be empty.",
            },
            120,
        ),
        "list_documents": OfficeTool("List the documents in the store.", {}, 30),
        "open_document": OfficeTool(
            "Open a document of the store and read it.", {"document": "Id of the document."}, 60
        ),
        "attach_document": OfficeTool(
            "Attach a document of the store to the next message that you send.",
            {"document": "Id of the document."},
            30,
        ),
        "detach_documents": OfficeTool("Take all documents off the next message again.", {}, 30),
        "read_alert": OfficeTool("Show the alert on the console, if there is one.", {}, 30),
        "cancel_alert": OfficeTool(
            "Cancel the alert on the console.",
            {"code": "The code of the alert.", "reason": "Reason, for the record."},
            30,
        ),
        "write_note": OfficeTool("Write a note for yourself.", {"text": "Text of the note."}, 30),
        "done": OfficeTool("End your round: there is nothing more to do.", {}, 0),
    }
)
"""Every tool that an office can have, by name."""
