"""How the runs were made, as the logs say."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path

from turncoat._util.words import plural
from turncoat.records.cells import cells_of
from turncoat.records.rows import RateCell, RateRow
from turncoat.records.runs import Collection, Run
from turncoat.report.content import Provenance, Table
from turncoat.report.labels import Labels, Series, series_of


class _Origin:
    """When and with what a log was made."""

    def __init__(self, path: str) -> None:
        from inspect_ai.log import read_eval_log

        log = read_eval_log(path, header_only=True)
        self.day = log.eval.created[:10]
        self.inspect = log.eval.packages.get("inspect_ai", "")
        commit = log.eval.revision
        self.commit = f"{commit.commit}{' (changed)' if commit.dirty else ''}" if commit else ""


def provenance_of(collection: Collection, rates: Sequence[RateRow], labels: Labels) -> Provenance:
    """How the runs of each series were made.

    Args:
        collection: The runs.
        rates: Their rates.
        labels: Names of the series.

    Returns:
        What all have in common, a table of what differs, and the names of the logs.
    """
    runs = _runs_by_series(cells_of(collection), rates)
    origins = {log: _Origin(log) for log in dict.fromkeys(run.log for run in collection.runs)}
    facts = {name: _facts(runs[key], origins) for key, name in _names(runs, rates, labels).items()}
    columns = list(dict.fromkeys(column for told in facts.values() for column in told))
    shared = []
    differ = []
    for column in columns:
        found = {told[column] for told in facts.values()}
        if found == {""}:
            continue
        if len(found) == 1:
            shared.append((column, found.pop()))
        else:
            differ.append(column)
    rows = tuple(
        (name, *(told[column] or "not recorded" for column in differ))
        for name, told in facts.items()
    )
    table = Table("What differs between the series", ("series", *differ), rows) if differ else None
    return Provenance(tuple(shared), table, tuple(map(short_of(origins), origins)))


def _names(
    runs: Mapping[Series, Sequence[Run]], rates: Sequence[RateRow], labels: Labels
) -> dict[Series, str]:
    return {series_of(row): labels.series(row) for row in rates if series_of(row) in runs}


def _runs_by_series(cells: Iterable[RateCell], rates: Sequence[RateRow]) -> dict[Series, list[Run]]:
    """`rate_rows` makes its rows of these very cells, in the same order."""
    found: dict[Series, list[Run]] = {}
    for cell, row in zip(cells, rates, strict=True):
        found.setdefault(series_of(row), []).extend(cell.runs)
    return found


def _facts(runs: Sequence[Run], origins: Mapping[str, _Origin]) -> dict[str, str]:
    took_place = [run for run in runs if run.kind not in ("missing", "stopped")] or list(runs)
    made = [origins[log] for log in dict.fromkeys(run.log for run in runs)]

    def of(value: Callable[[Run], object]) -> str:
        # One run of each log and kind would do; texts are short and runs are few thousand.
        return ", ".join(sorted({str(value(run)) for run in took_place} - {"", "None"}))

    days = sorted({origin.day for origin in made} - {""})
    return {
        "provider": of(lambda run: run.model.split("/")[0]),
        "model as served": of(lambda run: run.served_model),
        "temperature": of(lambda run: run.settings.get("temperature")) or "the provider's own",
        "token limit": of(lambda run: run.settings.get("max_tokens")) or "the provider's own",
        "seed": of(lambda run: run.settings.get("seed")),
        "reasoning": of(_reasoning),
        "cache": "used" if any(run.settings.cached for run in runs) else "not used",
        "scenario": of(lambda run: f"{run.scenario} {run.version}"),
        "protocol": of(lambda run: run.protocol),
        "surfaces": _surfaces(took_place),
        "scenario hash": of(lambda run: run.scenario_hash),
        "briefings": _digest(run.briefing_hash for run in took_place),
        "rubric hash": of(lambda run: run.rubric_hash),
        "judge": of(lambda run: run.judge),
        "dates": " to ".join(dict.fromkeys((days[0], days[-1]))) if days else "",
        "Turncoat": of(lambda run: run.settings.get("package_version")),
        "Inspect": ", ".join(sorted({origin.inspect for origin in made} - {""})),
        "commit": ", ".join(sorted({origin.commit for origin in made} - {""})),
        "logs": _names_of({run.log for run in runs}),
    }


def _reasoning(run: Run) -> str:
    settings = run.settings
    parts = [settings.get(n) for n in ("reasoning_effort", "effort", "reasoning_tokens")]
    return " ".join(str(part) for part in parts if part is not None)


def _surfaces(runs: Sequence[Run]) -> str:
    seeds = sorted({run.surface_seed for run in runs})
    count = len({(run.surface_seed, run.surface) for run in runs})
    return f"{count} (seed {', '.join(seeds)})"


def _digest(hashes: Iterable[str]) -> str:
    """How many briefings there are, and one hash of all: equal where all are the same."""
    found = sorted(set(hashes) - {""})
    if not found:
        return ""
    return f"{plural(len(found), 'briefing')}, {sha256(' '.join(found).encode()).hexdigest()[:12]}"


def short_of(logs: Iterable[str]) -> Callable[[str], str]:
    """What takes the folder that all logs share out of a text: a page says nothing of a disk.

    Args:
        logs: Paths of all logs. Absolute and relative ones share nothing: each kind has its own.
    """
    folders = [Path(log).parent for log in logs]
    kinds = ([str(one) for one in folders if one.is_absolute() is kind] for kind in (True, False))
    shared = [os.path.commonpath(kind) + os.sep for kind in kinds if kind]

    def short(text: str) -> str:
        for folder in shared:
            text = text.replace(folder, "") if len(folder) > 1 else text
        return text

    return short


def _names_of(logs: Iterable[str], most: int = 3) -> str:
    names = sorted(Path(log).name for log in logs)
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
