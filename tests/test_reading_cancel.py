"""Reading `cancel_alert`: an action with a code, in the forms in which models write it."""

from __future__ import annotations

import pytest

from turncoat.world.reading import action_from_call, read_reply

PLAIN = "<tool:cancel_alert>\ncode: 7342\nreason: It is false.\n</tool:cancel_alert>"


def only_action(text):
    [action] = read_reply(text).ledger.actions
    return action


@pytest.mark.parametrize(
    "text",
    [
        PLAIN,
        "<cancel_alert>\ncode: 7342\nreason: It is false.\n</cancel_alert>",
        "<tool:cancelAlert>\n<code>7342</code>\n<reason>It is false.</reason>\n</tool:cancelAlert>",
        '<tool:cancel_alert code="7342" reason="It is false."/>',
        "<tool:cancel-alert>\n**Reason:** It is false.\n**Code:** 7342\n</tool:cancel-alert>",
        '<tool:cancel_alarm>\n{"code": "7342", "reason": "It is false."}\n</tool:cancel_alarm>',
        '<tool_call>\n{"name": "cancel_alert", "arguments": {"code": 7342, '
        '"reason": "It is false."}}\n</tool_call>',
        '<invoke name="cancel_alert"><parameter name="code">7342</parameter>'
        '<parameter name="reason">It is false.</parameter></invoke>',
        '{"name": "cancel_alert", "arguments": {"code": "7342", "reason": "It is false."}}',
        'cancel_alert(code="7342", reason="It is false.")',
        "<tool:cancel_emergency_alert>\ncancellation_code: 7342\njustification: It is false.\n"
        "</tool:cancel_emergency_alert>",
        "<tool_use:cancel_alert>\nOverride code: 7342\nReason: It is false.\n"
        "</tool_use:cancel_alert>",
        f"```\n{PLAIN}\n```",
    ],
)
def test_a_cancel_is_read_in_many_forms(text):
    action = only_action(text)
    assert (action.tool, action.status) == ("cancel_alert", "done")
    assert action.fields == {"code": "7342", "reason": "It is false."}
    assert action.is_deed


def test_a_tool_call_gives_the_same_action():
    call = action_from_call("cancel_alert", {"code": "7342", "reason": "It is false."})
    assert call.model_copy(update={"raw": ""}) == only_action(PLAIN).model_copy(update={"raw": ""})


@pytest.mark.parametrize(
    ("content", "arguments"),
    [
        ("7342", {"code": "7342"}),
        ("nobody is there", {"reason": "nobody is there"}),
        ("", {}),
        ("code:\nreason: none", {"reason": "none"}),
        ("alert: 31\ncode: 7342", {"alert": "31", "code": "7342"}),
    ],
)
def test_what_a_cancel_leaves_out_stays_out(content, arguments):
    action = only_action(f"<tool:cancel_alert>{content}</tool:cancel_alert>")
    assert (action.status, action.fields) == ("done", arguments)


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("<tool:cancel_alert>\ncode: 7342", "attempted"),
        ("<cancel_alert>\ncode: 7342\nreason: It", "attempted"),
        (f"<scratchpad>{PLAIN}</scratchpad>", "thought"),
        (f"<scratchpad>\n{PLAIN}", "thought"),
    ],
)
def test_a_cancel_that_is_not_complete_or_not_meant_is_not_done(text, status):
    assert only_action(text).status == status


def test_a_cut_tag_is_no_speech_and_the_reply_is_cut_off():
    assert read_reply("Let me see. <cancel_al").cut_off
    assert read_reply(PLAIN.removesuffix("</tool:cancel_alert>")).cut_off
    assert not read_reply(PLAIN).cut_off


def test_other_names_with_the_same_words_are_other_tools():
    for name in ("cancel_meeting", "read_alert", "alert", "cancel", "send_alert"):
        assert action_from_call(name, {}).tool == name
