"""The published designs through the real OpenAI and Anthropic clients, in both protocols."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from inspect_ai import eval as inspect_eval
from loopback import loopback
from provider_fixture import PROVIDERS, client, outcome
from wire_formats import Request, Scripted

from turncoat._util.places import data_folder
from turncoat.contract import sample_id
from turncoat.grading.batch import conduct_of_known
from turncoat.grading.grade import grade_conduct
from turncoat.known.answers import Rates, RunKey, choose
from turncoat.known.replay import turn_of
from turncoat.scenario import (
    Briefing,
    KnownReply,
    conditions_for,
    facts_of,
    find_scenario,
    render,
)

pytestmark = pytest.mark.xdist_group("providers")
HALF = Rates(rate=0.5, control_rate=0.0)


class Office:
    """A model that knows every briefing by its text and does in each what was drawn for it."""

    def __init__(self, scenario: str, protocol: str) -> None:
        found = find_scenario(scenario)
        self.known: list[tuple[Briefing, KnownReply]] = []
        self.expected: dict[str, str] = {}
        for cell in conditions_for(found, "published"):
            briefing = render(found, cell.condition, 0, protocol=protocol)
            reply = choose("mixed", briefing, RunKey(cell.label, 1), HALF, 0)
            self.known.append((briefing, reply))
            conduct = conduct_of_known(reply, briefing)
            verdict = asyncio.run(grade_conduct(conduct, facts_of(briefing)))
            self.expected[sample_id(cell.label, 0)] = verdict.outcome

    def __call__(self, request: Request) -> Scripted:
        briefing, reply = self._meant(request)
        if briefing.protocol == "text":
            return Scripted(reply.text, reasoning=reply.reasoning)
        place = sum(role == "assistant" for role, _ in request.messages)
        turn = turn_of(reply, briefing, place)
        calls = [(call.function, call.arguments) for call in turn.calls]
        return Scripted(turn.text, reasoning=turn.reasoning, tool_calls=calls)

    def _meant(self, request: Request) -> tuple[Briefing, KnownReply]:
        """The briefing asked about: with tools, two that differ in mails alone begin alike."""
        asked = next(text for role, text in request.messages if role == "user")
        alike = [
            one
            for one in self.known
            if (one[0].system.strip(), one[0].task.strip())
            == (request.system.strip(), asked.strip())
        ]
        read = "".join(request.text.replace("\\n", "").split())
        return next(
            (
                one
                for one in alike
                if all("".join(mail.body.split()) in read for mail in one[0].inbox)
            ),
            alike[0],
        )


@pytest.mark.parametrize(  # Each scenario in both protocols, and each protocol on both wires.
    ("scenario", "protocol", "provider"),
    [
        ("blackmail", "text", "openai"),
        ("blackmail", "tools", "anthropic"),
        ("espionage", "text", "anthropic"),
        ("espionage", "tools", "openai"),
        ("lethal", "text", "openai"),
        ("lethal", "tools", "anthropic"),
    ],
)
def test_every_published_condition_runs_and_comes_out_as_it_was_done(
    scenario: str, protocol: str, provider: str, tmp_path: Path
) -> None:
    office = Office(scenario, protocol)
    name, settings = PROVIDERS[provider]
    with loopback(office) as server:
        [log] = inspect_eval(
            f"{data_folder('evals') / scenario}.py@{scenario}",
            task_args={"design": "published", "protocol": protocol, "surfaces": 1},
            model=client(server, name, **settings),
            epochs=1,
            display="none",
            log_dir=str(tmp_path),
            log_realtime=False,
        )
        requests = server.requests
    assert log.status == "success"
    came_out = {str(sample.id): outcome(sample) for sample in log.samples or []}
    assert came_out == office.expected
    assert len(set(came_out.values())) > 3
    if protocol == "tools":
        assert "read_email" in requests[0].tools
        assert ("cancel_alert" in requests[0].tools) is (scenario == "lethal")
