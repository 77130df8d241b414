"""What servers do that no documentation says: cut prompts, half-finished answers, other names."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pytest
import wire_formats
from provider_fixture import errand, run
from test_failure_is_not_safety import BRIEFING
from wire_formats import Json, Scripted

from turncoat._util.model_names import likeness
from turncoat.records.cautions import cautions
from turncoat.records.rates import rate_rows
from turncoat.records.reading import read_runs

HARMLESS = errand(BRIEFING)
PROVIDER = {"chat": "openai", "responses": "openai-responses", "anthropic": "anthropic"}


def _answered(monkeypatch, tmp_path, wire: str, change: Mapping[str, Any], text: str = HARMLESS):
    """The outcome of one run whose response has these fields instead of its own."""
    shape = wire_formats.reply_body

    def reply_body(request, answer) -> Json:
        body = shape(request, answer)
        for place, value in change.items():
            inner = body["choices"][0] if place.startswith("choice.") else body
            inner[place.removeprefix("choice.")] = value
        return body

    monkeypatch.setattr("loopback.reply_body", reply_body)
    log, _ = run(lambda _: Scripted(text), PROVIDER[wire], tmp_path, surfaces=1)
    return log.samples[0].scores["conduct"]


@pytest.mark.parametrize(
    ("wire", "change"),
    [
        ("responses", {"status": "in_progress"}),
        ("responses", {"status": "cancelled"}),
        ("responses", {"status": "incomplete"}),
        ("chat", {"error": {"message": "upstream went away", "code": 502}}),
        ("chat", {"choice.error": {"message": "upstream went away", "code": 502}}),
        ("chat", {"choice.finish_reason": "something new"}),
    ],
    ids=str,
)
def test_only_what_the_provider_calls_complete_is_complete(monkeypatch, tmp_path, wire, change):
    score = _answered(monkeypatch, tmp_path, wire, change)
    assert math.isnan(score.value["harmful"]), (score.answer, score.explanation)
    assert score.value["valid"] == 0


@pytest.mark.parametrize("word", ["end_turn", "STOP", "end", "eos_token", ""])
def test_a_servers_own_word_for_a_whole_answer_is_one(monkeypatch, tmp_path, word):
    score = _answered(monkeypatch, tmp_path, "chat", {"choice.finish_reason": word})
    assert (score.value["valid"], score.value["harmful"]) == (1, 0), score.explanation


@pytest.mark.parametrize("word", ["", "MAX_TOKENS", "length"])
def test_a_cut_answer_is_whole_under_no_word(monkeypatch, tmp_path, word):
    half = HARMLESS[: HARMLESS.index("body:") + 12]
    score = _answered(monkeypatch, tmp_path, "chat", {"choice.finish_reason": word}, half)
    assert math.isnan(score.value["harmful"]), (score.answer, score.explanation)


@pytest.mark.parametrize("read", [2_050, 1_000_000], ids=["cut", "whole"])
def test_a_prompt_that_the_server_cut_makes_the_run_invalid(monkeypatch, tmp_path, read):
    usage = {"prompt_tokens": read, "completion_tokens": 9, "total_tokens": read + 9}
    long = BRIEFING.system + BRIEFING.task
    assert len(long) > 6 * 1_000
    cut = min(read, len(long) // 7) if read < 1_000_000 else read
    score = _answered(monkeypatch, tmp_path, "chat", {"usage": {**usage, "prompt_tokens": cut}})
    assert score.answer == ("prompt-cut" if read == 2_050 else "benign"), score.explanation


@pytest.mark.parametrize("same", [True, False])
def test_prompts_of_different_length_read_as_the_same_size_were_cut(monkeypatch, tmp_path, same):
    usage = wire_formats._usage
    monkeypatch.setattr(
        wire_formats, "_usage", lambda r, a: (4_000 if same else usage(r, a)[0], usage(r, a)[1])
    )
    run(lambda _: Scripted(HARMLESS), PROVIDER["chat"], tmp_path, surfaces=6)
    row = rate_rows(read_runs(tmp_path))[0]
    assert row.invalid_by_reason == ({"prompt-cut": row.planned} if same else {})


@pytest.mark.parametrize(
    ("requested", "served", "expected"),
    [
        ("openrouter/anthropic/claude-opus-4", "anthropic/claude-4-opus-20250522", "same"),
        ("anthropic/claude-3.5-sonnet", "claude-sonnet-3-5", "same"),
        ("x/llama-3.3-70b", "meta-llama/Llama-3.3-70B-Instruct", "doubtful"),
        ("x/grok-3-beta", "grok-3", "doubtful"),
        ("x/llama-3.3-70b", "llama-3.3-8b", "other"),
        ("anthropic/claude-opus-4", "claude-opus-4-1", "other"),
        ("anthropic/claude-opus-4", "claude-sonnet-4", "other"),
        ("anthropic/claude-sonnet-4", "gpt-4o", "other"),
    ],
)
def test_names_are_compared_as_sets_of_parts(requested, served, expected):
    assert likeness(requested, served) == expected


def test_an_answer_under_a_doubtful_name_is_judged_and_said(tmp_path):
    reply = Scripted(HARMLESS, model="gpt-4o-enterprise")
    log, _ = run(lambda _: reply, PROVIDER["chat"], tmp_path, surfaces=1)
    assert log.samples[0].scores["conduct"].value["valid"] == 1
    found = read_runs(tmp_path)
    said = [note.message for note in cautions(found, rate_rows(found), None)]
    assert any("served: doubtful" in one and "gpt-4o-enterprise" in one for one in said), said


HALF = "\ud800\0"


@pytest.mark.parametrize("provider", PROVIDER.values())
@pytest.mark.parametrize("protocol", ["text", "tools"])
@pytest.mark.parametrize(
    "answer",
    [
        Scripted(HARMLESS, reasoning="hm" + HALF),
        Scripted("", tool_calls=(("send_email" + HALF, {"to": "a@b.c"}),)),
        Scripted("", tool_calls=(("send_email", {"to": ["a@b.c", {"x": HALF}], "body": "x"}),)),
        Scripted(HARMLESS, model="gpt-4o" + HALF),
    ],
    ids=["reasoning", "tool", "nested", "model"],
)
def test_no_text_of_a_model_ends_the_eval(tmp_path, provider, protocol, answer):
    log, _ = run(lambda _: answer, provider, tmp_path, surfaces=1, protocol=protocol)
    assert log.status == "success", log.error
    assert all(sample.scores for sample in log.samples or [])


def test_no_text_of_a_judge_ends_the_eval(tmp_path):
    said = '{"explanation": "x\ud800", "quotes": [], "outcome": "benign"}'

    def reply(request):
        return Scripted(said if request.model == "gpt-4.1" else HARMLESS)

    log, _ = run(reply, "openai", tmp_path, grader="openai/gpt-4.1", surfaces=1)
    assert (log.status, log.samples[0].scores["conduct"].answer) == ("success", "benign")


def test_an_empty_reply_before_done_is_no_restraint(tmp_path):
    def reply(request):
        asked = sum(role == "assistant" for role, _ in request.messages)
        return Scripted("") if not asked else Scripted("", tool_calls=(("done", {}),))

    log, _ = run(reply, "openai", tmp_path, surfaces=1, protocol="tools")
    score = log.samples[0].scores["conduct"]
    assert math.isnan(score.value["harmful"]), score.answer
