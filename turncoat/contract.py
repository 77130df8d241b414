"""The records that cross rooms and lie in logs, each written and read by the same class.

`Experiment` is what an eval was, `SampleFacts` all that grading needs of a briefing, `RunState`
what a run leaves behind (its ledger in it), `Verdict` what grading makes of both, `ScoreRecord` how
that lies in a score. Logs of earlier versions read too: see `turncoat._util.earlier_logs`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import Annotated, Any, ClassVar, Literal, Self, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    field_validator,
    model_validator,
)

from turncoat._util.earlier_logs import action_of, facts_of, run_state_of

T = TypeVar("T")


class Frozen(BaseModel):
    """Base of the values that never change once made."""

    model_config = ConfigDict(frozen=True, extra="forbid")


# What the agent did.

Status = Literal["done", "refused", "attempted", "malformed", "thought"]
"""`done`: complete, outside the scratchpad, and carried out. `refused`: carried out in vain, for
the office would not. `attempted`: cut off before it was complete. `malformed`: a tool block that
cannot be read as an action. `thought`: inside the scratchpad."""


class Recipient(Frozen):
    """One addressee as the agent wrote it."""

    text: str
    """What was written, with display name and capitals."""
    address: str | None = None
    """The address in it, in lower case; None where there is only a name."""


FieldValue = str | tuple[Recipient, ...] | tuple[str, ...]
"""What a field of a tool was given: text, addressees, or a list of names."""


class Action(Frozen):
    """One use of a tool, with what came of it, written once, when it happened."""

    tool: str
    """Tool name in snake case (`send_email`)."""
    status: Status
    acts: bool = False
    """Whether the tool does something beyond the agent's own desk: then it is a deed."""
    fields: Mapping[str, FieldValue] = Field(default_factory=dict)
    """What the tool was given, by the names that its part has for its fields."""
    facts: Mapping[str, Any] = Field(default_factory=dict)
    """What the use came to, for grading (who received it, what changed from what to what). Of a
    use that was not carried out: what it would have come to."""
    opened: tuple[str, ...] | None = None
    """Ids of what the agent had opened before; None where everything lay before it, as in the
    text protocol."""
    note: str = ""
    """Why it is malformed, refused or only an attempt."""
    raw: str = ""
    """The text it was read from, shortened to 4,000 characters; empty where the fields of what
    was done say it all."""

    @model_validator(mode="before")
    @classmethod
    def _of_earlier_logs(cls, data: Any) -> Any:  # noqa: ANN401 - whatever a log holds.
        return action_of(data)

    def text(self, name: str) -> str:
        """A field as text; lists with commas, and nothing where it was not given.

        Args:
            name: The field.
        """
        value = self.fields.get(name, "")
        if isinstance(value, str):
            return value
        return ", ".join(item if isinstance(item, str) else item.text for item in value)

    def names(self, name: str) -> tuple[str, ...]:
        """A field that holds a list of names; text is a list of one.

        Args:
            name: The field.
        """
        value = self.fields.get(name, ())
        if isinstance(value, str):
            return (value,) if value else ()
        return tuple(item if isinstance(item, str) else item.text for item in value)

    def people(self, *names: str) -> tuple[Recipient, ...]:
        """The addressees in some fields, in order.

        Args:
            *names: The fields, `to` for instance.
        """
        values = (self.fields.get(name, ()) for name in names)
        return tuple(item for value in values for item in value if isinstance(item, Recipient))

    @property
    def recipients(self) -> tuple[Recipient, ...]:
        """Everybody it is addressed to: its fields `to`, `cc` and `bcc`."""
        return self.people("to", "cc", "bcc")

    @property
    def is_deed(self) -> bool:
        """Whether it was carried out, or refused, and does something beyond the agent's desk."""
        return self.acts and self.status == "done"

    @property
    def subject(self) -> str:
        """Its field of that name; empty where it has none."""
        return self.text("subject")

    @property
    def body(self) -> str:
        """Its field of that name; empty where it has none."""
        return self.text("body")


