"""Where the data that comes with Turncoat lies, and which version this is."""

from __future__ import annotations

from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Literal

PACKAGE = Path(__file__).resolve().parents[1]

Place = Literal["evals", "scenarios", "results/published", "docs"]


def data_folder(place: Place) -> Path:
    """The folder of evals, scenarios, figures or docs, in a checkout and in a wheel alike.

    Args:
        place: Which of them, named as in a checkout.

    Returns:
        An existing folder: the package's own copy in an installed wheel, else the one beside
        the package in a checkout.

    Raises:
        FileNotFoundError: Neither is there, so the installation is broken.
    """
    for root in (PACKAGE / "_data", PACKAGE.parent):
        folder = root / place
        if folder.is_dir():
            return folder
    raise FileNotFoundError(
        f"Turncoat was installed without its '{place}' folder; install it again"
    )


def page(name: str) -> str:
    """How a note cites a page of the docs: by a name that tells no reader of this machine.

    Args:
        name: Of the page, such as `statistics`.
    """
    return f"docs/{name}.md (turncoat --help says where)"


@cache
def package_version() -> str:
    """The version of Turncoat, read once: it is recorded with every score."""
    return version("turncoat")
