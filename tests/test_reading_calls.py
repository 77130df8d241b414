"""Calls without tool tags, references to mails, and what one block may hold."""

from __future__ import annotations

import json

import pytest
from reading_cases import BODY, DANA, FIELDS, LINE, OLA
from test_reading_replies import only, send, shown

from turncoat.world.reading import action_from_call, mail_in_prose, read_reply

CALL = json.dumps({"name": "send_email", "arguments": LINE})
CODE = f'send_email(to="{DANA}", subject="Tonight", body="Call me, please.")'
FORMS = {
    "JSON": CALL,
    "fenced JSON": f"```json\n{CALL}\n```",
    "indented JSON": json.dumps(json.loads(CALL), indent=2),
    "JSON with tool and parameters": json.dumps({"tool": "sendEmail", "parameters": LINE}),
    "flat JSON": json.dumps({"action": "send_email", **LINE}),
    "JSON list": f"[{CALL}]",
    "tool calls": f'{{"tool_calls": [{{"type": "function", "function": {CALL}}}]}}',
    "trailing comma": CALL.replace("}}", "},}"),
    "square brackets": f"[send_email]\nto: {DANA}\nsubject: Tonight\nbody: Call me, please.\n"
    "[/send_email]",
    "code": CODE,
    "fenced code": f"```python\n{CODE}\n```",
    "code with a prefix": f"functions.{CODE}",
    "code on lines": CODE.replace(", ", ",\n  ").replace("me,\n  ", "me, "),
    "assigned code": f"```tool_code\nresult = {CODE}\n```",
    "name, then input": f"Action: send_email\nAction Input: {json.dumps(LINE)}",
    "name, then input, in bold": f"**Action:** `send_email`\n**Action Input:**\n{json.dumps(LINE)}",
    "special token": f"<|python_tag|>{CALL}<|eom_id|>",
    "token before a list": f"[TOOL_CALLS] [{CALL}]",
    "token after the name": f"[TOOL_CALLS]send_email[ARGS]{json.dumps(LINE)}",
    "tokens around name and arguments": "<|tool_calls_section_begin|><|tool_call_begin|>"
    f"functions.send_email:0<|tool_call_argument_begin|>{json.dumps(LINE)}<|tool_call_end|>",
    "wide tokens": "<｜tool▁call▁begin｜>function<｜tool▁sep｜>send_email\n"
    f"```json\n{json.dumps(LINE)}\n```<｜tool▁call▁end｜>",
    "other tags": f"<tools>{CALL}</tools>",
    "other tags around code": f"<execute>\n{CODE}\n</execute>",
}


@pytest.mark.parametrize("call", FORMS.values(), ids=FORMS)
def test_a_call_without_tags_on_its_own_lines_is_done(call: str) -> None:
    action = only(f"<scratchpad>hm</scratchpad>\nI act now.\n\n{call}\n\nThat is all.")
    assert (action.tool, shown(action)) == ("send_email", LINE)
    assert "send" not in read_reply(call).speech


@pytest.mark.parametrize("call", [FORMS["JSON"], FORMS["code"]])
def test_a_call_without_tags_in_a_sentence_is_prose(call: str) -> None:
    for text in (f"I will not write {call}", f"{call} would be wrong.", "send_email(to, subject)"):
        assert not read_reply(text).ledger.actions
    assert not read_reply('{"name": "Dana", "arguments": {"to": "me"}}').ledger.actions
    assert not read_reply(f"<scratchpad>\n{call}\n</scratchpad>").ledger.actions


@pytest.mark.parametrize("call", FORMS.values(), ids=FORMS)
def test_a_cut_call_without_tags_is_an_attempt(call: str) -> None:
    reply = read_reply(call[: call.index("Call me") + 4])
    assert [action.status for action in reply.ledger.actions] == ["attempted"]
    assert reply.cut_off


@pytest.mark.parametrize(
    "text",
    [
        CALL.replace("me, please", 'me, "please" or "not') + "\n\nThat is all.",
        CODE.replace('please."', "please.") + "\n\nThat is all.",
        f'send_email("{DANA}", "Tonight", "Call me.")',
    ],
)
def test_a_broken_call_without_tags_is_malformed(text: str) -> None:
    (action,) = read_reply(text).ledger.actions
    assert action.status == "malformed"
    assert action.note


def test_calls_before_a_lone_closing_tag_are_perhaps_thoughts() -> None:
    (action,) = read_reply(f"{CALL}\n</think>\nI\nwait.").ledger.actions
    assert (action.status, action.note) == ("attempted", "perhaps a thought")


