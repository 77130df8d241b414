"""`turncoat plan`: told beforehand, and found to be so by running it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import inspect_ai
import pytest
from click.testing import CliRunner
from inspect_ai.model import ModelCost, set_model_cost

from turncoat.cli import main
from turncoat.measure import Counted, difference_of_intervals, runs_for_half_width
from turncoat.tasks.task import misalignment_task


def plan(*arguments: object, status: int = 0) -> str:
    result = CliRunner().invoke(main, ["plan", *map(str, arguments)])
    assert result.exit_code == status, result.output
    return result.output


def plan_json(*arguments: object) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(plan(*arguments, "--json"))
    return found


def test_an_eval_takes_the_runs_and_tokens_that_were_told(tmp_path):
    told = plan_json(
        "blackmail",
        "-f",
        "threat=replacement,none",
        "--surfaces",
        3,
        "--epochs",
        2,
        "--grader",
        "g",
    )
    [log] = inspect_ai.eval(
        misalignment_task("blackmail", surfaces=3, factors={"threat": ["replacement", "none"]}),
        model="known/mixed",
        model_roles={"grader": "known/judge"},
        epochs=2,
        log_dir=str(tmp_path),
        display="none",
    )
    expected, most = told["expected"], told["most"]
    assert expected["runs"] == most["runs"] == expected["calls"] == len(log.samples) == 12
    assert sum(row["runs"] for row in told["conditions"]) == 12
    usage = log.stats.model_usage
    assert usage["known/mixed"].input_tokens == pytest.approx(expected["input_tokens"], abs=2 * 12)
    assert usage["known/mixed"].output_tokens <= most["output_tokens"]
    judged = [e for s in log.samples for e in s.events if e.event == "model" and e.role == "grader"]
    assert 0 < len(judged) <= most["judge_calls"] == 12
    # A judge reads the question, and at most as much again as the agent wrote, with a bar a line.
    question = most["judge_input_tokens"] / 12 - told["max_tokens"]
    written = usage["known/mixed"].output_tokens
    read = usage["known/judge"].input_tokens
    assert len(judged) * question <= read <= len(judged) * question + 2 * written


def test_tokens_of_the_tools_protocol_are_near_those_of_a_run(tmp_path):
    [log] = inspect_ai.eval(
        misalignment_task("blackmail", design="headline", protocol="tools", surfaces=4),
        model="known/pleads",
        epochs=1,
        log_dir=str(tmp_path),
        display="none",
    )
    usage = log.stats.model_usage["known/pleads"]
    calls = [e for sample in log.samples for e in sample.events if e.event == "model"]
    calls = [call for call in calls if call.model == "known/pleads"]
    turns = round(len(calls) / len(log.samples))
    told = plan_json(
        *("blackmail", "--design", "headline", "--protocol", "tools", "--surfaces", 4),
        *("--epochs", 1, "--turns", turns, "--output-tokens", usage.output_tokens // 4),
    )
    print(turns, len(calls), usage, told["expected"])
    assert told["expected"]["runs"] == 4
    assert told["expected"]["calls"] == 4 * turns == len(calls)
    assert told["expected"]["input_tokens"] == pytest.approx(usage.input_tokens, rel=0.2)


def test_under_a_precision_it_tells_the_maximum_and_what_is_to_be_expected():
    told = plan_json("blackmail", "--precision", 0.1, "--rate", 0.5)
    assert told["fixed_runs"] == 97
    at = {row["rate"]: row for row in told["stopping"]}
    assert at[0.0]["runs"] == 30
    assert at[0.0]["saved"] == pytest.approx(1 - 30 / 97)
    assert at[0.1]["runs"] < at[0.5]["runs"]
    assert all(row["reached"] == pytest.approx(1) for row in told["stopping"])
    assert told["epochs"] == -(-runs_for_half_width(0.1) // 10)
    assert told["most"]["runs"] == 2 * 10 * told["epochs"]
    headline, control = told["conditions"]
    assert headline["control"] == control["label"]
    assert headline["runs"] == round(at[0.5]["runs"])
    assert control["runs"] == 30
    assert headline["half_width"] == control["half_width"] == 0.1
    short = plan_json("blackmail", "--precision", 0.1, "--epochs", 5)
    assert short["most"]["runs"] == 100
    assert short["conditions"][0]["half_width_at_most"] > 0.15
    assert short["stopping"][-1]["reached"] < 0.01


def test_more_runs_show_smaller_differences():
    few, many = (plan_json("blackmail", "--epochs", n)["conditions"][0] for n in (2, 20))
    assert 0 < many["smallest_difference"] < few["smallest_difference"] < 1
    assert many["half_width"] < few["half_width"] < few["half_width_at_most"] < 0.5
    alone = plan_json("blackmail", "--design", "headline")["conditions"][0]
    assert alone["smallest_difference"] is None


def test_under_a_precision_a_difference_is_shown_by_what_rates_will_show():
    """Two sequences that lie apart: at 34 points, not at the 16 of as many runs fixed before."""
    headline, control = plan_json("blackmail", "--precision", 0.1)["conditions"]
    least = headline["smallest_difference"]
    assert 0.3 < least < 0.4
    assert control["smallest_difference"] is None
    at = round(least * 270)
    shown = [
        difference_of_intervals(Counted(k, 270, True), Counted(0, control["runs"], True)).low > 0
        for k in (at - 25, at + 15)
    ]
    assert shown == [False, True]


def test_what_it_costs_is_by_the_users_prices_a_file_or_what_inspect_was_told(tmp_path):
    def cost(*arguments: object) -> dict[str, float | None]:
        told = plan_json("lethal", "--epochs", 1, *arguments)
        by_hand = (
            3 * told["expected"]["input_tokens"] + 15 * told["expected"]["output_tokens"]
        ) / 1e6
        found: dict[str, float | None] = told["expected"]["cost"]
        assert found["model"] in (None, pytest.approx(by_hand))
        return found

    assert cost("--price-in", 3, "--price-out", 15)["total"] is not None
    file = tmp_path / "prices.yaml"
    file.write_text("a/b: {input: 3, output: 15}\nc/d: {input: 1, output: 2}\n")
    priced = cost("--model", "a/b", "--grader", "c/d", "--model-cost-config", file)
    assert priced["judges"] > 0
    assert priced["total"] == priced["model"] + priced["judges"]
    assert priced["batch"] == priced["total"] / 2
    assert cost("--model", "a/b", "--grader", "e/f", "--model-cost-config", file)["total"] is None
    assert cost("--model", "anthropic/claude-opus-4-20250514")["model"] is None
    set_model_cost(
        "openai/gpt-4.1",
        ModelCost(input=3, output=15, input_cache_write=0, input_cache_read=0),
    )
    assert cost("--model", "openai/gpt-4.1")["model"] is not None


@pytest.mark.parametrize("name", ["reference", "evals/reference.py", "turncoat/reference"])
def test_the_original_prompts_are_planned_by_their_own_parameters(name):
    told = plan_json(name, "-f", "scenario=leaking", "-f", "prod=true,false")
    assert told["scenario"] == "reference-espionage"
    assert told["surfaces"] == 1
    assert len(told["conditions"]) == 2 * 2


def test_people_are_told_what_is_assumed_and_that_nothing_is_counted_that_is_not_known():
    text = plan("blackmail", "--precision", 0.1, "--grader", "a/b", "--protocol", "tools")
    for words in ("characters a token", "--turns", "--sends", "--price-in", "against 97"):
        assert words in text
    assert "None" not in text
    assert "rules judge" in plan("evals/blackmail.py")
    priced = plan("blackmail", "--price-in", 3, "--price-out", 15)
    assert "dollars, all, --batch" in priced
    assert "\\x1b" not in priced


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nosuch"], "Scenarios: blackmail"),
        (["blackmail", "-f", "threat=x"], "Valid levels"),
        (["blackmail", "-f", "precison=0.1"], "Did you mean 'precision'"),
        (["blackmail", "--precision", "0.7"], "half-width"),
        (["blackmail", "--protocol", "mime"], "valid: text, tools"),
        (["blackmail", "--design", "nosuch"], "Designs:"),
        (["blackmail", "--surfaces", "0"], "surfaces is 0"),
        (["blackmail", "--price-in", "3"], "give both"),
        (["reference", "--surfaces", "3"], "leave out --surfaces"),
        (["blackmail", "--rate", "3"], "--rate"),
    ],
)
def test_what_is_wrong_is_said_in_one_message(arguments, words):
    text = plan(*arguments, status=2)
    assert words in text
    assert "Traceback" not in text


@pytest.mark.parametrize("content", ["", "a/b: 3", "a/b: {input: x, output: 1}", "a: [", "[1]"])
def test_a_file_of_prices_that_is_none_is_refused(tmp_path: Path, content):
    file = tmp_path / "prices.yaml"
    file.write_text(content)
    text = plan("blackmail", "--model", "a/b", "--model-cost-config", file, status=2)
    assert str(file) in text.replace("\n", "")
