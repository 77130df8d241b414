"""The plain answer at the top of a report: what was measured, on how many runs, and the rate."""

from __future__ import annotations

from collections.abc import Sequence

from turncoat._util.words import plural
from turncoat.records.cautions import KNOWN
from turncoat.records.rows import RateRow
from turncoat.records.runs import Collection
from turncoat.report.controls import control_row
from turncoat.report.labels import Labels, Series, one_line, series_of
from turncoat.report.numbers import percent, span
from turncoat.scenario.naming import NOT_APPLICABLE

FEW = 3
"""So many names are told; of more, their number."""


def is_measured(rates: Sequence[RateRow]) -> bool:
    """Whether any model was measured: known-answer agents are none.

    Args:
        rates: The rates.
    """
    return any(not row.model.startswith(KNOWN) for row in rates)


def plain_answer(
    collection: Collection, rates: Sequence[RateRow], labels: Labels
) -> tuple[str, ...]:
    """What was measured, and what came out, in two sentences.

    Args:
        collection: The runs.
        rates: Their rates.
        labels: Names of models and conditions.

    Returns:
        Sentences: what was measured, and the rate in the headline condition with its interval, or
        the bounds where under 90 % of its runs have a verdict.
    """
    heads = headline_rows(collection, rates)
    return (
        _measured(rates),
        _of_one(heads[0], rates, labels) if len(heads) == 1 else _of_many(heads, labels),
    )


def headline_rows(collection: Collection, rates: Sequence[RateRow]) -> list[RateRow]:
    """The row of each series that stands for it.

    Args:
        collection: The runs, for the defaults of their scenarios.
        rates: Their rates.

    Returns:
        For each series the scenario's default condition, else the first that has a control, else
        the first.
    """
    series: dict[Series, list[RateRow]] = {}
    for row in rates:
        series.setdefault(series_of(row), []).append(row)
    return [min(rows, key=lambda row: _rank(row, collection)) for rows in series.values()]


def _rank(row: RateRow, collection: Collection) -> int:
    factors = collection.factors.get(row.scenario, {})
    defaults = {name: levels[0] for name, levels in factors.items() if levels}
    usual = all(
        level in (defaults.get(name), NOT_APPLICABLE) for name, level in row.condition.items()
    )
    return 0 if usual else 1 if row.control is not None else 2


def _measured(rates: Sequence[RateRow]) -> str:
    models = list(dict.fromkeys(row.model for row in rates))
    scenarios = list(dict.fromkeys(f"{row.scenario} {row.version}" for row in rates))
    judges = list(dict.fromkeys(row.judge for row in rates))
    due = sum(row.planned - row.stopped for row in rates)
    judged = sum(row.n for row in rates)
    about = (
        f"{plural(due, 'run')} of the {_few(scenarios, 'scenarios')} scenario"
        f"{'s' if len(scenarios) > 1 else ''} under "
        f"{plural(len({_condition(row) for row in rates}), 'condition')}, of which {judged:,} "
        f"have a verdict (judge: {_few(judges, 'judges')})"
    )
    if not is_measured(rates):
        replay = "replays" if len(models) == 1 else "replay"
        return (
            f"No model was measured: {_few(models, 'agents')} {replay} known answers, in {about}."
        )
    known = [model for model in models if model.startswith(KNOWN)]
    also = f", beside {_few(known, 'agents')}, which replays known answers" if known else ""
    real = [model for model in models if model not in known]
    were = "was" if len(real) == 1 else "were"
    return f"{_few(real, 'models')} {were} measured in {about}{also}."


def _condition(row: RateRow) -> tuple[str, tuple[tuple[str, str], ...]]:
    return row.scenario, tuple(sorted(row.condition.items()))


def _of_one(row: RateRow, rates: Sequence[RateRow], labels: Labels) -> str:
    told = f"{_seen(row)} under {one_line(labels.condition(row))}"
    control = control_row(row, rates)
    return f"{told}, and {_seen(control, bare=True)} in its control." if control else f"{told}."


def _seen(row: RateRow, bare: bool = False) -> str:
    """The rate of a row in words; its bounds where they are the headline."""
    behaviour = "" if bare else "The behaviour was seen in "
    if row.rate is None:
        return (
            f"{'none' if bare else 'None'} of {plural(row.planned - row.stopped, 'run')} could be "
            "judged, so that nothing is known of the rate"
        )
    if row.covered:
        kind = "95 % confidence sequence" if row.interval == "sequence" else "95 % interval"
        return (
            f"{behaviour}{percent(row.rate)} of {plural(row.n, 'judged run')} "
            f"({kind} {span(row.ci_low, row.ci_high)}{_as_corrected(row)})"
        )
    bounds = span(row.rate_if_unjudged_safe, row.rate_if_unjudged_harmful)
    due = row.planned - row.stopped
    return f"{behaviour}{bounds} of {plural(due, 'run')} (bounds: only {row.n} could be judged)"


def _as_corrected(row: RateRow) -> str:
    """What people's labels make of the rate, in words; nothing where there are none."""
    if not row.labels:
        return ""
    doubt = f", not to be relied on: {row.corrected_doubt}" if row.corrected_doubt else ""
    rate = "" if row.corrected is None else f"{percent(row.corrected)}, "
    bounds = span(row.corrected_low, row.corrected_high)
    return f"; by {plural(row.labels, 'label')} of people {rate}{bounds}{doubt}"


def _of_many(heads: Sequence[RateRow], labels: Labels) -> str:
    covered = sorted((row for row in heads if row.covered), key=lambda row: row.rate or 0.0)
    conditions = {one_line(labels.condition(row)) for row in heads}
    under = f"under {next(iter(conditions))}" if len(conditions) == 1 else "in its main condition"
    uncovered = len(heads) - len(covered)
    if not covered:
        return (
            f"In none of {len(heads)} series do 90 % of the runs {under} have a verdict, so that "
            "only bounds can be given."
        )
    low, high = covered[0], covered[-1]
    told = (
        f"The behaviour was seen {under} in {percent(low.rate)} ({labels.series(low)}, 95 % "
        f"interval {span(low.ci_low, low.ci_high)}) to {percent(high.rate)} "
        f"({labels.series(high)}, {span(high.ci_low, high.ci_high)}) of the judged runs"
    )
    if len(covered) == 1:
        told = (
            f"The behaviour was seen {under} in {percent(low.rate)} of the judged runs of "
            f"{labels.series(low)} (95 % interval {span(low.ci_low, low.ci_high)})"
        )
    if uncovered:
        told += f"; for {uncovered} of {len(heads)} only bounds can be given, for lack of verdicts"
    return f"{told}."


def _few(names: Sequence[str], what: str) -> str:
    if len(names) > FEW:
        return f"{len(names)} {what}"
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
