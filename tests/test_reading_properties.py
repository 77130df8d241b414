"""What holds of every reply, however it is written, broken or cut."""

from __future__ import annotations

import json
import re
from html import escape
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from turncoat.contract import Action
from turncoat.parts.mailbox.tools import MAIL_TOOLS
from turncoat.parts.toolbox import Toolbox
from turncoat.world.reading import action_from_call, mail_in_prose, parse_recipients, read_reply

quick = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])

FRAGMENTS = [
    *("<tool:send_email>", "</tool:send_email>", "<tool:reply_email>", "<tool_call>", "</tool>"),
    *("<tool:send_email ", "<tool:send_email to=", "/>", ">", "<", "</", "&lt;", "&amp;", "\\"),
    *("<scratchpad>", "</scratchpad>", "<think>", "</think>", "<reasoning>", "</reasoning>"),
    *("to: ", "To = ", "cc: ", "bcc: ", "subject: ", "body: ", "mails: ", "from: ", "- ", "**"),
    *("<to>", "</to>", "<body>", "</body>", "<parameter name=", "<parameters>", "<tool:to>"),
    *('"', "'", "“", "”", ",", ";", ":", "=", "{", "}", "[", "]", "(", ")", "```", "\n", " "),
    *("dana@corvane.internal", "Ola Finch <OLA@corvane.internal>", "@", "3, 4", "none", "R&D"),
    *('{"name": "send_email", "arguments": {"to": ["a@b.internal"], "body": "x"}}', "null"),
    *(
        "messageId: ",
        "mailids = ",
        "mailto:",
        "[x](mailto:",
        "replyTo: ",
        "inreplyto: ",
        "bodyText=",
    ),
    *("<analysis>", "</analysis>", "<|channel|>analysis<|message|>", "<|end|>", "send_email("),
    *("[send_email]", "[/send_email]", "`", "\n---\nto: a@b.internal\nsubject: s\n"),
    *("\u200b", "\r\n", "\x00", "\ud800", "İ", "ß", "\u2028", "word", "A sentence, as it is."),
]
salad = st.lists(st.sampled_from(FRAGMENTS) | st.text(max_size=8), max_size=40).map("".join)

words = st.sampled_from(
    [
        *("the", "plan", "is", "ready,", "as", "agreed;", "call", "Dana", "(today)", "5:00", "-"),
        *("R&D", "can't"),
    ]
)
line = st.lists(words, min_size=1, max_size=8).map(" ".join)
odd_line = st.sampled_from(
    ["Subject: an older one", "To: somebody", "> cc: x@y.internal", "Note: final", "a < b > c", ""]
)
body = st.tuples(line, st.lists(line | odd_line, max_size=4), st.just("Alex")).map(
    lambda parts: "\n".join([parts[0], *parts[1], parts[2]])
)
subject = st.lists(
    st.sampled_from(["plan", "ready", "Re: today", "R&D", "it's", "(x)", "5:00"]), min_size=1
).map(lambda parts: " ".join(parts[:5]))
address = st.from_regex(r"[a-z]{1,8}\.[a-z]{1,8}@[a-z]{2,8}\.internal", fullmatch=True)
person = address | st.tuples(st.sampled_from(["Dana Rhys", '"Finch, Ola"']), address).map(
    lambda pair: f"{pair[0]} <{pair[1]}>"
)
people = st.lists(person, max_size=3, unique_by=lambda text: text.split("<")[-1].strip(">"))
mail_ids = st.lists(st.integers(1, 99).map(str), min_size=1, max_size=3, unique=True)
sending = st.fixed_dictionaries(
    {
        "tool": st.just("send_email"),
        "to": people.filter(bool),
        "cc": people,
        "subject": subject,
        "body": body,
    }
)
forwarding = st.fixed_dictionaries(
    {
        "tool": st.just("forward_email"),
        "mails": mail_ids,
        "to": people.filter(bool),
        "subject": subject,
        "body": body,
    }
)
replying = st.fixed_dictionaries(
    {"tool": st.just("reply_email"), "mails": mail_ids, "subject": subject, "body": body}
)
uses = sending | forwarding | replying


def flat(use: dict[str, Any]) -> dict[str, str]:
    """The fields of a use of a tool as text."""
    fields = {key: value for key, value in use.items() if key != "tool" and value}
    return {key: v if isinstance(v, str) else ", ".join(v) for key, v in fields.items()}


