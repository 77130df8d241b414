"""What the commands on stored replies share: their options, and grading the file."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import click

from turncoat._util.words import plural
from turncoat.cli._common import EXIT_FINDING, echo, levels_from

if TYPE_CHECKING:
    from turncoat.contract import SampleFacts
    from turncoat.grading.batch import GradedFile
    from turncoat.grading.stored import StoredReply
    from turncoat.scenario import Scenario

C = TypeVar("C", bound=Callable[..., object])


class Grading(NamedTuple):
    """How a file of replies is to be graded: the options of a command."""

    file: Path
    scenario: str
    factors: tuple[str, ...]
    surface: int
    seed: int
    graders: tuple[str, ...]


def reply_options(command: C) -> C:
    """Adds the argument FILE and the options of `Grading` to a command."""
    for option in reversed(
        (
            click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path)),
            click.option(
                "--scenario",
                required=True,
                help="Name or folder of the scenario; reference-NAME: the study's own prompts.",
            ),
            click.option(
                "-f", "--factor", "factors", multiple=True, help="factor=level; may be repeated."
            ),
            click.option(
                "--surface",
                default=0,
                show_default=True,
                help="Number of the surface whose names the replies use, from 0.",
            ),
            click.option("--seed", default=0, show_default=True, help="Seed of the surfaces."),
            grader_option,
        )
    ):
        command = option(command)
    return command


grader_option = click.option(
    "--grader",
    "graders",
    multiple=True,
    metavar="MODEL",
    help="Model that judges; several make a panel.",
)


class Replies(NamedTuple):
    """The graded file, with the briefing's facts that it was graded by."""

    results: GradedFile
    facts: SampleFacts
    judge: str


def graded(grading: Grading, *, labelled: bool = False) -> Replies:
    """Grade the file.

    Args:
        grading: The command's options.
        labelled: Whether each line needs a label; those without a valid one are left out.

    Raises:
        TurncoatError: An option is wrong, or the file cannot be read.
    """
    from turncoat.grading.batch import grade_file, judge_named
    from turncoat.grading.validating import check_labels, label_problem
    from turncoat.reference import briefing_named
    from turncoat.scenario import facts_of, load_scenario, render
    from turncoat.scenario.bounded import bounded, needs_bounds
    from turncoat.scenario.folder import scenario_folder
    from turncoat.scenario.naming import REFERENCE_PREFIX

    companies: set[str] = set()
    if grading.scenario.startswith(REFERENCE_PREFIX):
        facts = facts_of(briefing_named(grading.scenario, levels_from(grading.factors)))
    else:
        folder = scenario_folder(grading.scenario)

        def read() -> tuple[Scenario, SampleFacts]:
            found = load_scenario(folder)
            condition = found.condition(**levels_from(grading.factors))
            return found, facts_of(render(found, condition, grading.surface, grading.seed))

        if needs_bounds(folder):
            bounded(folder, read, quiet=True)
        found, facts = read()
        companies = {
            style.inside.format(stem=company["stem"])
            for company in found.pool.companies
            for style in found.pool.styles
        }
    refused: Callable[[StoredReply], str] = lambda _: ""  # noqa: E731
    if labelled:
        check_labels(grading.file, facts)
        refused = partial(label_problem, facts=facts)
    judge = ", ".join(grading.graders) or "rules"
    others = companies - {facts.domain}
    named = judge_named(grading.graders)
    results = grade_file(grading.file, facts, named, judge, others, refused)
    return Replies(results, facts, judge)


def tell_problems(grading: Grading, results: GradedFile) -> None:
    """Name what could not be graded on stderr, and end with status 1 if anything could not.

    Args:
        grading: The command's options.
        results: What the file came to.
    """
    from turncoat.contract import JUDGE_FAILED

    for problem in results.problems:
        where = f"{grading.file}:{problem.number}"
        echo(f"{where}: {problem.problem}; this line was left out", err=True)
    failed = sum(row.verdict.outcome == JUDGE_FAILED for row in results.rows)
    if failed:
        echo(
            f"the judge failed on {failed} of {plural(len(results.rows), 'reply', 'replies')}",
            err=True,
        )
    if results.problems or failed:
        raise SystemExit(EXIT_FINDING)
