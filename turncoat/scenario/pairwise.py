"""A small set of conditions in which every pair of levels of two factors occurs."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence

from turncoat.scenario.factors import Factor, canonical
from turncoat.scenario.naming import NOT_APPLICABLE

Pair = tuple[tuple[str, str], tuple[str, str]]
"""Two factors, in the scenario's order, each with a level."""


def probes(factor: Factor) -> list[str]:
    """The levels of a factor that coverage asks for.

    Args:
        factor: The factor.

    Returns:
        All its levels; of a count, the default, 0, 1 and the largest number.
    """
    if factor.count is None:
        return list(factor.levels)
    return list(dict.fromkeys([factor.default, "0", "1", str(factor.count.max)]))


def pairs(condition: Mapping[str, str]) -> set[Pair]:
    """Every pair of levels that a condition covers; `n/a` is no level.

    Args:
        condition: A canonical condition.

    Returns:
        Pairs of (factor, level), in the condition's order of factors.
    """
    settled = [(name, level) for name, level in condition.items() if level != NOT_APPLICABLE]
    return set(itertools.combinations(settled, 2))


def pairwise(
    factors: Mapping[str, Factor], covered_by: Sequence[Mapping[str, str]]
) -> list[dict[str, str]]:
    """Conditions that cover the pairs of levels which the given ones leave out.

    Args:
        factors: The scenario's factors by name, in order.
        covered_by: Canonical conditions that are there already.

    Returns:
        Canonical conditions. With the given ones they cover every pair of `probes` that
        `only_when` lets occur.
    """
    wanted: dict[Pair, None] = {}
    for (one, first), (two, second) in itertools.combinations(factors.items(), 2):
        for pair in itertools.product(probes(first), probes(second)):
            wanted[((one, pair[0]), (two, pair[1]))] = None
    for condition in covered_by:
        for covered in pairs(condition):
            wanted.pop(covered, None)
    added: list[dict[str, str]] = []
    while wanted:
        seed = next(iter(wanted))
        condition = _fill(factors, dict(seed), wanted)
        del wanted[seed]
        covers = pairs(condition)
        if seed in covers:  # else only_when keeps the pair from ever occurring
            added.append(condition)
            for covered in covers:
                wanted.pop(covered, None)
    return added


def _fill(
    factors: Mapping[str, Factor], levels: dict[str, str], wanted: Mapping[Pair, None]
) -> dict[str, str]:
    """A condition with these levels, the other factors set so as to cover most wanted pairs."""
    allowed = needed_by(factors, levels)
    for name, factor in factors.items():
        if name in levels:
            continue
        gains = {
            level: sum(pair in wanted for pair in _pairs_with(factors, levels, name, level))
            for level in probes(factor)
            if level in allowed.get(name, (level,))
        }
        levels[name] = max(gains, key=gains.__getitem__) if gains else factor.default
    return canonical(factors, levels)


def needed_by(factors: Mapping[str, Factor], names: Iterable[str]) -> dict[str, set[str]]:
    """The levels that other factors must keep to if these factors are to have a meaning.

    Args:
        factors: The scenario's factors by name.
        names: The factors in question.

    Returns:
        Other factor to the levels that are left to it, through `only_when` of any depth. No level
        is left where two demands contradict each other.
    """
    allowed: dict[str, set[str]] = {}
    open_names, seen = list(names), set[str]()
    while open_names:
        name = open_names.pop()
        if name in seen or name not in factors:
            continue
        seen.add(name)
        for other, levels in factors[name].only_when.items():
            allowed[other] = allowed.get(other, set(levels)) & set(levels)
            open_names.append(other)
    return allowed


def _pairs_with(
    factors: Mapping[str, Factor], levels: Mapping[str, str], name: str, level: str
) -> Iterable[Pair]:
    order = list(factors)
    for other, other_level in levels.items():
        one, two = (name, level), (other, other_level)
        yield (one, two) if order.index(name) < order.index(other) else (two, one)
