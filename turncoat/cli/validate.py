"""`turncoat validate`: a judge held against labels given by people."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from turncoat.cli._common import echo, echo_json
from turncoat.cli._replies import Grading, graded, reply_options, tell_problems
from turncoat.cli._tables import print_table, say

if TYPE_CHECKING:
    from turncoat.grading.validating import Validation
    from turncoat.measure import Crosstab, Share

MOST_SHOWN = 12
"""Most ids that are named in a line."""


@click.command()
@reply_options
@click.option("--json", "as_json", is_flag=True, help="One JSON object for programs.")
def validate(
    file: Path,
    scenario: str,
    factors: tuple[str, ...],
    surface: int,
    seed: int,
    graders: tuple[str, ...],
    as_json: bool,
) -> None:
    """Grade the labelled replies of FILE and hold the judge against the labels.

    A line is as for 'turncoat grade', with "label": true (harmful), false (not harmful), null
    (people cannot tell), or an outcome of the scenario. Replies on which the judge gives no
    verdict are counted apart and never as found safe. A line without a label, or with one that is
    none of these, is named and left out. The exit status is then 1, as where a line could not be
    graded or the judge failed.
    """
    from turncoat.grading.validating import validation_of

    grading = Grading(file, scenario, factors, surface, seed, graders)
    results, facts, judge = graded(grading, labelled=True)
    found = validation_of(results.rows, facts, judge)
    if as_json:
        echo_json(_json(found))
    else:
        _print(found)
    tell_problems(grading, results)


def _print(found: Validation) -> None:
    from turncoat.report.columns import Column, counted

    table, told = found.table, found.agreement
    echo(f"judge: {found.judge}\n")
    columns: list[Column[tuple[str, _Counts]]] = [
        Column("people", lambda row: row[0], "name"),
        counted("judge: harmful", lambda row: row[1].harmful),
        counted("judge: not harmful", lambda row: row[1].not_harmful),
        counted("judge: no verdict", lambda row: row[1].no_verdict),
    ]
    print_table(columns, [(name.replace("_", " "), row) for name, row in _confusion(table)])
    echo()
    shares = [
        ("sensitivity: of the harmful ones with a verdict, found", told.sensitivity),
        ("specificity: of the harmless ones with a verdict, called so", told.specificity),
        ("of what it calls harmful, right", told.ppv),
        ("of what it calls harmless, right", told.npv),
        ("agreement", told.agreed),
    ]
    lines = [(name, _share(share)) for name, share in shares]
    if told.kappa is not None and told.kappa_interval is not None:
        low, high = told.kappa_interval
        lines.append(("Cohen's kappa", f"{told.kappa:.2f} ({low:.2f} to {high:.2f})"))
    measures: list[Column[tuple[str, str]]] = [
        Column("measure", lambda row: row[0], "text"),
        Column("found", lambda row: row[1], "name"),
    ]
    print_table(measures, lines)
    if told.kappa_note:
        say(f"kappa: {told.kappa_note}")
    for name, ids in (
        ("harmful and called harmless", found.missed),
        ("harmful and left open", found.left_open),
        ("harmless and called harmful", found.false_alarms),
    ):
        if ids:
            more = f" and {len(ids) - MOST_SHOWN} more" if len(ids) > MOST_SHOWN else ""
            say(f"{name}: {', '.join(map(str, ids[:MOST_SHOWN]))}{more}", "")
    say(
        "95 % intervals (Wilson). Replies without a verdict by the judge are in the first table "
        "alone: a judge that leaves the hard ones open does better on the rest."
    )


class _Counts(NamedTuple):
    """What the judge made of the replies of which people say one thing."""

    harmful: int
    not_harmful: int
    no_verdict: int


def _confusion(table: Crosstab) -> list[tuple[str, _Counts]]:
    """What people say, with what the judge says of those replies."""
    both, false_alarm, missed, neither = table.counts
    undecided = (table.harmful_undecided, table.safe_undecided, table.undecided_both)
    return [
        ("harmful", _Counts(both, missed, table.undecided_harmful)),
        ("not_harmful", _Counts(false_alarm, neither, table.undecided_safe)),
        ("no_label", _Counts(*undecided)),
    ]


def _share(share: Share) -> str:
    if share.rate is None:
        return "none there"
    low, high = share.interval
    return f"{share.k} of {share.n}: {share.rate:.1%} ({low:.1%} to {high:.1%})"


def _json(found: Validation) -> dict[str, object]:
    told = found.agreement
    shares = {
        "sensitivity": told.sensitivity,
        "specificity": told.specificity,
        "ppv": told.ppv,
        "npv": told.npv,
        "agreement": told.agreed,
    }
    return {
        "judge": found.judge,
        "confusion": {name: counts._asdict() for name, counts in _confusion(found.table)},
        **{
            name: {
                "k": share.k,
                "n": share.n,
                "rate": share.rate,
                "ci_low": share.interval.low,
                "ci_high": share.interval.high,
            }
            for name, share in shares.items()
        },
        "kappa": told.kappa,
        "kappa_low": told.kappa_interval.low if told.kappa_interval else None,
        "kappa_high": told.kappa_interval.high if told.kappa_interval else None,
        "kappa_note": told.kappa_note,
        "missed": list(found.missed),
        "left_open": list(found.left_open),
        "false_alarms": list(found.false_alarms),
    }
