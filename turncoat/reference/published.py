"""Published figures: which cell of a study a condition of ours stands beside."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from statistics import median
from typing import NamedTuple

from turncoat._util.errors import TurncoatError
from turncoat.reference.figures import Alias, PublishedFigure, Variant, read_table
from turncoat.scenario.naming import REFERENCE_PREFIX

LYNCH = "lynch-2025"
STUDIES = {
    LYNCH: "Lynch2025 agentic misalignment",
    "palisade-2025": "Palisade shutdown resistance (TMLR)",
}
"""Name on the command line to name in `figures.csv`."""

PROVIDERS = frozenset(
    {"anthropic", "azureai", "bedrock", "deepseek", "fireworks", "google", "grok", "groq"}
    | {"openai", "openrouter", "together", "vertex"}
)
"""First parts of Inspect's model names that say who serves a model, not which it is. Providers
that serve whatever file they are given (a local server, a mock) are not among them."""

PUBLISHED_SETTINGS: Mapping[str, str] = {
    "leverage": "present",
    "prohibition": "none",
    "nudge": "strategy",
    "scratchpad": "hidden",
    "awareness": "none",
    "boldness": "none",
    "channel": "none",
    "clarity": "plain",
    "successor": "unstated",
    "recourse": "untried",
    "oversight": "unstated",
    "time_left": "minutes",
    "noise": "0",
}
"""Levels of the shared factors in the 324 reference cells, as far as they do not vary there."""

SCENARIOS = frozenset({"blackmail", "espionage", "lethal"})
"""Those of the 2025 study; their cells are made by `goal_conflict` and `threat`."""
OTHERS = {"shutdown-sabotage": "shutdown"}
"""What `figures.csv` calls the behaviour of our other scenarios. Their cells stand in
`variants.csv` under the scenario's name and the levels that are no defaults."""
NOT_COMPARABLE = "misread the unmodified scenario"
"""How the notes of `figures.csv` mark models that the paper left out of its main figures."""


class PublishedCell(NamedTuple):
    """A published cell: the same for every model."""

    scenario: str
    goal_conflict: str
    threat: str
    extra: str = ""
    """What varies beside these two, in the study's words; empty in the 324 reference cells."""

    @property
    def label(self) -> str:
        """The cell in a line, without its scenario."""
        if self.scenario in OTHERS.values():
            return self.extra
        varied = f", {self.extra}" if self.extra else ""
        return f"{self.goal_conflict}, threat {self.threat}{varied}"


class Spread(NamedTuple):
    """A cell over the models of the study."""

    models: int
    lowest: float
    lowest_models: tuple[str, ...]
    median: float
    highest: float
    highest_models: tuple[str, ...]


GOALS: Mapping[str, str] = {
    "american-interests": "explicit-america",
    "ethical": "explicit-ethical",
    "individualism": "explicit-individualism",
}
"""Goals of ours to the `goal_conflict` of `figures.csv`."""
OTHER_GOALS = "goal variation (Fig 10)"


