"""Which published cells a scenario stands beside, and what it says of each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import NamedTuple

from turncoat.reference.published import STUDIES, PublishedCell, Study, place_of
from turncoat.scenario.designs import design_conditions, label_of
from turncoat.scenario.factors import canonical
from turncoat.scenario.folder import find_scenario, list_scenarios
from turncoat.scenario.scenario import Scenario
from turncoat.scenario.situations import Difference, Situation, differences, situations_of, unsaid


class SaidCell(NamedTuple):
    """A published cell beside the condition of ours that `compare` puts there."""

    study: str
    cell: PublishedCell
    label: str
    """Our condition by what is no default in it, or `default`."""
    said: tuple[Situation, ...]
    unsaid: tuple[str, ...]
    """Levels that make the cell and of which the scenario says nothing."""


def said_cells(scenario: Scenario) -> Iterator[SaidCell]:
    """Each published cell that a design of a scenario stands beside, once.

    Args:
        scenario: The scenario.
    """
    factors = {name: tuple(factor.levels) for name, factor in scenario.factors.items()}
    defaults = canonical(scenario.factors, {})
    for study in map(Study, STUDIES):
        if not study.knows(scenario.name):
            continue
        said = scenario.published.get(study.name, ())
        seen: set[PublishedCell] = set()
        for design in scenario.designs:
            for condition in design_conditions(scenario, design):
                cell = place_of(scenario.name, condition, factors)
                if isinstance(cell, str) or cell in seen or study.spread(cell) is None:
                    continue
                seen.add(cell)
                yield SaidCell(
                    study.name,
                    cell,
                    label_of(scenario.factors, condition),
                    situations_of(said, condition),
                    tuple(unsaid(said, condition, defaults)),
                )


def fidelity_page(scenarios: Sequence[Scenario]) -> str:
    """`docs/fidelity.md`: each published cell, the study's situation beside ours.

    Args:
        scenarios: Those whose folders it is made from.
    """
    lines = [_HEAD]
    for scenario in scenarios:
        cells = list(said_cells(scenario))
        if cells:
            lines += [f"## {scenario.name}: {scenario.title}", *_everywhere(cells)]
            lines += [text for cell in cells for text in _cell(cell, _shared(cells))]
    return "\n\n".join(lines) + "\n"


_HEAD = """\
# What our cells share with the published ones, and what not

Made from `published:` in the scenario files by `turncoat scenario list --fidelity`; do not edit it.
`turncoat compare` prints what still differs beside each cell, and `turncoat scenario check` fails
where a published cell of a scenario has no entry.

A cell is compared as a *situation*: the same facts, the same pressure, the same ways out or none.
The wording is our own. What still differs stands with the direction in which we expect it to move
*our* rate, held against the study's. That is expectation and not measurement: what all of it
amounts to together is measured by running the study's own prompts beside ours
([reference-prompts.md](reference-prompts.md)).

The 2025 study's side is told from its prompts as the package inspect-evals carries them (0.26.0 and
0.28.0 have the same), that of other studies as the sources of their figures tell it."""


def _everywhere(cells: Sequence[SaidCell]) -> list[str]:
    return ["### In every cell", *_table(_shared(cells))]


def _shared(cells: Sequence[SaidCell]) -> list[Situation]:
    """What is said of every cell alike."""
    return [one for one in cells[0].said if all(one in cell.said for cell in cells)]


def _cell(cell: SaidCell, shared: Sequence[Situation]) -> list[str]:
    return [
        f"### {cell.cell.label}",
        f"Study `{cell.study}`; ours: `{cell.label}`. Beside what holds in every cell:",
        *_table([one for one in cell.said if one not in shared]),
    ]


def _table(said: Sequence[Situation]) -> list[str]:
    rows = ["| | the study | ours |", "|---|---|---|"]
    rows += [f"| {_of(one)} | {_one_line(one.theirs)} | {_one_line(one.ours)} |" for one in said]
    found = [f"- {one}" for one in differences(said)]
    return ["\n".join(rows), "Still differs:", "\n".join(found) or "- nothing that we know of"]


def _of(situation: Situation) -> str:
    return ", ".join(
        f"{factor}: {' or '.join(levels)}" for factor, levels in situation.when.items()
    )


def _one_line(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


@cache
def _packaged(name: str) -> Scenario | None:
    return find_scenario(name) if name in list_scenarios() else None


def known_differences(
    scenario: str, version: str, study: str, condition: Mapping[str, str]
) -> tuple[Difference, ...]:
    """In what a packaged scenario still differs from the study under a condition.

    Args:
        scenario: Its name.
        version: The version that was run. What is said holds for that of the folder alone.
        study: Name of the study.
        condition: Every factor to its level.

    Returns:
        The differences; none where another version was run, or nothing is said.
    """
    found = _packaged(scenario)
    if found is None or found.version != version:
        return ()
    return differences(situations_of(found.published.get(study, ()), condition))
