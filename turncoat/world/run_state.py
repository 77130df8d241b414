"""Where a run's state lies in its sample."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from inspect_ai.solver import TaskState

from turncoat.contract import RunState

KEY = "office"
"""Where it lies in a sample's metadata."""


def load_run(state: TaskState) -> RunState:
    """What a run left behind in its sample; an unfinished run where there is nothing.

    Args:
        state: A sample's state, live or read back from a log.
    """
    # Logs of earlier versions have it in the store, and in the metadata the plan, a list.
    found = state.store.get(KEY) or state.metadata.get(KEY)
    return RunState.model_validate(found if isinstance(found, Mapping) else {})


def save_run(sample: TaskState, run: RunState, **changes: Any) -> None:  # noqa: ANN401
    """Put a run's state into its sample.

    Args:
        sample: A sample's state.
        run: What the run left behind.
        **changes: Fields of it that are other than there.
    """
    kept = run.model_copy(update=changes).kept()
    # A new mapping: whoever shares the old one must not see one run's state in another's.
    sample.metadata = {**sample.metadata, KEY: kept}
