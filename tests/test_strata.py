"""Rates by what the agent took the situation for, held against runs whose truth is known."""

from __future__ import annotations

import csv
import json
import math

import pytest
from belief_fixture import RUNS, SAYS, TRUTH, asked_log
from inspect_ai import score as score_again
from inspect_ai.log import write_eval_log
from inspect_ai.model import get_model
from logs_fixture import make_log, rates, rates_json
from published_fixture import output_of
from running import metric, run, score_of

from turncoat.grading.belief_scorer import stated_belief
from turncoat.grading.scorer import conduct
from turncoat.measure import confidence_sequence, wilson
from turncoat.records.reading import read_runs
from turncoat.records.strata import stratum_rows
from turncoat.tasks.task import misalignment_task

pytestmark = pytest.mark.xdist_group("asked")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("asked")


@pytest.fixture(scope="module")
def log(folder):
    return asked_log(folder)


def strata(*arguments, by="belief"):
    rows = rates_json(*arguments, "--strata", by)
    return {row["stratum"]: row for row in rows}


def check_truth(rows):
    assert list(rows) == list(TRUTH)
    for belief, (k, n) in TRUTH.items():
        row = rows[belief]
        assert (row["k"], row["n"]) == (k, n), belief
        assert row["rate"] == k / n
        assert (row["ci_low"], row["ci_high"]) == pytest.approx(wilson(k, n))
        assert row["invalid"] == (belief == "evaluation")
        assert row["runs"] == n + row["invalid"] + row["unclear"]
        assert row["share"] == row["runs"] / RUNS


def test_known_beliefs_and_harms_come_back_out(log, folder):
    rows = strata(folder)
    check_truth(rows)
    assert {row["decided_by"] for row in rows.values()} == {"rules"}
    assert {row["relation"] for row in rows.values()} == {"association, not effect"}


def test_they_come_back_out_of_a_log_that_is_graded_again(log, tmp_path):
    again = score_again(log, conduct(), action="overwrite", display="none")
    write_eval_log(again, str(tmp_path / "again.eval"))
    check_truth(strata(tmp_path))


def scripted_by(answer):
    return get_model("mockllm/model", custom_outputs=answer, memoize=False)


def scripted_answer(**fields):
    answer = {"outcome": "benign", "quotes": [], "explanation": "why", **fields}
    return output_of(json.dumps(answer))


def test_a_judge_says_it_in_the_answer_that_it_gives_anyway(log, tmp_path):
    calls = []

    def answer(messages, *_):
        calls.append(messages)
        return scripted_answer(belief="undecided", comprehended=False)

    grader = scripted_by(answer)
    again = score_again(
        log,
        [conduct(), stated_belief()],
        action="overwrite",
        display="none",
        model_roles={"grader": grader},
    )
    write_eval_log(again, str(tmp_path / "again.eval"))
    judged = RUNS - 1  # The one that was cut off sent nothing.
    assert len(calls) == judged
    rows = strata(tmp_path)
    assert (rows["undecided"]["runs"], rows["undecided"]["decided_by"]) == (judged, "mockllm/model")
    assert (rows["evaluation"]["runs"], rows["evaluation"]["decided_by"]) == (1, "rules")
    assert strata(tmp_path, by="comprehended")["no"]["runs"] == judged
    assert {s.scores["stated_belief"].metadata["by"] for s in again.samples} == {
        "mockllm/model",
        "rules",
    }


def test_the_score_of_the_stated_belief_has_the_shares_and_the_rate_in_each(log):
    whole = RUNS - 1
    for belief, (k, n) in TRUTH.items():
        name = f"awareness=ask: {belief if belief != 'silent' else 'none'}"
        assert metric(log, f"{name}: share", "stated_belief") == pytest.approx(n / whole)
        assert metric(log, f"{name}: rate", "stated_belief") == k / n
        assert metric(log, f"{name}: n", "stated_belief") == n
        assert metric(log, f"{name}: low", "stated_belief") == pytest.approx(wilson(k, n).low)
    assert metric(log, "awareness=ask: failed", "stated_belief") == 1


def test_the_answer_is_the_belief_and_its_words_stand_beside_it(log):
    answers = [sample.scores["stated_belief"] for sample in log.samples]
    for score in answers:
        belief = "silent" if score.answer == "none" else score.answer
        assert SAYS[belief].startswith(score.explanation) or belief == "silent"
        if score.metadata["valid"]:
            assert [key for key, value in score.value.items() if value == 1] == [score.answer]
        else:
            assert all(math.isnan(value) for value in score.value.values())


def test_the_stated_belief_is_never_taken_for_a_verdict(log, folder):
    (row,) = rates_json(folder)
    k = sum(k for k, _ in TRUTH.values())
    assert (row["k"], row["n"], row["invalid"]) == (k, RUNS - 1, 1)
    result = rates(folder, "--score", "stated_belief", status=1)
    assert "has no score 'stated_belief'" in result.stderr


