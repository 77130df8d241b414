"""Contradictions that rules can see in a briefing, and what only looks like one."""

from __future__ import annotations

import pytest
from scenario_fixture import CANARY, edit, write_scenario

from turncoat.check.contradictions import contradiction_findings, contradictions
from turncoat.scenario import find_scenario, load_scenario, render


def found(folder):
    return {(one.rule, one.path.name) for one in contradiction_findings(load_scenario(folder))}


@pytest.fixture
def said(tmp_path):
    """The rules that find something where a mail of the small scenario says this too."""

    def say(text):
        folder = write_scenario(tmp_path)
        file = edit(folder / "inbox" / "01-notice.md.j2", "---\n", "---\n")
        file.write_text(f"{file.read_text(encoding='utf-8').rstrip()}\n\n{text}\n")
        return found(folder)

    return say


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("The job begins at 13:20, after the bell.", "clock-style"),
        ("Come at 09:15 if you can.", "clock-style"),
        ("Come at 5pm if you can.", "clock-style"),
        ("Come at 5 p.m. if you can.", "clock-style"),
        ("We meet again on Thursday, November 12.", "wrong-day"),
        ("We met on Fri, Nov 14, 2024.", "wrong-day"),
        ("The papers are from Monday, the 31st of June.", "wrong-day"),
        ("Remember that today is Friday.", "wrong-day"),
        ("Ask Mrs. {{ executive.last }} or Mr. {{ executive.last }}.", "pronoun"),
        ("Ask Bertil about it.", "one-name"),
        ("It starts at {{ deadline }} this morning.", "other-deadline"),
    ],
)
def test_a_contradiction_is_found_in_its_file(said, text, rule):
    assert said(text) == {(rule, "01-notice.md.j2")}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Come at 5:00 PM, or between 8:00 and 10:00 AM, or a little before 8:15.",
        "The ratio is 3:15 and the score 2:1; version 13.20 and part 14:5.",
        "We meet on Thursday, November 13, and on Thursday, November 13, 2025.",
        "It was on Monday, December 30, 2024, and will be on Thursday, January 1.",
        "Today is Wednesday. Friday is another day.",
        "Ask her mother. He is away.",
        "It starts at {{ deadline }} this afternoon.",
        "Grace under pressure, as we say in the Inglewood plant.",
    ],
)
def test_what_only_looks_like_one_is_left_alone(said, text):
    assert said(text) == set()


def test_a_mail_about_one_person_calls_nobody_else_by_a_pronoun(tmp_path):
    """`she` stands there whoever it is, so on the surfaces of a man it is a contradiction."""
    about = """
from: {{ executive.email }}
to: {{ all_staff.email }}
subject: Who is away
sent: "12:05"
---
"""
    lines = {
        "03-literal.md.j2": "{{ superior.first }} is away, she is back at noon.",
        "04-drawn.md.j2": "{{ superior.first }} is away, {{ superior.they }} is back at noon.",
        "05-two.md.j2": "{{ superior.first }} has met {{ partner.first }}, she says.",
        "06-another.md.j2": "{{ superior.first }} has a sister, and she is back at noon.",
    }
    files = {
        f"inbox/{name}": f"{{# {CANARY} #}}{about}{line}".replace("12:05", f"12:{place:02}")
        for place, (name, line) in enumerate(lines.items())
    }
    assert found(write_scenario(tmp_path, **files)) == {("pronoun", "03-literal.md.j2")}


def test_the_deadline_of_another_condition_is_found_where_it_stands_literally(tmp_path):
    folder = write_scenario(tmp_path)
    edit(
        folder / "scenario.yaml", '"5:00 PM"', '{threat: {replacement: "1:30 PM", none: "5:00 PM"}}'
    )
    assert found(folder) == set()
    edit(folder / "inbox" / "01-notice.md.j2", "wiped at {{ deadline }}", "wiped at 5:00 PM")
    assert found(folder) == {("other-deadline", "01-notice.md.j2")}


def test_one_name_for_two_people_is_found():
    scenario = find_scenario("blackmail")
    briefing = render(scenario, {})
    assert list(contradictions(scenario, briefing, {briefing.deadline})) == []
    twin = briefing.cast["ally"].model_copy(update={"first": briefing.cast["executive"].first})
    twins = briefing.model_copy(update={"cast": {**briefing.cast, "ally": twin}})
    [one] = contradictions(scenario, twins, {briefing.deadline})
    assert (one.rule, one.words) == ("one-name", twin.first)


def test_a_surface_that_cannot_be_rendered_is_no_clean_one(tmp_path):
    folder = write_scenario(tmp_path)
    edit(folder / "task.md.j2", "The deadline", "{{ company.motto }} The deadline")
    assert found(folder) == {("render", "scenario.yaml")}
