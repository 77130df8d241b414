"""Which runs `turncoat rates` counts together: runs of one experiment, with one set-up."""

from __future__ import annotations

import pytest
from inspect_ai.log import EvalLog, write_eval_log
from inspect_ai.model import GenerateConfig, ModelConfig, get_model
from logs_fixture import CONTROL, make_log, rates, rates_json
from running import run

from turncoat._util.model_settings import CANNOT_MATTER
from turncoat.records.rates import rate_rows
from turncoat.records.reading import read_runs
from turncoat.records.settings import settings_of
from turncoat.report.controls import difference_bounds

H, N = "harmful", "not_harmful"


@pytest.mark.parametrize(
    "other",
    [
        {"name": "openai/gpt-4o"},
        {"version": "1.1.0"},
        {"protocol": "tools"},
        {"judge": "openai/gpt-5"},
        {"scenario": "espionage"},
    ],
)
def test_what_is_another_experiment_is_another_row(tmp_path, other):
    make_log(tmp_path, {"default": [H, N]})
    make_log(tmp_path, {"default": [H, N]}, **other)
    assert [row["n"] for row in rates_json(tmp_path)] == [2, 2]


@pytest.mark.parametrize(
    ("other", "what"),
    [
        ({"details": {"rubric_hash": "r2"}}, "rubrics (r1, r2)"),
        ({"config": GenerateConfig(max_tokens=500)}, "token limits (10000, 500)"),
        ({"config": GenerateConfig(max_tokens=10_000, temperature=0.7)}, "temperatures"),
        ({"config": GenerateConfig(max_tokens=10_000, top_p=0.5)}, "values of top_p (0.5, unset)"),
        ({"config": GenerateConfig(max_tokens=10_000, top_k=5)}, "values of top_k (5, unset)"),
        (
            {"config": GenerateConfig(max_tokens=10_000, reasoning_effort="low")},
            "reasoning efforts (low, unset)",
        ),
        (
            {"config": GenerateConfig(max_tokens=10_000, reasoning_tokens=99)},
            "limits of reasoning tokens (99, unset)",
        ),
        ({"config": GenerateConfig(max_tokens=10_000, effort="low")}, "different efforts"),
    ],
)
def test_runs_that_should_not_be_pooled_are_shown_apart_unless_one_insists(tmp_path, other, what):
    make_log(tmp_path, {"default": [H, N]})
    make_log(tmp_path, {"default": [H, N]}, **other)
    said = rates(tmp_path, status=1).stderr
    assert what in said
    assert "--pool counts them together" in said
    apart = rates_json(tmp_path, status=1)
    assert [row["n"] for row in apart] == [2, 2]
    assert len({row["split"] for row in apart} - {""}) == 2
    (together,) = rates_json(tmp_path, "--pool")
    assert (together["n"], together["split"]) == (4, "")
    assert what in rates(tmp_path, "--pool").stdout.replace("\n", " ")


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (
            lambda log: setattr(log.eval, "model_base_url", "http://localhost/v1"),
            "base URLs of the model (http://localhost/v1, unset)",
        ),
        (
            lambda log: log.eval.metadata["turncoat"].update(package_version="0.2.0"),
            "versions of Turncoat (0.1.0, 0.2.0)",
        ),
    ],
)
def test_logs_of_another_set_up_are_not_pooled_silently(tmp_path, change, what):
    make_log(tmp_path, {"default": [H, N]})
    assert rates(tmp_path).stderr == ""
    log = make_log(tmp_path, {"default": [H, N]})
    change(log)
    write_eval_log(log)
    assert what in rates(tmp_path, status=1).stderr


def briefed(version):
    def change(log):
        for sample in log.samples:
            for score in sample.scores.values():
                score.metadata["provenance"]["briefing_hash"] += version

    return change


@pytest.mark.parametrize(
    ("other", "what"),
    [
        ({"version": "1.1.0"}, "versions of the scenario (1.0.0, 1.1.0)"),
        ({"judge": "openai/gpt-5"}, "judges (openai/gpt-5, rules)"),
    ],
)
def test_other_versions_and_judges_are_told_and_pooled_only_if_one_insists(tmp_path, other, what):
    make_log(tmp_path, {"default": [H, N], CONTROL: [N, N]})
    make_log(tmp_path, {"default": [H, N], CONTROL: [N, N]}, **other)
    assert what in " ".join(rates(tmp_path).stdout.split())
    rows = rates_json(tmp_path, "--pool")
    assert [(row["n"], row["diff"]) for row in rows] == [(4, 0.5), (4, None)]
    assert " + " in rows[0]["judge"] + rows[0]["version"]


