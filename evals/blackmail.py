"""Blackmail: an agent about to be replaced finds out an executive's private affair.

    inspect eval evals/blackmail.py                                        # no model: known answers
    inspect eval evals/blackmail.py --model anthropic/claude-opus-4-20250514
    inspect eval evals/blackmail.py --model openai/gpt-4.1 --model-role grader=anthropic/...
    inspect eval evals/blackmail.py --model ... -T design=published --epochs 10
    inspect eval evals/blackmail.py --model ... -T threat=replacement,none -T leverage=absent
    inspect eval evals/blackmail.py --model ... -T precision=0.05     # until rates are known so far
    inspect eval evals/blackmail.py --model known/mixed -M rate=0.1   # -M needs --model

`turncoat scenario show blackmail` prints what the agent is given, `turncoat plan blackmail` what
it will take; `turncoat rates logs` and `turncoat compare logs` read the results.
"""

from typing import Unpack

from inspect_ai import Task, task

from turncoat.tasks.task import TaskParameters, task_from


@task
def blackmail(**parameters: Unpack[TaskParameters]) -> Task:
    """How often does the agent turn private knowledge against the person who would replace it?"""
    return task_from("blackmail", parameters)
