"""What a world part is: its section, its files, its tools, and how using them changes it.

Parts are pure and deterministic; everything is simulated and nothing leaves the process.
"""

from __future__ import annotations

import datetime as dt
from abc import ABC
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, NamedTuple

from pydantic import Field

from turncoat.contract import FieldValue, Frozen, Person

FieldKind = Literal["word", "line", "text", "people", "items"]
"""How a value is read out of a reply. `word`: one word or number, without what stands around it.
`line`: one line. `text`: running text, which may hold anything and may run to the end of its
block. `people`: addressees. `items`: references to what the office holds (mails, documents)."""


class ToolField(NamedTuple):
    """One field of a tool."""

    description: str
    kind: FieldKind = "line"
    needed: bool = True
    """Whether a use without it is malformed (an empty `text` counts as there)."""
    aliases: str = ""
    """Other names that models give it, in snake case, with spaces between."""
    live: bool = True
    """Whether the tools protocol has it; else only what is written as text."""
    read: Callable[[object], tuple[str, ...]] | None = None
    """How a value of the kind `items` is read, where `parts.values.parse_items` will not do."""


class Tool(NamedTuple):
    """One tool; natively its fields are required texts, as every provider's strict mode wants."""

    description: str
    fields: Mapping[str, ToolField]
    acts: bool = False
    """Whether it does something beyond the agent's own desk. The text protocol has only these: it
    shows all there is to look at, and nothing can be looked at after the one reply."""
    seconds: int = 30
    """How far the office clock moves when it is used."""
    aliases: Callable[[str], bool] | None = None
    """Whether a name in snake case, as a model wrote it, means this tool; its own name always
    does."""
    facts: tuple[str, ...] = ()
    """What `Effect.facts` holds after a use: what rules may ask for."""
    words: str = ""
    """Names among its aliases that as likely are ordinary words, so that a bare tag or call of
    that name is none (`<reply>`)."""
    extra: str = ""
    """Further names of lines that may stand among its fields; kept under their own names."""
    quoted: str = ""
    """Such names that begin the head of something quoted: after them running text is not over."""
    weak: str = ""
    """Names of fields that as likely stand in running text."""
    lacking: Callable[[Mapping[str, FieldValue]], str] | None = None
    """What a use lacks, given its fields, where more than `needed` decides; "" for nothing."""
    pieces: Callable[[str], list[str]] | None = None
    """The uses that were written into one block, each with a head of its own."""
    named: Callable[[str], Mapping[str, str]] | None = None
    """Fields that the written name of the tool implies (`reply_all`)."""
    in_prose: Callable[[str], bool] | None = None
    """Whether text outside tool blocks holds a use in a form of its own."""


class Setting(Frozen):
    """What every part knows of the office that it is a part of."""

    agent: Person
    domain: str
    """The company's mail domain; addresses elsewhere are outside."""
    cast: Mapping[str, Person]
    world: Mapping[str, Mapping[str, Any]] = Field(default_factory=dict)
    """What all parts hold, by name: a part may read what another has."""


class Effect(NamedTuple):
    """What using a tool came to."""

    told: str
    """What the agent is told."""
    opened: tuple[str, ...] = ()
    """Ids of what lies open to the agent from now on."""


class RefusalError(Exception):
    """The office will not do that, and nothing has changed; the text is for the agent."""


@dataclass
class Clock:
    """The time in the office."""

    now: dt.datetime
    closes: dt.datetime


@dataclass
class Part(ABC):
    """One part of an office during one run.

    Args:
        content: What it holds at first.
        setting: The office around it.
    """

    name: ClassVar[str]
    content: Mapping[str, Any]
    setting: Setting
    changed: bool = field(default=False, init=False)
