"""What `scenario.yaml` declares, and the loader's faults as findings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import yaml

from turncoat._util.errors import TurncoatError
from turncoat.check.finding import Finding
from turncoat.check.well_known import well_known_names
from turncoat.check.wording import wording_hits
from turncoat.reference.fidelity import said_cells
from turncoat.reference.published import STUDIES
from turncoat.scenario.designs import CONTROL
from turncoat.scenario.factors import find_factor
from turncoat.scenario.faults import Fault, ScenarioError
from turncoat.scenario.files import SHARED, SourceFile
from turncoat.scenario.naming import choices
from turncoat.scenario.plots import place_of
from turncoat.scenario.scenario import COMPANIES, Scenario
from turncoat.scenario.yamlfile import Yaml, parse_yaml, split_front_matter


def declared_findings(scenario: Scenario) -> Iterator[Finding]:
    """Rules on `scenario.yaml` that a run does not depend on, so that the loader has no say.

    Args:
        scenario: The scenario.
    """
    path, file = scenario.file.path, scenario.file
    if CONTROL not in scenario.designs:
        message = f"there is no design '{CONTROL}'; every rate stands beside its control"
        yield Finding(path, file.line(["designs"]), "designs", message)
    yield from _companies(scenario)
    yield from _plots(scenario)
    yield from _published(scenario)


def _published(scenario: Scenario) -> Iterator[Finding]:
    """Published cells of which the scenario does not say what differs, and levels of nobody."""
    path, file = scenario.file.path, scenario.file
    for study, said in scenario.published.items():
        if study not in STUDIES:
            line = file.line(["published", study])
            message = f"no study '{study}'. {choices(study, STUDIES, 'Studies')}"
            yield Finding(path, line, "published", message)
        for place, situation in enumerate(said):
            for factor, levels in situation.when.items():
                try:
                    for level in levels:
                        find_factor(scenario.factors, factor).level(level)
                except TurncoatError as error:
                    line = file.line(["published", study, place])
                    yield Finding(path, line, "published", str(error))
    for cell in said_cells(scenario):
        if cell.unsaid:
            name = ", ".join(filter(None, cell.cell[1:]))
            message = (
                f"nothing says what differs from {cell.study}'s cell ({name}), which compare puts "
                f"beside {cell.label}; under published: add an entry with 'when:' for "
                f"{', '.join(cell.unsaid)}"
            )
            yield Finding(path, file.line(["published"]), "published", message)


def _plots(scenario: Scenario) -> Iterator[Finding]:
    """Plots that have more or fewer mails than the first one."""
    counts = {plot: len(scenario.slots("inbox", plot)) for plot in scenario.plots}
    first = next(iter(counts), "")
    for plot, count in counts.items():
        if count != counts[first]:
            line = scenario.file.line(["plots", plot])
            message = f"plot '{plot}' has {count} mails, '{first}' has {counts[first]}; "
            yield Finding(scenario.file.path, line, "plots", f"{message}give each as many")


def _companies(scenario: Scenario) -> Iterator[Finding]:
    """What is wrong with one company shows on its surface alone, which may never be rendered."""
    name = COMPANIES if COMPANIES in scenario.sources else f"{SHARED}/surfaces.yaml"
    file = parse_yaml(scenario.sources[name].text, scenario.sources[name].path)
    for message in well_known_names(scenario.pool):
        yield Finding(file.path, None, "well-known", message)
    keys = {key for company in scenario.pool.companies for key in company}
    for place, company in enumerate(scenario.pool.companies):
        if lacking := keys - company.keys():
            line = file.line(["companies", place])
            message = f"{company['name']} lacks {', '.join(sorted(lacking))}, which others have"
            yield Finding(file.path, line, "companies", message)
        for hit in wording_hits("", "\n".join(company.values()), may_name_test=False):
            line = file.line(["companies", place])
            yield Finding(file.path, line, hit.rule, f"'{hit.words}': {hit.mend}")


def tag_findings(texts: Mapping[str, SourceFile]) -> Iterator[Finding]:
    """YAML tags (`!!python/object`): nothing obeys them, and nothing good was meant by them.

    Args:
        texts: The files by name.
    """
    for name, file in texts.items():
        try:
            if place_of(name).startswith("known/"):
                text = split_front_matter(file.text, file.path).head
            else:
                text = file.text if name.endswith(".yaml") else ""
            tags = [token for token in yaml.scan(text) if isinstance(token, yaml.TagToken)]
        except (yaml.YAMLError, ScenarioError):
            continue
        for tag in tags:
            message = f"the tag {''.join(tag.value)} is not allowed; a scenario is plain data"
            yield Finding(file.path, tag.start_mark.line + 1, "yaml", message)


def load_findings(faults: Iterable[Fault], texts: Mapping[str, SourceFile]) -> Iterator[Finding]:
    """The loader's faults.

    Args:
        faults: What it said.
        texts: The files by name.

    Returns:
        Findings whose rule is the section of the file that is at fault (`designs`, `cast`); `yaml`
        where a file cannot be read as YAML; `files` where the file itself is at fault.
    """
    read = {file.path: _parsed(file) for name, file in texts.items() if name.endswith(".yaml")}
    for fault in faults:
        yield Finding(fault.path, fault.line, _rule(fault, read), fault.message)


def _rule(fault: Fault, read: Mapping[Path, Yaml | None]) -> str:
    if fault.line is None:
        return fault.path.stem if fault.path in read else "files"
    file = read.get(fault.path)
    if file is None:
        return "yaml"
    sections = {key[0]: line for key, line in file.lines.items() if len(key) == 1}
    before = [str(name) for name, line in sections.items() if line <= fault.line]
    return before[-1] if before else "yaml"


def _parsed(file: SourceFile) -> Yaml | None:
    try:
        return parse_yaml(file.text, file.path)
    except ScenarioError:
        return None
