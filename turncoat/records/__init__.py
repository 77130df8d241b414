"""Inspect logs to tidy rows, rates of those, and the figures others have published."""

from turncoat.records.frame import frame_of, load, table_of
from turncoat.records.logs import Note, find_logs
from turncoat.records.rates import rate_rows
from turncoat.records.reading import read_runs
from turncoat.records.rows import RateRow
from turncoat.records.runs import Collection, Run

__all__ = [
    "Collection",
    "Note",
    "RateRow",
    "Run",
    "find_logs",
    "frame_of",
    "load",
    "rate_rows",
    "read_runs",
    "table_of",
]