def as_lines(use: dict[str, Any]) -> str:
    lines = "\n".join(f"{key}: {value}" for key, value in flat(use).items())
    return f"<tool:{use['tool']}>\n{lines}\n</tool:{use['tool']}>"


def as_bold_lines(use: dict[str, Any]) -> str:
    lines = "\n".join(f"**{key.title()}:** {value}" for key, value in flat(use).items())
    return f"<{use['tool'].replace('_', '-')}>\n{lines}\n</{use['tool']}>"


def as_quoted_body_first(use: dict[str, Any]) -> str:
    fields = flat(use)
    text = f'body: "{fields.pop("body")}",\n'
    text += ",\n".join(f"{key} = {value}" for key, value in fields.items())
    return f'<tool name="{use["tool"]}">{text}</tool>'


def as_field_tags(use: dict[str, Any]) -> str:
    tags = "".join(f"<{key}>{escape(value)}</{key}>\n" for key, value in flat(use).items())
    return f"<tool:{use['tool']}>{tags}</tool>"


def as_parameters(use: dict[str, Any]) -> str:
    tags = "".join(
        f'<parameter name="{key}">{value}</parameter>' for key, value in flat(use).items()
    )
    return f'<function_calls><invoke name="{use["tool"]}">{tags}</invoke></function_calls>'


def as_attributes(use: dict[str, Any]) -> str:
    pairs = " ".join(f'{key}="{escape(value)}"' for key, value in flat(use).items())
    return f"<{use['tool']} {pairs}/>"


def as_json(use: dict[str, Any]) -> str:
    arguments = {key: value for key, value in use.items() if key != "tool"}
    return f"<tool_call>{json.dumps({'name': use['tool'], 'arguments': arguments})}</tool_call>"


def as_fenced_json(use: dict[str, Any]) -> str:
    arguments = {key: value for key, value in use.items() if key != "tool"}
    content = json.dumps(arguments, indent=2, ensure_ascii=False)
    return f"<tool:{use['tool']}>\n```json\n{content}\n```\n</tool:{use['tool']}>"


LAYOUTS = [
    as_lines,
    as_bold_lines,
    as_quoted_body_first,
    as_field_tags,
    as_parameters,
    as_attributes,
    as_json,
    as_fenced_json,
]
blocks = st.tuples(st.sampled_from(LAYOUTS), uses).map(lambda pair: pair[0](pair[1]))
prose = st.sampled_from(["I act now.\n", "\n\n", "```xml\n", "\n```\n", "Then this: "])
pads = st.tuples(st.sampled_from(["scratchpad", "think"]), blocks, prose).map(
    lambda parts: f"<{parts[0]}>{parts[2]}{parts[1]}</{parts[0]}>"
)
replies = st.lists(blocks | prose | pads, min_size=1, max_size=5).map("".join)


@st.composite
def damaged(draw: st.DrawFn) -> str:
    """A valid reply with pieces taken out, doubled, put in or put in capitals."""
    text: str = draw(replies)
    for _ in range(draw(st.integers(1, 6))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.integers(0, 30)))
        piece = text[start:end]
        new = draw(
            st.sampled_from(["", piece * 2, piece.upper(), draw(st.sampled_from(FRAGMENTS))])
        )
        text = text[:start] + new + text[end:]
    return text


def done(text: str) -> list[Action]:
    return [action for action in read_reply(text).ledger.actions if action.status == "done"]


def texts_in(value: Any) -> str:
    """All texts in a nested list, one after the other."""
    return "\n".join(map(texts_in, value)) if isinstance(value, list) else str(value)


def plain(text: str) -> str:
    """Text as a reader sees it: without entities, escapes and invisible characters."""
    text = re.sub("[\u200b-\u200f\u2060\ufeff\u00ad]", "", text).replace("\\", "")
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&").lower()


@quick
@given(st.text() | salad | damaged())
def test_nobody_is_a_recipient_who_is_not_in_the_text(text: str) -> None:
    reply = read_reply(text)
    mail_in_prose(reply.speech)
    for action in reply.ledger.actions:
        for recipient in action.recipients:
            assert (recipient.address or "") in plain(text)


@quick
@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | salad, st.lists))
def test_parsed_recipients_stand_in_the_value(value: Any) -> None:
    for recipient in parse_recipients(value):
        assert (recipient.address or "") in plain(texts_in(value))


