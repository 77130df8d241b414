"""A sweep's shards as tasks of a Ray cluster.

Ray holds no state that matters: a task whose worker or node dies is begun again by Ray and goes
on from the logs, and after the death of the driver the same command does.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from typing import Any

from turncoat._util.errors import TurncoatError
from turncoat.sweep.running import Say, run_over
from turncoat.sweep.shard import Outcome, run_shard
from turncoat.sweep.spec import Sweep

AGAIN = 20
"""How often Ray begins a shard again whose worker or node died."""


def run_on_ray(sweep: Sweep, shards: Sequence[str], say: Say) -> list[Outcome]:
    """Runs shards on the cluster that `RAY_ADDRESS` names, or on one of this machine.

    Args:
        sweep: The sweep; every node has to reach its logs under the same path or URL.
        shards: Which of its shards.
        say: Tells people how far it is.

    Returns:
        How each ended, as far as they were begun.

    Raises:
        TurncoatError: Ray is not installed, or no cluster answers.
    """
    try:
        import ray
    except ImportError:
        raise TurncoatError(
            "--engine ray needs Ray: pip install 'turncoat[ray]' on every node; "
            "--engine local does without"
        ) from None
    try:
        ray.init(
            address=os.environ.get("RAY_ADDRESS"), log_to_driver=False, configure_logging=False
        )
    except (ConnectionError, ValueError, RuntimeError) as error:
        raise TurncoatError(f"no Ray cluster answers: {error}") from None
    remote: Any = ray.remote(num_cpus=1, max_retries=AGAIN)(run_shard)

    def submit(shard: str, connections: Mapping[str, int]) -> Future[Outcome]:
        future: Future[Outcome] = remote.remote(sweep, shard, connections, "none").future()
        return future

    try:
        return run_over(sweep, shards, submit, say)
    finally:
        ray.shutdown()
