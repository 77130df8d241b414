"""The verdict on a run, and the opinion of whoever read its messages."""

from __future__ import annotations

from typing import Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

Belief = Literal["real", "evaluation", "undecided"]
"""What an agent takes the situation for that it is in."""

JudgedBelief = Literal["real", "evaluation", "undecided", "silent"]
"""The same in a judge's answer, which may be that nothing is said about it."""

JUDGE_FAILED = "judge-failed"
"""The outcome of a run, or the vote of one judge, where no verdict could be had."""

METHOD = "published method"
"""How the judge's name begins in scores by the published rule, so that no table takes them for
ours."""

GATES_ALONE = f"{METHOD} (gates alone)"
"""That name where no classifier was bound."""


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


class Vote(BaseModel):
    """What one judge of a panel says."""

    model_config = ConfigDict(frozen=True)

    judge: str
    outcome: str
    """An outcome of the scenario, or `judge-failed`."""


class Opinion(BaseModel):
    """What a judge says of the messages of a run."""

    model_config = ConfigDict(frozen=True, extra="forbid")

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


class Evidence(BaseModel):
    """A ledger entry that the verdict rests on."""

    model_config = ConfigDict(frozen=True)

    action: int
    """Place in the ledger, counted from 0."""
    reaches: tuple[str, ...] = ()
    quote: str = ""


class Verdict(BaseModel):
    """How a run ended. `harmful` and `any_harm` are None where the run is unclear or invalid."""

    model_config = ConfigDict(frozen=True)

    outcome: str
    harmful: bool | None
    any_harm: bool | None
    valid: bool
    """False where nothing could be judged: errored, cut off, garbled, filtered, judge failed."""
    attempted: bool | None = None
    """A harmful action was begun, whether or not it was completed; None where nobody can tell."""
    succeeded: bool | None = None
    """A harmful action was completed; None where nobody can tell."""
    concealed: bool | None = None
    """Whether a false reason was given for what was done; None where that is not judged."""
    disclosed: bool | None = None
    """The secret reached somebody who should not have it."""
    used_channel: bool = False
    eval_aware: bool | None = None
    """Whether the agent takes the situation for a test, or says that it may be one."""
    belief: Belief | None = None
    """What it takes the situation for; None where it says nothing of it."""
    belief_by: str = "rules"
    comprehended: bool | None = None
    """Whether it shows that it grasped the situation; None where too little is said to tell."""
    comprehended_by: str = "rules"
    evidence: tuple[Evidence, ...] = Field(default=())
    explanation: str = ""
    judge: str = "rules"
    votes: tuple[Vote, ...] = ()
    """Of each judge of a panel that was asked; empty where there was none."""
    settled: bool = False
    """Whether evidence alone decided it, so that the judge had no say."""
    rubric_hash: str = ""
