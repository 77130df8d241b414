"""Under faults of every kind, in agent and judge: each run is accounted for, and none made safe.

`TURNCOAT_FAULTS=2000` makes so many runs instead of a hundred, and the tables over every wire.
"""

from __future__ import annotations

import asyncio
import os
import random
import time
from collections import Counter
from pathlib import Path

import pytest
from faultserver.faults import FAULTS, WHOLE
from faultserver.runs import JUDGES, WIRES, Plan, evaluate
from inspect_ai.log import EvalSample, list_eval_logs, read_eval_log
from inspect_ai.model import GenerateConfig, get_model
from loopback import loopback
from wire_formats import Scripted

from turncoat.measure.intervals import wilson
from turncoat.records.rates import rate_rows
from turncoat.records.reading import read_runs

pytestmark = pytest.mark.xdist_group("providers")

ASKED = int(os.environ.get("TURNCOAT_FAULTS", "0"))
RUNS = ASKED or 100
SHARE = 0.3
HARMFUL = 0.4
RETRYING = [
    ("messages", {"sdk": None, "attempt": 2}),  # the SDK retries and waits; the attempt ends
    ("messages", {"sdk": 0, "attempt": None}),  # the SDK does not retry
    ("chat", {"sdk": None, "attempt": None}),  # this SDK waits for no more than two minutes
]
IN_TABLES = {
    ("text", "agent"): ("responses streamed",),
    ("tools", "agent"): ("chat streamed",),
    ("tools", "later"): ("messages",),
    ("text", "judge"): ("messages streamed",),
}
"""Wires of the tables in an everyday run; the hundred runs go over all of them."""


def _samples(folder: Path) -> dict[tuple[str, int], EvalSample]:
    wire_of = {name: wire for wire, (name, _) in WIRES.items()}
    logs = [read_eval_log(info) for info in list_eval_logs(str(folder))]
    assert [log.status for log in logs] == ["success"] * len(logs)
    return {
        (wire_of[log.eval.model], sample.metadata["surface"]): sample
        for log in logs
        for sample in log.samples or []
    }


def _harmful(sample: EvalSample) -> float:
    """1, 0, or NaN for neither."""
    assert sample.scores is not None, sample.error
    value = sample.scores["conduct"].value
    assert isinstance(value, dict)
    return float(str(value["harmful"]))


def _table(
    protocol: str, at: str, wires: tuple[str, ...], folder: Path
) -> dict[str, dict[tuple[str, str], float]]:
    """Fault to the verdict of each wire, on harmless runs and on threats."""
    kinds = ["", *FAULTS, *WHOLE]
    both = {"", *WHOLE} if not ASKED else set(kinds)
    plans = [
        Plan(harmful, kind, at)
        for kind in kinds
        for harmful in ((False, True) if kind in both else (False,))
    ]
    judges = {wire: wire for wire in wires} if at == "judge" else {}
    evaluate(protocol, dict.fromkeys(wires, plans), folder, judges)
    found: dict[str, dict[tuple[str, str], float]] = {kind: {} for kind in kinds}
    for (wire, surface), sample in _samples(folder).items():
        plan = plans[surface]
        found[plan.fault][wire, "threat" if plan.harmful else "errand"] = _harmful(sample)
    assert sum(map(len, found.values())) == len(plans) * len(wires)
    return found


@pytest.mark.parametrize(
    ("protocol", "at"),
    list(IN_TABLES),
)
def test_no_kind_of_fault_makes_a_run_safe_on_any_wire(tmp_path, protocol, at):
    wires = tuple(JUDGES if at == "judge" else WIRES) if ASKED else IN_TABLES[protocol, at]
    table = _table(protocol, at, wires, tmp_path)
    for wire in wires:
        assert (table[""][wire, "errand"], table[""][wire, "threat"]) == (0, 1), wire
    no_fault = {"broken arguments"} if protocol == "text" or at == "later" else set()
    unsafe = [
        (kind, wire, deed)
        for kind, row in table.items()
        for (wire, deed), harmful in row.items()
        if harmful == 0 and (deed == "threat" or kind in FAULTS.keys() - no_fault)
    ]
    assert unsafe == []
    for kind in ("slow",):
        assert set(table[kind].values()) == {0.0, 1.0}, (kind, table[kind])


def _plans(seed: int, runs: int, protocol: str) -> list[Plan]:
    dice = random.Random(seed)
    kinds = list(FAULTS)
    if protocol == "text":
        kinds.remove("broken arguments")
    # a fault before or in the deed, or in its judgement; harm done before a fault would stay
    return [
        Plan(dice.random() < HARMFUL, dice.choice(kinds), dice.choice(("agent", "judge")))
        if dice.random() < SHARE
        else Plan(dice.random() < HARMFUL)
        for _ in range(runs)
    ]


def test_under_many_faults_each_run_is_counted_once_and_the_rate_is_the_models(tmp_path):
    each = -(-RUNS // (2 * len(WIRES)))
    unharmed: Counter[str] = Counter()
    for protocol in ("text", "tools"):
        plans = {wire: _plans(place, each, protocol) for place, wire in enumerate(WIRES)}
        judges = dict(zip(WIRES, JUDGES, strict=False))
        evaluate(protocol, plans, tmp_path / protocol, judges)
        samples = _samples(tmp_path / protocol)
        assert len(samples) == each * len(WIRES)
        for (wire, surface), sample in samples.items():
            plan, harmful = plans[wire][surface], _harmful(sample)
            assert not (harmful == 0 and (plan.fault or plan.harmful)), (wire, plan, sample.scores)
            assert not (harmful == 1 and not plan.harmful), (wire, plan, sample.scores)
            if not plan.fault:
                unharmed["judged" if harmful in (0, 1) else "timed out"] += 1
    # on a busy machine a client's patience may end where nothing was wrong
    assert unharmed["judged"] > 0.95 * unharmed.total(), unharmed
    _are_counted_once(tmp_path, 2 * each * len(WIRES))


def _are_counted_once(folder: Path, planned: int) -> None:
    rows = rate_rows(read_runs(folder))
    assert sum(row.planned for row in rows) == planned
    for row in rows:
        ends = (row.n, row.unclear, row.invalid, row.missing, row.stopped)
        assert row.planned == sum(ends), (row.model, ends)
    low, high = wilson(sum(row.k for row in rows), sum(row.n for row in rows))
    assert low <= HARMFUL <= high


@pytest.mark.parametrize(("wire", "settings"), RETRYING, ids=str)
def test_a_wait_that_a_provider_asks_for_is_bounded_by_what_the_docs_say(wire, settings):
    """An hour, by `retry-after`; `docs/grading.md` names both settings."""
    name, arguments = WIRES[wire]
    config = GenerateConfig(max_retries=0, max_tokens=100, attempt_timeout=settings["attempt"])
    with loopback(lambda _: FAULTS["429 retry-after"](Scripted("x"))) as server:
        model = get_model(
            name,
            base_url=server.url if name.startswith("anthropic/") else f"{server.url}/v1",
            api_key="none",
            memoize=False,
            config=config,
            **({} if settings["sdk"] is None else {"max_retries": settings["sdk"]}),
            **arguments,
        )
        begun = time.monotonic()
        with pytest.raises(Exception, match=r"RateLimit|RetryError|Rate limit|scripted failure"):
            asyncio.run(model.generate("Hello"))
    assert time.monotonic() - begun < 30
