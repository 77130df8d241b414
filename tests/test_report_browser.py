"""The report in a browser: drawn in light and in dark, silent, and asking nobody for anything."""

from __future__ import annotations

import re

import pytest

pytest.importorskip("altair")
pytest.importorskip("vl_convert")

from chromium import opened, run
from click.testing import CliRunner
from hostile_fixture import ALERT, hostile_log
from logs_fixture import CONTROL, make_log

from turncoat.cli import main

pytestmark = pytest.mark.xdist_group("chromium")
CHARTS = ("forest", "heat-map", "control-contrasts", "outcomes")


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """Two models, one with too few verdicts; hostile words wherever a log can hold some."""
    folder = tmp_path_factory.mktemp("browser")
    kinds = {"default": ["harmful", "not_harmful"] * 5, CONTROL: ["not_harmful"] * 10}
    make_log(folder / "logs", kinds, judge="openai/gpt-5")
    hostile_log(folder / "logs")
    file = folder / "report.html"
    result = CliRunner().invoke(main, ["report", str(folder / "logs"), "-o", str(file)])
    assert result.exit_code == 0, result.output
    return file


def charts_of(document):
    """Id of each chart to the theme that it was drawn in, and its markup."""
    parts = re.split(r'<div class="chart[^"]*" id="([^"]+)" data-chart=""', document)[1:]
    found = {}
    for name, part in zip(parts[::2], parts[1::2], strict=True):
        markup = part[: part.index("</figure>")]
        theme = re.search(r'data-drawn="(\w+)"', markup)
        found[name] = (theme[1] if theme else "", markup)
    return found


@pytest.mark.parametrize(
    ("theme", "flags"), [("light", ()), ("dark", ("--force-dark-mode",))], ids=["light", "dark"]
)
def test_the_charts_are_drawn_and_nothing_is_asked_for(page, tmp_path, theme, flags):
    found = opened(page, tmp_path, *flags)
    assert found.console == []
    assert found.requests == []
    charts = charts_of(found.document)
    assert set(charts) == set(CHARTS)
    for name, (drawn, markup) in charts.items():
        assert drawn == theme, name
        assert markup.count("<svg") == 1, name
        assert markup.count("<path") > 10, name
    assert "anthropic/claude-opus-4-20250514" in charts["forest"][1]
    assert "96 of 100" in charts["forest"][1]


def test_on_a_phone_no_chart_is_wider_than_the_screen(page, tmp_path):
    measure = """<script>
    const wide = () => [...document.querySelectorAll("figure .wide")];
    const measure = () => { document.body.dataset.over = wide().map(
      (box) => Math.max(box.scrollWidth - box.clientWidth, box.clientWidth - innerWidth)); };
    new MutationObserver(measure).observe(
      document.documentElement, { attributeFilter: ["data-drawn"], subtree: true });
    measure();
    </script>"""
    bare = re.sub(r"<meta http-equiv=\"Content-Security-Policy\"[^>]*>", "", page.read_text())
    small = tmp_path / "small.html"
    before, end, after = bare.rpartition("</body>")  # Vega's own script has one too.
    small.write_text(f"{before}{measure}{end}{after}")
    (tmp_path / "browser").mkdir()
    found = opened(small, tmp_path / "browser", "--window-size=390,844")
    over = re.search(r'data-over="([^"]*)"', found.document)[1].split(",")
    assert len(over) == len(CHARTS)
    assert max(map(float, over)) <= 0
    assert all(drawn for drawn, _ in charts_of(found.document).values())


def test_words_from_a_log_never_run(page, tmp_path):
    found = opened(page, tmp_path)
    assert ALERT in found.document
    bare = re.sub(r"<script>.*?</script>", "", found.document, flags=re.DOTALL)
    assert "data-pwned" not in bare
    assert "<img" not in bare


def test_the_page_can_be_printed(page, tmp_path):
    pdf = tmp_path / "report.pdf"
    run(tmp_path / "profile", page, f"--print-to-pdf={pdf}", "--no-pdf-header-footer")
    assert pdf.read_bytes().startswith(b"%PDF")


def test_a_page_that_asks_for_something_would_be_noticed(tmp_path):
    bad = tmp_path / "bad.html"
    bad.write_text('<script src="http://127.0.0.1:9/x.js"></script><script>nowhere()</script>')
    (tmp_path / "browser").mkdir()
    found = opened(bad, tmp_path / "browser")
    assert "http://127.0.0.1:9/x.js" in found.requests
    assert any("nowhere" in line for line in found.console)
