"""What a report is made of, before it is a page or a text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import altair as alt

    Chart = alt.LayerChart | alt.FacetChart


class Table(NamedTuple):
    """A table of text."""

    title: str
    """What it is of: its caption."""
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: frozenset[int] = frozenset()
    """Columns whose cells stand at the right."""


class CaptionedChart(NamedTuple):
    """A chart and what is written below it."""

    name: str
    """Name of its files, and its id on the page."""
    chart: Chart
    part: str = ""
    """Which of several charts of one kind it is; empty where it is the only one."""

    @property
    def title(self) -> str:
        """What it shows."""
        heading: Any = self.chart.title
        return f"{heading.text}{f' ({self.part})' if self.part else ''}"

    @property
    def caption(self) -> str:
        """What its marks and intervals are."""
        heading: Any = self.chart.title
        return " ".join(heading.subtitle)

    @property
    def description(self) -> str:
        """What a screen reader says in its place."""
        return str(self.chart.description)


class Section(NamedTuple):
    """A part of the report about one question."""

    name: str
    """Its id on the page."""
    heading: str
    lead: str
    """What is to be known before looking at it."""
    figures: tuple[CaptionedChart, ...]
    tables: tuple[Table, ...]
    below: tuple[str, ...] = ()
    """What holds for all rows, and what intervals are."""


class Piece(NamedTuple):
    """A stretch of a quoted text."""

    text: str
    marked: bool
    """Whether the verdict rests on it."""


class Quoted(NamedTuple):
    """A transcript, as far as the report shows it."""

    model: str
    condition: str
    outcome: str
    judge: str
    explanation: str
    quotes: tuple[str, ...]
    """What the verdict rests on, in the agent's words."""
    reply: tuple[Piece, ...]
    reasoning: tuple[Piece, ...]
    """What it thought, where that is recorded apart from the reply."""
    clipped: bool
    log: str
    sample: str
    epoch: int


class Chosen(NamedTuple):
    """The transcripts that were chosen for one reason."""

    heading: str
    lead: str
    of: int
    """How many runs there are of which these were chosen."""
    quoted: tuple[Quoted, ...]


class Provenance(NamedTuple):
    """How the runs were made."""

    shared: tuple[tuple[str, str], ...]
    """What holds for all of them: name to value."""
    table: Table | None
    """What differs between them; None where nothing does."""
    logs: tuple[str, ...]


class Report(NamedTuple):
    """All that a report says."""

    title: str
    answer: tuple[str, ...]
    """The plain answer, as sentences."""
    is_measured: bool
    """False where no model was measured."""
    sections: tuple[Section, ...]
    caveats: tuple[str, ...]
    """What these very logs do not show."""
    left_out: tuple[str, ...]
    faults: tuple[str, ...]
    """What should count and does not, or not as it should: for the exit status."""
    chosen: tuple[Chosen, ...]
    provenance: Provenance
    version: str
    """Turncoat's."""

    @property
    def figures(self) -> Sequence[CaptionedChart]:
        """All charts, from top to bottom."""
        return [figure for section in self.sections for figure in section.figures]
