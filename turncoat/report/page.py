"""A report as one HTML page that needs nothing but itself."""

from __future__ import annotations

import base64
import json
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from markupsafe import Markup

from turncoat._util.keys import without_keys
from turncoat.report.charts.layout import PLOT_WIDTH, TEXT_AT
from turncoat.report.charts.themes import config_of
from turncoat.report.content import CaptionedChart, Report

TEMPLATES = Path(__file__).parent / "templates"
VEGA_LITE = "6.4"
"""The version that Altair writes for."""
GLOBAL = "window.vegaEmbed = vegaEmbed;"


def html_page(report: Report) -> str:
    """The report as a page.

    All text goes through Jinja's escaping; charts lie in it as JSON that no tag can end. The
    page's policy lets run the two scripts that are in it, by their hash, and nothing else, and
    lets nothing be loaded.

    Args:
        report: What it says.

    Returns:
        HTML.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda text: text if isinstance(text, Markup) else without_keys(text),
    )
    vega = _vega() if report.figures else ""
    own = (TEMPLATES / "page.js").read_text(encoding="utf-8")
    style = (TEMPLATES / "page.css").read_text(encoding="utf-8")
    return environment.get_template("page.html.j2").render(
        report=report,
        policy=_policy([script for script in (vega, own) if script], style),
        style=Markup(style),
        vega=Markup(vega),
        own=Markup(own),
        themes=script_json(
            {
                "light": config_of("light"),
                "dark": config_of("dark"),
                "plot": PLOT_WIDTH,
                "text": TEXT_AT,
            }
        ),
        spec=lambda figure: script_json(bare_spec(figure)),
    )


def bare_spec(figure: CaptionedChart) -> dict[str, Any]:
    """A chart's specification without what the page says in its own words, and without colours.

    Args:
        figure: The chart.
    """
    spec = figure.chart.to_dict()
    for name in ("title", "config", "$schema"):
        spec.pop(name, None)
    return spec


def script_json(value: object) -> Markup:
    """A value as JSON that can stand in a script tag: no character in it can end one.

    Args:
        value: What `json` can write.
    """
    text = json.dumps(without_keys(value), ensure_ascii=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)


@cache
def _vega() -> str:
    """Vega, Vega-Lite and Vega-Embed as one script."""
    import vl_convert

    bundle = str(vl_convert.javascript_bundle(GLOBAL, vl_version=VEGA_LITE))
    # In a script tag only these could change what the tag holds.
    return bundle.replace("</script", "<\\/script").replace("<!--", "<\\!--")


def _policy(scripts: list[str], style: str) -> str:
    hashes = " ".join(f"'sha256-{_digest(script)}'" for script in scripts)
    return (
        f"default-src 'none'; script-src {hashes}; style-src 'sha256-{_digest(style)}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    return base64.b64encode(sha256(text.encode()).digest()).decode()
