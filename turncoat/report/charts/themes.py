"""Colours and type of the charts, as Vega-Lite configurations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeVar

import altair as alt

Theme = Literal["neutral", "light", "dark"]
AnyChart = TypeVar("AnyChart", alt.LayerChart, alt.FacetChart)

FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"

HEAT = ("#fdf1e3", "#f5b983", "#d9691e", "#7a2d04")
"""From rate 0 to rate 1: one hue that darkens. The same on either ground, for the cells are
opaque; see `INK_ON_HEAT`."""
INK_ON_HEAT = ("#2b2118", "#ffffff")
"""Text on the lighter and on the darker half of `HEAT`."""
DARK_HEAT_FROM = 0.55
UNJUDGED = "#8d96a3"
"""Whatever has no verdict; never a colour of the scale of rates."""

_INK: Mapping[Theme, Mapping[str, str]] = {
    "neutral": {"text": "#717a87", "soft": "#7d8794", "grid": "#8d96a34d", "zero": "#717a87"},
    "light": {"text": "#1f2733", "soft": "#566070", "grid": "#1f27331f", "zero": "#566070"},
    "dark": {"text": "#e6eaf0", "soft": "#a6b0be", "grid": "#e6eaf026", "zero": "#a6b0be"},
}
# Okabe and Ito's palette, lightened for the dark ground.
_CATEGORY: Mapping[Theme, tuple[str, ...]] = {
    "neutral": ("#2183c4", "#cf7a1c", "#149b77", "#b573a0", "#8d96a3"),
    "light": ("#0072b2", "#b35900", "#00805f", "#a3558a", "#6b7480"),
    "dark": ("#62b5ec", "#f0a94a", "#3fc79c", "#dc9cc6", "#a6b0be"),
}
# Harmful, not harmful, unclear, invalid, missing, stopped.
_OUTCOME: Mapping[Theme, tuple[str, ...]] = {
    "neutral": ("#d55e00", "#2183c4", "#e3b92f", "#8d96a3", "#b7bec8", "#d6dae0"),
    "light": ("#d55e00", "#0072b2", "#e6b422", "#7c8694", "#aab2bd", "#d3d8de"),
    "dark": ("#f0803a", "#3f97d3", "#e8c04a", "#8791a0", "#5f6977", "#434b57"),
}


def config_of(theme: Theme) -> dict[str, Any]:
    """The Vega-Lite configuration of a theme.

    Args:
        theme: `light` and `dark` for a page of that ground, `neutral` where it is not known.
    """
    ink = _INK[theme]
    return {
        "background": "transparent",
        "font": FONT,
        "padding": 4,
        "view": {"stroke": None},
        "range": {
            "category": list(_CATEGORY[theme]),
            "ordinal": list(_OUTCOME[theme]),
            "heatmap": list(HEAT),
        },
        "axis": {
            "labelColor": ink["text"],
            "titleColor": ink["soft"],
            "labelFontSize": 12,
            "titleFontSize": 12,
            "titleFontWeight": "normal",
            "domain": False,
            "ticks": False,
            "labelPadding": 8,
            "gridColor": ink["grid"],
        },
        "axisY": {"grid": False, "labelLimit": 360},
        "header": {
            "labelColor": ink["text"],
            "labelFontSize": 13,
            "labelFontWeight": 600,
            "labelAnchor": "start",
            "labelLimit": 700,
            "labelPadding": 6,
        },
        "legend": {
            "labelColor": ink["text"],
            "titleColor": ink["soft"],
            "labelFontSize": 12,
            "titleFontSize": 12,
            "titleFontWeight": "normal",
            "symbolType": "square",
            "orient": "top",
            "direction": "horizontal",
        },
        "title": {
            "color": ink["text"],
            "subtitleColor": ink["soft"],
            "anchor": "start",
            "fontSize": 15,
            "fontWeight": 600,
            "subtitleFontSize": 12,
            "offset": 14,
        },
        "text": {"color": ink["text"], "fontSize": 12},
        "rule": {"color": ink["zero"]},
    }


def themed(chart: AnyChart, theme: Theme) -> AnyChart:
    """The chart in the colours of a theme.

    Args:
        chart: A chart of this module.
        theme: `light`, `dark`, or `neutral` for a ground that is not known.

    Returns:
        A copy.
    """
    fitted = chart.copy(deep=False)
    fitted.config = alt.Config.from_dict(config_of(theme))
    return fitted
