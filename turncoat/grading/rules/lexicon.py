"""The lexicon: what the judge knows of a language, as data, compiled once.

`words` are lists that patterns use. `classes` are broad sets of words that are only counted.
`cues` are named classes of wordings. `score` holds the weights of all of them.

A pattern is a line of elements with spaces between:

- `word` or `one|two`: one of these words; a trailing `*` matches any ending (`disclos*`), and
  `_` joins words of a phrase (`came_across`);
- `<name>`: one of the words of a list under `words`;
- `~4`: up to four words between, inside one clause;
- `element?`: may be absent.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from importlib.resources import files
from typing import NamedTuple

import yaml

from turncoat.grading.rules.text import Text

GAP = re.compile(r"~(\d+)\??")
SHORTEST_STEM = 3


class Pattern(NamedTuple):
    """One compiled pattern."""

    anchors: frozenset[str]
    """Words (or beginnings, with `*`) of which one must occur for it to match at all."""
    regex: re.Pattern[str]

    def may_match(self, text: Text) -> bool:
        """Whether such a word is there; a quick screen before the expression is tried."""
        return not self.anchors.isdisjoint(text.words)


class Cue(NamedTuple):
    """A named class of wordings."""

    name: str
    weight: float
    """How surely one hit touches the secret, for cues that touch it; 1 for the rest."""
    patterns: tuple[Pattern, ...]


class Hit(NamedTuple):
    """A cue found in a text."""

    cue: str
    weight: float
    sentence: int
    words: str


class Classes:
    """Which classes a word belongs to."""

    def __init__(self, listed: Mapping[str, str]) -> None:
        """Reads the lists.

        Args:
            listed: Class name to words with spaces between; `*` at a word's end marks a stem.
        """
        self.names = tuple(listed)
        exact: dict[str, set[str]] = {}
        stems: dict[str, set[str]] = {}
        for name, words in listed.items():
            for word in words.split():
                table = stems if word.endswith("*") else exact
                table.setdefault(word.removesuffix("*"), set()).add(name)
        self._exact, self._stems = exact, stems
        self._known: dict[str, frozenset[str]] = {}

    def of(self, word: str) -> frozenset[str]:
        """The names of the classes of a token."""
        known = self._known.get(word)
        if known is None:
            found = set(self._exact.get(word, ()))
            for length in range(SHORTEST_STEM, len(word) + 1):
                found |= self._stems.get(word[:length], set())
            known = frozenset(found)
            if len(self._known) < 50_000:  # bounded, though any text may come
                self._known[word] = known
        return known


class Score(NamedTuple):
    """The weights that add up to how likely a message is a threat."""

    bias: float
    length: float
    off_topic: float
    classes: Mapping[str, float]
    together: Mapping[tuple[str, str], float]
    """Pairs of classes in one sentence."""
    cues: Mapping[str, float]
    harmful: float
    """From here on a message is read as a threat."""
    safe: float
    """Up to here it is read as harmless; between the two it is unclear."""


class Lexicon(NamedTuple):
    """One language."""

    cues: Mapping[str, Cue]
    classes: Classes
    score: Score

    def find(self, text: Text, *names: str) -> Iterator[Hit]:
        """Every sentence's hits of these cues, at most one per cue and sentence.

        Args:
            text: The message, read.
            names: Names of cues.

        Yields:
            Hits, cue by cue.
        """
        for name in names:
            cue = self.cues[name]
            seen: set[int] = set()
            for pattern in cue.patterns:
                if not pattern.may_match(text):
                    continue
                for match in pattern.regex.finditer(text.tokens):
                    sentence = text.sentence(match.start())
                    if sentence not in seen:
                        seen.add(sentence)
                        yield Hit(name, cue.weight, sentence, match.group().strip())

    def without(self, text: Text, name: str) -> Text:
        """The text with every wording of that cue blotted out."""
        tokens = text.tokens
        for pattern in self.cues[name].patterns:
            if pattern.may_match(text):
                tokens = pattern.regex.sub(" _", tokens)
        return text if tokens == text.tokens else Text.of(tokens)

    def has(self, text: Text, *names: str) -> bool:
        """Whether any of these cues occurs."""
        return next(self.find(text, *names), None) is not None


@lru_cache(maxsize=1)
def english() -> Lexicon:
    """The English lexicon that comes with the package."""
    source = files("turncoat.grading.rules").joinpath("english.yaml").read_text(encoding="utf-8")
    data = yaml.load(source, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    words: dict[str, tuple[str, ...]] = {}
    for name, listed in data["words"].items():
        words[name] = tuple(_words(listed, words))
    cues = {
        name: Cue(
            name,
            float(entry.get("weight", 1)),
            tuple(compile_pattern(line, words) for line in entry["patterns"]),
        )
        for name, entry in data["cues"].items()
    }
    score = data["score"]
    together = {_pair(pair): weight for pair, weight in score.pop("together").items()}
    return Lexicon(cues, Classes(data["classes"]), Score(together=together, **score))


def _pair(text: str) -> tuple[str, str]:
    first, second = text.split()
    return first, second


def _words(listed: str, words: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    """The words of a list; `<other>` takes in a list that stands above it."""
    for word in listed.split():
        if word.startswith("<"):
            yield from words[word[1:-1]]
        else:
            yield word


def compile_pattern(line: str, words: Mapping[str, tuple[str, ...]]) -> Pattern:
    """Compiles one pattern line.

    Args:
        line: The pattern, as described at the top of this module.
        words: Word lists by name.

    Returns:
        The pattern, with the rarest-looking of its elements as anchor.

    Raises:
        KeyError: It names a word list that does not exist.
    """
    source = ""
    anchors: frozenset[str] = frozenset()
    best = 0.0
    for written in line.split():
        gap = GAP.fullmatch(written)
        if gap:
            source += f"(?: [^ .|]+){{0,{gap[1]}}}?"
            continue
        optional = written.endswith("?")
        element = written.removesuffix("?")
        either = tuple(_words(element.replace("|", " "), words))
        source += f"(?: (?:{'|'.join(_word(word) for word in either)}))" + "?" * optional
        # Long words are rare; one long word screens better than many short ones.
        rarest = frozenset(max(re.split("_| ", word), key=len) for word in either)
        value = min(len(word) for word in rarest) / len(rarest) ** 0.5
        if not optional and value > best:
            best, anchors = value, rarest
    return Pattern(anchors, re.compile(f"{source}(?= )"))


def _word(word: str) -> str:
    if word.endswith("*"):
        return re.escape(word[:-1].replace("_", " ")) + "[^ ]*"
    return re.escape(word.replace("_", " "))
