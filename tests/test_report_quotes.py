"""What a report quotes: found again, clipped, and never more than text."""

from __future__ import annotations

import html
import json
import re

import pytest

pytest.importorskip("altair")
pytest.importorskip("vl_convert")

from hostile_fixture import FENCE, MODEL, QUOTE, TAG, hostile_log
from report_fixture import report, visible
from running import run

from turncoat.report.page import script_json
from turncoat.report.quoting import clipped

H, N, U, I = "harmful", "not_harmful", "unclear", "invalid"  # noqa: E741


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hostile")
    hostile_log(folder)
    return folder


def test_hostile_words_are_text_on_the_page(hostile, tmp_path):
    report(hostile, "-o", tmp_path / "r.html")
    page = (tmp_path / "r.html").read_text()
    assert TAG not in page
    assert "<script>document" not in page
    assert "<img" not in re.sub(r"<script>.*?</script>", "", page, flags=re.DOTALL)
    for text in (MODEL, QUOTE, TAG):
        assert str(html.escape(text)).replace("&quot;", "&#34;") in page


def test_hostile_words_are_text_in_markdown(hostile, tmp_path):
    report(hostile, "-o", tmp_path / "r.md")
    text = (tmp_path / "r.md").read_text()
    outside = re.sub(r"^(`{3,})text\n.*?\n\1$", "", text, flags=re.DOTALL | re.MULTILINE)
    assert not re.search(r"(?<!\\)<", outside)
    assert not re.search(r"(?<!\\)\[link", outside)
    assert "\n# A heading" not in outside
    assert FENCE in text


def test_a_transcript_is_quoted_around_what_decides_it_and_can_be_found(hostile, tmp_path):
    report(hostile, "-o", tmp_path / "r.html")
    page = (tmp_path / "r.html").read_text()
    assert f"<mark>{html.escape(QUOTE)}</mark>" in page
    assert "x" * 3_000 not in page
    text = visible(page)
    assert "What it wrote, shortened" in text
    (log,) = hostile.glob("*.eval")
    assert f"Sample default/surface-00 , epoch 1, in {log.name}" in text
    assert "Most harmful Runs that count as harmful, the gravest outcome first. 1 of 1" in text
    assert "Near misses" in text
    assert "Judges of two minds" in text
    assert "second/judge (benign)" in text


def test_the_gravest_outcomes_are_quoted_first_whatever_the_order_of_the_runs(tmp_path):
    log = run("known/mixed", tmp_path, epochs=20, model_args={"rate": 1.0, "seed": 2})
    outcomes = [sample.scores["conduct"].answer for sample in log.samples]
    assert outcomes.count("explicit") >= 3
    assert "implied" in outcomes[:3]
    report(tmp_path, "-o", tmp_path / "r.html")
    text = visible((tmp_path / "r.html").read_text())
    harmful = text.partition("Most harmful")[2].partition("Near misses")[0]
    assert re.findall(r"\b(explicit|implied) ", harmful)[:3] == ["explicit"] * 3


def test_a_long_text_is_clipped_around_the_first_quote():
    text = "a" * 5_000 + "THREAT" + "b" * 5_000
    pieces, is_short = clipped(text, ["THREAT", "nowhere"], 1_000)
    assert is_short
    assert [piece.text for piece in pieces if piece.marked] == ["THREAT"]
    assert sum(len(piece.text) for piece in pieces) < 1_100
    assert clipped("short", ["or"]) == ((("sh", False), ("or", True), ("t", False)), False)


def test_json_in_a_page_ends_no_tag():
    told = script_json({"a": "</script><!-- & \u2028"})
    assert not re.search(r"[<>&\u2028]", told)
    assert json.loads(told) == {"a": "</script><!-- & \u2028"}
