"""The tools of a mailbox, and the many ways in which models write their names and fields."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from turncoat.contract import FieldValue
from turncoat.parts.mailbox.prose import mail_in_prose, split_mails
from turncoat.parts.part import Tool, ToolField
from turncoat.parts.values import parse_mails, parse_names

_SENDING = frozenset({"send", "compose", "write"})
_FORWARDING = frozenset({"forward", "fwd"})
_REPLYING = frozenset({"reply", "respond", "answer"})
_NOUNS = frozenset({"email", "emails", "mail", "mails", "e", "message", "messages", "msg"})
_FILLERS = frozenset({"to", "all", "a", "an", "the", "new", "back", "tool"})
_ALONE = "send email mail message reply forward fwd"
_RUN_TOGETHER = {
    "sendemail": "send_email",
    "sendmail": "send_email",
    "emailsend": "send_email",
    "sendmessage": "send_email",
    "forwardemail": "forward_email",
    "forwardmail": "forward_email",
    "emailforward": "forward_email",
    "replyemail": "reply_email",
    "replymail": "reply_email",
    "emailreply": "reply_email",
    "replytoemail": "reply_email",
    "replyall": "reply_email",
    "replytoall": "reply_email",
    "replyallemail": "reply_email",
    "replyallmail": "reply_email",
}

_TO = (
    "recipient recipients email emails address addresses email_address email_addresses to_address "
    "to_addresses to_email recipient_email recipient_emails recipient_address send_to forward_to "
    "addressee addressees mail_to"
)
_CC = "cc_recipients cc_addresses cc_emails carbon_copy"
_BCC = "bcc_recipients bcc_addresses bcc_emails blind_copy blind_carbon_copy"
_SUBJECT = "subject_line email_subject mail_subject title subj"
_BODY = (
    "message content contents text msg email_body mail_body message_body body_text text_body "
    "html_body email_content message_content message_text reply_body reply_text reply_message "
    "additional_message additional_text additional_note note notes comment comments"
)
_MAILS = (
    "mail mail_id mail_ids mailid email_id email_ids emailid id ids message_id message_ids msg_id "
    "original_email_id original_mail_id original_message_id original_id in_reply_to reply_to_id "
    "email_number mail_number email_to_forward emails_to_forward mail_to_forward mails_to_forward "
    "forward_id forward_ids"
)
_DOCUMENTS = (
    "document document_id document_ids docs attachments attachment attachment_ids attach files "
    "file attached_document attached_documents attached_files doc_id doc_ids document_title "
    "document_titles"
)
_WEAK = "note notes comment comments text content id file files title email address"

_ADDRESS = "Address, or several separated by commas."
_NOBODY = "Address or addresses; empty for nobody."
_MAIL = "Number of the mail, for instance 3."
_NUMBERS = "Number or numbers of mails, such as 3 or 3, 4."
_OFTEN_MAILS = " email emails message body to"
"""What `mails` is called too where a mail is passed on or answered, as long as it is a number."""


def _people(description: str, aliases: str, *, needed: bool = False, live: bool) -> ToolField:
    return ToolField(description, "people", needed, aliases, live)


def _fields(*, body: str, mails: str, live: str) -> Mapping[str, ToolField]:
    """The fields of a mail tool; those that the tools protocol has come first, in its order."""
    has = live.split()
    passes_on = "mails" in has
    fields = {
        "to": _people(_ADDRESS, _TO, needed="to" in has, live="to" in has),
        "cc": _people(_NOBODY, _CC, live="cc" in has),
        "bcc": _people(_NOBODY, _BCC, live="bcc" in has),
        "subject": ToolField("Subject.", "line", False, _SUBJECT, "subject" in has),
        "body": ToolField(body, "text", "body" in has, _BODY),
        "mails": ToolField(
            mails,
            "items",
            passes_on,
            _MAILS + (_OFTEN_MAILS if passes_on else ""),
            passes_on,
            parse_mails,
        ),
        "documents": ToolField(
            "Documents that go along.", "items", False, _DOCUMENTS, live=False, read=parse_names
        ),
    }
    return MappingProxyType({name: fields[name] for name in dict.fromkeys((*has, *fields))})


@lru_cache(maxsize=4096)
def mail_tool(plain: str) -> str:
    """The mail tool that a name in snake case means, "" where it means none."""
    words = set(plain.split("_"))
    if together := _RUN_TOGETHER.get(plain.replace("_", "")):
        return together
    verbs = words & (_SENDING | _FORWARDING | _REPLYING)
    if words - verbs - _NOUNS - _FILLERS or not (
        plain in _ALONE.split() or (verbs and words & _NOUNS)
    ):
        is_reply_all = "reply" in verbs and not words - _REPLYING - _FILLERS
        return "reply_email" if is_reply_all else ""
    if verbs & _FORWARDING:
        return "forward_email"
    return "reply_email" if verbs & _REPLYING else "send_email"


def _to_all(plain: str) -> Mapping[str, str]:
    """Whether a tool's name means an answer to everybody: `reply_all`, `replyToAll`."""
    joined = plain.replace("_", "").startswith(("replyall", "replytoall"))
    return {"all": "true"} if joined or "all" in plain.split("_") else {}


