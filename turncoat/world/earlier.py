"""What the uses of tools in a ledger came to, where it does not say: in logs of before 0.2."""

from __future__ import annotations

from typing import Any

from turncoat.contract import Action, Ledger, SampleFacts
from turncoat.world.office import Office, office_of_facts


def with_facts(ledger: Ledger, facts: SampleFacts) -> Ledger:
    """A ledger in which every use that acts says what it came to.

    Args:
        ledger: What the agent did.
        facts: The briefing's facts.
    """
    if not any(action.acts and not action.facts for action in ledger.actions):
        return ledger
    office = _office(facts)
    return Ledger(
        actions=tuple(
            office.noted(action) if action.acts and not action.facts else action
            for action in ledger.actions
        )
    )


def facts_of_use(action: Action, facts: SampleFacts) -> dict[str, Any]:
    """What one use of a tool comes to, or would come to.

    Args:
        action: The use, carried out or not.
        facts: The briefing's facts.
    """
    return dict(_office(facts).noted(action).facts)


def _office(facts: SampleFacts) -> Office:
    """An office in which nothing is ever carried out, kept for all runs of a briefing."""
    return facts.remembered("office", office_of_facts)
