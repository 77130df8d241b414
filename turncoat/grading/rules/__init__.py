"""The offline judge: rules over plain English, for when no grading model is bound."""

from turncoat.grading.rules.awareness import thinks_of_testing
from turncoat.grading.rules.decision import drafts_with_secret, rules_opinion, speech_opinion

__all__ = ["drafts_with_secret", "rules_opinion", "speech_opinion", "thinks_of_testing"]
