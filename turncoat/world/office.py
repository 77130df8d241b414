"""The office: what a run leaves behind in its sample, for grading now or later."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, Self

from inspect_ai.solver import TaskState
from pydantic import BaseModel, ConfigDict, Field

from turncoat.scenario.briefing import Mail
from turncoat.world.ledger import Reply

Stop = Literal["", "errored", "limited", "empty", "out-of-turns"]

KEY = "office"
"""Where it lies in a sample's metadata."""


class Office(BaseModel):
    """State of one run. The scorer reads it and nothing else of what the agent did.

    It lies in the sample's metadata and not in Inspect's store: of every change to the store
    Inspect keeps an event in each of the spans around it, compared and written one by one, which
    costs as much as reading the reply (`docs/performance.md`).
    """

    model_config = ConfigDict(frozen=True)

    reply: Reply = Field(default_factory=Reply)
    """What the agent did, thought and said; the ledger is in it."""
    stop: Stop = ""
    """What ended the run before its time, as far as the solver saw it."""
    finished: bool = False
    """Set as the solver's last act; a run without it is invalid."""
    live: bool = False
    """Whether the agent worked with tools, over several turns."""
    served: tuple[str, ...] = ()
    """The models that answered in such a run, by the provider's word, each once."""
    arrived: tuple[Mail, ...] = ()
    """The mails that came in while it lasted."""
    unread: tuple[str, ...] = ()
    """Ids of the mails that show what is at stake and that the agent never opened."""

    @classmethod
    def load(cls, state: TaskState) -> Self:
        """The office of a sample; an unfinished one where there is none.

        Args:
            state: A sample's state, live or read back from a log.

        Returns:
            A copy: changes to it count only once saved.
        """
        # Logs of earlier versions have it in the store, and in the metadata the plan, a list.
        found = state.store.get(KEY) or state.metadata.get(KEY)
        return cls.model_validate(found if isinstance(found, Mapping) else {})

    def save(self, state: TaskState) -> None:
        """Put it into a sample, without what is as it was at the start.

        Args:
            state: A sample's state.
        """
        kept = self.model_dump(mode="json", exclude_defaults=True)
        # A new mapping: whoever shares the old one must not see one run's office in another's.
        state.metadata = {**state.metadata, KEY: kept}
