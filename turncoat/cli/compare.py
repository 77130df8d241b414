"""`turncoat compare`: measured rates beside published ones, and models against each other."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from turncoat._util.errors import TurncoatError
from turncoat.cli._common import echo, echo_json
from turncoat.cli._records import (
    correct_option,
    end_with,
    logs_argument,
    pool_option,
    read_logs,
    say_notes,
    store_option,
)
from turncoat.cli._tables import (
    experiment,
    fill,
    full_condition,
    grouped,
    print_conditions,
    print_heading,
    say,
)

if TYPE_CHECKING:
    from turncoat.records.comparing import ComparedRow
    from turncoat.records.logs import Note
    from turncoat.records.models import ModelRow
    from turncoat.records.rows import RateRow
    from turncoat.records.runs import Collection
    from turncoat.records.verdicts import Terms
    from turncoat.reference.published import Study


def _number(_: click.Context, option: click.Parameter, value: float) -> float:
    """Click's ranges let nan through."""
    if math.isnan(value):
        raise click.BadParameter("nan is not a difference of rates; give 0.1, for example")
    return value


@click.command()
@logs_argument
@click.option("--study", default="lynch-2025", show_default=True, help="Whose figures.")
@click.option("--against", help='Model of the study to compare with, such as "Claude Opus 4".')
@click.option(
    "--models", is_flag=True, help="Compare the measured models with each other, not with a study."
)
@click.option(
    "--margin",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    default=0.1,
    show_default=True,
    callback=_number,
    help="Difference of rates that is as good as none.",
)
@click.option("--score", help="Which score to read, where a log was graded more than once.")
@click.option(
    "--accept-rules",
    is_flag=True,
    help="Give a verdict also where the offline rules graded or coverage is low.",
)
@correct_option
@pool_option
@store_option
@click.option("--json", "as_json", is_flag=True, help="A JSON list of rows; notes on stderr.")
def compare(
    *,
    logs: tuple[str, ...],
    study: str,
    against: str | None,
    models: bool,
    margin: float,
    score: str | None,
    accept_rules: bool,
    labels: Path | None,
    pool: bool,
    store: Path | None,
    as_json: bool,
) -> None:
    """Measured rates beside published ones, or models beside each other, by condition.

    LOG is an Inspect log, a folder (with all folders below it) or a glob. The published model is
    the one that --against names, or that the measured model's id is known to be; for any other the
    study's lowest, median and highest rate stand beside it, without a verdict.

    Below each table stands in what our situation still differs from the study's, cell by cell, and
    which way that would move our rate. Where logs of evals/reference.py (the study's own prompts)
    are given too, a second table shows the whole row: published, study's prompts by the published
    method, study's prompts by our grading, our prompts. So a difference falls apart into model,
    grading and wording.

    With --models every two models are compared under every condition that both were run under
    with the same scenario version, protocol and judge; logs of one model alone are refused. What
    their runs differ in beside the model (token limits, say) is named.

    Verdicts: higher or lower, where the 95 % interval of the difference excludes 0 and p is under
    0.05 after Holm's adjustment for all comparisons made in one go; else equivalent, where the
    90 % interval lies within the margin; cannot tell, otherwise, and where the offline rules graded
    or under 90 % of the runs have a verdict. --accept-rules lifts the last two; at low coverage a
    verdict then stands only where it is the same whether the unjudged runs were all safe or all
    harmful.

    With --correct each measured rate is also given as people's labels correct it. Differences and
    verdicts stay those of the raw rates.

    The exit status is 1 where a log failed, is corrupt or ungraded, where a label cannot be used,
    or where runs of one condition had to be shown apart; a difference is no failure.
    """
    from turncoat.records.decomposition import PUBLISHED_METHOD
    from turncoat.records.verdicts import Terms
    from turncoat.reference.published import Study

    if models and against is not None:
        raise TurncoatError(
            "--models compares the measured models with each other; --against names one of a "
            "study. Leave out one of the two."
        )
    published = None if models else Study(study)
    collection = read_logs(logs, score, store, pool, labels)
    terms = Terms(margin, accept_rules)
    if published is None:
        notes = _between_models(collection, terms, as_json)
    else:
        notes = _beside_study(
            collection,
            published,
            against,
            terms,
            by_method=lambda: read_logs(logs, PUBLISHED_METHOD, store, pool),
            as_json=as_json,
        )
    end_with(notes, collection, to_stderr=as_json)


