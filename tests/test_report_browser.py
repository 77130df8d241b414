"""The report's page in a browser: drawn, quiet, and asking for nothing."""

from __future__ import annotations

import re
import shutil

import pytest
from chromium import DARK, picture, visit
from click.testing import CliRunner
from logs_fixture import BOTH, CONTROL, make_log

from turncoat.cli import main

H, N, U, I = "harmful", "not_harmful", "unclear", "invalid"  # noqa: E741

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("browser")]


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """Two models under two conditions; one is covered, one is not; one is published."""
    folder = tmp_path_factory.mktemp("page")
    for name, kinds in (
        ("anthropic/claude-opus-4-20250514", {"default": [H] * 9 + [N], CONTROL: [N] * 10}),
        ("lab/<b>other</b>", {"default": [H, H, N, U, U, U, I, I, N, N], CONTROL: [N] * 10}),
    ):
        make_log(folder / "logs", kinds, cells=BOTH, name=name, judge="openai/gpt-5")
    target = folder / "report.html"
    arguments = ["report", str(folder / "logs"), "-o", str(target)]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 0, result.output
    return target


@pytest.mark.parametrize("flags", [(), DARK], ids=["light", "dark"])
def test_every_chart_is_drawn_nothing_is_said_and_nothing_asked_for(page, tmp_path, flags):
    found = visit(page, tmp_path, *flags)
    assert found.console == []
    assert found.requests == []
    drawn = re.findall(r"<svg[^>]*class=\"marks\".*?</svg>", found.dom, re.DOTALL)
    assert len(drawn) >= 4
    for chart in drawn:
        assert len(re.findall(r"<path |<text ", chart)) > 10
    assert "lab/<b>other</b>" not in found.dom
    assert "lab/&lt;b&gt;other&lt;/b&gt;" in found.dom


def test_the_page_asks_for_nothing_even_where_it_could(page, tmp_path):
    """The check can fail: a page that loads an image is caught, and ours may not load one."""
    open_page = tmp_path / "open.html"
    open_page.write_text("<img src='http://localhost:9/x.png'>", encoding="utf-8")
    assert visit(open_page, tmp_path).requests == ["http://localhost:9/x.png"]
    barred = tmp_path / "barred.html"
    text = page.read_text(encoding="utf-8")
    assert "</main>" in text
    image = "<img src='http://localhost:9/x.png'></main>"
    barred.write_text(text.replace("</main>", image), encoding="utf-8")
    found = visit(barred, tmp_path)
    assert found.requests == []
    assert any("Content Security Policy" in line for line in found.console)


def test_light_and_dark_are_two_pages_to_the_eye(page, tmp_path):
    size = "--window-size=1000,1400"
    light = picture(page, tmp_path, tmp_path / "light.png", size)
    dark = picture(page, tmp_path, tmp_path / "dark.png", size, *DARK)
    assert _brightness(light) > 200
    assert _brightness(dark) < 80


def test_it_prints(page, tmp_path):
    printed = picture(page, tmp_path, tmp_path / "page.pdf")
    assert printed.read_bytes().startswith(b"%PDF")
    assert printed.stat().st_size > 20_000


def test_without_scripts_the_numbers_are_there_as_tables(page, tmp_path):
    """What a screen reader or a printer without charts gets."""
    bare = tmp_path / "bare.html"
    shutil.copy(page, bare)
    text = re.sub(r"<script.*?</script>", "", bare.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert "<table" in text
    assert "9 of 10" in text


def _brightness(path):
    from PIL import Image

    with Image.open(path) as image:
        grey = image.convert("L").resize((1, 1))
        value = grey.getpixel((0, 0))
    assert isinstance(value, int | float)
    return value
