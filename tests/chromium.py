"""Headless Chromium, driven by its command line: what a page drew, said and asked for."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    *("--disable-extensions", "--hide-scrollbars", "--virtual-time-budget=20000"),
)
DARK = ("--blink-settings=preferredColorScheme=0",)


class Visit(NamedTuple):
    """What came of opening a page."""

    dom: str
    """The page as it stood once its scripts had run."""
    console: list[str]
    """Whatever it wrote to the console."""
    requests: list[str]
    """Addresses that it asked for, its own file aside."""


def chromium() -> str:
    """The browser; where there is none the test is skipped, and fails in CI."""
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        reason = f"no Chromium on PATH ({', '.join(NAMES)}) or in CHROMIUM"
        if os.environ.get("CI"):
            pytest.fail(f"CI needs a browser: {reason}")
        pytest.skip(reason)
    return found


def visit(page: Path, folder: Path, *flags: str) -> Visit:
    """Opens a page in a browser that has never been used."""
    net = folder / "net.json"
    done = _run(
        page,
        folder,
        *flags,
        "--dump-dom",
        "--enable-logging=stderr",
        "--v=0",
        f"--log-net-log={net}",
    )
    console = re.findall(r"CONSOLE[^\n]*", done.stderr)
    return Visit(done.stdout, console, _requests(net))


def picture(page: Path, folder: Path, target: Path, *flags: str) -> Path:
    """A picture of a page (`.png`) or its print (`.pdf`)."""
    kind = "--print-to-pdf" if target.suffix == ".pdf" else "--screenshot"
    _run(page, folder, *flags, f"{kind}={target}")
    assert target.stat().st_size > 0
    return target


def _run(page: Path, folder: Path, *flags: str) -> subprocess.CompletedProcess[str]:
    profile = folder / "profile"
    shutil.rmtree(profile, ignore_errors=True)
    call = [chromium(), *FLAGS, f"--user-data-dir={profile}", *flags, page.as_uri()]
    return subprocess.run(call, capture_output=True, text=True, timeout=120, check=True)


def _requests(net: Path) -> list[str]:
    """What the page asked for, by the browser's own account of the network."""
    text = net.read_text(encoding="utf-8").rstrip().rstrip(",")
    try:
        events = json.loads(text)["events"]
    except json.JSONDecodeError:  # The browser may close before it has closed the list.
        events = json.loads(text + "]}")["events"]
    asked = [event["params"] for event in events if "initiator" in event.get("params", {})]
    # What the browser asks for on its own account has no origin.
    urls = {str(found["url"]) for found in asked if found["initiator"] != "not an origin"}
    return sorted(url for url in urls if re.match(r"(https?|wss?|ftp):", url))
