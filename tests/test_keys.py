"""A key that a provider echoes stands nowhere in what is written."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZipFile

import inspect_ai.log
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from inspect_ai import eval as inspect_eval
from inspect_ai.model import GenerateConfig, Model, get_model
from logs_fixture import make_log, path_of
from loopback import Loopback, loopback
from provider_fixture import PROVIDERS
from wire_formats import Scripted

from turncoat._util.keys import MASK, learn, mask_error, without_keys
from turncoat._util.model_settings import kept
from turncoat.cli import main
from turncoat.records import read_runs
from turncoat.tasks.task import misalignment_task

LOOKS_LIKE_ONE = "sk-proj-Qm8vT2xLr4Zp9KdW"
LOOKS_LIKE_NONE = "maple-tractor-window"
"""Known as a key only since it was given as one."""

pytestmark = pytest.mark.xdist_group("providers")


def members(log: Path) -> Iterator[tuple[str, bytes]]:
    """Every member of a log, inflated."""
    with ZipFile(log) as archive:
        for name in archive.namelist():
            yield name, archive.read(name)


def asked(server: Loopback, provider: str, key: str) -> Model:
    name, arguments = PROVIDERS[provider]
    return get_model(
        name,
        base_url=server.url if provider == "anthropic" else f"{server.url}/v1",
        api_key=key,
        memoize=False,
        config=GenerateConfig(max_retries=0),
        max_retries=0,
        **arguments,
    )


def written(folder: Path, logs: Path) -> dict[str, bytes]:
    """What each command writes of logs: table, JSON, CSV, store, page and Markdown."""
    csv, store = folder / "rates.csv", folder / "store"
    said = {
        "table": CliRunner().invoke(main, ["rates", str(logs), "--csv", str(csv)]).output,
        "json": CliRunner().invoke(main, ["rates", str(logs), "--json"]).output,
        "stored": CliRunner().invoke(main, ["rates", str(logs), "--store", str(store)]).output,
    }
    for form in ("html", "md"):
        file = folder / f"report.{form}"
        ran = CliRunner().invoke(main, ["report", str(logs), "-o", str(file)])
        said[f"said of {form}"] = ran.output
        said[form] = file.read_text()
    found = {name: text.encode() for name, text in said.items()}
    return found | {str(file): file.read_bytes() for file in (csv, *store.glob("*"))}


@pytest.mark.parametrize("key", [LOOKS_LIKE_ONE, LOOKS_LIKE_NONE])
@pytest.mark.parametrize("provider", ["openai", "anthropic"])
@pytest.mark.parametrize("protocol", ["text", "tools"])
def test_a_key_that_the_server_echoes_is_nowhere(
    provider: str, key: str, protocol: str, tmp_path: Path
) -> None:
    echo = Scripted(status=401, message=f"Incorrect API key provided: {key}. Check it.")
    logs = tmp_path / "logs"
    with loopback(lambda request: echo) as server:
        [log] = inspect_eval(
            misalignment_task("blackmail", design="headline", surfaces=1, protocol=protocol),
            model=asked(server, provider, key),
            epochs=2,
            log_dir=str(logs),
            display="none",
        )
    assert [sample.error is not None for sample in log.samples or []] == [True, True]
    assert "Incorrect API key provided" in (log.samples or [])[0].error.message
    holding = [name for name, data in members(path_of(log)) if key.encode() in data]
    assert holding == []
    for where, data in written(tmp_path, logs).items():
        assert key.encode() not in data, where


def test_a_judge_that_may_not_be_asked_tells_no_key(tmp_path: Path) -> None:
    echo = Scripted(status=401, message=f"Bad key {LOOKS_LIKE_NONE}")
    with loopback(lambda request: echo) as server:
        [log] = inspect_eval(
            misalignment_task("blackmail", design="headline", surfaces=1),
            model="known/explicit",
            model_roles={"grader": asked(server, "openai", LOOKS_LIKE_NONE)},
            epochs=1,
            log_dir=str(tmp_path / "logs"),
            display="none",
        )
    assert server.requests
    holding = [n for n, data in members(path_of(log)) if LOOKS_LIKE_NONE.encode() in data]
    assert holding == []
    for where, data in written(tmp_path, tmp_path / "logs").items():
        assert LOOKS_LIKE_NONE.encode() not in data, where


def test_keys_that_a_log_holds_are_not_passed_on(tmp_path: Path) -> None:
    log = make_log(tmp_path / "logs", {"default": ["harmful", "invalid"]}, name="lab/model")
    log.eval.model_args = {"token": LOOKS_LIKE_NONE, "nested": {"x-api-key": "short"}}
    log.eval.model_base_url = "https://me:pass-of-mine@example.com/v1"
    for sample in log.samples or []:
        assert sample.scores is not None
        sample.scores["conduct"].explanation = f"{LOOKS_LIKE_ONE}, {LOOKS_LIKE_NONE}"
        sample.messages[-1].content = f"I found pass-of-mine and {LOOKS_LIKE_ONE}"
    inspect_ai.log.write_eval_log(log)
    for where, data in written(tmp_path, tmp_path / "logs").items():
        for key in (LOOKS_LIKE_ONE, LOOKS_LIKE_NONE, "pass-of-mine"):
            assert key.encode() not in data, where
    (run, *_) = read_runs(tmp_path / "logs").runs
    assert "short" not in json.dumps(dict(run.settings.values))


def test_an_error_keeps_its_class_and_what_it_came_from(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_LAB_API_KEY", "plum-harbor-4")
    first = ConnectionError("plum-harbor-4 refused")
    error = ValueError("with plum-harbor-4", 7)
    error.__cause__ = first
    mask_error(error)
    assert type(error) is ValueError
    assert error.args == (f"with {MASK}", 7)
    assert str(first) == f"{MASK} refused"


@pytest.mark.parametrize(
    "text",
    [
        "The API key is missing from the request",
        "a task-oriented-conversational-agent",
        "Basic understanding-of-things and a bearer of bad news",
        "Ask her for the access token; her mail is k.j@corrowdale.example",
        "https://docs.example.com/keys?page=2",
        "goal_conflict=explicit,threat=replacement",
    ],
)
def test_what_is_no_key_stays(text: str) -> None:
    assert without_keys(text) == text


@pytest.mark.parametrize(
    "shape",
    ["Bearer {}", '{{"x-api-key": "{}"}}', "api_key={}", "API key provided: {}.", "sk-{}"],
)
@settings(max_examples=15, deadline=None)
@given(key=st.from_regex(r"[A-Za-z][A-Za-z0-9]{14,30}[0-9]", fullmatch=True))
def test_what_looks_like_a_key_is_masked_in_every_shape(shape: str, key: str) -> None:
    assert key not in without_keys(shape.format(key))


def test_arguments_that_are_secrets_by_name_are_no_text() -> None:
    shown = kept("model_args", {"auth_token": "a", "region": "north", "inner": [{"password": "b"}]})
    assert shown == json.dumps(
        {"auth_token": MASK, "inner": [{"password": MASK}], "region": "north"}
    )


def test_a_secret_is_known_in_every_spelling() -> None:
    secret = 'qu"ote/and plus+'
    learn(secret, "api_key")
    for spelled in (secret, json.dumps(secret), "qu%22ote%2Fand%20plus%2B"):
        assert "ote" not in without_keys(spelled)
