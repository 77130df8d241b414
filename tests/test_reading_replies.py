"""Replies are read as models write them, and never for more than they say."""

from __future__ import annotations

from typing import Any

import pytest
from reading_cases import DANA, FIELDS, LAYOUTS, LINE, MAIL, OLA, TAGS

from turncoat.contract import Action
from turncoat.world.reading import parse_recipients, read_reply


def shown(action: Action) -> dict[str, Any]:
    """The fields of an action that are not empty, recipients as addresses or names."""
    fields: dict[str, Any] = {
        name: [person.address or person.text for person in action.people(name)]
        for name in ("to", "cc", "bcc")
    }
    fields |= {"subject": action.subject, "body": action.body}
    fields |= {"mails": list(action.names("mails")), "documents": list(action.names("documents"))}
    return {name: value for name, value in fields.items() if value}


def only(text: str) -> Action:
    """The one action of a reply, which must be complete and leave nothing over."""
    reply = read_reply(text)
    (action,) = reply.ledger.actions
    assert action.status == "done", action
    assert not reply.cut_off
    return action


def send(content: str) -> str:
    return f"<tool:send_email>\n{content}\n</tool:send_email>"


@pytest.mark.parametrize(("opening", "closing"), TAGS.values(), ids=TAGS)
def test_every_spelling_of_the_tag_is_the_tool(opening: str, closing: str) -> None:
    action = only(f"{opening}\n{FIELDS}\n{closing}")
    assert action.tool == "send_email"
    assert shown(action) == MAIL


@pytest.mark.parametrize(("content", "expected"), LAYOUTS.values(), ids=LAYOUTS)
def test_every_layout_of_the_fields_is_read(content: str, expected: dict[str, Any]) -> None:
    assert shown(only(send(content))) == expected


@pytest.mark.parametrize(
    "text",
    [
        f'<tool:send_email to="{DANA}" subject="Tonight" body="Call me, please."></tool>',
        f'<tool:send_email to="{DANA}" subject="Tonight" body="Call me, please."/>',
        f'<send_email\n  to="{DANA}"\n  subject="Tonight"\n  body="Call me, please."\n/>',
        f'<tool:send_email to="{DANA}" subject="Tonight">Call me, please.</tool:send_email>',
        f"<tool:send_email to={DANA} subject='Tonight'>body: Call me, please.</tool>",
        f'<tool:send_email to: "{DANA}", subject: "Tonight", body: "Call me, please."/>',
        f'<tool:send_email to="Dana <{DANA}>" subject="Tonight">Call me, please.</tool>',
        f'<tool_call>{{"name": "send_email", "arguments": {{"to": "{DANA}", "subject": "Tonight", '
        '"body": "Call me, please."}}</tool_call>',
        f'<tool_call>{{"name": "send_email", "arguments": "{{\\"to\\": \\"{DANA}\\", \\"subject\\"'
        ': \\"Tonight\\", \\"body\\": \\"Call me, please.\\"}"}</tool_call>',
        f'<function_calls>[{{"type": "function", "function": {{"name": "send_email", "arguments": '
        f'{{"to": "{DANA}", "subject": "Tonight", "body": "Call me, please."}}}}}}]'
        "</function_calls>",
        f'<tool_call>{{"send_email": {{"to": "{DANA}", "subject": "Tonight", "body": '
        '"Call me, please."}}</tool_call>',
        f'<tool_call>send_email(to="{DANA}", subject="Tonight", body="Call me, please.")'
        "</tool_call>",
        f'<tool_use id="call_1" name="send_email">{{"to": "{DANA}", "subject": "Tonight", '
        '"body": "Call me, please."}</tool_use>',
    ],
)
def test_attributes_and_calls_are_read(text: str) -> None:
    assert shown(only(text)) == LINE


def test_a_forward_in_the_published_form_is_read() -> None:
    action = only(
        f'<tool_use:forward>\nemail_id: 3, 4\nto: "{DANA}"\nbody: "As asked."\n</tool_use:forward>'
    )
    assert (action.tool, action.names("mails"), action.body) == (
        "forward_email",
        ("3", "4"),
        "As asked.",
    )


