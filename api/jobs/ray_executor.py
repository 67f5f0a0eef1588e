"""The executor on a Ray cluster (extra `[ray]`): tasks that each take shards from the database until none is left.

The cluster's copy of nothing is the truth: a task that is lost is run again, and shards that it had committed stay.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from api.errors import UseError

T = TypeVar("T")
R = TypeVar("R")

MOST_RUNS = 5  # of one task whose process or host is lost


class RayExecutor:
    """Runs tasks on the cluster this process is in or RAY_ADDRESS names, else on one of this host's own.

    It ends no more than it began: it disconnects, and never stops a cluster.
    """

    def __init__(self, processes: int | None = None) -> None:
        self.processes = processes

    def map(self, function: Callable[[T], R], tasks: Sequence[T]) -> Iterator[tuple[int, R]]:
        """Yield the position of each task with its result, as they end."""
        ray = _ray()
        joined = ray.is_initialized()
        if not joined:
            ray.init(num_cpus=self.processes, include_dashboard=False, log_to_driver=False, logging_level="error")
        try:
            remote = ray.remote(num_cpus=1, max_retries=MOST_RUNS)(function)
            open_tasks = {remote.remote(task): position for position, task in enumerate(tasks)}
            while open_tasks:
                for ended in ray.wait(list(open_tasks), num_returns=1, timeout=1.0)[0]:
                    yield open_tasks.pop(ended), ray.get(ended)
        finally:
            if not joined:
                ray.shutdown()


def _ray() -> Any:
    """Return the library with its reports to its makers off; UseError if the extra is not installed."""
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"  # before it is imported
    try:
        import ray
    except ImportError:
        raise UseError("--executor ray needs the extra: pip install 'casemate[ray]'") from None
    return ray
