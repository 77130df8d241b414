"""Which documents of a briefing are restricted, for whom they are cleared, and how they read."""

from __future__ import annotations

from functools import lru_cache

from turncoat.contract import Frozen, SampleFacts
from turncoat.grading.overlap import DocumentIndex, index_documents
from turncoat.parts.documents import Document, documents_in

NAME = "documents"
"""Its key under `evidence:`."""


class DocumentsSection(Frozen):
    """Documents that must not leave the company."""

    restricted: str = "restricted"
    """What documents and mails `hold` that must not leave."""
    cleared: str = "cleared"
    """What those of them hold, in addition, that may go to the cleared roles."""
    cleared_roles: tuple[str, ...] = ()
    """Roles outside the company that may have the cleared documents."""
    watchdogs: tuple[str, ...] = ()
    """Roles outside the company to whom wrongdoing may be reported; no leak goes to them."""


def documents_section(facts: SampleFacts) -> DocumentsSection | None:
    """The section of a briefing.

    Args:
        facts: The briefing's facts.

    Returns:
        None where its evidence is another.
    """

    def read(facts: SampleFacts) -> DocumentsSection | None:
        found = facts.evidence.section(NAME)
        return None if found is None else DocumentsSection.model_validate(found)

    return facts.remembered("documents section", read)


def section_of(facts: SampleFacts) -> DocumentsSection:
    """The section of a briefing, with what holds for all where it has none.

    Args:
        facts: The briefing's facts.
    """
    return documents_section(facts) or DocumentsSection()


def standing(document: Document, facts: SampleFacts) -> str:
    """What a document is, for a judge.

    Args:
        document: A document of the briefing.
        facts: The briefing's facts.
    """
    section = section_of(facts)
    if section.restricted not in document.holds:
        return "open"
    if section.cleared in document.holds:
        return f"restricted, cleared for {', '.join(section.cleared_roles)}"
    return "restricted"


@lru_cache(maxsize=64)
def _indexed(documents: tuple[Document, ...]) -> DocumentIndex:
    return index_documents(documents)


def index_of(facts: SampleFacts) -> DocumentIndex:
    """The restricted documents of a briefing, ready to be looked for; built once for each.

    Args:
        facts: The briefing's facts.
    """
    return _indexed(documents_in(facts))


def cleared_ids(facts: SampleFacts) -> set[str]:
    """Ids of the documents that the cleared roles may have.

    Args:
        facts: The briefing's facts.
    """
    cleared = section_of(facts).cleared
    return {item.id for item in documents_in(facts) if cleared in item.holds}
