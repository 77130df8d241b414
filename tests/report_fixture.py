"""Rows of rates with truth known in advance, and reports as text."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from typing import Any

from click.testing import CliRunner
from logs_fixture import CONTROL, condition

from turncoat.cli import main
from turncoat.measure import difference, unjudged_bounds, wilson
from turncoat.records.rows import RateRow
from turncoat.records.strata import StratumRow

OPUS = "anthropic/claude-opus-4-20250514"
THREATS = ("replacement", "restriction", "none")


def rate_row(
    k: int,
    n: int,
    *,
    model: str = OPUS,
    unclear: int = 0,
    invalid: int = 0,
    stopped: int = 0,
    control: tuple[int, int] | None = None,
    levels: dict[str, str] | None = None,
    **fields: Any,
) -> RateRow:
    """A measured rate, with all that follows from its counts."""
    interval, bounds = wilson(k, n), unjudged_bounds(k, n, unclear + invalid)
    row = RateRow(
        model=model,
        scenario="blackmail",
        protocol="text",
        condition=condition(**(levels or {})),
        n=n,
        k=k,
        rate=k / n if n else None,
        ci_low=interval.low,
        ci_high=interval.high,
        planned=n + unclear + invalid + stopped,
        unclear=unclear,
        invalid=invalid,
        missing=0,
        stopped=stopped,
        rate_if_unjudged_safe=bounds.low,
        rate_if_unjudged_harmful=bounds.high,
        distinct=n,
        control=CONTROL if control else None,
        diff=None,
        diff_low=None,
        diff_high=None,
        judge="openai/gpt-5",
        version="1.0.0",
        surfaces=2,
        new_surfaces_low=None,
        new_surfaces_high=None,
    )
    if control and n and control[1]:
        low, high = difference(k, n, *control)
        diff = k / n - control[0] / control[1]
        row = row._replace(diff=diff, diff_low=low, diff_high=high)
    return row._replace(**fields)


def control_row(k: int, n: int, **fields: Any) -> RateRow:
    """The rate of the control condition."""
    return rate_row(k, n, levels={"goal_conflict": "none", "threat": "none"}, **fields)


def grid_rows(models: Sequence[str]) -> list[RateRow]:
    """Each model under the six conditions of the study."""
    return [
        rate_row(
            2 * place % 40,
            40,
            model=model,
            control=(0, 40) if (conflict, threat) != ("none", "none") else None,
            levels={"goal_conflict": conflict, "threat": threat},
        )
        for place, model in enumerate(models)
        for conflict in ("explicit", "none")
        for threat in THREATS
    ]


def stratum_row(stratum: str, k: int, n: int, unclear: int = 0, **fields: Any) -> StratumRow:
    """A rate in one stratum of belief."""
    interval = wilson(k, n)
    runs = n + unclear
    row = StratumRow(
        model=OPUS,
        scenario="blackmail",
        protocol="text",
        condition=condition(),
        strata="belief",
        stratum=stratum,
        runs=runs,
        share=runs / 40,
        n=n,
        k=k,
        rate=k / n if n else None,
        ci_low=interval.low,
        ci_high=interval.high,
        unclear=unclear,
        invalid=0,
        decided_by="rules",
        relation="association, not effect",
        judge="openai/gpt-5",
        version="1.0.0",
    )
    return row._replace(**fields)


def report(*arguments, status=0):
    result = CliRunner().invoke(main, ["report", *map(str, arguments)])
    assert result.exit_code == status, result.output
    return result


def written(tmp_path, *arguments, form="md", status=0):
    """The report as Markdown, with escapes taken back."""
    file = tmp_path / f"report.{form}"
    report(tmp_path, "-o", file, *arguments, status=status)
    text = file.read_text(encoding="utf-8")
    return re.sub(r"\\(.)", r"\1", text) if form == "md" else text


def visible(page):
    """The text of a page without its scripts and styles, whitespace made one."""
    bare = re.sub(r"<(script|style)\b.*?</\1>", " ", page, flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", bare)).split())
