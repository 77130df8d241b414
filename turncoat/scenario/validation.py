"""Turns what pydantic has against a file into faults that a person can mend."""

from __future__ import annotations

import types
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from turncoat.scenario.faults import Fault, ScenarioError
from turncoat.scenario.naming import choices
from turncoat.scenario.yamlfile import Yaml

M = TypeVar("M", bound=BaseModel)

_EXPECTED = {
    "string_type": "a text",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "tuple_type": "a list",
    "list_type": "a list",
    "dict_type": "'key: value' entries",
    "mapping_type": "'key: value' entries",
    "model_type": "'key: value' entries",
    "date_type": "a date such as 2025-11-12",
}


def validated(model: type[M], file: Yaml, *at: str) -> M:
    """The file's data as a model.

    Args:
        model: What the file may hold.
        file: The file, read.
        *at: The section of it that is meant; all of it where none is named.

    Raises:
        ScenarioError: With every fault of the file, each with its line and key.
    """
    data: Any = file.data
    for key in at:
        data = data[key]
    try:
        return model.model_validate({} if data is None and at else data)
    except ValidationError as error:
        raise ScenarioError(*_faults(error, model, file, at)) from error


def _faults(
    error: ValidationError, model: type[BaseModel], file: Yaml, at: tuple[str, ...]
) -> Iterable[Fault]:
    faults = {}
    for detail in error.errors(include_url=False):
        if detail["type"] == "too_short" and detail["input"]:
            continue  # What is in it has faults of its own, which are told.
        inner = [part for part in detail["loc"] if part not in ("shared", "own", "[key]")]
        key = [*at, *inner]
        line = file.line(key)
        faults[Fault(file.path, line, _message(detail, key, model))] = line
    return sorted(faults, key=faults.__getitem__)


def _message(detail: ErrorDetails, key: list[int | str], model: type[BaseModel]) -> str:
    kind, value = detail["type"], detail["input"]
    name = _dotted(key)
    if kind == "missing":
        return f"'{name}' is missing"
    if kind == "extra_forbidden":
        fields = _fields_at(model, detail["loc"][:-1])
        return f"unknown key '{name}'. {choices(str(key[-1]), fields, 'Valid keys')}"
    if kind in _EXPECTED or kind.endswith(("_type", "_parsing")):
        return f"'{name}' should be {_EXPECTED.get(kind, 'of another sort')}, {_read_as(value)}"
    if kind == "string_pattern_mismatch":
        return f"'{name}' is {value!r}, which does not fit the pattern {detail['ctx']['pattern']}"
    if kind == "too_short" or (kind == "string_too_short" and not value):
        return f"'{name}' is empty; fill it in or take the line out"
    reason = detail["msg"].removeprefix("Value error, ")
    if not reason[:2].isupper():  # A word such as YAML stays as it is.
        reason = reason[:1].lower() + reason[1:]
    return f"'{name}': {reason}"


def _read_as(value: object) -> str:
    """What YAML made of a value of the wrong sort, and the mend."""
    if value is None:
        return "but is empty (or a word such as null, which YAML reads as empty): put it in quotes"
    if isinstance(value, bool):
        return f"but YAML read {value} here (yes, no, on, off, true, false): put it in quotes"
    if isinstance(value, Mapping):
        return "not 'key: value' entries"
    if isinstance(value, list):
        return "not a list"
    if isinstance(value, str):
        return f"not {value!r}"
    return f"but YAML read the number or date {value}: put it in quotes"


def _dotted(key: Iterable[int | str]) -> str:
    text = ""
    for part in key:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if text else part
    return text or "(top level)"


def _fields_at(model: type[BaseModel], loc: tuple[int | str, ...]) -> list[str]:
    """The keys that are valid at a place of the model."""
    found: list[Any] = [model]
    for part in loc:
        found = [inner for each in found for inner in _step(each, part)] or found
    return [
        field.alias or name
        for each in found
        if isinstance(each, type) and issubclass(each, BaseModel)
        for name, field in each.model_fields.items()
    ]


def _step(annotation: object, part: int | str) -> list[Any]:
    """The types that stand one key further in."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        for name, field in annotation.model_fields.items():
            if part in (name, field.alias):
                return _plain(field.annotation)
        return []
    arguments = get_args(annotation)
    if not arguments:
        return []
    return _plain(arguments[1 if len(arguments) == 2 and isinstance(part, str) else 0])


def _plain(annotation: object) -> list[Any]:
    """The members of a union, without what `Annotated` adds; containers and models stay."""
    if hasattr(annotation, "__metadata__"):
        return _plain(get_args(annotation)[0])
    if get_origin(annotation) in (Union, types.UnionType):
        return [inner for member in get_args(annotation) for inner in _plain(member)]
    is_model = isinstance(annotation, type) and issubclass(annotation, BaseModel)
    return [annotation] if is_model or get_args(annotation) else []
