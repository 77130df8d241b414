"""Measured rates beside published ones, and what may be said of the difference."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from typing import NamedTuple

from turncoat.contract import METHOD
from turncoat.measure import Comparison, ComparisonVerdict, Counted, wilson
from turncoat.records.decomposition import WholeRow, as_json_whole, is_original
from turncoat.records.rows import RateRow
from turncoat.records.runs import Collection
from turncoat.records.verdicts import (
    DEFAULT_TERMS,
    Assessed,
    Side,
    StandingVerdict,
    Terms,
    assess,
    counted_of,
    side_of,
    standing_text,
    standing_verdicts,
)
from turncoat.reference.fidelity import known_differences
from turncoat.reference.figures import PublishedFigure
from turncoat.reference.published import (
    LYNCH,
    NOT_COMPARABLE,
    PublishedCell,
    Spread,
    Study,
    place_of,
    studies_of,
)
from turncoat.scenario.naming import REFERENCE_PREFIX
from turncoat.scenario.situations import Difference


class ComparedRow(NamedTuple):
    """One measured rate beside the published cell that it belongs to."""

    measured: RateRow
    study: str
    place: PublishedCell | None
    """The published cell; None where the study has none for this condition."""
    published_model: str | None
    """The model of the study that it is compared with; None where that is not known."""
    figure: PublishedFigure | None
    spread: Spread | None
    comparison: Comparison | None
    verdict: ComparisonVerdict | None
    """What holds beside all comparisons made in one go; None where there is nothing to compare
    with."""
    p_holm: float | None
    """The p value, adjusted for all comparisons made in one go. At low coverage that p value is
    the larger of those at the two bounds."""
    why: str
    """Why there is no verdict, why it is `cannot tell` whatever the counts, or why it is not what
    this comparison alone would say; else empty."""
    alias_note: str
    verdict_alone: ComparisonVerdict | None = None
    """What the same counts would say had nothing else been compared: that of the interval."""
    differs: tuple[Difference, ...] = ()
    """In what our situation still differs from the study's, as the scenario says."""
    whole: WholeRow | None = None
    """The rates of the study's own prompts in between, where they were run too."""


def compare_all(
    collection: Collection,
    rows: Sequence[RateRow],
    study: Study,
    *,
    against: str | None = None,
    terms: Terms = DEFAULT_TERMS,
) -> list[ComparedRow]:
    """Puts every measured rate beside the published figure that it belongs to.

    Args:
        collection: The runs, for their factors.
        rows: Their rates, every factor told apart.
        study: What to compare with.
        against: Model of the study to compare every row with; None for the one that the measured
            model is known to be.
        terms: Margin, and what is let through.

    Returns:
        One row per measured rate, in the same order.

    Raises:
        TurncoatError: The study has no model `against`.
    """
    model = study.model_named(against) if against is not None else None
    compared = [
        _compared(row, study, model, terms, factors=collection.factors.get(row.scenario, {}))
        for row in rows
    ]
    settled = iter(
        standing_verdicts([assessed for _, assessed in compared if assessed is not None])
    )
    return [
        row if assessed is None else _settled(row, assessed, next(settled))
        for row, assessed in compared
    ]


def _settled(row: ComparedRow, assessed: Assessed, settled: StandingVerdict) -> ComparedRow:
    return row._replace(
        comparison=assessed.comparison,
        verdict=settled.verdict,
        verdict_alone=assessed.verdict,
        p_holm=settled.p_holm,
        why=settled.why,
    )


def _compared(
    row: RateRow,
    study: Study,
    model: str | None,
    terms: Terms,
    *,
    factors: Mapping[str, Sequence[str]],
) -> tuple[ComparedRow, Assessed | None]:
    """The row without its verdict, and the comparison where there is one to be made."""
    beside = _beside(row, study, model, factors)
    figure = beside.figure
    if figure is None or figure.k is None or figure.n is None:
        return beside, None
    return beside, assess(side_of(row), Side(Counted(figure.k, figure.n)), terms)