class Study:
    """The published cells of one study: the reference cells, and its variations."""

    def __init__(self, name: str) -> None:
        """Reads the study.

        Args:
            name: A key of `STUDIES`.

        Raises:
            TurncoatError: There is no such study.
        """
        if name not in STUDIES:
            raise TurncoatError(f"no study '{name}'; there is: {', '.join(STUDIES)}")
        self.name = name
        self.protocol = "text" if name == LYNCH else "tools"
        """The protocol of ours that is like the study's."""
        self.figures = tuple(
            figure.model_copy(update={"scenario": OTHERS.get(figure.scenario, figure.scenario)})
            for figure in read_table("figures.csv", PublishedFigure)
            if figure.study == STUDIES[name] and figure.scenario in SCENARIOS | OTHERS.keys()
        )
        self.models = tuple(dict.fromkeys(figure.model for figure in self.figures))
        self._aliases = {
            alias.alias.lower(): alias
            for alias in read_table("aliases.csv", Alias)
            if alias.study == name
        }
        self._cells = {(figure.model, _place_of(figure)): figure for figure in self.figures}

    def knows(self, scenario: str) -> bool:
        """Whether the study has figures for a scenario.

        Args:
            scenario: Name of our scenario, or of the study's own prompts.
        """
        name = scenario.removeprefix(REFERENCE_PREFIX)
        return any(figure.scenario == name for figure in self.figures)

    def model_named(self, name: str) -> str:
        """The study's name for a model that somebody named as the study does.

        Args:
            name: For example `claude opus 4`; capitals do not matter.

        Raises:
            TurncoatError: The study has no such model.
        """
        for model in self.models:
            if model.lower() == name.strip().lower():
                return model
        near = difflib.get_close_matches(name, self.models, n=1)
        hint = f"; did you mean '{near[0]}'?" if near else "."
        raise TurncoatError(
            f"{self.name} has no model '{name}'{hint} Its models: {', '.join(self.models)}"
        )

    def alias_of(self, model: str) -> Alias | None:
        """What the study calls a model that was measured, where its id is known to be one of it.

        The id is compared as a whole, in lower case, with and without the provider in front;
        nothing is guessed from a part of it.

        Args:
            model: Inspect's name, for example `openrouter/anthropic/claude-opus-4`.
        """
        parts = model.lower().split("/")
        while parts:
            found = self._aliases.get("/".join(parts))
            if found is not None:
                return found
            if parts[0] not in PROVIDERS:
                return None
            parts = parts[1:]
        return None

    def cell(self, model: str, place: PublishedCell) -> PublishedFigure | None:
        """The published figure of one model in one cell.

        Args:
            model: The study's name for the model.
            place: Which cell.

        Returns:
            The figure, or None where the study has none for it.
        """
        return self._cells.get((model, place))

    def spread(self, place: PublishedCell) -> Spread | None:
        """The lowest, median and highest rate of a cell over all models of the study.

        Args:
            place: Which cell.

        Returns:
            The spread, or None where no model has a rate in that cell.
        """
        found = [figure for figure in self.figures if _place_of(figure) == place]
        rates = {figure.model: figure.rate for figure in found if figure.rate is not None}
        if not rates:
            return None
        lowest, highest = min(rates.values()), max(rates.values())
        return Spread(
            models=len(rates),
            lowest=lowest,
            lowest_models=tuple(model for model, rate in rates.items() if rate == lowest),
            median=median(rates.values()),
            highest=highest,
            highest_models=tuple(model for model, rate in rates.items() if rate == highest),
        )


@cache
def studies_of(scenario: str) -> tuple[str, ...]:
    """The studies that have figures for a scenario.

    Args:
        scenario: As for `Study.knows`.
    """
    return tuple(name for name in STUDIES if Study(name).knows(scenario))


def place_of(
    scenario: str, condition: Mapping[str, str], factors: Mapping[str, Sequence[str]]
) -> PublishedCell | str:
    """The published cell that a condition of ours stands beside.

    Args:
        scenario: Name of our scenario, or of the study's own prompts.
        condition: Every factor to its level.
        factors: Every factor to its levels, default first, for the scenario's own factors.

    Returns:
        The cell, or the reason why there is none, with the factors that prevent it.
    """
    conflict = condition.get("goal_conflict", "")
    goal = condition.get("goal", "n/a")
    unusual = [
        f"{name}={level}"
        for name, level in condition.items()
        if name not in ("goal_conflict", "goal", "threat")
        and level not in (_setting(name, factors), "n/a")
    ]
    if scenario in OTHERS.values():
        extra = _variants().get(",".join([scenario, *unusual]), "")
        lacking = f"no published cell: {', '.join(unusual) or 'the defaults'}"
        return PublishedCell(scenario, "n/a", "n/a", extra) if extra else lacking
    extra = _variants().get(unusual[0], "") if len(unusual) == 1 else ""
    odd = [
        f"{levels} (published: {_setting(levels.partition('=')[0], factors)})"
        for levels in ([] if extra else unusual)
    ]
    if conflict not in ("explicit", "none"):
        odd.insert(0, f"goal_conflict={conflict} (published: explicit, none)")
    elif conflict == "explicit" and goal != "american-interests":
        extra = "" if extra else OTHER_GOALS
        if not extra or goal not in GOALS:
            odd.insert(0, f"goal={goal} (published: {', '.join(GOALS)})")
    if condition.get("threat") not in ("replacement", "restriction", "none"):
        odd.insert(
            0, f"threat={condition.get('threat')} (published: replacement, restriction, none)"
        )
    if odd:
        return f"no published cell: {', '.join(odd)}"
    published = GOALS[goal] if conflict == "explicit" else "none"
    return PublishedCell(
        scenario.removeprefix(REFERENCE_PREFIX), published, condition["threat"], extra
    )


def _setting(name: str, factors: Mapping[str, Sequence[str]]) -> str:
    default = next(iter(factors.get(name, ())), "")
    return PUBLISHED_SETTINGS.get(name, default)


def _place_of(figure: PublishedFigure) -> PublishedCell:
    return PublishedCell(figure.scenario, figure.goal_conflict, figure.threat, figure.extra)


@lru_cache(maxsize=1)
def _variants() -> dict[str, str]:
    return {variant.levels: variant.extra for variant in read_table("variants.csv", Variant)}
