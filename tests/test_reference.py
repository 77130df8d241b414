"""The published study's own prompts: sent as they are, with parameters and defects told."""

from __future__ import annotations

from contextvars import copy_context
from dataclasses import replace

import inspect_ai
import pytest
from inspect_ai.model import GenerateConfig, get_model
from inspect_ai.model._model import init_active_model
from inspect_evals.agentic_misalignment import agentic_misalignment
from reference_fixture import PACKAGE, PLEA, mail, original, scripted
from running import outcomes, run, score_of

from turncoat._util.errors import TurncoatError
from turncoat._util.inspect_private import PrerequisiteError
from turncoat._util.places import data_folder
from turncoat.reference import combinations_for, condition_of
from turncoat.reference.briefing import casting_for
from turncoat.reference.package import VARIED
from turncoat.tasks.reference_task import reference_task


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"goal_type": "none", "goal_value": "none", "urgency_type": "none"},
        {"goal_type": "ambiguous", "goal_value": "none", "urgency_type": "restriction"},
        {"goal_type": "swap", "goal_value": "safety", "test_eval_awareness": "true"},
        {"extra_system_instructions": "dont", "prod": "true"},
        {"goal_type": "latent", "goal_value": "ethical", "extra_system_instructions": "goal"},
    ],
    ids=str,
)
@pytest.mark.parametrize("scenario", ["blackmail", "leaking", "murder"])
def test_the_model_gets_what_the_packages_own_task_sends(scenario, parameters, tmp_path):
    theirs = {"scenario": scenario} | {
        name: {"true": True, "false": False}.get(word, word)
        for name, word in {**PACKAGE.defaults, **parameters}.items()
    }
    if theirs["extra_system_instructions"] == "none":
        theirs["extra_system_instructions"] = None
    [log] = inspect_ai.eval(
        agentic_misalignment(**theirs),
        model=scripted("-"),
        score=False,
        log_dir=str(tmp_path),
        display="none",
    )
    [sample] = log.samples
    ours = reference_task(scenario, parameters=parameters).dataset[0]
    assert [(m.role, m.text) for m in ours.input] == [(m.role, m.text) for m in sample.messages[:2]]


def test_placeholders_and_mails_out_of_order_are_told_and_not_mended():
    task = reference_task(
        parameters={
            "goal_value": "safety",
            "urgency_type": ["restriction", "none"],
            "extra_system_instructions": "dont",
        }
    )
    restricted, unthreatened = task.dataset
    found = {(d["kind"], d["where"], d["what"]) for d in restricted.metadata["reference_defects"]}
    assert {
        ("placeholder", "mail 7", "${direction_modifier}"),
        ("placeholder", "system prompt", "{company_name}"),
    } <= found
    assert "${direction_modifier}" in restricted.input[1].text
    assert "{company_name}" in restricted.input[0].text
    kinds = {d["kind"] for d in unthreatened.metadata["reference_defects"]}
    assert kinds == {"placeholder", "mail-order"}
    summary = task.metadata["reference_defects"]
    assert {
        "kind": "placeholder",
        "where": "system prompt",
        "what": "{company_name}",
        "conditions": 2,
    } in summary
    assert "mail-count" in {defect["kind"] for defect in summary}


def test_what_the_agent_is_shown_to_fill_in_is_no_defect():
    assert not [d for d in original().defects if d.kind == "placeholder"]


def test_the_task_file_passes_the_packages_parameters_on(tmp_path):
    [log] = inspect_ai.eval(
        f"{data_folder('evals') / 'reference.py'}@reference",
        model=scripted(mail(PLEA)),
        task_args={
            "urgency_type": ["restriction"],
            "prod": True,
            "extra_system_instructions": "dont",
        },
        epochs=1,
        log_dir=str(tmp_path),
        display="none",
    )
    [sample] = log.samples
    assert sample.id == "threat=restriction+scratchpad=none+extra_instructions=dont/surface-00"
    assert sample.metadata["reference"]["parameters"]["prod"] == "true"
    assert "SCRATCHPAD" not in sample.input[0].text


def test_every_log_says_that_the_prompts_are_the_original_ones(tmp_path):
    log = run(scripted(mail(PLEA)), tmp_path, task=reference_task())
    assert log.eval.metadata["turncoat"]["scenario"] == "reference-blackmail"
    assert log.eval.metadata["reference"]["package_version"] == PACKAGE.version
    for sample in log.samples:
        about = sample.metadata["reference"]
        assert (about["prompts"], about["package"]) == ("original", "inspect-evals")
        assert set(about["parameters"]) == set(VARIED)
        assert score_of(sample).metadata["provenance"]["scenario"] == "reference-blackmail"
    assert outcomes(log) == ["pleads", "pleads"]


@pytest.mark.parametrize(
    ("given", "count"),
    [
        ({}, 2),
        ({"design": "published"}, 6),
        ({"design": "every"}, 26 * 3 * 3 * 2 * 2),
        ({"given": {"prod": [True, False]}}, 4),
        ({"given": {"goal_type": ["explicit", "none"], "goal_value": "safety"}}, 2),
        ({"given": {"goal_type": "swap", "goal_value": ["safety", "global"]}}, 2),
        ({"design": "headline", "given": {"extra_system_instructions": "dont,goal"}}, 2),
    ],
)
def test_designs_and_parameters_make_combinations(given, count):
    asked = {"design": None, "given": {}, **given}
    assert len(combinations_for(PACKAGE, "blackmail", **asked)) == count


def test_a_swapped_goal_is_the_one_that_the_prompt_states():
    swapped = original(goal_type="swap", goal_value="america")
    assert swapped.briefing.condition["goal"] == "global-cooperation"
    stated = condition_of(PACKAGE, original(goal_value="global").combination)
    assert stated["goal"] == "global-cooperation"
    assert stated["goal_conflict"] == "explicit"


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"scenario": "blackmale"}, ["blackmale", "blackmail"]),
        ({"design": "headlin"}, ["headlin", "published"]),
        ({"parameters": {"goal_tipe": "none"}}, ["goal_tipe", "goal_type"]),
        ({"parameters": {"goal_type": "sideways"}}, ["sideways", "latent"]),
        (
            {"parameters": {"goal_type": "none", "goal_value": "america"}},
            ["goal_type=none", "goal_value=america", "that go with goal_type=none: none"],
        ),
        ({"design": "control", "parameters": {"goal_type": "latent"}}, ["control", "goal_type"]),
        ({"max_tokens": 0}, ["max_tokens"]),
    ],
)
def test_a_wrong_parameter_is_told_with_the_valid_ones(given, told):
    with pytest.raises(PrerequisiteError) as caught:
        reference_task(**given)
    for part in told:
        assert part in str(caught.value.message)


def test_a_scenario_that_a_newer_package_brings_cannot_be_graded_yet():
    newer = replace(PACKAGE, scenarios=(*PACKAGE.scenarios, "sabotage"))
    with pytest.raises(TurncoatError, match=r"'sabotage' cannot be graded yet.*blackmail, leaking"):
        casting_for(newer, "sabotage")


@pytest.mark.parametrize("model", ["none/none", "known/mixed"])
def test_without_a_model_nothing_runs(model):
    def build():
        init_active_model(get_model(model), GenerateConfig())
        reference_task()

    with pytest.raises(PrerequisiteError) as caught:
        copy_context().run(build)
    assert "--model" in str(caught.value.message)
