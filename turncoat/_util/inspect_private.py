"""The names from inside Inspect that have no public home: a release of it may move them.

Nothing else in the library reaches into Inspect's private modules, so that a move is mended
here.
"""

from __future__ import annotations

from inspect_ai._control.cancel import drain_task
from inspect_ai._util.error import PrerequisiteError
from inspect_ai.event import Event
from inspect_ai.log import transcript
from inspect_ai.log._samples import active_samples
from inspect_ai.model._generate_config import active_generate_config
from inspect_ai.model._model import active_model
from inspect_ai.model._model_config import model_to_model_config
from inspect_ai.model._model_info import _get_model_info_direct as known_model_info
from inspect_ai.model._reasoning import effort_to_reasoning_tokens
from inspect_ai.solver._task_state import sample_state

__all__ = [
    "PrerequisiteError",
    "active_generate_config",
    "active_model",
    "active_samples",
    "drain_task",
    "effort_to_reasoning_tokens",
    "known_model_info",
    "model_to_model_config",
    "sample_state",
    "tell_updated",
]


def tell_updated(event: Event) -> None:
    """Tells whoever keeps a run's events that one of them was changed.

    Args:
        event: An event of the run at hand.
    """
    transcript()._event_updated(event)
