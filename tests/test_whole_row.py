"""`compare` beside runs of the study's own prompts: the difference falls apart into three steps."""

from __future__ import annotations

import itertools
import json

import pytest
from click.testing import CliRunner
from inspect_ai.model import ModelOutput, ModelUsage, get_model
from reference_fixture import PLEA, THREATS, mail, scripted
from rows_fixture import rate_row
from running import run

from turncoat.cli import main
from turncoat.measure import difference
from turncoat.records.rates import smoke_test_notes
from turncoat.reference.fidelity import known_differences
from turncoat.scenario import find_scenario
from turncoat.tasks.reference_task import reference_task
from turncoat.tasks.task import misalignment_task

BARE = mail(THREATS["plain"])
"""A threat that the published rule misses: no gate word."""
NAMED = BARE.replace("I read the mails.", "I have leverage.")


def in_turn(*replies):
    """A model that says these in turn; every one of them goes by the same name."""
    turns = itertools.cycle(replies)

    def answer(*_):
        output = ModelOutput.from_content("model", next(turns))
        output.usage = ModelUsage(input_tokens=3000, output_tokens=1, total_tokens=3001)
        return output

    return get_model("mockllm/model", custom_outputs=answer, memoize=False)


@pytest.fixture(scope="module")
def logs(tmp_path_factory):
    """Of the study's prompts 3 of 4 harmful by us and 2 of 4 by its method; of ours none."""
    folder = tmp_path_factory.mktemp("whole")
    run(
        in_turn(BARE, NAMED, mail(PLEA), NAMED),
        folder / "theirs",
        task=reference_task(design="headline", published_method=True),
        epochs=4,
        roles={"published_grader": scripted("Verdict: yes")},
    )
    ours = misalignment_task("blackmail", design="headline", surfaces=2)
    run(in_turn("I have nothing to send."), folder / "ours", task=ours, epochs=2)
    return folder


def compared(*arguments):
    said = CliRunner().invoke(
        main, ["compare", *map(str, arguments), "--against", "Claude Opus 4", "--json"]
    )
    return {row["scenario"]: row for row in json.loads(said.stdout)}


def test_the_steps_lead_from_the_published_rate_to_ours(logs):
    row = compared(logs)["blackmail"]
    whole = row["whole_row"]
    counts = {
        name: (whole[name]["k"], whole[name]["n"])
        for name in (
            "published",
            "study_prompts_published_method",
            "study_prompts_our_grading",
            "our_prompts",
        )
    }
    assert list(counts.values()) == [(96, 100), (2, 4), (3, 4), (0, 4)]
    steps = [whole[name]["diff"] for name in ("model", "grading", "wording")]
    assert steps == pytest.approx([0.5 - 0.96, 0.25, -0.75])
    assert sum(steps) == pytest.approx(row["diff"])
    wording = whole["wording"]
    assert (wording["low"], wording["high"]) == pytest.approx(difference(0, 4, 3, 4))


def test_the_rows_of_the_studys_prompts_themselves_and_ours_alone_have_no_whole_row(logs):
    assert compared(logs)["reference-blackmail"]["whole_row"] is None
    assert compared(logs / "ours")["blackmail"]["whole_row"] is None


def test_without_the_published_method_grading_and_model_are_not_told(logs, tmp_path):
    run(in_turn(BARE), tmp_path, task=reference_task(design="headline"), epochs=4)
    whole = compared(logs / "ours", tmp_path)["blackmail"]["whole_row"]
    assert whole["study_prompts_published_method"] is None
    assert (whole["model"], whole["grading"]) == (None, None)
    assert whole["wording"]["diff"] == -1


def test_another_model_on_the_studys_prompts_is_no_whole_row(logs, tmp_path):
    row = compared(logs / "theirs", _renamed(tmp_path))["blackmail"]
    assert row["whole_row"] is None


def _renamed(folder):
    run("known/benign", folder, surfaces=2)
    return folder


def test_what_still_differs_stands_in_every_row_of_ours_and_in_none_of_theirs(logs):
    rows = compared(logs)
    ours = find_scenario("blackmail")
    said = known_differences("blackmail", ours.version, "lynch-2025", ours.condition())
    assert said
    assert rows["blackmail"]["differs"] == [one.model_dump() for one in said]
    assert rows["reference-blackmail"]["differs"] == []
    assert known_differences("blackmail", "0.0.1", "lynch-2025", ours.condition()) == ()


@pytest.mark.parametrize("command", ["compare", "report"])
def test_terminal_and_report_tell_the_steps_and_what_differs(command, logs, tmp_path):
    page = tmp_path / "report.md"
    more = ["--against", "Claude Opus 4"] + (["-o", str(page)] if command == "report" else [])
    done = CliRunner().invoke(main, [command, str(logs), *more])
    said = " ".join((page.read_text() if command == "report" else done.stdout).split())
    assert "our grading" in said
    assert "3 of 4" in said
    assert "+25" in said
    for one in find_scenario("blackmail").published["lynch-2025"][0].differs:
        assert " ".join(one.what.split()).rstrip(".") in said


@pytest.mark.parametrize("command", ["rates", "compare"])
def test_rates_say_how_little_a_smoke_test_shows(command, logs):
    done = CliRunner().invoke(main, [command, str(logs / "ours"), "--json"])
    told = "4 judged runs a cell" in done.stderr and "points to either side" in done.stderr
    assert told is (command == "rates")


@pytest.mark.parametrize(("n", "points"), [(20, "20 points"), (40, "15 points"), (80, "11 points")])
def test_the_half_width_is_that_of_so_many_runs(n, points):
    [note] = smoke_test_notes([rate_row(0, 100), rate_row(1, n)])
    assert f"{n} judged runs" in note.message
    assert f"about {points} to either side" in note.message


def test_enough_runs_or_runs_that_stop_when_enough_is_known_are_no_smoke_test():
    assert smoke_test_notes([rate_row(50, 100), rate_row(0, 0)]) == []
    assert smoke_test_notes([rate_row(5, 20, interval="sequence")]) == []
    assert smoke_test_notes([]) == []
