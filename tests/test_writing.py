"""Our own files are written whole or not at all, and one message says why not."""

from __future__ import annotations

import os
import resource
import subprocess
import sys

import pytest
from click.testing import CliRunner
from logs_fixture import rates
from running import run
from test_failure_is_not_safety import HARMLESS, _output, _scripted

from turncoat.cli import main
from turncoat.records.logs import find_logs

TURNCOAT = (sys.executable, "-c", "from turncoat.cli import main; main()")
WRITERS = {
    "rates --csv": ("rates", "--csv", "rates.csv"),
    "rates --store": ("rates", "--store", "store"),
    "report": ("report", "--output", "report.md"),
}


@pytest.fixture(scope="module")
def logs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("logs")
    run(_scripted(*[_output(HARMLESS)] * 2), folder)
    return folder


def _full_disk():
    """A file may be no longer than this; writing on fails as it does on a full disk."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (64, 64))


@pytest.mark.parametrize("name", WRITERS)
def test_on_a_full_disk_one_message_and_nothing_half_written(tmp_path, logs, name):
    command, option, target = WRITERS[name]
    if target != "store":
        (tmp_path / target).write_text("before")
    done = subprocess.run(
        [*TURNCOAT, command, str(logs), option, str(tmp_path / target)],
        capture_output=True,
        text=True,
        preexec_fn=_full_disk,
        check=False,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )
    assert done.returncode == 2, done.stderr
    assert "cannot be written" in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stderr.count("Error: ") == 1
    left = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert [path.read_text() for path in left] == ["before"] * (target != "store")


@pytest.mark.parametrize("name", WRITERS)
def test_into_a_folder_that_takes_no_files_one_message(logs, name):
    command, option, target = WRITERS[name]
    done = CliRunner().invoke(main, [command, str(logs), option, f"/proc/{target}"])
    assert done.exit_code == 2, done.output
    assert "cannot be" in done.output
    assert f"/proc/{target}" in done.output


def test_a_csv_goes_into_a_pipe_and_a_link_stays_one(tmp_path, logs):
    link = tmp_path / "link.csv"
    link.symlink_to(tmp_path / "real.csv")
    assert CliRunner().invoke(main, ["rates", str(logs), "--csv", str(link)]).exit_code == 0
    assert link.is_symlink()
    assert "planned" in (tmp_path / "real.csv").read_text()
    done = subprocess.run(
        [*TURNCOAT, "rates", str(logs), "--csv", "/dev/stderr"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0
    assert "planned" in done.stderr


def test_logs_behind_links_are_read_once_and_loops_end(tmp_path, logs):
    (log,) = logs.glob("*.eval")
    folder = tmp_path / "all"
    folder.mkdir()
    (folder / "there").symlink_to(logs)
    (folder / "again").symlink_to(logs)
    (folder / "round").symlink_to(folder)
    assert [path.resolve() for path in find_logs(folder)] == [log.resolve()]
    rows = rates(folder, "--json")
    assert rows.exit_code == 0, rows.output


def test_a_log_that_is_a_link_to_nothing_is_named(tmp_path, logs):
    (tmp_path / "gone.eval").symlink_to(tmp_path / "nowhere.eval")
    done = CliRunner().invoke(main, ["rates", str(tmp_path)])
    assert done.exit_code == 2
    assert "gone.eval is a link to nothing" in done.output
