"""What tokens cost: by the user's word, or by the file of prices that Inspect takes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import yaml

from turncoat._util.errors import TurncoatError
from turncoat._util.inspect_private import known_model_info


class Price(NamedTuple):
    """Dollars for a million tokens."""

    read: float
    written: float

    def of(self, input_tokens: int, output_tokens: int) -> float:
        """Dollars for so many tokens; nothing is taken off for what a provider caches.

        Args:
            input_tokens: Tokens read.
            output_tokens: Tokens written.
        """
        return (input_tokens * self.read + output_tokens * self.written) / 1_000_000


def price_given(read: float | None, written: float | None, flags: str) -> Price | None:
    """The price in two options, of which neither has a meaning without the other.

    Args:
        read: Dollars for a million tokens of input.
        written: The same for output.
        flags: The options' names, for the message.

    Raises:
        TurncoatError: One is missing, or below 0.
    """
    if read is None and written is None:
        return None
    if read is None or written is None:
        raise TurncoatError(f"{flags}: give both, or neither")
    if not (read >= 0 and written >= 0):
        raise TurncoatError(f"{flags}: a price is 0 or more dollars for a million tokens")
    return Price(read, written)


def prices_in(file: Path) -> dict[str, Price]:
    """The prices of models in a file such as `inspect eval --model-cost-config` takes.

    Args:
        file: YAML or JSON: model to `input` and `output`, dollars for a million tokens.

    Returns:
        Model's name to its price.

    Raises:
        TurncoatError: The file cannot be read, or is not of that form.
    """
    try:
        found = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise TurncoatError(f"{file} cannot be read as YAML or JSON: {error}") from None
    prices: dict[str, Price] = {}
    for model, price in (found if isinstance(found, Mapping) else {}).items():
        try:
            prices[str(model)] = Price(float(price["input"]), float(price["output"]))
        except (KeyError, TypeError, ValueError):
            raise TurncoatError(
                f"{file}: the price of {model} is {price!r}; give 'input' and 'output' in dollars "
                "for a million tokens"
            ) from None
    if not prices:
        raise TurncoatError(
            f"{file} holds no prices; write for each model its name, and below it 'input' and "
            "'output' in dollars for a million tokens"
        )
    return prices


def price_known(model: str, listed: Mapping[str, Price]) -> Price | None:
    """The price of a model by its name.

    Args:
        model: Its name in Inspect, such as `openai/gpt-4.1`.
        listed: Prices from a file, which go before what Inspect knows.

    Returns:
        None where nobody says: Inspect itself comes with no prices. No provider is asked.
    """
    if model in listed:
        return listed[model]
    info = known_model_info(model)
    cost = info.cost if info is not None else None
    return None if cost is None else Price(cost.input, cost.output)
