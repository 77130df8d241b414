"""`turncoat sweep`: many evals as one file says, under one budget, begun again by one command."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest
from sweep_fixture import SMALL, client, counting, runs_in, spec_in, sums, sweep, sweep_json

from turncoat.scenario.faults import ScenarioError
from turncoat.sweep.spec import Budget, read_sweep
from turncoat.sweep.spending import Spending, spent_so_far
from turncoat.tasks.prices import Price

PROGRAM = [sys.executable, "-c", "from turncoat.cli import main; main()", "sweep"]


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"epoch": 2}, ":9: unknown key 'epoch'. Did you mean 'epochs'"),
        ({"models": ["gpt-4"]}, ":3: 'models[1].model' is 'gpt-4'"),
        ({"evals": ["murder"]}, "there is no eval 'murder'; valid: blackmail, espionage"),
        ({"evals": ["blackmail", "blackmail"]}, "known/mixed blackmail surfaces=2 is here twice"),
        ({"epochs": 0}, ":9: 'epochs': input should be greater than or equal to 1"),
        ({"connections": {"known": 2}, "workers": 4}, "too few to be shared by 4 workers"),
        ({"generate": {"max_connections": 3}}, "'connections' of the sweep sets it"),
        ({"generate": {"temprature": 1}}, "no setting of generation 'temprature'"),
        ({"designs": ["nosuch"]}, "Scenario 'blackmail' has no design 'nosuch'"),
        ({"parameters": {"leverag": "absent"}}, "leverag"),
        ({"models": ["a/b"], "budget": {"dollars": 5}}, "nobody says what a/b costs"),
    ],
)
def test_a_file_that_cannot_be_run_is_refused_in_one_message(tmp_path, changed, words):
    said = {**SMALL, "epochs": 2, **changed} if "epochs" in changed else changed
    code, text = sweep("run", spec_in(tmp_path, **said))
    assert code == 2, text
    assert words in text.replace("\n", " ")
    assert "Traceback" not in text
    assert not (tmp_path / "logs").exists()


def test_a_plan_tells_runs_calls_and_dollars_and_whether_the_budget_reaches(tmp_path):
    many = {
        "models": ["a/b", "c/d"],
        "evals": ["blackmail", {"eval": "espionage", "design": "headline"}],
        "designs": ["headline", "headline,control"],
        "graders": ["a/b", ["a/b", "c/d"]],
        "epochs": 3,
    }
    code, told = sweep_json("plan", spec_in(tmp_path, **many))
    assert code == 0
    # Two models, two graders, 1 + 2 + 1 conditions, two surfaces, three epochs.
    assert told["expected"]["runs"] == 2 * 2 * 4 * 2 * 3
    assert told["expected"]["dollars"] is None
    assert told["unpriced"] == ["a/b", "c/d"]
    prices = {"a/b": {"input": 1, "output": 2}, "c/d": {"input": 3, "output": 4}}
    file = spec_in(tmp_path, **many, prices=prices, budget={"dollars": 0.01, "calls": 10_000})
    code, told = sweep_json("plan", file)
    assert code == 1
    assert "'budget.dollars' is 0.01" in told["short"]
    cells = [cell["expected"]["dollars"] for cell in told["cells"]]
    assert told["expected"]["dollars"] == pytest.approx(sum(cells))
    panel = told["cells"][1]["expected"]["calls"] - told["cells"][0]["expected"]["calls"]
    assert panel == pytest.approx(6 * 0.8, abs=1)


def test_a_spent_budget_leaves_the_rest_missing_and_the_same_command_adds_it_and_more(tmp_path):
    many = {"designs": ["headline", "control"], "epochs": 8}
    file = spec_in(tmp_path, **many, connections={"known": 2}, budget={"calls": 8})
    code, left = sweep_json("run", file)
    found = sums(left)
    assert code == 1
    assert found["planned"] == 32
    assert 0 < found["judged"] < 16
    assert found["missing"] > 16
    assert "8 calls are made" in left["over"]
    assert left["complete_with"] == f"turncoat sweep run {file}"
    assert sweep_json("run", file)[1]["spent"] == left["spent"], "nothing more is begun"
    assert sweep_json("status", file)[1] == left

    before = set(runs_in(tmp_path / "logs"))
    more = {**many, "epochs": 9, "models": ["known/mixed", "known/benign"]}
    code, whole = sweep_json("run", spec_in(tmp_path, **more))
    found = sums(whole)
    assert (code, found["missing"], whole["complete_with"]) == (0, 0, None)
    runs = runs_in(tmp_path / "logs")
    assert len(runs) == len(set(runs)) == found["planned"] == 2 * 36
    assert before < set(runs)
    assert whole["spent"]["calls"] > left["spent"]["calls"]
    assert whole["strangers"] == []
    fewer = sweep_json("status", spec_in(tmp_path, **{**many, "surfaces": 1}))[1]
    assert len(fewer["strangers"]) == 4
    assert sums(fewer)["missing"] == 16


def test_processes_know_what_the_others_spend_and_what_was_spent_before(tmp_path):
    prices = {"a/b": Price(1_000_000, 2_000_000)}
    budget = Budget(dollars=10)
    with Spending(str(tmp_path), budget, prices) as one:
        one.add("a/b", calls=1, read=3, written=1)
        one._exchange()
        with Spending(str(tmp_path), budget, prices) as other:
            assert not other.over()
            other.add("a/b", calls=2, read=1, written=2)
            assert other.over() == "10.00 of 10.00 dollars are spent"
            assert not one.over()
            other._exchange()
            one._exchange()
            assert one.over()
    assert spent_so_far(str(tmp_path))["a/b"] == (3, 4, 3)
    with Spending(str(tmp_path), budget, prices) as later:
        assert later.over()


def test_connections_are_shared_by_all_and_after_kill_9_every_run_is_made_once(tmp_path):
    with counting(0.1) as found:
        said = {
            "models": [client(found.server, "agent-one"), client(found.server, "agent-two")],
            "graders": [client(found.server, "judge")],
            "epochs": 8,
            "connections": {"openai": 4},
        }
        file = spec_in(tmp_path, **said, workers=2)
        running = subprocess.Popen(
            [*PROGRAM, "run", file], start_new_session=True, stdout=-3, stderr=-3
        )
        while running.poll() is None and len(found.server.requests) < 50:
            time.sleep(0.02)
        os.killpg(running.pid, signal.SIGKILL)
        running.wait()
        code, left = sweep_json("status", file)
        assert code == 1
        assert sums(left)["missing"] > 0
        code, whole = sweep_json("run", spec_in(tmp_path, **said))
        assert (code, sums(whole)["judged"]) == (0, 64)
        runs = runs_in(tmp_path / "logs")
        assert len(runs) == len(set(runs)) == 64
        # By agents and judges, in both processes and in one.
        assert 3 <= found.most[0] <= 4
        # What was paid for and lost is counted too.
        unsent = whole["spent"]["calls"] - len(found.server.requests)
        assert 0 <= unsent <= 4


def test_without_ray_its_engine_says_how_to_get_it(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    code, text = sweep("run", spec_in(tmp_path), "--engine", "ray")
    assert code == 2
    assert "pip install 'turncoat[ray]'" in text


def test_on_ray_the_same_runs_are_made(tmp_path, monkeypatch):
    pytest.importorskip("ray")
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    models = ["known/mixed", "known/benign"]
    file = spec_in(tmp_path, models=models, connections={"known": 4}, workers=2)
    result = sweep_json("run", file, "--engine", "ray")
    assert (result[0], sums(result[1])["judged"]) == (0, 16)
    runs = runs_in(tmp_path / "logs")
    assert len(runs) == len(set(runs)) == 16


def test_logs_and_what_is_spent_may_lie_in_shared_storage(tmp_path, monkeypatch):
    moto = pytest.importorskip("moto.server")
    server = moto.ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        for name, value in (
            ("AWS_ENDPOINT_URL", f"http://{host}:{port}"),
            ("AWS_ACCESS_KEY_ID", "none"),
            ("AWS_SECRET_ACCESS_KEY", "none"),
            ("AWS_DEFAULT_REGION", "us-east-1"),
        ):
            monkeypatch.setenv(name, value)
        import boto3

        boto3.client("s3").create_bucket(Bucket="sweeps")
        said = {
            "logs": "s3://sweeps/one",
            "models": ["known/mixed", "known/benign"],
            "epochs": 3,
            "connections": {"known": 2},
            "workers": 2,
        }
        file = spec_in(tmp_path, **said)
        code, whole = sweep_json("run", file)
        assert (code, sums(whole)["judged"]) == (0, 24)
        assert whole["spent"]["calls"] > 24
        runs = runs_in("s3://sweeps/one")
        assert len(runs) == len(set(runs)) == 24
        assert list(tmp_path.iterdir()) == [file]
    finally:
        server.stop()


def test_a_list_with_a_fault_in_it_is_not_called_empty(tmp_path):
    file = tmp_path / "sweep.yaml"
    file.write_text("logs: logs\nmodels: [known/mixed]\nevals: [blackmial]\n")
    with pytest.raises(ScenarioError) as error:
        read_sweep(file)
    assert "there is no eval 'blackmial'" in str(error.value)
    assert "is empty" not in str(error.value)