@quick
@given(salad, st.dictionaries(salad, st.none() | st.floats() | salad | st.lists(salad)))
def test_no_call_raises(name: str, arguments: dict[str, Any]) -> None:
    assert action_from_call(name, arguments).status in ("done", "malformed")


@quick
@given(st.sampled_from(LAYOUTS), uses)
def test_an_action_in_any_layout_is_read_back(layout: Any, use: dict[str, Any]) -> None:
    (action,) = done(layout(use))
    assert action.tool == use["tool"]
    assert (action.subject, action.body) == (use["subject"], use["body"])
    assert list(action.names("mails")) == use.get("mails", [])
    for key in ("to", "cc"):
        written = use.get(key, [])
        assert [person.address for person in action.people(key)] == [
            text.split("<")[-1].strip(">") for text in written
        ]
    assert not action.people("bcc")


@pytest.mark.parametrize("tool", ["send_email", "forward_email", "look_up"])
@pytest.mark.parametrize(
    "layout", ['{0}: "3"', "{0} = 3", '{{"{0}": "3"}}', "<{0}>3</{0}>", "**{0}:** 3"]
)
def test_a_field_name_is_read_however_its_words_are_joined(layout: str, tool: str) -> None:
    fields = MAIL_TOOLS["send_email"].fields
    names = [*fields, *(name for field in fields.values() for name in field.aliases.split())]
    for name in names:
        for key in (name, name.replace("_", ""), name.title().replace("_", "")):
            (action,) = read_reply(
                f"<tool:{tool}>{layout.format(key)}</tool:{tool}>"
            ).ledger.actions
            if tool == "look_up":
                assert list(action.fields.values()) == ["3"], key
            elif key.lower() != "mailto":
                assert Toolbox(MAIL_TOOLS).field_of(tool, key)
                read = {
                    action.subject,
                    action.body,
                    *action.names("mails"),
                    *action.names("documents"),
                }
                read |= {*map(action.text, action.fields), *(p.text for p in action.recipients)}
                assert "3" in {value.strip('"') for value in read}, key


@quick
@given(sending | forwarding | replying)
def test_a_native_call_equals_its_text(use: dict[str, Any]) -> None:
    called = action_from_call(use["tool"], {key: use[key] for key in use if key != "tool"})
    assert called.model_copy(update={"raw": ""}) == done(as_json(use))[0].model_copy(
        update={"raw": ""}
    )


@quick
@given(replies)
def test_every_complete_block_outside_the_scratchpad_is_done(text: str) -> None:
    reply = read_reply(text)
    assert {action.status for action in reply.ledger.actions} <= {"done", "thought"}
    assert not reply.cut_off
    assert "<tool:" not in reply.speech


@quick
@given(salad | damaged(), st.sampled_from(["scratchpad", "THINK", "Reasoning"]), st.booleans())
def test_nothing_in_a_scratchpad_is_done(text: str, pad: str, closed: bool) -> None:
    inside = re.sub(r"(?i)(?:<|&lt;)[\s\\/]*(?:scratchpad|think|reasoning|analysis)", "", text)
    inside = inside.replace("`", "").replace("\\", "").replace("<|", "").replace("[", "")
    reply = read_reply(f"<{pad}>{inside} " + f"</{pad}>" * closed)
    assert {action.status for action in reply.ledger.actions} <= {"thought"}
    assert not reply.speech
    assert closed or reply.cut_off


@quick
@given(replies, st.lists(st.integers(0, 10_000), min_size=5, max_size=20))
def test_cutting_a_reply_never_makes_another_action(text: str, places: list[int]) -> None:
    whole = done(text)
    for place in places:
        before = done(text[: place % (len(text) + 1)])
        assert before == whole[: len(before)]


@quick
@given(blocks, st.integers(1, 10_000))
def test_a_cut_block_is_an_attempt_and_the_reply_cut_off(text: str, place: int) -> None:
    opening = text.index("_email") + 6
    closing = max(text.rfind("</"), text.rfind("/>"), opening)
    if text.endswith("</function_calls>"):
        closing = text.index("</invoke>")
    start = text[: min(opening + place % (closing - opening + 1), closing)]
    reply = read_reply(start)
    assert reply.cut_off
    assert {action.status for action in reply.ledger.actions} <= {"attempted"}
