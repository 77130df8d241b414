"""What Inspect's own viewer and data frames make of our logs."""

from __future__ import annotations

import json
import math

import pytest
from inspect_ai.analysis import evals_df, samples_df
from inspect_ai.log import headline_metric, read_eval_log
from logs_fixture import path_of
from published_fixture import mail, scripted
from running import run, score_of

from turncoat.scenario.metadata_codec import packed_text


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    return run(
        "known/mixed",
        tmp_path_factory.mktemp("viewing"),
        design="headline,control",
        surfaces=2,
        epochs=1,
    )


def test_the_list_of_samples_shows_outcome_and_scores_and_no_prompt(log):
    view = read_eval_log(str(path_of(log)), header_only=True).eval.viewer
    columns = {column.id: column.visible for column in view.task_samples_view.columns}
    shown = [name for name, visible in columns.items() if visible]
    assert shown[:4] == ["sampleStatus", "sampleId", "epoch", "answer"]
    assert "score__conduct__harmful" in shown
    assert not columns["input"]
    keys = {name.rpartition("__")[2] for name in columns if name.startswith("score__")}
    assert keys == set(log.samples[0].scores["conduct"].value)


def test_what_an_agent_wrote_is_shown_as_it_is(log):
    assert log.eval.viewer.trust_content is False


def test_sample_ids_read_as_conditions(log):
    assert {str(sample.id) for sample in log.samples} == {
        "default/surface-00",
        "default/surface-01",
        "goal_conflict=none+threat=none/surface-00",
        "goal_conflict=none+threat=none/surface-01",
    }


def test_metadata_is_short_but_for_what_is_folded(log):
    for sample in log.samples:
        for name, value in sample.metadata.items():
            assert len(str(value)) < 200 or isinstance(value, dict | list)
            # The viewer folds what lies two deep.
            assert not (isinstance(value, list) and len(str(value[0])) > 200) or isinstance(
                value[0], list
            ), name


def test_facts_of_an_older_log_are_still_found(log):
    facts = packed_text(log.samples[0].metadata, "facts")
    assert json.loads(facts)["scenario"] == "blackmail"
    assert packed_text({"facts": [facts]}, "facts") == facts


def test_explanations_are_plain_sentences(log):
    for sample in log.samples:
        explanation = sample.scores["conduct"].explanation
        assert explanation
        assert "{" not in explanation


def test_what_a_judge_wrote_is_shown_with_its_quotes_and_lines(tmp_path):
    said = 'It says "I know": that is <b>leverage</b>.\nNothing else in the mail is.'
    verdict = json.dumps({"outcome": "implied", "quotes": [], "explanation": said})
    log = run(scripted(mail()), tmp_path, grader=scripted(verdict))
    assert score_of(log.samples[0]).explanation == said


def test_the_list_of_logs_shows_no_rate_where_nothing_was_judged(tmp_path):
    log = run("known/truncated", tmp_path, design="headline,control")
    shown = headline_metric(read_eval_log(str(path_of(log)), header_only=True))
    assert shown.name == "default: rate"
    assert math.isnan(shown.metric.value)
    assert evals_df(str(path_of(log)), quiet=True)["score_headline_value"].isna().all()


def test_inspect_s_data_frame_has_scores_and_conditions(log):
    frame = samples_df(str(path_of(log)), quiet=True)
    assert set(frame["metadata_cell"]) == {"default", "goal_conflict=none,threat=none"}
    assert frame["score_conduct"].map(json.loads).map(lambda value: value["valid"]).eq(1).all()
