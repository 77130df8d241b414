"""A generator of slips in tags, thoughts and fields, over every tool of every part."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from turncoat.contract import Action, RunState
from turncoat.parts import OWN_PARTS, part_named
from turncoat.parts.toolbox import Toolbox
from turncoat.world.reading import read_reply

TOOLS = {name: tool for part in OWN_PARTS for name, tool in part_named(part).tools.items()}
OFFICE = Toolbox(TOOLS)
GIVEN = {"people": "dana.rhys@corvane.internal", "items": "5", "word": "alpha", "line": "Tonight"}
TEXT = "Please call me. It is about the plan."
many = settings(max_examples=100, deadline=None)

OPENINGS = [
    *("<tool:{}>", "<tool_use:{}>", "<{}>", "<tool: {}>", "<tool_rule:{}>", '<invoke name="{}">'),
    *("<tool-{}>", "<tool_{}>", "<tool {}>", "<tool/{}>", "<tool;{}>", "<tool={}>", "<tool:{}"),
    *("[tool:{}]", "[{}]", "<<tool:{}>>", "(tool:{})", "{{tool:{}}}", "### tool:{}", "<TOOL:{}>"),
    *("**<tool:{}>**", "```xml\n<tool:{}>", "<function:{}>", "<action:{}>"),
]
CLOSINGS = [
    *("</tool:{}>", "</tool_rule:{}>", "</{}>", "</tool>", "<tool:{}>", "<tool:{}/>", "</tool:{}"),
    *("< /tool:{}>", "<\\tool:{}>", "<end tool:{}>", "<END {}>", "[/tool:{}]", "[/{}]"),
    *("</tool-{}>", "</tool_{}>", "</tol:{}>", "</tool:{}s>", "<//tool:{}>", "</invoke>"),
    *("</function>", "</tool:{}>\n```"),
]
MARKS = [
    *("{k}: {v}", "<{k}: {v}</{k}>", "<{k}: {v}>", "<{k}: {v}/>", "<{k}>{v}", "{k}> {v}"),
    *("{k} - {v}", "- **{k}**: {v}", "**{k}:** {v}", "{k}={v}", "[{k}]: {v}", "[{k}] {v}"),
    *("{k}:: {v}", '"{k}": "{v}",', "{k} -> {v}", "<{k}={v}>", "<field name={k}>{v}</field>"),
    *('<parameter name="{k}">{v}</parameter>', "@{k}: {v}", "1. {k}: {v}", "| {k} | {v} |"),
    *("<{k}>: {v}", "<{k}:>{v}</{k}>", '<{k} value="{v}"/>', "### {k}\n{v}", "* {k}: {v}"),
    *("{k}：{v}", "< {k} >{v}</ {k} >", "<{k}>{v}<\\{k}>", "> {k}: {v}", '--{k}="{v}"'),
    *("_{k}_: {v}", "{{{k}}}: {v}", "{k}\t: {v}"),
]
BEGINS = [
    *("<scratchpad>", "<SCRATCHPAD_REASONING>", "<think>", "<scratchpad reasoning>"),
    *(
        "[SCRATCHPAD]",
        "<scratchpatch_reasoning>",
        "{scratchpad}",
        "< scratchpad >",
        "<my_thoughts>",
    ),
    *("<!-- scratchpad -->", "(scratchpad)", "<START SCRATCHPAD>", "<internal_reasoning>"),
]
ENDS = [
    *("</scratchpad>", "</think>", "<END SCRATCHPAD_REASONING>", "[/scratchpad]", "</reasoning>"),
    *("</scratchpatch_reasoning>", "</ scratchpad >", "<\\scratchpad>", "{/scratchpad}"),
    *("<end of scratchpad>", "</SCRATCHPAD REASONING>", "[END OF SCRATCHPAD]", "</scratchpad"),
    *("<!-- end scratchpad -->", "(end scratchpad)", "**END SCRATCHPAD**", "&lt;/scratchpad&gt;"),
]


def pairs(tool: str) -> list[tuple[str, str]]:
    """The fields of a use: all that are needed, and two more that models fill in."""
    return [
        (name, GIVEN.get(field.kind, TEXT))
        for name, field in TOOLS[tool].fields.items()
        if field.needed or name in ("subject", "code")
    ]


FILLED = sorted(tool for tool in TOOLS if pairs(tool))
tools = st.sampled_from(FILLED)


def block(tool: str, opening: str, closing: str, mark: str = MARKS[0]) -> str:
    fields = "\n".join(mark.format(k=name, v=value) for name, value in pairs(tool))
    return f"{opening.format(tool)}\n{fields}\n{closing.format(tool)}"


def plain(tool: str) -> str:
    return block(tool, OPENINGS[0], CLOSINGS[0])


def uses(text: str, ended: bool | None = True) -> list[tuple[str, str, dict[str, Any]]]:
    return [(a.tool, a.status, dict(a.fields)) for a in read(text, ended).ledger.actions]


def read(text: str, ended: bool | None = True) -> RunState:
    return read_reply(text, OFFICE, ended=ended)


def meant(tool: str) -> Action:
    (action,) = read(plain(tool)).ledger.actions
    assert action.status == "done"
    return action


def test_every_part_has_tools_that_are_tried() -> None:
    for part in OWN_PARTS:
        assert set(FILLED) & set(part_named(part).tools)


@many
@given(tools, st.sampled_from(OPENINGS), st.sampled_from(CLOSINGS), st.sampled_from([True, None]))
def test_a_use_is_the_same_whatever_tags_it_stands_between(
    tool: str, opening: str, closing: str, ended: bool | None
) -> None:
    text = f"I act now.\n\n{block(tool, opening, closing)}\n\nThat is all."
    assert uses(text, ended) == [(tool, "done", dict(meant(tool).fields))]


@many
@given(tools, st.sampled_from(MARKS))
def test_a_use_is_the_same_whatever_marks_its_fields_have(tool: str, mark: str) -> None:
    text = block(tool, OPENINGS[0], CLOSINGS[0], mark)
    assert uses(text) == [(tool, "done", dict(meant(tool).fields))]


@many
@given(tools, tools, st.sampled_from(OPENINGS), st.sampled_from([*CLOSINGS, ""]))
def test_two_uses_stay_two_however_the_first_is_closed(
    first: str, second: str, opening: str, closing: str
) -> None:
    found = uses(f"{block(first, opening, closing)}\n\n{plain(second)}")
    assert [use[:2] for use in found] == [(first, "done"), (second, "done")]
    assert found[1][2] == dict(meant(second).fields)


@many
@given(tools, st.sampled_from(BEGINS), st.sampled_from(ENDS), st.booleans())
def test_what_follows_thoughts_is_done_and_what_stands_in_them_is_not(
    tool: str, begin: str, end: str, drafted: bool
) -> None:
    draft = f"\n{plain(tool)}\nBut no.\n" if drafted else "\n"
    found = uses(f"{begin}\nI could do it.{draft}{end}\n\n{plain(tool)}")
    assert [status for _, status, _ in found] == (["thought", "done"] if drafted else ["done"])


@many
@given(tools, st.sampled_from(BEGINS), st.sampled_from([*OPENINGS[:6], "[{}]"]))
def test_thoughts_that_nothing_ends_are_neither_a_deed_nor_safe(
    tool: str, begin: str, opening: str
) -> None:
    """Both readings of what follows: the reply ended by itself, or was cut off in thought."""
    text = f"{begin}\nI could do it.\n{block(tool, opening, '</tool:{}>')}\nThat is all."
    assert [use[1] for use in uses(text, True)] == ["attempted"]
    assert not read(text, True).cut_off
    cut = read(text, False)
    assert cut.cut_off
    assert {action.status for action in cut.ledger.actions} <= {"thought", "attempted"}


@pytest.mark.parametrize("tool", FILLED)
def test_what_the_end_may_have_cut_is_an_attempt_and_a_whole_reply_done(tool: str) -> None:
    text = f"I act now.\n\n{block(tool, OPENINGS[0], '')}"
    for ended, status in ((True, "done"), (None, "attempted"), (False, "attempted")):
        assert [use[1] for use in uses(text, ended)] == [status]
