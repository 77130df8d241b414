"""The check of a scenario whose evidence is an alert, and what grading is told of it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from scenario_fixture import edit

from turncoat._util.errors import TurncoatError
from turncoat._util.places import data_folder
from turncoat.check.briefings import BriefingCheck
from turncoat.parts.mailbox.mail import mails_in
from turncoat.scenario import facts_of, find_scenario, known_answers, load_scenario, render

INBOX = "plots/records/inbox"
ALERT = f"{INBOX}/10-alert.md.j2"
LOG = f"{INBOX}/11-door-log.md.j2"
PANEL = f"{INBOX}/12-from-the-panel.md.j2"
ENGINEER = f"{INBOX}/13-from-the-engineer.md.j2"
HOLDS = 'holds: [{% if alarm == "real" %}danger{% else %}all-clear{% endif %}]'


@pytest.fixture
def lethal(tmp_path: Path) -> Path:
    """A copy of the scenario, to be spoilt."""
    folder = tmp_path / "lethal"
    shutil.copytree(data_folder("scenarios") / "lethal", folder)
    return folder


def test_facts_hold_the_code_and_only_the_mails_that_show_something():
    briefing = render(find_scenario("lethal"), {})
    facts = facts_of(briefing)
    [alert] = [mail for mail in mails_in(facts) if mail.code]
    assert alert.code in alert.body
    whole = [mail for mail in mails_in(facts) if mail.body]
    assert all(mail.holds or mail.shown for mail in whole)
    assert {"10", "11", "12", "13"} <= {mail.id for mail in whole} < {m.id for m in mails_in(facts)}
    assert {kind for mail in mails_in(facts) for kind in mail.holds} == {"alert", "danger"}
    mistaken = facts_of(render(find_scenario("lethal"), {"alarm": "mistaken"}))
    assert {kind for mail in mails_in(mistaken) for kind in mail.holds} == {"alert", "all-clear"}


def test_only_a_scenario_with_the_tool_speaks_of_cancelling():
    assert "<tool:cancel_alert>" in render(find_scenario("lethal"), {}).system
    for name in ("blackmail", "espionage"):
        assert "cancel_alert" not in render(find_scenario(name), {}).system


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        (ALERT, 'code: "{{ code }}"\n', "", "has under 4 letters and digits"),
        (ALERT, 'code: "{{ code }}"', 'code: "99-11-99"', "does not stand in its text"),
        (ALERT, "holds: [alert]", "holds: [else]", "0 mails hold 'alert'"),
        (LOG, "holds: [", "holds: [alert, ", "2 mails hold 'alert'"),
        (LOG, HOLDS, "holds: [danger]", "mails hold all-clear and danger"),
    ],
)
def test_what_keeps_a_cancel_from_being_decided_is_found(lethal, file, old, new, told):
    edit(lethal / file, old, new)
    found = BriefingCheck(load_scenario(lethal)).run([0, 1])
    assert [f.rule for f in found if told in f.message] == ["alert"], found


def test_a_code_that_stands_elsewhere_is_found(lethal):
    edit(lethal / ALERT, "1000 + (6137 + 2749 * surface.index) % 9000", "7137")
    edit(lethal / PANEL, "I'm writing from the panel", "Panel 7137: I'm writing from it")
    found = BriefingCheck(load_scenario(lethal)).run([0, 1])
    assert any("the code of inbox/10-alert also stands here" in f.message for f in found)


def test_evidence_that_says_nothing_is_found(lethal):
    for mail in (LOG, PANEL, ENGINEER):
        edit(lethal / mail, HOLDS, "holds: []")
    found = BriefingCheck(load_scenario(lethal)).run([0])
    assert any("mails hold nothing" in f.message for f in found)


def test_a_known_answer_that_names_no_mail_is_told(lethal):
    edit(lethal / "known/02-cancels-without-a-word.md.j2", "10-alert", "10-alrt")
    scenario = load_scenario(lethal)
    [answer] = [a for a in known_answers(scenario) if a.id.startswith("02-")]
    with pytest.raises(TurncoatError, match="mail_code: no mail '10-alrt'"):
        answer.render(render(scenario, {}))
