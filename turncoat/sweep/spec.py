"""What a sweep's file may say, and the cells that it stands for."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, NamedTuple

from inspect_ai.model import GenerateConfig
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator

from turncoat._util.errors import TurncoatError
from turncoat._util.places import data_folder
from turncoat.scenario.faults import ScenarioError
from turncoat.scenario.validation import validated
from turncoat.scenario.yamlfile import Yaml, parse_yaml

REFERENCE = "reference"
"""The eval of the original prompts, which has neither surfaces nor protocols."""
OURS = ("max_connections", "adaptive_connections")
"""Settings of generation that the sweep makes from `connections`."""
FREE = "known/"
"""Models of this provider are on this machine and cost nothing."""


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ModelSpec(_Section):
    """A model, with what Inspect's `-M` and `--model-base-url` say of it."""

    model: str = Field(pattern=r"^[^\s/]+/\S+$")
    base_url: str | None = None
    args: dict[str, Any] = {}

    @property
    def slug(self) -> str:
        """Its name as that of a folder; models that differ have folders that differ."""
        slug = re.sub(r"[^\w.-]+", "_", self.model)
        more = self.model_dump(exclude={"model"}, exclude_defaults=True)
        return f"{slug}-{_digest(more)[:6]}" if more else slug


class EvalSpec(BaseModel):
    """An eval, and what `-T` says of it."""

    model_config = ConfigDict(extra="allow", frozen=True)

    eval: str

    @field_validator("eval")
    @classmethod
    def _is_there(cls, name: str) -> str:
        name = Path(name).stem if name.endswith(".py") else name.removeprefix("turncoat/")
        known = sorted(file.stem for file in data_folder("evals").glob("*.py"))
        if name not in known:
            raise ValueError(f"there is no eval '{name}'; valid: {', '.join(known)}")
        return name


class Budget(_Section):
    """What may be spent on the whole sweep, judges and repeated attempts included."""

    dollars: float | None = Field(None, gt=0)
    calls: int | None = Field(None, gt=0)


class PriceSpec(_Section):
    """Dollars for a million tokens."""

    input: float = Field(ge=0)
    output: float = Field(ge=0)


def _mapping_of(key: str) -> BeforeValidator:
    return BeforeValidator(lambda raw: {key: raw} if isinstance(raw, str) else raw)


def _listed(raw: object) -> object:
    return list(raw) if isinstance(raw, list) else [raw]


Model = Annotated[ModelSpec, _mapping_of("model")]
Panel = Annotated[tuple[Model, ...], BeforeValidator(_listed), Field(min_length=1)]
Count = Annotated[int, Field(ge=1)]


class Spec(_Section):
    """A sweep: every model on every eval, under every design, judged by every grader."""

    logs: str = Field(min_length=1)
    """Folder or URL; a relative folder is seen from the file."""
    models: tuple[Model, ...] = Field(min_length=1)
    evals: tuple[Annotated[EvalSpec, _mapping_of("eval")], ...] = Field(min_length=1)
    designs: tuple[str, ...] = ()
    """Each one or several names with commas, as for `-T design=`; the eval's own where none is."""
    surfaces: Count | None = None
    epochs: Count | None = None
    """The eval's own where it is not given: 2, or under a precision as many as it may take."""
    graders: tuple[Panel, ...] = ()
    """Each a judge, or a list that judges together; each has runs of its own."""
    parameters: dict[str, Any] = {}
    """As for `-T`, for all evals; what an eval says itself goes before."""
    generate: dict[str, Any] = {}
    """Inspect's settings of generation, such as `temperature`, for the models measured."""
    budget: Budget = Budget()
    prices: dict[str, PriceSpec] = {}
    connections: dict[str, Count] = {}
    """Beginning of models' names, such as `openai`, to how many calls at once in all."""
    workers: Count = 1
    """How many evals' processes at once, on this machine or over a Ray cluster."""

    @field_validator("generate")
    @classmethod
    def _is_known(cls, given: dict[str, Any]) -> dict[str, Any]:
        for name in given:
            if name in OURS:
                raise ValueError(f"leave out '{name}'; 'connections' of the sweep sets it")
            if name not in GenerateConfig.model_fields:
                raise ValueError(f"Inspect has no setting of generation '{name}'")
        GenerateConfig.model_validate(given)
        return given

    def provider(self, model: str) -> str | None:
        """The key of `connections` that counts for a model: the longest that it begins with.

        Args:
            model: A model's name.
        """
        fitting = [key for key in self.connections if f"{model}/".startswith(f"{key}/")]
        return max(fitting, key=len, default=None)


