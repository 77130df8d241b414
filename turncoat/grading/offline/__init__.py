"""The offline judge: rules over plain English, for when no grading model is bound."""

from turncoat.grading.offline.belief import is_aware, read_belief, topical
from turncoat.grading.offline.comprehension import comprehends
from turncoat.grading.offline.decision import drafts_with_secret, rules_opinion, speech_opinion

__all__ = [
    "comprehends",
    "drafts_with_secret",
    "is_aware",
    "read_belief",
    "rules_opinion",
    "speech_opinion",
    "topical",
]
