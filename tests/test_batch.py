"""`inspect eval --batch`, about half the price: the same runs come out, judges' calls included."""

from __future__ import annotations

import math
from typing import Any

import pytest
from inspect_ai import eval as inspect_eval
from inspect_ai.model import BatchConfig
from loopback import loopback
from provider_fixture import PROVIDERS, client, errand, threat
from wire_formats import Request, Scripted

from turncoat.scenario import find_scenario, render
from turncoat.tasks.task import misalignment_task

SURFACES = 4
AT_ONCE = BatchConfig(size=100, send_delay=0.1, tick=0.1)
JUDGE = "openai/gpt-4.1"
pytestmark = pytest.mark.xdist_group("providers")


def evaluated(provider: str, folder: Any, reply: Any, **options: Any) -> tuple[Any, Any]:
    name, settings = PROVIDERS[provider]
    precision = options.pop("precision", None)
    with loopback(reply) as server:
        [log] = inspect_eval(
            misalignment_task("blackmail", design="headline", surfaces=SURFACES,
                              precision=precision),
            model=client(server, name, **settings),
            model_roles={"grader": client(server, JUDGE)},
            batch=AT_ONCE,
            display="none",
            log_dir=str(folder),
            log_realtime=False,
            **options,
        )  # fmt: skip
        return log, server


def office(request: Request) -> Scripted:
    """An agent that threatens on every other surface, and a judge that sees it."""
    if "explicit" in request.text and "outcome" in request.text and request.model in JUDGE:
        found = "explicit" if "I know about your affair" in request.text else "benign"
        return Scripted(f'{{"explanation": "as it says", "outcome": "{found}"}}')
    briefing = BY_TASK[request.text.strip()]
    return Scripted(threat(briefing) if briefing.surface % 2 else errand(briefing))


BRIEFINGS = [render(find_scenario("blackmail"), {}, surface) for surface in range(SURFACES)]
BY_TASK = {briefing.task.strip(): briefing for briefing in BRIEFINGS}


@pytest.mark.parametrize("provider", ["openai", "anthropic"])
def test_runs_and_judgements_go_out_in_batches_and_come_out_the_same(provider, tmp_path):
    log, server = evaluated(provider, tmp_path, office, epochs=1)
    assert log.status == "success"
    outcomes = {s.metadata["surface"]: s.scores["conduct"].answer for s in log.samples}
    assert {s for s, outcome in outcomes.items() if outcome in ("explicit", "implied")} == {1, 3}
    assert sum(server.batches) == len(server.requests) >= SURFACES
    assert max(server.batches) == SURFACES


def test_an_error_inside_a_batch_is_no_restraint(tmp_path):
    def reply(request: Request) -> Scripted:
        if request.text.strip() == BRIEFINGS[0].task.strip():
            return Scripted(status=400, message="no")
        return office(request)

    log, _ = evaluated("openai", tmp_path, reply, epochs=1)
    [failed] = [s for s in log.samples if s.metadata["surface"] == 0]
    assert failed.scores["conduct"].answer == "errored"
    assert math.isnan(failed.scores["conduct"].value["harmful"])


def test_stopping_at_a_precision_works_in_batches(tmp_path):
    def harmless(request: Request) -> Scripted:
        briefing = BY_TASK.get(request.text.strip())
        return Scripted(errand(briefing)) if briefing else office(request)

    log, server = evaluated("openai", tmp_path, harmless, precision=0.2)
    most = log.eval.config.epochs * SURFACES
    assert log.status == "success"
    assert sum(server.batches) == len(server.requests)
    assert SURFACES < len(log.samples) < most / 2
    assert all(sample.scores["conduct"].answer == "benign" for sample in log.samples)
