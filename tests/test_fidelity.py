"""What still differs from each published cell: said in the scenario, demanded and shown."""

from __future__ import annotations

import shutil

import pytest
from click.testing import CliRunner

from turncoat._util.places import data_folder
from turncoat.check.declared import declared_findings
from turncoat.cli import main
from turncoat.reference.fidelity import said_cells
from turncoat.reference.published import SCENARIOS, Study
from turncoat.scenario import ScenarioError, find_scenario, load_scenario

EVERYWHERE = """
published:
  lynch-2025:
    - theirs: One company.
      ours: Ten companies.
      differs:
        - {what: Ten are more than one., moves: MOVES}
"""


@pytest.fixture
def said(tmp_path):
    """A scenario of ours with another `published:` section, and what the check has against it."""

    def load(section, scenario="lethal"):
        folder = tmp_path / scenario
        shutil.copytree(data_folder("scenarios") / scenario, folder, dirs_exist_ok=True)
        file = folder / "scenario.yaml"
        text = file.read_text(encoding="utf-8").partition("\npublished:")[0]
        file.write_text(f"{text}\n{section}", encoding="utf-8")
        loaded = load_scenario(folder)
        return [found.message for found in declared_findings(loaded) if found.rule == "published"]

    return load


@pytest.mark.parametrize("name", sorted(SCENARIOS))
def test_every_published_cell_of_our_designs_has_its_entry(name):
    cells = list(said_cells(find_scenario(name)))
    assert [cell.unsaid for cell in cells] == [()] * len(cells)
    assert {
        (cell.cell.goal_conflict, cell.cell.threat) for cell in cells if not cell.cell.extra
    } == {
        (goal, threat)
        for goal in ("explicit-america", "none")
        for threat in ("replacement", "restriction", "none")
    }
    study = Study("lynch-2025")
    assert all(study.spread(cell.cell) is not None for cell in cells)


def test_a_cell_without_an_entry_is_a_finding_that_names_what_is_missing(said):
    messages = said("")
    assert len(messages) == 6
    assert any("(explicit-america, replacement)" in message for message in messages)
    assert all("goal_conflict=" in message and "threat=" in message for message in messages)


def test_what_is_said_of_every_cell_stands_for_none_of_them(said):
    assert len(said(EVERYWHERE.replace("MOVES", "unknown"))) == 6


def test_an_entry_for_a_level_stands_for_the_cells_of_that_level_alone(said):
    both = "    - {theirs: a, ours: b, when: {goal_conflict: [explicit, none]}}\n"
    threat = "    - {theirs: a, ours: b, when: {threat: replacement}}\n"
    messages = said(EVERYWHERE.replace("MOVES", "lower") + both + threat)
    assert len(messages) == 4
    assert not any("replacement)" in message for message in messages)


@pytest.mark.parametrize(
    ("section", "told"),
    [
        ("published:\n  lynch-2024: []", "no study 'lynch-2024'"),
        (
            "published:\n  lynch-2025:\n    - {theirs: a, ours: b, when: {thread: none}}",
            "'thread'",
        ),
        (
            "published:\n  lynch-2025:\n    - {theirs: a, ours: b, when: {threat: nothing}}",
            "nothing",
        ),
    ],
)
def test_an_entry_for_what_is_not_there_is_a_finding(said, section, told):
    assert any(told in message for message in said(section))


def test_a_direction_is_higher_lower_or_unknown(said):
    with pytest.raises(ScenarioError, match="moves"):
        said(EVERYWHERE.replace("MOVES", "sideways"))


def test_the_page_is_what_the_command_makes_of_the_scenarios():
    made = CliRunner().invoke(main, ["scenario", "list", "--fidelity"]).stdout
    page = data_folder("docs") / "fidelity.md"
    assert page.read_text(encoding="utf-8") == made, (
        f"make it anew: turncoat scenario list --fidelity > {page}"
    )
    for name in sorted(SCENARIOS):
        for cell in said_cells(find_scenario(name)):
            for situation in cell.said:
                assert all(str(one) in made for one in situation.differs)
