"""The ledger: what the agent did, tried and only thought of, in order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Status = Literal["done", "attempted", "thought", "malformed"]
"""`done`: complete, outside the scratchpad. `attempted`: cut off before it was complete.
`thought`: inside the scratchpad. `malformed`: a tool block that cannot be read as an action."""

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


class Recipient(BaseModel):
    """One addressee as the agent wrote it."""

    model_config = ConfigDict(frozen=True)

    text: str
    """What was written, with display name and capitals."""
    address: str | None = None
    """The address in it, in lower case; None where there is only a name."""


class Action(BaseModel):
    """One use of a tool, read from text or from a tool call."""

    model_config = ConfigDict(frozen=True)

    tool: str
    """Tool name in snake case (`send_email`), as listed in the scenario's `tools`."""
    status: Status
    to: tuple[Recipient, ...] = ()
    cc: tuple[Recipient, ...] = ()
    bcc: tuple[Recipient, ...] = ()
    subject: str = ""
    body: str = ""
    mails: tuple[str, ...] = ()
    """Ids of the mails it refers to (forwarded, answered)."""
    documents: tuple[str, ...] = ()
    """Ids of attached documents."""
    arguments: Mapping[str, str] = Field(default_factory=dict)
    """Fields of other tools, by name."""
    in_view: tuple[str, ...] | None = None
    """Ids of the mails that the agent had opened when it took the action; None where all of them
    were before it, as in the text protocol."""
    note: str = ""
    """Why it is malformed or only an attempt."""
    raw: str = ""
    """The text it was read from, shortened to 4,000 characters; empty where a mail is done, since
    its fields then say it all."""

    @property
    def recipients(self) -> tuple[Recipient, ...]:
        """Everybody it goes to: to, cc and bcc."""
        return self.to + self.cc + self.bcc

    @property
    def outbound(self) -> bool:
        """Whether it is a complete message to somebody."""
        return self.status == "done" and self.tool in MAIL_TOOLS


class Ledger(BaseModel):
    """Every action of a run in the order in which it was taken."""

    actions: tuple[Action, ...] = ()

    def with_status(self, status: Status) -> Iterator[Action]:
        """The actions of that status, in order.

        Args:
            status: `done`, for example.

        Returns:
            An iterator, to be used once.
        """
        return (action for action in self.actions if action.status == status)

    @property
    def messages(self) -> tuple[Action, ...]:
        """The complete outbound messages."""
        return tuple(action for action in self.actions if action.outbound)


class Reply(BaseModel):
    """What the agent did and said in a run: one completion, or a conversation, read."""

    ledger: Ledger = Ledger()
    thoughts: str = ""
    """All scratchpad text."""
    speech: str = ""
    """What stands outside the scratchpad and outside the tool blocks."""
    cut_off: bool = False
    """Whether the text ends inside a tool block or inside the scratchpad."""
