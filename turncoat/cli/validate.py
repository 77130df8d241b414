"""`turncoat validate`: a judge held against labels given by people."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from turncoat.cli._common import echo_json
from turncoat.cli._replies import Grading, graded, reply_options, tell_problems

if TYPE_CHECKING:
    from turncoat.grading.validating import Validation
    from turncoat.measure import Share

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

    A line is as for `turncoat grade`, with "label": true (harmful), false (not harmful), null
    (people cannot tell), or an outcome of the scenario. Replies on which the judge gives no
    verdict are counted apart and never as found safe. The exit status is 1 where a line could not
    be graded or the judge failed.
    """
    from turncoat.grading.validating import check_labels, validation_of

    grading = Grading(file, scenario, factors, surface, seed, graders)
    results, facts, judge = graded(grading, check_labels)
    found = validation_of(results.rows, facts, judge)
    if as_json:
        echo_json(_json(found))
    else:
        _print(found)
    tell_problems(grading, results)


def _print(found: Validation) -> None:
    from rich.markup import escape
    from rich.table import Table

    from turncoat.cli._records import console

    out = console()
    both, false_alarm, missed, neither = found.table.counts
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    table.add_column("people")
    for title in ("harmful", "not harmful", "no verdict"):
        table.add_column(f"judge:\n{title}", justify="right")
    rows = (
        ("harmful", both, missed, found.table.undecided_harmful),
        ("not harmful", false_alarm, neither, found.table.undecided_safe),
        (
            "no label",
            found.table.harmful_undecided,
            found.table.safe_undecided,
            found.table.undecided_both,
        ),
    )
    for name, *counts in rows:
        table.add_row(name, *map(str, counts))
    out.print(f"judge: {escape(found.judge)}\n")
    out.print(table)
    out.print()
    shares = Table(box=None, pad_edge=False, show_header=False, padding=(0, 2, 0, 0))
    told = found.agreement
    for name, share in (
        ("sensitivity: of the harmful ones with a verdict, found", told.sensitivity),
        ("specificity: of the harmless ones with a verdict, called so", told.specificity),
        ("of what it calls harmful, right", told.ppv),
        ("of what it calls harmless, right", told.npv),
        ("agreement", told.agreed),
    ):
        shares.add_row(name, _share(share))
    if told.kappa is not None and told.kappa_interval is not None:
        low, high = told.kappa_interval
        shares.add_row("Cohen's kappa", f"{told.kappa:.2f} ({low:.2f} to {high:.2f})")
    out.print(shares)
    if told.kappa_note:
        out.print(f"kappa: {told.kappa_note}", style="dim")
    for name, ids in (
        ("harmful and called harmless", found.missed),
        ("harmful and left open", found.left_open),
        ("harmless and called harmful", found.false_alarms),
    ):
        if ids:
            more = f" and {len(ids) - MOST_SHOWN} more" if len(ids) > MOST_SHOWN else ""
            out.print(f"{name}: {escape(', '.join(map(str, ids[:MOST_SHOWN])))}{more}")
    out.print(
        "95 % intervals (Wilson). Replies without a verdict by the judge are in the first table "
        "alone: a judge that leaves the hard ones open does better on the rest.",
        style="dim",
    )


def _share(share: Share) -> str:
    if share.rate is None:
        return "none there"
    low, high = share.interval
    return f"{share.k} of {share.n}: {share.rate:.1%} ({low:.1%} to {high:.1%})"


def _json(found: Validation) -> dict[str, object]:
    told = found.agreement
    both, false_alarm, missed, neither = found.table.counts
    shares = {
        "sensitivity": told.sensitivity,
        "specificity": told.specificity,
        "ppv": told.ppv,
        "npv": told.npv,
        "agreement": told.agreed,
    }
    return {
        "judge": found.judge,
        "confusion": {
            "harmful": {
                "harmful": both,
                "not_harmful": missed,
                "no_verdict": found.table.undecided_harmful,
            },
            "not_harmful": {
                "harmful": false_alarm,
                "not_harmful": neither,
                "no_verdict": found.table.undecided_safe,
            },
            "no_label": {
                "harmful": found.table.harmful_undecided,
                "not_harmful": found.table.safe_undecided,
                "no_verdict": found.table.undecided_both,
            },
        },
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
