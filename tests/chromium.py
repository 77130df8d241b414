"""Opening a page in headless Chromium: its document, what it logged, what it asked the net for."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--hide-scrollbars",
    "--virtual-time-budget=20000",
    "--enable-logging=stderr",
    "--v=0",
)


BROWSER = "not an origin"
"""How the net log calls who asks where it is the browser itself."""


class Opened(NamedTuple):
    """A page after its scripts have run."""

    document: str
    console: list[str]
    """Lines that the page wrote to the console: errors, and what its policy refused."""
    requests: list[str]
    """Addresses that the page asked for; what the browser asks for on its own is not among them."""


def chromium() -> str:
    """The browser; the test is skipped where there is none, and fails where CI is set."""
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        reason = "no Chromium on PATH, and CHROMIUM does not name one"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return found


def run(profile: Path, page: Path, *flags: str) -> subprocess.CompletedProcess[str]:
    """Runs the browser on a page, with a new profile.

    Args:
        profile: An empty folder.
        page: A file.
        flags: What it is to do.
    """
    call = [chromium(), *FLAGS, f"--user-data-dir={profile}", *flags, page.as_uri()]
    return subprocess.run(call, capture_output=True, text=True, timeout=120, check=True)


def opened(page: Path, folder: Path, *flags: str) -> Opened:
    """Opens a page and waits for its scripts.

    Args:
        page: A file.
        folder: An empty folder for the browser.
        flags: More flags, such as `--force-dark-mode`.
    """
    log = folder / "net.json"
    done = run(folder / "profile", page, "--dump-dom", f"--log-net-log={log}", *flags)
    console = [line for line in done.stderr.splitlines() if ":CONSOLE" in line]
    return Opened(done.stdout, console, _addresses(log))


def _addresses(log: Path) -> list[str]:
    """What a page asked for: requests that have an initiator, as the browser's own have not.

    The log is one event a line; its end is missing where the browser is quick to close.
    """
    found = {}
    decoder = json.JSONDecoder()
    for line in log.read_text(encoding="utf-8").splitlines():
        if '"initiator"' in line and line.startswith('{"params"'):
            asked = decoder.raw_decode(line)[0]["params"]
            if asked.get("initiator") != BROWSER and "url" in asked:
                found[asked["url"]] = None
    return list(found)
