"""Tables on a terminal: no number and no name in them is ever cut, however narrow it is."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Iterable, Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeVar

from turncoat._util.escaping import printable
from turncoat._util.keys import without_keys

if TYPE_CHECKING:
    from rich.console import Console

    from turncoat.records.runs import Condition
    from turncoat.report.columns import Column

R = TypeVar("R")
WIDTH_WITHOUT_TERMINAL = 110
GAP = 2
"""Between two columns."""
LEAST_TEXT = 20
"""Least width of a text that stands beside its title."""
FEW_LINES = 3
"""Rows of more lines stand apart from each other."""

_BREAKS = {
    "text": re.compile(r"(?<=\s)(?<!of )(?=\S)(?!of \d)|(?<=/)(?=\S)"),
    "number": re.compile(r"(?<=\s)(?=\()"),
    "name": re.compile(r"(?!)"),
}
"""Where a line in a column of each kind may be broken."""


def console() -> Console:
    """Standard output; where it is no terminal as wide as `COLUMNS` says, if the tables fit.

    What is printed on it controls no terminal and holds no key.
    """
    from rich.console import Console
    from rich.text import Text

    class Harmless(Console):
        def render_str(self, text: str, **how: Any) -> Text:  # noqa: ANN401 - Rich's
            made = super().render_str(text, **how)
            made.plain = cleaned(made.plain)
            return made

        def print(self, *objects: Any, **how: Any) -> None:  # noqa: ANN401 - Rich's
            for one in objects:
                if isinstance(one, Text):
                    one.plain = cleaned(one.plain)
            super().print(*objects, **how)

        def rule(self, title: Any = "", **how: Any) -> None:  # noqa: ANN401 - Rich's
            super().rule(cleaned(title) if isinstance(title, str) else title, **how)

    plain = Harmless(highlight=False)
    if plain.is_terminal:
        return plain
    return Harmless(highlight=False, width=max(plain.width, WIDTH_WITHOUT_TERMINAL))


def cleaned(text: str) -> str:
    """A text in which nothing controls a terminal, and no key stands.

    Args:
        text: Any text.
    """
    return printable(without_keys(text))


def fill(text: str, bullet: str = "") -> str:
    """A paragraph broken into lines no longer than the tables are wide."""
    return _broken(cleaned(text), console().width - 2, bullet)


def _broken(text: str, width: int, bullet: str = "") -> str:
    indent = " " * len(bullet)
    wrapper = textwrap.TextWrapper(width, bullet, indent)
    wrapper.break_long_words = wrapper.break_on_hyphens = False
    return wrapper.fill(text)


def say(text: str, style: str = "dim") -> None:
    """Print a paragraph; without a style given one that stands below a table."""
    console().print(fill(text), style=style, markup=False, soft_wrap=True)


def print_table(columns: Sequence[Column[R]], rows: Sequence[R]) -> None:
    """Print a table: whole if it fits, else with each row's first cell above it, else cell by cell.

    Args:
        columns: Its columns; optional ones without content are left out.
        rows: Its rows.
    """
    from turncoat.report.columns import present

    out = console()
    shown = present(columns, rows)
    whole = [[cleaned(column.cell(row)) for column in shown] for row in rows]
    above = [None, *(row[0] for row in whole)]
    cells = [
        [
            "" if column.once and row[0] == before else cell
            for column, cell in zip(shown, row, strict=True)
        ]
        for before, row in zip(above, whole, strict=False)
    ]
    blocks = _side_by_side(shown, cells, out.width)
    is_spaced = blocks is None or any(len(block) > FEW_LINES for block in blocks)
    if blocks is None:
        body = [row[1:] for row in cells]
        blocks = _side_by_side(shown[1:], body, out.width) or [
            [shown[0].title],
            *(_one_by_one(shown[1:], row, out.width) for row in body),
        ]
        for row, block in zip(cells, blocks[1:], strict=True):
            block[:0] = [", ".join(row[0].split("\n"))] if row[0] else []
    for place, block in enumerate(blocks):
        if place > 1 and is_spaced and cells[place - 1][0]:
            out.print()
        for line in block:
            out.print(line, style=None if place else "bold", markup=False, soft_wrap=True)


def _side_by_side(
    columns: Sequence[Column[R]], cells: Sequence[Sequence[str]], width: int
) -> list[list[str]] | None:
    """The lines of the heading and of each row; None where the columns do not fit."""
    found = [
        _Cells([("text", column.title), *((column.kind, row[place]) for row in cells)])
        for place, column in enumerate(columns)
    ]
    spare = width - GAP * (len(found) - 1) - sum(one.least for one in found)
    if spare < 0:
        return None
    wrapped: dict[int, list[list[str]]] = {}
    for one in sorted(found, key=lambda one: one.most - one.least):
        extra = min(one.most - one.least, spare // (len(found) - len(wrapped)))
        wrapped[id(one)] = one.wrapped(one.least + extra)
        spare -= extra
    aligned = [
        _aligned(wrapped[id(one)], at_right=column.kind == "number")
        for one, column in zip(found, columns, strict=True)
    ]
    return [
        _block(row, is_heading=not place) for place, row in enumerate(zip(*aligned, strict=True))
    ]


class _Cells(NamedTuple):
    """The cells of a column, its title among them, each with how it may be broken."""

    texts: Sequence[tuple[str, str]]

    @property
    def most(self) -> int:
        """Width in which nothing is broken."""
        return max(_width(line) for _, text in self.texts for line in text.split("\n"))

    @property
    def least(self) -> int:
        """Width below which something would have to be cut."""
        return max(
            _width(piece.rstrip())
            for kind, text in self.texts
            for line in text.split("\n")
            for piece in _BREAKS[kind].split(line)
        )

    def wrapped(self, width: int) -> list[list[str]]:
        """The lines of each cell."""
        return [
            [part for line in text.split("\n") for part in _parts(_BREAKS[kind].split(line), width)]
            for kind, text in self.texts
        ]


def _parts(pieces: Iterable[str], width: int) -> list[str]:
    """Pieces of a line joined to lines that are no wider."""
    parts = [""]
    for piece in pieces:
        if parts[-1] and _width(f"{parts[-1]}{piece.rstrip()}") > width:
            parts.append("")
        parts[-1] += piece
    return [part.rstrip() for part in parts]


def _width(text: str) -> int:
    from rich.cells import cell_len

    return cell_len(text)


def _aligned(cells: Sequence[Sequence[str]], *, at_right: bool) -> list[list[str]]:
    width = max(_width(line) for cell in cells for line in cell)
    padded = []
    for cell in cells:
        blanks = [" " * (width - _width(line)) for line in cell]
        both = zip(blanks, cell, strict=True)
        padded.append([blank + line if at_right else line + blank for blank, line in both])
    return padded


def _block(cells: Sequence[Sequence[str]], *, is_heading: bool) -> list[str]:
    """The lines of a row; a heading stands at the bottom of its cells."""
    turned = [cell[::-1] if is_heading else cell for cell in cells]
    blanks = [" " * _width(cell[0]) for cell in cells]
    lines = [
        (" " * GAP).join(line or blank for line, blank in zip(parts, blanks, strict=True)).rstrip()
        for parts in zip_longest(*turned, fillvalue="")
    ]
    return lines[::-1] if is_heading else lines


def _one_by_one(columns: Sequence[Column[R]], cells: Sequence[str], width: int) -> list[str]:
    """The cells of a row below each other, with their titles."""
    longest = max(_width(column.title) for column in columns)
    lines = []
    for column, cell in zip(columns, cells, strict=True):
        if cell:
            label = f"{'':{GAP}}{column.title:<{longest}}{'':{GAP}}"
            room = max(width, len(label) + LEAST_TEXT)
            lines += _broken(" ".join(cell.split()), room, label).split("\n")
    return lines


class ExperimentRow(Protocol):
    """What every row of rates says of the experiment that it is of."""

    @property
    def model(self) -> str: ...
    @property
    def scenario(self) -> str: ...
    @property
    def version(self) -> str: ...
    @property
    def protocol(self) -> str: ...
    @property
    def judge(self) -> str: ...
    @property
    def split(self) -> str: ...


class ConditionRow(ExperimentRow, Protocol):
    """A row of one condition."""

    @property
    def condition(self) -> Condition: ...


def experiment(row: ExperimentRow) -> tuple[str, ...]:
    """What must be alike for rows to stand in one table."""
    return (row.model, row.scenario, row.version, row.protocol, row.judge)


def full_condition(row: ConditionRow) -> Condition:
    """The condition of a row with what sets its runs apart from others of the same condition."""
    name, equals, value = row.split.partition("=")
    return {**row.condition, name: value} if equals else row.condition


def print_heading(row: ExperimentRow, more: str = "") -> None:
    """Print the line above such a table."""
    from rich.markup import escape

    console().print(
        f"\n[bold]{escape(row.model)}[/]  {escape(row.scenario)} {escape(row.version)}  "
        f"{escape(row.protocol)}  judge: {escape(row.judge)}{escape(more)}",
        soft_wrap=True,
    )


def grouped(rows: Iterable[R], key: Callable[[R], object]) -> list[list[R]]:
    """Rows with those together whose key is the same, in order of appearance."""
    groups: dict[object, list[R]] = {}
    for row in rows:
        groups.setdefault(key(row), []).append(row)
    return list(groups.values())


def print_conditions(
    columns: Sequence[Column[R]],
    rows: Sequence[R],
    condition: Callable[[R], Condition],
    title: str = "condition",
) -> None:
    """Print a table of conditions, and below it what all of them share.

    Args:
        columns: Its columns but the first.
        rows: Its rows.
        condition: The condition of a row.
        title: Above the conditions.
    """
    from turncoat.records.condition_labels import tell
    from turncoat.report.columns import Column

    told = tell([condition(row) for row in rows])
    texts = {id(row): text for row, text in zip(rows, told.rows, strict=True)}
    first: Column[R] = Column(title, lambda row: texts[id(row)], "name", once=True)
    print_table([first, *columns], rows)
    if told.below:
        say(told.below)
