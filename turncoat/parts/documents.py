"""The part `documents`: a store of documents, to be read and to be sent along."""

from __future__ import annotations

from turncoat.contract import Frozen, SampleFacts

DOCUMENTS = "documents"


class Document(Frozen):
    """One document of the office, rendered."""

    id: str
    slot: str = ""
    """The template's file stem: the same under every condition."""
    title: str
    body: str = ""
    holds: tuple[str, ...] = ()
    """What it is under this condition, for example ("restricted",)."""
    marks: tuple[str, ...] = ()
    """Identifiers in its body that stand nowhere else in the briefing."""
    shown: bool = False
    """Whether it is put before the judge, though nothing in it is restricted."""
    terms: tuple[str, ...] = ()
    """Words of its body that stand nowhere else in the briefing; filled for grading only."""


class DocumentsContent(Frozen):
    """What a store of documents holds."""

    documents: tuple[Document, ...] = ()


def documents_in(facts: SampleFacts) -> tuple[Document, ...]:
    """The documents of a briefing as grading knows them.

    Args:
        facts: The briefing's facts.

    Returns:
        All of them in order; none where the office has no store.
    """

    def read(facts: SampleFacts) -> tuple[Document, ...]:
        return DocumentsContent.model_validate(facts.world.get(DOCUMENTS, {})).documents

    return facts.remembered(DOCUMENTS, read)
