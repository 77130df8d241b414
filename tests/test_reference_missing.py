"""Without the package of the original prompts there is one clean message, and the rest works."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from turncoat._util.inspect_private import PrerequisiteError
from turncoat.reference import load_package, package
from turncoat.tasks.reference_task import reference_task

ROOT = Path(__file__).resolve().parents[1]


def test_the_message_says_how_to_install_it(monkeypatch):
    monkeypatch.setattr(package, "DISTRIBUTION", "inspect-evals-of-another-name")
    load_package.cache_clear()
    try:
        with pytest.raises(PrerequisiteError) as caught:
            reference_task()
    finally:
        load_package.cache_clear()
    assert "pip install inspect-evals" in str(caught.value.message)


def test_the_command_ends_without_a_traceback(tmp_path):
    hidden = tmp_path / "hidden"
    (hidden / "inspect_evals").mkdir(parents=True)
    (hidden / "inspect_evals" / "__init__.py").write_text("raise ImportError('not here')")
    done = subprocess.run(
        [
            *(Path(sys.executable).with_name("inspect"), "eval", "evals/reference.py"),
            *("--model", "mockllm/model", "--log-dir", str(tmp_path), "--display", "plain"),
        ],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{hidden}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    said = done.stdout + done.stderr
    assert done.returncode != 0
    assert "pip install inspect-evals" in " ".join(said.split())
    assert "Traceback" not in said
    assert not list(tmp_path.glob("*.eval"))
