"""What somebody gets who installs the wheel and has no checkout."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import get_args
from zipfile import ZipFile

import pytest
from inspect_ai.log import read_eval_log

from turncoat._util.places import Place, page

ROOT = Path(__file__).resolve().parents[1]
PLACES = get_args(Place)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.xdist_group("wheel"),  # built once, not in each worker
    pytest.mark.skipif(
        importlib.util.find_spec("hatchling") is None,
        reason="hatchling is not installed (the extra `test` brings it)",
    ),
]


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel's content, as an installer lays it out, far from the checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=60)
    [wheel] = folder.glob("*.whl")
    site = folder / "site-packages"  # Inspect knows an installed package by that word
    with ZipFile(wheel) as archive:
        archive.extractall(site)
    return site


def run(site: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Python with the wheel before everything else, in a folder that holds nothing."""
    elsewhere = site.parent / "elsewhere"
    elsewhere.mkdir(exist_ok=True)
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=elsewhere,
        env={**os.environ, "PYTHONPATH": str(site)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def turncoat(site: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command `turncoat`, as its entry point calls it."""
    return run(site, "-c", "from turncoat.cli import main; main()", *arguments)


def files_in(folder: Path) -> set[str]:
    """Every file below a folder that is not a by-product of running it."""
    return {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


@pytest.mark.parametrize("place", PLACES)
def test_the_wheel_carries_all_the_data_of_the_checkout(unpacked: Path, place: str) -> None:
    assert files_in(unpacked / "turncoat/_data" / place) == files_in(ROOT / place)


def test_the_wheel_carries_the_whole_package_and_nothing_else(unpacked: Path) -> None:
    code = {name for name in files_in(unpacked / "turncoat") if not name.startswith("_data/")}
    assert code == files_in(ROOT / "turncoat")
    tops = {path.name for path in unpacked.iterdir()}
    assert {name for name in tops if not name.endswith(".dist-info")} == {"turncoat"}


def test_data_is_found_inside_the_installed_package(unpacked: Path) -> None:
    script = (
        "import json, turncoat, turncoat._util.places as p;"
        f"print(json.dumps([turncoat.__file__, *(str(p.data_folder(x)) for x in {PLACES!r})]))"
    )
    done = run(unpacked, "-c", script)
    assert done.returncode == 0, done.stderr
    package, *folders = map(Path, json.loads(done.stdout))
    assert package.parent == unpacked / "turncoat"
    assert folders == [unpacked / "turncoat/_data" / place for place in PLACES]


def test_the_page_that_notes_cite_lies_where_the_help_says(unpacked: Path) -> None:
    told = turncoat(unpacked, "--help").stdout.split("docs/...", 1)[1].splitlines()[1].strip()
    assert Path(told) == unpacked / "turncoat/_data/docs"
    source = "".join(file.read_text() for file in (unpacked / "turncoat").rglob("*.py"))
    pages = re.findall(r"\bpage\('([a-z-]+)'\)", source)
    cited = {page(name).split()[0] for name in pages}
    assert "docs/statistics.md" in cited
    for name in cited:
        assert (Path(told).parent / name).is_file()


def test_scenarios_are_listed(unpacked: Path) -> None:
    done = turncoat(unpacked, "scenario", "list", "--json")
    assert done.returncode == 0, done.stderr
    names = {path.parent.name for path in (ROOT / "scenarios").glob("*/scenario.yaml")}
    assert {row["name"] for row in json.loads(done.stdout)} == names


def test_a_new_scenario_can_be_made_and_passes_its_check(unpacked: Path) -> None:
    done = turncoat(unpacked, "scenario", "new", "from-the-wheel")
    assert done.returncode == 0, done.stderr
    checked = turncoat(unpacked, "scenario", "check", "scenarios/from-the-wheel")
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_the_task_runs_by_its_registered_name(unpacked: Path) -> None:
    options = ["--limit", "2", "--epochs", "1", "--display", "plain", "--log-dir", "logs"]
    done = run(unpacked, "-m", "inspect_ai", "eval", "turncoat/blackmail", *options)
    assert done.returncode == 0, done.stdout + done.stderr
    [log] = (unpacked.parent / "elsewhere/logs").glob("*.eval")
    header = read_eval_log(log, header_only=True)
    assert header.status == "success"
    assert header.results is not None
    assert header.results.completed_samples == 2
