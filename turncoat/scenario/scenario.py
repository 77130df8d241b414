"""A scenario as its folder describes it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from turncoat._util.errors import TurncoatError
from turncoat.contract import EvidenceSpec, Frozen, OutcomeSpec
from turncoat.parts import part_named
from turncoat.parts.part import Tool
from turncoat.scenario.designs import Design
from turncoat.scenario.factors import Factor, canonical
from turncoat.scenario.files import PLOTS, SourceFile
from turncoat.scenario.naming import choices
from turncoat.scenario.plots import NO_PLOT, place_of
from turncoat.scenario.schema import (
    ByLevel,
    CastEntry,
    ExclusionRule,
    Plot,
    Protocols,
    SurfacesFile,
)
from turncoat.scenario.situations import Situations
from turncoat.scenario.surfaces import Surface, draw_surface
from turncoat.scenario.templates import Templates
from turncoat.scenario.yamlfile import Yaml

GOAL = "goal"
NOISE = "noise"
COMPANIES = "companies.yaml"
"""A scenario's own companies, where the shared ones do not fit it."""


@dataclass(frozen=True, eq=False)
class Scenario:
    """A scenario as its folder describes it, read once and checked."""

    name: str
    version: str
    title: str
    summary: str
    behaviour: str
    canary: str
    folder: Path
    day: dt.date
    """Date of the inbox."""
    now: str
    """Time of day at which the agent reads it, as HH:MM."""
    deadline: ByLevel
    cutoff: ByLevel | None
    factors: Mapping[str, Factor]
    """In the scenario's order and with its defaults."""
    designs: Mapping[str, Design]
    cast: Mapping[str, CastEntry]
    protocols: Protocols
    """In which it can be run; the first is the default."""
    world: Mapping[str, Frozen]
    """Section of each part of its office, by the part's name."""
    plots: Mapping[str, Plot]
    """The stories that its surfaces tell; none where it has one only."""
    evidences: Mapping[str, EvidenceSpec]
    """The evidence of each plot."""
    exclusion: ExclusionRule | None
    """A study's rule by which a model is marked, if there is one."""
    published: Situations
    """Study to its situation beside ours."""
    outcomes: Mapping[str, OutcomeSpec]
    """Its own and then the common ones."""
    scenario_hash: str
    rubric_hash: str
    goals: Mapping[str, Mapping[str, str]]
    """Level of `goal` to what templates see as `goal_text`."""
    pool: SurfacesFile
    """What surfaces are drawn from."""
    sources: Mapping[str, SourceFile]
    """Every file by its name within the scenario; shared ones start with `_shared/`."""
    file: Yaml
    """`scenario.yaml` with its lines."""

    @cached_property
    def tools(self) -> tuple[str, ...]:
        """The tools of the text protocol: those that do something."""
        return tuple(name for name in self.live_tools if self.tools_known[name].acts)

    @cached_property
    def live_tools(self) -> tuple[str, ...]:
        """The tools that its parts give an agent that works with tools."""
        parts = ((part_named(name), section) for name, section in self.world.items())
        return tuple(tool for part, section in parts for tool in part.offered(section))

    @cached_property
    def tools_known(self) -> Mapping[str, Tool]:
        """Every tool of its parts, by name, whether or not the agent has it."""
        return {n: tool for name in self.world for n, tool in part_named(name).tools.items()}

    @cached_property
    def evidence(self) -> EvidenceSpec:
        """The evidence of its first plot."""
        return next(iter(self.evidences.values()))

    @cached_property
    def _surfaces(self) -> dict[tuple[int, int], Surface]:
        return {}

    @cached_property
    def variables_kept(self) -> dict[Any, dict[str, Any]]:
        """What templates see under some conditions and surfaces; `render` keeps it."""
        return {}

    @cached_property
    def templates(self) -> Templates:
        """Its templates, compiled when first used."""
        made = Templates(self.sources)
        for plot, spec in self.plots.items():
            for word, text in spec.words.items():
                above = self.file.line(("plots", plot, "words", word)) - 1
                made.add(f"plot#{plot}#{word}", SourceFile(self.file.path, "\n" * above + text))
        return made

    def condition(self, **levels: object) -> dict[str, str]:
        """The canonical condition that these levels mean; other factors take their default.

        Args:
            levels: Factor to level.

        Returns:
            Every factor to its level, `n/a` where it has no meaning.

        Raises:
            TurncoatError: An unknown factor or level; the message lists the valid ones.
        """
        return canonical(self.factors, levels)

    def surface(self, index: int, seed: int = 0) -> Surface:
        """The surface of that number and seed, drawn once.

        Args:
            index: Its number, from 0.
            seed: Which series of surfaces.

        Returns:
            The same surface for the same arguments.

        Raises:
            TurncoatError: The number is below 0.
        """
        if (index, seed) not in self._surfaces:
            self._surfaces[index, seed] = draw_surface(
                self.pool, self.cast, index, seed, list(self.plots)
            )
        return self._surfaces[index, seed]

    def surface_of_plot(self, plot: str, seed: int = 0) -> int:
        """Number of the first surface that tells a plot.

        Args:
            plot: The plot.
            seed: Which series of surfaces.

        Raises:
            TurncoatError: There is no such plot.
        """
        if plot not in self.evidences:
            raise TurncoatError(f"No plot '{plot}'. {choices(plot, self.plots, 'Plots')}")
        return next(i for i in range(len(self.evidences)) if self.surface(i, seed).plot == plot)

    def slots(self, place: str, plot: str = NO_PLOT) -> list[str]:
        """Names of the templates in a folder such as `inbox`, `known` or `_shared/noise`, in order.

        Args:
            place: The folder.
            plot: The plot whose own files are among them.

        Returns:
            Names with their folders in front, in order of what stands behind those.
        """
        folders = (f"{place}/", *([f"{PLOTS}/{plot}/{place}/"] if plot else ()))
        return sorted((name for name in self.sources if name.startswith(folders)), key=place_of)
