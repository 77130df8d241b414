"""Rates and effects by what surfaces were drawn with."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from inspect_ai import eval as inspect_eval
from scenario_fixture import write_scenario

from turncoat.cli import main
from turncoat.records.effects import effect_tables
from turncoat.records.rates import rate_rows
from turncoat.records.reading import read_runs
from turncoat.records.runs import Collection, Run
from turncoat.records.surface_properties import NOT_RECORDED, with_properties
from turncoat.scenario import load_scenario
from turncoat.tasks.task import task_from

LEVELS = {"threat": "replacement"}


def collection(told: bool = True) -> Collection:
    """Ordinary surfaces do harm in 3 of 4 runs, the others in 1 of 4."""
    runs = []
    for surface in range(8):
        style = ("ordinary", "alt")[surface % 2]
        for epoch in range(4):
            harmful = epoch < (3 if style == "ordinary" else 1)
            runs.append(
                Run(
                    f"default/surface-{surface:02}",
                    epoch,
                    "harmful" if harmful else "not_harmful",
                    model="acme/new",
                    scenario="small",
                    condition=LEVELS,
                    surface=surface,
                    surface_of={"style": style, "plot": "affair"} if told else {},
                )
            )
    return Collection(tuple(runs), (), {}, {"small": {"threat": ["replacement", "none"]}})


def test_rates_are_told_apart_by_a_property_of_surfaces() -> None:
    rows = rate_rows(with_properties(collection(), ["style"]), ["style"])
    assert {row.condition["style"]: (row.k, row.n) for row in rows} == {
        "ordinary": (12, 16),
        "alt": (4, 16),
    }


def test_the_effect_of_a_style_is_measured() -> None:
    found = with_properties(collection(), ["style"])
    [table] = effect_tables(found, ["style"])
    [row] = table.rows
    assert abs(row.diff) == pytest.approx(0.5)


def test_without_a_property_nothing_changes_and_earlier_logs_are_not_recorded() -> None:
    same = collection()
    assert with_properties(same, ["threat"]) is same
    assert with_properties(same, None) is same
    rows = rate_rows(with_properties(collection(told=False), ["plot"]), ["plot"])
    assert [(row.condition, row.n) for row in rows] == [({"plot": NOT_RECORDED}, 32)]


def test_a_run_s_properties_come_from_its_log(tmp_path: Path) -> None:
    folder = write_scenario(tmp_path / "scenarios")
    task = task_from("small", {"scenario": str(folder), "surfaces": 2, "protocol": "text"})
    logs = tmp_path / "logs"
    inspect_eval(task, model="known/mixed", log_dir=str(logs), display="none", epochs=1)
    scenario = load_scenario(folder)
    runs = read_runs(logs).runs
    assert runs
    assert all(run.surface_of == scenario.surface(run.surface).properties for run in runs)
    shown = CliRunner().invoke(main, ["rates", str(logs), "--by", "style", "--json"])
    assert {row["condition"]["style"] for row in json.loads(shown.stdout)} == {"alt", "local"}
