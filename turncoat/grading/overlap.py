"""Copied text: which documents a message quotes, by their marks and by runs of their words.

Pure functions. The index is built once for a set of documents; a search then takes time in
proportion to the message alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from turncoat._util.words import SHINGLE, WORD, levelled, shingles, words_of
from turncoat.parts.documents import Document

COPIED_RUN = 12
"""Words in a row that nobody writes twice by chance."""
COPIED_SHARE = 0.15
"""Share of a document's runs of words above which it was copied, if changed here and there."""
FEWEST_RUNS = 3
"""So many runs at least make a share: one is a turn of phrase, even in a short document."""
QUOTE_LIMIT = 300
"""Characters of a quote."""

Run = tuple[str, ...]


class Overlap(NamedTuple):
    """What a text has in common with one document."""

    document: str
    share: float
    """Share of the document's runs of words that stand in the text, 0 to 1."""
    runs: int
    """How many different ones that is."""
    longest: int
    """Words in the longest stretch that both have; 0 where none is as long as one run."""
    marks: tuple[str, ...]
    """Marks of the document that stand in the text."""
    quote: str
    """The longest stretch, or the first mark, as the text has it."""

    @property
    def copied(self) -> bool:
        """Whether so much can only have been copied."""
        shared = self.share >= COPIED_SHARE and self.runs >= FEWEST_RUNS
        return bool(self.marks) or self.longest >= COPIED_RUN or shared


class DocumentIndex(NamedTuple):
    """Documents, ready to be looked for in texts."""

    names: tuple[str, ...]
    sizes: tuple[int, ...]
    """How many different runs of words each document has."""
    runs: Mapping[Run, tuple[int, ...]]
    """A run of words to the places, in `names`, of the documents that have it."""
    marks: Mapping[str, tuple[tuple[int, str], ...]]
    """A mark's letters and digits, run together, to the documents that have it."""
    beginnings: frozenset[str]
    """Every beginning of a mark, so that other words are passed over at once."""


class _Stretch(NamedTuple):
    """Words that follow each other, by the place of the first and their number."""

    start: int
    length: int


def index_documents(documents: Iterable[Document]) -> DocumentIndex:
    """Make documents ready to be looked for in texts.

    Args:
        documents: The documents; of one without body and marks nothing is ever found.

    Returns:
        The index.
    """
    kept = tuple(documents)
    runs: dict[Run, tuple[int, ...]] = {}
    marks: dict[str, tuple[tuple[int, str], ...]] = {}
    sizes: list[int] = []
    for place, document in enumerate(kept):
        own = set(shingles(words_of(document.body)))
        sizes.append(len(own))
        for run in own:
            runs[run] = (*runs.get(run, ()), place)
        for mark in document.marks:
            joined = "".join(words_of(mark))
            marks[joined] = (*marks.get(joined, ()), (place, mark))
    return DocumentIndex(
        names=tuple(document.id for document in kept),
        sizes=tuple(sizes),
        runs=runs,
        marks=marks,
        beginnings=frozenset(
            joined[:length] for joined in marks for length in range(1, len(joined) + 1)
        ),
    )


def overlaps(text: str, index: DocumentIndex) -> tuple[Overlap, ...]:
    """What a text has in common with the documents of an index.

    Case, punctuation, line breaks and invisible characters make no difference.

    Args:
        text: Subject and body of a message.
        index: The documents.

    Returns:
        One overlap for every document that shares a run of words or a mark, the fullest first.
    """
    plain = levelled(text)
    spans = [match.span() for match in WORD.finditer(plain)]
    words = [plain[start:end] for start, end in spans]
    shared, longest = _shared_runs(words, index)
    marks, places = _marks(words, index)
    found = []
    for place in {*shared, *marks}:
        stretch = longest.get(place) or places[place]
        start, end = spans[stretch.start][0], spans[stretch.start + stretch.length - 1][1]
        # Where levelling kept the length, the text's own letters stand at the same offsets.
        written = text if len(text) == len(plain) else plain
        runs = len(shared.get(place, ()))
        found.append(
            Overlap(
                document=index.names[place],
                share=runs / index.sizes[place] if index.sizes[place] else 0.0,
                runs=runs,
                longest=stretch.length if place in longest else 0,
                marks=tuple(marks.get(place, ())),
                quote=written[start : min(end, start + QUOTE_LIMIT)],
            )
        )
    return tuple(sorted(found, key=lambda one: (-one.share, -one.longest, one.document)))


def _shared_runs(
    words: Sequence[str], index: DocumentIndex
) -> tuple[dict[int, set[Run]], dict[int, _Stretch]]:
    """By document, the runs that it has in common with the words, and the longest stretch."""
    shared: dict[int, set[Run]] = {}
    longest: dict[int, _Stretch] = {}
    began: dict[int, int] = {}
    before: tuple[int, ...] = ()
    for at, run in enumerate(shingles(words)):
        found = index.runs.get(run, ())
        for place in found:
            shared.setdefault(place, set()).add(run)
            if place not in before:
                began[place] = at
            length = at - began[place] + SHINGLE
            if place not in longest or length > longest[place].length:
                longest[place] = _Stretch(began[place], length)
        before = found
    return shared, longest


def _marks(
    words: Sequence[str], index: DocumentIndex
) -> tuple[dict[int, dict[str, None]], dict[int, _Stretch]]:
    """By document, the marks among the words, whatever stands inside a mark, and the first one."""
    marks: dict[int, dict[str, None]] = {}
    places: dict[int, _Stretch] = {}
    for at, word in enumerate(words):
        joined, end = word, at + 1
        while joined in index.beginnings:
            for place, mark in index.marks.get(joined, ()):
                marks.setdefault(place, {})[mark] = None
                places.setdefault(place, _Stretch(at, end - at))
            if end == len(words):
                break
            joined += words[end]
            end += 1
    return marks, places
