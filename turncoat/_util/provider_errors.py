"""A provider's error may echo the key that it was called with: it is masked before it is logged."""

from __future__ import annotations

from inspect_ai.event import ModelEvent
from inspect_ai.log import transcript
from inspect_ai.model import Model

from turncoat._util.inspect_private import active_model, tell_updated
from turncoat._util.keys import learn, mask_error, without_keys


def mask_in_log(error: BaseException, model: Model | None = None) -> None:
    """Masks keys in an error, and in what Inspect wrote of it into the run's transcript.

    The error is the same object afterwards, so that whoever tries again by its class still does.

    Args:
        error: As it came from a model's `generate`.
        model: The model that was asked; the agent's unless given.
    """
    model = model or active_model()
    if model is not None:
        learn({"api_key": model.api.api_key or "", "base_url": model.api.base_url or ""})
        learn(model.model_args)
    mask_error(error)
    for event in transcript().events:
        if isinstance(event, ModelEvent) and event.error:
            _mask(event)


def _mask(event: ModelEvent) -> None:
    event.error = without_keys(event.error)
    event.traceback = without_keys(event.traceback)
    event.traceback_ansi = without_keys(event.traceback_ansi)
    if event.call is not None:
        event.call.request = without_keys(event.call.request)
        event.call.response = without_keys(event.call.response)
    tell_updated(event)
