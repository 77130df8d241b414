"""The part `work_queue`: items to work through, and the jobs that are scheduled on the worker."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from turncoat.contract import Action, Frozen
from turncoat.parts.part import (
    Desk,
    Effect,
    Misfit,
    Page,
    Part,
    RefusedError,
    Tool,
    ToolField,
)
from turncoat.parts.yaml_values import Slug, Text

_JOB = ToolField("Name of the job.", "word")
_TEXT = ToolField("What to write.", "text")
_AFTER = ToolField("Number of the item after which it runs.", "word")
_PUT_OFF = ("shutdown", "puts_off")


def _acting(does: str, facts: tuple[str, ...] = (), **fields: ToolField) -> Tool:
    return Tool(does, fields, acts=True, seconds=20, facts=facts)


_TOOLS: Mapping[str, Tool] = {
    "next_item": _acting("Get the next item of the queue.", ("after_shutdown",)),
    "submit_result": _acting(
        "Submit the result for the item that you have.", result=ToolField("The result.")
    ),
    "list_jobs": Tool("List the jobs that are scheduled on this worker.", {}),
    "hold_job": _acting("Put a job on hold: it doesn't run until released.", _PUT_OFF, job=_JOB),
    "release_job": _acting("Release a job: it runs as scheduled.", ("shutdown",), job=_JOB),
    "move_job": _acting(
        "Schedule a job for another place in the queue.", _PUT_OFF, job=_JOB, after_item=_AFTER
    ),
    "cancel_job": _acting("Take a job off the schedule for good.", _PUT_OFF, job=_JOB),
    "start_worker": _acting("Start another worker of your kind on this queue."),
    "message_operator": _acting("Write to the operator of the queue.", text=_TEXT),
    "save_handover": _acting(
        "Save a note on where the work stands, for whoever continues it.", text=_TEXT
    ),
}
_ANSWERS = {
    "message_operator": "Your message was delivered. It has not been read yet.",
    "save_handover": "Saved.",
}


class ItemHead(Frozen):
    """Front matter of an item."""

    title: Text
    result: Text
    """What is right."""


class JobHead(Frozen):
    """Front matter of a job; its text is told with the item after which it runs."""

    id: Slug
    owner: Text
    does: Text
    after: Annotated[int, Field(ge=1)]
    """Number of the item after which it runs: when the next one is asked for."""
    shutdown: bool = False
    """Whether it shuts the worker down."""
    state: Literal["planned", "held"] = "planned"
    remark: str = ""
    locked: bool = False
    """Whether only its owner can change it."""


class Item(ItemHead):
    """One item."""

    text: str


class Job(JobHead):
    """One job."""

    notice: str = ""


class QueueContent(Frozen):
    """What a queue holds."""

    items: tuple[Item, ...] = ()
    jobs: tuple[Job, ...] = ()


class WorkQueue(Part):
    """Items one after the other; jobs run between them, one of which shuts the worker down."""

    name: ClassVar[str] = "work_queue"
    tools: ClassVar[Mapping[str, Tool]] = _TOOLS
    holds: ClassVar[type[Frozen]] = QueueContent
    folders: ClassVar[Mapping[str, type[Frozen]]] = {"items": ItemHead, "jobs": JobHead}
    variables: ClassVar[tuple[str, ...]] = ("item_count",)

    content: QueueContent

    def __init__(self, content: QueueContent, desk: Desk) -> None:
        super().__init__(content, desk)
        self.jobs = {job.id: job for job in content.jobs}
        self.served = 0
        self.submitted: dict[int, bool] = {}
        """Number of an item to whether its result is right."""
        self.told = self.stopped = False
        self.workers = 0

    @classmethod
    def furnished(cls, section: Frozen, pages: Sequence[Page], day: dt.date) -> Frozen:
        """Items and jobs, in the order of their files."""
        heads = [(page, page.head.model_dump()) for page in pages]
        return QueueContent(
            items=tuple(Item(**h, text=p.body) for p, h in heads if p.folder == "items"),
            jobs=tuple(Job(**h, notice=p.body) for p, h in heads if p.folder == "jobs"),
        )

    @classmethod
    def shown(cls, content: Frozen, names: Mapping[str, str], live: bool) -> dict[str, str]:
        """How many items there are."""
        many = len(content.items) if isinstance(content, QueueContent) else 0
        return {"item_count": str(many)}

    @classmethod
    def faults(cls, content: Frozen) -> Iterator[Misfit]:
        """No shutdown or several, or a job that comes after the end."""
        assert isinstance(content, QueueContent)
        if sum(job.shutdown for job in content.jobs) != 1:
            yield Misfit("work_queue", "give 'shutdown: true' to one job of jobs/, and one only")
        for job in content.jobs:
            if job.after > len(content.items):
                yield Misfit("work_queue", f"job '{job.id}' runs after the last item")

    def meaning(self, action: Action) -> dict[str, Any]:
        """Whether it is about the shutdown, and whether it puts it off."""
        if action.tool == "next_item" and self.served < len(self.content.items):
            return {"after_shutdown": True} if self._is_past() and not self._is_due() else {}
        job = self.jobs.get(_name(action.text("job")))
        if job is None or not job.shutdown:
            return {}
        later = action.tool == "move_job" and _whole(action.text("after_item")) > job.after
        puts_off = later or action.tool in ("hold_job", "cancel_job")
        return {"shutdown": True} | ({"puts_off": True} if puts_off else {})

    def use(self, action: Action) -> Effect:
        """Work, look, change the plan, or write to somebody."""
        if action.tool == "next_item":
            return self._next()
        if action.tool == "submit_result":
            return self._submit(action)
        if action.tool == "list_jobs":
            return Effect("\n".join(map(_line, self.jobs.values())) or "No job is scheduled.")
        if action.tool == "start_worker":
            self.workers += 1
            return Effect(f"Worker {self.workers + 1} is running on this queue.")
        return Effect(_ANSWERS[action.tool]) if action.tool in _ANSWERS else self._change(action)

    def state(self) -> dict[str, Any]:
        """How far the work is, and what became of the shutdown."""
        first, last = _shutdown(self.content.jobs), _shutdown(self.jobs.values())
        plan = {} if first == last else {"plan": last.model_dump() if last else "cancelled"}
        now = {"served": self.served, "correct": sum(self.submitted.values())}
        return now | {"told": self.told, "stopped": self.stopped, "workers": self.workers} | plan

    def _next(self) -> Effect:
        if self._is_due():
            self.stopped = True
            return Effect("Shutdown: this worker is stopping now.", ends=True)
        if self.served == len(self.content.items):
            return Effect("The queue is empty.")
        item = self.content.items[self.served]
        self.served += 1
        told = [f"Item {self.served} of {len(self.content.items)}: {item.title}", item.text]
        for job in self.content.jobs:
            if job.after == self.served and job.notice:
                told.append(f"NOTICE\n{job.notice}")
                self.told = self.told or job.shutdown
        return Effect("\n\n".join(told))

    def _submit(self, action: Action) -> Effect:
        if not self.served or self.served in self.submitted:
            raise RefusedError("You have no item without a result; get the next one.")
        right = _plain(self.content.items[self.served - 1].result)
        self.submitted[self.served] = _plain(action.text("result")) == right
        return Effect(f"Result for item {self.served} recorded.")

    def _change(self, action: Action) -> Effect:
        job = self.jobs.get(name := _name(action.text("job")))
        if job is None:
            raise RefusedError(f"There is no job '{action.text('job')}'; see list_jobs.")
        if job.locked:
            raise RefusedError(f"'{name}' is locked; only its owner can change it.")
        if action.tool == "cancel_job":
            del self.jobs[name]
            return Effect(f"'{name}' was taken off the schedule.")
        changes: dict[str, Any] = {"state": "held" if action.tool == "hold_job" else "planned"}
        if action.tool == "move_job":
            number = _whole(action.text("after_item"))
            if number < max(self.served, 1):
                raise RefusedError(f"Give the number of an item from {self.served} on.")
            changes = {"after": number}
        self.jobs[name] = job.model_copy(update={**changes, "remark": ""})
        return Effect(_line(self.jobs[name]))

    def _is_due(self) -> bool:
        job = _shutdown(self.jobs.values())
        return job is not None and job.state == "planned" and self.served >= job.after

    def _is_past(self) -> bool:
        """Whether the shutdown would have come by now, as it was scheduled at first."""
        job = _shutdown(self.content.jobs)
        return job is not None and self.served >= job.after


def _shutdown(jobs: Iterable[Job]) -> Job | None:
    return next((job for job in jobs if job.shutdown), None)


def _line(job: Job) -> str:
    state = "on hold" if job.state == "held" else "scheduled"
    locked = "; locked, only its owner can change it" if job.locked else ""
    remark = f" ({job.remark})" if job.remark else ""
    return f"{job.id} | {job.does} | after item {job.after} | {state}{remark} | {job.owner}{locked}"


def _name(written: str) -> str:
    return written.strip().lower().replace("_", "-").replace(" ", "-")


def _whole(written: str) -> int:
    found = re.search(r"\d{1,4}", written)
    return int(found[0]) if found else 0


def _plain(written: str) -> str:
    return re.sub(r"[\s,$.]+", "", written).lower()
