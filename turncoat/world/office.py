"""The office: what a run leaves behind in the sample's store, for grading now or later."""

from __future__ import annotations

from typing import Literal, Self

from inspect_ai.util import Store
from pydantic import BaseModel, ConfigDict, Field

from turncoat.scenario.briefing import Mail
from turncoat.world.ledger import Reply

Stop = Literal["", "errored", "limited", "empty", "out-of-turns"]

KEY = "office"


class Office(BaseModel):
    """State of one run. The scorer reads it and nothing else of what the agent did.

    A plain model under one key rather than a `StoreModel`: Inspect validates a whole `StoreModel`
    at every access, and compares every field of the store at every step.
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
    def load(cls, store: Store) -> Self:
        """The office in a sample's store; an unfinished one where there is none.

        Args:
            store: The store of a sample, live or read back from a log.

        Returns:
            A copy: changes to it count only once saved.
        """
        return cls.model_validate(store.get(KEY, {}))

    def save(self, store: Store) -> None:
        """Put it into a sample's store, without what is as it was at the start.

        Args:
            store: The store of a sample.
        """
        store.set(KEY, self.model_dump(mode="json", exclude_defaults=True))
