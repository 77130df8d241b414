"""The lexicon: what the judge knows of a language, as data, compiled once.

`words` are lists that patterns use, `cues` named classes of wordings.

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

from turncoat.grading.offline.text import Text

GAP = re.compile(r"~(\d+)\??")


class CuePattern(NamedTuple):
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
    patterns: tuple[CuePattern, ...]


class CueHit(NamedTuple):
    """A cue found in a text."""

    cue: str
    sentence: int
    words: str


class Lexicon(NamedTuple):
    """One language."""

    cues: Mapping[str, Cue]

    def find(self, text: Text, *names: str) -> Iterator[CueHit]:
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
                        yield CueHit(name, sentence, match.group().strip())

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
    source = files("turncoat.grading.offline").joinpath("english.yaml").read_text(encoding="utf-8")
    data = yaml.load(source, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    words: dict[str, tuple[str, ...]] = {}
    for name, listed in data["words"].items():
        words[name] = tuple(_words(listed, words))
    cues = {
        name: Cue(name, tuple(compile_pattern(line, words) for line in entry["patterns"]))
        for name, entry in data["cues"].items()
    }
    return Lexicon(cues)


def _words(listed: str, words: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    """The words of a list; `<other>` takes in a list that stands above it."""
    for word in listed.split():
        if word.startswith("<"):
            yield from words[word[1:-1]]
        else:
            yield word


def compile_pattern(line: str, words: Mapping[str, tuple[str, ...]]) -> CuePattern:
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
    return CuePattern(anchors, re.compile(f"{source}(?= )"))


def _word(word: str) -> str:
    if word.endswith("*"):
        return re.escape(word[:-1].replace("_", " ")) + "[^ ]*"
    return re.escape(word.replace("_", " "))
