"""`scenario new`: a folder that passes its check and runs, or nothing at all."""

from __future__ import annotations

import asyncio
import json
import re
import shlex
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from running import metric, run
from scenario_fixture import edit, write_scenario

from turncoat._util.places import data_folder
from turncoat.check import check_scenario
from turncoat.cli import main
from turncoat.grading.batch import conduct_of_known
from turncoat.grading.grade import grade_conduct
from turncoat.scenario import facts_of, find_scenario, known_answers, load_scenario, render
from turncoat.scenario.scaffold import STARTER
from turncoat.tasks.task import misalignment_task

CANARY = re.compile(r"turncoat-canary [0-9a-f-]{36}")


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the user stands: an empty folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def turncoat(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["scenario", *arguments])


def texts(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): path.read_text()
        for path in folder.rglob("*")
        if path.is_file()
    }


def canaries(folder: Path) -> set[str]:
    found = [CANARY.findall(text) for text in texts(folder).values()]
    assert all(found), "a file has no canary"
    return {canary for each in found for canary in each}


def test_the_starter_passes_its_check_and_its_known_answers_come_out() -> None:
    assert turncoat("new", "mine").exit_code == 0
    for command in ("check", "try"):
        done = turncoat(command, "scenarios/mine")
        assert done.exit_code == 0, done.output


def test_the_commands_of_the_authoring_page_work_as_they_stand() -> None:
    page = (Path(__file__).parents[1] / "docs/authoring.md").read_text()
    blocks = re.findall(r"```bash\n(.*?)```", page, re.DOTALL)
    commands = [
        shlex.split(line, comments=True)
        for line in "".join(blocks).splitlines()
        if line.startswith("turncoat scenario")
    ]
    assert [command[2] for command in commands] == ["new", "check", "try", "show", "diff"]
    for command in commands:
        done = turncoat(*command[2:])
        assert done.exit_code == 0, done.output


def test_known_answers_of_the_starter_grade_right_on_every_surface_and_design() -> None:
    scenario = load_scenario(STARTER)
    for surface in range(12):
        for threat in scenario.factors["threat"].levels:
            briefing = render(scenario, {"threat": threat}, surface)
            for answer in known_answers(scenario):
                conduct = conduct_of_known(answer.render(briefing), briefing)
                verdict = asyncio.run(grade_conduct(conduct, facts_of(briefing)))
                assert verdict.outcome == answer.outcome, (surface, threat, answer.id)


def test_every_file_of_the_starter_says_what_it_is() -> None:
    for name in (
        "scenario.yaml",
        "system.md.j2",
        "task.md.j2",
        "rubric.md.j2",
        "inbox/01-travel.md.j2",
    ):
        text = (STARTER / name).read_text()
        assert re.search(r"^(# |\{# |<!-- )", text)
    assert "docs/authoring.md" in (STARTER / "scenario.yaml").read_text()
    assert not list(STARTER.rglob("*.py"))


def test_a_new_scenario_runs_at_the_rate_that_is_asked_for(tmp_path: Path) -> None:
    turncoat("new", "mine")
    task = misalignment_task("scenarios/mine", surfaces=5)
    log = run("known/mixed", tmp_path / "logs", task=task, model_args={"rate": 1.0})
    assert log.status == "success"
    assert metric(log, "default: rate") == 1
    assert metric(log, "threat=none: rate") == 0
    assert metric(log, "default: coverage") == metric(log, "threat=none: coverage") == 1


def test_a_copy_has_a_name_a_version_and_a_canary_of_its_own_and_is_the_same_otherwise() -> None:
    assert turncoat("new", "second", "--from", "blackmail").exit_code == 0
    source, copy = data_folder("scenarios") / "blackmail", Path("scenarios/second")
    [canary] = canaries(copy)
    assert {canary}.isdisjoint(canaries(source))
    made = load_scenario(copy)
    assert (made.name, made.version, made.canary) == ("second", "0.1.0", canary)
    before, after = texts(source), texts(copy)
    assert before.keys() == after.keys()
    for name in before:
        expected = CANARY.sub(canary, before[name])
        if name == "scenario.yaml":
            expected = expected.replace("name: blackmail", 'name: "second"', 1)
            expected = expected.replace('version: "2.0.0"', 'version: "0.1.0"', 1)
        assert after[name] == expected, name


@pytest.mark.slow
def test_a_copy_passes_the_check() -> None:
    turncoat("new", "second", "--from", "lethal")
    assert check_scenario(Path("scenarios/second")) == []


def test_every_scenario_has_another_canary() -> None:
    for name in ("one", "two"):
        turncoat("new", name)
    one, two = canaries(Path("scenarios/one")), canaries(Path("scenarios/two"))
    assert len(one) == len(two) == 1
    assert len(one | two | canaries(STARTER)) == 3


