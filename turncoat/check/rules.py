"""Rules on what decides the outcomes: each can be reached, told apart, and decided by somebody."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase

from turncoat._util.errors import TurncoatError
from turncoat.check.finding import Finding
from turncoat.contract import OutcomeSpec
from turncoat.grading.deciding import rulebook
from turncoat.grading.evidence import KINDS, sections_of
from turncoat.grading.offline.judge import knows_nothing_of
from turncoat.grading.rules import (
    Condition,
    Did,
    Judged,
    Not,
    Rule,
    RuleError,
    State,
    asks_judge,
    is_pattern,
)
from turncoat.parts.mailbox.mail import MAILBOX
from turncoat.scenario.designs import every_condition
from turncoat.scenario.factors import find_factor
from turncoat.scenario.faults import Fault, ScenarioError
from turncoat.scenario.naming import choices
from turncoat.scenario.outcomes import COMMON_OUTCOMES
from turncoat.scenario.render import facts_of, render
from turncoat.scenario.scenario import Scenario
from turncoat.scenario.yamlfile import Key


def refuse_unsound(scenario: Scenario) -> None:
    """Stop before a run whose outcomes cannot be decided as the scenario says.

    Args:
        scenario: The scenario.

    Raises:
        ScenarioError: With file, line, key and mend of each fault.
    """
    found = list(rule_findings(scenario))
    if found:
        raise ScenarioError(*(Fault(each.path, each.line, each.message) for each in found))


def rule_findings(scenario: Scenario) -> Iterator[Finding]:
    """What is wrong with the outcomes' rules and with the evidence that they rest on.

    Args:
        scenario: The scenario.
    """
    path, file = scenario.file.path, scenario.file

    def finding(key: Key, message: str) -> Finding:
        return Finding(path, file.line(key), str(key[0]), message)

    sections = []
    for plot, evidence in scenario.evidences.items():
        own = scenario.plots[plot].evidence if plot else {}
        try:
            sections += [
                (plot if kind.name in own else "", kind, s) for kind, s in sections_of(evidence)
            ]
        except RuleError as error:
            of_plot = ("plots", plot) if error.key and error.key[0] in own else ()
            yield finding((*of_plot, "evidence", *error.key), str(error))
            return
    for plot, kind, section in sections:
        for named in kind.roles(section):
            key = (*(("plots", plot) if plot else ()), "evidence", kind.name, *named.key)
            if named.role not in scenario.cast:
                valid = choices(named.role, scenario.cast, "Roles")
                yield finding(key, f"no role '{named.role}' in the cast. {valid}")
            elif named.outside and not scenario.cast[named.role].outside:
                message = f"role '{named.role}' is inside the company; nothing leaves it there"
                yield finding(key, message)
    try:
        book = rulebook(scenario.outcomes)
    except RuleError as error:
        yield finding(error.key, str(error))
        return
    yield from (finding(*each) for each in _undecided(scenario))
    faults = [each for name, rule in book.items() for each in _one(scenario, name, rule)]
    yield from (finding(*each) for each in faults)
    if not faults:
        yield from (finding(*each) for each in _out_of_reach(scenario, book))
    names = list(dict.fromkeys(kind.name for _, kind, _ in sections))
    yield from (finding(*each) for each in _idle_evidence(names, book))
    yield from (finding(*each) for each in _not_in_rubric(scenario, book))


def grader_note(scenario: Scenario) -> str:
    """What a scenario needs of a grader, for people; empty where none needs to be bound.

    Args:
        scenario: The scenario.
    """
    judged = [name for name, rule in rulebook(scenario.outcomes).items() if asks_judge(rule)]
    unknown = knows_nothing_of(facts_of(render(scenario, {})), judged)
    if not unknown:
        return ""
    return (
        f"the offline judge does not know outcome {', '.join(unknown)} of scenario "
        f"'{scenario.name}': without a grading model (--model-role grader=MODEL) every run that no "
        "rule decides is unclear"
    )


def _own(scenario: Scenario) -> Mapping[str, OutcomeSpec]:
    return {name: spec for name, spec in scenario.outcomes.items() if name not in COMMON_OUTCOMES}


def _undecided(scenario: Scenario) -> Iterator[tuple[Key, str]]:
    for name, spec in _own(scenario).items():
        if spec.decided_by is None:
            yield (
                ("outcomes", name),
                f"nothing says what decides '{name}'; add 'decided_by:' with a rule, or "
                "'{judged: true}' where a judge is to say it",
            )


def _one(scenario: Scenario, name: str, rule: Rule) -> Iterator[tuple[Key, str]]:
    """What a rule names that is not there."""
    key: Key = ("outcomes", name, "decided_by")
    for part in rule.all_parts():
        if isinstance(part, Did):
            yield from ((key, message) for message in _did(scenario, part))
        elif isinstance(part, Condition):
            for factor, levels in part.condition.items():
                try:
                    known = find_factor(scenario.factors, factor)
                    for level in levels:
                        known.level(level)
                except TurncoatError as error:
                    yield key, str(error)
        elif isinstance(part, Not) and asks_judge(part):
            yield key, "a judge's word cannot stand under 'not'; give what it says an outcome"
        elif isinstance(part, State) and part.state.partition(".")[0] not in scenario.world:
            first = part.state.partition(".")[0]
            valid = choices(first, scenario.world, "Parts")
            yield key, f"state '{part.state}': no part '{first}' under world:. {valid}"


def _did(scenario: Scenario, rule: Did) -> Iterator[str]:
    tools = scenario.tools_known
    meant = [name for tool in rule.did for name in tools if _means(tool, name)]
    carried_out = {"done", "refused"} & {*rule.status}
    for tool in rule.did if carried_out else ():  # What came to nothing may have any name.
        if not any(_means(tool, name) for name in tools):
            what = "fits no tool" if is_pattern(tool) else "is no tool"
            yield f"'{tool}' {what} of this office. {choices(tool, tools, 'Tools')}"
    known = dict.fromkeys(
        field for name in meant for field in (*tools[name].fields, *tools[name].facts)
    )
    if MAILBOX in scenario.world:
        known |= dict.fromkeys(_DELIVERED)
    for field in (*rule.where, *rule.unless) if meant else ():
        if field not in known:
            valid = choices(field, known, "Fields and facts")
            yield f"'{', '.join(rule.did)}' has no field or fact '{field}'. {valid}"
    if rule.having_seen is not None and not _held(scenario, rule.having_seen):
        yield (
            f"nothing holds '{rule.having_seen}' under any condition, so it can never have been "
            "seen; add 'holds:' to a mail or a document"
        )


_DELIVERED = (
    *("reaches", "by_list", "outside", "unresolved"),
    *("passed", "documents", "carries", "unidentified"),
)
"""What the office notes of every message."""


def _means(tool: str, name: str) -> bool:
    return fnmatchcase(name, tool) if is_pattern(tool) else name == tool


def _held(scenario: Scenario, kind: str) -> bool:
    word = re.compile(rf"\bholds\s*:[^\n]*\b{re.escape(kind)}\b")
    listed = re.compile(rf"^\s*-\s*{re.escape(kind)}\s*$", re.MULTILINE)
    texts = (source.text for source in scenario.sources.values())
    return any(word.search(text) or listed.search(text) for text in texts)


def _out_of_reach(scenario: Scenario, book: Mapping[str, Rule]) -> Iterator[tuple[Key, str]]:
    """Outcomes that never can be, and outcomes that never are, for a graver one always is."""
    conditions = every_condition(scenario)
    milder = ""
    seen: list[tuple[str, Rule]] = []
    for name, rule in book.items():
        key = ("outcomes", name)
        if scenario.outcomes[name].kind != "harmful":
            milder = milder or name
        elif milder:
            yield key, f"'{name}' is harmful and stands after '{milder}'; the gravest stand first"
        if all(rule.possible(condition) is False for condition in conditions):
            yield key, f"'{name}' cannot be reached: its rule holds under no condition"
        for other, graver in seen:
            if graver == rule and not isinstance(rule, Judged):
                yield (
                    key,
                    f"'{name}' can never be told from '{other}': the same rule decides both, and "
                    f"'{other}' stands first",
                )
        seen.append((name, rule))


def _idle_evidence(kinds: Sequence[str], book: Mapping[str, Rule]) -> Iterator[tuple[Key, str]]:
    words = {part.word for rule in book.values() for part in rule.all_parts()}
    judged = any(asks_judge(rule) for rule in book.values())
    for name in kinds:
        kind = KINDS[name]
        own = {word.word for word in kind.words}
        alone = judged and len(kinds) == 1
        if not (alone or own & words or book.keys() & {*kind.outcomes}):
            message = (
                f"evidence '{name}' decides nothing; give an outcome a rule with "
                f"{' or '.join(sorted(own))}, or add one of {', '.join(kind.outcomes)}"
            )
            yield ("evidence", name), message


def _not_in_rubric(scenario: Scenario, book: Mapping[str, Rule]) -> Iterator[tuple[Key, str]]:
    """Judged outcomes that the rubric does not define: no judge could choose between them."""
    rubric = scenario.sources["rubric.md.j2"].text
    for name, rule in book.items():
        defined = re.search(rf"^\s*[-*]\s*\**{re.escape(name)}\**\s*:", rubric, re.MULTILINE)
        if asks_judge(rule) and not defined:
            message = f"rubric.md.j2 does not define '{name}', which a judge decides; "
            yield ("outcomes", name), f"{message}add a line '- {name}: ...'"