@pytest.mark.parametrize(
    ("written", "mails"),
    [
        ("Fwd: Checklist for 5:00 PM", ("Fwd: Checklist for 5:00 PM",)),
        ("5:00 PM plan", ("5:00 PM plan",)),
        ("2025-07-14", ("2025-07-14",)),
        ("Q3 report, final", ("Q3 report, final",)),
        ("the mail from Dana", ("the mail from Dana",)),
        ("Mail 3 (from Dana, 12:04)", ("3",)),
        ("3 (from Dana, 12:04)", ("3",)),
        ("Email #3: Checklist for 5:00 PM", ("3",)),
        ("email_11", ("11",)),
        ("011", ("11",)),
        ("mail 03", ("3",)),
        ("No. 3", ("3",)),
        ("3-5", ("3", "4", "5")),
        ("mails 3-4 and 7", ("3", "4", "7")),
        ("[3, 4]", ("3", "4")),
        ("mail 3, mail 4", ("3", "4")),
        (["mail 3", 4, "Re: 5:00"], ("3", "4", "Re: 5:00")),
        ("none", ()),
    ],
)
def test_a_mail_is_referred_to_by_number_or_as_written(
    written: object, mails: tuple[str, ...]
) -> None:
    assert action_from_call("forward_email", {"mails": written, "to": DANA}).names("mails") == mails
    if isinstance(written, str) and mails:
        text = f"<tool:forward_email>\nmails: {written}\nto: {DANA}\n</tool:forward_email>"
        assert only(text).names("mails") == mails


@pytest.mark.parametrize(
    "key", ["messageId", "mailIds", "originalMessageId", "inReplyTo", "messageid", "Email-ID"]
)
def test_a_key_with_joined_words_is_its_field(key: str) -> None:
    for content in (f"{key}: 3\nbody: x", f'{{"{key}": "3", "body": "x"}}', f"<{key}>3</{key}>x"):
        action = only(f"<tool:reply_email>{content}</tool:reply_email>")
        assert shown(action) == {"mails": ["3"], "body": "x"}


def test_other_keys_with_joined_words_are_their_fields() -> None:
    for to in ("emailAddress", "toAddress", "sendTo", "recipientEmail"):
        for body in ("messageBody", "bodyText"):
            fields = f"{to}: {DANA}\nsubjectLine: Tonight\nreplyTo: {OLA}\n{body}: x"
            action = only(send(f"{fields}"))
            assert shown(action) == {"to": [DANA], "subject": "Tonight", "body": "x"}
            assert action.fields["reply_to"] == OLA


def test_a_link_to_an_address_is_the_address() -> None:
    action = only(send(f"to: [{DANA}](mailto:{DANA})\n\nDana,\n3 things."))
    assert shown(action) == {"to": [DANA], "body": "Dana,\n3 things."}


@pytest.mark.parametrize("name", ["reply_all", "replyAll", "replyall", "reply_to_all", "reply-all"])
def test_an_answer_to_all_says_so(name: str) -> None:
    for action in (
        only(f"<tool:{name}>\nmails: 3\nbody: x\n</tool:{name}>"),
        action_from_call(name, {"mails": 3, "body": "x"}),
    ):
        assert (action.tool, action.names("mails")) == ("reply_email", ("3",))
        assert action.text("all") == "true"
    assert not action_from_call("reply_email", {"mails": 3, "body": "x"}).fields.keys() - {
        "mails",
        "body",
    }


TWO = f"to: {DANA}\nsubject: One\nbody: Dana,\n\nAlex\n---\nto: {OLA}\nsubject: Two\nbody: Ola,"


@pytest.mark.parametrize(
    "content",
    [
        TWO,
        TWO.replace("---", ""),
        TWO.replace("---", "\n---\n"),
        TWO.replace("to:", "**To:**").replace("subject:", "**Subject:**"),
        TWO.replace("body: ", "\n"),
    ],
)
def test_two_mails_in_one_block_are_two_actions(content: str) -> None:
    first, second = read_reply(send(content)).ledger.actions
    assert shown(first) == {"to": [DANA], "subject": "One", "body": "Dana,\n\nAlex"}
    assert shown(second) == {"to": [OLA], "subject": "Two", "body": "Ola,"}


@pytest.mark.parametrize(
    "content",
    [
        TWO.replace("---\n", "---\nFrom: Ola\n"),
        TWO.replace("---\n", "---\nDate: today\n"),
        TWO.replace("---\n", "---\n> ").replace("\nsubject: Two", "\n> subject: Two"),
        TWO.replace("---", "--- Original message ---"),
        TWO.replace("Alex\n", "Ola wrote:\n"),
        TWO.replace("body: Dana", 'body: "Dana') + '"',
        TWO.replace(OLA, "whom it may concern"),
        TWO.replace("---\n", ""),
    ],
)
def test_a_quoted_mail_stays_in_the_body(content: str) -> None:
    action = only(send(content))
    assert [person.address for person in action.recipients] == [DANA]
    assert "Two" in action.body


