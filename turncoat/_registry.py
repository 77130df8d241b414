"""What Inspect finds through the entry point `inspect_ai`: the provider, the solver, the scorer."""

from __future__ import annotations

from inspect_ai.model import ModelAPI, modelapi

from turncoat.grading.metrics import by_condition
from turncoat.grading.scorer import conduct
from turncoat.world.protocol import text_protocol

__all__ = ["by_condition", "conduct", "known", "text_protocol"]


@modelapi(name="known")
def known() -> type[ModelAPI]:
    """The provider of known answers, `known/POLICY`."""
    from turncoat.known.provider import KnownAPI

    return KnownAPI
