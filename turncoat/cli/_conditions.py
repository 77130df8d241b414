"""Conditions in a table: the words for them, which the report uses too."""

from turncoat.records.condition_labels import Told, tell

__all__ = ["Told", "tell"]
