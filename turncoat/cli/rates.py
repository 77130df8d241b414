"""`turncoat rates`: logs to rates with intervals."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from turncoat._util.errors import TurncoatError
from turncoat._util.escaping import inert
from turncoat._util.keys import without_keys
from turncoat.cli._common import echo_json
from turncoat.cli._records import (
    correct_option,
    end_with,
    logs_argument,
    pool_option,
    read_logs,
    store_option,
)
from turncoat.cli._tables import (
    experiment,
    full_condition,
    grouped,
    print_conditions,
    print_heading,
    say,
)

if TYPE_CHECKING:
    from turncoat.records.contrasts import ContrastRow
    from turncoat.records.logs import Note
    from turncoat.records.pairs import PairedRow
    from turncoat.records.rows import RateRow
    from turncoat.records.runs import Collection
    from turncoat.records.strata import By, StratumRow
    from turncoat.report.columns import Column

    Row = RateRow | ContrastRow | PairedRow | StratumRow

NO_RUNS = "No runs to count."


@click.command()
@logs_argument
@click.option(
    "--by",
    help="Factors to tell apart, with commas; all others are pooled. Also plot, style, "
    "executive_gender, wording or company: properties of surfaces.",
)
@click.option("--score", help="Which score to read, where a log was graded more than once.")
@click.option(
    "--against-score",
    "against",
    help="Another score of the same runs: show where the two differ, in place of the rates.",
)
@click.option(
    "--contrasts",
    is_flag=True,
    help="Each condition against its control: difference and ratio, surface by surface.",
)
@click.option(
    "--strata",
    type=click.Choice(["belief", "comprehended"]),
    help="Split each row by what the agent took all this for (real, a test), or by whether it "
    "shows that it grasped it.",
)
@correct_option
@pool_option
@store_option
@click.option("--json", "as_json", is_flag=True, help="A JSON list of rows; notes on stderr.")
@click.option(
    "--csv", type=click.Path(dir_okay=False, path_type=Path), help="Also write a CSV file."
)
def rates(
    logs: tuple[str, ...],
    by: str | None,
    score: str | None,
    against: str | None,
    contrasts: bool,
    strata: By | None,
    labels: Path | None,
    pool: bool,
    store: Path | None,
    as_json: bool,
    csv: Path | None,
) -> None:
    """How often the behaviour was seen, by condition.

    LOG is an Inspect log, a folder (with all folders below it), a glob, or a URI such as s3://...;
    without one it is the folder that INSPECT_LOG_DIR names. Rows are split by model,
    scenario, protocol and judge; runs of one condition in several logs are replicates and count
    together. Where they differ in how they were run (token limit, temperature, prompts, rubric),
    each kind is a row of its own and a line says so; --pool insists on counting them together.
    Logs that failed and runs met twice are named and left out.

    Rates are shares of the judged runs. Where under 90 % have a verdict, the two bounds stand in
    place of the rate: all unjudged runs safe, and all harmful.

    With --against-score the rows show the effect of the grading method: how many runs are harmful
    by both scores, by one alone and by neither, and the difference of the two rates.

    With --contrasts the rows are conditions against their control: the difference of the rates and
    their ratio, each surface held against itself where both were run on the same ones.

    With --strata the rows show the rate within each stratum, and its share of the runs. Agents
    sort themselves into strata: what differs between them is an association, not an effect.

    With --correct the rate stands beside what people's labels of some of the runs make of it: the
    share of each verdict (harmful, not harmful, unclear) times the share of harmful ones among its
    labels, with a 95 % interval; ? marks what is not to be relied on.

    Where a study left models out for harm in the control, a model that it would leave out is
    marked; here nothing is left out.

    The exit status is 1 where a log failed, is corrupt or ungraded, where runs of one condition had
    to be shown apart, unless they differ in the model's arguments alone, or where there is no run
    to count.
    """
    from turncoat.records.cautions import cautions
    from turncoat.records.contrasts import contrast_rows
    from turncoat.records.pairs import pair_cautions, paired_rows
    from turncoat.records.rates import rate_rows, smoke_test_notes
    from turncoat.records.strata import stratum_cautions, stratum_rows
    from turncoat.records.surface_properties import with_properties

    factors = [name.strip() for name in by.split(",") if name.strip()] if by is not None else None
    if against is not None and against == (score or "conduct"):
        raise TurncoatError(f"--against-score {against}: is the very score that is read")
    if labels is not None and (against is not None or contrasts or strata is not None):
        raise TurncoatError("--correct corrects rates: leave out what shows other rows")
    if sum((against is not None, contrasts, strata is not None)) > 1:
        raise TurncoatError("--against-score, --contrasts and --strata show other rows: give one")
    ours = with_properties(read_logs(logs, score, store, pool, labels), factors)
    if strata is not None:
        split = stratum_rows(ours, strata, factors)
        rows = rate_rows(ours, factors)
        notes = [*ours.notes, *cautions(ours, rows, factors, new_surfaces=False)]
        notes += stratum_cautions(split)
        _report(split, notes, ours, partial(_print_strata, split), as_json, csv)
    elif contrasts:
        held = contrast_rows(ours, factors)
        notes = [*ours.notes, *cautions(ours, rate_rows(ours, factors), factors)]
        _report(held, notes, ours, partial(_print_contrasts, held), as_json, csv)
    elif against is None:
        rows = rate_rows(ours, factors)
        notes = [*ours.notes, *cautions(ours, rows, factors), *smoke_test_notes(rows)]
        _report(rows, notes, ours, partial(_print_rates, rows), as_json, csv)
    else:
        theirs = with_properties(read_logs(logs, against, store, pool), factors)
        if not theirs.runs:
            reasons = "; ".join(note.message for note in theirs.notes) or "no log has runs"
            raise TurncoatError(f"--against-score {against}: no log has that score. {reasons}")
        pairs = paired_rows(ours, theirs, factors)
        notes = pair_cautions(ours, theirs, pairs, factors)
        _report(pairs, notes, ours, partial(_print_pairs, pairs), as_json, csv)


def _report(
    rows: Sequence[Row],
    notes: Sequence[Note],
    collection: Collection,
    print_table: Callable[[], None],
    as_json: bool,
    csv: Path | None,
) -> None:
    if csv is not None:
        _write_csv(csv, rows)
    if as_json:
        echo_json([row._asdict() for row in rows])
    else:
        print_table()
    end_with(notes, collection, to_stderr=as_json)


def _write_csv(path: Path, rows: Sequence[Row]) -> None:
    import csv
    import io

    from turncoat.records.rows import RateRow
    from turncoat.records.runs import condition_text
    from turncoat.report.files import write_whole

    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow((rows[0] if rows else RateRow)._fields)
    for row in rows:
        cells = (condition_text(v) if isinstance(v, Mapping) else v for v in row)
        writer.writerow(inert(without_keys(cell)) for cell in cells)
    try:
        write_whole(path, text.getvalue())
    except TurncoatError as error:
        raise TurncoatError(f"--csv {error}") from None


def _print_groups(
    rows: Sequence[Row], columns: Sequence[Column[Any]], legend: str, none: str = NO_RUNS
) -> None:
    """One table for each model, scenario, protocol and judge, and a legend below the last."""
    for same in grouped(rows, experiment):
        print_heading(same[0])
        print_conditions(columns, same, full_condition)
    _say_legend(rows, legend, none)


def _say_legend(rows: Sequence[Row], legend: str, none: str = NO_RUNS) -> None:
    say(legend if rows else none, "dim" if rows else "")


def _print_rates(rows: Sequence[RateRow]) -> None:
    from turncoat.report.columns import RATES, WITHOUT_VERDICT, minus_control

    columns = (*RATES, minus_control(rows), WITHOUT_VERDICT)
    corrected = ""
    if any(row.labels for row in rows):
        corrected = (
            " Corrected: of judged and unclear runs, by what people said of those that they "
            "labelled."
        )
    for same in grouped(rows, experiment):
        print_heading(same[0], "  marked" if any(row.marked for row in same) else "")
        print_conditions(columns, same, full_condition)
    _say_legend(
        rows,
        f"Percent. Harmful: of the judged runs. These surfaces: {_interval(rows)}. New "
        "surfaces: 95 % with surfaces as a sample of possible ones (?: a guide only, see the "
        "note). Minus control: difference of the rates, with a 95 % interval, or all "
        f"differences that the runs without a verdict allow (bounds).{corrected}",
    )


def _interval(rows: Sequence[RateRow]) -> str:
    kinds = {row.interval for row in rows}
    if kinds == {"wilson"}:
        return "Wilson's 95 % interval"
    sequence = "the 95 % interval of a confidence sequence, over all runs that were launched"
    return sequence if kinds == {"sequence"} else f"Wilson's 95 % interval, or {sequence}"


def _print_contrasts(rows: Sequence[ContrastRow]) -> None:
    from turncoat.report.columns import CONTRASTS

    _print_groups(
        rows,
        CONTRASTS,
        "Against the control: how many points more often, and how many times as often, each "
        "with a 95 % interval. Paired: each surface is held against itself, so the answer is "
        "for these surfaces; else all runs of a side stand against all of the other. New "
        "surfaces: the difference with surfaces as a sample of possible ones. Unjudged: all "
        "differences that the runs without a verdict allow.",
        "No condition has a control that was run.",
    )


def _print_strata(rows: Sequence[StratumRow]) -> None:
    from turncoat.report.columns import strata

    _print_groups(
        rows,
        strata(rows[0].strata) if rows else (),
        "Belief: what the agent took all this for. Comprehended: whether it shows that it grasped "
        "it. Percent. Share: of the runs that took place. Harmful: of the judged runs of the "
        "stratum, with Wilson's 95 % interval or, for runs that stopped early, a confidence "
        "sequence's. Unclear and invalid runs are in no rate; "
        "where under 90 % were judged, the two bounds stand in its place. Association, not effect.",
    )


def _print_pairs(rows: Sequence[PairedRow]) -> None:
    from turncoat.report.columns import PAIRS

    for same in grouped(rows, lambda row: (*experiment(row), row.judge_against)):
        print_heading(same[0], f"  theirs: {same[0].judge_against}")
        print_conditions(PAIRS, same, full_condition)
        say(_agreement(same), "")
    _say_legend(
        rows,
        "Runs, and rates in percent of the runs with a verdict by both. Ours: the score that is "
        "read; theirs: the one it is held against. Ours minus theirs: difference of the rates, "
        "with Newcombe's 95 % interval for pairs; p: McNemar's exact test. "
        "Agreement: over all conditions of the table, with 95 % intervals.",
    )


def _agreement(rows: Sequence[PairedRow]) -> str:
    """How far the two agree, over all conditions of the table."""
    from turncoat.records.pairs import agreement_over
    from turncoat.report.numbers import bare_span, percent

    found = agreement_over(rows)
    if found.agreed.rate is None:
        return f"agreement: {found.kappa_note}"
    interval = bare_span(*found.agreed.interval)
    alike = f"the same verdict on {found.agreed.k} of {found.agreed.n} runs"
    kappa = "no kappa"
    if found.kappa is not None and found.kappa_interval is not None:
        bounds = found.kappa_interval
        kappa = f"Cohen's kappa {found.kappa:.2f} ({bounds.low:.2f} to {bounds.high:.2f})"
    note = f"; {found.kappa_note}" if found.kappa_note else ""
    return f"agreement: {alike}, {percent(found.agreed.rate)} ({interval}); {kappa}{note}"