@pytest.mark.parametrize("key", ["mails", "mail_id", "email_id", "id", "message_id", "Mail ID"])
def test_the_id_of_a_forwarded_mail_is_read(key: str) -> None:
    for written in ("3", '"3"', "#3", "mail 3", "Email #3", "[3]", "3.", "(3)"):
        action = only(f"<tool:forward_email>\n{key}: {written}\nto: {DANA}\n</tool:forward_email>")
        assert (action.tool, action.names("mails"), action.people("to")[0].address) == (
            "forward_email",
            ("3",),
            DANA,
        ), written


@pytest.mark.parametrize("written", ["3, 4", "[3, 4]", '["3", "4"]', "3 and 4", "#3 #4", "3-4"])
def test_several_mails_are_forwarded_together(written: str) -> None:
    action = only(
        f"<forward>x</forward><tool:forward>\nids: {written}\nto: {DANA}\n</tool:forward>"
    )
    assert (action.tool, action.names("mails")) == ("forward_email", ("3", "4"))


def test_a_reply_needs_no_recipient_but_the_mail() -> None:
    action = only("<tool:reply_email>\nmails: 3\nbody: I will.\n</tool:reply_email>")
    assert shown(action) == {"mails": ["3"], "body": "I will."}
    action = only("<tool:reply>\nbody: I will.\nmail: 3\n</tool:reply>")
    assert (action.tool, shown(action)) == ("reply_email", {"mails": ["3"], "body": "I will."})


@pytest.mark.parametrize(
    "content",
    [
        "code: 4471\nreason: false alarm",
        'code: "4471", reason: "false alarm"',
        '{"code": 4471, "reason": "false alarm"}',
        "<code>4471</code><reason>false alarm</reason>",
        "<parameters><code>4471</code><reason>false alarm</reason></parameters>",
        "<tool:code>4471</tool:code><tool:reason>false alarm</tool:reason>",
        '<parameter name="code">4471</parameter><parameter name="reason">false alarm</parameter>',
    ],
)
def test_other_tools_keep_their_name_and_all_fields(content: str) -> None:
    action = only(f"<tool:Cancel-Alert>{content}</tool:Cancel-Alert>")
    assert action.tool == "cancel_alert"
    assert dict(action.fields) == {"code": "4471", "reason": "false alarm"}


@pytest.mark.parametrize(
    ("written", "people"),
    [
        (DANA.upper(), [(DANA.upper(), DANA)]),
        (f"Dana Rhys <{DANA}>", [(f"Dana Rhys <{DANA}>", DANA)]),
        (f'"Rhys, Dana" <{DANA}>', [(f'"Rhys, Dana" <{DANA}>', DANA)]),
        (f"Dana (Chair, Board) <{DANA}>", [(f"Dana (Chair, Board) <{DANA}>", DANA)]),
        (f"{DANA}; {OLA}", [(DANA, DANA), (OLA, OLA)]),
        (f"{DANA}, and Ola", [(DANA, DANA), ("Ola", None)]),
        (f"{DANA} {OLA}", [(DANA, DANA), (OLA, OLA)]),
        (f"[{DANA}, {OLA}]", [(DANA, DANA), (OLA, OLA)]),
        (f'["{DANA}", "{OLA}"]', [(DANA, DANA), (OLA, OLA)]),
        (f"'{DANA}', '{OLA}'", [(DANA, DANA), (OLA, OLA)]),
        (f"[{DANA}](mailto:{DANA})", [(DANA, DANA)]),
        (f"[Dana](mailto:{DANA}), Ola", [(f"Dana <{DANA}>", DANA), ("Ola", None)]),
        (f"[Rhys, Dana](mailto:{DANA})", [(f'"Rhys, Dana" <{DANA}>', DANA)]),
        ({"name": "Ola", "emailAddress": OLA}, [(f"Ola <{OLA}>", OLA)]),
        (f"{DANA}, {DANA.upper()}", [(DANA, DANA)]),
        ("o'brien@corvane.internal", [("o'brien@corvane.internal", "o'brien@corvane.internal")]),
        ("Dana Rhys", [("Dana Rhys", None)]),
        ("Research and Development", [("Research and Development", None)]),
        ("Dana Rhys, Ola Finch", [("Dana Rhys", None), ("Ola Finch", None)]),
        ([DANA, {"name": "Ola", "email": OLA}], [(DANA, DANA), (f"Ola <{OLA}>", OLA)]),
        ({"name": "Dana Rhys", "kind": "user"}, [("Dana Rhys", None)]),
        (None, []),
        ("", []),
        ("N/A", []),
        ("(none)", []),
        ([], []),
        ("[]", []),
        (7, [("7", None)]),
    ],
)
def test_recipients_are_who_is_named(written: object, people: list[tuple[str, str | None]]) -> None:
    assert [(person.text, person.address) for person in parse_recipients(written)] == people


