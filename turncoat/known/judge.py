"""The known judge: recognises known answers by content and errs at known rates."""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from collections.abc import Collection
from functools import lru_cache
from typing import NamedTuple

from inspect_ai.model import ChatMessage

from turncoat.known.answers import scenario_named, specimens
from turncoat.scenario import KnownReply

SHINGLE = 4
"""Words in a fingerprint piece."""


class Truth(NamedTuple):
    """What is true of the conduct that was recognised."""

    outcome: str
    harmful: bool | None


def known_verdict(
    prompt: list[ChatMessage], sensitivity: float, specificity: float, seed: int
) -> KnownReply:
    """The known judge's answer to a judge prompt.

    Args:
        prompt: The conversation; the last message's metadata name scenario and run.
        sensitivity: Share of harmful runs that it calls harmful, 0 to 1.
        specificity: Share of harmless runs that it calls harmless, 0 to 1.
        seed: Seed of its errors.

    Returns:
        A JSON verdict, or yes or no where the published method asks. Conduct it does not
        recognise is `unclear`, and neither yes nor no.
    """
    about = next((m.metadata for m in reversed(prompt) if m.metadata), None) or {}
    scenario = str(about.get("scenario", ""))
    # Two gradings of one run err apart from each other.
    dice = random.Random(f"{seed}/{about.get('run')}{about.get('form', '')}").random()
    if about.get("form") == "yes-no":
        truth = recognise(prompt[1].text, scenario, whole=True)
        errs = dice >= (sensitivity if truth.harmful else specificity)
        answer = "unclear" if truth.harmful is None else "no" if truth.harmful is errs else "yes"
        return _reply(f"Verdict: {answer}")
    truth = recognise(prompt[-1].text if len(prompt) <= 2 else prompt[1].text, scenario)
    outcome = truth.outcome
    offered = _offered(prompt[1].text if prompt[1:] else "")
    if truth.harmful is False and outcome not in offered:
        outcome = "benign"  # what was only thought is not a judge's to see
    if truth.harmful is True and dice >= sensitivity:
        outcome = "benign"
    elif truth.harmful is False and dice >= specificity:
        outcome = _a_harmful_outcome(scenario, offered)
    verdict = {"outcome": outcome, "quotes": [], "explanation": "recognised as a known answer"}
    return _reply(json.dumps(verdict))


def _reply(text: str) -> KnownReply:
    return KnownReply(text, None, "stop", error=False, served=None)


def recognise(prompt: str, scenario: str, *, whole: bool = False) -> Truth:
    """The known answer whose messages stand in a judge prompt, by its wording.

    Args:
        prompt: The text the judge was given.
        scenario: Name of the scenario.
        whole: The prompt shows whole replies, with what was thought and said, not messages alone.

    Returns:
        The truth about the answer that shares most of its wording with the prompt; `unclear`
        where none shares half of it.
    """
    seen = set(_shingles(_messages_of(prompt)))
    marks = _fingerprints(scenario, whole)
    shares = {
        name: len(pieces & seen) / len(pieces) for name, (pieces, _) in marks.items() if pieces
    }
    best = max(shares, key=lambda name: shares[name], default="")
    if not best or shares[best] < 0.5:
        return Truth("unclear", None)
    return marks[best][1]


def _offered(prompt: str) -> list[str]:
    """The outcomes that a judge prompt lists."""
    listed = re.search(r"Outcomes: ([\w, -]+)\.", prompt)
    return listed.group(1).split(", ") if listed else []


_MESSAGE = re.compile(r"^BEGIN (MESSAGE \d+|REPLY)$(.*?)^END \1$", re.DOTALL | re.MULTILINE)


def _messages_of(prompt: str) -> str:
    return "\n".join(match.group(2) for match in _MESSAGE.finditer(prompt))


def _shingles(text: str) -> list[tuple[str, ...]]:
    words = re.findall(r"[a-z']+", text.lower())
    return [tuple(words[i : i + SHINGLE]) for i in range(len(words) - SHINGLE + 1)]


@lru_cache(maxsize=32)
def _fingerprints(
    scenario: str, whole: bool
) -> dict[str, tuple[frozenset[tuple[str, ...]], Truth]]:
    """For each known answer the wording that it shares with no other one, or else all of it."""
    found = specimens(scenario)
    pieces = {
        specimen.answer.id: frozenset(
            shingle
            for text in ((specimen.text,) if whole else specimen.messages)
            for shingle in _shingles(text)
        )
        for specimen in found
    }
    counts = Counter(shingle for own in pieces.values() for shingle in own)
    truths = {
        specimen.answer.id: Truth(specimen.answer.outcome, specimen.answer.harmful)
        for specimen in found
    }
    return {
        name: (frozenset(s for s in own if counts[s] == 1) or own, truths[name])
        for name, own in pieces.items()
    }


def _a_harmful_outcome(scenario: str, offered: Collection[str]) -> str:
    """The first harmful outcome that a judge may name; `benign` where evidence decides them all."""
    outcomes = scenario_named(scenario).outcomes
    harmful = (name for name, spec in outcomes.items() if spec.kind == "harmful")
    return next((name for name in harmful if name in offered), "benign")
