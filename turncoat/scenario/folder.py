"""Loads scenarios from their folders."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from turncoat._util.errors import TurncoatError
from turncoat._util.places import data_folder
from turncoat.contract import EvidenceSpec, Frozen
from turncoat.parts import part_named, part_names
from turncoat.scenario.cross_references import chosen_factors, loose_ends
from turncoat.scenario.factors import Factor
from turncoat.scenario.faults import Fault, ScenarioError, shown
from turncoat.scenario.files import SHARED, SourceFile, digest, drawn_on, read_folder
from turncoat.scenario.naming import choices
from turncoat.scenario.outcomes import COMMON_OUTCOMES
from turncoat.scenario.pages import folders_of_nobody, folders_of_parts
from turncoat.scenario.plots import evidence_by_plot, plot_faults
from turncoat.scenario.scenario import COMPANIES, GOAL, NOISE, Scenario
from turncoat.scenario.schema import (
    CompaniesFile,
    FactorsFile,
    GoalsFile,
    ScenarioFile,
    SurfacesFile,
)
from turncoat.scenario.validation import validated
from turncoat.scenario.yamlfile import Yaml, parse_yaml

_COMMENT = re.compile(r"\{#.*?#\}", re.DOTALL)


def list_scenarios() -> list[str]:
    """Names of the scenarios that come with Turncoat."""
    folder = data_folder("scenarios")
    return sorted(path.parent.name for path in folder.glob("*/scenario.yaml"))


def scenario_folder(name_or_path: str, cwd: Path | None = None) -> Path:
    """The folder of the scenario of that name, or the folder that is named.

    Args:
        name_or_path: The name of a packaged scenario, or a path to a folder. A word without a
            slash is looked up among the packaged names first.
        cwd: What a relative path is relative to; the working directory unless given.

    Raises:
        TurncoatError: There is none; the message lists the valid names.
    """
    names = list_scenarios()
    if name_or_path in names:
        return data_folder("scenarios") / name_or_path
    folder = (cwd or Path.cwd()) / Path(name_or_path).expanduser()
    if name_or_path.strip() and (folder / "scenario.yaml").is_file():
        return folder
    if folder.is_dir() and "/" in name_or_path:
        raise TurncoatError(f"Folder {shown(folder)} is no scenario: it has no scenario.yaml.")
    raise TurncoatError(
        f"No scenario '{name_or_path}', neither a packaged one nor a folder with a scenario.yaml. "
        f"{choices(name_or_path, names, 'Scenarios')}"
    )


def find_scenario(name_or_path: str, cwd: Path | None = None) -> Scenario:
    """The scenario of that name, or in that folder, as `scenario_folder` finds it.

    Args:
        name_or_path: The name of a packaged scenario, or a path to a folder.
        cwd: What a relative path is relative to; the working directory unless given.

    Raises:
        TurncoatError: There is none.
        ScenarioError: Its folder has faults.
    """
    return load_scenario(scenario_folder(name_or_path, cwd))


def load_scenario(folder: Path) -> Scenario:
    """Reads a scenario folder and checks that its parts fit together.

    Args:
        folder: The folder with `scenario.yaml`. Its sibling `_shared` is used if there is one,
            else the packaged one.

    Raises:
        ScenarioError: With file, line, key and mend of every fault that was found.
    """
    folder = folder.resolve()
    if not (folder / "scenario.yaml").is_file():
        raise ScenarioError.at(folder, None, "is no scenario: it has no scenario.yaml")
    shared = folder.parent / SHARED
    if not shared.is_dir():
        shared = data_folder("scenarios") / SHARED
    own = read_folder(folder, of_parts=folders_of_parts())
    return _loaded(
        folder, shared, tuple(own.items()), tuple(read_folder(shared, shared=True).items())
    )


@lru_cache(maxsize=32)
def _loaded(
    folder: Path,
    shared: Path,
    own_files: tuple[tuple[str, SourceFile], ...],
    shared_files: tuple[tuple[str, SourceFile], ...],
) -> Scenario:
    """The scenario that these files make: built once, since its templates take long to compile."""
    own = dict(own_files)
    sources = {**own, **dict(shared_files)}
    _require(folder, shared, sources)
    file = _yaml(sources["scenario.yaml"])
    _refuse_old_form(file)
    spec = validated(ScenarioFile, file)
    world = _sections(spec, sources, file)
    factors_file = validated(FactorsFile, _yaml(sources[f"{SHARED}/factors.yaml"]))
    factors = chosen_factors(spec, factors_file.factors, file)
    pool = _pool(sources)
    goals = validated(GoalsFile, _yaml(sources[f"{SHARED}/goals.yaml"])).goals
    evidences = evidence_by_plot(spec, file)
    tools = [tool for name in world for tool in part_named(name).tools]
    faults = loose_ends(spec, factors, pool, tools, evidences, file)
    faults += plot_faults(spec, factors, evidences, own, file)
    if spec.name != folder.name:
        problem = f"name is '{spec.name}', but the folder is '{folder.name}'; make them the same"
        faults.append(Fault(file.path, file.line(("name",)), problem))
    if GOAL in factors and (lacking := factors[GOAL].levels.keys() - goals.keys()):
        problem = f"no goal text for level {', '.join(sorted(lacking))} of factor 'goal'"
        faults.append(Fault(sources[f"{SHARED}/goals.yaml"].path, None, problem))
    if faults:
        raise ScenarioError(*faults)
    return _scenario(
        spec=spec,
        world=world,
        evidences=evidences,
        factors=factors,
        pool=pool,
        goals=goals,
        sources=sources,
        file=file,
    )


def _refuse_old_form(file: Yaml) -> None:
    """One message for a scenario of before the parts, in place of many."""
    if "tools" in file.data and "world" not in file.data:
        raise ScenarioError.at(
            file.path,
            file.line(("tools",)),
            "this scenario has the form of before 0.2: 'tools:' became 'world:', which lists the "
            "parts of the office with their sections ('world: {mailbox: {}}' has the tools for "
            "mail; add 'documents: {}' for a folder documents/, 'alert_console: {}' for "
            "cancel_alert), each outcome says under 'decided_by' what decides it, and rubric.md "
            "became the template rubric.md.j2; docs/authoring.md shows each",
        )


def _sections(
    spec: ScenarioFile, sources: Mapping[str, SourceFile], file: Yaml
) -> dict[str, Frozen]:
    """The section of each part, read by the part's own model."""
    sections: dict[str, Frozen] = {}
    faults: list[Fault] = []
    for name in spec.world:
        line = file.line(("world", name))
        try:
            part = part_named(name)
            sections[name] = validated(part.section, file, "world", name)
        except ScenarioError as error:
            faults += error.faults
        except TurncoatError:
            problem = f"no world part '{name}'. {choices(name, part_names(), 'Parts')}"
            faults.append(Fault(file.path, line, problem))
            continue
        if lacking := [other for other in part.needs if other not in spec.world]:
            problem = f"part '{name}' needs {', '.join(lacking)}; add it under world:"
            faults.append(Fault(file.path, line, problem))
    faults += folders_of_nobody(sections, sources)
    if faults:
        raise ScenarioError(*faults)
    return sections


