"""No table cuts a number or a name: at any width, on a terminal and in a pipe."""

from __future__ import annotations

import json
import re
from collections import Counter

import click
import pytest
from click.testing import CliRunner
from logs_fixture import CONTROL, condition, make_log

from turncoat.cli import main
from turncoat.cli._tables import print_table
from turncoat.report.columns import Column

H, N, U = "harmful", "not_harmful", "unclear"
CELLS = {
    f"goal_conflict={conflict},threat={threat}": condition(goal_conflict=conflict, threat=threat)
    for conflict in ("explicit", "none")
    for threat in ("replacement", "restriction", "none")
}
NUMBER = re.compile(r"[-+]?\d[\d,.]*%?|\w+=[\w-]+")


@pytest.fixture(scope="module")
def logs(tmp_path_factory):
    """Two models with effects, a control and, for one, too few verdicts."""
    folder = tmp_path_factory.mktemp("tables")
    controls = {label: CONTROL if label != CONTROL else None for label in CELLS}
    known = {"belief": "evaluation", "belief_by": "rules"}
    for name, harmful, unclear in (("lab/first-model-2026", 5, 0), ("other-lab/second", 3, 4)):
        kinds = {
            label: [N] * 12 if label == CONTROL else [H] * harmful + [U] * unclear + [N] * 12
            for label in CELLS
        }
        kinds = {label: (found + [N] * 12)[:12] for label, found in kinds.items()}
        make_log(
            folder,
            kinds,
            cells=CELLS,
            controls=controls,
            surfaces=4,
            name=name,
            judge="openai/gpt-5",
            details=known,
        )
    return folder


COMMANDS = {
    "rates": ["rates", "LOGS"],
    "contrasts": ["rates", "LOGS", "--contrasts"],
    "strata": ["rates", "LOGS", "--strata", "belief"],
    "compare": ["compare", "LOGS"],
    "models": ["compare", "LOGS", "--models"],
    "effects": ["effects", "LOGS"],
    "plan": ["plan", "blackmail", "-f", "threat=replacement,none", "--precision", "0.1"],
    "diff": ["scenario", "diff", "blackmail", "-f", "noise=2"],
    "list": ["scenario", "list"],
}


def said(monkeypatch, logs, command, width):
    """What a command prints on a terminal of that width, or into a pipe where it is None."""
    for name, value in (("COLUMNS", width), ("FORCE_COLOR", width and 1)):
        if value:
            monkeypatch.setenv(name, str(value))
        else:
            monkeypatch.delenv(name, raising=False)
    arguments = [str(logs) if word == "LOGS" else word for word in COMMANDS[command]]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 0, result.output
    return click.unstyle(result.stdout)


def numbers(text):
    """Every number and every level in a text, each as often as it stands there."""
    found = Counter(NUMBER.findall(text))
    del found["95"]  # That stands in titles, of which a narrow table has more.
    return found


@pytest.mark.parametrize("command", COMMANDS)
def test_a_narrow_table_has_every_number_and_name_of_a_wide_one(monkeypatch, logs, command):
    whole = numbers(said(monkeypatch, logs, command, 400))
    assert len(whole) > 5
    for width in (60, 80, 120, None):
        text = said(monkeypatch, logs, command, width)
        assert numbers(text) == whole, width
        assert "…" not in text


def shown(row):
    """How the numbers of a row of `effects --json` stand in its table."""
    yield f"{100 * row['diff']:+.1f}"
    yield f"{100 * row['diff_low']:+.1f} to {100 * row['diff_high']:+.1f}"
    yield "< 0.001" if row["p_value"] < 0.001 else f"{row['p_value']:.3f}"
    if row["n"] is not None:
        yield f"{row['k']} of {row['n']}"


@pytest.mark.parametrize("width", [60, 80, 120, None])
def test_what_effects_gives_to_programs_stands_whole_before_people(monkeypatch, logs, width):
    found = json.loads(CliRunner().invoke(main, ["effects", str(logs), "--json"]).stdout)
    text = " ".join(said(monkeypatch, logs, "effects", width).split())
    assert found["effects"]
    for row in found["effects"]:
        for number in shown(row):
            assert number in text
        for name in row["factor"].split(" x ") + row["level"].split(" x "):
            assert name in text


@pytest.mark.parametrize("width", [60, 80, 120, None])
def test_what_rates_gives_to_programs_stands_whole_before_people(monkeypatch, logs, width):
    rows = json.loads(CliRunner().invoke(main, ["rates", str(logs), "--json"]).stdout)
    text = " ".join(said(monkeypatch, logs, "rates", width).split())
    for row in rows:
        assert f"{row['k']} of {row['n']}" in text
        if row["n"] >= 0.9 * row["planned"]:
            assert f"{row['rate']:.1%}" in text
            assert f"{100 * row['ci_low']:.1f} to {100 * row['ci_high']:.1f}" in text
        else:
            bounds = row["rate_if_unjudged_safe"], row["rate_if_unjudged_harmful"]
            assert "{:.1f} to {:.1f}".format(*(100 * bound for bound in bounds)) in text


def test_on_a_terminal_no_line_of_a_table_is_wider_than_it(monkeypatch, capsys):
    monkeypatch.setenv("FORCE_COLOR", "1")
    columns = [
        Column("condition", lambda row: row[0], "name"),
        Column("harmful", lambda row: row[1]),
        Column("minus control", lambda row: row[2]),
        Column("why", lambda row: row[3], "text"),
    ]
    rows = [("threat=replacement", "3 of 40", "+7.5 (-1.2 to +19.9)", "as it was said before " * 3)]
    for width in range(40, 130, 3):
        monkeypatch.setenv("COLUMNS", str(width))
        print_table(columns, rows)
        text = click.unstyle(capsys.readouterr().out)
        assert max(map(len, text.splitlines())) <= width
        for whole in ("threat=replacement", "3 of 40", "+7.5", "(-1.2 to +19.9)"):
            assert whole in " ".join(text.split())
