"""A scenario folder from a stranger, whatever is in it, ends in one message and soon."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from scenario_fixture import edit, write_scenario

from turncoat._util.errors import TurncoatError
from turncoat._util.inspect_private import PrerequisiteError
from turncoat.cli import main
from turncoat.scenario import bounded as limits
from turncoat.scenario.bounded import bounded, needs_bounds
from turncoat.tasks.task import misalignment_task

if not hasattr(os, "fork"):
    pytest.skip("processes cannot be forked here", allow_module_level=True)

HOSTILE = {
    "a budget that is lowered": "{{ [1]|turncoat_steps(-9000000000000) }}",
    "the same by map": '{{ [[1]]|map("turncoat steps", -9000000000000)|map("list")|list }}',
    "an include of itself": '{% include "system.md.j2" %}',
    "an unknown filter": "{{ agent.name|wavy }}",
    "an unknown test": "{{ agent.name is wavy }}",
    "deep expressions": "{{ " + "(" * 3000 + "1" + ")" * 3000 + " }}",
    "a long chain of filters": "{{ 'a'" + "|upper" * 20_000 + " }}",
    "nested loops by map": "{% set r = range(200)|list %}"
    + "{% for a in r %}" * 4
    + "{{ r|map('upper')|list }}"
    + "{% endfor %}" * 4,
    "lists in lists": "{% set n = namespace(l=[]) %}{% for i in range(190) %}"
    "{% set n.l = [n.l, n.l] %}{% endfor %}{{ n.l|string|length }}",
    "a control code": "{{ '\x1b[2J'|wavy }}",
}


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "SECONDS", 2)
    monkeypatch.setattr(limits, "WAITED", 10)


def turncoat(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["scenario", *map(str, arguments)])


def is_one_message(found: Result) -> None:
    """It failed, told why in a few lines, and showed no inside of Python's."""
    assert found.exit_code in (1, 2), found.output
    assert found.exception is None or isinstance(found.exception, SystemExit)
    assert "Traceback" not in found.output
    assert "\x1b" not in found.output
    assert found.output.strip()


@pytest.mark.parametrize("words", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_template_ends_in_a_message(tmp_path: Path, words: str) -> None:
    folder = write_scenario(tmp_path)
    edit(folder / "system.md.j2", "You are", f"{words} You are")
    began = time.monotonic()
    shown = turncoat("show", folder)
    is_one_message(shown)
    assert len(shown.output) < 1_500
    if "filter" in words or "wavy" in words:
        is_one_message(turncoat("check", folder))
    assert time.monotonic() - began < 20


def test_a_pipe_in_the_folder_is_not_waited_for(tmp_path: Path) -> None:
    folder = write_scenario(tmp_path)
    os.mkfifo(folder / "companies.yaml")
    os.mkfifo(folder / "inbox" / "09-more.md.j2")
    for command in ("show", "check"):
        found = turncoat(command, folder)
        is_one_message(found)
        assert "companies.yaml" in found.output


@pytest.mark.parametrize("inside", ["[" * 100_000, "{a: " * 30_000, "- " * 50_000])
def test_deep_yaml_is_refused(tmp_path: Path, inside: str) -> None:
    folder = write_scenario(tmp_path)
    with (folder / "scenario.yaml").open("a") as file:
        file.write(f"\nmore: {inside}")
    is_one_message(turncoat("check", folder))


def test_a_name_with_control_codes_is_spelled_out(tmp_path: Path) -> None:
    folder = write_scenario(tmp_path)
    (folder / "a\x1b]0;owned\x07.md").write_text("x")
    found = turncoat("check", folder)
    is_one_message(found)
    assert r"a\x1b]0;owned\x07.md" in found.output


def test_a_sound_folder_is_read_as_ever(tmp_path: Path) -> None:
    folder = write_scenario(tmp_path)
    assert needs_bounds(folder)
    found = turncoat("show", folder, "--json")
    assert found.exit_code == 0
    assert '"hash"' in found.output
    task = misalignment_task(str(folder), design="headline", surfaces=1)
    assert len(task.dataset) == 1


def test_a_task_refuses_what_never_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write_scenario(tmp_path)
    monkeypatch.setattr("turncoat.tasks.task.load_scenario", lambda _: endless())
    with pytest.raises(PrerequisiteError, match="seconds of computing"):
        misalignment_task(str(folder))


def endless() -> None:
    while True:
        pass


def greedy() -> None:
    held = []
    while True:
        held.append(bytearray(64 * 1024 * 1024))


def killed() -> None:
    os.kill(os.getpid(), 9)


def asleep() -> None:
    time.sleep(100)


def broken() -> None:
    raise KeyError("some inside")


@pytest.mark.parametrize(
    ("work", "why"),
    [
        (endless, "seconds of computing"),
        (greedy, "MiB of memory"),
        (killed, "SIGKILL"),
        (asleep, "more than 2 seconds"),
        (broken, "some inside"),
    ],
)
def test_whatever_ends_the_child_is_told_and_leaves_this_process_whole(
    tmp_path: Path, work: object, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "SECONDS", 1)
    monkeypatch.setattr(limits, "WAITED", 2)
    monkeypatch.setattr(limits, "MEMORY", 200 * 1024**2)
    with pytest.raises(TurncoatError, match=why):
        bounded(tmp_path, work)  # type: ignore[arg-type]


def test_a_child_hands_on_its_errors_and_its_status(tmp_path: Path) -> None:
    def faulty() -> None:
        raise TurncoatError("line 3 is wrong")

    def ends() -> None:
        raise SystemExit(7)

    with pytest.raises(TurncoatError, match=r"^line 3 is wrong$"):
        bounded(tmp_path, faulty)
    assert bounded(tmp_path, ends) == 7
    assert bounded(tmp_path, lambda: None) == 0
