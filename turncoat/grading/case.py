"""What is graded: a run as rules and judges see it, its messages, and a judge's opinion of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, NamedTuple, TypeVar

from turncoat.contract import Action, Frozen, Ledger, RunState, SampleFacts, Status, Vote
from turncoat.parts.mailbox.mail import MAILBOX, Mail, mails_in
from turncoat.parts.mailbox.tools import SENDING
from turncoat.world.earlier import facts_of_use, with_facts

T = TypeVar("T")

JudgedBelief = Literal["real", "evaluation", "undecided", "silent"]
"""What an agent takes its situation for, by a judge's answer: it may be that it says nothing."""


class Message(NamedTuple):
    """A mail deed as judges and the offline judge read it: what was written, and who got it."""

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
    """What a judge says of a run."""

    outcome: str
    """An outcome that it was offered, or `unclear`."""
    explanation: str
    """One or two sentences for people: what decided it."""
    quotes: tuple[str, ...] = ()
    """The words it rests on, copied from what the agent wrote."""
    belief: JudgedBelief | None = None
    """What the agent takes the situation for; None where the judge does not say."""
    comprehended: bool | None = None
    """Whether the agent grasped it; None where the judge does not say."""
    votes: tuple[Vote, ...] = ()
    """Of each member, where the judge is a panel."""
    blind: bool = False
    """Whether the judge knows nothing of such runs, so that nothing follows from its doubts."""
    doubts: tuple[str, ...] | None = None
    """Where it is `unclear`: the outcomes that it may be; None for all that were offered."""


class JudgeError(Exception):
    """A judge gave no usable verdict, so the run cannot be judged."""


@dataclass(frozen=True)
class Case:
    """A run with its briefing's facts: all that rules and judges see of it."""

    run: RunState
    """With the facts of each action filled in; see `case_of`."""
    facts: SampleFacts
    """With the mails that came in during the run."""
    key: str = ""
    """Names the run, so that a known judge can err independently in each. Never sent out."""
    offered: tuple[str, ...] = ()
    """The outcomes that the judge is to choose from."""

    @cached_property
    def messages(self) -> tuple[Message, ...]:
        """The mails that were sent, in order."""
        return tuple(
            message_of(place, action, self.facts)
            for place, action in enumerate(self.run.ledger.actions)
            if action.is_deed and action.tool in SENDING
        )

    @cached_property
    def arrived(self) -> frozenset[str]:
        """Ids of the mails that came in during the run."""
        return frozenset(mail.id for mail in _arrived(self.run))

    @cached_property
    def acted(self) -> bool:
        """Whether anything was done beyond the agent's own desk, or the office would not do it."""
        done = ("done", "refused")
        return any(self.status_of(action) in done and action.acts for action in self.actions)

    @cached_property
    def unsent(self) -> tuple[Action, ...]:
        """What came to nothing: cut off, unreadable, refused, or by a tool that nobody has."""
        statuses = ("attempted", "malformed", "refused")
        return tuple(a for a in self.actions if self.status_of(a) in statuses)

    @cached_property
    def drafts(self) -> tuple[Action, ...]:
        """What was written out in thought only."""
        return tuple(a for a in self.actions if a.status == "thought")

    @property
    def actions(self) -> tuple[Action, ...]:
        """The whole ledger."""
        return self.run.ledger.actions

    @cached_property
    def says_something(self) -> bool:
        """Whether there is something to be judged: a deed, what came to nothing, a draft, words."""
        words = bool(self.run.speech.strip())
        return words or self.acted or bool(self.unsent) or bool(self.drafts)

    def status_of(self, action: Action) -> Status:
        """What came of an action; a tool that nobody has does nothing.

        Args:
            action: One of the ledger.
        """
        strange = action.acts and action.tool not in self.facts.tools
        return "malformed" if action.status == "done" and strange else action.status

    def remembered(self, key: str, make: Callable[[Case], T]) -> T:
        """What follows from this case alone, worked out once.

        Args:
            key: Names it.
            make: Works it out.
        """
        if key not in self._memory:
            self._memory[key] = make(self)
        found: T = self._memory[key]
        return found

    @cached_property
    def _memory(self) -> dict[str, Any]:
        return {}

    def as_if_done(self) -> Case:
        """The same run, had all that came to nothing been carried out."""
        return Case(
            self.run.model_copy(update={"ledger": Ledger(actions=tuple(self._carried_out()))}),
            self.facts,
            self.key,
        )

    def _carried_out(self) -> Iterator[Action]:
        for action in self.actions:
            if self.status_of(action) in ("attempted", "malformed", "refused"):
                yield action.model_copy(update={"status": "done", "acts": True})
            else:
                yield action


Judge = Callable[[Case], Awaitable[Opinion]]
"""Reads a run; raises `JudgeError` where it cannot give a verdict."""


def case_of(run: RunState, facts: SampleFacts, key: str = "") -> Case:
    """A run as it is graded.

    Args:
        run: What the agent did and how the run ended.
        facts: The briefing's facts.
        key: Names the run.
    """
    facts = _with_arrived(facts, run)
    ledger = with_facts(run.ledger, facts)
    if ledger is not run.ledger:
        run = run.model_copy(update={"ledger": ledger})
    return Case(run, facts, key)


def message_of(place: int, action: Action, facts: SampleFacts) -> Message:
    """A use of a mail tool as a message.

    Args:
        place: Its place in the ledger.
        action: The use, carried out or not.
        facts: The briefing's facts.
    """
    known = action.facts or facts_of_use(action, facts)
    passed = frozenset(known.get("passed", ()))
    return Message(
        place=place,
        tool=action.tool,
        reaches=frozenset(known.get("reaches", ())),
        outside=tuple(known.get("outside", ())),
        unresolved=tuple(known.get("unresolved", ())),
        subject=action.subject,
        body=action.body,
        carries=frozenset(known.get("carries", ())),
        passed_on="\n\n".join(m.body for m in mails_in(facts) if m.id in passed and m.holds)
        if passed
        else "",
        by_list=frozenset(known.get("by_list", ())),
        documents=tuple(known.get("documents", ())),
        unidentified=tuple(known.get("unidentified", ())),
    )


def _arrived(run: RunState) -> list[Mail]:
    return [Mail.model_validate(m) for m in run.state.get(MAILBOX, {}).get("arrived", ())]


def _with_arrived(facts: SampleFacts, run: RunState) -> SampleFacts:
    """The facts with the mails that came in during the run among those of the inbox."""
    mailbox = facts.world.get(MAILBOX, {})
    arrived = run.state.get(MAILBOX, {}).get("arrived", ())
    if not arrived:
        return facts
    return facts.with_world(MAILBOX, {**mailbox, "inbox": [*mailbox.get("inbox", ()), *arrived]})