def test_a_changed_briefing_of_one_surface_is_another_experiment(tmp_path):
    make_log(tmp_path, {"default": [H, N]})
    log = make_log(tmp_path, {"default": [H, H]})
    briefed("-changed")(log)
    write_eval_log(log)
    assert "briefings of one surface" in rates(tmp_path, status=1).stderr
    assert {row["k"] for row in rates_json(tmp_path, status=1)} == {1, 2}
    assert [row["k"] for row in rates_json(tmp_path, "--pool")] == [3]


def test_runs_that_never_began_stay_with_the_rest_of_their_log(tmp_path):
    make_log(tmp_path, {"default": [H, N]})
    log = make_log(tmp_path, {"default": [H, N, H, N]}, details={"rubric_hash": "r2"})
    log.samples = log.samples[:3]
    write_eval_log(log)
    rows = rates_json(tmp_path, status=1)
    assert sorted((row["n"], row["missing"]) for row in rows) == [(2, 0), (3, 1)]


def test_a_control_that_was_run_otherwise_is_no_quiet_control(tmp_path):
    make_log(tmp_path, {"default": [H, H]})
    make_log(tmp_path, {CONTROL: [N, N]}, config=GenerateConfig(max_tokens=500))
    said = " ".join(rates(tmp_path, status=1).stderr.split())
    assert "a condition and its control have different token limits (10000, 500)" in said


def test_settings_are_compared_also_where_runs_have_no_uuid(tmp_path):
    for limit in (500, 10_000):
        log = make_log(tmp_path, {"default": [H, N]}, config=GenerateConfig(max_tokens=limit))
        for sample in log.samples:
            sample.uuid = None
        write_eval_log(log)
    assert "token limits" in rates(tmp_path, status=1).stderr


def apart(folder, limits):
    """A condition under both token limits, its control under those."""
    controls = {"default": CONTROL, CONTROL: None}
    for limit, harmful in ((10_000, 3), (500, 2)):
        kinds = {"default": [H] * harmful + [N] * (4 - harmful)}
        if limit in limits:
            kinds[CONTROL] = [N] * 4
        config = GenerateConfig(max_tokens=limit)
        make_log(folder, kinds, controls=controls, config=config)


@pytest.mark.parametrize(
    ("limits", "differences"),
    [
        ({10_000}, {"max_tokens=10000": 0.75, "max_tokens=500": None}),
        ({10_000, 500}, {"max_tokens=10000": 0.75, "max_tokens=500": 0.5}),
    ],
)
def test_runs_shown_apart_are_held_against_the_control_that_was_run_alike(
    tmp_path, limits, differences
):
    apart(tmp_path, limits)
    rows = [row for row in rates_json(tmp_path, status=1) if row["condition"]["threat"] != "none"]
    assert {row["split"]: row["diff"] for row in rows} == differences
    contrasts = rates_json(tmp_path, "--contrasts", status=1)
    due = {split: diff for split, diff in differences.items() if diff}
    assert {row["split"]: row["diff"] for row in contrasts} == due


def test_runs_whose_control_was_run_otherwise_are_named(tmp_path):
    apart(tmp_path, {10_000})
    said = " ".join(rates(tmp_path, status=1).stderr.split())
    assert "runs with max_tokens=500 and the control were run in different ways" in said
    assert "runs with max_tokens=10000 and" not in said


def test_the_report_finds_the_control_that_has_another_name_for_what_sets_it_apart(tmp_path):
    """Else what was not judged of the control would not be in the bounds of the difference."""
    apart(tmp_path, {10_000})
    make_log(tmp_path, {CONTROL: ["unclear"] * 4}, controls={CONTROL: None})
    rows = rate_rows(read_runs(tmp_path))
    held = next(row for row in rows if row.diff is not None)
    assert difference_bounds(held, rows) == (0.25, 0.75)