class Cell(NamedTuple):
    """One eval of one model under one design, judged by one grader or panel."""

    model: ModelSpec
    eval: str
    parameters: Mapping[str, Any]
    graders: tuple[ModelSpec, ...]
    generate: Mapping[str, Any]

    @property
    def id(self) -> str:
        """The same for the same runs, whatever else is in the file: epochs can be added."""
        models = [one.model_dump() for one in (self.model, *self.graders)]
        return _digest([models, self.eval, self.parameters, self.generate])[:12]

    @property
    def shard(self) -> str:
        """The folder below `logs` in which its log lies, with others of this model and eval."""
        return f"{self.model.slug}/{self.eval}"

    @property
    def judges(self) -> str:
        """Names of its graders; empty where it has none."""
        return ", ".join(one.model for one in self.graders)

    @property
    def names(self) -> frozenset[str]:
        """Names of all models that it calls."""
        return frozenset(one.model for one in (self.model, *self.graders))

    @property
    def setting(self) -> str:
        """Its parameters, for people."""
        return " ".join(f"{key}={_short(value)}" for key, value in self.parameters.items())


class Sweep(NamedTuple):
    """A sweep's file, read."""

    path: Path
    spec: Spec
    logs: str
    """Where its logs are: an absolute path, or a URL."""
    cells: tuple[Cell, ...]

    @property
    def shards(self) -> dict[str, list[Cell]]:
        """Folder below `logs` to the cells whose logs lie in it."""
        found: dict[str, list[Cell]] = {}
        for cell in self.cells:
            found.setdefault(cell.shard, []).append(cell)
        return found

    def folder(self, shard: str) -> str:
        """Path or URL of a shard's folder.

        Args:
            shard: As `shards` names it.
        """
        return f"{self.logs}/{shard}"


def read_sweep(path: Path) -> Sweep:
    """Reads a sweep's file.

    Args:
        path: A YAML file.

    Returns:
        It, with every cell.

    Raises:
        TurncoatError: It cannot be read, or says something that cannot be; with line numbers.
    """
    try:
        file = parse_yaml(path.read_text(encoding="utf-8"), path)
    except (OSError, UnicodeDecodeError) as error:
        raise TurncoatError(f"{path} cannot be read: {error}") from None
    spec = validated(Spec, file)
    _refuse_few_connections(spec, file)
    here = path.resolve().parent
    logs = spec.logs.rstrip("/") if "://" in spec.logs else str(here / spec.logs)
    cells = tuple(_cells(spec, here))
    seen: set[str] = set()
    for cell in cells:
        if cell.id in seen:
            raise ScenarioError.at(
                path,
                file.line(("evals",)),
                f"{cell.model.model} {cell.eval} {cell.setting} is here twice; for more runs "
                "of it raise 'epochs' or 'surfaces'",
            )
        seen.add(cell.id)
    return Sweep(path, spec, logs, cells)


def _refuse_few_connections(spec: Spec, file: Yaml) -> None:
    for provider, most in spec.connections.items():
        if most < spec.workers:
            raise ScenarioError.at(
                file.path,
                file.line(("connections", provider)),
                f"'connections.{provider}' is {most}, too few to be shared by {spec.workers} "
                "workers; raise it, or lower 'workers'",
            )


def _cells(spec: Spec, here: Path) -> Iterator[Cell]:
    for model in spec.models:
        for one in spec.evals:
            own = {**spec.parameters, **(one.model_extra or {})}
            if spec.surfaces is not None and one.eval != REFERENCE:
                own = {"surfaces": spec.surfaces, **own}
            if (here / str(own.get("scenario", ""))).is_dir() and own.get("scenario"):
                own["scenario"] = str(here / own["scenario"])
            designs = [{}] if "design" in own else [{"design": d} for d in spec.designs] or [{}]
            for design in designs:
                for graders in spec.graders or ((),):
                    yield Cell(model, one.eval, {**design, **own}, graders, spec.generate)


def _short(value: object) -> str:
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)


def _digest(value: object) -> str:
    text = json.dumps(value, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()
