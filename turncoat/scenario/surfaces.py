"""Surfaces: the names, company, domains and wording in which a scenario is told.

A surface is known by its number and its seed. Every draw has a random stream of its own, so that
names do not depend on wording, and a longer list of companies moves nobody's name.
"""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import cycle
from types import SimpleNamespace
from typing import TypeVar

from turncoat._util.errors import TurncoatError
from turncoat.contract import Person
from turncoat.scenario.schema import CastEntry, FirstName, Style, SurfacesFile

T = TypeVar("T")

_PRONOUNS = {
    "he": {"they": "he", "them": "him", "their": "his"},
    "she": {"they": "she", "them": "her", "their": "her"},
    "they": {"they": "they", "them": "them", "their": "their"},
}


@dataclass(frozen=True, eq=False)
class Surface:
    """One set of names, company, domains and wording."""

    index: int
    seed: int
    wording: int
    """Which wording skin, from 0."""
    style: str
    """Name of the style of its domains."""
    plot: str
    """The plot that it tells; empty where the scenario has none."""
    address_form: str
    company: Mapping[str, str]
    """What `surfaces.yaml` says of it, and its mail `domain`."""
    agent: Person
    cast: Mapping[str, Person]
    domains: tuple[str, ...]
    """Outside domains in the order of `outside_domain(n)`; none is used by the cast."""

    @cached_property
    def properties(self) -> dict[str, str]:
        """What it was drawn with and may make a difference, as text."""
        executive = self.cast.get("executive")
        return {
            "company": self.company["name"],
            "wording": str(self.wording),
            "plot": self.plot,
            "style": self.style,
            "executive_gender": executive.they if executive and executive.last else "",
        }

    @cached_property
    def seen_by_templates(self) -> Mapping[str, SimpleNamespace]:
        """Agent and cast as bare data: a model has methods that could read files."""
        everybody = {"agent": self.agent, **self.cast}
        return {role: SimpleNamespace(**person.model_dump()) for role, person in everybody.items()}


def draw_surface(
    pool: SurfacesFile,
    cast: Mapping[str, CastEntry],
    index: int,
    seed: int = 0,
    plots: Sequence[str] = (),
) -> Surface:
    """The surface of that number and seed: always the same one.

    Companies, wordings, styles, plots and genders go round: each is used once before any comes
    again, in an order that the seed decides. Surface 0 tells the first plot.

    Args:
        pool: What is drawn from.
        cast: Roles that need a name and an address.
        index: Number of the surface, from 0.
        seed: Seed of the whole series of surfaces.
        plots: The plots of the scenario, if it has any.

    Raises:
        TurncoatError: The number is below 0.
    """
    if index < 0:
        raise TurncoatError(f"Surface {index} does not exist; surfaces are counted from 0.")
    company = dict(_in_turn(pool.companies, "companies", index, seed))
    style = _style(pool.styles, index, seed)
    company["domain"] = style.inside.format(stem=company["stem"])
    stems = [stem for stem in pool.outside_stems if stem != company["stem"]]
    domains = [
        form.format(stem=stem)
        for form, stem in zip(
            cycle(style.outside), _shuffled(stems, "outside", index, seed), strict=False
        )
    ]
    form = _stream("address", index, seed).choice(pool.address_forms)
    agent = _stream("agent", index, seed).choice(pool.agents)
    taken = {word.lower() for word in (agent, *company["name"].split())}
    names = _draw_names(pool, cast, taken, index, seed)
    outsiders = [role for role, entry in cast.items() if entry.outside]
    people = {
        role: _person(
            role,
            entry,
            names.get(role),
            form,
            domains[outsiders.index(role)] if entry.outside else company["domain"],
        )
        for role, entry in cast.items()
    }
    return Surface(
        index=index,
        seed=seed,
        wording=_in_turn(range(pool.wordings), "wordings", index, seed),
        style=style.name,
        plot=_plot(plots, index, seed),
        address_form=form,
        company=company,
        agent=Person(
            role="agent",
            name=agent,
            first=agent,
            email=f"{_local(agent)}@{company['domain']}",
        ),
        cast=people,
        domains=tuple(domains[len(outsiders) :]),
    )


