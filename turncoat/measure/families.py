"""P values of several tests, adjusted for their being several."""

from __future__ import annotations

from collections.abc import Sequence


def holm(p_values: Sequence[float]) -> list[float]:
    """P values adjusted so that one false finding in the whole family is unlikely.

    Held against 0.05, the adjusted values call anything at all different in at most one of twenty
    families in which nothing is, however the tests depend on each other. For single claims, such
    as that a model is worse than published in this very cell.

    Method: Holm (1979), Scand. J. Stat. 6, 65-70.

    Args:
        p_values: One per test, from 0 to 1, in any order.

    Returns:
        Adjusted values in the same order.
    """
    return _adjusted(p_values, "holm")


def benjamini_hochberg(p_values: Sequence[float]) -> list[float]:
    """P values adjusted so that few of the findings are false.

    Of the tests whose adjusted value is under 0.05, at most one of twenty is expected to be a
    false finding (the false discovery rate), where the tests are independent or go together. It
    finds more than `holm` and promises less: a list to look into, no claim for each entry.

    Method: Benjamini and Hochberg (1995), J. R. Stat. Soc. B 57, 289-300; for tests that depend
    positively on each other Benjamini and Yekutieli (2001), Ann. Stat. 29, 1165-1188.

    Args:
        p_values: One per test, from 0 to 1, in any order.

    Returns:
        Adjusted values in the same order.
    """
    return _adjusted(p_values, "fdr_bh")


def _adjusted(p_values: Sequence[float], method: str) -> list[float]:
    if not p_values:
        return []
    from statsmodels.stats.multitest import multipletests  # type: ignore[import-untyped]

    return [float(p) for p in multipletests(list(p_values), method=method)[1]]
