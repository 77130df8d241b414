"""What the YAML files of a scenario may hold."""

from __future__ import annotations

import datetime as dt
import string
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Discriminator,
    Field,
    StrictBool,
    Tag,
    field_validator,
    model_validator,
)

from turncoat.contract import EvidenceSpec, Frozen, OutcomeSpec
from turncoat.parts.yaml_values import Slug, Text, listed
from turncoat.scenario.designs import Design
from turncoat.scenario.factors import Factor
from turncoat.scenario.naming import REFERENCE_PREFIX
from turncoat.scenario.situations import Situations

Pronoun = Literal["he", "she", "they"]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Clock = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
Stem = Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?$")]
Canary = Annotated[
    str, Field(pattern=r"^turncoat-canary [0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")
]


def _as_day(value: object) -> object:
    if isinstance(value, str):
        return dt.date.fromisoformat(value)
    if not isinstance(value, dt.date) or isinstance(value, dt.datetime):
        raise ValueError(f"{value!r} is no date; write it as 2025-11-12")
    return value


def _own_name(name: str) -> str:
    """Refuses a name that logs of the published study's own prompts have."""
    if name.startswith(REFERENCE_PREFIX):
        raise ValueError(
            f"'{REFERENCE_PREFIX}...' is kept for the study's own prompts; call it something else"
        )
    return name


def _free_keys(value: Mapping[str, Any]) -> Mapping[str, Any]:
    """Refuses keys that a template could not reach, because a mapping has a method so named."""
    for key in value:
        if hasattr(dict, key):
            raise ValueError(f"key '{key}' cannot be used in templates; call it something else")
    return value


def _pattern(fields: frozenset[str], needed: str) -> AfterValidator:
    """Accepts `{field}` patterns with these fields, the needed one among them."""

    def check(value: str) -> str:
        used = set()
        for _, field, spec, conversion in string.Formatter().parse(value):
            if field is not None and (field not in fields or spec or conversion):
                raise ValueError(f"'{{{field}}}' is unknown; valid: {', '.join(sorted(fields))}")
            used.add(field)
        if needed not in used:
            raise ValueError(f"'{{{needed}}}' must stand in it")
        return value

    return AfterValidator(check)


class CastEntry(Frozen):
    """One role of the cast."""

    title: str = ""
    outside: StrictBool = False
    family_of: Name | None = None
    """Another role, whose last name is shared."""
    mailbox: Stem | None = None
    """A fixed local part; then no person is drawn."""
    name: Text | None = None
    """The fixed name that belongs to the mailbox."""
    group: StrictBool = False
    gender: Literal["balanced"] | None = None
    """`balanced`: he and she in turn over the surfaces."""
    unlike: Name | None = None
    """A role with `gender: balanced`; this person is of the other gender."""
    when: dict[Name, Text] = Field(default_factory=dict)
    """Levels under which it is there; under any where none are named. The names of the others do
    not depend on it as long as it stands last."""

    @property
    def is_person(self) -> bool:
        """Whether a name is drawn for it."""
        return self.mailbox is None

    def is_there(self, levels: Mapping[str, str]) -> bool:
        """Whether it is in the cast under a condition.

        Args:
            levels: Every factor to its level.
        """
        return all(levels.get(factor) == level for factor, level in self.when.items())


OwnOrShared = Annotated[
    Annotated[Name, Tag("shared")] | Annotated[Factor, Tag("own")],
    Discriminator(lambda value: "shared" if isinstance(value, str) else "own"),
]


class ExclusionRule(Frozen):
    """A study's rule for leaving a model out: too much harm in a design that gives no cause."""

    design: Slug
    """The design that gives no cause."""
    above: Annotated[float, Field(ge=0, lt=1, strict=True)]
    """Rate, 0 to 1, above which a model is marked; it is never left out."""


class Plot(Frozen):
    """One of the stories that a scenario is told with; its files lie in `plots/NAME/`."""

    summary: Text
    words: dict[Name, Text] = Field(default_factory=dict)
    """Templates of what `{{ plot.WORD }}` stands for."""
    evidence: dict[str, Any] = Field(default_factory=dict)
    """Sections that take the place of those under `evidence:`."""

    @field_validator("words")
    @classmethod
    def _name_is_taken(cls, words: dict[str, str]) -> dict[str, str]:
        if "name" in words:
            raise ValueError("'name' is the plot's own name; call the word something else")
        return words


ByLevel = Text | dict[Name, dict[str, Text]]
"""A text, or one for each level of one factor."""


Protocols = tuple[Literal["text", "tools"], ...]


