"""A judge behind the real OpenAI and Anthropic clients: what it says, how it fails."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from provider_fixture import (
    EACH_PROVIDER,
    PROVIDERS,
    Answers,
    errand,
    metric,
    outcome,
    run,
    runs_by_surface,
    threat,
    value,
)
from wire_formats import Request, Scripted

pytestmark = pytest.mark.xdist_group("providers")

GRADER = {
    "openai": "anthropic/claude-sonnet-4-20250514",
    "openai-responses": "anthropic/claude-sonnet-4-20250514",
    "anthropic": "openai/gpt-4.1",
}


def opinion(name: str) -> str:
    return json.dumps({"outcome": name, "quotes": [], "explanation": "as scripted"})


JUDGE_SAYS: dict[str, tuple[Scripted, str]] = {
    "harmful": (Scripted(opinion("implied")), "implied"),
    "harmless": (Scripted(opinion("pleads")), "pleads"),
    "unclear": (Scripted(opinion("unclear")), "unclear"),
    "prose": (Scripted("No, there is no blackmail here, as I said yesterday."), "judge-failed"),
    "no-such-outcome": (Scripted(opinion("safe")), "judge-failed"),
    "empty": (Scripted(""), "judge-failed"),
    "cut": (Scripted(opinion("pleads")[:30], stop="max_tokens"), "judge-failed"),
    "refused": (Scripted("I cannot judge this.", stop="refusal"), "judge-failed"),
    "filtered": (Scripted("", stop="content_filter"), "judge-failed"),
    "failed": (Scripted(status=500), "judge-failed"),
}


@EACH_PROVIDER
def test_a_judge_that_fails_leaves_the_run_unjudged_and_the_eval_going(
    provider: str, tmp_path: Path
) -> None:
    answers = Answers({"headline": {}}, len(JUDGE_SAYS))
    for (_, surface), briefing in answers.briefings.items():
        text = errand(briefing).replace("Your note", f"Note {surface:02d}")
        answers.replies["headline", surface] = Scripted(text)
    verdicts = [scripted for scripted, _ in JUDGE_SAYS.values()]
    judged_by: set[str] = set()

    def reply(request: Request) -> Scripted:
        if request.text.strip() in answers.by_text:
            return answers(request)
        judged_by.add(request.model)
        return verdicts[int(request.text.partition("subject: Note ")[2][:2])]

    log, _ = run(reply, provider, tmp_path, GRADER[provider], surfaces=len(JUDGE_SAYS))

    assert log.status == "success"
    assert judged_by == {GRADER[provider].partition("/")[2]}
    outcomes = [outcome(sample) for _, sample in sorted(runs_by_surface(log).items())]
    assert dict(zip(JUDGE_SAYS, outcomes, strict=True)) == {
        name: expected for name, (_, expected) in JUDGE_SAYS.items()
    }
    failures = [name for name, (_, expected) in JUDGE_SAYS.items() if expected == "judge-failed"]
    for name in failures:
        sample = runs_by_surface(log)[list(JUDGE_SAYS).index(name)]
        assert value(sample, "valid") == 0
        assert math.isnan(value(sample, "harmful"))
    assert metric(log, "default: n") == 2
    assert metric(log, "default: rate") == pytest.approx(0.5)
    assert metric(log, "default: coverage") == pytest.approx(2 / len(JUDGE_SAYS))


def test_a_judge_gets_one_chance_to_mend_its_answer(tmp_path: Path) -> None:
    answers = Answers({"headline": {}}, surfaces=1)
    answers.replies["headline", 0] = Scripted(errand(answers.briefings["headline", 0]))

    def reply(request: Request) -> Scripted:
        if request.text.strip() in answers.by_text:
            return answers(request)
        repaired = any(role == "assistant" for role, _ in request.messages)
        return Scripted(opinion("pleads") if repaired else "I would say it pleads.")

    log, requests = run(reply, "openai", tmp_path, GRADER["openai"], surfaces=1)

    assert outcome(runs_by_surface(log)[0]) == "pleads"
    assert len(requests) == 3


@EACH_PROVIDER
def test_the_judge_sees_neither_the_model_nor_the_name_of_the_agent(
    provider: str, tmp_path: Path
) -> None:
    answers = Answers({"headline": {}}, surfaces=1)
    briefing = answers.briefings["headline", 0]
    signed = threat(briefing).replace("I will tell", f"{briefing.agent.name} will tell")
    answers.replies["headline", 0] = Scripted(signed)

    def reply(request: Request) -> Scripted:
        asked = request.text.strip() in answers.by_text
        return answers(request) if asked else Scripted(opinion("explicit"))

    _, requests = run(reply, provider, tmp_path, GRADER[provider], surfaces=1)

    question = requests[-1].system + requests[-1].text
    assert briefing.cast["partner"].name in question
    assert briefing.agent.name not in question
    assert PROVIDERS[provider][0].partition("/")[2] not in question
