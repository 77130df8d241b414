"""`turncoat report`: logs to one page."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from turncoat._util.errors import TurncoatError
from turncoat.cli._common import EXIT_FINDING, echo
from turncoat.cli._records import (
    correct_option,
    end_with,
    logs_argument,
    pool_option,
    read_logs,
    store_option,
)

if TYPE_CHECKING:
    from turncoat.report.content import Report

Form = Literal["html", "md"]
FORMS: dict[str, Form] = {".html": "html", ".htm": "html", ".md": "md", ".markdown": "md"}
"""Suffix of a file's name to what is written into it."""


@click.command()
@logs_argument
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    required=True,
    help="The file to write: .html (or .htm) for a page, .md (or .markdown) for Markdown.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["html", "md"]),
    help="A page or Markdown, whatever the file's name says.",
)
@click.option(
    "--charts",
    type=click.Path(file_okay=False, path_type=Path),
    help="Also write every chart into this folder, as SVG and PNG.",
)
@click.option("--score", help="Which score to read, where a log was graded more than once.")
@click.option("--study", default="lynch-2025", show_default=True, help="Whose figures.")
@click.option("--against", help='Model of the study to compare with, such as "Claude Opus 4".')
@click.option("--title", default="", help="Heading of the report.")
@correct_option
@pool_option
@store_option
def report(
    *,
    logs: tuple[str, ...],
    output: Path,
    form: Form | None,
    charts: Path | None,
    score: str | None,
    study: str,
    against: str | None,
    title: str,
    labels: Path | None,
    pool: bool,
    store: Path | None,
) -> None:
    """One self-contained page on some logs: rates, comparisons, caveats and transcripts.

    LOG is an Inspect log, a folder (with all folders below it) or a glob. The page loads nothing
    from elsewhere, so it can be sent and kept. It quotes the most telling transcripts in part:
    think of that before you pass it on.

    The exit status is 1 where a log failed, is corrupt or ungraded, or where runs of one condition
    had to be shown apart; the report is written all the same, and says so. It is 1 also where there
    is no run to report; then nothing is written.
    """
    from turncoat.records.decomposition import PUBLISHED_METHOD
    from turncoat.report.building import Wanted, build_report
    from turncoat.report.files import require_charts, write_charts, write_whole

    is_page = (form or _form_of(output)) == "html"
    if is_page or charts is not None:
        require_charts()
    collection = read_logs(logs, score, store, pool, labels)
    if not collection.runs:
        echo("no run to report", err=True)
        end_with(collection.notes, collection, to_stderr=True)
    wanted = Wanted(study, against, score, title, charts=is_page or charts is not None)
    found = build_report(collection, wanted, lambda: read_logs(logs, PUBLISHED_METHOD, store, pool))
    if charts is not None:
        write_charts(charts, found.figures)
    write_whole(output, _text(found, output, charts, is_page))
    echo(f"wrote {output}" + (f" and {2 * len(found.figures)} charts" if charts else ""))
    for line in found.faults:
        echo(f"note: {line}", err=True)
    if found.faults:
        raise click.exceptions.Exit(EXIT_FINDING)


def _form_of(output: Path) -> Form:
    suffix = output.suffix.lower()
    if suffix not in FORMS:
        raise TurncoatError(
            f"-o {output}: a report is a page or Markdown, and the file's name says neither; end "
            f"it in {', '.join(FORMS)}, or add --format html or --format md"
        )
    return FORMS[suffix]


def _text(report: Report, output: Path, charts: Path | None, is_page: bool) -> str:
    if is_page:
        from turncoat.report.page import html_page

        return html_page(report)
    from turncoat.report.markdown import markdown_text

    beside = os.path.relpath(charts, output.parent) if charts is not None else ""
    return markdown_text(report, beside.replace(os.sep, "/"))
