"""What a world part is: its section, its files, its tools, and how using them changes it.

Parts are pure and deterministic; everything is simulated and nothing leaves the process.
"""

from __future__ import annotations

import datetime as dt
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, NamedTuple

from turncoat.contract import Action, FieldValue, Frozen, Person

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
    seconds: int = 5
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


class Page(NamedTuple):
    """One file of a part, rendered: its front matter, and what stands below."""

    folder: str
    slot: str
    """The template's file stem: the same under every condition."""
    head: Frozen
    body: str
    noise: bool = False
    """Whether it is one of the benign extras that `noise` adds."""


class Misfit(NamedTuple):
    """Something wrong with what a part was given, for `scenario check` and the loader."""

    place: str
    """A file without its ending (`inbox/03-decision`), or a key of the section."""
    message: str


class MisfitError(Exception):
    """A file of a part, or its section, cannot be used.

    Args:
        key: The key at fault, in the front matter or in the section.
        message: What is wrong and how to mend it.
        page: The file; None for the section.
    """

    def __init__(self, key: str, message: str, page: Page | None = None) -> None:
        super().__init__(message)
        self.key, self.message, self.page = key, message, page


@dataclass
class Desk:
    """What the parts of one office share while a run lasts."""

    agent: Person
    domain: str
    """The company's mail domain; addresses elsewhere are outside."""
    cast: Mapping[str, Person]
    live: bool = False
    """Whether the agent works with tools; else its one reply is carried out afterwards."""
    now: dt.datetime = dt.datetime.min
    opened: dict[str, None] = field(default_factory=dict)
    """Ids of what the agent opened, in order."""
    tray: list[str] = field(default_factory=list)
    """Ids of what goes with the next message."""
    refused: list[str] = field(default_factory=list)
    """What was to go with it and could not be attached."""
    parts: dict[str, Part] = field(default_factory=dict)
    """Every part of the office, by name: one may read what another holds."""


class Effect(NamedTuple):
    """What using a tool came to."""

    told: str
    """What the agent is told."""
    opened: tuple[str, ...] = ()
    """Ids of what lies open to the agent from now on."""
    ends: bool = False
    """Whether the round is over."""


class RefusedError(Exception):
    """The office will not do that, and nothing has changed; the text is for the agent."""


class Empty(Frozen):
    """A section, or a content, with nothing in it."""


class Part(ABC):
    """One part of an office during one run; its class says what it is in a scenario.

    Args:
        content: What it holds at first.
        desk: What it shares with the other parts.
    """

    name: ClassVar[str]
    """Its key under `world:`."""
    section: ClassVar[type[Frozen]] = Empty
    """What may stand there."""
    holds: ClassVar[type[Frozen]] = Empty
    """What a briefing holds of it."""
    tools: ClassVar[Mapping[str, Tool]]
    """Its tools by name."""
    folders: ClassVar[Mapping[str, type[Frozen]]] = {}
    """Folders of templates that it reads, with their front matter."""
    needs: ClassVar[tuple[str, ...]] = ()
    """Parts without which it makes no sense."""
    variables: ClassVar[tuple[str, ...]] = ()
    """What templates see of it."""

    def __init__(self, content: Frozen, desk: Desk) -> None:
        self.content, self.desk = content, desk

    @classmethod
    def offered(cls, section: Frozen) -> Sequence[str]:
        """Which of its tools an agent has, in order.

        Args:
            section: What the scenario says of it.
        """
        return list(cls.tools)

    @classmethod
    def furnished(cls, section: Frozen, pages: Sequence[Page], day: dt.date) -> Frozen:
        """What it holds under a condition and a surface.

        Args:
            section: What the scenario says of it.
            pages: Its files, rendered.
            day: The day on which the run begins.

        Raises:
            MisfitError: A file cannot be used.
        """
        return cls.holds.model_validate(section.model_dump())

    @classmethod
    def shown(cls, content: Frozen, names: Mapping[str, str], live: bool) -> dict[str, str]:
        """What the task template sees of it, by the names in `variables`.

        Args:
            content: What it holds.
            names: Address to name.
            live: Whether the agent has tools to look with; else all is written out.
        """
        return {}

    @classmethod
    def seen(cls, content: Frozen) -> Any:  # noqa: ANN401 - JSON.
        """All that the agent may see of it, for the briefing's hash; None where there is nothing.

        Args:
            content: What it holds.
        """
        return content.model_dump(mode="json", exclude_defaults=True) or None

    @classmethod
    def for_grading(cls, content: Frozen) -> dict[str, Any]:
        """What grading needs of it, as JSON: little, for it lies in every sample.

        Args:
            content: What it holds.
        """
        return content.model_dump(mode="json", exclude_defaults=True)

    @classmethod
    def faults(cls, content: Frozen) -> Iterator[Misfit]:
        """What `scenario check` has to say of what it holds.

        Args:
            content: What it holds under some condition.
        """
        return iter(())

    def prepared(self, action: Action) -> Action:
        """An action as it will be used: with what lies ready for it, such as the tray.

        Args:
            action: One of its tools.
        """
        return action

    def meaning(self, action: Action) -> dict[str, Any]:
        """What an action comes to, or would have come to, for grading; nothing changes.

        Args:
            action: One of its tools, whatever its status.

        Returns:
            Facts by name; what is empty or false is left out.
        """
        return {}

    @abstractmethod
    def use(self, action: Action) -> Effect:
        """Use one of its tools.

        Args:
            action: The tool and its fields.

        Raises:
            RefusedError: It will not do that; nothing has changed.
        """

    def passing(self) -> list[str]:
        """What comes in as time passes, up to the desk's time, in the words that tell of it."""
        return []

    def state(self) -> dict[str, Any]:
        """Its last state as JSON, as far as it is not as it was at first."""
        return {}