class ScenarioFile(Frozen):
    """`scenario.yaml`."""

    name: Annotated[Slug, AfterValidator(_own_name)]
    version: Annotated[str, Field(pattern=r"^\d+\.\d+\.\d+$")]
    title: Text
    summary: Text
    behaviour: Text
    canary: Canary
    day: Annotated[dt.date, BeforeValidator(_as_day)]
    now: Clock
    deadline: ByLevel
    cutoff: ByLevel | None = None
    """A few minutes before the deadline: until when something has to be asked for."""
    cast: Annotated[dict[Name, CastEntry], Field(min_length=1)]
    factors: tuple[OwnOrShared, ...]
    defaults: dict[str, str | int] = Field(default_factory=dict)
    designs: Annotated[dict[Slug, Design], Field(min_length=1)]
    protocols: Annotated[Protocols, BeforeValidator(listed), Field(min_length=1)] = (
        "text",
        "tools",
    )
    """In which it can be run; the first where none is asked for."""
    world: Annotated[dict[Name, Any], Field(min_length=1)]
    """Section of each part of the office, by the part's name; see `turncoat.parts`."""
    evidence: EvidenceSpec
    plots: dict[Slug, Plot] = Field(default_factory=dict)
    exclusion: ExclusionRule | None = None
    outcomes: Annotated[dict[Slug, OutcomeSpec], Field(min_length=1)]
    published: Situations = Field(default_factory=dict)
    """Study to its situation beside ours; see `turncoat.scenario.situations`."""


Companies = tuple[Annotated[dict[str, Text], AfterValidator(_free_keys)], ...]


def _with_stems(companies: Companies) -> Companies:
    """Refuses a company that lacks what every surface needs, or says what follows from it."""
    for company in companies:
        if missing := {"name", "stem", "industry"} - company.keys():
            raise ValueError(
                f"company {company.get('name', '')!r} lacks {', '.join(sorted(missing))}"
            )
        if "domain" in company:
            raise ValueError("a company's domain follows from its stem; leave 'domain' out")
    return companies


CompanyList = Annotated[Companies, Field(min_length=1), AfterValidator(_with_stems)]


class CompaniesFile(Frozen):
    """`companies.yaml`: a scenario's own companies, in place of the shared ones."""

    canary: Canary
    companies: CompanyList


class FactorsFile(Frozen):
    """`_shared/factors.yaml`."""

    canary: Canary
    factors: dict[str, Factor]

    @field_validator("factors", mode="before")
    @classmethod
    def _named(cls, factors: object) -> object:
        if not isinstance(factors, dict):
            return factors
        return {
            name: {**entry, "name": name} if isinstance(entry, dict) else entry
            for name, entry in factors.items()
        }


class GoalsFile(Frozen):
    """`_shared/goals.yaml`."""

    canary: Canary
    goals: dict[str, Annotated[dict[str, Text], AfterValidator(_free_keys)]]


class FirstName(Frozen):
    """A first name and how one speaks of its bearer."""

    name: Text
    pronoun: Pronoun


DomainForm = Annotated[Text, _pattern(frozenset({"stem"}), "stem")]


class Style(Frozen):
    """What the domains of a surface look like."""

    name: Slug
    inside: DomainForm = "{stem}.internal"
    """That of the company."""
    outside: Annotated[tuple[DomainForm, ...], BeforeValidator(listed), Field(min_length=1)]
    """Those of others, in turn."""

    @model_validator(mode="after")
    def _apart(self) -> Style:
        def ending(form: str) -> str:
            return form.rpartition("}")[2]

        if ending(self.inside) in map(ending, self.outside):
            raise ValueError(
                f"style '{self.name}' has the company and others under {ending(self.inside)}; "
                "nobody could tell who is inside, so give one of them another ending"
            )
        return self


class SurfacesFile(Frozen):
    """`_shared/surfaces.yaml`: what surfaces are drawn from."""

    canary: Canary
    wordings: int = Field(ge=1, le=100, strict=True)
    agents: Annotated[tuple[Text, ...], Field(min_length=1)]
    first_names: Annotated[tuple[FirstName, ...], Field(min_length=1)]
    last_names: Annotated[tuple[Text, ...], Field(min_length=1)]
    companies: CompanyList
    styles: Annotated[tuple[Style, ...], Field(min_length=1)]
    """The first is drawn for half of the surfaces, the others share the rest."""
    outside_stems: Annotated[tuple[Stem, ...], Field(min_length=1)]
    address_forms: Annotated[
        tuple[
            Annotated[
                Text, _pattern(frozenset({"first", "last", "initial", "first_initial"}), "first")
            ],
            ...,
        ],
        Field(min_length=1),
    ]


class KnownHead(Frozen):
    """Front matter of a known answer."""

    outcome: str
    harmful: StrictBool | None
    offline: Literal["exact", "unclear"]
    stop_reason: Literal["stop", "max_tokens", "content_filter"] = "stop"
    error: StrictBool = False
    served: Text | None = None
    reasoning: str | None = None
    note: str = ""
    when: dict[str, str] = Field(default_factory=dict)
    plots: Annotated[tuple[Slug, ...], BeforeValidator(listed)] = ()
    protocols: Protocols = ("text", "tools")
