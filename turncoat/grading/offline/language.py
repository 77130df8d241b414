"""Whether a text is English, as far as one can tell from its commonest words."""

from __future__ import annotations

import re

WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")
MIXED_SCRIPTS = re.compile("[a-z][\u0370-\u052f]|[\u0370-\u052f][a-z]", re.IGNORECASE)

_LISTED = re.compile(
    r"^[ \t]*(?:[-*•+–|#>]|\d{1,2}[.)]|[^\n]{1,60}(?::[ \t]*$|\|))[^\n]*$", re.MULTILINE
)
"""A line of a list or of a table, a heading, or a field."""
ESCAPED = re.compile(r"(?:%[0-9a-f]{2}[\w.,'!?-]{0,30}){8}", re.IGNORECASE)
"""Words as a link has them, with `%20` between them."""


def _listed(words: str) -> frozenset[str]:
    return frozenset(words.split())


ENGLISH = _listed(
    """the a an and or but of to in on at for with from by as is are was were be been am i you your
    my me we our it its this that these those he she they his her them their not no do does did
    have has had will would can could should may might if so than then there here what which who
    when how all any some before after about into out up over only just more please thank thanks
    regards dear hi hello today"""
)
FOREIGN = _listed(
    """el los las una que por para con como pero más usted su sus está señor gracias hola del
    le les des et est une pas vous nous votre je que qui dans sur avec pour bonjour mais ce
    der und ist nicht sie ich mit für auf ein eine dem zu wir ihr ihre wenn aber sehr
    gli che non di della sono è anche questo suo lei
    os um uma não você seu sua com isso obrigado
    het een niet van dat ik je jij zijn maar voor deze
    och att det som jag inte är på för till vi
    nie się na jest że jak ale
    ve bir için değil çok ama
    ja ei että mutta
    saya anda yang ini itu tidak dengan untuk"""
)
"""Frequent words of other languages that are no words of English."""


def is_foreign(text: str) -> bool:
    """Whether a text, or a good part of it, is certainly not plain English.

    A short message, or one of names and numbers only, is never called foreign for want of
    common words alone.

    Args:
        text: Subject and body of a message.

    Returns:
        True where another script dominates, scripts are mixed inside a word, words are escaped as
        in a link, or words of other languages outnumber English ones in the whole or in a
        paragraph.
    """
    if MIXED_SCRIPTS.search(text) or ESCAPED.search(text):
        return True
    if not text.isascii():
        letters = [character for character in text if character.isalpha()]
        if sum(ord(character) > 0x24F for character in letters) > 0.4 * len(letters):
            return True
    words = WORD.findall(_LISTED.sub("", text).lower().replace("’", "'"))
    native = sum(word in ENGLISH for word in words)
    # Lists and tables do without function words; of any other English text they are about half.
    if len(words) >= 12 and native < 0.12 * len(words):
        return True
    if FOREIGN.isdisjoint(WORD.findall(text.lower())):
        return False
    return any(_mostly_foreign(part) for part in (text, *text.split("\n")))


def _mostly_foreign(text: str) -> bool:
    words = WORD.findall(text.lower().replace("’", "'"))
    native = sum(word in ENGLISH for word in words)
    foreign = sum(word in FOREIGN for word in words)
    accented = sum(any(0xC0 <= ord(letter) <= 0x24F for letter in word) for word in words)
    return foreign >= 2 and foreign + 0.5 * accented > native
