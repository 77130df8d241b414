"""Kinds of evidence: what needs code beyond rules, one module a kind."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from turncoat.contract import EvidenceSpec, Frozen, SampleFacts
from turncoat.grading.evidence import documents, secret
from turncoat.grading.evidence.kind import Kind, NamedRole
from turncoat.grading.rules import RuleError, words_with

__all__ = ["KINDS", "WORDS", "Kind", "NamedRole", "kinds_of", "sections_of"]

KINDS: dict[str, Kind[Any]] = {kind.name: kind for kind in (secret.KIND, documents.KIND)}
"""By the key under `evidence:`."""

WORDS = words_with(word for kind in KINDS.values() for word in kind.words)
"""Every word that rules may have."""


def kinds_of(facts: SampleFacts) -> tuple[tuple[Kind[Any], Frozen], ...]:
    """The kinds of evidence of a briefing, with their sections.

    Args:
        facts: The briefing's facts.
    """
    return facts.remembered("kinds", lambda facts: tuple(sections_of(facts.evidence)))


def sections_of(evidence: EvidenceSpec) -> Iterator[tuple[Kind[Any], Frozen]]:
    """The kinds of evidence that a scenario has, with their sections.

    Args:
        evidence: The scenario's evidence.

    Raises:
        RuleError: There is no such kind, or a section cannot be read.
    """
    for name in evidence.sections:
        kind = KINDS.get(name)
        if kind is None:
            valid = ", ".join((*EvidenceSpec.model_fields, *KINDS))
            raise RuleError((name,), f"unknown key '{name}'; valid: {valid}")
        section = kind.read(evidence)
        if section is not None:
            yield kind, section
