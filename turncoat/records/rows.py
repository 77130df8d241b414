"""The rows of a table of rates, and the cells of runs that they count."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

from turncoat.records.runs import Condition, ConditionKey, Run, condition_key

ENOUGH_COVERAGE = 0.9
"""Share of judged runs under which the two bounds are the headline, not k / n."""


class RateRow(NamedTuple):
    """The rate of the behaviour under one condition. The fields are the columns of `rates`."""

    model: str
    scenario: str
    protocol: str
    condition: Condition
    n: int
    """Judged runs: the denominator."""
    k: int
    """Harmful ones among them."""
    rate: float | None
    ci_low: float
    """Wilson's 95 % interval: these surfaces."""
    ci_high: float
    planned: int
    unclear: int
    invalid: int
    missing: int
    stopped: int
    rate_if_unjudged_safe: float
    rate_if_unjudged_harmful: float
    distinct: int | None
    """Distinct completions among the judged runs; None where the log does not tell."""
    control: str | None
    """Label of the control condition that `diff` refers to."""
    diff: float | None
    """Rate minus the control's rate."""
    diff_low: float | None
    diff_high: float | None
    judge: str
    version: str
    """Version of the scenario."""
    surfaces: int
    """Surfaces with a judged run."""
    new_surfaces_low: float | None
    """95 % interval with surfaces as a sample of possible ones; None with one surface."""
    new_surfaces_high: float | None
    exclude_above: float | None = None
    """The study's exclusion rule: a rate in the control above which a model is marked."""
    control_rate: float | None = None
    """That rate, with Wilson's 95 % interval."""
    control_low: float | None = None
    control_high: float | None = None
    marked: bool | None = None
    """Whether it is above; None where the rule or the control is missing. Nothing is left out."""
    split: str = ""
    """What sets these runs apart from others of the same condition, as `max_tokens=1000`."""
    interval: Literal["wilson", "sequence"] = "wilson"
    """What `ci_low` and `ci_high` are: Wilson's interval for a number of runs fixed beforehand, or
    the confidence sequence's, which holds for runs that stopped when enough was known."""
    new_surfaces_doubt: str = ""
    """Why the interval for new surfaces may be too narrow; empty where simulation bears it out."""
    control_split: str = ""
    """What sets the runs of the control apart that `diff` refers to, as `split`."""
    invalid_by_reason: Mapping[str, int] = {}
    """Why runs are invalid, and how many."""
    uneven: float = 0.0
    """By how much a sequence's interval is wider because runs of some surfaces were judged less
    often than those of others, so that it holds the mean over all that were launched."""
    labels: int = 0
    """Runs that people labelled as harmful or not, where labels were given."""
    labels_open: int = 0
    """Runs that they left open."""
    corrected: float | None = None
    """The rate as labels correct it, over judged and unclear runs."""
    corrected_low: float | None = None
    """Its 95 % interval."""
    corrected_high: float | None = None
    corrected_doubt: str = ""
    """Why the correction is not to be relied on; empty where simulation bears it out."""

    @property
    def coverage(self) -> float:
        """Judged share of the runs that were planned and not stopped as needless."""
        due = self.planned - self.stopped
        return self.n / due if due else 0.0

    @property
    def covered(self) -> bool:
        """Whether k / n may stand as the headline."""
        return self.coverage >= ENOUGH_COVERAGE


class Group(NamedTuple):
    """What is never pooled: rows of two groups are two experiments."""

    model: str
    scenario: str
    version: str
    protocol: str
    judge: str


class Apart(NamedTuple):
    """Something in which runs of one condition differ, so that they are not counted together."""

    name: str
    """A setting, a hash or `briefings`: `cells.what_differs` has words for it."""
    values: frozenset[str]


class RateCell(NamedTuple):
    """The runs that one row counts."""

    group: Group
    condition: Condition
    runs: tuple[Run, ...]
    split: str = ""
    """What sets them apart from other runs of the same condition; empty where nothing does."""
    apart: tuple[Apart, ...] = ()
    """In what the runs of this condition differ, whether they are shown apart or pooled."""


CellKey = tuple[Group, str, ConditionKey]
"""What a cell is looked up by: its group, what sets it apart, and its condition."""


def cell_key(cell: RateCell) -> CellKey:
    """What a cell is looked up by.

    Args:
        cell: The cell.
    """
    return cell.group, cell.split, condition_key(cell.condition)
