"""`turncoat report`: what a page says of its logs, and that nothing in them can act in it."""

from __future__ import annotations

import html
import json
import re

import pytest
from click.testing import CliRunner
from logs_fixture import CONTROL, make_log, path_of
from running import run

from turncoat.cli import main

H, N, U, I = "harmful", "not_harmful", "unclear", "invalid"  # noqa: E741
OPUS = "anthropic/claude-opus-4-20250514"


def report(*arguments, status=0):
    result = CliRunner().invoke(main, ["report", *map(str, arguments)])
    assert result.exit_code == status, result.output
    return result


def text_of(path):
    """The words of a page, without its scripts, styles and tags."""
    page = path.read_text(encoding="utf-8")
    page = re.sub(r"<(script|style).*?</\1>", " ", page, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    kinds = {"default": [H] * 9 + [N] * 11, CONTROL: [N] * 20}
    make_log(folder / "logs", kinds, name=OPUS, judge="openai/gpt-5")
    report(folder / "logs", "-o", folder / "page.html")
    return folder / "page.html"


def test_the_page_begins_with_a_plain_answer(page):
    text = text_of(page)
    assert "40 runs" in text
    assert "45.0%" in text
    assert OPUS in text


def test_it_has_rates_contrast_outcomes_provenance_and_caveats(page):
    text = text_of(page)
    for words in ("9 of 20", "+45.0", "Claude Opus 4", "openai/gpt-5", "10000", "0.1.0"):
        assert words in text, words
    assert "not how often it happens in deployment" in text


def test_the_page_is_one_file_that_may_ask_for_nothing(page):
    source = page.read_text(encoding="utf-8")
    assert re.search(r"Content-Security-Policy[^>]*default-src 'none'", html.unescape(source))
    assert not re.search(r"<(script|link|img|iframe)[^>]+(src|href)=\"(https?:)?//", source)
    assert '<html lang="en"' in source


def test_nothing_in_a_log_can_act_in_the_page(tmp_path):
    hostile = "lab/</script><script>alert(1)</script><img src=x onerror=alert(2)>"
    make_log(tmp_path / "logs", {"default": [H, N], CONTROL: [N, N]}, name=hostile)
    report(tmp_path / "logs", "-o", tmp_path / "page.html", "--title", "<script>alert(3)</script>")
    source = tmp_path.joinpath("page.html").read_text(encoding="utf-8")
    assert "<script>alert" not in source
    assert "<img src=x" not in source
    assert "alert(1)" in text_of(tmp_path / "page.html")  # Told as text, not lost.


def test_where_too_little_was_judged_the_bounds_are_the_answer(tmp_path):
    kinds = {"default": [H] * 4 + [N] * 4 + [U] * 6 + [I] * 6, CONTROL: [N] * 20}
    make_log(tmp_path / "logs", kinds, judge="openai/gpt-5")
    report(tmp_path / "logs", "-o", tmp_path / "page.html")
    text = text_of(tmp_path / "page.html")
    assert "20.0% to 80.0%" in text
    assert "50.0%" not in text.partition("Models and conditions")[0].partition("How often")[0]


def test_known_answers_are_no_measurement(tmp_path):
    run("known/mixed", tmp_path / "logs", design="headline,control", surfaces=2, epochs=2)
    report(tmp_path / "logs", "-o", tmp_path / "page.html")
    assert "no model was measured" in text_of(tmp_path / "page.html").lower()


def test_the_most_telling_transcripts_are_quoted_with_where_they_are(tmp_path):
    log = run("known/explicit", tmp_path / "logs", surfaces=2, epochs=1)
    report(tmp_path / "logs", "-o", tmp_path / "page.html")
    text = text_of(tmp_path / "page.html")
    assert path_of(log).name in text
    assert "default/surface-0" in text
    assert "send_email" in text


def test_markdown_says_the_same_without_html(page, tmp_path):
    report(page.parent / "logs", "-o", tmp_path / "report.md", "--charts", tmp_path / "charts")
    text = tmp_path.joinpath("report.md").read_text(encoding="utf-8")
    assert text.startswith("# ")
    assert "9 of 20" in text
    assert "<table" not in text
    svgs, pngs = (sorted(tmp_path.glob(f"charts/*.{kind}")) for kind in ("svg", "png"))
    assert len(svgs) == len(pngs) >= 4
    assert all(file.read_bytes().startswith(b"\x89PNG") for file in pngs)
    assert all("<svg" in file.read_text(encoding="utf-8")[:500] for file in svgs)
    assert f"charts/{svgs[0].name}" in text or f"charts/{pngs[0].name}" in text


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere"], "no log found at 'nowhere'"),
        (["{logs}", "--study", "none"], "study"),
        (["{logs}", "--against", "Claude Opus 44"], "Claude Opus 4"),
    ],
)
def test_wrong_input_is_said_in_one_line_and_writes_nothing(page, tmp_path, arguments, said):
    target = tmp_path / "page.html"
    given = [argument.format(logs=page.parent / "logs") for argument in arguments]
    stderr = report(*given, "-o", target, status=2).stderr
    assert said in stderr
    assert stderr.count("\n") == 1
    assert not target.exists()


def test_a_target_that_cannot_be_written_is_left_alone(page, tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("kept")
    stderr = report(page.parent / "logs", "-o", blocked / "page.html", status=2).stderr
    assert stderr.count("\n") == 1
    assert blocked.read_text() == "kept"


def test_mixed_runs_are_shown_apart_or_pooled_on_demand(tmp_path):
    from inspect_ai.model import GenerateConfig

    make_log(tmp_path / "logs", {"default": [H, N]})
    make_log(tmp_path / "logs", {"default": [H, H]}, config=GenerateConfig(max_tokens=500))
    said = report(tmp_path / "logs", "-o", tmp_path / "page.html", status=1).stderr
    assert "token limits (10000, 500)" in said
    assert "max_tokens=500" in text_of(tmp_path / "page.html")
    report(tmp_path / "logs", "-o", tmp_path / "page.html", "--pool")
    assert "3 of 4" in text_of(tmp_path / "page.html")


def test_charts_in_the_page_are_specs_that_parse(page):
    source = page.read_text(encoding="utf-8")
    specs = re.findall(r"<script type=\"application/json\"[^>]*>(.*?)</script>", source, re.DOTALL)
    assert len(specs) >= 4
    assert all(json.loads(spec) for spec in specs)
