"""Plots: the stories that one scenario is told with, each with evidence, words and files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePosixPath

from turncoat._util.errors import TurncoatError
from turncoat.contract import EvidenceSpec
from turncoat.scenario.factors import Factor, find_factor
from turncoat.scenario.faults import Fault
from turncoat.scenario.files import PLOTS, SourceFile
from turncoat.scenario.naming import choices
from turncoat.scenario.schema import ByLevel, ScenarioFile
from turncoat.scenario.validation import validated
from turncoat.scenario.yamlfile import Key, Yaml

NO_PLOT = ""
"""The one plot of a scenario that has no `plots:`."""


def plot_of(name: str) -> str:
    """The plot that a file belongs to; `NO_PLOT` where it belongs to all.

    Args:
        name: The file's name within the scenario.
    """
    parts = PurePosixPath(name).parts
    return parts[1] if parts[0] == PLOTS else NO_PLOT


def place_of(name: str) -> str:
    """A file's name without the plot's folder: `inbox/01-notice.md.j2`.

    Args:
        name: The file's name within the scenario.
    """
    return name.removeprefix(f"{PLOTS}/{plot_of(name)}/")


def evidence_by_plot(spec: ScenarioFile, file: Yaml) -> dict[str, EvidenceSpec]:
    """The evidence of each plot: its sections in place of the scenario's.

    Args:
        spec: The scenario file.
        file: The same file with its lines.

    Raises:
        ScenarioError: A section of a plot has faults.
    """
    common = file.data["evidence"]
    return {
        name: validated(EvidenceSpec, Yaml(file.path, {**common, **plot.evidence}, lines))
        for name, plot in spec.plots.items()
        for lines in (_lines_below(file, ("plots", name, "evidence")),)
    } or {NO_PLOT: spec.evidence}


def _lines_below(file: Yaml, place: Key) -> dict[Key, int]:
    found = {key[len(place) :]: at for key, at in file.lines.items() if key[: len(place)] == place}
    return {key: at for key, at in file.lines.items() if len(key) == 1} | found


def text_under(text: ByLevel, levels: Mapping[str, str]) -> str:
    """A text of `scenario.yaml` under a condition.

    Args:
        text: The text, or one for each level of a factor.
        levels: A canonical condition.
    """
    if isinstance(text, str):
        return text
    [(factor, texts)] = text.items()
    return texts[levels[factor]]


def plot_faults(
    spec: ScenarioFile,
    factors: Mapping[str, Factor],
    evidences: Mapping[str, EvidenceSpec],
    sources: Mapping[str, SourceFile],
    file: Yaml,
) -> Iterator[Fault]:
    """Folders of no plot, files in two places or nowhere, and texts that lack a level.

    Args:
        spec: The scenario file.
        factors: Its factors.
        evidences: The evidence of each plot.
        sources: Its files.
        file: The scenario file with its lines.
    """
    for name, source in sources.items():
        plot = plot_of(name)
        if plot and plot not in spec.plots:
            problem = f"no plot '{plot}' in scenario.yaml. {choices(plot, spec.plots, 'Plots')}"
            yield Fault(source.path.parent.parent, None, problem)
        elif plot and place_of(name) in sources:
            problem = f"{place_of(name)} is there for all plots already; rename one of them"
            yield Fault(source.path, None, problem)
    for plot, evidence in evidences.items():
        for slot in evidence.crucial:
            mail = f"inbox/{slot}.md.j2"
            if mail not in sources and f"{PLOTS}/{plot}/{mail}" not in sources:
                key: Key = ("evidence", "crucial", evidence.crucial.index(slot))
                if plot and "crucial" in spec.plots[plot].evidence:
                    key = ("plots", plot, *key)
                problem = f"there is no mail {mail}; name the file without its ending"
                yield Fault(file.path, file.line(key), problem)
    for name, text in (("deadline", spec.deadline), ("cutoff", spec.cutoff)):
        if isinstance(text, dict):
            for problem in _by_level(name, text, factors):
                yield Fault(file.path, file.line((name,)), problem)


def _by_level(
    key: str, text: Mapping[str, Mapping[str, str]], factors: Mapping[str, Factor]
) -> Iterable[str]:
    if len(text) != 1:
        return [f"'{key}' is a text, or names one factor with a text for each of its levels"]
    [(name, texts)] = text.items()
    try:
        factor = find_factor(factors, name, f"'{key}'")
    except TurncoatError as error:
        return [str(error)]
    if factor.count or factor.only_when or set(factor.levels) != set(texts):
        levels = ", ".join(factor.levels) or "(none)"
        return [f"'{key}' needs one text for each level of '{name}', always one: {levels}"]
    return []
