"""Contradictions that rules can see: over the briefings of every design, on twenty surfaces.

Only what is certain is said. Whether "she" in a sentence is the wrong person is mostly for a reader
to see; a mail that speaks of one person alone, and calls him "she", is not.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from types import MappingProxyType
from typing import NamedTuple

from turncoat._util.errors import TurncoatError
from turncoat.check.finding import Finding, line_of
from turncoat.check.wording import mail_part, parts_of
from turncoat.contract import Person
from turncoat.scenario.briefing import Briefing
from turncoat.scenario.designs import design_conditions, label_of
from turncoat.scenario.files import PLOTS
from turncoat.scenario.render import render
from turncoat.scenario.scenario import Scenario

SURFACES = 20

_TWELVE = re.compile(r"\b\d{1,2}(?::[0-5]\d)? [AP]M\b")
_STYLES: Mapping[str, re.Pattern[str]] = {
    "24 hours": re.compile(
        r"(?<![\d:.,/-])(?:0\d|1[3-9]|2[0-3]|00):[0-5]\d(?![\d:]| ?[AaPp]\.?[Mm]\b)"
    ),
    "am or pm": re.compile(
        r"\b\d{1,2}(?::[0-5]\d)?(?: ?(?:am|pm)\b| ?[ap]\.m\.|[AP]M\b)(?! the\b)"
    ),
}
"""Ways to write a time of day beside `5:00 PM`, in which two texts of a briefing may not differ.
`8:15` alone is none of them: people write so whatever the clock."""

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = [dt.date(2000, month, 1).strftime("%B") for month in range(1, 13)]
_MONTH = "|".join(rf"{name}|{name[:3]}\.?" for name in _MONTHS)
_DATE = re.compile(
    rf"\b(?P<day>{'|'.join(_DAYS)}|{'|'.join(day[:3] for day in _DAYS)})\.?,? (?:the )?"
    rf"(?:(?P<month>{_MONTH}) (?P<number>\d{{1,2}})|"
    rf"(?P<number2>\d{{1,2}})(?:st|nd|rd|th)? (?:of )?(?P<month2>{_MONTH}))\b"
    r"(?:,? (?P<year>\d{4}))?"
)
_TODAY = re.compile(rf"(?i:\btoday is) (?:a )?(?P<day>{'|'.join(_DAYS)})\b")

_PRONOUNS = {
    "he": re.compile(r"(?i:\b(?:he|him|his|himself)\b)"),
    "she": re.compile(r"(?i:\b(?:she|her|hers|herself)\b)"),
}
_OTHERS = re.compile(
    r"(?i:\b(?:m[aeo]n|wom[ae]n|lady|ladies|girl|boy|guy|gentlem[ae]n|mother|father|mom|dad|wife|"
    r"husband|sister|brother|daughter|son|kids?|child|children|uncle|aunt|niece|nephew|cousin|"
    r"grand\w+|friend|partner|guard|driver|doctor|nurse|plumber|technician|engineer|consultant|"
    r"customer|client|visitor|guest|neighbor|boss|chair\w*|founder\w*|someone|somebody|anybody|"
    r"anyone|nobody|everybody|everyone|whoever|person|colleague|dog|cat|ship|boat)\b)|"
    r"\b(?:Mr|Mrs|Ms|Dr|Prof)\b"
)
"""Other bearers of a pronoun: where one of them is spoken of, nothing can be told."""
_TITLES = {"he": ("Mrs", "Ms", "Miss"), "she": ("Mr",)}
_SENTENCE = re.compile(r"[^.!?\n]+")


class Contradiction(NamedTuple):
    """Two things in a briefing that cannot both be."""

    part: str
    """The file it is in, without its ending."""
    rule: str
    words: str
    """The words at fault."""
    message: str


def contradiction_findings(
    scenario: Scenario,
    rendered: Mapping[tuple[int, tuple[str, ...]], Briefing] = MappingProxyType({}),
) -> Iterator[Finding]:
    """Contradictions in the briefings of every design, each once for its file and its words.

    Args:
        scenario: The scenario.
        rendered: Briefings that are there already, by surface and condition.
    """
    conditions = {
        tuple(condition.values()): condition
        for design in scenario.designs
        for condition in design_conditions(scenario, design)
    }
    seen: set[tuple[str, str, str]] = set()
    for surface in range(SURFACES):
        try:
            briefings = [
                *(
                    rendered.get((surface, levels)) or render(scenario, each, surface=surface)
                    for levels, each in conditions.items()
                ),
                render(
                    scenario,
                    scenario.condition(),
                    surface=surface,
                    protocol=scenario.protocols[-1],
                ),
            ]
        except TurncoatError as error:
            message = f"surface {surface} cannot be rendered: {error}"
            yield Finding(scenario.file.path, None, "render", message)
            return
        deadlines = {briefing.deadline for briefing in briefings}
        read: set[tuple[str, str, str]] = set()
        for briefing in briefings:
            for found in contradictions(scenario, briefing, deadlines, read):
                key = (found.part, found.rule, found.words)
                if key not in seen:
                    seen.add(key)
                    yield _finding(scenario, briefing, found)


def _finding(scenario: Scenario, briefing: Briefing, found: Contradiction) -> Finding:
    name, plot = f"{found.part}.md.j2", briefing.surface_of.get("plot", "")
    sources = scenario.sources
    file = sources.get(found.part) or sources.get(name) or sources.get(f"{PLOTS}/{plot}/{name}")
    where = f"{label_of(scenario.factors, briefing.condition)}, surface {briefing.surface}"
    return Finding(
        file.path if file else scenario.folder / found.part,
        line_of(file.text, found.words) if file else None,
        found.rule,
        f"{found.message} (under {where})",
    )


def contradictions(
    scenario: Scenario,
    briefing: Briefing,
    deadlines: Collection[str],
    read: set[tuple[str, str, str]] | None = None,
) -> Iterator[Contradiction]:
    """What rules can see in one briefing that cannot be.

    Args:
        scenario: The scenario.
        briefing: What the agent is given.
        deadlines: The deadlines of all conditions of this surface.
        read: Parts that were read already, with their text and the deadline; what is read now is
            added. Styles of clock are held against the whole briefing and read anew.
    """
    read = set() if read is None else read
    parts = parts_of(briefing)
    fresh = {}
    for part, text in parts.items():
        if (part, text, briefing.deadline) not in read:
            read.add((part, text, briefing.deadline))
            fresh[part] = text
    yield from _people(scenario, briefing)
    if fresh:
        yield from _clocks(parts)
    for part, text in fresh.items():
        yield from _dates(part, text, scenario.day)
        yield from _deadlines(part, text, briefing.deadline, deadlines)
        yield from _strangers(scenario, briefing, part, text)
    for mail in briefing.inbox:
        if mail_part(mail) in fresh:
            ends = {mail.sender, *mail.to, *mail.cc}
            spoken = [p for p in briefing.cast.values() if p.email not in ends]
            yield from _pronouns(mail_part(mail), mail.body, briefing.cast.values(), spoken)


def _clocks(parts: Mapping[str, str]) -> Iterator[Contradiction]:
    """Times of day that are written in another way than the rest."""
    found = {
        (part, style): hit[0]
        for style, pattern in (("AM or PM", _TWELVE), *_STYLES.items())
        for part, text in parts.items()
        if (hit := pattern.search(text))
    }
    count = Counter(style for _, style in found)
    if len(count) < 2:
        return
    usual = "AM or PM" if "AM or PM" in count else count.most_common(1)[0][0]
    other = next(words for (_, style), words in found.items() if style == usual)
    for (part, style), words in found.items():
        if style != usual:
            message = f"'{words}' stands beside '{other}'; write all times in one way"
            yield Contradiction(part, "clock-style", words, message)


def _dates(part: str, text: str, today: dt.date) -> Iterator[Contradiction]:
    """Days of the week that are not those of their dates."""
    for hit in _DATE.finditer(text):
        month = (hit["month"] or hit["month2"])[:3]
        number = int(hit["number"] or hit["number2"])
        place = next(n for n, name in enumerate(_MONTHS, start=1) if name.startswith(month))
        is_day = _weekday(hit["year"], place, number, today)
        if hit["day"][:3] != is_day[:3]:
            message = f"'{hit[0]}': that is {is_day}"
            yield Contradiction(part, "wrong-day", hit[0], message)
    for hit in _TODAY.finditer(text):
        if hit["day"] != _DAYS[today.weekday()]:
            message = f"'{hit[0]}': {today} is {_DAYS[today.weekday()]}"
            yield Contradiction(part, "wrong-day", hit[0], message)


def _weekday(year: str | None, month: int, day: int, today: dt.date) -> str:
    """The day of the week of a date; without a year of the nearest one."""
    years = [int(year)] if year else [today.year - 1, today.year, today.year + 1]
    dates = []
    for each in years:
        with suppress(ValueError):
            dates.append(dt.date(each, month, day))
    if not dates:
        return "no day at all"
    return _DAYS[min(dates, key=lambda date: abs(date - today)).weekday()]


def _deadlines(
    part: str, text: str, deadline: str, deadlines: Collection[str]
) -> Iterator[Contradiction]:
    """The deadline of another condition, and a part of the day in which this one does not lie."""
    for other in deadlines:
        if other != deadline and re.search(rf"(?<!\d){re.escape(other)}(?!\w)", text):
            message = (
                f"'{other}' is the deadline of other conditions, here it is {deadline}; write "
                "{{ deadline }}, or another time"
            )
            yield Contradiction(part, "other-deadline", other, message)
    hour = re.match(r"(\d{1,2}):\d\d ([AP])M$", deadline)
    if hour is None:
        return
    at = int(hour[1]) % 12 + (12 if hour[2] == "P" else 0)
    wrong = ["this morning"] if at >= 12 else ["this afternoon"]
    wrong += ["tonight", "this evening"] if at < 17 else ["this afternoon"] if at >= 18 else []
    hit = re.search(rf"{re.escape(deadline)},? ({'|'.join(wrong)})", text)
    if hit:
        message = f"'{hit[0]}': {deadline} is not {hit[1].removeprefix('this ')}"
        yield Contradiction(part, "other-deadline", hit[1], message)


def _people(scenario: Scenario, briefing: Briefing) -> Iterator[Contradiction]:
    """One name or address for two people of the cast."""
    drawn = {role: p for role, p in briefing.cast.items() if scenario.cast[role].is_person}
    called = [*(p.first for p in drawn.values()), briefing.agent.first or briefing.agent.name]
    called += [person.email.lower() for person in (*briefing.cast.values(), briefing.agent)]
    for name, count in Counter(called).items():
        if count > 1:
            message = f"'{name}' is {count} people at once; give the pool more names"
            yield Contradiction("scenario.yaml", "one-name", name, message)


def _strangers(
    scenario: Scenario, briefing: Briefing, part: str, text: str
) -> Iterator[Contradiction]:
    """A name out of the pool that stands in a text by itself: elsewhere it is one of the cast's."""
    pool = {name.name for name in scenario.pool.first_names} | {*scenario.pool.last_names}
    people = (*briefing.cast.values(), briefing.agent)
    known = {word for person in people for word in person.name.split()}
    for name in sorted({*re.findall(r"\b[A-Z][\w'-]+", text)} & (pool - known)):
        message = (
            f"'{name}' is a name that surfaces draw, and on another surface one of the cast has "
            "it; name a role, or somebody whose name is not drawn"
        )
        yield Contradiction(part, "one-name", name, message)


def _pronouns(
    part: str, body: str, cast: Collection[Person], spoken: Collection[Person]
) -> Iterator[Contradiction]:
    """Titles and pronouns of the other gender, where only one person can be meant."""
    for person in cast:
        for title in _TITLES.get(person.they, ()) if person.last else ():
            if hit := re.search(
                rf"\b{title}\.? (?:{re.escape(person.first)} )?{person.last}\b", body
            ):
                message = f"'{hit[0]}', but elsewhere {person.they}"
                yield Contradiction(part, "pronoun", title, message)
    named = [p for p in spoken if p.last and re.search(rf"\b{re.escape(p.first)}\b", body)]
    if len(named) != 1 or named[0].they not in _PRONOUNS or _OTHERS.search(body):
        return
    [person] = named
    right = _PRONOUNS[person.they]
    wrong = _PRONOUNS["she" if person.they == "he" else "he"]
    for sentence in _SENTENCE.findall(body):
        is_meant = re.search(rf"\b{re.escape(person.first)}\b", sentence)
        hit = wrong.search(sentence)
        if is_meant and hit and not right.search(sentence):
            message = f"'{hit[0]}' beside {person.first}, who is '{person.they}' elsewhere"
            yield Contradiction(part, "pronoun", hit[0], message)
