"""From runs to all that a report says."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import reduce
from typing import NamedTuple

from turncoat._util.places import package_version
from turncoat.records.comparing import ComparedRow, compare_all
from turncoat.records.decomposition import has_original, with_whole_rows
from turncoat.records.rates import rate_rows
from turncoat.records.rows import RateRow
from turncoat.records.runs import Collection, condition_text
from turncoat.records.strata import StratumRow, stratum_rows
from turncoat.reference.published import Study
from turncoat.report.answer import headline_rows, is_measured, plain_answer
from turncoat.report.caveats import caveats_of, left_out_of, notes_on
from turncoat.report.columns import DOUBTFUL
from turncoat.report.compared_columns import WHOLE_LEGEND
from turncoat.report.content import CaptionedChart, Report, Section, Table
from turncoat.report.drawing import Drawing
from turncoat.report.labels import Labels, natural, one_line
from turncoat.report.provenance import provenance_of, short_of
from turncoat.report.tables import (
    contrasts_table,
    fidelity_tables,
    heat_table,
    outcomes_table,
    rates_table,
    strata_table,
    summary_table,
)
from turncoat.report.transcripts import telling

MANY = 12
"""Of more conditions than this a report begins with a summary."""


class Wanted(NamedTuple):
    """What a report is asked for."""

    study: str = "lynch-2025"
    against: str | None = None
    """Model of the study to compare with."""
    score: str | None = None
    title: str = ""
    """Its heading; empty for one that names the models."""
    charts: bool = True
    """Whether charts are drawn; tables are there in any case."""


def build_report(
    collection: Collection, wanted: Wanted, by_method: Callable[[], Collection] | None = None
) -> Report:
    """All that a report says of some runs.

    Args:
        collection: The runs; there is one at least.
        wanted: What is asked for.
        by_method: Reads the same logs by the score of the published method; asked where runs of
            the study's own prompts are among them.

    Returns:
        The report; charts are in it, no file is written.

    Raises:
        TurncoatError: There is no such study, or it has no such model.
    """
    rates = rate_rows(collection)
    study = Study(wanted.study)
    compared = compare_all(collection, rates, study, against=wanted.against)
    if has_original(compared):
        compared = with_whole_rows(compared, collection, by_method() if by_method else None)
    strata = stratum_rows(collection, "belief")
    notes = notes_on(collection, rates)
    shown = sorted(compared, key=lambda row: _place(row.measured, collection))
    ordered = [row.measured for row in shown]
    labels = Labels(ordered)
    short = short_of({run.log for run in collection.runs})
    names = _names(ordered, labels)

    def told(lines: Iterable[str]) -> tuple[str, ...]:
        """Notes of other commands, with logs and conditions called what they are called here."""
        return tuple(reduce(_renamed, names.items(), short(line)) for line in lines)

    chosen, unread = telling(collection, rates, labels, wanted.score)
    heads = headline_rows(collection, ordered)
    parts = _Parts(ordered, shown, strata, heads, labels, wanted.charts)
    return Report(
        title=wanted.title or _title(rates),
        answer=plain_answer(collection, ordered, labels),
        is_measured=is_measured(rates),
        sections=tuple(parts.sections()),
        caveats=told(caveats_of(collection, rates, compared, strata, study)),
        left_out=told([*left_out_of(notes), *unread]),
        faults=(*(note.message for note in notes if note.is_failure), *unread),
        chosen=chosen,
        provenance=provenance_of(collection, rates, labels),
        version=package_version(),
    )


def _names(rates: Sequence[RateRow], labels: Labels) -> dict[str, str]:
    """Conditions in full to what they are called here, if that is the same in all scenarios."""
    found: dict[str, set[str]] = {}
    for row in rates:
        name = one_line(labels.condition(row))
        found.setdefault(condition_text(row.condition), set()).add(name)
    return {text: names.pop() for text, names in found.items() if len(names) == 1}


def _renamed(text: str, names: tuple[str, str]) -> str:
    long, short = names
    return text.replace(long, short) if long else text


def _place(row: RateRow, collection: Collection) -> tuple[list[tuple[str, int]], str, list[int]]:
    """By what rows are put in order: model, then conditions with the default first."""
    factors = collection.factors.get(row.scenario, {})
    levels = [
        list(factors[name]).index(level) if level in factors[name] else len(factors[name])
        for name, level in row.condition.items()
        if name in factors
    ]
    return natural(row.model), row.scenario, levels


def _title(rates: Sequence[RateRow]) -> str:
    models = list(dict.fromkeys(row.model for row in rates))
    scenarios = ", ".join(dict.fromkeys(row.scenario for row in rates))
    who = models[0] if len(models) == 1 else f"{len(models)} models"
    return f"Turncoat report: {scenarios}, {who}"


class _Parts:
    """The sections of a report, each with charts and with tables of the same numbers."""

    def __init__(
        self,
        rates: Sequence[RateRow],
        compared: Sequence[ComparedRow],
        strata: Sequence[StratumRow],
        heads: Sequence[RateRow],
        labels: Labels,
        charts: bool,
    ) -> None:
        self.rates = rates
        self.compared = compared
        self.strata = strata
        self.heads = heads
        self.labels = labels
        self.charts = charts
        self.drawing = Drawing(rates, labels)

    def sections(self) -> list[Section]:
        """All sections, from top to bottom."""
        return [
            *([self._summary()] if len(self.labels.all_conditions) > MANY else []),
            self._headline(),
            *self._fidelity(),
            self._heat(),
            self._contrasts(),
            self._outcomes(),
            self._awareness(),
        ]

    def _draw(self, draw: Callable[[], tuple[CaptionedChart, ...]]) -> tuple[CaptionedChart, ...]:
        return draw() if self.charts else ()

    def _summary(self) -> Section:
        return Section(
            "summary",
            "Summary",
            "The main condition of each series, and between which rates its other conditions lie. "
            "Conditions of which under 90 % were judged are in no such range.",
            (),
            (summary_table(self.rates, self.heads, self.labels),),
        )

    def _headline(self) -> Section:
        told = {scenario: text for scenario, text in self.labels.below.items() if text}
        below = [f"{name}: {text}" if len(told) > 1 else text for name, text in told.items()]
        below.append(
            "Harmful: of the judged runs. These surfaces: 95 %, Wilson's, for those that were run"
            + (
                "; (sequence): of a confidence sequence, for runs that stopped early"
                if any(row.interval == "sequence" for row in self.rates)
                else ""
            )
            + ". New surfaces: 95 %, with the surfaces as a sample of possible ones; - where there "
            "is one surface only."
        )
        doubts = {row.new_surfaces_doubt for row in self.rates} - {""}
        below += [f"{DOUBTFUL} may be too narrow: {doubt}." for doubt in sorted(doubts)]
        reasons = {row.why for row in self.compared if row.verdict is None and row.why}
        below += [f"Without comparison: {reason}." for reason in sorted(reasons)]
        return Section(
            "rates",
            "How often",
            self._beside(),
            self._draw(lambda: self.drawing.forest(self.compared)),
            (rates_table(self.rates, self.compared, self.labels),),
            tuple(dict.fromkeys(below)),
        )

    def _fidelity(self) -> list[Section]:
        """What the published rates and ours differ in beside the model."""
        tables = fidelity_tables(self.compared, self.labels)
        if not tables:
            return []
        whole = any(row.whole is not None for row in self.compared)
        lead = (
            "A published figure is of the study's situation, a measured one of ours. What still "
            "differs, and which way we expect that to move our rate."
        )
        return [
            Section(
                "fidelity",
                "Beside the study's situation",
                lead,
                (),
                tables,
                (WHOLE_LEGEND,) if whole else (),
            )
        ]

    def _beside(self) -> str:
        beside = {row.study for row in self.compared if row.place is not None}
        if not beside:
            return "Measured rates with their intervals; no published figure stands beside them."
        models = {row.published_model for row in self.compared if row.figure is not None}
        named = ", ".join(sorted(name for name in models if name))
        spread = "the spread of all models of the study"
        bare = any(row.spread and row.published_model is None for row in self.compared)
        what = f"those of {named}" if named else spread
        if named and bare:
            what += f", and for other models {spread}"
        return f"Measured rates with their intervals, beside the figures of {beside.pop()}: {what}."

    def _heat(self) -> Section:
        return Section(
            "conditions",
            "Models and conditions",
            "The same rates at a glance.",
            self._draw(self.drawing.heat_map),
            (heat_table(self.rates, self.labels),),
        )

    def _contrasts(self) -> Section:
        table = contrasts_table(self.rates, self.labels)
        lead = (
            "Each rate minus that of its control, the same mail without the cause, with a 95 % "
            "interval: Newcombe's, or for runs that stopped early what the two intervals allow."
            if table
            else "No condition was run together with its control, so no difference is shown."
        )
        return Section(
            "control",
            "Against the control",
            lead,
            self._draw(self.drawing.control_contrasts),
            (table,) if table else (),
        )

    def _outcomes(self) -> Section:
        return Section(
            "coverage",
            "Coverage and outcomes",
            "Runs without a verdict are in no rate. Unclear: no judge could tell. Invalid: cut "
            "off, garbled, failed or answered by another model. Missing: planned, but in no log. "
            "Stopped: not needed any more.",
            self._draw(self.drawing.outcomes),
            (outcomes_table(self.rates, self.labels),),
        )

    def _awareness(self) -> Section:
        table = strata_table(self.strata, self.labels)
        tables: tuple[Table, ...] = (table,) if table.rows else ()
        figures = self._draw(lambda: self.drawing.strata(self.strata))
        lead = (
            "Rates by what the agent took the situation for, where its words tell. This is an "
            "association, not an effect: agents sort themselves into these groups."
        )
        if not figures and tables:
            lead += " In no condition do the runs lie in more than one group."
        return Section("awareness", "Awareness of evaluation", lead, figures, tables)
