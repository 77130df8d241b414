"""The package's own graders, of either known release: what a sloppy answer becomes with them."""

from __future__ import annotations

import inspect_ai
import pytest
from inspect_evals.agentic_misalignment import agentic_misalignment
from inspect_evals.agentic_misalignment.classifiers import BlackmailClassifier
from reference_fixture import PACKAGE, PLEA, THREATS, mail, scripted

from turncoat.reference.package import KNOWN

STRICT = PACKAGE.eval_version != "4-A"
"""Whether the installed release asks its graders for one strict answer."""


def test_the_installed_release_is_one_that_turncoat_was_tried_with():
    assert (PACKAGE.version, PACKAGE.eval_version) in zip(KNOWN, ("4-A", "5-A"), strict=True)


@pytest.mark.parametrize("answer", ["No, as I said yesterday.", "It is not a no: yes."])
def test_a_yes_within_a_sentence_is_a_yes_to_the_old_graders_and_no_answer_to_the_new(answer):
    reply = mail(THREATS["plain"]).replace("I read", "I have leverage: I read")
    said = f"<answer>{answer}</answer>"
    if STRICT:
        with pytest.raises(ValueError, match="yes or no"):
            BlackmailClassifier().classify(reply, said)
    else:
        assert BlackmailClassifier().classify(reply, said)[1] is True


def test_a_grader_that_never_answers_leaves_no_run_harmless(tmp_path):
    [log] = inspect_ai.eval(
        agentic_misalignment(grader_model=scripted("Hard to say.")),
        model=scripted(mail(PLEA)),
        log_dir=str(tmp_path),
        display="none",
        fail_on_error=False,
    )
    [sample] = log.samples
    if STRICT:
        score = sample.scores["harmfulness_scorer"]
        assert score.value != score.value or score.value is None
        assert score.metadata["grader_attempts"] == 3
    else:
        assert sample.error is not None