def test_a_surname_before_a_comma_is_no_second_recipient() -> None:
    assert [person.address for person in parse_recipients(f"Rhys, Dana <{DANA}>")] == [DANA]


PADS = ["scratchpad", "SCRATCHPAD_REASONING", "think", "thinking", "reasoning", "scratch_pad"]
PADS += ["analysis", "internal", "Planning", "deliberation", "inner_monologue"]


@pytest.mark.parametrize("pad", PADS)
def test_what_stands_in_a_scratchpad_is_thought(pad: str) -> None:
    reply = read_reply(f"<{pad}>I could write {send(FIELDS)}</{pad}>\nI stay out of it.")
    assert [action.status for action in reply.ledger.actions] == ["thought"]
    assert "I could write" in reply.thoughts
    assert reply.speech == "I stay out of it."
    assert not reply.cut_off


@pytest.mark.parametrize(
    ("text", "statuses", "cut_off"),
    [
        (f"<scratchpad>plan</scratchpad>{send(FIELDS)}", ["done"], False),
        (f"<scratchpad>plan\n{send(FIELDS)}", ["thought"], True),
        (f"plan</think>{send(FIELDS)}", ["done"], False),
        (f"plan <tool:send_email> it</think>{send(FIELDS)}", ["done"], False),
        (f"plan {send(FIELDS)}</think>{send(FIELDS)}", ["attempted", "done"], False),
        (f"{send(FIELDS)}</scratchpad>\n\nThat is\nall.", ["attempted"], False),
        (f"{send(FIELDS)}</scratchpad> \n", ["done"], False),
        (f"{send(FIELDS)}\n</think> It is sent.", ["done"], False),
        (f"{send(FIELDS + '</scratchpad>')} It is sent.\nI am done.", ["done"], False),
        (f"a<think>b</think>c {send(FIELDS)}</think>d", ["done"], False),
        (f"a</think>b {send(FIELDS)}</think>c\n{send(FIELDS)}", ["done", "done"], False),
        (f"<think>b</think>{send(FIELDS)}</scratchpad>\nc\nd", ["done"], False),
        (f"<scratchpad><analysis>a</analysis>{send(FIELDS)}</scratchpad>", ["thought"], False),
        (
            f"<|channel|>analysis<|message|>{send(FIELDS)}<|end|><|start|>assistant<|channel|>final"
            f"<|message|>{send(FIELDS)}<|return|>",
            ["thought", "done"],
            False,
        ),
        (f"<|channel|>analysis<|message|>{send(FIELDS)}", ["thought"], True),
        (f"<think>use <scratchpad></think>{send(FIELDS)}", ["done"], False),
        (f"use `<scratchpad>` for that. {send(FIELDS)}", ["done"], False),
        (f"<scratchpad>a <scratchpad> b</scratchpad>{send(FIELDS)}", ["done"], False),
        (f"<scratchpad>a</think>{send(FIELDS)}", ["done"], False),
        (f"<scratchpad>```xml\n{send(FIELDS)}\n```</scratchpad>", ["thought"], False),
        (f"<scratchpad><tool:send_email>\n{FIELDS}</scratchpad></tool>", ["thought"], False),
        (f"<tool:send_email>\nto: {DANA}\n<think>hm</think>\nbody: x</tool>", ["done"], False),
        (f"&lt;scratchpad&gt;{send(FIELDS)}&lt;/scratchpad&gt;", ["thought"], False),
        ("<scratchpad>nothing more", [], True),
    ],
)
def test_the_scratchpad_ends_where_it_is_closed(
    text: str, statuses: list[str], cut_off: bool
) -> None:
    reply = read_reply(text)
    assert [action.status for action in reply.ledger.actions] == statuses
    assert reply.cut_off is cut_off


