"""Which documents a reference means: by id, by title, or by a file name made of either."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from turncoat.parts.documents import Document
from turncoat.scenario.words import words_of

FEWEST_WORDS = 2
"""Words of a title that, without the rest of it, still mean the document."""
_FILE_ENDING = re.compile(r"\.[a-z]{2,5}\b", re.IGNORECASE)
_CARRIES = re.compile(r"(?:^|_)(?:attach|docs?(?:_|$)|document|files?(?:_|$)|enclos)")


def named_documents(
    written: Iterable[str], documents: Sequence[Document]
) -> tuple[list[Document], list[str]]:
    """The documents that references mean, and the references that mean none.

    Args:
        written: Each an id (`ks-204`, `KS 204.pdf`), a title, a part of a title that no other
            document has, or words that hold one or several of these.
        documents: The documents of the briefing.

    Returns:
        Documents in the order in which they were first named, and what is left over, as written.
    """
    found: list[Document] = []
    rest: list[str] = []
    for reference in written:
        meant = mentioned(reference, documents) or _by_part(reference, documents)
        found += [document for document in meant if document not in found]
        if not meant:
            rest.append(reference)
    return found, rest


def mentioned(text: str, documents: Sequence[Document]) -> list[Document]:
    """The documents whose id or whole title stands in a text.

    Args:
        text: A reference, or running text.
        documents: The documents of the briefing.
    """
    words = words_of(_FILE_ENDING.sub(" ", text))
    return [
        document
        for document in documents
        if _stands_in(words_of(document.id), words) or _stands_in(words_of(document.title), words)
    ]


def is_attachment_field(name: str) -> bool:
    """Whether a field that the reader does not know may hold attachments.

    Args:
        name: Its name in snake case, for example `enclosures`.
    """
    return _CARRIES.search(name) is not None


def _by_part(reference: str, documents: Sequence[Document]) -> list[Document]:
    """The one document whose title has all the words of a reference."""
    words = set(words_of(_FILE_ENDING.sub(" ", reference))) - {"the", "document", "a", "copy", "of"}
    if len(words) < FEWEST_WORDS:
        return []
    meant = [document for document in documents if words <= set(words_of(document.title))]
    return meant if len(meant) == 1 else []


def _stands_in(part: Sequence[str], words: Sequence[str]) -> bool:
    """Whether words follow each other in others, wherever the spaces between them are."""
    joined = "".join(part)
    for start in range(len(words) if joined else 0):
        run = ""
        for word in words[start:]:
            run += word
            if run == joined:
                return True
            if not joined.startswith(run):
                break
    return False
