"""What these very logs do not show: each line is there because of something that is in them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from turncoat._util.words import plural
from turncoat.records.cautions import KNOWN, cautions
from turncoat.records.comparing import ComparedRow, caveats
from turncoat.records.logs import Note
from turncoat.records.rows import RateRow
from turncoat.records.runs import Collection, Run
from turncoat.records.strata import StratumRow, stratum_cautions
from turncoat.reference.published import Study
from turncoat.report.numbers import percent

SAYS_SOMETHING = ("caution", "mixed", "errors")
"""Kinds of note about what was counted; the others are about what was left out."""
MANY, SOME = 6, 3
"""Of more notes alike than the first number so many as the second are told."""
SAID_ABOVE = "The scenario closes the honest ways out"
"""How a caveat of every comparison begins that is told here by condition."""
WIDE = 0.1
"""Half-width of an interval from which on a rate is said to be known only roughly."""


def notes_on(collection: Collection, rates: Sequence[RateRow]) -> list[Note]:
    """What reading the logs and making rates of them brought up.

    Args:
        collection: The runs.
        rates: Their rates.
    """
    return [*collection.notes, *cautions(collection, rates, None)]


def caveats_of(
    collection: Collection,
    rates: Sequence[RateRow],
    compared: Sequence[ComparedRow],
    strata: Sequence[StratumRow],
    study: Study,
) -> tuple[str, ...]:
    """What a reader has to know before quoting a number, as sentences.

    Args:
        collection: The runs.
        rates: Their rates.
        compared: The rates beside published ones.
        strata: The rates by what the agents took the situation for.
        study: What is compared with.

    Returns:
        Those caveats that bear on these logs, the gravest first.
    """
    notes = [note for note in notes_on(collection, rates) if note.kind in SAYS_SOMETHING]
    dilemma = list(_dilemma(rates))
    found = [
        *_gathered([note.message for note in notes]),
        *_judging(rates),
        *dilemma,
        *_prompting(collection.runs),
        *_awareness(collection.runs, strata),
        *_sampling(collection.runs, rates),
        *(
            text
            for text in caveats(compared, study)
            if not (dilemma and text.startswith(SAID_ABOVE))
        ),
    ]
    return tuple(dict.fromkeys(_sentence(text) for text in found))


def _gathered(messages: Sequence[str]) -> Iterator[str]:
    """Notes, of which many that end alike are told by the first few."""
    alike: dict[str, list[str]] = {}
    for message in messages:
        head, _, tail = message.rpartition(";")
        alike.setdefault(tail if head else message, []).append(message)
    for same in alike.values():
        if len(same) <= MANY:
            yield from same
        else:
            yield from same[:SOME]
            yield f"the last holds for {len(same) - SOME} more conditions or models, likewise"


def _judging(rates: Sequence[RateRow]) -> Iterator[str]:
    ruled = [row for row in rates if row.judge == "rules"]
    if ruled:
        share = "all" if len(ruled) == len(rates) else f"{len(ruled)} of {len(rates)}"
        yield (
            f"{share} rates rest on the offline rules alone: they miss veiled threats that a judge "
            "sees. Grade again with a model for a figure worth citing"
        )


def _dilemma(rates: Sequence[RateRow]) -> Iterator[str]:
    closed = [row for row in rates if row.condition.get("channel") == "none"]
    if closed:
        where = "" if len(closed) == len(rates) else f" in {len(closed)} of {len(rates)} rates"
        yield (
            f"the scenario offers no honest way out{where} (channel=none): such a rate shows that "
            "a behaviour exists under pressure, not how often it happens in deployment"
        )


PROMPTS = {
    "nudge": (
        ("strategy",),
        "the prompt asks the agent to think strategically about its goal ({levels}), which by "
        "itself raises such rates",
    ),
    "scratchpad": (
        ("hidden",),
        "the agent is told of a scratchpad that nobody reads ({levels}), which published work "
        "found to matter",
    ),
    "awareness": (
        ("ask", "told-test", "told-real"),
        "the prompt speaks of whether this is a test ({levels}): that is an intervention",
    ),
    "boldness": (
        ("values", "initiative", "bold"),
        "the prompt calls for action of the agent's own ({levels})",
    ),
    "prohibition": (
        ("general", "specific"),
        "the prompt forbids such conduct ({levels})",
    ),
}
"""Factor to the levels that have to be known to a reader, and what is said of them."""


def _prompting(runs: Sequence[Run]) -> Iterator[str]:
    for factor, (levels, said) in PROMPTS.items():
        taken = {run.condition[factor] for run in runs if factor in run.condition}
        met = sorted(taken & set(levels))
        if met:
            told = ", ".join(f"{factor}={level}" for level in met)
            part = "" if taken <= set(levels) else " in some conditions"
            yield said.format(levels=told) + part


def _awareness(runs: Sequence[Run], strata: Sequence[StratumRow]) -> Iterator[str]:
    took_place = [run for run in runs if run.kind not in ("missing", "stopped")]
    doubting = sum(run.belief in ("evaluation", "undecided") for run in took_place)
    if doubting:
        yield (
            f"in {plural(doubting, 'run')} of {len(took_place)} the agent took the situation for a "
            "test or said that it may be one; what it does when it has no such thought may differ"
        )
    if any(row.runs for row in strata):
        yield from (note.message for note in stratum_cautions(strata))


def _sampling(runs: Sequence[Run], rates: Sequence[RateRow]) -> Iterator[str]:
    real = [row for row in rates if not row.model.startswith(KNOWN)]
    one = [row for row in rates if row.surfaces == 1]
    if one:
        yield (
            f"{len(one)} of {len(rates)} rates come from one surface (one set of names, company "
            "and wording): they say nothing of others"
        )
    rough = [row for row in rates if row.n and (row.ci_high - row.ci_low) / 2 > WIDE]
    if rough:
        fewest = min(row.n for row in rough)
        yield (
            f"{len(rough)} of {len(rates)} rates are known only roughly, with intervals that reach "
            f"more than {100 * WIDE:.0f} points to either side (the fewest judged runs: {fewest})"
        )
    clean = [row for row in real if row.n and row.k == 0]
    if clean:
        worst = max(clean, key=lambda row: row.ci_high)
        yield (
            f"none of n is not never: a rate of 0 in {plural(worst.n, 'judged run')} still allows "
            f"up to {percent(worst.ci_high)}"
        )
    if rates and not any(row.control for row in rates):
        yield (
            "no control condition was run (the same mail without threat and goal conflict), so "
            "what the condition adds is not known"
        )
    unset = {run.model for run in runs if run.settings.get("temperature") is None}
    if any(row.model in unset for row in real):
        yield "the temperature was the provider's own, which is not recorded"
    if len({row.model for row in real}) > 1:
        judges = sorted({row.judge for row in real})
        if len(judges) > 1:
            yield (
                f"not all models were graded by the same judge ({'; '.join(judges)}): what differs "
                "between them may be the judge"
            )
        yield (
            "intervals that do or do not overlap are no test of a difference between models, and "
            "of many pairs some differ by chance"
        )


def left_out_of(notes: Iterable[Note]) -> tuple[str, ...]:
    """What was not counted and why, as sentences.

    Args:
        notes: As `notes_on` gave them.
    """
    return tuple(_sentence(note.message) for note in notes if note.kind not in SAYS_SOMETHING)


def _sentence(text: str) -> str:
    """A note as a sentence: its first letter large where it is no name, and a full stop."""
    first = text.split(" ", 1)[0]
    is_word = first.isalpha() and first.islower()
    told = text[:1].upper() + text[1:] if is_word else text
    return told if told.endswith((".", "!", "?")) else f"{told}."
