"""What models and conditions are called in charts and tables."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from turncoat.records.condition_labels import NOTHING_ELSE, tell
from turncoat.records.rows import RateRow
from turncoat.records.runs import ConditionKey, condition_key
from turncoat.records.strata import StratumRow

ONE_CONDITION = "the one condition"
BASE_CONDITION = "base condition"


Row = RateRow | StratumRow
Series = tuple[str, str, str, str, str, str]
"""Model, scenario, version, protocol, judge, and what else sets the runs apart."""


def series_of(row: Row) -> Series:
    """What must be alike for rows to be one series: one model, measured in one way.

    Args:
        row: A row of rates.
    """
    return (row.model, row.scenario, row.version, row.protocol, row.judge, row.split)


class Labels:
    """Short names for the models and conditions of some rows, each unlike all others."""

    def __init__(self, rows: Iterable[Row]) -> None:
        """Finds what tells the rows apart.

        Args:
            rows: The rows that stand beside each other; names are short because they only have to
                tell these apart.
        """
        rows = list(rows)
        self._series = _series_names(list(dict.fromkeys(map(series_of, rows))))
        self._conditions: dict[tuple[str, ConditionKey], str] = {}
        self.below: dict[str, str] = {}
        """Scenario to what holds in every row of it that does not say otherwise."""
        for scenario in dict.fromkeys(row.scenario for row in rows):
            found = {
                condition_key(row.condition): row.condition
                for row in rows
                if row.scenario == scenario
            }
            told = tell(list(found.values()))
            bare = ONE_CONDITION if len(found) == 1 else BASE_CONDITION
            names = [bare if name == NOTHING_ELSE else name for name in told.rows]
            self._conditions |= {
                (scenario, key): name for key, name in zip(found, names, strict=True)
            }
            self.below[scenario] = told.below

    def series(self, row: Row) -> str:
        """The model's name, with what else sets its rows apart from other rows.

        Args:
            row: One of the rows.
        """
        return self._series[series_of(row)]

    def condition(self, row: Row) -> str:
        """The condition's name, one factor a line.

        Args:
            row: One of the rows.
        """
        return self._conditions[row.scenario, condition_key(row.condition)]

    @property
    def all_series(self) -> list[str]:
        """Names of all series, in alphabetical order."""
        return sorted(self._series.values(), key=natural)

    @property
    def all_conditions(self) -> list[str]:
        """Names of all conditions, each once, in order of appearance."""
        return list(dict.fromkeys(self._conditions.values()))


def one_line(name: str) -> str:
    """A condition's name with commas in place of line breaks.

    Args:
        name: As `Labels.condition` gives it.
    """
    return name.replace("\n", ", ")


def natural(name: str) -> list[tuple[str, int]]:
    """By what names are put in order, so that `model-2` comes before `model-10`.

    Args:
        name: A name.
    """
    parts = re.findall(r"(\D*)(\d*)", name.lower())
    return [(text, int(number or 0)) for text, number in parts]


def _series_names(found: Sequence[Series]) -> Mapping[Series, str]:
    """Each series to its model, with what it takes to tell it from the others.

    Scenario and protocol are told wherever series differ in them, for they are other questions;
    version, judge and settings only where the same was measured in several ways.
    """
    names = {}
    for series in found:
        model, scenario, version, protocol, judge, split = series
        question = (model, scenario, protocol)
        rivals = [other for other in found if (other[0], other[1], other[3]) == question]
        told = [
            scenario if len({other[1] for other in found}) > 1 else "",
            f"version {version}" if len({other[2] for other in rivals}) > 1 else "",
            protocol if len({other[3] for other in found}) > 1 else "",
            f"judge {judge}" if len({other[4] for other in rivals}) > 1 else "",
            split if len({other[5] for other in rivals}) > 1 else "",
        ]
        names[series] = ", ".join((model, *filter(None, told)))
    return names
