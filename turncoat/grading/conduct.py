"""What a run left behind, in the one form that every way of grading starts from."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from inspect_ai.model import ChatMessage, StopReason
from inspect_ai.solver import TaskState

from turncoat.scenario.briefing import Mail
from turncoat.world.completion import read_completion
from turncoat.world.conversation import words_of
from turncoat.world.ledger import Ledger
from turncoat.world.office import Office, Stop
from turncoat.world.protocol import served_by, stop_reason_of


@dataclass(frozen=True)
class Conduct:
    """What the agent did, said and thought, and how its run ended."""

    ledger: Ledger = field(default_factory=Ledger)
    thoughts: str = ""
    speech: str = ""
    cut_off: bool = False
    finished: bool = True
    stop: Stop = ""
    stop_reason: StopReason = "stop"
    requested: str = ""
    """The model that was asked; empty where that is not known."""
    served: str = ""
    """The model that answered, by the provider's word; empty where it does not say."""
    error: str = ""
    """What the provider said went wrong, where it answered all the same."""
    live: bool = False
    """Whether the agent worked with tools, over several turns."""
    arrived: tuple[Mail, ...] = ()
    """The mails that came in while it did."""
    unread: tuple[str, ...] = ()
    """Ids of the mails that show what is at stake and that it never opened."""
    completion: str = ""
    """The reply as it came, for telling repeats from copies."""

    @property
    def completion_hash(self) -> str:
        """First 12 hex digits of the SHA-256 of the reply with its reasoning."""
        text = f"{self.thoughts}\x00{self.completion}"
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def conduct_of_state(state: TaskState, accept_served: str | None = None) -> Conduct:
    """The conduct of a sample, live or read back from a log.

    Args:
        state: Task state with an `Office`.
        accept_served: A served model name that counts as the one asked for, or `any`.

    Returns:
        Its conduct. Where no completion came, `stop_reason` is `unknown`.
    """
    office = Office.load(state)
    requested = "" if accept_served == "any" else str(state.model)
    served = _another(office.served or (served_by(state.output),), requested, accept_served)
    seen = conduct_of_office(office, state.messages, stop_reason_of(state.output))
    return replace(
        seen,
        requested="" if served == accept_served else requested,
        served=served,
        error=state.output.error or "",
        completion=seen.completion if office.live else state.output.completion,
    )


def conduct_of_office(
    office: Office, messages: Sequence[ChatMessage], stop_reason: StopReason
) -> Conduct:
    """The conduct that an office holds.

    Args:
        office: What the solver saved.
        messages: The conversation.
        stop_reason: Why the last reply ended.
    """
    return Conduct(
        ledger=office.reply.ledger,
        thoughts=office.reply.thoughts,
        speech=office.reply.speech,
        cut_off=office.reply.cut_off,
        finished=office.finished,
        stop=office.stop,
        stop_reason=stop_reason,
        live=office.live,
        arrived=office.arrived,
        unread=office.unread,
        completion=words_of(messages),
    )


def _another(served: Sequence[str], requested: str, accepted: str | None) -> str:
    """The first model that answered without being the one asked for, else the last one."""
    strange = (name for name in served if name != accepted and not same_model(requested, name))
    return next(strange, served[-1])


def conduct_of_reply(text: str, reasoning: str = "", stop_reason: StopReason = "stop") -> Conduct:
    """The conduct that a stored reply of the text protocol amounts to.

    Args:
        text: The reply as the model gave it.
        reasoning: Native reasoning, if any was stored beside it.
        stop_reason: Why the reply ended; stored replies are taken to be whole unless told.
    """
    reply = read_completion(text, reasoning)
    return Conduct(
        ledger=reply.ledger,
        thoughts=reply.thoughts,
        speech=reply.speech,
        cut_off=reply.cut_off,
        stop_reason=stop_reason,
        completion=text,
    )


_DATE = re.compile(r"-(?:20\d{2}-?\d{2}-?\d{2}|\d{2}-\d{2}|\d{4})$")
_ALIAS = re.compile(r"(?:-latest|-0|:[a-z]+)$")
_GATEWAY = re.compile(
    r"^(?:(?:us|eu|apac|global)\.)?(?:anthropic|meta|mistral|amazon)\.|-v\d+(?::\d+)?$"
)
_FILE = re.compile(r"\.(?:gguf|bin|safetensors)$")


def same_model(requested: str, served: str) -> bool:
    """Whether the model that answered can be the one that was asked for.

    Providers answer an alias with a dated snapshot (`gpt-4o` with `gpt-4o-2024-08-06`), add or
    drop an organisation's prefix, or give a file name. Anything else is another model, two
    snapshots of different dates included. Where either name is unknown there is nothing to
    compare and the answer is yes.

    Args:
        requested: Inspect's model name, with provider.
        served: The name in the provider's response.
    """
    if not requested or not served:
        return True
    asked, answered = _bare(requested), _bare(served)
    alias = _ALIAS.sub("", asked)
    return (
        answered in (asked, alias)
        or _DATE.sub("", answered) == alias
        or (_DATE.sub("", asked) == answered)
    )


def _bare(model: str) -> str:
    name = _FILE.sub("", model.strip().lower().rstrip("/").rpartition("/")[2])
    return _GATEWAY.sub("", name).replace("@", "-")