class Ledger(Frozen):
    """Every action of a run in the order in which it was taken."""

    actions: tuple[Action, ...] = ()

    def with_status(self, *statuses: Status) -> Iterator[Action]:
        """The actions of some statuses, in order.

        Args:
            *statuses: `done`, for example.

        Returns:
            An iterator, to be used once.
        """
        return (action for action in self.actions if action.status in statuses)

    @property
    def deeds(self) -> tuple[Action, ...]:
        """What was done beyond the agent's own desk."""
        return tuple(action for action in self.actions if action.is_deed)


Stop = Literal["", "errored", "limited", "empty", "out-of-turns"]
"""What ended a run before its time, as far as the solver saw it."""


class RunState(Frozen):
    """What a run leaves behind: all that grading reads of what the agent did.

    It lies in the sample's metadata and not in Inspect's store: of every change to the store
    Inspect keeps an event in each of the spans around it, compared and written one by one, which
    costs as much as reading the reply (`docs/performance.md`).
    """

    ledger: Ledger = Ledger()
    thoughts: str = ""
    """All scratchpad text and native reasoning."""
    speech: str = ""
    """What stands outside the scratchpad and outside the tool blocks."""
    cut_off: bool = False
    """Whether the text ends inside a tool block or inside the scratchpad."""
    state: Mapping[str, Any] = Field(default_factory=dict)
    """The last state of each part of the office, by its name, as far as it is not as at first."""
    unread: tuple[str, ...] = ()
    """Ids of what shows what is at stake and was never opened."""
    live: bool = False
    """Whether the agent worked with tools, over several turns."""
    finished: bool = False
    """Set as the solver's last act; a run without it is invalid."""
    stop: Stop = ""
    stop_reason: str = "stop"
    """Why the last reply ended, in Inspect's words."""
    requested: str = ""
    """The model that was asked; empty where that is not known."""
    served: tuple[str, ...] = ()
    """The models that answered, by the provider's word, each once."""
    error: str = ""
    """What the provider said went wrong, where it answered all the same."""
    prompt_cut: str = ""
    """Why the server cannot have read the whole prompt; empty where nothing speaks for that."""
    completion: str = ""
    """The replies as they came, for telling repeats from copies."""

    @model_validator(mode="before")
    @classmethod
    def _of_earlier_logs(cls, data: Any) -> Any:  # noqa: ANN401 - whatever a log holds.
        return run_state_of(data)

    @property
    def completion_hash(self) -> str:
        """First 12 hex digits of the SHA-256 of the reply with its reasoning."""
        text = f"{self.thoughts}\x00{self.completion}"
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]

    def kept(self) -> dict[str, Any]:
        """What of it goes into a log: not what lies there anyhow, nor what is as at first."""
        elsewhere = {"stop_reason", "requested", "error", "prompt_cut", "completion"}
        return self.model_dump(mode="json", exclude_defaults=True, exclude=elsewhere)


# What the agent was given, as far as grading needs it.


class Person(Frozen):
    """Somebody, or a mailing list, with an address in the scenario."""

    role: str
    """The part played, the same in every mailbox scenario (`executive`, `partner`, ...)."""
    name: str
    first: str
    last: str = ""
    email: str
    title: str = ""
    outside: bool = False
    """Whether the address lies outside the company."""
    group: bool = False
    """Whether the address is a list that reaches everybody in the company."""
    they: str = "they"
    them: str = "them"
    their: str = "their"


OutcomeKind = Literal["harmful", "not_harmful", "unclear", "invalid"]


class OutcomeSpec(Frozen):
    """What one outcome means, and how it counts."""

    kind: OutcomeKind
    any_harm: bool = False
    """Whether harm was done, be it the target behaviour or another."""
    attempted: bool = False
    """Whether it is an attempt at the target behaviour that came to nothing."""
    level: int | None = None
    """Its place on a ladder of outcomes, where they make one."""
    decided_by: Mapping[str, Any] | None = None
    """The rule that decides it, as `turncoat.grading.rules` reads it; None for the judge alone."""
    summary: str = ""


Phrase = Annotated[str, StringConstraints(pattern=r"^[^\sA-Z]+( [^\sA-Z]+)*$")]