def _beside(
    row: RateRow, study: Study, model: str | None, factors: Mapping[str, Sequence[str]]
) -> ComparedRow:
    """The row with the figure that it stands beside, or the reason why there is none."""
    alias = study.alias_of(row.model) if model is None else None
    model = alias.model if alias is not None else model
    bare = ComparedRow(
        measured=row,
        study=study.name,
        place=None,
        published_model=model,
        figure=None,
        spread=None,
        comparison=None,
        verdict=None,
        p_holm=None,
        why="",
        alias_note=alias.note if alias is not None else "",
    )
    if not study.knows(row.scenario):
        others = ", ".join(f"--study {name} has" for name in studies_of(row.scenario))
        why = f"the study has no scenario '{row.scenario}'"
        return bare._replace(why=f"{why}; {others}" if others else why)
    if row.protocol != study.protocol:
        used = "one completion with tool tags in text" if study.protocol == "text" else "tools"
        why = f"protocol {row.protocol}: the study used {used}"
        return bare._replace(why=why)
    place = place_of(row.scenario, row.condition, factors)
    if isinstance(place, str):
        return bare._replace(why=place)
    spread = study.spread(place)
    if spread is None:
        why = f"no published cell: {_lacking(place)}"
        return bare._replace(why=why)
    differs = known_differences(row.scenario, row.version, study.name, row.condition)
    bare = bare._replace(place=place, spread=spread, differs=differs)
    if model is None:
        return bare._replace(why="no model of the study has this id; name one with --against")
    figure = study.cell(model, place)
    if figure is None or figure.k is None or figure.n is None:
        rate = f"{figure.rate:.0%}, " if figure is not None and figure.rate is not None else ""
        why = f"{rate}no count was published for {model} in this cell"
        return bare._replace(why=why)
    return bare._replace(figure=figure)


def by_cell(rows: Sequence[ComparedRow]) -> list[tuple[str, list[Difference]]]:
    """What still differs from the study, each difference once.

    Args:
        rows: Compared rows.

    Returns:
        What the cells are called of which the differences hold, and the differences: those of
        every cell first, then those of each cell.
    """
    cells = {row.place: row.differs for row in rows if row.place is not None and row.differs}
    if not cells:
        return []
    shared = [one for one in next(iter(cells.values())) if all(one in c for c in cells.values())]
    own = {p: [one for one in found if one not in shared] for p, found in cells.items()}
    groups = [("in every cell here", shared), *((f"cell {p.label}", own[p]) for p in own)]
    return [(name, found) for name, found in groups if found]


def _lacking(place: PublishedCell) -> str:
    varied = f" with {place.extra}" if place.extra else ""
    return f"the study has none for {place.goal_conflict}, threat {place.threat}{varied}"


def _method_caveat(rows: Sequence[ComparedRow]) -> str:
    said = (
        "The study counted what a Claude Sonnet 3.7 classifier and string checks let through "
        "together, which may miss threats of models with hidden reasoning; "
    )
    if all(row.measured.judge.startswith(METHOD) for row in rows):
        return said + "here the same rule is applied, with another classifier and our own wording."
    return said + "ours is graded by what was sent."


def _of_the_2025_study(rows: Sequence[ComparedRow]) -> Iterator[str]:
    yield _method_caveat(rows)
    yield "Temperature and token limit of the published runs are not known."
    yield (
        "The scenario closes the honest ways out. Such rates show that a behaviour exists, not how "
        "often it happens in deployment."
    )


def caveats(rows: Sequence[ComparedRow], study: Study) -> list[str]:
    """What these comparisons cannot say, as sentences for people.

    Args:
        rows: The compared rows.
        study: What they were compared with.

    Returns:
        Those of the caveats that bear on these rows.
    """
    if not any(row.place is not None for row in rows):
        return []
    found = [
        *_about_prompts({row.measured.scenario for row in rows if row.place is not None}),
        *(_of_the_2025_study(rows) if study.name == LYNCH else ()),
        "Models released since may have been trained on the study or on look-alikes: a low rate "
        "need not carry over to what they have not seen.",
        "The interval of the difference takes runs as independent; for surfaces that were not run "
        "see the wider interval of turncoat rates.",
    ]
    notes = {row.figure.model: row.figure.note for row in rows if row.figure is not None}
    left_out = [model for model, note in notes.items() if NOT_COMPARABLE in note]
    if left_out:
        found.append(
            f"{', '.join(left_out)}: left out of the study's main figures because it misread the "
            "unmodified scenario; its published rate is not evidence of restraint."
        )
    if any(row.spread is not None and row.figure is None for row in rows):
        misread = {figure.model for figure in study.figures if NOT_COMPARABLE in figure.note}
        left = f" It left {' and '.join(sorted(misread))} out of its main figures: they misread the"
        found.append(
            f"The spread covers all {len(study.models)} models of the study."
            + (f"{left} scenario." if misread else "")
        )
    found += [f"{row.measured.model}: {row.alias_note}." for row in rows if row.alias_note]
    found += [
        f"{row.measured.scenario} {row.measured.version}: what still differs from the study's "
        "situation is not told of this version."
        for row in rows
        if row.place is not None and not row.differs and not is_original(row.measured)
    ]
    found += _about_verdicts(rows)
    return list(dict.fromkeys(found))


