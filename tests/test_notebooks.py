"""The notebooks run from top to bottom, and are committed with what they print."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

ANALYSIS = Path(__file__).parents[1] / "analysis"
NOTEBOOKS = sorted(ANALYSIS.glob("*.ipynb"))
SCREEN = 30
"""Lines."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder like `analysis/`; the logs that one notebook makes serve the next."""
    folder = tmp_path_factory.mktemp("analysis")
    shutil.copy(ANALYSIS / "example_logs.py", folder)
    return folder


def outputs(cell):
    """Pictures by that name alone; texts as they are."""
    found = []
    for output in cell.get("outputs", ()):
        if "image/png" in output.get("data", {}):
            found.append("image/png")
        elif "text/plain" in output.get("data", {}):
            found.append(output["data"]["text/plain"])
        elif output.get("name") == "stdout":
            found.append(output["text"])
    # A progress bar is no result, and how a table is spaced is not what it says.
    return [" ".join(text.split()) for text in found if text != "Output()"]


NUMBER = re.compile(r"(?<![\w.])-?\d+\.\d+")
LAST_DIGIT = 0.0015
"""Processors round differently: of what is printed the last digit may be another one."""


def words_of(text):
    """A printed text with its decimal numbers left out."""
    return NUMBER.sub("#", text)


def numbers_of(text):
    """The decimal numbers in a printed text."""
    return [float(number) for number in NUMBER.findall(text)]


def test_a_number_may_differ_in_its_last_digit_and_in_no_other():
    assert numbers_of("diff -0.013 p 0.289") == pytest.approx([-0.012, 0.289], abs=LAST_DIGIT)
    assert numbers_of("diff -0.02") != pytest.approx([-0.013], abs=LAST_DIGIT)
    assert words_of("n 12 diff -0.013") == "n 12 diff #"


def test_the_five_notebooks_are_there():
    assert [path.stem for path in NOTEBOOKS] == [
        "01_rates_vs_published",
        "02_compare_models",
        "03_factor_effects",
        "04_grader_agreement",
        "05_surfaces_and_awareness",
    ]


@pytest.mark.slow
@pytest.mark.xdist_group("notebooks")
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_and_prints_what_was_committed(path, folder):
    committed = nbformat.read(path, as_version=4)
    fresh = nbformat.read(path, as_version=4)
    for cell in fresh.cells:
        if cell.cell_type == "code":
            cell.outputs = []
    client = NotebookClient(
        fresh, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(folder)}}
    )
    client.execute()
    for before, after in zip(committed.cells, fresh.cells, strict=True):
        assert list(map(words_of, outputs(after))) == list(map(words_of, outputs(before)))
        numbers = [numbers_of(text) for text in outputs(before)]
        assert [numbers_of(text) for text in outputs(after)] == [
            pytest.approx(row, abs=LAST_DIGIT, nan_ok=True) for row in numbers
        ]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_reads_as_an_argument(path):
    cells = nbformat.read(path, as_version=4).cells
    assert cells[0].cell_type == "markdown"
    assert cells[0].source.startswith("# ")
    assert any("image/png" in outputs(cell) for cell in cells) or path.stem.startswith("04")
    for cell in cells:
        assert len(cell.source.splitlines()) <= SCREEN
        assert not any(output.output_type == "error" for output in cell.get("outputs", ()))
    text = path.read_text(encoding="utf-8")
    assert str(Path.home()) not in text
    assert "/tmp/" not in text
