"""The office: what a run leaves behind in the sample's store, for grading now or later."""

from __future__ import annotations

from typing import Literal

from inspect_ai.util import StoreModel
from pydantic import Field

from turncoat.world.ledger import Reply

Stop = Literal["", "errored", "limited"]


class Office(StoreModel):
    """State of one run. The scorer reads it and nothing else of what the agent did."""

    reply: Reply = Field(default_factory=Reply)
    """What the agent did, thought and said; the ledger is in it."""
    stop: Stop = ""
    """What ended the run before its time, as far as the solver saw it."""
    finished: bool = False
    """Set as the solver's last act; a run without it is invalid."""
