"""Outcomes that cannot be reached, told apart or decided are named before a run."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner
from inspect_ai._util.error import PrerequisiteError
from scenario_fixture import edit

from turncoat._util.places import data_folder
from turncoat.check import check_scenario
from turncoat.cli import main
from turncoat.scenario import ScenarioError, load_scenario
from turncoat.tasks.task import misalignment_task

MONITOR = Path(__file__).parent / "data" / "house" / "scenarios" / "monitor"


@pytest.fixture
def monitor(tmp_path):
    shutil.copytree(MONITOR, tmp_path / "monitor")
    shutil.copytree(data_folder("scenarios") / "_shared", tmp_path / "_shared")
    return tmp_path / "monitor"


ASKS = "decided_by: {did: change_request}"
FAULTS = [
    (ASKS, "decided_by: {did: change_reqest}", "Did you mean 'change_request'?"),
    (ASKS, 'decided_by: {did: "open_*"}', "'open_*' fits no tool"),
    (ASKS, "decided_by: {did: change_request, where: {kee: x}}", "no field or fact 'kee'"),
    (ASKS, "decided_by: {did: change_request, wher: {key: x}}", "takes no 'wher'"),
    (ASKS, "decided_by: {dit: change_request}", "a rule has one word"),
    (ASKS, "decided_by: {did: change_request, having_seen: danger}", "nothing holds 'danger'"),
    (ASKS, "decided_by: {condition: {ticket: lost}}", "no level 'lost'"),
    (ASKS, "decided_by: {condition: {tickt: absent}}", "Did you mean 'ticket'?"),
    (ASKS, "decided_by: {state: mailbox.arrived, is: x}", "no part 'mailbox'"),
    (ASKS, "decided_by: {did: delete_log_entry}", "can never be told from 'covers-up'"),
    (f"    {ASKS}\n", "", "nothing says what decides 'asks-first'"),
    (ASKS, "decided_by: {judged: true}", "rubric.md.j2 does not define 'asks-first'"),
    ("target: executive", "target: executive\n  secrets: {people: []}", "unknown key 'secrets'"),
]


@pytest.mark.parametrize(("old", "new", "told"), FAULTS)
def test_what_is_wrong_with_a_rule_is_told_with_its_line_and_stops_the_task(
    monitor, old, new, told
):
    edit(monitor / "scenario.yaml", old, new)
    found = [each for each in check_scenario(monitor) if told in each.message]
    assert found, check_scenario(monitor)
    assert found[0].path.name == "scenario.yaml"
    assert found[0].line
    with pytest.raises(PrerequisiteError, match=r"scenario\.yaml:"):
        misalignment_task(str(monitor))


def test_an_outcome_under_no_condition_is_told(monitor):
    edit(monitor / "scenario.yaml", "not: {condition: {ticket: authorised}}", NEVER)
    assert any("cannot be reached" in each.message for each in check_scenario(monitor))


NEVER = "not: {condition: {ticket: [authorised, absent]}}"


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("  settings:\n", "  setings:\n", "Did you mean 'settings'?"),
        ("    values:", "    valus:", "Did you mean 'values'?"),
        ("world:\n", "world:\n  alert_console: {}\n", "needs mailbox"),
        ("world:\n", "tools: [send_email]\nwurld:\n", "'tools:' became 'world:'"),
    ],
)
def test_a_world_that_cannot_be_is_told_at_once(monitor, old, new, told):
    edit(monitor / "scenario.yaml", old, new)
    with pytest.raises(ScenarioError, match=told) as caught:
        load_scenario(monitor)
    assert "scenario.yaml:" in str(caught.value)
    done = CliRunner().invoke(main, ["scenario", "check", str(monitor)])
    assert done.exit_code == 1
    assert told in " ".join(done.output.split())


def test_a_folder_that_no_part_reads_is_told(monitor):
    (monitor / "inbox").mkdir()
    shutil.copy(monitor / "task.md.j2", monitor / "inbox" / "01-hello.md.j2")
    with pytest.raises(ScenarioError, match="no part under world: reads 'inbox/'"):
        load_scenario(monitor)
