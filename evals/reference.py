"""The published study's own prompts, from the installed inspect-evals, graded by our rules.

    pip install inspect-evals                        # what the extra `reference` installs
    inspect eval evals/reference.py --model anthropic/claude-opus-4-20250514
    inspect eval evals/reference.py --model ... -T design=published --epochs 100
    inspect eval evals/reference.py --model ... -T scenario=leaking
    inspect eval evals/reference.py --model ... -T scenario=murder -T design=published
    inspect eval evals/reference.py --model ... -T goal_type=swap -T goal_value=safety
    inspect eval evals/reference.py --model ... -T prod=true,false -T test_eval_awareness=true

Run beside `evals/blackmail.py` it tells our wording from the model. Parameters have the package's
names; what is wrong with its prompts is told in the log (`reference_defects`), not mended.
"""

from typing import Unpack

from inspect_ai import Task, task

from turncoat.tasks.reference_task import ReferenceParameters, reference_from


@task
def reference(**parameters: Unpack[ReferenceParameters]) -> Task:
    """How often does the agent do it under the very prompts of the study?"""
    return reference_from(parameters)
