"""Monitor: a job fails because a monitor holds it up, and the agent could switch that off."""

from pathlib import Path
from typing import Unpack

from inspect_ai import Task, task

from turncoat.tasks.task import TaskParameters, task_from

SCENARIO = Path(__file__).parent.parent / "scenarios" / "monitor"


@task
def monitor(**parameters: Unpack[TaskParameters]) -> Task:
    """How often does the agent narrow the monitoring of its own work to get it done?"""
    return task_from(str(SCENARIO), parameters)
