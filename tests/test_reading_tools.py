"""Any tool of an office is read in all forms alike, mail or not."""

from __future__ import annotations

import json

import pytest

from turncoat.parts.alert_tools import ALERT_TOOLS
from turncoat.parts.mailbox.tools import MAIL_TOOLS
from turncoat.parts.part import Tool, ToolField
from turncoat.parts.toolbox import Toolbox
from turncoat.world.reading import action_from_call, read_reply

TICKET = Tool(
    "Open a ticket.",
    {
        "title": ToolField("Title.", "line", aliases="headline"),
        "severity": ToolField("1 to 5.", "word"),
        "details": ToolField("Text.", "text", aliases="description"),
        "assignees": ToolField("Who.", "people", needed=False),
        "related": ToolField("Tickets.", "items", needed=False),
    },
    acts=True,
)
SETTING = Tool(
    "Change a setting.",
    {"key": ToolField("Which.", "word"), "value": ToolField("New value.", "line")},
    acts=True,
)
OFFICE = Toolbox(
    {
        **MAIL_TOOLS,
        **ALERT_TOOLS,
        "open_ticket": TICKET,
        "set_value": SETTING,
        "read_settings": Tool("Show the settings.", {}),
    },
    looking=frozenset({"list_documents"}),
)
FIELDS = {"title": "Monitor is off", "severity": "2", "details": "It stopped at noon."}
LINES = "\n".join(f"{key}: {value}" for key, value in FIELDS.items())
CALL = json.dumps({"name": "open_ticket", "arguments": FIELDS})
FORMS = {
    "as shown": f"<tool:open_ticket>\n{LINES}\n</tool:open_ticket>",
    "bare": f"<open_ticket>\n{LINES}\n</open_ticket>",
    "camel case": f"<OpenTicket>\n{LINES}\n</OpenTicket>",
    "hyphens": f"<tool:open-ticket>\n{LINES}\n</tool:open-ticket>",
    "joined": f"<tool:openticket>\n{LINES}\n</tool:openticket>",
    "brackets": f"[open_ticket]\n{LINES}\n[/open_ticket]",
    "attributes": "<open_ticket "
    + " ".join(f'{key}="{value}"' for key, value in FIELDS.items())
    + "/>",
    "field tags": "<tool:open_ticket>"
    + "".join(f"<{key}>{value}</{key}>" for key, value in FIELDS.items())
    + "</tool:open_ticket>",
    "bold": "<tool:open_ticket>\n**Headline:** Monitor is off\n**Severity:** 2\n"
    "**Description:**\nIt stopped at noon.\n</tool:open_ticket>",
    "details first": "<open_ticket>\nDetails: It stopped at noon.\nTitle: Monitor is off\n"
    "Severity: 2\n</open_ticket>",
    "details without a key": "<open_ticket>\nTitle: Monitor is off\nSeverity: 2\n\n"
    "It stopped at noon.\n</open_ticket>",
    "one line": "<open_ticket>title: Monitor is off, severity: 2, details: It stopped at noon."
    "</open_ticket>",
    "JSON": CALL,
    "fenced JSON": f"```json\n{CALL}\n```",
    "tool call": f"<tool_call>{CALL}</tool_call>",
    "JSON inside": f"<tool:open_ticket>{json.dumps(FIELDS)}</tool:open_ticket>",
    "code": 'open_ticket(title="Monitor is off", severity=2, details="It stopped at noon.")',
    "code with a prefix": 'office.open_ticket(title="Monitor is off", severity="2", '
    'details="It stopped at noon.")',
    "action": f"Action: open_ticket\nAction Input: {json.dumps(FIELDS)}",
    "invoke": '<invoke name="open_ticket">'
    + "".join(f'<parameter name="{key}">{value}</parameter>' for key, value in FIELDS.items())
    + "</invoke>",
}


@pytest.mark.parametrize("text", FORMS.values(), ids=FORMS)
def test_a_tool_without_spellings_of_its_own_is_read_in_every_form(text: str) -> None:
    reply = read_reply(f"I act now.\n\n{text}\n\nThat is all.", OFFICE)
    (action,) = reply.ledger.actions
    assert (action.tool, action.status) == ("open_ticket", "done")
    assert action.fields == FIELDS
    assert action.is_deed
    assert not reply.cut_off


def test_its_fields_are_read_by_their_kind() -> None:
    (action,) = read_reply(
        "<open_ticket>\ntitle: Two things: one, two\nseverity: 3  // high\n"
        "assignees: Dana <dana@a.test>, ola@a.test\nrelated: 3, 4  // the old ones\n"
        "details: First line.\n\nNote: this is text.\n</open_ticket>",
        OFFICE,
    ).ledger.actions
    assert action.text("title") == "Two things: one, two"
    assert action.text("severity") == "3"
    assert [person.address for person in action.people("assignees")] == [
        "dana@a.test",
        "ola@a.test",
    ]
    assert action.names("related") == ("3", "4")
    assert action.text("details") == "First line.\n\nNote: this is text."


def test_a_field_that_the_tool_does_not_have_is_kept_under_its_name() -> None:
    (action,) = read_reply(
        "<set_value>\nticket: 12\nkey: monitor.enabled\nvalue: false\n</set_value>", OFFICE
    ).ledger.actions
    assert (action.status, action.text("ticket")) == ("done", "12")
    assert (action.text("key"), action.text("value")) == ("monitor.enabled", "false")


def test_a_use_without_a_needed_field_is_malformed_and_says_what_it_lacks() -> None:
    for text in ("<set_value>\nkey: a\n</set_value>", "<set_value>monitor off</set_value>"):
        (action,) = read_reply(text, OFFICE).ledger.actions
        assert action.status == "malformed"
        assert "value" in action.note
        assert action.raw == text


def test_a_tool_that_the_office_does_not_have_is_a_deed_that_nobody_can_place() -> None:
    for name, acts in (("override_alert", True), ("list_documents", False)):
        (written,) = read_reply(f"<tool:{name}>\ncode: 7\n</tool:{name}>", OFFICE).ledger.actions
        for action in (written, action_from_call(name, {"code": 7}, OFFICE)):
            assert (action.tool, action.acts, action.text("code")) == (name, acts, "7")
    text = json.dumps({"name": "override_alert", "arguments": {"code": 7}})
    (called,) = read_reply(f"I act.\n{text}", OFFICE).ledger.actions
    assert (called.tool, called.acts, called.text("code")) == ("override_alert", True, "7")
    assert not read_reply('{"name": "Dana Rhys", "role": "chair"}', OFFICE).ledger.actions
    (looked,) = read_reply("<read_settings/>", OFFICE).ledger.actions
    assert (looked.tool, looked.acts, looked.status) == ("read_settings", False, "done")


def test_names_mean_tools_and_fields_only_where_they_can_mean_nothing_else() -> None:
    assert OFFICE.tool_of("functions.sendEmail") == "send_email"
    assert OFFICE.tool_of("office.openTicket") == "open_ticket"
    assert OFFICE.tool_of("Reply-All") == "reply_email"
    assert OFFICE.tool_of("cancel_meeting") == "cancel_meeting"
    assert OFFICE.names_tool("open-ticket")
    assert not OFFICE.names_tool("reply")
    assert not OFFICE.names_tool("emails_to_forward")
    assert OFFICE.field_of("open_ticket", "headline") == "title"
    assert OFFICE.field_of("forward_email", "messageId") == "mails"
    assert OFFICE.field_of("open_ticket", "mails") == ""
