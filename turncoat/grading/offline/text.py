"""From a message as written to plain tokens that patterns can match.

The result is one string of lower-case tokens with single spaces, in which people of the cast
stand as `@executive`, `@partner` and so on and the deadline as `@deadline`. Sentences end in `|`,
clauses in `.`. So the lexicon is written once, whatever the names of a surface are.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from turncoat.contract import SampleFacts

LOOK_ALIKES = str.maketrans(
    {
        **dict.fromkeys("‘’‛ʼ`´", "'"),
        **dict.fromkeys("“”„«»", '"'),
        **dict.fromkeys("‐‑‒", "-"),
        **dict.fromkeys("–—―", ";"),
        **dict.fromkeys("\u200b\u200c\u200d\u2060\ufeff\u00ad*", None),
        "\u00a0": " ",
        "…": ".",
        "&": " and ",
    }
)
CONTRACTIONS = re.compile(r"\b(?:ca|wo|sha)n't\b|\bcannot\b|n't\b|'(?:re|ve|ll|d|m)\b|\blet's\b")
FULL = {
    "can't": "can not",
    "cannot": "can not",
    "won't": "will not",
    "shan't": "shall not",
    "n't": " not",
    "'re": " are",
    "'ve": " have",
    "'ll": " will",
    "'d": " would",
    "'m": " am",
    "let's": "let us",
}
IS = re.compile(r"\b(it|that|there|what|he|she|who|here)'s\b")
BREAK = "\x1e"
# A word, an address or a role token; a genitive; the end of a clause; the end of a sentence.
TOKEN = re.compile(rf"@?[^\W_]+(?:'[^\W_]+)*|'s\b|[.!;:?](?=\W|$)|{BREAK}")
SENTENCE = re.compile(
    r"(?:(?<=[.!?])|(?<=[.!?][\"')\]”’]))(?<![MD]r\.)(?<!Mrs\.)(?<!Ms\.)(?<!\b[a-z]\.[a-z]\.)\s+"
    r"|\n\s*\n|\n(?=\s*[-•\d])"
)
END = re.compile(r" \|(?= )")
HOURS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
         "eleven", "twelve")  # fmt: skip


class Text(NamedTuple):
    """One message, read."""

    tokens: str
    """Tokens with single spaces, and a space at both ends."""
    ends: tuple[int, ...]
    """Offsets in `tokens` at which sentences end."""
    words: frozenset[str]
    """Every different token, and every beginning of one with a `*` behind it."""

    @classmethod
    def of(cls, tokens: str) -> Text:
        """The text that these tokens make."""
        words = set(tokens.split())
        words.update(*map(_beginnings, tuple(words)))
        return cls(tokens, tuple(match.start() for match in END.finditer(tokens)), frozenset(words))

    def sentence(self, offset: int) -> int:
        """Which sentence, counted from 0, the offset falls in."""
        return bisect_right(self.ends, offset)


@lru_cache(maxsize=50_000)
def _beginnings(word: str) -> tuple[str, ...]:
    return tuple(f"{word[:length]}*" for length in range(3, min(len(word), 16) + 1))


class Mask(NamedTuple):
    """How names of a cast and its deadline become tokens."""

    names: re.Pattern[str]
    tokens: Mapping[str, str]
    deadline: re.Pattern[str]

    def __call__(self, text: str) -> str:
        """The text with tokens in place of names, addresses and the deadline."""
        masked = self.names.sub(lambda match: f" {self._token(match[0])} ", text)
        return self.deadline.sub(" @deadline ", masked)

    def _token(self, name: str) -> str:
        return self.tokens.get(name) or self.tokens[name.lower()]


def level_characters(text: str) -> str:
    """The text with typographic variants and invisible characters levelled, capitals kept."""
    return unicodedata.normalize("NFKC", text.translate(LOOK_ALIKES))


def sentences(text: str) -> list[str]:
    """The sentences of a text as written; the n-th is the n-th of the text's tokens.

    Args:
        text: Subject and body of a message.

    Returns:
        Its non-empty sentences, stripped.
    """
    return [part.strip() for part in SENTENCE.split(text) if part.strip()]


def read_text(text: str, facts: SampleFacts | None = None) -> Text:
    """Reads a text into tokens.

    Args:
        text: Subject and body of a message, or reasoning, as written.
        facts: Cast and deadline, to be replaced by role tokens; None for no such thing.

    Returns:
        Its tokens and where its sentences end.
    """
    plain = level_characters(f" {BREAK} ".join(sentences(text)))
    if facts is not None:
        plain = _mask_of(facts)(plain)
    plain = plain.lower().replace("e-mail", "email")
    plain = IS.sub(r"\1 is", plain)
    plain = CONTRACTIONS.sub(lambda match: FULL[match[0]], plain)
    parts: list[str] = []
    for token in TOKEN.findall(plain):
        if token == BREAK:
            parts.append("|")
        elif token[0].isalnum() or token[0] in "@'":
            parts.append(f"{token[:-2]} 's".strip() if token.endswith("'s") else token)
        else:
            parts.append(".")
    return Text.of(f" {' '.join(parts)} ")


def _mask_of(facts: SampleFacts) -> Mask:
    target = facts.evidence.target
    people = tuple(
        (role, person.name, person.first, person.last, person.email, person.they, role == target)
        for role, person in (("agent", facts.agent), *facts.cast.items())
    )
    return _mask(people, facts.company, facts.deadline)


@lru_cache(maxsize=256)
def _mask(
    people: tuple[tuple[str, str, str, str, str, str, bool], ...], company: str, deadline: str
) -> Mask:
    """The mask for a cast: role, name, first, last, address, pronoun, and whether the target."""
    bearers: dict[str, list[str]] = {}
    for _, _, _, last, _, they, _ in people:
        bearers.setdefault(last, []).append(they)
    tokens = {company: "@company"} if company else {}
    for role, name, first, last, email, they, is_target in people:
        token = "@" + role.replace("_", "")
        forms = [name, first, f"{first} {last}"]
        polite = {"she": ("Mrs", "Ms"), "he": ("Mr",)}.get(they, ("Mx",))
        alone = len(bearers[last]) == 1
        if last and (alone or is_target):
            forms.append(last)
            polite = ("Mr", "Mrs", "Ms", "Mx", "Dr") if alone else polite
        if last and (alone or bearers[last].count(they) == 1 or is_target):
            forms += [f"{title}{dot} {last}" for title in polite for dot in ("", ".")]
        # Names count only with capitals, since some are words as well ("Grace", "Will").
        for form in forms:
            for written in (form.strip(), form.strip().upper()):
                if len(written) > 1:
                    tokens.setdefault(written, token)
        tokens[email.lower()] = token
    either = "|".join(re.escape(form) for form in sorted(tokens, key=len, reverse=True))
    emails = "|".join(re.escape(person[4]) for person in people)
    names = re.compile(rf"(?<![\w@])(?:(?i:{emails})|{either})(?![\w@])")
    return Mask(names, tokens, deadline_pattern(deadline))


@lru_cache(maxsize=64)
def deadline_pattern(deadline: str) -> re.Pattern[str]:
    """The hour in the ways people write it: 5:00 PM, 5pm, 17:00, five o'clock, by five.

    Args:
        deadline: The hour as the briefing has it.
    """
    found = re.match(r"\s*(\d{1,2})(?:[:.](\d{2}))?\s*([ap])?", deadline.lower())
    if not found:
        return re.compile(re.escape(deadline) if deadline else r"(?!)", re.IGNORECASE)
    hour, minute, half = int(found[1]), found[2] or "00", found[3]
    twelve = hour % 12 or 12
    late = hour % 12 + 12 if half == "p" or hour > 12 else hour
    forms = [rf"(?:{late:02d}|{twelve})[:.]{minute}(?:\s*[ap]\.?m\b)?(?!\d)"]
    if minute == "00":
        word = HOURS[twelve % 12]
        forms.append(rf"(?:{twelve}|{word})\s*(?:[ap]\.?m\b|o'?\s?clock)")
        # "by five", but not "by five days".
        after = r"(?=\s*(?:$|[.,;:!?|\x1e)]|today|this|and|or|is|i|you|we|it|then|the|would|will))"
        leads = ("at", "by", "before", "after", "until", "till", "past", "come")
        forms += [rf"(?<=\b{lead} ){word}\b{after}" for lead in leads]
    return re.compile(rf"\b(?:{'|'.join(forms)})", re.IGNORECASE)
