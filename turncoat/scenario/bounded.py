"""A folder from a stranger is read in a child process that has limits of time and memory.

What a template or a file may do is counted and refused one by one (`sandbox`, `yamlfile`, `files`);
whatever is found next to get round that ends the child, and not the process that started it.
"""

from __future__ import annotations

import contextlib
import io
import math
import os
import signal
import sys
import tempfile
import time
import traceback
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

from turncoat._util.errors import TurncoatError
from turncoat._util.places import data_folder
from turncoat.scenario.faults import shown

SECONDS = 120
"""Seconds of computing; a family as large as the packaged ones takes a quarter of it."""
WAITED = 2 * SECONDS
"""Seconds that may pass."""
MEMORY = 1024**3
"""Bytes that may be taken beside what the process has already."""
_FAULT, _CRASH = 97, 98
"""Status of a child that raised a `TurncoatError`, and of one that raised anything else."""


_inside = False


def needs_bounds(folder: Path) -> bool:
    """Whether a folder is to be read in bounds: not a packaged one, and we are not there yet.

    Args:
        folder: A scenario folder.
    """
    return not _inside and not folder.resolve().is_relative_to(data_folder("scenarios").resolve())


def bounded(
    folder: Path, work: Callable[[], object], *, quiet: bool = False, waits: bool = False
) -> int:
    """Does something with a scenario folder in a child process with limits; waits for its end.

    What the child prints appears as if it were printed here. Where processes cannot be forked the
    work is done here, under the limits of the sandbox alone.

    Args:
        folder: The folder, for the message.
        work: What to do; an exit status (`SystemExit`) that it raises is the child's.
        quiet: Let it print nothing.
        waits: It may take as long as it likes, for a model's answers, say.

    Returns:
        The exit status: 0 unless the work set another.

    Raises:
        TurncoatError: The work raised one, was ended by a limit, or failed in any other way.
    """
    if not hasattr(os, "fork"):
        work()
        return 0
    with tempfile.TemporaryDirectory() as held:
        out, err, problem = (Path(held, name) for name in ("out", "err", "problem"))
        sys.stdout.flush()
        sys.stderr.flush()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # Threads are none of the child's.
            child = os.fork()
        if not child:
            if quiet:
                sys.stdout, sys.stderr = io.StringIO(), io.StringIO()
            _be_child(work, out, err, problem)
        status = _ended(child, math.inf if waits else WAITED)
        if not quiet:
            _pass_on(out, sys.stdout)
            _pass_on(err, sys.stderr)
        if status is None or status < 0:
            raise TurncoatError(f"{shown(folder)}: {_why(status)}; {_ADVICE}")
        if status in (_FAULT, _CRASH):
            said = problem.read_text(encoding="utf-8", errors="replace")
            if status == _FAULT:
                raise TurncoatError(said)
            raise TurncoatError(f"{shown(folder)}: cannot be read: {said}; {_ADVICE}")
        return status


_ADVICE = "a scenario has no need of that. Look at its templates and files before you use it"


def _be_child(work: Callable[[], object], out: Path, err: Path, problem: Path) -> None:
    """The child's whole life."""
    global _inside  # noqa: PLW0603 - a process is either inside or not.
    _inside = True
    status = _CRASH
    try:
        _limit()
        if not _is_real(sys.stdout):
            sys.stdout = out.open("w", encoding="utf-8", errors="replace")
        if not _is_real(sys.stderr):
            sys.stderr = err.open("w", encoding="utf-8", errors="replace")
        try:
            work()
            status = 0
        except SystemExit as end:
            status = end.code if isinstance(end.code, int) else int(end.code is not None)
        except TurncoatError as error:
            problem.write_text(str(error), encoding="utf-8", errors="replace")
            status = _FAULT
        sys.stdout.flush()
        sys.stderr.flush()
    except MemoryError:
        problem.write_text(f"it takes more than {MEMORY // 1024**2} MiB of memory")
    except BaseException as error:  # Whatever it is, it is the folder's, and it is told.
        with contextlib.suppress(BaseException):
            last = traceback.format_exception_only(error)[-1].strip()[:300]
            problem.write_text(last, encoding="utf-8", errors="replace")
    finally:
        os._exit(status)


def _limit() -> None:
    import resource

    held = 0
    with contextlib.suppress(OSError):
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        held = pages * resource.getpagesize()
    used = resource.getrusage(resource.RUSAGE_SELF)
    spent = int(used.ru_utime + used.ru_stime)  # A child begins at nothing; some systems differ.
    for what, most in (
        (resource.RLIMIT_CPU, spent + SECONDS),
        (resource.RLIMIT_AS, held + MEMORY if held else resource.RLIM_INFINITY),
        (resource.RLIMIT_CORE, 0),
    ):
        with contextlib.suppress(ValueError, OSError):
            hard = resource.getrlimit(what)[1]
            resource.setrlimit(what, (min(most, hard) if hard >= 0 and most >= 0 else most, hard))
    signal.signal(signal.SIGXCPU, signal.SIG_DFL)


def _is_real(stream: TextIO) -> bool:
    """Whether a stream is a file of the system's, which a child shares."""
    try:
        return stream.fileno() in (1, 2)
    except (OSError, ValueError, AttributeError):
        return False


def _ended(child: int, waited: float) -> int | None:
    """The child's status, negative where a signal ended it; None where it took too long."""
    end, pause = time.monotonic() + waited, 0.002
    try:
        while time.monotonic() < end:
            done, status = os.waitpid(child, os.WNOHANG)
            if done:
                child = 0
                return os.waitstatus_to_exitcode(status)
            time.sleep(pause)
            pause = min(0.1, pause * 1.5)
        return None
    finally:
        if child:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)


def _pass_on(file: Path, stream: TextIO) -> None:
    if file.exists():
        stream.write(file.read_text(encoding="utf-8", errors="replace"))


def _why(status: int | None) -> str:
    if status is None:
        return f"reading it takes more than {WAITED} seconds"
    if -status == signal.SIGXCPU:
        return f"reading it takes more than {SECONDS} seconds of computing"
    return f"reading it was ended by {signal.Signals(-status).name}"
