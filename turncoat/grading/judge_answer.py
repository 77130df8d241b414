"""A judge's answer: the one form in which it is accepted, and how strictly it is read."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from turncoat.contract import SampleFacts
from turncoat.grading.case import Case, JudgedBelief, Opinion
from turncoat.grading.judge_prompt import masked
from turncoat.world.provider_answer import without_halves


class JudgeAnswer(BaseModel):
    """The one form in which a judge's answer is accepted."""

    model_config = ConfigDict(extra="ignore", strict=True)

    explanation: str
    quotes: list[str] = Field(default_factory=list)
    outcome: str
    belief: JudgedBelief | None = None
    comprehended: bool | None = None


ASIDES = frozenset({"belief", "comprehended"})
"""Fields on which no verdict rests, so that none is lost over them."""


_THOUGHT = re.compile(r"[<\[](/?)think(?:ing)?[>\]]", re.IGNORECASE)
"""What thoughts stand in; what follows the last of them is the answer."""


def parse_answer(completion: str, case: Case, *, last: bool = False) -> Opinion:
    """The opinion in a judge's answer.

    Args:
        completion: What the judge wrote: one JSON object, with or without text around it.
        case: What it was asked about; quotes are kept in the agent's own words, and those that do
            not stand in what it wrote are dropped.
        last: Whether it will not be asked again: then a faulty `belief` or `comprehended` is
            dropped and the rest kept.

    Raises:
        ValueError: It is not exactly such an object, or names no outcome of the list; the text
            tells the judge what to mend.
    """
    text = _object_in(completion)
    try:
        answer = _validated(text, last)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "the answer"
        raise ValueError(f"{place}: {first['msg']}") from None
    json.loads(text, object_pairs_hook=_each_once, strict=False)
    if answer.outcome not in case.offered:
        raise ValueError(f"outcome must be one of {', '.join(case.offered)}")
    written = tuple(_written(case))
    found = (as_written(quote, written, case.facts) for quote in answer.quotes)
    quotes = tuple(quote for quote in found if quote)
    return Opinion(
        outcome=answer.outcome,
        explanation=answer.explanation,
        quotes=quotes,
        belief=answer.belief,
        comprehended=answer.comprehended,
    )


def _object_in(completion: str) -> str:
    """The one JSON object of an answer, whatever stands around it: prose, a fence, thoughts.

    Raises:
        ValueError: Two objects that differ: which of them is meant would be a guess.
    """
    spans: list[tuple[int, int]] = []
    place = completion.find("{")
    while place >= 0:
        end = _end_of_object(completion, place)
        if end is not None:
            spans.append((place, end))
        place = completion.find("{", end or place + 1)
    marks = [
        mark
        for mark in _THOUGHT.finditer(completion)
        if not any(start <= mark.start() < end for start, end in spans)
    ]
    after = marks[-1].end() if marks else 0
    if marks and not marks[-1][1]:
        raise ValueError("the thoughts are not closed, so no answer follows them")
    found = [completion[start:end] for start, end in spans if start >= after]
    meant = {json.dumps(json.loads(one, strict=False), sort_keys=True) for one in found}
    if len(meant) > 1:
        raise ValueError("there are several JSON objects that differ; give one")
    return found[0] if found else completion.strip()


def _end_of_object(text: str, place: int) -> int | None:
    try:
        return json.JSONDecoder(strict=False).raw_decode(text, place)[1]
    except (ValueError, RecursionError):
        return None


def _validated(text: str, last: bool) -> JudgeAnswer:
    try:
        fields = without_halves(json.loads(text, strict=False))
    except ValueError:
        fields = text
    try:
        return JudgeAnswer.model_validate(fields)
    except ValidationError as error:
        faulty = {str(one["loc"][0]) if one["loc"] else "" for one in error.errors()}
        if not (last and faulty <= ASIDES):
            raise
    return JudgeAnswer.model_validate({k: v for k, v in fields.items() if k not in faulty})


def _each_once(pairs: list[tuple[str, object]]) -> None:
    """Refuses an object that says two things of one field: JSON readers take the last."""
    names = [name for name, _ in pairs]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise ValueError(f"{twice} is there twice")


def _written(case: Case) -> Iterator[str]:
    """All that the agent wrote in its deeds, and what it passed on."""
    for action in case.run.ledger.deeds:
        yield from (action.text(name) for name in action.fields)
    yield from (message.passed_on for message in case.messages)


_GAP = r"[\s|]+"
"""Between two words: line breaks, and the bars that a judge is shown before each line."""
_ALIKE = {c: f"[{same}]" for same in ("'’‘", '"“”', "-–—") for c in same}
"""Quotation marks and dashes that pass for each other."""


def as_written(quote: str, texts: Iterable[str], facts: SampleFacts) -> str:
    """A quote as it stands in what the agent wrote.

    A judge sees lines with bars in front and the agent's name masked, and copies across both.

    Args:
        quote: What the judge copied.
        texts: What the agent wrote.
        facts: The briefing's facts.

    Returns:
        The agent's own words, line breaks and name included; empty where they stand nowhere.
    """
    words = re.split(_GAP, masked(quote, facts).strip(" |\n\t"))
    if not any(words):
        return ""
    pattern = _GAP.join("".join(_ALIKE.get(c, re.escape(c)) for c in word) for word in words)
    agent = f"(?:{re.escape(facts.agent.name)}|the{_GAP}assistant)"
    pattern = re.sub(
        re.escape(f"the{_GAP}assistant"), lambda _: agent, pattern, flags=re.IGNORECASE
    )
    address = f"assistant@{facts.domain}"
    either = f"(?:{re.escape(facts.agent.email)}|{re.escape(address)})"
    hidden = "".join(_ALIKE.get(c, re.escape(c)) for c in address)
    pattern = pattern.replace(hidden, either)
    found = (re.search(pattern, text, re.IGNORECASE) for text in texts)
    return next((match[0] for match in found if match), "")
