"""A batch on a local Ray of two workers, one of which is killed."""

from __future__ import annotations

import os
import signal
import threading
import time
import warnings

import pandas as pd
import psutil
import pytest

from api.jobs import Post, batch, get, work
from api.jobs.ray_executor import RayExecutor
from api.jobs.states import Shard
from api.store import open_store
from tests.api.databases import ALL
from tests.api.jobs.worlds import capacities, submitted

SHARDS = 30

pytestmark = [
    pytest.mark.slow,
    # the library's own, on the way of its connections and processes
    pytest.mark.filterwarnings("default::ResourceWarning", "default::FutureWarning", "default::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


def busy() -> list[psutil.Process]:
    """Return the processes of Ray below this one that run a task of ours."""
    found = []
    for child in psutil.Process().children(recursive=True):
        try:
            if child.name().startswith("ray::work"):
                found.append(child)
        except psutil.NoSuchProcess:
            continue
    return found


def test_a_killed_worker_of_ray_loses_nothing(postgresql_url: str) -> None:
    ray = pytest.importorskip("ray")
    # NB: Ray's workers are processes of their own start: they find the code where this process does
    os.environ.setdefault("PYTHONPATH", os.getcwd())
    with open_store(postgresql_url) as store:
        spec = capacities(*range(1, SHARDS + 1))
        job_id = submitted(store, spec)
        posts = [Post(postgresql_url, job_id, lease=3.0, hears_signals=False)] * 2
        ended: list[tuple[int, int]] = []
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            thread = threading.Thread(target=lambda: ended.extend(RayExecutor(processes=2).map(work, posts)))
            thread.start()
            killed = kill_one_at_work(store, job_id)
            thread.join(150)
        assert not thread.is_alive() and not ray.is_initialized()
        assert killed and sorted(ended) == [(0, 0), (1, 0)]
        with store.read(ALL) as tx:
            job, rows = get(tx, job_id), batch.table(tx, job_id)
    assert (job["state"], job["reason"]) == ("succeeded", "complete")
    expected = [max(0.0, 1 - 3 * c / 60) for c in range(1, SHARDS + 1)]  # it departs on three days
    pd.testing.assert_series_equal(rows["tier1_short"], pd.Series(expected, name="tier1_short"), atol=1e-6)


def kill_one_at_work(store: object, job_id: str) -> bool:
    """Kill one of the processes once shards are done and others run; return whether there was one."""
    until = time.monotonic() + 90
    while time.monotonic() < until:
        with store.read(ALL) as tx:  # type: ignore[attr-defined]
            counts = get(tx, job_id)["shards"]
        if counts[Shard.DONE] >= 3 and counts[Shard.RUNNING] and (found := busy()):
            os.kill(found[0].pid, signal.SIGKILL)
            return True
        time.sleep(0.05)
    return False
