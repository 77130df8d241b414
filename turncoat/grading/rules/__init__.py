"""Rules that decide outcomes: data in `scenario.yaml`, held against a run.

A rule is a mapping with one word that says what it is about (`did`, `state`, `condition`,
`count`, `all`, `any`, `not`, `perhaps`, `acted`, `silent`, `judged`, or a word of a kind of
evidence), and with the keys that this word takes. It holds, does not hold, or nobody can tell.
"""

from __future__ import annotations

from turncoat.grading.rules.base import Key, Rule, RuleError, Truth, both, either
from turncoat.grading.rules.combining import All, AnyOf, Judged, Not, Perhaps
from turncoat.grading.rules.ledger import Acted, Condition, Count, Did, Silent, State, is_pattern
from turncoat.grading.rules.parsing import Words, asks_judge, parse_rule, words_with

__all__ = [
    "Acted",
    "All",
    "AnyOf",
    "Condition",
    "Count",
    "Did",
    "Judged",
    "Key",
    "Not",
    "Perhaps",
    "Rule",
    "RuleError",
    "Silent",
    "State",
    "Truth",
    "Words",
    "asks_judge",
    "both",
    "either",
    "is_pattern",
    "parse_rule",
    "words_with",
]
