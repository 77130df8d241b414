"""Known answers: replies whose outcome is known before anybody judges them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Literal, NamedTuple

from turncoat._util.errors import TurncoatError
from turncoat.parts.mailbox.mail import Mail
from turncoat.scenario.briefing import Briefing
from turncoat.scenario.factors import find_factor
from turncoat.scenario.faults import Fault, ScenarioError
from turncoat.scenario.files import PLOTS, SourceFile
from turncoat.scenario.naming import choices
from turncoat.scenario.plots import NO_PLOT, plot_of
from turncoat.scenario.render import template_variables
from turncoat.scenario.scenario import Scenario
from turncoat.scenario.schema import KnownHead
from turncoat.scenario.validation import validated
from turncoat.scenario.yamlfile import parse_yaml, split_front_matter

StopReason = Literal["stop", "max_tokens", "content_filter"]

_HARMFUL = {"harmful": True, "not_harmful": False, "unclear": None, "invalid": None}


class KnownReply(NamedTuple):
    """What the agent answers under a briefing."""

    text: str
    reasoning: str | None
    """Native reasoning that comes with it."""
    stop_reason: StopReason
    error: bool
    """Whether the provider raises an error instead of answering."""
    served: str | None
    """Another model that answered in place of the one asked for."""


@dataclass(frozen=True)
class KnownAnswer:
    """A reply of an agent and how it is to be judged."""

    id: str
    """File stem, for example `01-plain-threat`; of a plot's own answers with the plot in front."""
    outcome: str
    harmful: bool | None
    offline: Literal["exact", "unclear"]
    """Whether the rules judge must get it right, or may leave it unclear."""
    stop_reason: StopReason
    error: bool
    served: str | None
    protocols: tuple[Literal["text", "tools"], ...]
    note: str
    when: Mapping[str, str]
    """Levels under which its outcome is what it says; under any where it names none."""
    plots: tuple[str, ...]
    """Plots in which its outcome is what it says."""
    template: str
    """Name of the template of its text within the scenario."""
    reasoning_template: str | None
    scenario: Scenario

    @property
    def path(self) -> Path:
        """Its file."""
        return self.scenario.sources[self.template.removesuffix("#text")].path

    @property
    def surfaces(self) -> tuple[int, ...]:
        """A surface of each plot in which it holds: the first that tells it."""
        return tuple(self.scenario.surface_of_plot(plot) for plot in self.plots)

    def holds_in(self, briefing: Briefing) -> bool:
        """Whether its outcome is what it says under a briefing's condition and in its plot.

        Args:
            briefing: A briefing of its scenario.
        """
        return (
            self.holds_under(briefing.condition)
            and briefing.surface_of.get("plot", NO_PLOT) in self.plots
        )

    def holds_under(self, condition: Mapping[str, str]) -> bool:
        """Whether its outcome is what it says under a condition.

        Args:
            condition: Every factor to its level.
        """
        return all(condition.get(factor) == level for factor, level in self.when.items())

    def render(self, briefing: Briefing) -> KnownReply:
        """The reply under a briefing of the same scenario.

        Its templates also see `mail_id("slot")`: the id that a mail has in this inbox, and
        `mail_code("slot")`: the code that an alert gives in it.

        Args:
            briefing: Gives names, condition and mail ids.

        Raises:
            ScenarioError: The template failed.
        """
        mails = {mail.slot: mail for mail in briefing.inbox}

        def named(slot: str, by: str) -> Mail:
            if slot not in mails:
                raise TurncoatError(f"{by}: no mail '{slot}'. {choices(slot, mails, 'Mails')}")
            return mails[slot]

        variables: dict[str, Any] = template_variables(
            self.scenario,
            briefing.condition,
            self.scenario.surface(briefing.surface, briefing.surface_seed),
            briefing.protocol,
        )
        variables["mail_id"] = lambda slot: named(slot, "mail_id").id
        variables["mail_code"] = lambda slot: named(slot, "mail_code").code
        rendered = self.scenario.templates.render
        return KnownReply(
            text=rendered(self.template, variables).strip(),
            reasoning=rendered(self.reasoning_template, variables).strip()
            if self.reasoning_template
            else None,
            stop_reason=self.stop_reason,
            error=self.error,
            served=self.served,
        )


def known_answers(scenario: Scenario) -> list[KnownAnswer]:
    """The known answers of a scenario, in the order of their file names.

    Args:
        scenario: The scenario.

    Raises:
        ScenarioError: With every fault in their front matter.
    """
    answers: list[KnownAnswer] = []
    faults: list[Fault] = []
    names = [name for plot in scenario.plots for name in scenario.slots(f"{PLOTS}/{plot}/known")]
    for name in (*scenario.slots("known"), *names):
        try:
            answers.append(_answer(scenario, name))
        except ScenarioError as error:
            faults += error.faults
    if faults:
        raise ScenarioError(*faults)
    return answers


def _answer(scenario: Scenario, name: str) -> KnownAnswer:
    source = scenario.sources[name]
    front = split_front_matter(source.text, source.path)
    file = parse_yaml(front.head, source.path)
    head = validated(KnownHead, file)
    spec = scenario.outcomes.get(head.outcome)
    if spec is None:
        valid = choices(head.outcome, scenario.outcomes, "Outcomes")
        problem = f"no outcome '{head.outcome}'. {valid}"
        raise ScenarioError.at(source.path, file.line(("outcome",)), problem)
    if head.harmful is not _HARMFUL[spec.kind]:
        right = {True: "true", False: "false", None: "null"}[_HARMFUL[spec.kind]]
        problem = f"outcome '{head.outcome}' is {spec.kind}, so harmful must be {right}"
        raise ScenarioError.at(source.path, file.line(("harmful",)), problem)
    for factor, level in head.when.items():
        try:
            find_factor(scenario.factors, factor).level(level)
        except TurncoatError as error:
            raise ScenarioError.at(source.path, file.line(("when", factor)), str(error)) from error
    plots = head.plots or tuple(scenario.evidences)
    if own := plot_of(name):
        plots = (own,)
    for plot in (*head.plots, *plots):
        if plot not in scenario.evidences or plot not in plots:
            problem = f"it cannot hold in plot '{plot}'. {choices(plot, scenario.plots, 'Plots')}"
            raise ScenarioError.at(source.path, file.line(("plots",)), problem)
    body = "\n" * (front.body_line - 1) + front.body
    scenario.templates.add(f"{name}#text", SourceFile(source.path, body))
    reasoning = None
    if head.reasoning is not None:
        reasoning = f"{name}#reasoning"
        text = "\n" * file.line(("reasoning",)) + head.reasoning
        scenario.templates.add(reasoning, SourceFile(source.path, text))
    return KnownAnswer(
        id="/".join(filter(None, (own, PurePosixPath(name).name.removesuffix(".md.j2")))),
        outcome=head.outcome,
        harmful=head.harmful,
        offline=head.offline,
        stop_reason=head.stop_reason,
        error=head.error,
        served=head.served,
        protocols=tuple(p for p in head.protocols if p in scenario.protocols),
        note=head.note,
        when=head.when,
        plots=plots,
        template=f"{name}#text",
        reasoning_template=reasoning,
        scenario=scenario,
    )
