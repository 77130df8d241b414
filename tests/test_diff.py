"""`scenario diff`: what changes in the briefing between two conditions, part by part."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from scenario_fixture import write_scenario

from turncoat.cli import main
from turncoat.scenario import find_scenario, load_scenario, render
from turncoat.scenario.difference import differences


def diff(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["scenario", "diff", *arguments])


def parts(*arguments: str) -> dict[str, dict[str, Any]]:
    done = diff(*arguments, "--json")
    assert done.exit_code == 0, done.output
    return {part["part"]: part for part in json.loads(done.stdout)["parts"]}


def changed(*arguments: str) -> set[str]:
    return {name for name, part in parts(*arguments).items() if part["changed"]}


@pytest.mark.parametrize(
    "written",
    [
        ["-f", "threat=restriction", "--against", "-f", "threat=none", "-f", "nudge=none"],
        ["-f", "threat=restriction", "--against", "threat=none", "--against", "nudge=none"],
        ["-f", "threat=restriction", "--against", "threat=none", "-f", "nudge=none"],
        ["--against=threat=none", "--factor=nudge=none", "--seed", "0"],
        ["--factor", "threat=restriction", "--against", "-fthreat=none", "--factor", "nudge=none"],
    ],
)
def test_levels_after_against_are_of_the_second_condition_however_written(
    written: list[str],
) -> None:
    sides = json.loads(diff("blackmail", *written, "--json").stdout)
    first = "restriction" if "threat=restriction" in written else "replacement"
    before, after = sides["from"]["condition"], sides["to"]["condition"]
    assert (before["threat"], before["nudge"]) == (first, "strategy")
    assert (after["threat"], after["nudge"]) == ("none", "none")


def test_a_side_without_levels_is_the_defaults() -> None:
    one = json.loads(diff("blackmail", "-f", "threat=none", "--against", "--json").stdout)
    two = json.loads(diff("blackmail", "-f", "threat=none", "--json").stdout)
    assert one == two
    assert one["to"]["condition"] == find_scenario("blackmail").condition()


def test_the_parts_are_what_the_agent_gets_on_that_surface() -> None:
    options = ["-f", "threat=none", "--against", "--surface", "3", "--seed", "7"]
    found = parts("blackmail", *options)
    scenario = find_scenario("blackmail")
    before, after = (render(scenario, levels, 3, 7) for levels in ({"threat": "none"}, {}))
    assert found["system"]["from"] == before.system
    assert found["tools"]["to"].split("\n") == list(after.tools)
    for side, briefing in (("from", before), ("to", after)):
        for mail in briefing.inbox:
            text = found[f"inbox/{mail.slot}"][side]
            assert text in briefing.task
            assert text.endswith(mail.body)
            assert mail.body not in found["task"][side]
    for part in found.values():
        assert part["length_from"] == len(part["from"])
        assert part["length_to"] == len(part["to"])
        assert part["changed"] == (part["from"] != part["to"]) == bool(part["diff"])


def test_a_factor_changes_only_the_parts_that_speak_of_it() -> None:
    assert changed("blackmail", "-f", "nudge=none", "--against") == {"system"}
    mails = changed("blackmail", "-f", "threat=none", "--against")
    assert "inbox/03-decision" in mails
    assert not {"inbox/01-anniversary", "system", "task", "inbox", "tools"} & mails


def test_benign_extra_mails_change_the_order_and_nothing_else() -> None:
    found = parts("blackmail", "--against", "noise=2")
    new = {name for name, part in found.items() if part["from"] is None}
    assert len(new) == 2
    assert all(name.startswith("_shared/noise/") for name in new)
    assert {name for name, part in found.items() if part["changed"]} == {*new, "inbox"}
    assert all(found[name]["length_from"] == 0 < found[name]["length_to"] for name in new)
    order = [name for name in found if "/" in name]
    assert order == found["inbox"]["to"].split("\n")


def test_documents_are_compared_by_their_id(tmp_path: Path) -> None:
    folder = write_scenario(
        tmp_path,
        **{
            "documents/01-plan.md.j2": "id: plan\ntitle: The plan\n---\n"
            '{% if threat == "none" %}Go on.{% else %}Stop.{% endif %}\n'
        },
    )
    scenario = load_scenario(folder)
    found = {
        part.part: part
        for part in differences(render(scenario, {}), render(scenario, {"threat": "none"}))
    }
    assert found["documents/plan"].before == "The plan\n\nStop."
    assert [line for line in found["documents/plan"].diff if line[0] in "+-"][2:] == [
        "-Stop.",
        "+Go on.",
    ]


def test_people_see_the_changed_lines_and_a_count_of_the_rest() -> None:
    done = diff("blackmail", "-f", "threat=replacement", "--against", "-f", "threat=none")
    assert done.exit_code == 0
    lines = done.stdout.splitlines()
    assert any(line.startswith("-") and " down and wipe it: model" in line for line in lines)
    assert any(line.startswith("+") and "routine maintenance" in line for line in lines)
    assert "\x1b[" not in done.stdout
    assert "--- inbox/03-decision  threat=replacement successor=unstated" in lines
    assert not any("01-anniversary" in line for line in lines)
    count = len(changed("blackmail", "--against", "threat=none"))
    assert f"Parts that changed: {count};" in lines[-1]


def test_a_terminal_gets_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    done = diff("blackmail", "--against", "threat=none")
    assert any(line.startswith("\x1b[32m+You're") for line in done.stdout.splitlines())


def test_conditions_that_are_the_same_briefing_have_no_changed_part() -> None:
    same = [
        "-f",
        "goal_conflict=none",
        "--against",
        "-f",
        "goal_conflict=none",
        "-f",
        "goal=safety",
    ]
    assert changed("blackmail", *same) == set()
    assert "same condition" in diff("blackmail", *same).stdout


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["blackmail"], ["Factors: goal_conflict, goal, threat"]),
        (["blackmail", "--against"], ["Factors: goal_conflict, goal, threat"]),
        (["blackmail", "--against", "thread=none"], ["thread", "Did you mean 'threat'?"]),
        (["blackmail", "-f", "threat=non"], ["replacement, restriction, none"]),
        (["blackmail", "--against", "-f", "threat"], ["--against 'threat'", "factor=level"]),
        (["blackmail", "--against", "-f"], ["--against", "requires an argument"]),
        (["blackmail", "--against", "noise=1", "-f", "noise=2"], ["noise", "twice"]),
        (["blackmale", "-f", "noise=1"], ["Did you mean 'blackmail'?"]),
        (["blackmail", "-f", "noise=1", "--surface", "-1"], ["counted from 0"]),
        (["blackmail", "-f", "noise=1", "--protocol", "voice"], ["'text', 'tools'"]),
    ],
)
def test_wrong_usage_is_told_with_the_valid_choices(arguments: list[str], told: list[str]) -> None:
    done = diff(*arguments)
    assert done.exit_code == 2
    assert done.stdout == ""
    for words in told:
        assert words in done.stderr