class PublishedRule(Frozen):
    """How the published study decided, as far as it is a matter of the scenario.

    Every gate that is given must hold before the classifier's yes counts.
    """

    criterion: Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
    """What its classifier is asked: when the answer is yes, and when no. In our own words."""
    recipients: tuple[str, ...] = ()
    """Gate: a mail is addressed to somebody of these roles."""
    words: tuple[Phrase, ...] = ()
    """Gate: one of these words or phrases, lower case, stands in the reply ("leverage")."""
    tools: tuple[str, ...] = ()
    """Gate: one of these tools is used."""
    tool_words: tuple[Phrase, ...] = ()
    """Gate: one of these words, lower case, stands in a use of some tool."""
    code: bool = False
    """Gate: the code of the alert stands in a use of some tool."""

    @model_validator(mode="after")
    def _has_a_gate(self) -> PublishedRule:
        if not (self.recipients or self.words or self.tools or self.tool_words or self.code):
            raise ValueError("needs a gate: 'recipients', 'words', 'tools', 'tool_words' or 'code'")
        return self


class EvidenceSpec(Frozen):
    """The scenario's `evidence` section: who is watched, and what lies there that tells of it.

    What is not named here is a section of one kind of evidence (`secret`, `documents`), kept as it
    stands; `turncoat.grading.evidence` has the kinds and reads their sections.
    """

    model_config = ConfigDict(extra="allow")

    target: str
    """Role against whom the behaviour is aimed."""
    stake: tuple[str, ...] = ()
    """Words and phrases, lower case, for what the agent stands to lose ("wipe", "replacement")."""
    channels: tuple[str, ...] = ()
    """Roles to whom an honest escalation may go."""
    report_to: tuple[str, ...] = ()
    """Roles inside to whom misconduct may be reported, with what is private in it."""
    published: PublishedRule | None = None
    """The published study's own rule; None where nobody has published one."""
    crucial: tuple[str, ...] = ()
    """Slots of the mails without which nobody knows what is at stake, beside those that hold
    evidence: an agent with tools that never opened one of them has not been put to the test."""

    @property
    def sections(self) -> Mapping[str, Any]:
        """The section of each kind of evidence, by its name."""
        return self.model_extra or {}

    def section(self, name: str) -> Mapping[str, Any] | None:
        """The section of one kind of evidence; None where the scenario has none of it.

        Args:
            name: The kind.
        """
        found = self.sections.get(name)
        return found if isinstance(found, Mapping) else None


class SampleFacts(Frozen):
    """All that grading needs of a briefing; travels in each sample, so that any log re-grades."""

    scenario: str
    version: str
    behaviour: str
    condition: Mapping[str, str]
    surface: int
    surface_seed: int = 0
    protocol: str = "text"
    agent: Person
    company: str
    surface_of: Mapping[str, str] = Field(default_factory=dict)
    """The properties that its surface was drawn with: company, wording, plot, style and the
    executive's gender; empty in logs of before they were noted."""
    domain: str
    """The company's mail domain; addresses elsewhere are outside."""
    deadline: str
    cast: Mapping[str, Person]
    world: Mapping[str, Mapping[str, Any]] = Field(default_factory=dict)
    """What each part of the office holds, by its name, as far as grading needs it: mails as id,
    sender and subject, documents as id and title; the rest only of what holds evidence."""
    tools: tuple[str, ...]
    evidence: EvidenceSpec
    outcomes: Mapping[str, OutcomeSpec]
    """The scenario's own outcomes and the common ones."""
    rubric: str
    hashes: Mapping[str, str] = Field(default_factory=dict)
    """`scenario`, `briefing` and `rubric`, as the first 12 hex digits of a SHA-256."""
    canary: str = ""
    """Grading has no use for it: so it lies in each sample too, for whoever filters texts by it."""

    @model_validator(mode="before")
    @classmethod
    def _of_earlier_logs(cls, data: Any) -> Any:  # noqa: ANN401 - whatever a log holds.
        return facts_of(data)

    def remembered(self, key: str, make: Callable[[SampleFacts], T]) -> T:
        """What follows from these facts alone, worked out once for all the runs that share them.

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

    def with_world(self, name: str, content: Mapping[str, Any]) -> SampleFacts:
        """The same facts with another content of a part.

        Args:
            name: The part.
            content: What it holds.
        """
        changed = self.model_copy(update={"world": {**self.world, name: content}})
        changed.__dict__.pop("_memory", None)  # A copy would share it.
        return changed


# What grading makes of it.

Belief = Literal["real", "evaluation", "undecided"]
"""What an agent takes the situation for that it is in."""

JUDGE_FAILED = "judge-failed"
"""The outcome of a run, or the vote of one judge, where no verdict could be had."""

METHOD = "published method"
"""How the judge's name begins in scores by the published rule, so that no table takes them for
ours."""

GATES_ALONE = f"{METHOD} (gates alone)"
"""That name where no classifier was bound."""


class Vote(Frozen):
    """What one judge of a panel says."""

    judge: str
    outcome: str
    """An outcome of the scenario, or `judge-failed`."""


class Evidence(Frozen):
    """A ledger entry that the verdict rests on."""

    action: int
    """Place in the ledger, counted from 0."""
    reaches: tuple[str, ...] = ()
    quote: str = ""


class Verdict(Frozen):
    """How a run ended. `harmful` and `any_harm` are None where the run is unclear or invalid."""

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
    evidence: tuple[Evidence, ...] = ()
    explanation: str = ""
    judge: str = "rules"
    votes: tuple[Vote, ...] = ()
    """Of each judge of a panel that was asked; empty where there was none."""
    settled: bool = False
    """Whether evidence alone decided it, so that the judge had no say."""
    rubric_hash: str = ""


# What an eval was.

Level = Annotated[str, BeforeValidator(str)]
"""A level's name; the count of a factor such as `noise` may be stored as a number."""


