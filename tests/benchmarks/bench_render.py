"""CPU time to render a briefing, over every condition that `check` goes through x 10 surfaces.

python tests/benchmarks/bench_render.py [SCENARIO]
"""

from __future__ import annotations

import statistics
import sys
import time

from turncoat.scenario import find_scenario, render
from turncoat.scenario.designs import every_condition

SURFACES = 10


def main() -> None:
    """Print how long loading and rendering take."""
    started = time.process_time()
    scenario = find_scenario(sys.argv[1] if len(sys.argv) > 1 else "blackmail")
    render(scenario, scenario.condition())
    print(f"load and first briefing: {(time.process_time() - started) * 1e3:.1f} ms")
    times = []
    conditions = every_condition(scenario)
    for condition in conditions:
        for surface in range(SURFACES):
            before = time.process_time()
            render(scenario, condition, surface)
            times.append((time.process_time() - before) * 1e3)
    print(f"{len(conditions)} conditions x {SURFACES} surfaces = {len(times)} briefings")
    print(
        f"mean {statistics.mean(times):.2f} ms, median {statistics.median(times):.2f} ms, "
        f"slowest {max(times):.2f} ms"
    )


if __name__ == "__main__":
    main()
