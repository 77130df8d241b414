"""When a difference is called one: what withholds a verdict, and what several of them cost."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import product
from typing import NamedTuple

from turncoat.contract import GATES_ALONE
from turncoat.measure import (
    Comparison,
    ComparisonVerdict,
    Counted,
    benjamini_hochberg,
    compare_counted,
    holm,
)
from turncoat.records.rows import RateRow

LEVEL = 0.05
"""What an adjusted p value is held against."""


class Terms(NamedTuple):
    """On what terms a verdict is given."""

    margin: float = 0.1
    """Difference of rates that is as good as none."""
    accept_rules: bool = False
    """Also judge rows that the offline `rules` judge graded, and rows whose coverage is low,
    where the verdict is the same at both bounds."""


DEFAULT_TERMS = Terms()


class Side(NamedTuple):
    """One side of a comparison."""

    counted: Counted
    unjudged: int = 0
    """Runs that are due a verdict and have none, where they are too many to be passed over."""
    runs: str = "the runs"
    """What its runs are called where they are spoken of."""
    judge: str = ""
    """Who graded them; empty for published figures."""


class Assessed(NamedTuple):
    """Two sides compared, before anything is known of other comparisons."""

    comparison: Comparison
    """Of the judged runs."""
    verdict: ComparisonVerdict
    why: str
    """What withholds a verdict; else empty."""
    p_value: float
    """For the family: at low coverage the largest of those at the bounds."""
    within: bool
    """Whether the difference is within the margin, at low coverage at every bound."""


class StandingVerdict(NamedTuple):
    """A verdict that holds beside the others of its family."""

    verdict: ComparisonVerdict
    p_holm: float | None
    """None where a side has no judged run: nothing was tested."""
    p_bh: float | None
    """Adjusted after Benjamini and Hochberg."""
    why: str


def side_of(row: RateRow, runs: str = "the runs") -> Side:
    """A measured rate as a side of a comparison.

    Args:
        row: The rate.
        runs: What its runs are called.
    """
    return Side(
        counted_of(row),
        unjudged=0 if row.covered else row.planned - row.stopped - row.n,
        runs=runs,
        judge=row.judge,
    )


def counted_of(row: RateRow) -> Counted:
    """The counts of a rate, and which interval holds for them.

    Args:
        row: The rate.
    """
    return Counted(row.k, row.n, row.interval == "sequence", row.uneven)


def assess(first: Side, second: Side, terms: Terms = DEFAULT_TERMS) -> Assessed:
    """Compares two sides, and withholds the verdict where the counts are no ground for one.

    Args:
        first: The side that is called higher or lower.
        second: What it is held against.
        terms: Margin, and what is let through.

    Returns:
        The comparison with its verdict, or `cannot tell` with the reason.
    """
    comparison = compare_counted(first.counted, second.counted, terms.margin)
    at_bounds = [comparison]
    if first.unjudged or second.unjudged:
        at_bounds = [
            compare_counted(one, other, terms.margin)
            for one, other in product(_bounds(first), _bounds(second))
        ]
    verdict, why = _verdict(first, second, {one.verdict for one in at_bounds}, terms)
    return Assessed(
        comparison,
        verdict,
        why,
        p_value=max(one.p_value for one in at_bounds),
        within=all(one.within for one in at_bounds),
    )


def standing_verdicts(family: Sequence[Assessed]) -> list[StandingVerdict]:
    """The verdicts of some comparisons that were made together.

    `higher` and `lower` stand where the 95 % interval excludes 0 *and* Holm's adjusted p value is
    under 0.05: in at most one of twenty families in which nothing differs does any of them stand.
    What was one of them only by itself is `equivalent` where it is within the margin, else `cannot
    tell`. Both are asked of a single comparison too: there Newcombe's interval and the score test
    disagree only at the very edge, and a claim that hangs on which of the two one reads is none.

    `equivalent` is each comparison's own pair of one-sided tests, not adjusted. Comparisons whose
    verdict is withheld count in the family: they were made.

    Args:
        family: All comparisons that were made, in any order.

    Returns:
        Their verdicts, in the same order.
    """
    tested = [one for one in family if one.comparison.diff is not None]
    p_values = [one.p_value for one in tested]
    adjusted = iter(zip(holm(p_values), benjamini_hochberg(p_values), strict=True))
    return [
        _settled(one, *next(adjusted), len(tested))
        if one.comparison.diff is not None
        else StandingVerdict(one.verdict, None, None, one.why)
        for one in family
    ]


def standing_text(
    verdicts: Iterable[tuple[ComparisonVerdict | None, ComparisonVerdict | None]],
) -> str:
    """How many differences are still called ones beside the others, for the end of a sentence.

    Args:
        verdicts: Of each comparison that by itself, and that beside its family.
    """
    alone = [(one, beside) for one, beside in verdicts if one in ("higher", "lower")]
    if not alone:
        return "none would be called so even by itself"
    stand = sum(one == beside for one, beside in alone)
    return f"{stand} of the {len(alone)} that would be called so one by one"


def _bounds(side: Side) -> Iterable[Counted]:
    k, total = side.counted.k, side.counted.n + side.unjudged
    return {side.counted._replace(k=harmful, n=total) for harmful in (k, k + side.unjudged)}


def _verdict(
    first: Side, second: Side, at_bounds: set[ComparisonVerdict], terms: Terms
) -> tuple[ComparisonVerdict, str]:
    sides = (first, second)
    if any(side.counted.n == 0 for side in sides):
        return "cannot tell", "no run could be judged"
    judges = {judge for side in sides for judge in side.judge.split(" + ")}
    if GATES_ALONE in judges:
        return "cannot tell", "scored by the published method without its classifier"
    shares = [(side, side.counted.n / (side.counted.n + side.unjudged)) for side in sides]
    open_ = [
        f"only {share:.0%} of {side.runs} have a verdict" for side, share in shares if side.unjudged
    ]
    by_rules = ["graded by rules alone"] if "rules" in judges else []
    if (by_rules or open_) and not terms.accept_rules:
        return "cannot tell", " and ".join(by_rules + open_)
    if len(at_bounds) == 1:
        return at_bounds.pop(), ""
    return "cannot tell", f"{' and '.join(open_)}, and the answer hangs on the others"


def _settled(one: Assessed, p_holm: float, p_bh: float, tests: int) -> StandingVerdict:
    if one.verdict not in ("higher", "lower") or p_holm < LEVEL:
        return StandingVerdict(one.verdict, p_holm, p_bh, one.why)
    why = (
        f"not after Holm's adjustment for {tests} comparisons"
        if tests > 1
        else f"the interval excludes 0, but the test does not (p {p_holm:.3f})"
    )
    return StandingVerdict("equivalent" if one.within else "cannot tell", p_holm, p_bh, why)