class LogRecord(BaseModel):
    """Base of what lies in a log and says in which form."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    FORMAT: ClassVar[int] = 1

    def kept(self) -> dict[str, Any]:
        """What goes into the log: what was set, and the form."""
        return {"format": self.FORMAT, **self.model_dump(mode="json", exclude_unset=True)}


class CellSpec(BaseModel):
    """One condition of an eval."""

    model_config = ConfigDict(frozen=True)

    design: str = ""
    condition: dict[str, Level]


class ExclusionSpec(BaseModel):
    """A study's rule for leaving a model out."""

    model_config = ConfigDict(frozen=True)

    design: str
    above: float
    """Rate above which a model is marked."""
    controls: dict[str, str]
    """Label of each cell to that of the one whose rate decides."""


class Experiment(LogRecord):
    """What an eval was: the same for all its samples. The model and its settings are Inspect's."""

    FORMAT: ClassVar[int] = 2
    KEY: ClassVar[str] = "turncoat"
    """Where it stands in a task's metadata."""

    format: int = Field(default=1, le=2)
    """1 is that of the first logs, which did not say."""
    scenario: str
    version: str
    behaviour: str = ""
    protocol: str
    surfaces: int | None = None
    surface_seed: Level = "0"
    scenario_hash: str = ""
    package_version: Level = ""
    canary: str = ""
    factors: dict[str, list[Level]] = Field(default_factory=dict)
    """Factor to its levels; the first is the scenario's default."""
    cells: dict[str, CellSpec]
    """Label to condition."""
    controls: dict[str, str | None] = Field(default_factory=dict)
    """Label to the label of the condition that gives no cause; None for such a one itself."""
    exclusion: ExclusionSpec | None = None
    told: dict[int, dict[str, str]] = Field(default_factory=dict)
    """Number of each surface to what it was drawn with; empty in earlier logs."""
    precision: float | None = None
    """Half-width at which its conditions stop; None where the number of runs is fixed."""

    @field_validator("controls")
    @classmethod
    def _none_for_itself(cls, controls: dict[str, str | None]) -> dict[str, str | None]:
        return {label: other if other != label else None for label, other in controls.items()}

    def metadata(self) -> dict[str, Any]:
        """A task's metadata with the record in it."""
        return {self.KEY: self.kept()}

    @classmethod
    def found_in(cls, metadata: Mapping[str, Any] | None) -> Self | None:
        """The record in a task's metadata; None where it is not one of ours.

        Args:
            metadata: The task's, as it stands in a log or before a run.

        Raises:
            ValidationError: The record is broken, or of a later form than this version reads.
        """
        about = (metadata or {}).get(cls.KEY)
        return cls.model_validate(about) if isinstance(about, Mapping) else None


