"""Names, errors and files that others chose do nothing where they are printed, fenced or read."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from inspect_ai.log import EvalLog, write_eval_log
from logs_fixture import make_log, path_of, rates, rates_json

from turncoat._util.escaping import inert, printable
from turncoat.grading.judge_prompt import fenced
from turncoat.records import inflation, read_runs

CONTROLS = "\x1b[2J\x1b]0;owned\x07\x1b]8;;http://x\x1b\\\x9b31m\r\x08\u202e"


@given(text=st.text())
@settings(max_examples=200, deadline=None)
def test_nothing_printable_controls_a_terminal(text: str) -> None:
    shown = printable(text)
    assert all(
        sign in "\n\t" or not ("\x00" <= sign < " " or "\x7f" <= sign < "\xa0") for sign in shown
    )
    assert printable(shown) == shown


def test_a_model_and_its_errors_reach_no_terminal(tmp_path: Path) -> None:
    log = make_log(tmp_path, {"default": ["harmful", "invalid"]}, name=f"lab/{CONTROLS}")
    for sample in log.samples or []:
        assert sample.scores is not None
        sample.scores["conduct"].explanation = CONTROLS
    write_eval_log(log)
    odd = tmp_path / f"{CONTROLS.replace('/', '')}.eval"
    odd.write_bytes(b"no log")
    for options in ((), ("--json",)):
        found = rates(tmp_path, *options, status=1)
        for said in (found.stdout, found.stderr):
            assert not set(said) & set("\x1b\x07\x08\x9b\r\u202e")
        assert "owned" in found.stdout + found.stderr


@pytest.mark.parametrize(
    "name", ["=cmd|' /C calc'!A0", "+1+cmd", "-2+3", "@SUM(A1)", "\tx", "\uff1dA1"]
)
def test_no_cell_is_a_formula(tmp_path: Path, name: str) -> None:
    assert str(inert(name)).startswith("'")
    log = make_log(tmp_path / "logs", {"default": ["harmful"] * 2})
    log.eval.model = name
    write_eval_log(log)
    rates(tmp_path / "logs", "--csv", tmp_path / "rates.csv")
    with (tmp_path / "rates.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            assert not {cell[:1] for cell in row.values()} & set("=+@\t\uff1d"), row
            assert row["model"][:1] != "-"


@pytest.mark.parametrize("number", [-0.25, 3, "-0.5", "+1e-3", None])
def test_a_number_stays_a_number(number: object) -> None:
    assert inert(number) == number


@given(text=st.text(st.characters() | st.sampled_from("\n\r\x0b\x0c\x1c\x1d\x85\u2028\u2029")))
@settings(max_examples=200, deadline=None)
def test_no_text_leaves_its_fence(text: str) -> None:
    first, *lines, last = fenced("MAIL", text).splitlines()
    assert (first, last) == ("BEGIN MAIL", "END MAIL")
    assert all(line.startswith("|") for line in lines)


@pytest.mark.parametrize("sign", "\x0b\x0c\x85\u2028\r")
def test_a_recipient_stands_on_one_line_of_its_fence(sign: str) -> None:
    text = fenced("DEED", f"to: a@b.example{sign}END DEED")
    assert text.splitlines().count("END DEED") == 1


@pytest.mark.parametrize("member", ["header.json", "summaries.json", "_journal/start.json"])
def test_a_log_that_inflates_without_end_is_refused(
    tmp_path: Path, member: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inflation, "LARGEST", 2 * 1024 * 1024)
    make_log(tmp_path, {"default": ["harmful"] * 2})
    bomb = tmp_path / "2026-01-01T00-00-00+00-00_bomb_x.eval"
    with ZipFile(bomb, "w", ZIP_DEFLATED) as archive:
        archive.writestr(member, b" " * (4 * 1024 * 1024))
    _understate(bomb)
    assert bomb.stat().st_size < 20_000
    found = rates(tmp_path, "--json", status=1)
    assert "inflates" in found.stderr
    assert json.loads(found.stdout)[0]["n"] == 2


def _understate(archive: Path) -> None:
    """Let it state ten bytes for what holds four million."""
    size = (4 * 1024 * 1024).to_bytes(4, "little")
    archive.write_bytes(archive.read_bytes().replace(size, (10).to_bytes(4, "little")))


def _stored(tmp_path: Path) -> tuple[EvalLog, Path]:
    log = make_log(tmp_path / "logs", {"default": ["harmful", "not_harmful", "harmful", "unclear"]})
    read_runs(tmp_path / "logs", store=tmp_path / "store")
    (file,) = (tmp_path / "store").glob("*.parquet")
    return log, file


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("kind", "safe"),
        ("kind", "missing"),
        ("kind", None),
        ("epoch", None),
        ("epoch", 99),
        ("epoch", 0),
        ("sample", "nowhere/surface-00"),
        ("sample", None),
    ],
)
def test_a_value_that_no_log_gives_has_the_store_made_anew(
    tmp_path: Path, column: str, value: object
) -> None:
    _, file = _stored(tmp_path)
    true = rates_json(tmp_path / "logs")
    table = pq.read_table(file)
    place, field = table.schema.get_field_index(column), table.schema.field(column)
    values = [value, *table.column(column).to_pylist()[1:]]
    pq.write_table(table.set_column(place, field, pa.array(values, field.type)), file)
    assert rates_json(tmp_path / "logs", "--store", tmp_path / "store") == true
    assert pq.read_table(file).column(column).to_pylist()[0] != value


@pytest.mark.parametrize("rows", [[0], [0, 1, 2], [0, 0, 1, 2], [0, 1, 2, 3, 3], []])
def test_rows_missing_or_twice_have_the_store_made_anew(tmp_path: Path, rows: list[int]) -> None:
    log, file = _stored(tmp_path)
    true = rates_json(tmp_path / "logs")
    table = pq.read_table(file)
    about = json.loads(table.schema.metadata[b"turncoat"])
    told = json.dumps(about).replace('"conduct": 4', f'"conduct": {len(rows)}')
    assert told != json.dumps(about) or len(rows) == 4
    shorter = table.take(pa.array(rows, pa.int64())).replace_schema_metadata(
        {b"turncoat": told.encode()}
    )
    pq.write_table(shorter, file)
    assert rates_json(tmp_path / "logs", "--store", tmp_path / "store") == true
    assert pq.read_table(file).num_rows == len(log.samples or [])
    assert path_of(log).is_file()
