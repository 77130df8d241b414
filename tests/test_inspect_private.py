"""Which of Inspect's private names are relied on, and whether this Inspect still has them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from importlib import import_module
from importlib.metadata import version
from pathlib import Path

import pytest

from turncoat._util.places import PACKAGE, data_folder

HOME = PACKAGE / "_util" / "inspect_private.py"


def private_names(file: Path) -> Iterator[tuple[str, str]]:
    """Each (module, name) that a file imports out of a private part of Inspect."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            found = [(node.module, alias.name) for alias in node.names]
        elif isinstance(node, ast.Import):
            found = [tuple(alias.name.rpartition(".")[::2]) for alias in node.names]
        else:
            continue
        for module, name in found:
            first, *rest = f"{module}.{name}".split(".")
            if first == "inspect_ai" and any(part.startswith("_") for part in rest):
                yield module, name


RELIED_ON = sorted(
    {
        found
        for file in (HOME, *Path(__file__).parent.rglob("*.py"))
        for found in private_names(file)
    }
)


@pytest.mark.parametrize(("module", "name"), RELIED_ON)
def test_inspect_still_has_the_private_name(module: str, name: str) -> None:
    try:
        there = hasattr(import_module(module), name)
    except ModuleNotFoundError:
        there = False
    assert there, (
        f"inspect-ai {version('inspect-ai')} has moved {module}.{name}: find its new place, "
        f"mend turncoat/_util/{HOME.name} or the test, and see whether it still does what it did"
    )


def test_the_library_imports_private_names_in_one_place_only() -> None:
    files = {*PACKAGE.rglob("*.py"), *data_folder("evals").glob("*.py")} - {HOME}
    assert {file.name: found for file in files if (found := list(private_names(file)))} == {}
