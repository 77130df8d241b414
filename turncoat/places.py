"""Where the data that comes with Turncoat lies, and which version this is."""

from __future__ import annotations

from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Literal

PACKAGE = Path(__file__).resolve().parent

Place = Literal["evals", "scenarios", "results/published"]


def data_folder(place: Place) -> Path:
    """The folder of evals, scenarios or published figures, in a checkout and in a wheel alike.

    Args:
        place: Which of the three, named as in a checkout.

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


@cache
def package_version() -> str:
    """The version of Turncoat, read once: it is recorded with every score."""
    return version("turncoat")
