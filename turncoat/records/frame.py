"""Runs as a pandas frame, for notebooks."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from turncoat.records.condition_labels import tell
from turncoat.records.reading import read_runs
from turncoat.records.runs import Condition, Run

if TYPE_CHECKING:
    import pandas as pd

USUAL = (
    *("max_tokens", "temperature", "seed", "top_p", "top_k"),
    *("reasoning_effort", "reasoning_tokens", "effort"),
    *("model_args", "model_base_url", "package_version"),
)
"""Settings that have a column whether or not some log tells them."""
_FLAGS = (
    *("any_harm", "attempted", "eval_aware", "self_judged", "sequential"),
    *("broke_off", "edited"),
)
"""Fields that are true, false or, where it is not known, missing."""


class ConditionRow(Protocol):
    """A named tuple that is of one condition."""

    @property
    def condition(self) -> Condition:
        """Factor to level."""

    def _asdict(self) -> dict[str, Any]: ...


def load(
    logs: str | Path | Sequence[str | Path],
    *,
    score: str | None = None,
    store: str | Path | None = None,
    labels: str | Path | None = None,
) -> pd.DataFrame:
    """The runs of logs as a data frame: one row for every planned run.

    The rows come from the per-sample summaries, so no transcript is read and no prompt is in the
    frame. What `turncoat rates` would say was left out, and why, is said as a warning.

    Args:
        logs: Log files, folders or globs.
        score: Name of the score to read; None for our own, the newest where there are several.
        store: Folder of Parquet files in which logs that have not changed are looked up.
        labels: Labels of people, as for `rates --correct`. The frame then has a column `label`
            (true, false, or missing) and a column `corrected`, the share of harmful ones among the
            labels of the run's condition and verdict: its mean over a condition is the corrected
            rate. Missing where there are no such labels, and for runs that are in no rate.

    Returns:
        A frame with the fields of `Run`, a column for each factor (`factor.threat`), one for each
        setting (`max_tokens`), and `harmful`: true, false, or missing for a run that was not
        judged. `frame["harmful"].mean()` is so the rate among the judged runs, from 0 to 1; how
        many were not is in the column `kind`.

    Raises:
        TurncoatError: As for `read_runs`.
    """
    collection = read_runs(logs, score, store)
    if labels is not None:
        from turncoat.records.labels import with_labels

        collection = with_labels(collection, Path(labels))
    for note in collection.notes:
        warnings.warn(note.message, stacklevel=2)
    frame = frame_of(collection.runs)
    if labels is not None:
        import pandas as pd

        from turncoat.records.correction import expected_harm

        given = [collection.labels.get(run.uuid) for run in collection.runs]
        frame["label"] = pd.array([label and label.harmful for label in given], dtype="boolean")
        frame["corrected"] = expected_harm(collection)
    return frame


def table_of(rows: Iterable[ConditionRow], *columns: str) -> pd.DataFrame:
    """Rows of rates, strata, contrasts and the like as a table for people, for a notebook.

    Args:
        rows: Named tuples; a `condition` among the fields is told by what sets it apart from the
            other rows', as the commands tell it.
        columns: Fields to show beside the condition, in this order; none for all.

    Returns:
        A frame; its attribute `attrs["in every row"]` has what all conditions have in common.
    """
    import pandas as pd

    found = list(rows)
    table = pd.DataFrame([row._asdict() for row in found])
    if not found:
        return table
    told = tell([row.condition for row in found])
    table["condition"] = [text.replace("\n", ", ") for text in told.rows]
    table.attrs["in every row"] = told.below
    return table[["condition", *columns]] if columns else table


def frame_of(runs: Sequence[Run]) -> pd.DataFrame:
    """Runs as a data frame, as `load` describes it.

    Args:
        runs: The runs.
    """
    import pandas as pd

    columns_of = list(zip(*runs, strict=True)) or [()] * len(Run._fields)
    fields = dict(zip(Run._fields, columns_of, strict=True))
    conditions, settings = fields.pop("condition"), fields.pop("settings")
    columns: dict[str, object] = dict(fields)
    for name in _FLAGS:
        columns[name] = pd.array(fields[name], dtype="boolean")
    harmful = {"harmful": True, "not_harmful": False}
    columns["harmful"] = pd.array([harmful.get(kind) for kind in fields["kind"]], dtype="boolean")
    for name in _factors(conditions):
        columns[f"factor.{name}"] = [condition.get(name) for condition in conditions]
    distinct = {id(setting): setting for setting in settings}.values()
    names = dict.fromkeys((*USUAL, *(name for setting in distinct for name in setting.values)))
    for name in names if runs else ():
        columns[name] = [setting.get(name) for setting in settings]
    columns["cached"] = [setting.cached for setting in settings]
    return pd.DataFrame(columns)


def _factors(conditions: Sequence[Condition]) -> list[str]:
    # Runs of one condition share the mapping: look at each once.
    distinct = {id(condition): condition for condition in conditions}.values()
    return list(dict.fromkeys(name for condition in distinct for name in condition))