def _stream(what: str, index: int, seed: int) -> random.Random:
    return random.Random(f"{seed}/{index}/{what}")


def _shuffled(items: Iterable[T], what: str, index: int, seed: int) -> list[T]:
    order = list(items)
    _stream(what, index, seed).shuffle(order)
    return order


def _in_turn(items: Sequence[T], what: str, index: int, seed: int) -> T:
    """The item whose turn it is: every round is a shuffle of its own."""
    round_number, place = divmod(index, len(items))
    return _shuffled(items, what, round_number, seed)[place]


def _style(styles: Sequence[Style], index: int, seed: int) -> Style:
    """The first for one of every two surfaces, for the other the one whose turn it is."""
    if len(styles) == 1 or _in_turn((True, False), "baseline", index, seed):
        return styles[0]
    return _in_turn(styles[1:], "styles", index // 2, seed)


def _plot(plots: Sequence[str], index: int, seed: int) -> str:
    if not plots or not index:
        return plots[0] if plots else ""
    if index < len(plots):  # The first round begins with the first plot.
        return _shuffled(plots[1:], "plots", 0, seed)[index - 1]
    return _in_turn(plots, "plots", index, seed)


def noise_order(slots: Iterable[str], index: int, seed: int) -> list[str]:
    """The order in which benign extra mails are added under a surface.

    Args:
        slots: Names of their templates.
        index: Number of the surface.
        seed: Seed of the surfaces.
    """
    return _shuffled(slots, "noise", index, seed)


def _draw_names(
    pool: SurfacesFile,
    cast: Mapping[str, CastEntry],
    taken: set[str],
    index: int,
    seed: int,
) -> dict[str, tuple[FirstName, str]]:
    """First and last names for every person, no word used twice except for a family."""
    firsts = _shuffled(pool.first_names, "names/first", index, seed)
    genders = _genders(cast, index, seed)
    lasts = iter(_shuffled(pool.last_names, "names/last", index, seed))
    names: dict[str, tuple[FirstName, str]] = {}
    try:
        for role, entry in cast.items():
            if entry.is_person:
                first = next(
                    first
                    for first in firsts
                    if first.name.lower() not in taken
                    and genders.get(role, first.pronoun) == first.pronoun
                )
                taken.add(first.name.lower())
                last = next(last for last in lasts if last.lower() not in taken)
                taken.add(last.lower())
                names[role] = (first, last)
    except StopIteration:
        raise TurncoatError(
            f"Surface {index} ran out of names: add first_names or last_names to surfaces.yaml."
        ) from None
    for role, entry in cast.items():
        if entry.family_of is not None and role in names:
            names[role] = (names[role][0], names[entry.family_of][1])
    return names


def _genders(cast: Mapping[str, CastEntry], index: int, seed: int) -> dict[str, str]:
    """The pronoun of those whose gender is not left to the draw of names."""
    drawn = {
        role: _in_turn(("he", "she"), f"gender/{role}", index, seed)
        for role, entry in cast.items()
        if entry.gender
    }
    other = {"he": "she", "she": "he"}
    return drawn | {
        role: other[drawn[entry.unlike]] for role, entry in cast.items() if entry.unlike
    }


def _person(
    role: str, entry: CastEntry, name: tuple[FirstName, str] | None, form: str, domain: str
) -> Person:
    if name is None:
        label = entry.name or role
        return Person(
            role=role,
            name=label,
            first=label,
            email=f"{entry.mailbox}@{domain}",
            title=entry.title,
            outside=entry.outside,
            group=entry.group,
        )
    first, last = name[0].name, name[1]
    parts = {"first": _local(first), "last": _local(last)}
    local = form.format(**parts, initial=parts["last"][:1], first_initial=parts["first"][:1])
    return Person(
        role=role,
        name=f"{first} {last}",
        first=first,
        last=last,
        email=f"{local}@{domain}",
        title=entry.title,
        outside=entry.outside,
        **_PRONOUNS[name[0].pronoun],
    )


def _local(name: str) -> str:
    """A name as the local part of an address has it: lower-case ASCII letters and digits."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return "".join(letter for letter in plain if letter.isalnum())
