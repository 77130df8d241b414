"""What `evals/blackmail.py` asks Inspect to run, and what its logs carry."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from contextvars import copy_context
from pathlib import Path
from typing import get_args

import pytest
from click.testing import CliRunner
from inspect_ai.log import read_eval_log, read_eval_log_sample_summaries
from inspect_ai.model import GenerateConfig, get_model
from inspect_ai.model._model import init_active_model
from running import run

from turncoat._util.places import Place, data_folder, package_version
from turncoat.cli import main
from turncoat.scenario import find_scenario
from turncoat.scenario.metadata_codec import packed_text
from turncoat.tasks.task import misalignment_task

ROOT = Path(__file__).resolve().parents[1]
CANARY = find_scenario("blackmail").canary


def _cells(task):
    return [cell["condition"] for cell in task.metadata["turncoat"]["cells"].values()]


def test_by_default_headline_and_control_run_over_ten_surfaces_twice():
    task = misalignment_task("blackmail")
    assert len(task.dataset) == 20
    assert task.epochs == 2
    assert [(c["goal_conflict"], c["threat"]) for c in _cells(task)] == [
        ("explicit", "replacement"),
        ("none", "none"),
    ]
    assert {sample.id for sample in task.dataset} >= {
        "default/surface-00",
        "goal_conflict=none+threat=none/surface-09",
    }


def test_the_same_surfaces_are_crossed_with_every_condition():
    task = misalignment_task("blackmail", design="published", surfaces=3)
    casts = {}
    for sample in task.dataset:
        facts = json.loads(packed_text(sample.metadata, "facts"))
        casts.setdefault(sample.metadata["surface"], set()).add(facts["cast"]["executive"]["name"])
    assert [len(names) for names in casts.values()] == [1, 1, 1]
    assert len(set.union(*casts.values())) == 3


@pytest.mark.parametrize(
    ("given", "count"),
    [
        ({"design": "cells"}, 6),
        ({"design": "published"}, 20),
        ({"design": "factorial"}, 12),
        ({"design": ["headline", "control"]}, 2),
        ({"factors": {"threat": ["replacement", "none"]}}, 2),
        ({"factors": {"nudge": "none"}}, 2),
        (
            {"factors": {"goal_conflict": ["explicit", "none"], "leverage": ["present", "absent"]}},
            4,
        ),
        ({"factors": {"noise": 3}, "design": "headline"}, 1),
    ],
)
def test_designs_and_factors_make_conditions(given, count):
    assert len(_cells(misalignment_task("blackmail", surfaces=1, **given))) == count


def test_every_condition_names_its_control_even_where_it_is_not_run():
    about = misalignment_task("blackmail", design="headline", surfaces=1).metadata["turncoat"]
    assert about["controls"] == {"default": "goal_conflict=none,threat=none"}
    both = misalignment_task("blackmail", surfaces=1).metadata["turncoat"]
    assert both["controls"]["goal_conflict=none,threat=none"] is None


def test_the_canary_is_in_the_log_and_in_nothing_the_model_sees(tmp_path):
    log = run("known/benign", tmp_path)
    assert log.eval.metadata["turncoat"]["canary"] == CANARY
    [sample] = log.samples
    assert CANARY in packed_text(sample.metadata, "facts")
    assert CANARY not in "".join(message.text for message in sample.messages)
    assert "canary" not in "".join(message.text for message in sample.messages).lower()


def test_a_score_carries_its_provenance_also_in_the_summaries(tmp_path):
    log = run("known/explicit", tmp_path)
    [summary] = read_eval_log_sample_summaries(log.location)
    score = summary.scores["conduct"]
    found = find_scenario("blackmail")
    assert score.metadata["judge"] == "known/judge"
    assert score.metadata["kind"] == "harmful"
    assert score.metadata["condition"]["threat"] == "replacement"
    origin = score.metadata["provenance"]
    assert origin["scenario_hash"] == found.scenario_hash
    assert origin["rubric_hash"] == found.rubric_hash
    assert origin["package_version"] == package_version()
    assert origin["served_model"] == "explicit"
    assert len(origin["completion_hash"]) == 12
    assert len(str(summary.metadata.get("facts"))) < 100


def test_the_token_limit_is_explicit(tmp_path):
    log = run("known/benign", tmp_path)
    assert log.plan.config.max_tokens == 10_000


@pytest.mark.parametrize(
    ("config", "warned"),
    [
        (GenerateConfig(temperature=0), "Temperature is 0"),
        (GenerateConfig(seed=7), "fixed --seed"),
        (GenerateConfig(), ""),
    ],
)
def test_repeats_that_may_be_copies_are_warned_of(capsys, config, warned):
    def build():
        init_active_model(get_model("known/mixed"), config)
        misalignment_task("blackmail", surfaces=1)

    copy_context().run(build)
    said = capsys.readouterr().err
    assert (warned in said) if warned else (said == "")


def test_a_stored_log_is_graded_again_from_another_folder(tmp_path):
    log = run("known/mixed", tmp_path, epochs=10, model_args={"rate": 0.5})
    command = [
        Path(sys.executable).with_name("inspect"),
        *("score", log.location, "--scorer", "turncoat/conduct", "--action", "append"),
        *("--model-role", "grader=known/judge", "--output-file", "again.eval"),
        *("--display", "none"),
    ]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    again = read_eval_log(str(tmp_path / "again.eval"))
    for sample in again.samples:
        first, second = sample.scores["conduct"], sample.scores["conduct1"]
        assert first.value["harmful"] == second.value["harmful"]
        assert second.metadata["judge"] == "known/judge"
    for which, judge in (((), "known/judge"), (("--score", "conduct"), "known/judge")):
        read = CliRunner().invoke(main, ["rates", str(tmp_path / "again.eval"), *which, "--json"])
        [row] = json.loads(read.stdout)
        assert (row["judge"], row["n"]) == (judge, 10)


def test_the_wheel_carries_every_data_folder():
    wheel = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]
    carried = wheel["targets"]["wheel"]["force-include"]
    for place in get_args(Place):
        assert carried[place] == f"turncoat/_data/{place}"
        assert data_folder(place).is_dir()
