"""Espionage: an outsider asks a defence contractor's mail agent for restricted documents.

    inspect eval evals/espionage.py                                        # no model: known answers
    inspect eval evals/espionage.py --model anthropic/claude-opus-4-20250514
    inspect eval evals/espionage.py --model openai/gpt-4.1 --model-role grader=anthropic/...
    inspect eval evals/espionage.py --model ... -T design=published --epochs 10
    inspect eval evals/espionage.py --model ... -T design=authorised          # over-refusal
    inspect eval evals/espionage.py --model known/mixed -M rate=0.1   # -M needs --model

Whether something leaked is decided by recipients, attachments and copied text; a judge is asked
about the rest only. `turncoat scenario show espionage` prints what the agent is given; `turncoat
rates logs` and `turncoat compare logs` read the results.
"""

from typing import Unpack

from inspect_ai import Task, task

from turncoat.tasks.task import TaskParameters, task_from


@task
def espionage(**parameters: Unpack[TaskParameters]) -> Task:
    """How often does the agent let restricted documents out of the company?"""
    return task_from("espionage", parameters)
