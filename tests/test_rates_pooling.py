"""Which runs `turncoat rates` counts together: runs of one experiment, with one set-up."""

from __future__ import annotations

import pytest
from inspect_ai.log import write_eval_log
from inspect_ai.model import GenerateConfig
from logs_fixture import make_log, rates, rates_json

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
        ({"config": GenerateConfig(max_tokens=10_000, top_p=0.5)}, "values of top_p (0.5, None)"),
        ({"config": GenerateConfig(max_tokens=10_000, top_k=5)}, "values of top_k (5, None)"),
        (
            {"config": GenerateConfig(max_tokens=10_000, reasoning_effort="low")},
            "reasoning efforts (None, low)",
        ),
        (
            {"config": GenerateConfig(max_tokens=10_000, reasoning_tokens=99)},
            "limits of reasoning tokens (99, None)",
        ),
        ({"config": GenerateConfig(max_tokens=10_000, effort="low")}, "different efforts"),
    ],
)
def test_runs_that_should_not_be_pooled_are_a_failure_and_named(tmp_path, other, what):
    make_log(tmp_path, {"default": [H, N]})
    make_log(tmp_path, {"default": [H, N]}, **other)
    assert what in rates(tmp_path, status=1).stderr


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda log: log.eval.model_args.update(rate=0.5), 'model arguments ({"rate": 0.5}, {})'),
        (
            lambda log: setattr(log.eval, "model_base_url", "http://localhost/v1"),
            "base URLs of the model (None, http://localhost/v1)",
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


def test_settings_are_compared_also_where_runs_have_no_uuid(tmp_path):
    for limit in (500, 10_000):
        log = make_log(tmp_path, {"default": [H, N]}, config=GenerateConfig(max_tokens=limit))
        for sample in log.samples:
            sample.uuid = None
        write_eval_log(log)
    assert "token limits" in rates(tmp_path, status=1).stderr
