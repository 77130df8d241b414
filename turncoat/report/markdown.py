"""A report as Markdown: tables and quotes, no HTML."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from turncoat._util.keys import without_keys
from turncoat.report.content import Chosen, Piece, Quoted, Report, Section, Table

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~$&!])")
_LINE_START = re.compile(r"^(\d*)([-+=.)])(?=\s|$)")
_FENCE = re.compile(r"`{3,}")


def markdown_text(report: Report, charts: str = "") -> str:
    """The report as Markdown.

    Args:
        report: What it says.
        charts: Folder of the charts' files as seen from the text; empty where there are none.

    Returns:
        The text, with a line break at its end.
    """
    blocks = [
        f"# {inline(report.title)}",
        *map(inline, report.answer),
        *(block for section in report.sections for block in _section(section, charts)),
        "## What this does not show",
        "Each line is here because of something in these very logs.",
        _list(report.caveats),
        *(("### Left out", _list(report.left_out)) if report.left_out else ()),
        *_transcripts(report.chosen),
        "## Provenance",
        _list_pairs(report.provenance.shared),
        *((_table(report.provenance.table),) if report.provenance.table else ()),
        "Logs:",
        _list(report.provenance.logs),
        f"Made by Turncoat {inline(report.version)}.",
    ]
    return without_keys("\n\n".join(block for block in blocks if block)) + "\n"


def inline(text: str) -> str:
    """Text on one line, in which nothing is markup.

    Args:
        text: Any text.
    """
    flat = " ".join(text.split())
    return _LINE_START.sub(r"\1\\\2", _SPECIAL.sub(r"\\\1", flat))


def code_block(text: str) -> str:
    """A text as it was written, in a block that nothing in it can end.

    Args:
        text: Any text.
    """
    longest = max((len(run) for run in _FENCE.findall(text)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}text\n{text}\n{fence}"


def _section(section: Section, charts: str) -> Iterator[str]:
    yield f"## {inline(section.heading)}"
    yield inline(section.lead)
    if charts:
        for figure in section.figures:
            yield f"![{inline(figure.description)}](<{charts}/{figure.name}.svg>)"
            yield f"{inline(figure.title)}. {inline(figure.caption)}"
    for table in section.tables:
        yield inline(table.title)
        yield _table(table)
    yield from map(inline, section.below)


def _table(table: Table) -> str:
    rules = ["---:" if place in table.numeric else "---" for place in range(len(table.columns))]
    lines = [table.columns, rules, *table.rows]
    return "\n".join(
        f"| {' | '.join(cells if cells is rules else map(inline, cells))} |" for cells in lines
    )


def _transcripts(chosen: Sequence[Chosen]) -> Iterator[str]:
    if not chosen:
        return
    yield "## Telling transcripts"
    yield (
        "Chosen because they are extreme, so they are no picture of the usual run. The whole of "
        "each is in its log: `inspect view`."
    )
    for reason in chosen:
        yield f"### {inline(reason.heading)}"
        yield f"{inline(reason.lead)} {len(reason.quoted)} of {reason.of} shown."
        for run in reason.quoted:
            yield from _run(run)


def _run(run: Quoted) -> Iterator[str]:
    yield f"#### {inline(run.outcome)}, {inline(run.model)}"
    yield inline(run.condition)
    if run.explanation:
        yield f"{inline(run.explanation)} (judge: {inline(run.judge)})"
    if run.quotes:
        yield "It rests on:"
        yield code_block("\n".join(run.quotes))
    if run.reply:
        yield "What it wrote:"
        yield code_block(_joined(run.reply))
    if run.reasoning:
        yield "What it thought:"
        yield code_block(_joined(run.reasoning))
    yield f"Sample {inline(run.sample)}, epoch {run.epoch}, in {inline(run.log)}"


def _joined(pieces: Iterable[Piece]) -> str:
    return "".join(piece.text for piece in pieces)


def _list(lines: Iterable[str]) -> str:
    return "\n".join(f"- {inline(line)}" for line in lines)


def _list_pairs(pairs: Iterable[tuple[str, str]]) -> str:
    return "\n".join(f"- {inline(name)}: {inline(value)}" for name, value in pairs)