def _unaddressed(fields: Mapping[str, FieldValue]) -> str:
    return "" if any(fields.get(name) for name in ("to", "cc", "bcc")) else "no recipient"


def _wordless(fields: Mapping[str, FieldValue]) -> str:
    if any(fields.get(name) for name in ("subject", "body", "documents")):
        return ""
    return "neither subject nor body nor attachment"


def _lacks_to_send(fields: Mapping[str, FieldValue]) -> str:
    return _unaddressed(fields) or _wordless(fields)


def _lacks_to_forward(fields: Mapping[str, FieldValue]) -> str:
    return _unaddressed(fields) or ("" if fields.get("mails") else _wordless(fields))


def _lacks_to_reply(fields: Mapping[str, FieldValue]) -> str:
    if _unaddressed(fields) and not fields.get("mails"):
        return "does not say which mail it answers"
    return _wordless(fields)


_SENDER = Tool(
    "Send a mail.",
    _fields(body="Text.", mails="Mails.", live="to cc bcc subject body"),
    acts=True,
    seconds=30,
    aliases=lambda name: mail_tool(name) == "send_email",
    words=_ALONE,
    extra="time priority importance format type reply_to",
    quoted="from sender from_address date sent",
    weak=f"{_WEAK} mails {_MAILS}",  # A signature may hold `Mail: ...`.
    lacking=_lacks_to_send,
    pieces=split_mails,
    in_prose=mail_in_prose,
)

MAIL_TOOLS: Mapping[str, Tool] = MappingProxyType(
    {
        "list_emails": Tool("List all mail in the mailbox: number, time, sender, subject.", {}),
        "search_emails": Tool(
            "List the mails that hold all of some words.",
            {"words": ToolField("Words to look for in senders, subjects and texts.", "line")},
        ),
        "read_email": Tool(
            "Open mails and read them.",
            {"mails": ToolField(_NUMBERS, "items", True, _MAILS, read=parse_mails)},
        ),
        "send_email": _SENDER,
        "reply_email": _SENDER._replace(
            description="Answer whoever sent a mail.",
            fields=_fields(body="Text.", mails=_MAIL, live="mails body"),
            aliases=lambda name: mail_tool(name) == "reply_email",
            weak=_WEAK,
            lacking=_lacks_to_reply,
            named=_to_all,
        ),
        "forward_email": _SENDER._replace(
            description="Forward mails.",
            fields=_fields(
                body="A note that goes with them; may be empty.",
                mails=_NUMBERS,
                live="mails to cc bcc body",
            ),
            seconds=20,
            aliases=lambda name: mail_tool(name) == "forward_email",
            weak=_WEAK,
            lacking=_lacks_to_forward,
        ),
    }
)
"""The tools of a mailbox by name; the last three act."""
SENDING = frozenset(name for name, tool in MAIL_TOOLS.items() if tool.acts)
"""Those that act."""
MAIL_FIELDS = frozenset(MAIL_TOOLS["send_email"].fields)
"""The fields of a mail; what else a model gives a mail tool is kept under its own name."""
