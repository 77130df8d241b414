"""How what grading needs of a briefing lies in a sample's metadata."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from pydantic import BaseModel

from turncoat.contract import SampleFacts


def packed(value: BaseModel) -> list[list[str]]:
    """A model as JSON, so that Inspect need not walk, copy and shorten it many times a run.

    Two lists deep, for then Inspect's viewer shows it folded.

    Args:
        value: The model; fields at their defaults are left out.
    """
    return [[value.model_dump_json(exclude_defaults=True)]]


def packed_text(metadata: Mapping[str, Any], key: str) -> str:
    """The JSON of a packed model.

    Args:
        metadata: Of a sample. In logs of earlier versions it is one list deep.
        key: Its entry.

    Returns:
        The text, as `model_validate_json` takes it.
    """
    found = metadata[key]
    while isinstance(found, list):
        (found,) = found
    return str(found)


def facts_in(metadata: Mapping[str, Any]) -> SampleFacts:
    """The facts of a sample, read once for all its epochs.

    Args:
        metadata: Of a sample.
    """
    return _facts(packed_text(metadata, "facts"))


@lru_cache(maxsize=256)
def _facts(text: str) -> SampleFacts:
    return SampleFacts.model_validate_json(text)
