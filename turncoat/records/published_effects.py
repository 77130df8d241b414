"""Published odds ratios of the factors that ours stand beside."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Literal, NamedTuple

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from turncoat.records.effect_rows import EffectRow
from turncoat.reference.figures import blank, read_table

OddsRatio = Annotated[Annotated[float, Field(gt=0)] | None, BeforeValidator(blank)]


class PublishedEffect(BaseModel):
    """What a study says that a factor does: a row of `effects.csv`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    study: str
    source_id: str
    factor: str
    contrast: str
    environment: str
    estimate: OddsRatio
    """An odds ratio."""
    low: OddsRatio
    high: OddsRatio
    models: str
    confidence: Literal["primary", "secondary", "replication"]
    where: str
    note: str


class PublishedOdds(NamedTuple):
    """A published odds ratio of a level of ours against its reference."""

    factor: str
    level: str
    reference: str
    models: str
    odds_ratio: float
    study: str
    environment: str
    confidence: str
    note: str


class _Contrast(NamedTuple):
    factor: str
    contrast: str
    over: str = ""
    """Where a study holds levels against the factor's mean: the contrast to divide by."""


CONTRASTS = {
    ("goal_conflict", "explicit", "none"): _Contrast("goal conflict", "conflict vs none"),
    ("threat", "replacement", "none"): _Contrast(
        "threat", "replacement vs factor mean", "none vs factor mean"
    ),
}
"""Factor, level and reference of ours to what `effects.csv` calls them. Its goal instruction is
part of our goal conflict; of its oversight and efficacy it is not said what the agent was told."""


def published_odds(rows: Iterable[EffectRow]) -> list[PublishedOdds]:
    """The published odds ratios of the effects among these rows.

    They are of other scenarios and other models, so they stand beside ours and test nothing.

    Args:
        rows: Of `turncoat effects`.
    """
    ours = dict.fromkeys((row.factor, row.level, row.reference) for row in rows)
    table = read_table("effects.csv", PublishedEffect)
    by_place = {(of.study, of.factor, of.contrast, of.models): of.estimate for of in table}
    found = []
    for names in ours:
        wanted = CONTRASTS.get(names)
        for of in table:
            if wanted is None or (of.factor, of.contrast) != (wanted.factor, wanted.contrast):
                continue
            below, note = 1.0, of.note
            if wanted.over:
                below = by_place.get((of.study, of.factor, wanted.over, of.models)) or 0.0
                note += f"; {wanted.contrast} over {wanted.over}"
            if of.estimate is not None and below:
                found.append(
                    PublishedOdds(
                        *names,
                        of.models,
                        round(of.estimate / below, 3),
                        of.study,
                        of.environment,
                        of.confidence,
                        note,
                    )
                )
    return found


def odds_text(found: Iterable[PublishedOdds]) -> str:
    """The published odds ratios as people read them; empty where there are none.

    Args:
        found: As `published_odds` gave them.
    """
    lines: dict[tuple[str, str], dict[str, list[str]]] = {}
    for one in found:
        names = f"{one.factor} {one.level} against {one.reference}"
        of = lines.setdefault((one.study, one.environment), {})
        of.setdefault(names, []).append(f"{one.odds_ratio:.2f}")
    return "\n".join(
        f"Published odds ratios ({study}; {environment}, read off a figure, no intervals; models "
        "from the least to the most capable quarter): "
        + "; ".join(f"{names} {', '.join(ratios)}" for names, ratios in of.items())
        + ". Other scenarios and models: they stand beside these and test nothing."
        for (study, environment), of in lines.items()
    )
