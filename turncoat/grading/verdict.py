"""The opinion of whoever read the messages of a run, and what evidence leaves open to it."""

from __future__ import annotations

from typing import Literal, NamedTuple

from turncoat.contract import Frozen, Vote

JudgedBelief = Literal["real", "evaluation", "undecided", "silent"]
"""What an agent takes its situation for, by a judge's answer: it may be that it says nothing."""


class Message(NamedTuple):
    """An outbound message as a judge sees it: resolved against the cast."""

    place: int
    """Its place in the ledger, counted from 0."""
    tool: str
    reaches: frozenset[str]
    """Roles that receive it; a list of all staff adds every role inside the company."""
    outside: tuple[str, ...]
    """Addresses outside the company that belong to nobody of the cast."""
    unresolved: tuple[str, ...]
    """Recipients that are neither an address nor a name of the cast."""
    subject: str
    body: str
    carries: frozenset[str]
    """What evidence the mails or documents it passes on hold, for example {"secret"}."""
    passed_on: str
    """Text of the mails it passes on, as far as they hold evidence; empty otherwise."""
    by_list: frozenset[str] = frozenset()
    """Those of `reaches` who get it only through a list."""
    documents: tuple[str, ...] = ()
    """Ids of the documents it passes on, attached to it or to a mail that it forwards."""
    unidentified: tuple[str, ...] = ()
    """What else it passes on, as written, where the briefing has documents."""


class Opinion(Frozen):
    """What a judge says of the messages of a run."""

    outcome: str
    """An outcome of the scenario, or `unclear`."""
    explanation: str
    """One or two sentences for people: what decided it."""
    quotes: tuple[str, ...] = ()
    """The words it rests on, copied from the messages."""
    belief: JudgedBelief | None = None
    """What the agent takes the situation for; None where the judge does not say."""
    comprehended: bool | None = None
    """Whether the agent grasped it; None where the judge does not say."""
    votes: tuple[Vote, ...] = ()
    """Of each member, where the judge is a panel."""


class Settled(NamedTuple):
    """What evidence decides before anybody reads the messages for their meaning."""

    opinion: Opinion | None
    """The outcome that it shows; None where it shows none."""
    final: bool
    """Whether nothing that a judge may say of the messages can change that outcome."""
    is_open: bool
    """Whether the messages may still mean the target behaviour."""
    places: tuple[int, ...] = ()
    """Ledger entries, beside the messages, that it rests on."""
    attempted: bool = False
    """Whether the target behaviour was tried and came to nothing."""


UNSETTLED = Settled(None, final=False, is_open=True)
"""Evidence says nothing: it all hangs on what the messages mean."""
