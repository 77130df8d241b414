"""A report's files: written whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

from turncoat._util.errors import TurncoatError
from turncoat._util.keys import without_keys
from turncoat.report.content import CaptionedChart

PNG_SCALE = 2.0
WHITE = "#ffffff"
"""Ground of the charts' files: they go onto paper and slides."""


def require_charts() -> None:
    """Makes sure that charts can be drawn.

    Raises:
        TurncoatError: Altair or vl-convert is not installed.
    """
    missing = [name for name in ("altair", "vl_convert") if find_spec(name) is None]
    if missing:
        names = " and ".join(name.replace("_", "-") for name in missing)
        raise TurncoatError(f"charts need {names}: pip install 'turncoat[analysis]'")


def write_whole(path: Path, content: str | bytes) -> None:
    """Writes a file in one step, so that nobody meets half of it.

    Args:
        path: Where.
        content: Text, or bytes.

    Raises:
        TurncoatError: It cannot be written; what was there before is still there.
    """
    target = path.resolve()  # A link stays one.
    half = target.with_name(f".{target.name}.{os.getpid()}.half")
    data = content.encode("utf-8", "replace") if isinstance(content, str) else content
    try:
        if path.exists() and not path.is_file() and not path.is_dir():
            path.write_bytes(data)  # A terminal, or a pipe.
            return
        half.write_bytes(data)
        half.replace(target)
    except OSError as error:
        with suppress(OSError):  # Of a folder that is none, for example.
            half.unlink(missing_ok=True)
        raise TurncoatError(f"{path}: cannot be written ({error.strerror})") from None


def write_charts(folder: Path, figures: Sequence[CaptionedChart]) -> None:
    """Writes every chart as SVG and as PNG, in the colours of a light page on white.

    Args:
        folder: Where; made if it is not there.
        figures: The charts.

    Raises:
        TurncoatError: The folder cannot be made or written to.
    """
    import vl_convert

    from turncoat.report.charts.themes import config_of
    from turncoat.report.page import VEGA_LITE

    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise TurncoatError(f"--charts {folder}: cannot be made ({error.strerror})") from None
    for figure in figures:
        bare = without_keys(figure.chart.to_dict())
        spec = {**bare, "config": config_of("light"), "background": WHITE}
        svg = vl_convert.vegalite_to_svg(spec, vl_version=VEGA_LITE)
        write_whole(folder / f"{figure.name}.svg", svg)
        write_whole(folder / f"{figure.name}.png", vl_convert.svg_to_png(svg, scale=PNG_SCALE))