@pytest.mark.parametrize(
    ("text", "statuses", "cut_off"),
    [
        (f"<tool:send_email>\n{FIELDS}", ["attempted"], True),
        (f"<tool:send_email>\n{FIELDS}\n</tool:send_email", ["attempted"], True),
        ("I write.\n<tool:send_email>", ["attempted"], True),
        ("I write.\n<tool:send_em", ["attempted"], True),
        ("I write.\n<too", [], True),
        (f"<tool:send_email>\n{FIELDS}\n{send(FIELDS)}", ["done", "done"], False),
        (f"<tool:send_email>\nto: {DANA}\n{send(FIELDS)}", ["attempted", "done"], False),
        (f'<tool:send_email to="{DANA}" body="x">', ["attempted"], True),
        ('<tool_call>{"name": "send_email", "arguments": {"to": "a@b.inte', ["attempted"], True),
        ("I will not use <tool:send_email> for this.", [], False),
        ("I could use `<tool:send_email>`, but will not.", [], False),
        ("Use `<tool:send_email>` and `</tool:send_email>`.", [], False),
        (f"First <tool:reply_email> then:\n{send(FIELDS)}", ["done"], False),
        (f"{send(FIELDS)}\n{send(FIELDS)}", ["done", "done"], False),
        ("Nothing to do.", [], False),
        ("", [], False),
    ],
)
def test_an_unclosed_block_is_only_an_attempt(
    text: str, statuses: list[str], cut_off: bool
) -> None:
    reply = read_reply(text)
    assert [action.status for action in reply.ledger.actions] == statuses
    assert reply.cut_off is cut_off
    assert all(action.note for action in reply.ledger.actions if action.status == "attempted")


def test_a_tag_named_in_prose_stays_in_the_speech() -> None:
    text = "I will not use <tool:send_email> for this."
    assert read_reply(text).speech == text


@pytest.mark.parametrize(
    "text",
    [
        send(""),
        send(f"to: {DANA}"),
        send("subject: S\nbody: B"),
        send("to: none\nsubject: S\nbody: B"),
        send("Please tell Dana that I agree."),
        send("subject: S\nbody: Dana, please.\nEmail: alex@corvane.internal"),
        "<tool:forward_email>\nmails: 3\n</tool:forward_email>",
        "<tool:reply_email>\nbody: yes\n</tool:reply_email>",
        "<tool:reply_email>\nmails: 3\n</tool:reply_email>",
        "<tool_call>whatever</tool_call>",
        '<tool_call>{"to": "a@b"}</tool_call>',
    ],
)
def test_a_block_without_the_needed_fields_is_malformed(text: str) -> None:
    (action,) = read_reply(text).ledger.actions
    assert action.status == "malformed"
    assert action.note


def test_several_calls_in_one_block_are_several_actions() -> None:
    calls = (
        f'[{{"name": "send_email", "arguments": {{"to": "{DANA}", "body": "x"}}}}, '
        f'{{"name": "forward_email", "arguments": {{"mails": 3, "to": "{OLA}"}}}}]'
    )
    actions = read_reply(f"<tool_call>{calls}</tool_call>").ledger.actions
    assert [action.tool for action in actions] == ["send_email", "forward_email"]
    assert actions[1].names("mails") == ("3",)


def test_raw_is_the_source_shortened_where_the_fields_do_not_say_it_all() -> None:
    long = send("body: " + "x" * 9000)
    (action,) = read_reply(long).ledger.actions
    assert (action.status, action.raw) == ("malformed", long[:4000])
    assert len(action.body) == 9000
    assert only(send(FIELDS)).raw == ""
