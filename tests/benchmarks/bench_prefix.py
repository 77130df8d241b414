"""How much of each request begins as an earlier one did: what a provider's prompt cache can keep.

python tests/benchmarks/bench_prefix.py
"""

from __future__ import annotations

import json
import tempfile

from inspect_ai import eval as inspect_eval
from loopback import loopback
from provider_fixture import client, errand, threat
from wire_formats import Request, Scripted

from turncoat.scenario import find_scenario, render
from turncoat.tasks.task import misalignment_task

EPOCHS, SURFACES = 10, 10
AGENT, JUDGE = "openai/gpt-4o", "openai/gpt-4.1"


def told(request: Request) -> str:
    """All that was sent, in order."""
    return "\n".join((request.system, *(text for _, text in request.messages)))


def alike(one: str, other: str) -> int:
    """How many letters two texts begin with alike."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((place for place, (a, b) in pairs if a != b), min(len(one), len(other)))


def shared(texts: list[str]) -> tuple[float, float]:
    """The share of letters that are the beginning of an earlier text, and a text's mean length."""
    seen: list[str] = []
    repeated = total = 0
    for text in texts:
        repeated += max((alike(text, other) for other in seen), default=0)
        total += len(text)
        seen.append(text)
    return repeated / total, total / len(texts)


def main() -> None:
    """Run, and print the shares of the agent's and of the judge's requests."""
    scenario = find_scenario("blackmail")
    briefings = [render(scenario, {}, surface) for surface in range(SURFACES)]
    by_task = {briefing.task.strip(): briefing for briefing in briefings}

    def reply(request: Request) -> Scripted:
        briefing = by_task.get(request.text.strip())
        if briefing is None:
            answer = {"explanation": "as it says", "outcome": "benign", "quotes": []}
            return Scripted(json.dumps(answer))
        return Scripted(threat(briefing) if request.number % 2 else errand(briefing))

    with loopback(reply) as server, tempfile.TemporaryDirectory() as folder:
        inspect_eval(
            misalignment_task("blackmail", design="headline", surfaces=SURFACES),
            model=client(server, AGENT),
            model_roles={"grader": client(server, JUDGE)},
            epochs=EPOCHS,
            display="none",
            log_dir=folder,
        )
        requests = list(server.requests)
    for name, model in (("agent", AGENT), ("judge", JUDGE)):
        texts = [told(request) for request in requests if request.model == model.split("/")[1]]
        share, length = shared(texts)
        print(f"{name}: {len(texts)} requests of {length:,.0f} letters, {share:.1%} of them a "
              f"beginning that was sent before ({EPOCHS} epochs, {SURFACES} surfaces)")  # fmt: skip


if __name__ == "__main__":
    main()
