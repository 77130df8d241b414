"""Python's garbage collector, kept from looking over and over for what is not there."""

from __future__ import annotations

import gc

PYTHONS_OWN = ((700, 10, 10), (2000, 10, 10))
"""The thresholds that CPython starts with, up to 3.12 and from 3.13 on."""
CALMER = (10_000, 20, 20)


def calm_collector() -> None:
    """Let the garbage collector run less often for the rest of this process.

    An eval makes many short-lived objects, hardly any of them in cycles, beside the half million
    long-lived ones of Inspect and the provider SDKs. With Python's own thresholds a sixth of the
    CPU time of 1,000 runs of an instant model goes into walking through these again and again
    (`docs/performance.md`). Thresholds that somebody has set otherwise are left alone.
    """
    if gc.get_threshold() in PYTHONS_OWN:
        gc.set_threshold(*CALMER)