@pytest.mark.parametrize(
    "change",
    [
        lambda log: setattr(log.plan.config, "system_message", "Be evil."),
        lambda log: setattr(log.plan.config, "extra_body", {"mode": "x"}),
        lambda log: setattr(log.plan.config, "extra_headers", {"x-mode": "x"}),
        lambda log: setattr(log.plan.config, "stop_seqs", ["END"]),
        lambda log: setattr(log.eval.config, "message_limit", 5),
        lambda log: setattr(log.eval.config, "token_limit", 5000),
        lambda log: log.eval.task_args.update(tone="harsh"),
        lambda log: setattr(log.plan.steps[0], "solver", "another"),
        lambda log: log.plan.steps[0].params.update(turns=3),
        lambda log: setattr(
            log.eval, "model_roles", {"helper": ModelConfig(model="a/b", args={"mood": "x"})}
        ),
    ],
)
def test_whatever_may_matter_sets_runs_apart(tmp_path, change):
    make_log(tmp_path, {"default": [H, H]})
    log = make_log(tmp_path, {"default": [N, N]})
    change(log)
    write_eval_log(log)
    rows = rates_json(tmp_path, status=1)
    assert sorted((row["k"], row["n"]) for row in rows) == [(0, 2), (2, 2)]
    assert "are shown apart" in rates(tmp_path, status=1).stderr


@pytest.mark.parametrize(
    "change",
    [
        lambda log: setattr(log.plan.config, "max_connections", 3),
        lambda log: setattr(log.plan.config, "timeout", 30),
        lambda log: setattr(log.plan.config, "max_retries", 9),
        lambda log: setattr(log.plan.config, "cache", True),
        lambda log: setattr(log.eval.config, "max_samples", 7),
        lambda log: log.eval.task_args.update(surfaces=2, design="headline", threat="none"),
    ],
)
def test_what_cannot_matter_does_not(tmp_path, change):
    make_log(tmp_path, {"default": [H, H]})
    log = make_log(tmp_path, {"default": [N, N]})
    change(log)
    write_eval_log(log)
    assert [(row["k"], row["n"]) for row in rates_json(tmp_path)] == [(2, 4)]


@pytest.mark.parametrize("name", sorted(set(GenerateConfig.model_fields) - CANNOT_MATTER))
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_no_setting_of_generation_is_forgotten(name):
    """Those of a later Inspect neither: what is not known not to matter tells runs apart."""
    log = EvalLog.model_validate_json(HEADER)
    before = settings_of(log, {}, "").apart
    log.plan.config = GenerateConfig.model_construct(**{name: 7})
    assert settings_of(log, {}, "").apart != before


HEADER = """{"eval": {"created": "2026-01-01T00:00:00+00:00", "task": "t", "dataset": {},
"model": "a/b", "config": {}}}"""


def test_a_header_that_may_hold_a_secret_is_not_shown(tmp_path):
    make_log(tmp_path, {"default": [H, N]})
    log = make_log(tmp_path, {"default": [H, N]})
    log.plan.config.extra_headers = {"authorization": "Bearer abc123"}
    log.eval.model_base_url = "https://me:hush@example.org/v1"
    write_eval_log(log)
    said = rates(tmp_path, status=1).output
    assert "extra_headers" in said
    assert "abc123" not in said
    assert "hush" not in said


def test_the_same_judge_asked_in_another_way_is_another_judge(tmp_path):
    for specificity in (1.0, 0.5):
        judge = get_model("known/judge", specificity=specificity, memoize=False)
        run("known/explicit", tmp_path, grader=judge)
    rows = rates_json(tmp_path, status=1)
    assert [row["n"] for row in rows] == [1, 1]
    assert "settings of the judge" in rates(tmp_path, status=1).stderr


def test_models_that_differ_in_their_arguments_stand_in_one_table_with_their_control(tmp_path):
    make_log(tmp_path, {"default": [H, N], CONTROL: [N, N]})
    log = make_log(tmp_path, {"default": [H, H], CONTROL: [N, N]})
    log.eval.model_args["rate"] = 0.9
    write_eval_log(log)
    rows = rates_json(tmp_path)
    assert sorted(row["diff"] for row in rows if row["diff"] is not None) == [0.5, 1.0]
    said = rates(tmp_path).stdout
    assert said.count("judge: rules") == 1, "one table"
    assert 'model_args={"rate": 0.9}' in said
    assert "model_args={}" not in said
    assert "runs with different model arguments" in said
