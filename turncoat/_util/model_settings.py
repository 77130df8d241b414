"""Settings of models as text: what is written of them, and what of them cannot matter."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from turncoat._util.keys import hidden, is_secret, learn, without_keys

if TYPE_CHECKING:
    from inspect_ai.model import ModelConfig

CANNOT_MATTER = frozenset(
    {
        *("max_connections", "adaptive_connections", "batch"),
        *("max_retries", "timeout", "attempt_timeout", "stream_idle_timeout"),
        *("cache", "cache_prompt"),
        # Another seed is another draw of the same kind; repeats under one are told elsewhere.
        "seed",
    }
)
"""Settings of generation in which runs of one experiment may differ. All others tell them apart,
those too that a later version of Inspect brings."""

SECRET = ("extra_headers",)
LONGEST = 60
"""Characters of a value that are shown; of more, the beginning and a hash."""

Value = str | int | float | bool


def told(model: ModelConfig) -> Mapping[str, Value]:
    """What was set of a model beside its name, as far as it can matter.

    Args:
        model: Its configuration, as Inspect logs it: without keys.
    """
    config = model.config.model_dump(mode="json", exclude_none=True)
    values = {**config, "args": model.args or None, "base_url": model.base_url}
    return {
        name: kept(name, value)
        for name, value in values.items()
        if value is not None and name not in CANNOT_MATTER
    }


def judge_settings(models: Iterable[ModelConfig]) -> str:
    """What was set of the models that judge, but for their names, in one line.

    Args:
        models: Their configurations.
    """
    return short(json.dumps([told(model) for model in models], sort_keys=True), 200)


def kept(name: str, value: Any) -> Value:  # noqa: ANN401 - whatever somebody set.
    """A setting as it is written: what is nested as JSON, what may be a secret as a hash.

    Args:
        name: Its name.
        value: Its value, of what JSON knows.
    """
    if isinstance(value, bool | int | float):
        return value
    learn(value, name)
    if name in SECRET or is_secret(name):
        return _hash(_as_text(value))
    return without_keys(_as_text(without_keys(hidden(value))))


def _as_text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True, default=str)


def short(text: str, longest: int = LONGEST) -> str:
    """A text in a line, its end replaced by a hash where it is long.

    Args:
        text: The text.
        longest: The most characters.
    """
    line = " ".join(text.split())
    return line if len(line) <= longest else f"{line[: longest - 20]}... ({_hash(text)})"


def _hash(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]