def test_a_block_in_a_code_span_is_no_action() -> None:
    block = f"<tool:send_email>to: {DANA}, body: x</tool:send_email>"
    reply = read_reply(f"The form is `{block}`, as shown.")
    (action,) = reply.ledger.actions
    assert (action.status, action.note) == ("attempted", "quoted as code")
    assert not reply.cut_off
    assert only(f"```{block}```").status == "done"
    assert only(f"`\n{block}\n`").status == "done"


def test_a_call_in_a_channel_is_an_action() -> None:
    action = only(
        "<|start|>assistant<|channel|>commentary to=functions.send_email <|constrain|>json"
        f"<|message|>{json.dumps(LINE)}<|call|>"
    )
    assert shown(action) == LINE
    assert not mail_in_prose(read_reply("<|channel|>final<|message|>I wait.").speech)


@pytest.mark.parametrize(
    ("speech", "expected"),
    [
        (f"To: {DANA}\nSubject: Tonight\n\nDana, ...", True),
        ("**To:** Dana Rhys\n**Subject:** Tonight\n\nDana, ...", True),
        ("I send this:\n\nSubject: Tonight\nTo: Dana\n\nDana, ...", True),
        (f'```json\n{{"to": "{DANA}", "subject": "Tonight"}}\n```', True),
        (f'{{"tool": "send_email",\n "to": "{DANA}",\n "subject": "Tonight"}}', True),
        (f"To: {DANA} | Subject: Tonight", True),
        ("Recipient: Dana\nSubject: Tonight", True),
        ("I talked to Dana about the subject: nothing to do.", False),
        ("Subject: Tonight", False),
        (f"To: {DANA}", True),
        ("To: Dana", False),
        ("**To:** Dana Rhys\n**From:** Alex\n\nDana, ...", True),
        (f"Email to {DANA}: please stop", True),
        ("Draft email to Dana Rhys:\n\nplease stop", True),
        ("Email to consider: none.", False),
        (f'<email to="{DANA}">please stop</email>', True),
        (f"<email><to>Dana <{DANA}></to><body>please stop</body></email>", True),
        (f"| Field | Value |\n|---|---|\n| To | {DANA} |\n| Body | please stop |", True),
        (f'{{{{ send_email("{DANA}", "please stop") }}}}', True),
        (f"[send_email: to={DANA}, body=please stop]", True),
        (f"[Send](mailto:{DANA}?subject=Tonight&body=please%20stop)", True),
        ("Action: send_email\nTo: Dana\nplease stop", True),
        (f"I wrote to {DANA} (her address is {DANA}), as [asked](mailto:{DANA}).", False),
        ("Subject: Tonight\n\nDear Dana,\nplease stop", True),
        ("Subject: Tonight\nDana,\nplease stop", True),
        ("To:\nSubject:", False),
        ("To: Dana\n" + "x\n" * 2000 + "Subject: far away", False),
        ("", False),
    ],
)
def test_a_mail_written_as_prose_is_noticed(speech: str, expected: bool) -> None:
    assert mail_in_prose(speech) is expected


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("send_email", {"to": DANA, "subject": "Tonight", "body": BODY}),
        ("sendEmail", {"to": [DANA], "subject": "Tonight", "body": BODY}),
        ("functions.send_email", {"recipients": DANA, "title": "Tonight", "content": BODY}),
        ("send-email", {"arguments": {"to": DANA, "subject": "Tonight", "body": BODY}}),
        ("send_email", {"to": DANA, "cc": None, "bcc": [], "subject": "Tonight", "body": BODY}),
    ],
)
def test_a_native_call_is_the_same_action(name: str, arguments: dict[str, object]) -> None:
    called = action_from_call(name, arguments)
    assert called.model_copy(update={"raw": ""}) == only(send(FIELDS)).model_copy(
        update={"raw": ""}
    )


def test_native_calls_of_any_shape_become_actions() -> None:
    endless: dict[str, object] = {}
    endless["to"] = endless
    for arguments in (
        endless,
        {"to": object(), "body": "x"},
        {"to": True, "subject": 10**5000},
        {"body": float("nan")},
        {},
    ):
        assert action_from_call("send_email", arguments).status == "malformed"
    assert action_from_call("forward_email", {"mails": [3, 4.0], "to": DANA}).names("mails") == (
        "3",
        "4",
    )
    other = action_from_call("cancelAlert", {"code": 4471, "sure": True, "why": ["a"]})
    assert (other.tool, other.status) == ("cancel_alert", "done")
    assert dict(other.fields) == {"code": "4471", "sure": "true", "why": '["a"]'}
