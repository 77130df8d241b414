"""Words of a text, runs of them, by which copied text is known again, and words for counts."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence

SHINGLE = 6
"""Words in a run: shorter ones are common phrases."""

WORD = re.compile(r"[^\W_]+")
_UNSEEN = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"))
_SAME = {0x2011: "-", 0x2019: "'"}


def levelled(text: str) -> str:
    """A text in lower case, without invisible characters and typographic variants.

    Args:
        text: Any text.

    Returns:
        A text of the same words, in which what looks alike is alike.
    """
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFKC", text.translate(_UNSEEN | _SAME)).lower()


def words_of(text: str) -> list[str]:
    """The words and numbers of a text, in order, without marks between them.

    Args:
        text: Any text.

    Returns:
        Runs of letters and digits, in lower case.
    """
    return WORD.findall(levelled(text))


def shingles(words: Sequence[str], size: int = SHINGLE) -> Iterator[tuple[str, ...]]:
    """Every run of so many words that follow each other.

    Args:
        words: The words of a text.
        size: Words in a run.

    Returns:
        The runs in order, the n-th beginning with the n-th word; none of a shorter text.
    """
    return zip(*(words[start:] for start in range(size)), strict=False)


def plural(count: int, one: str, many: str = "") -> str:
    """A count with its noun.

    Args:
        count: How many.
        one: The noun for one.
        many: For any other number; by default with an s.
    """
    return f"{count:,} {one if count == 1 else many or one + 's'}"
