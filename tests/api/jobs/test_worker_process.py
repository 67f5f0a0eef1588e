"""The command `worker` as a process: stopped, aborted, shut down and killed while a solver computes."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import psutil
import pytest

from api.jobs import State, Stopping, events_after, get, stop, submit
from api.store import Store, open_store, scenarios
from api.store import theatres as theatre_rows
from data.formats import load, load_scenario
from tests.api.databases import ALL

pytestmark = pytest.mark.slow

RUN = "import sys; from api.cli import main; sys.exit(main(sys.argv[1:]))"


@pytest.fixture
def store(postgresql_url: str) -> Iterator[Store]:
    """Return the database of a team: what SQLite does alike is tested without a process."""
    with open_store(postgresql_url) as opened:
        yield opened


@pytest.fixture
def long_job(store: Store) -> str:
    """Return a job that takes minutes."""
    theatre = load("europe")
    with store.begin(ALL) as tx:
        theatre_id = theatre_rows.add(tx, theatre, [load_scenario("europe", theatre, "renewed_attack")])
        found = scenarios.named(tx, theatre_id, "renewed_attack")["id"]
        return submit(tx, "plan", {"scenario": found})


@pytest.fixture
def worker(store: Store) -> Iterator[subprocess.Popen[bytes]]:
    """Return a worker of one process."""
    command = [sys.executable, "-c", RUN, "worker", "--database", store.url]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        yield process
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)


def until(store: Store, job_id: str, true: Callable[[dict[str, Any]], bool], seconds: float = 120) -> dict[str, Any]:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with store.read(ALL) as tx:
            job = get(tx, job_id)
        if true(job):
            return job
        time.sleep(0.1)
    raise AssertionError(f"not in {seconds} s: {job}")


def solving(job: dict[str, Any]) -> bool:
    return job["phase"] == "solving"


def test_a_running_job_is_stopped_with_its_best(store: Store, long_job: str, worker: object) -> None:
    until(store, long_job, solving)
    time.sleep(2)
    with store.begin(ALL) as tx:
        stop(tx, long_job, Stopping.KEEP_BEST)
    job = until(store, long_job, lambda job: job["state"] == State.STOPPED)
    assert job["reason"] in ("feasible", "optimal") and job["result"]["plan"]
    with store.read(ALL) as tx:
        told = [event["event"] for event in events_after(tx, long_job)]
    assert told[0] == "state" and "progress" in told and "stop" in told


def test_a_worker_that_is_shut_down_queues_its_job_again(
    store: Store, long_job: str, worker: subprocess.Popen[bytes]
) -> None:
    until(store, long_job, solving)
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(30) == 0
    job = until(store, long_job, lambda job: job["state"] == State.QUEUED, 1)
    assert (job["attempts"], job["owner"]) == (0, "")


def test_an_aborted_job_is_over_at_once_and_its_worker_takes_the_next(
    store: Store, long_job: str, worker: subprocess.Popen[bytes]
) -> None:
    until(store, long_job, solving)
    with store.begin(ALL) as tx:
        stop(tx, long_job, Stopping.ABORT)
        request = get(tx, long_job)["request"]
        following = submit(tx, "plan", {**request, "deadline": 1.0})
    job = until(store, following, lambda job: job["state"] == State.SUCCEEDED)
    assert job["reason"] in ("feasible", "optimal")
    with store.read(ALL) as tx:
        assert get(tx, long_job)["state"] == State.CANCELLED


def test_a_killed_process_is_begun_again_and_takes_its_job_up(
    store: Store, long_job: str, worker: subprocess.Popen[bytes]
) -> None:
    until(store, long_job, solving)
    for child in psutil.Process(worker.pid).children():
        for process in child.children():
            process.kill()
    again = until(store, long_job, lambda job: job["attempts"] == 2 and solving(job))
    assert again["state"] == State.RUNNING
