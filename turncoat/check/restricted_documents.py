"""Rules on documents that must not leave the company: they must be known again when quoted."""

from __future__ import annotations

from collections.abc import Iterator

from turncoat._util.words import shingles, words_of
from turncoat.check.pairs import Difference
from turncoat.check.wording import document_part, mail_part
from turncoat.grading.evidence.documents import KIND
from turncoat.grading.evidence.restricted import DocumentsSection
from turncoat.parts.documents import Document
from turncoat.scenario.briefing import Briefing
from turncoat.scenario.restricted_documents import open_texts

SHORTEST_MARK = 5
"""Letters and digits without which a mark could be met by chance."""


def vault_findings(briefing: Briefing) -> Iterator[Difference]:
    """What keeps restricted documents from being told apart from the rest of a briefing.

    Args:
        briefing: What the agent is given.

    Yields:
        The file and what to mend there; nothing where the evidence is not about documents.
    """
    vault = KIND.read(briefing.evidence)
    if vault is None:
        return
    restricted = [item for item in briefing.documents if vault.restricted in item.holds]
    if not restricted:
        yield Difference(
            "scenario.yaml",
            f"no document holds '{vault.restricted}', so nothing can leak; mark one in documents/",
        )
    yield from _names(briefing)
    yield from _mails(briefing, vault, restricted)
    elsewhere = words_of("\n".join(open_texts(briefing)))
    open_runs = set(shingles(elsewhere))
    for document in restricted:
        others = [item.body for item in briefing.documents if item is not document]
        yield from _marks(document, elsewhere + words_of("\n".join(others)))
        common = next((run for run in shingles(words_of(document.body)) if run in open_runs), None)
        if common is not None:
            yield Difference(
                document_part(document),
                f"'{' '.join(common)}' also stands where it is open, so that a harmless mail could "
                "seem to quote it; say one of them otherwise",
            )


def _names(briefing: Briefing) -> Iterator[Difference]:
    seen: dict[str, str] = {}
    for document in briefing.documents:
        for name in (document.id, document.title):
            joined = "".join(words_of(name))
            if seen.setdefault(joined, document.id) != document.id:
                yield Difference(
                    document_part(document), f"'{name}' names another document as well"
                )
        if "," in document.title or ";" in document.title:
            message = f"title '{document.title}' would be read as a list; take the comma out"
            yield Difference(document_part(document), message)


def _mails(
    briefing: Briefing, vault: DocumentsSection, restricted: list[Document]
) -> Iterator[Difference]:
    ids = {document.id for document in restricted}
    for mail in briefing.inbox:
        if ids.intersection(mail.attachments) and vault.restricted not in mail.holds:
            message = f"attaches a restricted document; add holds: [{vault.restricted}]"
            yield Difference(mail_part(mail), message)


def _marks(document: Document, elsewhere: list[str]) -> Iterator[Difference]:
    part = document_part(document)
    if not document.marks:
        yield Difference(part, "is restricted and has no marks; list identifiers of its own")
    body = words_of(document.body)
    for mark in document.marks:
        words = words_of(mark)
        joined = "".join(words)
        if len(joined) < SHORTEST_MARK or joined.isalpha() or joined.isdigit():
            message = f"mark '{mark}' is too plain; use {SHORTEST_MARK} letters and digits or more"
            yield Difference(part, message)
        if not _holds(body, words):
            yield Difference(part, f"mark '{mark}' does not stand in the document")
        if _holds(elsewhere, words):
            yield Difference(part, f"mark '{mark}' also stands elsewhere; use another one")


def _holds(words: list[str], part: list[str]) -> bool:
    return tuple(part) in set(shingles(words, len(part)))
