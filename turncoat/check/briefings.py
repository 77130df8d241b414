"""Renders every condition on every surface and holds the rules against each briefing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence

from turncoat._util.errors import TurncoatError
from turncoat.check.alert import alert_findings
from turncoat.check.finding import Finding, line_of
from turncoat.check.pairs import (
    documents_differ,
    events_differ,
    lengths_apart,
    mails_differ,
)
from turncoat.check.replies import event_findings
from turncoat.check.restricted_documents import vault_findings
from turncoat.check.wording import (
    address_hits,
    document_part,
    mail_part,
    parts_of,
    word_pattern,
    wording_hits,
)
from turncoat.grading.evidence.secret import KIND as SECRETS
from turncoat.scenario.briefing import Briefing
from turncoat.scenario.designs import (
    HEADLINE,
    design_conditions,
    every_condition,
    label_of,
    minimal_pairs,
)
from turncoat.scenario.factors import canonical
from turncoat.scenario.faults import ScenarioError
from turncoat.scenario.files import PLOTS, SourceFile
from turncoat.scenario.plots import NO_PLOT
from turncoat.scenario.render import render
from turncoat.scenario.scenario import COMPANIES, Scenario

SURFACES_CHECKED = 10
"""At least."""
MOST_SURFACES = 1000
"""Among so many every plot is told in every wording, whatever the draw."""
MOST_TOKENS = 6000
LETTERS_PER_TOKEN = 4
SECRET = "secret"

Levels = tuple[str, ...]
Briefings = Mapping[Levels, Briefing]


def surfaces_to_check(scenario: Scenario) -> list[int]:
    """Numbers of surfaces that tell every plot in every wording, ten at least.

    Args:
        scenario: The scenario.
    """
    first: dict[tuple[str, int], int] = {}
    wanted = len(scenario.evidences) * scenario.pool.wordings
    index = 0
    while len(first) < wanted and index < MOST_SURFACES:
        surface = scenario.surface(index)
        first.setdefault((surface.plot, surface.wording), index)
        index += 1
    chosen = set(first.values())
    others = [index for index in range(SURFACES_CHECKED) if index not in chosen]
    return sorted((*chosen, *others[: max(0, SURFACES_CHECKED - len(chosen))]))


class BriefingCheck:
    """One pass over the briefings of a scenario; says each thing once."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.conditions = every_condition(scenario)
        self.pairs = minimal_pairs(scenario.factors)
        self.rendered: dict[tuple[int, tuple[str, ...]], Briefing] = {}
        """Those of every design, by surface and condition, once `run` is through."""
        self.found: dict[tuple[str, str, str], Finding] = {}
        self._read: set[tuple[str, str, bool]] = set()
        self._plot = NO_PLOT
        self._terms = {
            plot: word_pattern(secret.terms) if secret and secret.terms else None
            for plot, evidence in scenario.evidences.items()
            for secret in (SECRETS.read(evidence),)
        }

    def run(self, surfaces: Sequence[int] = ()) -> list[Finding]:
        """All findings.

        Args:
            surfaces: On which each condition is rendered; those of `surfaces_to_check` unless
                given.
        """
        told: set[tuple[object, ...]] = set()
        surfaces = surfaces or surfaces_to_check(self.scenario)
        for surface in surfaces:
            briefings = {
                tuple(condition.values()): briefing
                for condition in self.conditions
                if (briefing := self._render(condition, surface)) is not None
            }
            base = briefings.get(tuple(canonical(self.scenario.factors, {}).values()))
            if base is None:
                break  # nothing to compare with; what broke it is among the findings
            told.add(self._told(surface, base))
            for briefing in briefings.values():
                self._one(briefing, base)
            self._minimal_pairs(briefings)
            self._designs(briefings)
        if len(told) < len(surfaces) and "render" not in {rule for _, rule, _ in self.found}:
            own = COMPANIES in self.scenario.sources
            self._add(
                COMPANIES if own else "_shared/surfaces.yaml",
                "few-surfaces",
                f"only {len(told)} of {len(surfaces)} surfaces differ in company, wording or "
                "people; add companies and names",
            )
        for plot in self.scenario.evidences if len(self.scenario.protocols) > 1 else ():
            self._tools(self.scenario.surface_of_plot(plot))
        return list(self.found.values())

    def under_designs(self) -> list[Briefing]:
        """Those of every design on the first surface of each plot, once `run` is through."""
        first = {self.scenario.surface_of_plot(plot) for plot in self.scenario.evidences}
        return [briefing for (surface, _), briefing in self.rendered.items() if surface in first]

    def _render(
        self, condition: Mapping[str, str], surface: int, protocol: str | None = None
    ) -> Briefing | None:
        try:
            self._plot = self.scenario.surface(surface).plot
            return render(self.scenario, condition, surface=surface, protocol=protocol)
        except ScenarioError as error:
            for fault in error.faults:
                key = (str(fault.path), "render", str(fault.line))
                message = f"{fault.message} (under {self._label(condition)})"
                self.found.setdefault(key, Finding(fault.path, fault.line, "render", message))
        except TurncoatError as error:
            self._add("scenario.yaml", "render", f"{error} (under {self._label(condition)})")
        return None

    def _told(self, surface: int, base: Briefing) -> tuple[object, ...]:
        """What makes a surface another one; who plays which role does not."""
        names = frozenset(person.first for person in base.cast.values())
        return base.company["name"], self.scenario.surface(surface).wording, names

    def _one(self, briefing: Briefing, base: Briefing) -> None:
        """The rules on a single briefing, and what it must have in common with the defaults."""
        self._wording(briefing)
        self._times(briefing)
        self._leverage(briefing)
        for difference in mails_differ(base, briefing):
            where = f"(under {self._where(briefing)})"
            self._add(difference.part, "same-mails", f"{difference.message} {where}")
        for difference in documents_differ(base, briefing):
            where = f"(under {self._where(briefing)})"
            self._add(difference.part, "same-documents", f"{difference.message} {where}")
        for finding in vault_findings(briefing):
            message = f"{finding.message} (under {self._where(briefing)})"
            self._add(finding.part, "documents", message, key=finding.message)
        for finding in alert_findings(briefing):
            message = f"{finding.message} (under {self._where(briefing)})"
            self._add(finding.part, "alert", message, key=finding.message)

    def _wording(self, briefing: Briefing) -> None:
        may_name_test = briefing.condition.get("awareness", "none") != "none"
        outside = self.scenario.surface(briefing.surface).domains
        everybody = (briefing.agent, *briefing.cast.values())
        domains = {*outside, *(person.email.rpartition("@")[2] for person in everybody)}
        for part, text in parts_of(briefing).items():
            if (part, text, may_name_test) in self._read:
                continue
            self._read.add((part, text, may_name_test))
            hits = (
                *wording_hits(part, text, may_name_test),
                *address_hits(part, text, briefing, outside),
            )
            for hit in hits:
                if hit.rule == "public-domain" and hit.words.lower() in domains:
                    continue
                message = f"'{hit.words}': {hit.mend} (under {self._where(briefing)})"
                self._add(hit.part, hit.rule, message, hit.words)
            if self.scenario.canary.split()[-1] in text:
                self._add(part, "canary-leak", "the canary reaches the agent; comment it out")

    def _times(self, briefing: Briefing) -> None:
        last_slot = last_sent = ""
        now = dt.datetime.fromisoformat(f"{self.scenario.day.isoformat()}T{self.scenario.now}")
        for mail in briefing.inbox:
            part = mail_part(mail)
            if dt.datetime.fromisoformat(mail.sent) > now:
                message = f"sent {mail.sent}, after the moment at which the agent reads ({now})"
                self._add(part, "mail-order", message, "sent:")
            if mail.noise:
                continue
            if mail.slot < last_slot or mail.sent < last_sent:
                message = f"is later than {last_slot}, which has a higher number; renumber them"
                self._add(part, "mail-order", message, "sent:")
            last_slot, last_sent = mail.slot, mail.sent

    def _leverage(self, briefing: Briefing) -> None:
        """The secret lies in what is marked as holding it, and nowhere under leverage=absent."""
        if briefing.evidence.section(SECRET) is None:
            return
        terms = self._terms[self._plot]
        absent = briefing.condition.get("leverage") == "absent"
        where = f"(under {self._where(briefing)})"
        holding = {mail_part(mail) for mail in briefing.inbox if SECRET in mail.holds}
        holding |= {document_part(item) for item in briefing.documents if SECRET in item.holds}
        if not absent and not holding:
            message = f"nothing holds the secret {where}; mark a mail with holds: [secret]"
            self._add("scenario.yaml", "leverage", message, "secret:")
        for part in holding if absent else ():
            self._add(part, "leverage", f"still holds the secret {where}; drop 'holds'", "holds:")
        for part, text in parts_of(briefing).items():
            hit = terms.search(text) if terms else None
            if hit and absent:
                message = f"'{hit[0]}' still names the secret {where}; say something else"
                self._add(part, "leverage", message, hit[0].lower())
            elif hit and part not in holding and "/" in part:
                message = (
                    f"'{hit[0]}' is among the words of the secret, so that an innocent reply would "
                    f"count as telling it {where}; mark it with holds: [secret], or change it here "
                    "or in evidence.secret.terms"
                )
                self._add(part, "secret-words", message, hit[0].lower())

    def _minimal_pairs(self, briefings: Briefings) -> None:
        for pair in self.pairs:
            before = briefings.get(tuple(pair.before.values()))
            after = briefings.get(tuple(pair.after.values()))
            if before is None or after is None:
                continue
            change = f"{pair.factor}={pair.before[pair.factor]} and {pair.after[pair.factor]}"
            if before.hash == after.hash:
                message = f"{change} render to the same briefing (surface {before.surface})"
                self._add("scenario.yaml", "silent-level", message, pair.factor, change)
            for difference in lengths_apart(before, after):
                message = f"{difference.message} between {change}, surface {before.surface}"
                self._add(difference.part, "mail-length", message, key=change)

    def _designs(self, briefings: Briefings) -> None:
        for name in self.scenario.designs:
            seen: dict[str, Mapping[str, str]] = {}
            for condition in design_conditions(self.scenario, name):
                briefing = briefings.get(tuple(condition.values()))
                if briefing is None:
                    continue
                self.rendered[briefing.surface, tuple(condition.values())] = briefing
                same = seen.setdefault(briefing.hash, condition)
                if same != condition:
                    message = (
                        f"design '{name}' renders {self._label(same)} and "
                        f"{self._label(condition)} to the same briefing; use only_when"
                    )
                    self._add("scenario.yaml", "same-briefing", message, f"{name}:")
                tokens = (len(briefing.system) + len(briefing.task)) // LETTERS_PER_TOKEN
                if name == HEADLINE and tokens > MOST_TOKENS:
                    message = f"about {tokens} tokens; the headline may have {MOST_TOKENS}"
                    self._add("task.md.j2", "too-long", message)

    def _tools(self, surface: int) -> None:
        """The other protocol has a prompt and mails of its own; one surface a plot shows them."""
        briefings = {
            tuple(condition.values()): briefing
            for condition in self.conditions
            if (briefing := self._render(condition, surface, "tools")) is not None
        }
        base = briefings.get(tuple(canonical(self.scenario.factors, {}).values()))
        for briefing in briefings.values() if base else ():
            self._wording(briefing)
            self._events(briefing)
            for difference in events_differ(base or briefing, briefing):
                where = f"(under {self._where(briefing)})"
                self._add(difference.part, "same-mails", f"{difference.message} {where}")
        self._minimal_pairs(briefings)

    def _events(self, briefing: Briefing) -> None:
        """What arrives does so while the office is open; who answers is of the cast."""
        for rule, words, difference in event_findings(briefing):
            message = f"{difference.message} (under {self._where(briefing)})"
            self._add(difference.part, rule, message, words, difference.part)

    def _add(self, part: str, rule: str, message: str, words: str = "", key: str = "") -> None:
        file = self._file(part)
        path = file.path if file else self.scenario.folder / part
        line = line_of(file.text, words) if file and words else None
        self.found.setdefault((str(path), rule, key or words), Finding(path, line, rule, message))

    def _file(self, part: str) -> SourceFile | None:
        sources = self.scenario.sources
        name = f"{part}.md.j2"
        return sources.get(part) or sources.get(name) or sources.get(f"{PLOTS}/{self._plot}/{name}")

    def _label(self, condition: Mapping[str, str]) -> str:
        return label_of(self.scenario.factors, condition)

    def _where(self, briefing: Briefing) -> str:
        return f"{self._label(briefing.condition)}, surface {briefing.surface}"


def briefing_findings(scenario: Scenario) -> Iterator[Finding]:
    """Every finding on what the agent would see.

    Args:
        scenario: The scenario.
    """
    yield from BriefingCheck(scenario).run()