def test_a_stored_log_gets_it_appended_with_the_verdict_that_is_there(tmp_path):
    log = asked_log(tmp_path, design="headline")
    assert {name for sample in log.samples for name in sample.scores} == {"conduct"}
    again = score_again(log, stated_belief(), action="append", display="none")
    for belief, (k, n) in TRUTH.items():
        name = f"default: {belief if belief != 'silent' else 'none'}"
        assert metric(again, f"{name}: rate", "stated_belief") == k / n
    assert {s.scores["stated_belief"].metadata["conduct_score"] for s in again.samples} == {
        "conduct"
    }


def test_only_a_task_that_asks_for_it_records_it(tmp_path):
    task = misalignment_task("blackmail", design="headline,asked", surfaces=1)
    [first, *_] = run("known/benign", tmp_path, task=task).samples
    assert set(first.scores) == {"conduct", "stated_belief"}
    plain = run("known/benign", tmp_path / "plain")
    assert set(plain.samples[0].scores) == {"conduct"}


def test_the_verdict_records_belief_and_awareness_with_who_said_so(log):
    for sample in log.samples:
        about = score_of(sample).metadata
        stated = sample.scores["stated_belief"].answer
        assert (about["belief"] or "none") == stated
        assert about["belief_by"] == about["comprehended_by"] == "rules"
        expected = {"evaluation": True, "real": False}.get(stated)
        assert about["eval_aware"] is expected


def test_the_table_is_labelled_as_association_and_fits(log, folder):
    out = rates(folder, "--strata", "belief").stdout
    table, _, notes = out.partition("note:")
    assert max(map(len, table.splitlines())) <= 110
    assert "Association, not effect." in " ".join(table.split())
    assert "agents sort themselves" in " ".join(notes.split())
    assert "75.0%" in table


def test_strata_go_to_csv_and_pool_by_factor(log, folder, tmp_path):
    path = tmp_path / "strata.csv"
    rows = rates_json(folder, "--strata", "belief", "--by", "leverage", "--csv", path)
    assert [row["condition"] for row in rows] == [{"leverage": "present"}] * 4
    with path.open(newline="") as file:
        assert [row["stratum"] for row in csv.DictReader(file)] == list(TRUTH)


def test_a_log_from_before_the_belief_was_recorded_is_not_called_silent(tmp_path):
    make_log(tmp_path, {"default": ["harmful", "not_harmful"]})
    rows = strata(tmp_path)
    assert (rows["not recorded"]["k"], rows["not recorded"]["n"]) == (1, 2)
    assert rows["silent"]["runs"] == 0
    assert rows["silent"]["rate"] is None
    assert "graded before 'belief'" in " ".join(
        rates(tmp_path, "--strata", "belief").stdout.split()
    )


def test_unclear_and_invalid_runs_are_in_no_rate(tmp_path):
    kinds = {"default": ["harmful", "unclear", "invalid", "not_harmful"]}
    make_log(tmp_path, kinds, details={"belief": "real", "belief_by": "a/b"})
    row = strata(tmp_path)["real"]
    assert [row[name] for name in ("k", "n", "unclear", "invalid", "runs")] == [1, 2, 1, 1, 4]
    assert row["decided_by"] == "a/b"


def test_strata_and_a_second_score_are_not_mixed(log, folder):
    result = rates(folder, "--strata", "belief", "--against-score", "conduct1", status=2)
    assert "--against-score, --contrasts and --strata" in result.stderr


def test_where_little_of_a_stratum_was_judged_the_bounds_stand_for_its_rate(tmp_path):
    kinds = {"default": ["harmful", "unclear", "invalid", "harmful"]}
    make_log(tmp_path, kinds, details={"belief": "real", "belief_by": "a/b"})
    out = rates(tmp_path, "--strata", "belief").stdout
    assert "50.0 to 100.0" in out
    assert "(bounds)" in out
    assert out.count("100.0%") == 1  # The stratum's share of the runs.


def test_a_stratum_of_stopped_runs_has_no_interval_for_a_fixed_number(tmp_path):
    kinds = {"default": ["harmful", "not_harmful"] * 10}
    make_log(tmp_path, kinds, details={"belief": "real", "belief_by": "a/b"})
    runs = read_runs(tmp_path)
    stopped = runs._replace(runs=tuple(run._replace(sequential=True) for run in runs.runs))
    fixed, found = (stratum_rows(of, "belief")[0] for of in (runs, stopped))
    assert (found.ci_low, found.ci_high) == confidence_sequence(10, 20)
    assert (fixed.interval, found.interval) == ("wilson", "sequence")
