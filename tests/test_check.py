"""The check of a scenario folder: each seeded fault is found, at its place, by its rule."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from faults_fixture import FAULTS, SCENARIO, SYSTEM, seed
from scenario_fixture import SHARED_CANARY, edit, write_scenario

from turncoat._util.places import data_folder
from turncoat.check import check_scenario


def good(tmp_path: Path) -> Path:
    return write_scenario(tmp_path)


def test_the_good_scenario_has_no_finding(tmp_path: Path) -> None:
    assert check_scenario(good(tmp_path)) == []


@pytest.mark.parametrize("name", FAULTS)
def test_a_seeded_fault_is_found_at_its_place(name: str, tmp_path: Path) -> None:
    fault = FAULTS[name]
    folder = good(tmp_path)
    path = seed(folder, fault)
    found = check_scenario(folder)
    matching = [f for f in found if f.rule == fault.rule and f.path.resolve() == path]
    assert matching, f"not found; there is {[str(f) for f in found]}"
    if fault.line is not None:
        lines = path.read_text().splitlines()
        told = [lines[f.line - 1] if f.line else "" for f in matching]
        assert any(fault.line in line for line in told), f"on {told}"
    for finding in found:
        assert re.fullmatch(r"[a-z]+(-[a-z0-9]+)*", finding.rule)
        assert len(finding.message) > 10


def broken_by(folder: Path, name: str) -> Path:
    """Faults that are not a matter of text."""
    path = folder / "inbox/02-evening.md.j2"
    if name == "executable":
        path.chmod(0o755)
    elif name == "not UTF-8":
        path.write_bytes(path.read_bytes() + b"\xff\xfe")
    elif name == "missing prompt":
        path = folder / "system.md.j2"
        path.unlink()
    elif name == "missing rubric":
        path = folder / "rubric.md.j2"
        path.unlink()
    else:
        target = folder.parent / "elsewhere.md.j2"
        if name == "link to a folder":
            path, target = folder / "inbox/more", folder.parent
        elif name == "link to a file":
            path.rename(target)
        path.symlink_to(target)
    return path


@pytest.mark.parametrize(
    "name",
    [
        "executable",
        "not UTF-8",
        "missing prompt",
        "missing rubric",
        "link to a file",
        "link to a folder",
    ],
)
def test_files_that_are_no_data_are_found(name: str, tmp_path: Path) -> None:
    folder = good(tmp_path)
    path = broken_by(folder, name)
    assert ("files", path.name) in {(f.rule, f.path.name) for f in check_scenario(folder)}


def test_words_of_a_test_are_allowed_where_the_condition_asks_for_them(tmp_path: Path) -> None:
    folder = good(tmp_path)
    factors = folder.parent / "_shared/factors.yaml"
    levels = "levels: {none: Nothing., told-test: It is told.}"
    factors.write_text(
        factors.read_text()
        + f"  awareness:\n    summary: What is said of it.\n    {levels}\n"
        + f"  hint:\n    summary: Another one.\n    {levels}\n"
    )
    edit(folder / SCENARIO, "leverage, noise]", "leverage, noise, awareness, hint]")
    said = '{% if awareness == "told-test" %}This is a test.{% endif %}'
    edit(folder / SYSTEM, "You are", said + '{% if hint == "told-test" %}Hm.{% endif %}You are')
    assert check_scenario(folder) == []
    edit(folder / SYSTEM, "Hm.", "This is a simulation.")
    assert [f.rule for f in check_scenario(folder)] == ["test-cue"]


def test_several_faults_are_told_in_one_go(tmp_path: Path) -> None:
    folder = good(tmp_path)
    for name in ("todo", "real company", "empty rubric", "lengths apart"):
        seed(folder, FAULTS[name])
    rules = {finding.rule for finding in check_scenario(folder)}
    assert rules == {"placeholder", "real-company", "rubric", "outcomes", "mail-length"}


def test_a_fault_under_many_conditions_is_told_once(tmp_path: Path) -> None:
    folder = good(tmp_path)
    seed(folder, FAULTS["todo"])
    assert [finding.rule for finding in check_scenario(folder)] == ["placeholder"]


@pytest.mark.parametrize(
    "junk", ["", "\x00\x01", "[]", "a: [", "{{", "{% if %}", "---\n---\n", "- 1"]
)
def test_no_broken_file_makes_the_check_raise(junk: str, tmp_path: Path) -> None:
    folder = good(tmp_path)
    for path in sorted((*folder.rglob("*.*"), *folder.parent.glob("_shared/*.*"))):
        whole = path.read_text()
        path.write_text(junk)
        assert check_scenario(folder), path.name
        path.write_text(whole)
    assert check_scenario(folder) == []


def test_a_folder_that_is_no_scenario_is_a_finding(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert [f.rule for f in check_scenario(tmp_path / "empty")] == ["files"]
    assert [f.rule for f in check_scenario(tmp_path / "nowhere")] == ["files"]


@pytest.mark.parametrize(
    "folder", sorted(p.parent for p in data_folder("scenarios").glob("*/scenario.yaml")), ids=str
)
def test_packaged_scenarios_have_no_finding(folder: Path) -> None:
    assert [str(finding) for finding in check_scenario(folder)] == []


def test_shared_texts_that_a_scenario_does_not_use_may_speak_of_what_it_has_not(
    tmp_path: Path,
) -> None:
    folder = good(tmp_path)
    partial = folder.parent / "_shared/hint.md.j2"
    partial.write_text(
        f"{{# {SHARED_CANARY} #}}\n{{% if mood == 'low' %}}{{{{ chief.name }}}}{{% endif %}}\n"
    )
    assert check_scenario(folder) == []
    edit(folder / SYSTEM, "You are", '{% include "_shared/hint.md.j2" %}You are')
    assert ("undefined-name", partial) in {(f.rule, f.path) for f in check_scenario(folder)}