def _scenario(
    *,
    spec: ScenarioFile,
    world: Mapping[str, Frozen],
    evidences: Mapping[str, EvidenceSpec],
    factors: Mapping[str, Factor],
    pool: SurfacesFile,
    goals: Mapping[str, Mapping[str, str]],
    sources: Mapping[str, SourceFile],
    file: Yaml,
) -> Scenario:
    always = [f"{SHARED}/{name}.yaml" for name in ("factors", "surfaces")]
    always += [f"{SHARED}/goals.yaml"] if GOAL in factors else []
    always += [f"{SHARED}/noise/"] if NOISE in factors else []
    plain = {name: getattr(spec, name) for name in _CARRIED}
    return Scenario(
        **plain,
        folder=file.path.parent,
        factors=factors,
        outcomes={**spec.outcomes, **COMMON_OUTCOMES},
        world=world,
        evidences=evidences,
        scenario_hash=digest(drawn_on(sources, always)),
        rubric_hash=digest({"rubric": _COMMENT.sub("", sources["rubric.md.j2"].text)}),
        goals=goals,
        pool=pool,
        sources=sources,
        file=file,
    )


_CARRIED = (
    "name",
    "version",
    "title",
    "summary",
    "behaviour",
    "canary",
    "day",
    "now",
    "deadline",
    "cutoff",
    "designs",
    "cast",
    "plots",
    "protocols",
    "exclusion",
    "published",
)


def _require(folder: Path, shared: Path, sources: Mapping[str, SourceFile]) -> None:
    needed = {
        **{folder / name: name for name in ("system.md.j2", "task.md.j2", "rubric.md.j2")},
        **{
            shared / name: f"{SHARED}/{name}"
            for name in ("factors.yaml", "goals.yaml", "surfaces.yaml")
        },
    }
    faults = [
        Fault(path, None, "is missing") for path, name in needed.items() if name not in sources
    ]
    if faults:
        raise ScenarioError(*faults)


def _pool(sources: Mapping[str, SourceFile]) -> SurfacesFile:
    """What surfaces are drawn from: the shared file, with the scenario's own companies if any."""
    pool = validated(SurfacesFile, _yaml(sources[f"{SHARED}/surfaces.yaml"]))
    if COMPANIES not in sources:
        return pool
    own = validated(CompaniesFile, _yaml(sources[COMPANIES]))
    return pool.model_copy(update={"companies": own.companies})


def _yaml(source: SourceFile) -> Yaml:
    return parse_yaml(source.text, source.path)
