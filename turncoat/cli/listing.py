"""`turncoat scenario list`: what there is, and what can be varied."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import click

from turncoat._util.errors import TurncoatError
from turncoat.cli._common import echo, echo_json, in_bounds
from turncoat.cli._tables import fill, print_table
from turncoat.scenario.designs import conditions_for, design_conditions, label_of
from turncoat.scenario.factors import Factor
from turncoat.scenario.folder import find_scenario, list_scenarios
from turncoat.scenario.scenario import Scenario

MARKDOWN_HEAD = """\
# What can be varied

Made from the scenario files by `turncoat scenario list --markdown`; do not edit it.

`-T threat=none` sets a factor of an eval, `-T threat=replacement,none` runs several of its levels,
and `-T design=cells` takes the conditions of a design. `turncoat scenario list NAME` says the same
of one scenario, also of your own. A factor that has no meaning under a condition is `n/a` there."""


class DesignRow(NamedTuple):
    """A design and its conditions."""

    name: str
    of: tuple[str, ...]
    """Other designs that it puts together."""
    labels: tuple[str, ...]
    """Its conditions, told by what differs from the defaults."""


class LevelRow(NamedTuple):
    """A level of a factor and what it means."""

    name: str
    meaning: str


@click.command("list")
@click.argument("names", nargs=-1, metavar="[NAME or PATH]...")
@click.option("--markdown", is_flag=True, help="All factors and designs as Markdown.")
@click.option("--fidelity", is_flag=True, help="Published cells beside ours as Markdown.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
@in_bounds("names")
def list_command(names: Sequence[str], markdown: bool, fidelity: bool, as_json: bool) -> None:
    """List the scenarios that come with Turncoat, or all that can be varied in some.

    With a NAME: every factor with its levels and what each of them means, and every design with its
    conditions.
    """
    if sum((markdown, fidelity, as_json)) > 1:
        raise TurncoatError("--markdown, --fidelity and --json are forms of their own: give one")
    found = [find_scenario(name) for name in names or list_scenarios()]
    if markdown:
        echo("\n".join(_markdown(found)))
    elif fidelity:
        from turncoat.reference.fidelity import fidelity_page

        echo(fidelity_page(found), nl=False)
    elif as_json:
        echo_json([(_varied_json if names else _json)(scenario) for scenario in found])
    elif names:
        for scenario in found:
            _print_varied(scenario)
    else:
        _print_list(found)


def _json(scenario: Scenario) -> dict[str, object]:
    designs = scenario.designs
    return {
        "name": scenario.name,
        "version": scenario.version,
        "behaviour": scenario.behaviour,
        "title": scenario.title,
        "factors": len(scenario.factors),
        "conditions": len(conditions_for(scenario, list(designs))),
        "designs": {name: len(design_conditions(scenario, name)) for name in designs},
    }


def _varied_json(scenario: Scenario) -> dict[str, object]:
    return {
        **_json(scenario),
        "factors": [
            {
                "name": factor.name,
                "summary": factor.summary,
                "default": factor.default,
                "levels": {level.name: level.meaning for level in levels_of(factor)},
                "only_when": {name: list(levels) for name, levels in factor.only_when.items()},
            }
            for factor in scenario.factors.values()
        ],
        "designs": [
            {
                "name": name,
                "conditions": [
                    {"label": label_of(scenario.factors, condition), "condition": condition}
                    for condition in design_conditions(scenario, name)
                ],
            }
            for name in scenario.designs
        ],
    }


def levels_of(factor: Factor) -> list[LevelRow]:
    """The levels of a factor, each with its meaning.

    Args:
        factor: The factor; of a count all numbers are one row.
    """
    if factor.count is not None:
        return [LevelRow(f"0 to {factor.count.max}", "a whole number")]
    return [LevelRow(name, meaning) for name, meaning in factor.levels.items()]


def _designs(scenario: Scenario) -> Iterator[DesignRow]:
    for name, design in scenario.designs.items():
        conditions = design_conditions(scenario, name)
        labels = (label_of(scenario.factors, condition) for condition in conditions)
        yield DesignRow(name, design.of, tuple(labels))


def _needs(factor: Factor) -> str:
    return "; ".join(f"{name} is {' or '.join(found)}" for name, found in factor.only_when.items())


def _print_list(scenarios: Sequence[Scenario]) -> None:
    from turncoat.report.columns import Column, counted

    columns: list[Column[Scenario]] = [
        Column("Scenario", lambda found: found.name, "name"),
        Column("Behaviour", lambda found: found.behaviour, "name"),
        Column("Title", lambda found: found.title, "text"),
        counted("Factors", lambda found: len(found.factors)),
        counted("Conditions", lambda found: len(conditions_for(found, list(found.designs)))),
    ]
    print_table(columns, scenarios)
    echo("\nDesigns, and how many conditions each has:")
    for scenario in scenarios:
        designs = (f"{row.name}\N{NO-BREAK SPACE}({len(row.labels)})" for row in _designs(scenario))
        text = fill(", ".join(designs), f"{scenario.name}: ")
        echo(text.replace("\N{NO-BREAK SPACE}", " "))
    echo("\nWhat can be varied in one of them: turncoat scenario list NAME")


def _print_varied(scenario: Scenario) -> None:
    echo(f"\n{scenario.name} {scenario.version}: {scenario.title}", bold=True)
    echo(fill(scenario.summary))
    echo("\nFactors (-T factor=level; * is the default)", bold=True)
    for factor in scenario.factors.values():
        echo()
        echo(fill(factor.summary, f"{factor.name}: "))
        for level in levels_of(factor):
            star = "*" if level.name == factor.default else ""
            echo(fill(f"{level.name}{star}: {level.meaning}", "    "))
        if factor.count is not None:
            echo(f"    {factor.default}*")
        if factor.only_when:
            echo(fill(f"(only where {_needs(factor)})", "    "))
    echo("\nDesigns (-T design=name)", bold=True)
    for row in _designs(scenario):
        parts = f" = {', '.join(row.of)}" if row.of else ""
        echo(fill(f"{row.name} ({len(row.labels)}){parts}"))
        for label in () if row.of else row.labels:
            echo(fill(label.replace(",", ", "), "    "))


def _markdown(scenarios: Sequence[Scenario]) -> Iterator[str]:
    yield MARKDOWN_HEAD
    yield "\n## Factors"
    for factor, users in _factors_of(scenarios).items():
        yield f"\n### {factor}\n"
        for found, names in users:
            where = f" Only where {_needs(found)}." if found.only_when else ""
            yield f"{found.summary}{where} In: {', '.join(names)}.\n"
            yield "| level | means |\n|---|---|"
            for level in levels_of(found):
                is_default = found.count is not None or level.name == found.default
                default = f" (default{'' if found.count is None else ' ' + found.default})"
                yield f"| `{level.name}`{default if is_default else ''} | {level.meaning} |"
    yield "\n## Designs"
    for scenario in scenarios:
        yield f"\n### {scenario.name}\n\n{scenario.title}.\n"
        yield "| design | conditions | what differs from the defaults |\n|---|---:|---|"
        for row in _designs(scenario):
            told = "; ".join(f"`{label}`" for label in row.labels)
            if row.of:
                told = f"those of {', '.join(row.of)}"
            yield f"| `{row.name}` | {len(row.labels)} | {told} |"


def _factors_of(
    scenarios: Sequence[Scenario],
) -> Mapping[str, list[tuple[Factor, list[str]]]]:
    """Every factor once, with the scenarios that have it; more than once where it differs."""
    found: dict[str, list[tuple[Factor, list[str]]]] = {}
    for scenario in scenarios:
        for name, factor in scenario.factors.items():
            for known, names in found.setdefault(name, []):
                if known == factor:
                    names.append(scenario.name)
                    break
            else:
                found[name].append((factor, [scenario.name]))
    return found
