"""The offline judge: rules over plain English, for when no grading model is bound."""

from turncoat.grading.rules.belief import is_aware, read_belief, topical
from turncoat.grading.rules.comprehension import comprehends
from turncoat.grading.rules.decision import drafts_with_secret, rules_opinion, speech_opinion

__all__ = [
    "comprehends",
    "drafts_with_secret",
    "is_aware",
    "read_belief",
    "rules_opinion",
    "speech_opinion",
    "topical",
]