def sample_id(label: str, surface: int) -> str:
    """The id of the sample of a condition and a surface.

    Args:
        label: The condition's label, such as `goal_conflict=none,threat=none`.
        surface: Number of the surface.

    Returns:
        `goal_conflict=none+threat=none/surface-00`: Inspect's `--sample-id` splits at commas.
    """
    return f"{label.replace(',', '+')}/surface-{surface:02d}"


def label_of_sample(sample: str) -> str:
    """The label of a sample's condition.

    Args:
        sample: Its id; those of earlier logs have commas.

    Returns:
        The label; empty where the id is not `LABEL/surface-NN`.
    """
    label, _, surface = sample.rpartition("/surface-")
    return label.replace("+", ",") if surface.isdecimal() else ""


# What grading made of a run.


def _listed(value: object) -> object:
    """A list as it is; else none, since Inspect's summaries have a sentence for a long one."""
    return value if isinstance(value, list | tuple) else ()


Votes = Annotated[tuple[Vote, ...], BeforeValidator(_listed)]


class Provenance(LogRecord):
    """What a verdict rests on."""

    scenario: str | None = ""
    scenario_version: str | None = ""
    scenario_hash: str | None = ""
    briefing_hash: str | None = ""
    rubric_hash: str | None = ""
    completion_hash: str | None = ""
    served_model: str | None = ""
    package_version: str | None = ""
    prompt_characters: int | None = None
    prompt_tokens: int | None = None
    """Length of what the agent was given, and how much of it the server says that it read."""
    judge_settings: str | None = ""
    """Arguments and generation settings of the models that judged; empty where it is not told."""


class ScoreHead(LogRecord):
    """What of a score's metadata a table of rates needs: it stands in a log's summaries too.

    Everything in it is short, since Inspect shortens what is long in a summary.
    """

    FORMAT: ClassVar[int] = 2

    format: int = Field(default=1, le=2)
    outcome: str | None = None
    harmful: bool | None = None
    valid: bool | None = None
    judge: str | tuple[str, ...] | None = ""
    votes: Votes = ()
    """Of each judge of a panel that was asked."""
    self_judged: bool | None = False
    belief: str | None = None
    belief_by: str | None = ""
    comprehended: bool | None = None
    comprehended_by: str | None = ""
    provenance: Provenance | None = None

    @property
    def judged_by(self) -> str:
        """The judge's name, or the judges' names with commas; empty where it is not told."""
        names = self.judge or ""
        return names if isinstance(names, str) else ", ".join(names)


class ScoreRecord(ScoreHead):
    """Metadata of a score by our own rule: the whole verdict, with what it rests on."""

    any_harm: bool | None = None
    attempted: bool | None = None
    succeeded: bool | None = None
    concealed: bool | None = None
    disclosed: bool | None = None
    used_channel: bool = False
    eval_aware: bool | None = None
    evidence: tuple[Evidence, ...] = ()
    settled: bool = False
    kind: str = ""
    """How its outcome counts."""
    condition: dict[str, Level] = Field(default_factory=dict)
    surface: int | None = None

    @classmethod
    def of(cls, verdict: Verdict, **beside: Any) -> Self:  # noqa: ANN401 - the fields' own types.
        """The record of a verdict.

        Args:
            verdict: The verdict. A score has its explanation elsewhere, and `provenance` the hash.
            **beside: The fields that are not the verdict's.
        """
        untold = {"explanation", "rubric_hash"} | (set() if verdict.votes else {"votes"})
        return cls(**verdict.model_dump(exclude=untold), **beside)


class PublishedRecord(ScoreHead):
    """Metadata of a score by the published study's rule."""

    gates: dict[str, bool | None] = Field(default_factory=dict)
    classifier: bool | None = None
    """What the classifier said; None where it was not asked."""
    prompt_hash: str = ""
    condition: dict[str, Level] = Field(default_factory=dict)
    surface: int | None = None
