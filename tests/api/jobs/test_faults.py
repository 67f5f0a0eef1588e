"""Killed at random, a batch ends with exactly the results of an undisturbed one."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pandas as pd
import psutil
import pytest
import sqlalchemy as sa

from api.jobs import Post, State, batch, get, work
from api.jobs.batch_spec import BatchSpec
from api.store import Store, open_store
from data.formats import save
from optimizer import ProcessPool
from tests.api.databases import ALL
from tests.api.jobs.worlds import capacities, submitted
from tests.worlds import build

SHARDS, KILLS, WORKERS = 200, 20, 2
LEASE = 3.0

pytestmark = pytest.mark.slow


def spec() -> BatchSpec:
    return capacities(*(i / 8 for i in range(1, SHARDS + 1)))


def results(store: Store, job_id: str) -> pd.DataFrame:
    with store.read(ALL) as tx:
        job = get(tx, job_id)
        assert (job["state"], job["reason"]) == (State.SUCCEEDED, "complete"), job
        assert job["shards"] == {"waiting": 0, "running": 0, "done": SHARDS, "failed": 0}
        return batch.table(tx, job_id).drop(columns="seconds")


def run(store: Store, job_id: str) -> threading.Thread:
    def fan() -> None:
        pool = ProcessPool(WORKERS, most_runs=100, preload=("api.jobs.worker",))
        for _ in pool.map(work, [Post(store.url, job_id, LEASE)] * WORKERS):
            pass

    thread = threading.Thread(target=fan)
    thread.start()
    return thread


def workers() -> list[psutil.Process]:
    """Return the processes that work: children of the fork server, which is a child of this process."""
    return [worker for child in psutil.Process().children() for worker in child.children()]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    with open_store(f"sqlite:///{tmp_path_factory.mktemp('calm') / 'calm.db'}") as store:
        job_id = submitted(store, spec())
        run(store, job_id).join()
        return results(store, job_id)


def test_workers_killed_twenty_times_change_nothing(store: Store, undisturbed: pd.DataFrame) -> None:
    # NB: a shard may be hit several times by chance; after three times it would be taken for what kills its workers
    job_id = submitted(store, spec(), most_attempts=KILLS)
    dice, killed, thread = random.Random(6), 0, run(store, job_id)
    while thread.is_alive() and killed < KILLS:
        time.sleep(dice.uniform(0.05, 0.5))
        if found := workers():
            os.kill(dice.choice(found).pid, signal.SIGKILL)
            killed += 1
        if not store.single_compartment and killed % 5 == 4:
            with store.engine.begin() as connection:  # a connection lost, in the middle of whatever it did
                connection.execute(sa.text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE "
                                           "application_name = current_setting('application_name') "
                                           "AND pid <> pg_backend_pid()"))  # fmt: skip
    thread.join(240)
    assert not thread.is_alive() and killed == KILLS
    pd.testing.assert_frame_equal(results(store, job_id), undisturbed)


def test_the_command_killed_with_all_its_processes_goes_on(tmp_path: Path, undisturbed: pd.DataFrame) -> None:
    theatre, scenario = build(horizon=4)
    save(tmp_path / "world", theatre, [scenario])
    texts = "\n".join(f"    {i / 8:g}: 'links[link=D-S].capacity = {i / 8:g}'" for i in range(1, SHARDS + 1))
    (tmp_path / "spec.yaml").write_text(f"theatre: world\nscenarios: [test]\nchanges:\n  cap:\n{texts}\n")
    command = [sys.executable, "-c", "import sys; from api.cli import main; sys.exit(main(sys.argv[1:]))", "batch",
               str(tmp_path / "spec.yaml"), "--out", str(tmp_path / "out"), "--json"]  # fmt: skip
    for seconds, all_of_it in ((3.0, False), (3.5, True)):
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, start_new_session=True) as process:
            time.sleep(seconds)
            if all_of_it:
                os.killpg(process.pid, signal.SIGKILL)
            else:
                process.kill()
    done = subprocess.run(command, stdout=subprocess.PIPE, check=False)
    assert done.returncode == 0, done.stdout
    again = pd.read_parquet(tmp_path / "out" / "results.parquet").drop(columns="seconds")
    pd.testing.assert_frame_equal(again, undisturbed)
