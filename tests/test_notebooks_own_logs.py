"""The notebooks on a user's own logs: what these lack is said in a line, and nothing breaks."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import inspect_ai
import nbformat
import pytest
from inspect_ai.model import get_model
from nbclient import NotebookClient

from turncoat import misalignment_task

ANALYSIS = Path(__file__).parents[1] / "analysis"
NOTEBOOKS = sorted(ANALYSIS.glob("*.ipynb"))
README_TABLE = (
    {},
    {"design": "cells"},
    {"design": "published"},
    {"protocol": "tools"},
    {"design": "factorial"},
    {"precision": 0.3},
    {"factors": {"threat": ["replacement", "none"], "nudge": "none"}},
    {"surfaces": 3, "surface_seed": 4711},
)
"""The parameters of README's table, and headline and control as they are."""
ALWAYS = {"two models", "two scores"}
SAID = {
    "first": {*ALWAYS, "a factor that varies", "threat and goal conflict crossed"},
    "table": ALWAYS,
    "several": {
        "two models",
        "one of several scores",
        "a factor that varies",
        "threat and goal conflict crossed",
    },
    "alone": {
        *ALWAYS,
        "a condition with its control",
        "a factor that varies",
        "threat and goal conflict crossed",
    },
}
"""What the notebooks say that they need."""


def run(folder, scenario="blackmail", epochs=1, scorers=1, **parameters):
    task = misalignment_task(scenario, **parameters)
    task.scorer = task.scorer * scorers
    inspect_ai.eval(
        task,
        model=get_model("known/mixed", memoize=False, rate=0.5),
        epochs=epochs,
        log_dir=str(folder),
        display="none",
        max_samples=50,
        log_realtime=False,
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder like `analysis/`, with logs of a user's own beside it."""
    home = tmp_path_factory.mktemp("own")
    shutil.copytree(ANALYSIS, home / "analysis", ignore=shutil.ignore_patterns("example-logs"))
    run(home / "first", epochs=2)
    for parameters in README_TABLE:
        run(home / "table", **{"surfaces": 2, **parameters})
    run(home / "several", surfaces=2, scorers=2)
    run(home / "alone", design="headline", surfaces=2)
    run(home / "table", scenario="espionage", surfaces=2)
    run(home / "table", scenario="lethal", surfaces=2)
    return home


@pytest.mark.slow
@pytest.mark.xdist_group("notebooks")
@pytest.mark.parametrize("logs", SAID)
def test_all_notebooks_run_on_a_user_s_own_logs(logs, folder):
    """One kernel for all five, emptied between them: to start one takes longer than a notebook."""
    whole = nbformat.v4.new_notebook()
    for path in NOTEBOOKS:
        whole.cells.append(nbformat.v4.new_code_cell("%reset -f"))
        for cell in nbformat.read(path, as_version=4).cells:
            if cell.cell_type == "code":
                source, replaced = re.subn("(?m)^LOGS = .*$", f'LOGS = "../{logs}"', cell.source)
                assert replaced == ("LOGS = " in cell.source)
                whole.cells.append(nbformat.v4.new_code_cell(source))
    where = {"metadata": {"path": str(folder / "analysis")}}
    NotebookClient(whole, timeout=300, kernel_name="python3", resources=where).execute()
    printed = "\n".join(
        output["text"]
        for cell in whole.cells
        for output in cell.outputs
        if output.get("name") == "stdout"
    )
    said = re.findall(r"^Needs (.+?)(?: that the| with all| of the| under one|:)", printed, re.M)
    assert set(said) == SAID[logs]
