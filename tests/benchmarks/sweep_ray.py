"""A sweep over a Ray cluster of two nodes on this machine, against a slow server on it.

    python tests/benchmarks/sweep_ray.py speed FOLDER    # one process and two nodes, 8 connections
    python tests/benchmarks/sweep_ray.py kills FOLDER    # worker, driver, second node, one by one

Needs `pip install 'turncoat[ray]'`. Every run must be there exactly once in the end, and the server
must never have had more calls under way than the sweep has connections.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

sys.path.insert(0, str(Path(__file__).parents[1]))

from sweep_fixture import Counting, client, counting, runs_in, spec_in, sums, sweep_json

CONNECTIONS = 8
MODELS = 4
SURFACES = 5
DRIVER = "from turncoat.cli import main; main()"


@contextmanager
def cluster() -> Iterator[Any]:
    """Two nodes of one worker each."""
    from ray.cluster_utils import Cluster

    two = Cluster(initialize_head=True, head_node_args={"num_cpus": 1})
    two.add_node(num_cpus=1)
    os.environ["RAY_ADDRESS"] = two.address
    try:
        yield two
    finally:
        del os.environ["RAY_ADDRESS"]
        two.shutdown()


def spec(folder: Path, found: Counting, epochs: int, workers: int) -> Path:
    """Four models, each with ten samples, judged by a fifth; all of one provider."""
    shutil.rmtree(folder, ignore_errors=True)
    return spec_in(
        folder,
        models=[client(found.server, f"agent-{number}") for number in range(MODELS)],
        graders=[client(found.server, "judge")],
        surfaces=SURFACES,
        epochs=epochs,
        connections={"openai": CONNECTIONS},
        workers=workers,
    )


def driver(file: Path, engine: str) -> subprocess.Popen[bytes]:
    """The command, as a process of its own."""
    command = [sys.executable, "-c", DRIVER, "sweep", "run", str(file), "--engine", engine]
    return subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )


def check(file: Path, found: Counting, epochs: int) -> None:
    """Every run once, and never too many calls at once."""
    code, standing = sweep_json("status", file)
    counts = sums(standing)
    runs = runs_in(file.parent / "logs")
    expected = MODELS * SURFACES * 2 * epochs
    print(
        f"{len(runs)} runs of {expected}, {len(runs) - len(set(runs))} twice; {counts}; "
        f"calls counted {standing['spent']['calls']}, at the server {len(found.server.requests)}; "
        f"at most {found.most[0]} of {CONNECTIONS} connections"
    )
    assert code == 0
    assert len(runs) == len(set(runs)) == counts["judged"] == expected
    assert found.most[0] <= CONNECTIONS


@click.group()
def main() -> None:
    """Proofs that take too long for the tests."""


@main.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--epochs", default=10)
@click.option("--seconds", default=1.0, help="Of a call.")
def speed(folder: Path, epochs: int, seconds: float) -> None:
    """The same sweep in one process, and on two nodes with half the connections each."""
    for engine, workers in (("local", 1), ("ray", 2)):
        with counting(seconds) as found:
            file = spec(folder / engine, found, epochs, workers)
            if engine == "ray":
                with cluster():
                    took = timed(file, engine, found)
            else:
                took = timed(file, engine, found)
            check(file, found, epochs)
            runs = MODELS * SURFACES * 2 * epochs
            print(
                f"{engine}: {took:.1f} s in all, {found.span:.1f} s from the first call to the "
                f"last, {runs / found.span:.2f} runs/s"
            )


def timed(file: Path, engine: str, found: Counting) -> float:
    """Seconds that the command takes."""
    start = time.monotonic()
    assert driver(file, engine).wait() == 0
    return time.monotonic() - start


@main.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--epochs", default=10)
@click.option("--seconds", default=0.5, help="Of a call.")
def kills(folder: Path, epochs: int, seconds: float) -> None:
    """A worker, the driver, and the second node die in turn, each amid the work."""
    with counting(seconds) as found, cluster() as two:
        file = spec(folder / "kills", found, epochs, 2)

        def after(calls: int, what: str, do: Callable[[], None]) -> None:
            until = len(found.server.requests) + calls
            while len(found.server.requests) < until and running.poll() is None:
                time.sleep(0.05)
            assert running.poll() is None, f"it ended before: {what}"
            print(f"{what} killed after {len(found.server.requests)} calls")
            do()

        def kill_driver() -> None:
            os.killpg(running.pid, signal.SIGKILL)
            running.wait()

        running = driver(file, "ray")
        after(100, "a worker", lambda: os.kill(next(workers_of(two)), signal.SIGKILL))
        after(150, "the driver", kill_driver)
        print("status says:", sweep_json("status", file)[1]["complete_with"])
        running = driver(file, "ray")
        second = two.worker_nodes.copy().pop()
        after(100, "the second node", lambda: two.remove_node(second, allow_graceful=False))
        print("ends with", running.wait())
        check(file, found, epochs)


def workers_of(two: Any) -> Iterator[int]:
    """Processes that run a shard, each a child of one of the cluster's raylets."""
    raylets = {
        info.process.pid for node in two.list_all_nodes() for info in node.all_processes["raylet"]
    }
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            lines = dict(
                line.split(":\t", 1) for line in status.read_text().splitlines() if ":\t" in line
            )
            title = (status.parent / "cmdline").read_text()
        except OSError:
            continue
        if int(lines["PPid"]) in raylets and title.startswith("ray::run_shard"):
            yield int(status.parent.name)


if __name__ == "__main__":
    main()