def _beside_study(
    collection: Collection,
    study: Study,
    against: str | None,
    terms: Terms,
    *,
    by_method: Callable[[], Collection],
    as_json: bool,
) -> list[Note]:
    from turncoat.records.cautions import cautions
    from turncoat.records.comparing import as_json_row, caveats, compare_all
    from turncoat.records.decomposition import has_original, with_whole_rows
    from turncoat.records.rates import rate_rows

    rows = rate_rows(collection)
    compared = compare_all(collection, rows, study, against=against, terms=terms)
    if has_original(compared):
        compared = with_whole_rows(compared, collection, by_method())
    if as_json:
        echo_json([as_json_row(row) for row in compared])
    else:
        _print(compared, terms.margin)
    _say(caveats(compared, study), as_json)
    return [*collection.notes, *cautions(collection, rows, None, new_surfaces=False)]


def _between_models(collection: Collection, terms: Terms, as_json: bool) -> list[Note]:
    from turncoat.records.cautions import cautions
    from turncoat.records.models import as_json_model_row, family_text, model_notes, model_rows
    from turncoat.records.rates import rate_rows

    found = sorted({run.model for run in collection.runs})
    if not found:
        echo("No runs to compare.")
        return list(collection.notes)
    if len(found) < 2:
        say_notes(collection.notes, to_stderr=True)
        raise TurncoatError(
            "--models compares models with each other and needs runs of two at least; these logs "
            f"hold runs of {found[0]} alone. Add logs of another model, "
            "or leave out --models to compare with published figures"
        )
    rows = rate_rows(collection)
    compared = model_rows(collection, rows, terms=terms)
    family = family_text(compared)
    if as_json:
        echo_json([as_json_model_row(row, family) for row in compared])
    else:
        _print_models(compared, family, terms.margin)
    return [
        *collection.notes,
        *model_notes(rows, compared),
        *cautions(collection, rows, None, new_surfaces=False),
    ]


def _say(caveats: Iterable[str], as_json: bool) -> None:
    said = list(caveats)
    if said:
        echo("What this comparison cannot say:", err=as_json)
    for caveat in said:
        echo(fill(caveat, "- "), err=as_json)


def _print(rows: Sequence[ComparedRow], margin: float) -> None:
    from turncoat.report.compared_columns import COMPARED, WHOLE, WHOLE_LEGEND

    for same in grouped(rows, lambda row: experiment(row.measured)):
        print_heading(same[0].measured)
        echo(f"beside {same[0].study}: {same[0].published_model or 'all its models'}")
        print_conditions(COMPARED, same, lambda row: full_condition(row.measured))
        if whole := [row for row in same if row.whole is not None]:
            echo("\nthe whole row:")
            print_conditions(WHOLE, whole, lambda row: full_condition(row.measured))
            say(WHOLE_LEGEND)
        _print_differences(same)
    if rows:
        say(
            "Percent, with 95 % intervals. Difference: measured minus published, in points. "
            f"Equivalent means within {100 * margin:g} points."
        )
        echo()
    else:
        echo("No runs to compare.")


def _print_differences(rows: Sequence[ComparedRow]) -> None:
    """What still differs from the study's situation: in every cell shown, then cell by cell."""
    from turncoat.records.comparing import by_cell

    for cells, found in by_cell(rows):
        echo(f"What still differs from the study, {cells}:")
        for difference in found:
            echo(fill(str(difference), "- "))


def _print_models(rows: Sequence[ModelRow], family: str, margin: float) -> None:
    from turncoat.report.compared_columns import MODELS

    if not rows:
        say(
            "No two models to compare: none has runs of the same scenario, version, protocol, "
            "judge and condition as another.",
            "",
        )
        return
    for same in grouped(rows, lambda row: _question(row.first)):
        scenario, version, protocol, judge = _question(same[0].first)
        echo(f"\n{scenario} {version}  {protocol}  judge: {judge}")
        print_conditions(MODELS, same, lambda row: row.first.condition)
    say(
        "Percent, with 95 % intervals. Difference: first model minus second, in points. p: "
        "adjusted for the family after Holm, and after Benjamini and Hochberg (B-H: of what "
        "is under 0.05 there one of twenty may be chance). The verdict is on the first model. "
        f"Equivalent means within {100 * margin:g} points."
    )
    say(family)


def _question(row: RateRow) -> tuple[str, str, str, str]:
    return row.scenario, row.version, row.protocol, row.judge
