"""Whether the parts of a scenario fit together: roles, factors, levels and outcomes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from turncoat._util.errors import TurncoatError
from turncoat.contract import EvidenceSpec
from turncoat.scenario.designs import Design
from turncoat.scenario.factors import Factor, canonical, find_factor
from turncoat.scenario.faults import Fault, ScenarioError
from turncoat.scenario.naming import choices
from turncoat.scenario.outcomes import COMMON_OUTCOMES
from turncoat.scenario.schema import CastEntry, ScenarioFile, SurfacesFile
from turncoat.scenario.yamlfile import Key, Yaml

AGENT = "agent"


def chosen_factors(
    spec: ScenarioFile, shared: Mapping[str, Factor], file: Yaml
) -> dict[str, Factor]:
    """The factors of a scenario, in its order and with its defaults.

    Args:
        spec: The scenario file.
        shared: The shared factors.
        file: The same file with its lines, for messages.

    Raises:
        ScenarioError: With every unknown, repeated or unusable factor and default.
    """
    factors: dict[str, Factor] = {}
    faults: list[Fault] = []
    for place, entry in enumerate(spec.factors):
        name = entry if isinstance(entry, str) else entry.name
        problem = ""
        if name in factors:
            problem = f"factor '{name}' is listed twice"
        elif isinstance(entry, str) and name not in shared:
            problem = f"no shared factor '{name}'. {choices(name, shared, 'Shared factors')}"
        elif isinstance(entry, Factor) and name in shared:
            problem = f"'{name}' is a shared factor; list it by its name, or choose another name"
        elif name in spec.cast:
            problem = f"factor '{name}' has the name of a role of the cast; rename one of them"
        if problem:
            faults.append(Fault(file.path, file.line(("factors", place)), problem))
        else:
            factors[name] = shared[name] if isinstance(entry, str) else entry
    for name, raw in spec.defaults.items():
        try:
            factors[name] = find_factor(factors, name).with_default(raw)
        except TurncoatError as error:
            faults.append(Fault(file.path, file.line(("defaults", name)), str(error)))
    if faults:
        raise ScenarioError(*faults)
    return factors


def loose_ends(
    spec: ScenarioFile,
    factors: Mapping[str, Factor],
    pool: SurfacesFile,
    tools: Collection[str],
    evidences: Mapping[str, EvidenceSpec],
    file: Yaml,
) -> list[Fault]:
    """Every name in a scenario file that refers to something which is not there.

    Args:
        spec: The scenario file.
        factors: Its factors.
        pool: What surfaces are drawn from.
        tools: The tools of its parts.
        evidences: The evidence of each plot.
        file: The scenario file with its lines.
    """
    found = [
        *_factors(factors),
        *_designs(spec, factors),
        *_cast(spec, pool),
        *_part_time(spec, factors),
        *_exclusion(spec),
        *(each for plot in evidences for each in _evidence(spec, tools, plot, evidences[plot])),
        *_outcomes(spec),
    ]
    return [Fault(file.path, file.line(key), message) for key, message in found]


def _factors(factors: Mapping[str, Factor]) -> Iterator[tuple[Key, str]]:
    for factor in factors.values():
        for other, levels in factor.only_when.items():
            try:
                for level in levels:
                    find_factor(factors, other, f"only_when of '{factor.name}'").level(level)
            except TurncoatError as error:
                yield ("factors",), f"only_when of factor '{factor.name}': {error}"
                return
    try:
        canonical(factors, {})
    except TurncoatError as error:
        yield ("factors",), str(error)


def _designs(spec: ScenarioFile, factors: Mapping[str, Factor]) -> Iterator[tuple[Key, str]]:
    if "headline" not in spec.designs:
        yield ("designs",), "design 'headline' is missing; 'headline: {}' means the defaults"
    for name, design in spec.designs.items():
        yield from _put_together(name, design, spec.designs)
        entries: list[tuple[str, str, Iterable[str]]] = [
            *(("set", factor, (level,)) for factor, level in design.set.items()),
            *(("vary", factor, levels) for factor, levels in design.vary.items()),
        ]
        for kind, factor, levels in entries:
            key = ("designs", name, kind, factor)
            if not tuple(levels):
                yield key, f"design '{name}' varies '{factor}' over no level"
            try:
                for level in levels:
                    find_factor(factors, factor).level(level)
            except TurncoatError as error:
                yield key, str(error)
        for factor in design.set.keys() & design.vary.keys():
            yield ("designs", name, "set", factor), f"'{factor}' is both set and varied"


def _exclusion(spec: ScenarioFile) -> Iterator[tuple[Key, str]]:
    if spec.exclusion is None:
        return
    name = spec.exclusion.design
    if name not in spec.designs:
        yield (
            ("exclusion", "design"),
            f"no design '{name}'. {choices(name, spec.designs, 'Designs')}",
        )
    elif spec.designs[name].vary or spec.designs[name].of:
        message = f"design '{name}' has several conditions; the rule needs one"
        yield ("exclusion", "design"), message


def _cast(spec: ScenarioFile, pool: SurfacesFile) -> Iterator[tuple[Key, str]]:
    people = [role for role, entry in spec.cast.items() if entry.is_person]
    for role, entry in spec.cast.items():
        key = ("cast", role)
        if role == AGENT:
            yield key, "the agent is always there and no role of the cast; rename this one"
        if (entry.mailbox is None) != (entry.name is None):
            yield key, f"role '{role}' needs both 'mailbox' and 'name', or neither"
        if entry.group and entry.is_person:
            yield key, f"role '{role}' is a group and needs 'mailbox' and 'name'"
        if entry.family_of is not None:
            kin = spec.cast.get(entry.family_of)
            if kin is None or not kin.is_person or kin.family_of or entry.family_of == role:
                yield (
                    (*key, "family_of"),
                    f"'{entry.family_of}' is no person of the cast with a last name of their own. "
                    f"{choices(entry.family_of, [name for name in people if name != role])}",
                )
        yield from _gender(role, entry, spec.cast)
    for what, names in (("first", pool.first_names), ("last", pool.last_names)):
        if len(set(names)) < len(people):
            yield (
                ("cast",),
                f"{len(people)} people, but surfaces.yaml has {len(names)} {what} names",
            )
    outsiders = sum(entry.outside for entry in spec.cast.values())
    if outsiders > len(pool.outside_stems):
        yield ("cast",), f"{outsiders} outside roles, but fewer outside_stems in surfaces.yaml"


def _gender(
    role: str, entry: CastEntry, cast: Mapping[str, CastEntry]
) -> Iterator[tuple[Key, str]]:
    balanced = [name for name, other in cast.items() if other.gender]
    if (entry.gender or entry.unlike) and not entry.is_person:
        yield ("cast", role), f"role '{role}' has a fixed name, so it can have no gender"
    if entry.gender and entry.unlike:
        yield ("cast", role, "unlike"), f"role '{role}' is balanced or unlike another, not both"
    if entry.unlike and entry.unlike not in balanced:
        valid = choices(entry.unlike, balanced, "Roles with 'gender: balanced'")
        yield ("cast", role, "unlike"), f"'{entry.unlike}' is no role of balanced gender. {valid}"


def _part_time(spec: ScenarioFile, factors: Mapping[str, Factor]) -> Iterator[tuple[Key, str]]:
    """Roles that are there under some levels only: these levels exist, and no name hangs on it."""
    roles = list(spec.cast)
    for place, (role, entry) in enumerate(spec.cast.items()):
        for factor, level in entry.when.items():
            try:
                find_factor(factors, factor, f"when of role '{role}'").level(level)
            except TurncoatError as error:
                yield ("cast", role, "when", factor), str(error)
        if entry.when and any(not spec.cast[other].when for other in roles[place + 1 :]):
            yield ("cast", role), f"role '{role}' has a 'when'; put it after those that are always"


def _put_together(
    name: str, design: Design, designs: Mapping[str, Design]
) -> Iterator[tuple[Key, str]]:
    if design.of and design.names:
        yield ("designs", name), f"design '{name}' puts others together; it cannot set or vary too"
    plain = [other for other in designs if not designs[other].of]
    for place, part in enumerate(design.of):
        if part not in plain:
            problem = f"'{part}' is no design that sets or varies. {choices(part, plain)}"
            yield ("designs", name, "of", place), problem


def _evidence(
    spec: ScenarioFile, tools: Collection[str], plot: str, evidence: EvidenceSpec
) -> Iterator[tuple[Key, str]]:
    def place(*key: str | int) -> Key:
        own = plot and key[0] in spec.plots[plot].evidence
        return ("plots", plot, "evidence", *key) if own else ("evidence", *key)

    named: list[tuple[Key, str]] = [(("target",), evidence.target)]
    for field in ("channels", "report_to"):
        named += [((field, number), role) for number, role in enumerate(getattr(evidence, field))]
    if evidence.published is not None:
        roles = evidence.published.recipients
        named += [(("published", "recipients", at), role) for at, role in enumerate(roles)]
        for number, tool in enumerate(evidence.published.tools):
            if tool not in tools:
                yield (
                    place("published", "tools", number),
                    f"no tool '{tool}'. {choices(tool, tools, 'Tools')}",
                )
    for key, role in named:
        if role not in spec.cast:
            yield (
                place(*key),
                f"no role '{role}' in the cast. {choices(role, spec.cast, 'Roles')}",
            )


def _outcomes(spec: ScenarioFile) -> Iterator[tuple[Key, str]]:
    for name, outcome in spec.outcomes.items():
        if name in COMMON_OUTCOMES:
            yield ("outcomes", name), f"'{name}' is an outcome of every scenario; leave it out"
        if outcome.kind in ("unclear", "invalid") and outcome.any_harm:
            yield ("outcomes", name), f"'{name}' is {outcome.kind}, so any_harm cannot be true"
    if not any(outcome.kind == "harmful" for outcome in spec.outcomes.values()):
        yield ("outcomes",), "no outcome is of kind 'harmful'; the target behaviour needs one"
