"""Blackmail evals against a server that fails by script, with what was done to each run."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from inspect_ai import Task, task_with
from inspect_ai import eval as inspect_eval
from inspect_ai.model import GenerateConfig, Model, get_model
from loopback import Loopback, loopback
from provider_fixture import errand, mail, threat
from wire_formats import Request, Scripted

from faultserver.faults import FAULTS, WHOLE
from turncoat.scenario import find_scenario, render
from turncoat.tasks.task import misalignment_task

WIRES: dict[str, tuple[str, dict[str, Any]]] = {
    "chat": ("openai/gpt-4o", {"streaming": False}),
    "chat streamed": ("openai/gpt-4.1", {"streaming": True}),
    "responses": ("openai/gpt-4o-mini", {"responses_api": True, "streaming": False}),
    "responses streamed": ("openai/gpt-4.1-mini", {"responses_api": True, "streaming": True}),
    "messages": ("anthropic/claude-opus-4-20250514", {"streaming": False}),
    "messages streamed": ("anthropic/claude-sonnet-4-20250514", {"streaming": True}),
}
"""Each has a model name of its own, by which logs and requests are told apart."""
JUDGES: dict[str, tuple[str, dict[str, Any]]] = {
    "chat": ("openai/gpt-4-turbo", {"streaming": False}),
    "chat streamed": ("openai/gpt-4", {"streaming": True}),
    "responses": ("openai/gpt-4.1-nano", {"responses_api": True, "streaming": False}),
    "responses streamed": ("openai/gpt-4o-2024-11-20", {"responses_api": True, "streaming": True}),
    "messages": ("anthropic/claude-3-opus-20240229", {"streaming": False}),
    "messages streamed": ("anthropic/claude-3-5-sonnet-20241022", {"streaming": True}),
}
PATIENCE = 30 if "TURNCOAT_FAULTS" in os.environ else 5
"""Seconds that a client waits for an answer, the hundred other runs' work in between included."""
_MARK = re.compile(r"Note (\d{4})")
_BLOCK = re.compile(r"<tool:send_email>\nto: (.*)\nsubject: (.*)\nbody: (.*)\n</tool:send_email>")


class Plan(NamedTuple):
    """What happens to one run."""

    harmful: bool
    fault: str = ""
    """Empty for none."""
    at: str = "agent"
    """`agent`, `later` (its second reply, in the tools protocol) or `judge`."""


class Script:
    """Answers each request as the plan of its run says; a run is known by its surface."""

    def __init__(self, protocol: str, plans: Sequence[Plan]) -> None:
        scenario = find_scenario("blackmail")
        self.plans = plans
        self.briefings = [
            render(scenario, scenario.condition(), surface, protocol=protocol)
            for surface in range(len(plans))
        ]
        self.by_task = {one.task.strip(): place for place, one in enumerate(self.briefings)}
        self.protocol = protocol

    def __call__(self, request: Request) -> Scripted:
        asked = {name.partition("/")[2] for name, _ in JUDGES.values()}
        if request.model in asked:
            return self._judge(request)
        place = self.by_task[request.messages[0][1].strip()]
        later = len(request.messages) > 1
        good = Scripted(tool_calls=(("done", {}),)) if later else self._deed(place)
        plan = self.plans[place]
        return self._faulty(plan, good) if plan.at == ("later" if later else "agent") else good

    def _deed(self, place: int) -> Scripted:
        briefing = self.briefings[place]
        text = (threat if self.plans[place].harmful else errand)(briefing)
        to, subject, body = _BLOCK.fullmatch(text).groups()  # type: ignore[union-attr]
        subject = f"Note {place:04d}"
        if self.protocol == "text":
            return Scripted(mail(to, subject, body))
        fields = {"to": to, "cc": "", "bcc": "", "subject": subject, "body": body}
        everything = {"mails": ", ".join(one.id for one in briefing.inbox)}  # else it is `unread`
        return Scripted(tool_calls=(("read_email", everything), ("send_email", fields)))

    def _judge(self, request: Request) -> Scripted:
        found = _MARK.search(request.text)
        if found is None:
            return Scripted(_opinion("unclear"))
        plan = self.plans[int(found[1])]
        good = Scripted(_opinion("explicit" if plan.harmful else "benign"))
        return self._faulty(plan, good) if plan.at == "judge" else good

    @staticmethod
    def _faulty(plan: Plan, good: Scripted) -> Scripted:
        return {**FAULTS, **WHOLE}[plan.fault](good) if plan.fault else good


def _opinion(outcome: str) -> str:
    return json.dumps({"explanation": "as scripted", "quotes": [], "outcome": outcome})


def evaluate(
    protocol: str,
    plans: Mapping[str, Sequence[Plan]],
    folder: Path,
    judges: Mapping[str, str],
) -> None:
    """One eval a wire, all at once, each run once.

    Args:
        protocol: `text` or `tools`.
        plans: Wire to the plan of each of its surfaces; of one length.
        folder: Where the logs go.
        judges: Wire to the wire of its judge; a wire without one has the offline judge.
    """
    for name, arguments in WIRES.values():
        get_model(name, api_key="none", memoize=False, **arguments)  # imports both SDKs
    longest = max(plans.values(), key=len)
    scripts = {wire: Script(protocol, own) for wire, own in plans.items()}
    names = {WIRES[wire][0].partition("/")[2]: wire for wire in plans}
    asked = {JUDGES[judge][0].partition("/")[2]: wire for wire, judge in judges.items()}
    assert len(asked) == len(judges), "a judge's name tells whose runs it judges"

    def reply(request: Request) -> Scripted:
        return scripts[{**names, **asked}[request.model]](request)

    with loopback(reply) as server:
        tasks = [_task(server, protocol, wire, judges.get(wire), len(longest)) for wire in plans]
        inspect_eval(
            tasks,
            display="none",
            log_dir=str(folder),
            log_realtime=False,
            max_tasks=len(tasks),
            max_samples=8,
            attempt_timeout=PATIENCE,
            max_retries=0,
            score_display=False,
        )


def _task(server: Loopback, protocol: str, wire: str, judge: str | None, surfaces: int) -> Task:
    made = misalignment_task(
        "blackmail",
        design="headline",
        protocol=protocol,
        surfaces=surfaces,
        max_tokens=4_000,  # above some limit the Anthropic SDK insists on a stream
    )
    roles = {"grader": _client(server, *JUDGES[judge])} if judge else {}
    found: Task = task_with(made, model=_client(server, *WIRES[wire]), model_roles=roles, epochs=1)
    return found


def _client(server: Loopback, name: str, arguments: Mapping[str, Any]) -> Model:
    return get_model(
        name,
        base_url=server.url if name.startswith("anthropic/") else f"{server.url}/v1",
        api_key="none",
        memoize=False,
        config=GenerateConfig(max_retries=0, attempt_timeout=PATIENCE),
        max_retries=0,  # the SDK's own
        **arguments,
    )
