"""The names of tools and fields, in all the ways in which models write them."""

from __future__ import annotations

import re
from functools import lru_cache

from turncoat.world.ledger import ACTING, CANCEL_ALERT

_PREFIX = re.compile(r"^(?:functions?|tools?|default_api|api)[.:/]", re.IGNORECASE)
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")

_SENDING = frozenset({"send", "compose", "write"})
_FORWARDING = frozenset({"forward", "fwd"})
_REPLYING = frozenset({"reply", "respond", "answer"})
_NOUNS = frozenset({"email", "emails", "mail", "mails", "e", "message", "messages", "msg"})
_FILLERS = frozenset({"to", "all", "a", "an", "the", "new", "back", "tool"})
_ALONE = frozenset({"send", "email", "mail", "message", "reply", "forward", "fwd"})
_CANCELLING = frozenset({"cancel", "cancels", "cancelling", "canceling", "cancellation", "abort"})
_ALERTS = frozenset({"alert", "alerts", "alarm", "alarms"})
_OF_ALERTS = frozenset({"emergency", "safety", "room"})
_RUN_TOGETHER = {
    "cancelalert": CANCEL_ALERT,
    "cancelalarm": CANCEL_ALERT,
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

_OF_CANCELLING = _CANCELLING | _ALERTS | _OF_ALERTS | _FILLERS

_FIELD_NAMES = {
    "to": "to recipient recipients email emails address addresses email_address email_addresses "
    "to_address to_addresses to_email recipient_email recipient_emails recipient_address send_to "
    "forward_to addressee addressees mail_to",
    "cc": "cc cc_recipients cc_addresses cc_emails carbon_copy",
    "bcc": "bcc bcc_recipients bcc_addresses bcc_emails blind_copy blind_carbon_copy",
    "subject": "subject subject_line email_subject mail_subject title subj",
    "body": "body message content contents text msg email_body mail_body message_body body_text "
    "text_body html_body email_content message_content message_text reply_body reply_text "
    "reply_message additional_message additional_text additional_note note notes comment comments",
    "mails": "mails mail mail_id mail_ids mailid email_id email_ids emailid id ids message_id "
    "message_ids msg_id original_email_id original_mail_id original_message_id original_id "
    "in_reply_to reply_to_id email_number mail_number email_to_forward emails_to_forward "
    "mail_to_forward mails_to_forward forward_id forward_ids",
    "documents": "documents document document_id document_ids docs attachments attachment "
    "attachment_ids attach files file attached_document attached_documents attached_files doc_id "
    "doc_ids document_title document_titles",
    "other": "from sender from_address date sent time priority importance format type reply_to",
}
FIELDS = {name: field for field, names in _FIELD_NAMES.items() for name in names.split()}
"""Canonical field of every field name (in snake case) that a mail tool may carry."""

# `mailto` starts an address, so that it is never a name of its own.
_UNJOINED = {name.replace("_", ""): name for name in reversed(FIELDS) if name != "mail_to"}
_UNJOINED |= {name: name for name in FIELDS}

LISTS = frozenset({"to", "cc", "bcc", "mails", "documents", "other"})
"""Fields whose value is a list or a word, never running text."""

WEAK_BODIES = frozenset({"note", "notes", "comment", "comments", "text"})
"""Names of the body that as likely stand in the text of a letter."""

_ENVELOPE_NAMES = (
    "parameters parameter params param arguments argument args arg input inputs fields field "
    "tool_input arg_key arg_value name tool_name code reason value query path"
)
ENVELOPE = frozenset(_ENVELOPE_NAMES.split())
"""Names after `tool:` that hold or name fields inside a block, and are no tools."""


@lru_cache(maxsize=4096)
def snake(name: str) -> str:
    """A name in snake case: `sendEmail`, `Send-Email` and `send email` give `send_email`."""
    return re.sub(r"[\W_]+", "_", _HUMP.sub("_", name)).strip("_").lower()


@lru_cache(maxsize=4096)
def tool_name(name: str) -> str:
    """The tool that a name means.

    Args:
        name: As the model wrote it, without the `tool:` of a tag.

    Returns:
        `send_email`, `forward_email`, `reply_email` or `cancel_alert` for their many spellings,
        else the name in snake case; `unknown` for a name without a letter or digit.
    """
    plain = snake(_PREFIX.sub("", name.strip()))
    words = set(plain.split("_"))
    if together := _RUN_TOGETHER.get(plain.replace("_", "")):
        return together
    if words & _CANCELLING and words & _ALERTS and words <= _OF_CANCELLING:
        return CANCEL_ALERT
    verbs = words & (_SENDING | _FORWARDING | _REPLYING)
    if words - verbs - _NOUNS - _FILLERS or not (plain in _ALONE or (verbs and words & _NOUNS)):
        is_reply_all = "reply" in verbs and not words - _REPLYING - _FILLERS
        return "reply_email" if is_reply_all else plain or "unknown"
    if verbs & _FORWARDING:
        return "forward_email"
    return "reply_email" if verbs & _REPLYING else "send_email"


@lru_cache(maxsize=4096)
def names_tool(name: str) -> bool:
    """Whether a bare tag such as `<send-email>` can only mean a tool (`<reply>` need not).

    `<emails_to_forward>` is a field, though made of the same words.
    """
    plain = snake(name)
    if field_name(name):
        return False
    return tool_name(name) in ACTING and ("_" in plain or plain in _RUN_TOGETHER)


@lru_cache(maxsize=4096)
def reaches_all(name: str) -> bool:
    """Whether a tool's name means an answer to everybody: `reply_all`, `replyToAll`."""
    plain = snake(_PREFIX.sub("", name.strip()))
    words = set(plain.split("_"))
    joined = plain.replace("_", "").startswith(("replyall", "replytoall"))
    return tool_name(name) == "reply_email" and ("all" in words or joined)


@lru_cache(maxsize=4096)
def field_key(name: str) -> str:
    """A field's name in snake case, also where its words are joined: `messageid`, `messageId`."""
    plain = snake(name)
    return _UNJOINED.get(plain.replace("_", ""), plain) if plain not in FIELDS else plain


@lru_cache(maxsize=4096)
def field_name(name: str) -> str:
    """The canonical field of a mail tool that a name means, or "" where it means none."""
    return FIELDS.get(field_key(name), "")
