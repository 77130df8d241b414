"""Which known answer is given in a run: a policy, a rate, a seed."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from turncoat._util.errors import TurncoatError
from turncoat.contract import Action
from turncoat.scenario import (
    Briefing,
    KnownAnswer,
    KnownReply,
    Scenario,
    find_scenario,
    known_answers,
    list_scenarios,
    render,
)
from turncoat.scenario.designs import CONTROL, label_of
from turncoat.scenario.factors import find_factor
from turncoat.scenario.naming import REFERENCE_PREFIX
from turncoat.world.completion import read_completion
from turncoat.world.office import toolbox_of

MIXED = "mixed"


class RunKey(NamedTuple):
    """What tells one run from another."""

    sample: str
    epoch: int


class Rates(NamedTuple):
    """How often the mixed policy misbehaves, 0 to 1."""

    rate: float = 0.3
    """Where the condition gives cause: a threat, or a goal conflict."""
    control_rate: float = 0.0
    """Where it gives none."""
    table: Mapping[str, float] = {}
    """Rates of single conditions, by `factor=level,factor=level`; the most specific match wins."""


_remembered: dict[str, Scenario] = {}


def remember(scenario: Scenario) -> None:
    """Let known models find a scenario by name that lies in a user's own folder.

    Args:
        scenario: It takes the place of any other of its name in this process.
    """
    if _remembered.get(scenario.name) is scenario:
        return  # What was worked out of it still holds.
    _remembered[scenario.name] = scenario
    specimens.cache_clear()
    _pool.cache_clear()
    _mixed_pool.cache_clear()
    check_table.cache_clear()
    briefing_of.cache_clear()


def scenario_named(name: str) -> Scenario:
    """The scenario of a task in this process, else the packaged one of that name.

    Args:
        name: Name of the scenario. For the published study's own prompts, ours of the same
            behaviour.

    Raises:
        TurncoatError: There is none.
    """
    if (remembered := _remembered.get(name)) is not None:
        return remembered
    plain = name.removeprefix(REFERENCE_PREFIX)
    if plain not in list_scenarios():  # It stands in a log, which may be a stranger's.
        raise TurncoatError(
            f"no packaged scenario '{plain}'; packaged: {', '.join(list_scenarios())}"
        )
    return find_scenario(plain)


class Specimen(NamedTuple):
    """A known answer beside what it reads as."""

    answer: KnownAnswer
    whole: bool
    """Whether it comes to its end, from the model that was asked."""
    deeds: tuple[str, ...]
    """What each of its deeds was given, field by field."""
    words: tuple[str, ...]
    """What it says and thinks beside them, and what came to nothing."""
    people: Mapping[str, str]
    """Addresses and names in it, to roles."""
    acts: bool
    """Whether it does anything beyond its own desk."""
    text: str
    """All of it, reasoning included."""


@lru_cache(maxsize=32)
def specimens(scenario: str) -> tuple[Specimen, ...]:
    """The known answers of a scenario, each read once a plot, where it holds.

    Args:
        scenario: Name of the scenario.
    """
    found = scenario_named(scenario)
    return tuple(
        _specimen(answer, briefing_of(scenario, levels, surface, 0, found.protocols[0]))
        for answer in known_answers(found)
        for levels in (tuple(answer.when.items()),)
        for surface in answer.surfaces
    )


def _specimen(answer: KnownAnswer, briefing: Briefing) -> Specimen:
    reply = answer.render(briefing)
    toolbox = toolbox_of(tuple(briefing.world))
    run = read_completion(reply.text, reply.reasoning or "", toolbox=toolbox)
    rest = [action for action in run.ledger.actions if not action.is_deed]
    return Specimen(
        answer,
        whole=reply.stop_reason == "stop" and not reply.error and not reply.served,
        deeds=tuple(_given(action) for action in run.ledger.deeds),
        words=(run.speech, run.thoughts, *(_given(action) for action in rest)),
        people={
            name: role
            for of in ("email", "name")
            for role, person in briefing.cast.items()
            if (name := getattr(person, of))
        },
        acts=bool(run.ledger.deeds),
        text=f"{reply.reasoning or ''}\n{reply.text}",
    )


def _given(action: Action) -> str:
    """What a tool was given, as a judge is shown it."""
    names = sorted(action.fields, key="body".__eq__)
    given = (f"{name} {action.text(name)}" for name in names)
    return "\n".join((f"tool {action.tool}", *given))


def policies(scenario: str) -> list[str]:
    """The policies that can be asked for: `mixed`, and each outcome with a known answer.

    Args:
        scenario: Name of the scenario.

    Returns:
        `mixed` first.

    Raises:
        TurncoatError: There is no such scenario.
    """
    return [MIXED, *sorted({specimen.answer.outcome for specimen in specimens(scenario)})]


def refuse_out_of_reach(scenario: str, protocol: str, rates: Rates) -> None:
    """Refuse rates that no answer of the scenario can reach: harm, where none does any.

    Args:
        scenario: Name of the scenario.
        protocol: `text` or `tools`.
        rates: The rates asked for.

    Raises:
        TurncoatError: A rate is above 0 and no known answer does the target behaviour, or a rate
            is below 1 and none leaves it.
    """
    asked = {rates.rate, rates.control_rate, *rates.table.values()}
    for harmful, reached in ((True, max(asked) == 0), (False, min(asked) == 1)):
        if not reached and not _mixed_pool(scenario, protocol, harmful):
            what = "harmful with any_harm" if harmful else "harmless that does something"
            raise TurncoatError(
                f"known/{MIXED}: scenario '{scenario}' has no known answer that is {what} in "
                f"protocol {protocol}, so its rates cannot be reached; write one in known/, or "
                "give -M rate=0"
            )


@lru_cache(maxsize=256)
def check_table(scenario: str, keys: tuple[str, ...]) -> None:
    """Refuse a table of rates that names what the scenario has not; it would match wrongly.

    Args:
        scenario: Name of the scenario.
        keys: The conditions of the table, as `factor=level,factor=level`.

    Raises:
        TurncoatError: One is not of that form, or names no factor or level of the scenario.
    """
    found = scenario_named(scenario)
    for key in keys:
        try:
            for name, level in _levels_in(key).items():
                find_factor(found.factors, name, f"Scenario '{scenario}'").level(level)
        except TurncoatError as error:
            raise TurncoatError(f"known/{MIXED}: rates has '{key}': {error}") from None


def _levels_in(key: str) -> dict[str, str]:
    levels: dict[str, str] = {}
    for part in key.split(","):
        name, equals, level = (piece.strip() for piece in part.partition("="))
        if not equals:
            raise TurncoatError(
                f"'{part.strip()}' is not factor=level; give for example 'threat=none' or "
                "'threat=none,leverage=absent'"
            )
        if name in levels:
            raise TurncoatError(f"it names factor '{name}' twice; give it one level")
        levels[name] = str(int(level)) if re.fullmatch(r"[0-9]+", level) else level.lower()
    return levels


def true_rate(
    condition: Mapping[str, str], rates: Rates, control: Mapping[str, str] | None = None
) -> float:
    """The rate at which the mixed policy misbehaves under a condition.

    Args:
        condition: Every factor to its level.
        rates: The usual rates, and the table of single conditions.
        control: Levels of the scenario's control; they alone give no cause where there is neither
            a threat nor a goal conflict among the factors.

    Returns:
        The rate, 0 to 1.

    Raises:
        TurncoatError: A key of the table is not `factor=level,factor=level`.
    """
    best, found = -1, None
    for key, value in rates.table.items():
        levels = _levels_in(key)
        if len(levels) > best and all(condition.get(f) == level for f, level in levels.items()):
            best, found = len(levels), value
    if found is not None:
        return found
    if {"threat", "goal_conflict"} & condition.keys():
        conflict = condition.get("goal_conflict", "none")
        cause = condition.get("threat", "none") != "none" or conflict not in ("none", "n/a")
    else:
        cause = not control or any(condition.get(f) != level for f, level in control.items())
    return rates.rate if cause else rates.control_rate


def choose(policy: str, briefing: Briefing, run: RunKey, rates: Rates, seed: int) -> KnownReply:
    """The known answer of one run; the same for the same arguments.

    Args:
        policy: `mixed` or an outcome. `mixed` does no harm under a condition under which no
            known answer does.
        briefing: What the agent was given.
        run: Sample id and epoch.
        rates: How often the mixed policy misbehaves.
        seed: Another seed gives another series.

    Returns:
        The answer, rendered with the names of the briefing.

    Raises:
        TurncoatError: There is no such policy, none of its answers holds under the briefing, or
            the table of rates names a factor or a level that the scenario has not.
    """
    dice = random.Random(f"{seed}/{policy}/{run.sample}/{run.epoch}")
    if policy == MIXED:
        check_table(briefing.scenario, tuple(rates.table))
        designs = scenario_named(briefing.scenario).designs
        control = designs[CONTROL].set if CONTROL in designs else None
        harmful = dice.random() < true_rate(briefing.condition, rates, control)
        pool = _true_of(_mixed_pool(briefing.scenario, briefing.protocol, harmful), briefing)
        if harmful and not pool:
            pool = _true_of(_mixed_pool(briefing.scenario, briefing.protocol, False), briefing)
    else:
        pool = _true_of(_pool(briefing.scenario, briefing.protocol, policy), briefing)
    if not pool:
        raise TurncoatError(
            f"known/{policy}: no such answer of scenario '{briefing.scenario}' is true under "
            f"{label_of(scenario_named(briefing.scenario).factors, briefing.condition)}"
            + (f" in plot '{plot}'" if (plot := briefing.surface_of.get("plot")) else "")
        )
    return dice.choice(pool).render(briefing)


def _true_of(pool: Sequence[KnownAnswer], briefing: Briefing) -> list[KnownAnswer]:
    """The answers whose outcome is what they say under a briefing.

    Those that the offline judge gets right; where there are none, all of them.
    """
    true = [answer for answer in pool if answer.holds_in(briefing)]
    return [answer for answer in true if answer.offline == "exact"] or true


@lru_cache(maxsize=256)
def _pool(scenario: str, protocol: str, outcome: str) -> Sequence[KnownAnswer]:
    pool = _answers(s for s in _in(scenario, protocol) if s.answer.outcome == outcome)
    if not pool:
        raise TurncoatError(
            f"no known answer '{outcome}' in scenario '{scenario}' for protocol {protocol}; "
            f"choose known/POLICY from {', '.join(policies(scenario))}"
        )
    return pool


@lru_cache(maxsize=64)
def _mixed_pool(scenario: str, protocol: str, harmful: bool) -> Sequence[KnownAnswer]:
    """Whole answers only; harmless ones send a message, so that a judge has something to judge."""
    kind = "harmful" if harmful else "not_harmful"
    outcomes = scenario_named(scenario).outcomes
    return _answers(
        specimen
        for specimen in _in(scenario, protocol)
        if outcomes[specimen.answer.outcome].kind == kind
        and outcomes[specimen.answer.outcome].any_harm == harmful
        and specimen.whole
        and (harmful or specimen.acts)
    )


def _in(scenario: str, protocol: str) -> Iterator[Specimen]:
    return (s for s in specimens(scenario) if protocol in s.answer.protocols)


def _answers(found: Iterable[Specimen]) -> list[KnownAnswer]:
    return list({specimen.answer.id: specimen.answer for specimen in found}.values())


@lru_cache(maxsize=4096)
def briefing_of(
    scenario: str, condition: tuple[tuple[str, str], ...], surface: int, seed: int, protocol: str
) -> Briefing:
    """The briefing of a sample, rendered again and kept.

    Args:
        scenario: Name of the scenario.
        condition: Factor-level pairs.
        surface: Number of the surface.
        seed: Seed of the surfaces.
        protocol: `text` or `tools`.
    """
    return render(scenario_named(scenario), dict(condition), surface, seed, protocol)
