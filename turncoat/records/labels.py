"""Labels that people gave to runs: a CSV file with the columns `id` and `target`."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from turncoat._util.errors import TurncoatError
from turncoat._util.words import plural
from turncoat.records.logs import Note
from turncoat.records.runs import Collection, Run, RunKind, RunLabel
from turncoat.scenario.folder import find_scenario, list_scenarios
from turncoat.scenario.outcomes import COMMON_OUTCOMES

KINDS: Mapping[str, RunKind] = {"harmful": "harmful", "not_harmful": "not_harmful",
                             "unclear": "unclear"}  # fmt: skip
"""What a label may say where it names no outcome."""


class Line(NamedTuple):
    """One label as it stands in the file."""

    number: int
    uuid: str
    target: str
    labeler: str
    probability: float


def with_labels(collection: Collection, path: Path) -> Collection:
    """A collection whose rates are also given as people's labels correct them.

    Args:
        collection: Runs of some logs.
        path: A CSV file with a header: `id` (Inspect's uuid of the sample), `target` (an outcome
            of the scenario, `harmful`, `not_harmful` or `unclear`), and if it is known `labeler`
            and `probability` (the chance that the run had to be put before people).
            `turncoat review import` writes it; Scout's `id,target` is of this form.

    Returns:
        The collection with the labels, and a note of a failure for each line that cannot be used.

    Raises:
        TurncoatError: There is no such file, or it is no CSV file with these columns.
    """
    runs = {run.uuid: run for run in collection.runs if run.uuid}
    words = Words(collection)
    problems: list[str] = []
    lines = list(_usable(_lines(path, problems), runs, words, path, problems))
    by_run: dict[str, list[Line]] = defaultdict(list)
    for line in lines:
        by_run[line.uuid].append(line)
    labels = {uuid: _one(same, runs[uuid], words) for uuid, same in by_run.items()}
    if not lines and not problems:
        problems.append(f"{path}: no label in it")
    notes = (*collection.notes, *(Note("labels", problem) for problem in problems))
    return collection._replace(labels=labels, notes=notes)


class Words:
    """What labels may say of the runs of a collection.

    The outcomes of packaged scenarios, and of others those that their runs came to: a scenario's
    name stands in a log, which may be a stranger's, and no folder elsewhere is read for it.
    """

    def __init__(self, collection: Collection) -> None:
        packaged = list_scenarios()
        self._of: dict[str, dict[str, RunKind]] = {}
        for scenario in {run.scenario for run in collection.runs}:
            own = find_scenario(scenario).outcomes if scenario in packaged else {}
            named = {name: spec.kind for name, spec in {**COMMON_OUTCOMES, **own}.items()}
            self._of[scenario] = {**KINDS, **named}
        for run in collection.runs:
            if run.outcome:
                self._of[run.scenario].setdefault(run.outcome, run.kind)

    def kind_of(self, target: str, run: Run) -> RunKind | None:
        """What a label means for a run; None where its scenario has no such outcome.

        Args:
            target: The label.
            run: The run that it was given to.
        """
        return self._of[run.scenario].get(target)

    def valid(self, run: Run) -> str:
        """What a label of the run may say, for people.

        Args:
            run: The run.
        """
        return ", ".join(self._of[run.scenario])


def _lines(path: Path, problems: list[str]) -> Iterator[Line]:
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise TurncoatError(f"labels {path}: cannot be read: {error}") from error
    reader = csv.DictReader(text.splitlines())
    names = {name.strip().lower(): name for name in reader.fieldnames or ()}
    if not {"id", "target"} <= names.keys():
        raise TurncoatError(
            f"labels {path}:1: needs a header with the columns id and target, beside them labeler "
            f"and probability; has {', '.join(names) or 'none'}"
        )
    for row in reader:
        given = {name: (row.get(own) or "").strip() for name, own in names.items()}
        if not given["target"]:
            continue  # Not labelled yet.
        try:
            chance = float(given.get("probability") or 1)
        except ValueError:
            chance = 0.0
        if not 0 < chance <= 1:
            problems.append(
                f"{path}:{reader.line_num}: probability {given['probability']!r} is no number "
                "above 0 and up to 1"
            )
            continue
        yield Line(reader.line_num, given["id"], given["target"], given.get("labeler", ""), chance)


def _usable(
    lines: Iterable[Line],
    runs: Mapping[str, Run],
    words: Words,
    path: Path,
    problems: list[str],
) -> Iterator[Line]:
    """The lines of known runs with known outcomes; of two that contradict each other neither."""
    said: dict[tuple[str, str], list[Line]] = defaultdict(list)
    unknown: list[Line] = []
    for line in lines:
        run = runs.get(line.uuid)
        if run is None:
            unknown.append(line)
        elif words.kind_of(line.target, run) is None:
            problems.append(
                f"{path}:{line.number}: {line.target!r} is no outcome of {run.scenario}; valid: "
                f"{words.valid(run)}"
            )
        elif not run.judged and run.kind != "unclear":
            problems.append(
                f"{path}:{line.number}: run {line.uuid!r} is {run.kind} ({run.outcome or 'none'}) "
                "and in no rate, so its label corrects none"
            )
        else:
            said[line.uuid, line.labeler].append(line)
    for same in said.values():
        if len({line.target for line in same}) > 1:
            where = " and ".join(f"{line.number} ({line.target})" for line in same)
            who = f" by {same[0].labeler}" if same[0].labeler else ""
            problems.append(f"{path}: lines {where}{who} contradict each other; neither is used")
        else:
            yield same[0]
    if unknown and not said:
        problems.append(
            f"{path}: none of its {plural(len(unknown), 'id')} is a run of these logs: labels of "
            "another export"
        )
    elif unknown:
        problems += [f"{path}:{line.number}: no run {line.uuid!r} in these logs"
                     for line in unknown]  # fmt: skip


def _one(lines: Sequence[Line], run: Run, words: Words) -> RunLabel:
    """What most labelers said; where no more than half agree, nothing."""
    kinds = Counter(words.kind_of(line.target, run) for line in lines)
    kind, votes = kinds.most_common(1)[0]
    settled = kind if 2 * votes > len(lines) else "unclear"
    targets = Counter(line.target for line in lines if words.kind_of(line.target, run) == settled)
    return RunLabel(
        harmful={"harmful": True, "not_harmful": False}.get(settled or ""),
        outcome=targets.most_common(1)[0][0] if targets else "unclear",
        probability=min(line.probability for line in lines),
        labelers=len(lines),
    )