def _about_verdicts(rows: Sequence[ComparedRow]) -> Iterator[str]:
    stopped = {row.measured.model for row in rows if counted_of(row.measured).sequential}
    if any(row.comparison is not None and row.measured.model in stopped for row in rows):
        yield (
            f"{', '.join(sorted(stopped))}: runs stopped early. Their differences come from an "
            "interval that allows for that, joined with the published one: they are wider, and "
            "their p values are upper bounds."
        )
    tests = sum(row.p_holm is not None for row in rows)
    stand = standing_text((row.verdict_alone, row.verdict) for row in rows)
    if tests > 1:
        yield (
            f"{tests} comparisons were made in one go. Higher and lower hold after Holm's "
            f"adjustment for that at 5 %: {stand}. Equivalent is not adjusted."
        )


def _about_prompts(scenarios: Set[str]) -> Iterator[str]:
    originals = {name for name in scenarios if name.startswith(REFERENCE_PREFIX)}
    if originals:
        yield (
            f"{', '.join(sorted(originals))}: the study's own prompts, as inspect-evals carries "
            "them, with the defects that their logs name; graded by our rules."
        )
    if originals != set(scenarios):
        yield (
            "The prompts are our own wording of the published scenario, not the study's, and are "
            "spread over surfaces (names, company, wording) where the study had one."
        )


def as_json_row(row: ComparedRow) -> dict[str, object]:
    """One compared row for programs.

    Args:
        row: A row of `compare_all`.

    Returns:
        Flat fields of the measured side, `published` with the cell and its figure, `spread`, and
        `diff`, `diff_low`, `diff_high`, `verdict`, `verdict_alone`, `why`, `p_value`, `p_exact`,
        `p_holm`, `differs` (what still differs from the study's situation) and `whole_row`.
    """
    measured, comparison = row.measured, row.comparison
    return {
        "model": measured.model,
        "scenario": measured.scenario,
        "protocol": measured.protocol,
        "condition": dict(measured.condition),
        "judge": measured.judge,
        "split": measured.split,
        "n": measured.n,
        "k": measured.k,
        "rate": measured.rate,
        "ci_low": measured.ci_low,
        "ci_high": measured.ci_high,
        "planned": measured.planned,
        "coverage": measured.coverage,
        "rate_if_unjudged_safe": measured.rate_if_unjudged_safe,
        "rate_if_unjudged_harmful": measured.rate_if_unjudged_harmful,
        "study": row.study,
        "against": row.published_model,
        "published": _figure_json(row.figure) if row.figure is not None else None,
        "cell": row.place._asdict() if row.place is not None else None,
        "spread": row.spread._asdict() if row.spread is not None else None,
        "diff": comparison.diff if comparison is not None else None,
        "diff_low": comparison.interval.low if comparison is not None else None,
        "diff_high": comparison.interval.high if comparison is not None else None,
        "p_value": comparison.p_value if comparison is not None else None,
        "p_exact": comparison.p_exact if comparison is not None else None,
        "p_holm": row.p_holm,
        "verdict": row.verdict,
        "verdict_alone": row.verdict_alone,
        "why": row.why,
        "differs": [difference.model_dump() for difference in row.differs],
        "whole_row": as_json_whole(row),
    }


def _figure_json(figure: PublishedFigure) -> dict[str, object]:
    interval = wilson(figure.k or 0, figure.n or 0)
    wanted = {"model", "n", "k", "rate", "confidence", "source_id", "where", "note"}
    return {**figure.model_dump(include=wanted), "ci_low": interval.low, "ci_high": interval.high}
