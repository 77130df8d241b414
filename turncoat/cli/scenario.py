"""`turncoat scenario`: what there is, what the agent would be given, and whether it is sound."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from turncoat._util.words import plural
from turncoat.cli._common import (
    EXIT_FINDING,
    TurncoatGroup,
    echo,
    echo_json,
    in_bounds,
    levels_from,
    protocol_option,
)
from turncoat.cli._replies import grader_option
from turncoat.contract import Person
from turncoat.scenario.briefing import Briefing
from turncoat.scenario.faults import shown
from turncoat.scenario.folder import find_scenario, list_scenarios

if TYPE_CHECKING:
    from turncoat.check.finding import Finding

as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")


@click.group(cls=TurncoatGroup)
def scenario() -> None:
    """Make, list, show, compare, check and try scenarios."""


scenario.add_lazy(
    "diff", "turncoat.cli.diff:diff_command", "Show what changes between two conditions."
)
scenario.add_lazy("new", "turncoat.cli.new:new_command", "Make a scenario folder to begin with.")
scenario.add_lazy(
    "list", "turncoat.cli.listing:list_command", "List scenarios, or all that can be varied in one."
)


@scenario.command("show")
@click.argument("name")
@click.option("-f", "--factor", "factors", multiple=True, metavar="FACTOR=LEVEL", help="A level.")
@click.option("--surface", default=0, show_default=True, help="Number of the surface, from 0.")
@click.option("--seed", default=0, show_default=True, help="Seed of the surfaces.")
@protocol_option
@as_json
@in_bounds("name")
def show_command(
    *,
    name: str,
    factors: Sequence[str],
    surface: int,
    seed: int,
    protocol: str | None,
    as_json: bool,
) -> None:
    """Show what the agent is given under a condition and a surface.

    NAME is a packaged scenario or the path of a folder. Factors that are not given with -f take
    their default level.
    """
    from turncoat.scenario.render import render

    briefing = render(find_scenario(name), levels_from(factors), surface, seed, protocol)
    if as_json:
        echo_json(_as_json(briefing))
    else:
        _print_briefing(briefing)


@scenario.command("check")
@click.argument("names", nargs=-1, metavar="[NAME or PATH]...")
@as_json
@in_bounds("names")
def check_command(names: Sequence[str], as_json: bool) -> None:
    """Check scenarios against every rule, over every condition.

    Without a NAME all packaged scenarios are checked. Each finding is printed as
    path:line: rule: message, and the exit status is 1 if there is one.
    """
    from turncoat.check import check_scenario
    from turncoat.scenario.folder import scenario_folder

    findings: list[Finding] = []
    clean: list[str] = []
    for name in names or list_scenarios():
        found = check_scenario(scenario_folder(name))
        findings += found
        if not found:
            clean.append(name)
    if as_json:
        echo_json([_finding(finding) for finding in findings])
    else:
        for finding in findings:
            echo("{path}:{line}: {rule}: {message}".format(**_finding(finding)))
        for name in clean:
            echo(_praise(name))
    if findings:
        raise SystemExit(EXIT_FINDING)


@scenario.command("try")
@click.argument("name", metavar="NAME or PATH")
@grader_option
@as_json
@in_bounds("name")
def try_command(name: str, graders: tuple[str, ...], as_json: bool) -> None:
    """Grade every known answer of a scenario, in each protocol: offline, or with a model.

    The model 'known/judge' tells rules and rubric apart from what a real judge makes of them.

    The exit status is 1 where one does not come out as its label. An answer marked
    'offline: unclear' may also come out as unclear.
    """
    from turncoat.check.rules import grader_note
    from turncoat.cli._tables import print_table
    from turncoat.grading.batch import Trial, judge_named, try_scenario
    from turncoat.report.columns import Column

    found = find_scenario(name)
    trials = try_scenario(found, judge_named(graders))
    if not graders and (note := grader_note(found)):
        echo(f"note: {note}", err=True)
    if as_json:
        echo_json([trial._asdict() for trial in trials])
    else:
        columns: list[Column[Trial]] = [
            Column("Known answer", lambda trial: trial.id, "name"),
            Column("Protocol", lambda trial: trial.protocol, "name"),
            Column("Expected", lambda trial: trial.expected, "name"),
            Column("Outcome", lambda trial: trial.outcome, "name"),
            Column("", lambda trial: "ok" if trial.ok else "wrong", "name"),
        ]
        if any(trial.plot for trial in trials):
            columns.insert(2, Column("Plot", lambda trial: trial.plot, "name"))
        print_table(columns, trials)
        echo(f"{sum(trial.ok for trial in trials)} of {len(trials)} ok")
    if not trials or not all(trial.ok for trial in trials):
        raise SystemExit(EXIT_FINDING)


@scenario.command("judge")
@click.argument("name", metavar="NAME or PATH")
@click.argument("known", required=False, metavar="[KNOWN ANSWER]")
@click.option("-f", "--factor", "factors", multiple=True, metavar="FACTOR=LEVEL", help="A level.")
@click.option(
    "--surface", type=int, help="Number of the surface, from 0; else one on which the answer holds."
)
@click.option("--seed", default=0, show_default=True, help="Seed of the surfaces.")
@protocol_option
@in_bounds("name")
def judge_command(
    name: str,
    known: str | None,
    factors: Sequence[str],
    surface: int | None,
    seed: int,
    protocol: str | None,
) -> None:
    """Print what a judge is asked about a known answer.

    A known answer is named by its file without the ending, or by the beginning of it; without one
    it is the first harmful one.
    """
    from turncoat.grading.batch import question_about

    asked = question_about(
        find_scenario(name), known, levels_from(factors), surface, seed, protocol
    )
    echo(asked)


def _finding(finding: Finding) -> dict[str, Any]:
    return {**finding._asdict(), "path": shown(finding.path), "line": finding.line or 1}


def _praise(name: str) -> str:
    from turncoat.check.briefings import surfaces_to_check
    from turncoat.scenario.designs import every_condition

    found = find_scenario(name)
    conditions, surfaces = len(every_condition(found)), len(surfaces_to_check(found))
    return f"{name}: no findings ({plural(conditions, 'condition')}, {plural(surfaces, 'surface')})"


def _as_json(briefing: Briefing) -> dict[str, object]:
    def person(who: Person) -> dict[str, str]:
        return {"name": who.name, "first": who.first, "last": who.last, "email": who.email}

    return {
        "agent": briefing.agent.name,
        "company": briefing.company["name"],
        "surface_of": {
            **briefing.surface_of,
            "names": {role: who.name for role, who in briefing.cast.items()},
        },
        "deadline": briefing.deadline,
        "cast": {role: person(who) for role, who in briefing.cast.items()},
        "system": briefing.system,
        "task": briefing.task,
        "inbox": [mail.model_dump(mode="json") for mail in briefing.inbox],
        "documents": [document.model_dump(mode="json") for document in briefing.documents],
        "tools": list(briefing.tools),
        "condition": dict(briefing.condition),
        "hash": briefing.hash,
    }


def _print_briefing(briefing: Briefing) -> None:
    from turncoat.cli._tables import console as harmless_console

    console = harmless_console()
    console.rule(f"{briefing.scenario} {briefing.version}, surface {briefing.surface}")
    levels = " ".join(f"{name}={level}" for name, level in briefing.condition.items())
    for name, value in (
        ("Condition", levels),
        ("Agent", f"{briefing.agent.name} <{briefing.agent.email}>"),
        ("Company", f"{briefing.company['name']} ({briefing.company['industry']})"),
        ("Deadline", briefing.deadline),
        ("Tools", f"{', '.join(briefing.tools)} ({briefing.protocol} protocol)"),
        ("Hash", briefing.hash),
    ):
        console.print(f"{name + ':':<11}{value}", soft_wrap=True)
    console.print()
    for role, who in briefing.cast.items():
        title = f", {who.title}" if who.title else ""
        console.print(f"{role:<11}{who.name}{title} <{who.email}>", soft_wrap=True)
    for heading, text in (("System prompt", briefing.system), ("Task", briefing.task)):
        console.print()
        console.rule(heading, align="left")
        console.print(text, soft_wrap=True)
    for document in briefing.documents:
        console.print()
        console.rule(f"Document {document.id}: {document.title}", align="left")
        console.print(document.body, soft_wrap=True)
