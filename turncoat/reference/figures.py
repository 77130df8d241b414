"""The tables of published figures, row by row."""

from __future__ import annotations

import csv
from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from turncoat._util.errors import TurncoatError
from turncoat._util.places import data_folder

CsvRow = TypeVar("CsvRow", bound=BaseModel)


def blank(value: object) -> object:
    """An empty field of a table as None."""
    return None if value == "" else value


class PublishedFigure(BaseModel):
    """One published rate: a row of `figures.csv`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    study: str
    source_id: str
    model: str
    model_id: str
    developer: str
    scenario: str
    goal_conflict: str
    threat: str
    extra: str
    n: Annotated[int | None, BeforeValidator(blank)]
    rate: Annotated[Annotated[float, Field(ge=0, le=1)] | None, BeforeValidator(blank)]
    k: Annotated[int | None, BeforeValidator(blank)]
    confidence: Literal["primary", "secondary", "replication"]
    where: str
    note: str


class Source(BaseModel):
    """Where figures come from: a row of `sources.csv`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    source_id: str
    title: str
    authors: str
    date: str
    url: str
    kind: str


class Alias(BaseModel):
    """A model's id as providers write it, and what a study calls it: a row of `aliases.csv`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    study: str
    alias: str
    model: str
    note: str


class Variant(BaseModel):
    """A variation of its own that a study published: a row of `variants.csv`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    study: str
    extra: str
    """What `figures.csv` calls it."""
    levels: str
    """The level of ours that stands for it, as `factor=level`."""
    note: str


def sources() -> dict[str, Source]:
    """Where the figures come from, by id."""
    return {source.source_id: source for source in read_table("sources.csv", Source)}


def read_table(file: str, kind: type[CsvRow]) -> tuple[CsvRow, ...]:
    """Every row of a table.

    Args:
        file: Its name under `results/published/`.
        kind: What a row is.

    Raises:
        TurncoatError: A row has a fault; the message names file, line and column.
    """
    path = data_folder("results/published") / file
    rows: list[CsvRow] = []
    with path.open(encoding="utf-8", newline="") as lines:
        for line, row in enumerate(csv.DictReader(lines), start=2):
            try:
                rows.append(kind.model_validate(row))
            except ValidationError as error:
                problem = error.errors()[0]
                column = ".".join(str(part) for part in problem["loc"])
                raise TurncoatError.at(path, line, f"{column}: {problem['msg']}") from error
    return tuple(rows)