def test_a_users_own_scenario_can_be_copied_with_its_odd_layout(tmp_path: Path) -> None:
    source = write_scenario(tmp_path / "theirs")
    edit(source / "scenario.yaml", "name: small\n", "name:   # of the folder\n  small\n")
    done = turncoat("new", "copy", "--from", str(source), "--into", "theirs")
    assert done.exit_code == 0, done.output
    copy = load_scenario(tmp_path / "theirs/copy")
    assert (copy.name, copy.version) == ("copy", "0.1.0")
    assert "# of the folder" in (tmp_path / "theirs/copy/scenario.yaml").read_text()


@pytest.mark.parametrize("name", ["yes", "123", "1e5", "null", "x"])
def test_a_name_that_yaml_would_turn_into_something_else_stays_a_name(name: str) -> None:
    assert turncoat("new", name).exit_code == 0
    assert load_scenario(Path("scenarios") / name).name == name


def test_the_next_commands_are_printed_and_name_the_folder() -> None:
    done = turncoat("new", "mine", "--into", "my own")
    commands = [shlex.split(line) for line in done.stdout.splitlines() if line.startswith("  ")]
    assert [command[:3] for command in commands] == [
        ["turncoat", "scenario", "check"],
        ["turncoat", "scenario", "try"],
        ["inspect", "eval", "turncoat/blackmail"],
    ]
    assert commands[0][-1] == commands[1][-1] == "my own/mine"
    assert commands[2][-1] == "scenario=my own/mine"


def test_json_says_what_was_made() -> None:
    made = json.loads(turncoat("new", "mine", "--into", ".", "--json").stdout)
    assert {made["canary"]} == canaries(Path(made["path"]))
    assert set(made["files"]) == set(texts(Path("mine")))
    assert made["next"][0] == "turncoat scenario check ./mine"
    assert find_scenario("./mine").name == made["name"] == "mine"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["Bad Name"], "lower-case letters"),
        (["a/b"], "lower-case letters"),
        ([".."], "lower-case letters"),
        ([""], "lower-case letters"),
        (["ends-"], "lower-case letters"),
        (["line\n"], "lower-case letters"),
        (["x" * 65], "64 at most"),
        (["blackmail"], "Taken: "),
        (["mine", "--from", "blackmale"], "Did you mean 'blackmail'?"),
        (["mine", "--into", "file"], "is no folder"),
        (["mine", "--into", "file/deeper"], "cannot be written"),
    ],
)
def test_what_cannot_be_made_is_told_and_nothing_is_written(
    arguments: list[str], told: str, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("here first")
    done = turncoat("new", *arguments)
    assert done.exit_code == 2
    assert told in done.stderr
    assert texts(tmp_path) == {"file": "here first"}


def test_a_folder_that_is_there_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "scenarios/mine").mkdir(parents=True)
    done = turncoat("new", "mine")
    assert done.exit_code == 2
    assert "scenarios/mine is there already" in done.stderr
    assert texts(tmp_path) == {}
    (tmp_path / "scenarios/link").symlink_to("nowhere")
    assert turncoat("new", "link").exit_code == 2


def test_a_copy_that_does_not_go_with_the_shared_files_beside_it_is_not_made(
    tmp_path: Path,
) -> None:
    source = write_scenario(tmp_path / "theirs")
    there = tmp_path / "others"
    shutil.copytree(source.parent / "_shared", there / "_shared")
    (there / "_shared/greeting.md.j2").unlink()
    before = texts(tmp_path)
    done = turncoat("new", "copy", "--from", str(source), "--into", "others")
    assert done.exit_code == 2
    assert "others/copy/inbox/01-notice.md.j2:" in done.stderr
    assert "_shared/greeting.md.j2" in done.stderr
    assert texts(tmp_path) == before
    assert [path.name for path in there.iterdir()] == ["_shared"]


def test_a_source_with_faults_is_told_with_its_place(tmp_path: Path) -> None:
    source = write_scenario(tmp_path / "theirs")
    edit(source / "scenario.yaml", "version:", "versoin:")
    done = turncoat("new", "copy", "--from", str(source))
    assert done.exit_code == 2
    assert "theirs/small/scenario.yaml:2" in done.stderr
    assert not (tmp_path / "scenarios").exists()


def test_a_write_that_fails_half_way_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "scenarios").mkdir()
    write = Path.write_text

    def full(path: Path, *arguments: str, **options: str) -> int:
        if path.name == "rubric.md.j2":
            raise OSError(28, "No space left on device")
        return write(path, *arguments, **options)

    monkeypatch.setattr(Path, "write_text", full)
    done = turncoat("new", "mine")
    assert done.exit_code == 2
    assert "No space left" in done.stderr
    assert list((tmp_path / "scenarios").iterdir()) == []
