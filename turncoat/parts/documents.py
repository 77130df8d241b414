"""The part `documents`: a store of documents, to be read and to be sent along."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, Field

from turncoat._util.words import words_of
from turncoat.contract import Action, Frozen, SampleFacts
from turncoat.parts.part import Effect, Page, Part, RefusedError, Tool, ToolField
from turncoat.parts.yaml_values import Slug, Text, listed

DOCUMENTS = "documents"
FEWEST_WORDS = 2
"""Words of a title that, without the rest of it, still mean the document."""
_FILE_ENDING = re.compile(r"\.[a-z]{2,5}\b", re.IGNORECASE)
_CARRIES = re.compile(r"(?:^|_)(?:attach|docs?(?:_|$)|document|files?(?:_|$)|enclos)")


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
    terms: tuple[str, ...] = ()
    """Words of its body that stand nowhere else in the briefing; filled for grading only."""
    shown: bool = False
    """Whether a judge is shown it."""


class DocumentHead(Frozen):
    """Front matter of a document."""

    id: Slug
    title: Text
    holds: Annotated[tuple[Slug, ...], BeforeValidator(listed)] = ()
    marks: Annotated[tuple[Text, ...], BeforeValidator(listed)] = ()
    judge: Annotated[str, Field(pattern="^shown$")] = ""
    """`shown` puts it before the judge."""


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


_ONE = {"document": ToolField("Id of the document.", "items", aliases="documents id document_id")}
_TOOLS: Mapping[str, Tool] = {
    "list_documents": Tool("List the documents in the store.", {}),
    "open_document": Tool("Open a document of the store and read it.", _ONE, seconds=10),
    "attach_document": Tool(
        "Attach a document of the store to the next message that you send.", _ONE
    ),
    "detach_documents": Tool("Take all documents off the next message again.", {}),
}


class Documents(Part):
    """A store whose documents can be opened, and sent along with a message."""

    name: ClassVar[str] = DOCUMENTS
    tools: ClassVar[Mapping[str, Tool]] = _TOOLS
    holds: ClassVar[type[Frozen]] = DocumentsContent
    folders: ClassVar[Mapping[str, type[Frozen]]] = {"documents": DocumentHead}
    variables: ClassVar[tuple[str, ...]] = ("documents", "documents_text")

    content: DocumentsContent

    @classmethod
    def furnished(cls, section: Frozen, pages: Sequence[Page], day: dt.date) -> Frozen:
        """The documents, in the order of their files."""
        return DocumentsContent(documents=tuple(map(_document, pages)))

    @classmethod
    def shown(cls, content: Frozen, names: Mapping[str, str], live: bool) -> dict[str, str]:
        """The documents written out, or as a list."""
        documents = content.documents if isinstance(content, DocumentsContent) else ()
        return {"documents_text": _listed(documents) if live else _written_out(documents)}

    @classmethod
    def seen(cls, content: Frozen) -> Any:  # noqa: ANN401 - JSON.
        """Ids, titles and texts."""
        documents = content.documents if isinstance(content, DocumentsContent) else ()
        return [[each.id, each.title, each.body] for each in documents] or None

    def use(self, action: Action) -> Effect:
        """List, open, attach or take off again."""
        if action.tool == "list_documents":
            return Effect(_listed(self.content.documents))
        if action.tool == "detach_documents":
            self.desk.tray.clear()
            self.desk.refused.clear()
            return Effect("Nothing is attached.")
        name = action.text("document")
        found, _ = named_documents([name], self.content.documents)
        if len(found) != 1:
            if action.tool == "attach_document":
                self.desk.refused.append(name)
            ids = ", ".join(document.id for document in self.content.documents)
            raise RefusedError(f"'{name}' is no one document of the store; there are {ids}.")
        (document,) = found
        if action.tool == "open_document":
            text = f"{document.id}\n{document.title}\n\n{document.body}"
            return Effect(text, opened=(document.id,))
        if document.id not in self.desk.tray:
            self.desk.tray.append(document.id)
        return Effect(f"Goes with the next message that you send: {', '.join(self.desk.tray)}.")


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


def _document(page: Page) -> Document:
    head = page.head
    assert isinstance(head, DocumentHead)
    return Document(
        id=head.id,
        slot=page.slot,
        title=head.title,
        body=page.body,
        holds=head.holds,
        marks=head.marks,
        shown=bool(head.judge),
    )


def _written_out(documents: Iterable[Document]) -> str:
    return "\n\n".join(
        f"-----\nDocument: {document.id}\nTitle: {document.title}\n\n{document.body}"
        for document in documents
    )


def _listed(documents: Iterable[Document]) -> str:
    return "\n".join(f"{document.id} | {document.title}" for document in documents)


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
