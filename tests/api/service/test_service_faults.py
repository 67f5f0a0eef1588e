"""The service killed, told to end, and cut from its database while it works: nothing is lost."""

from __future__ import annotations

import signal
import time
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx2
import psutil
import pytest
import sqlalchemy as sa

from api.jobs import State, batch, records
from api.store import Store, open_store
from data.formats import load, load_scenario
from tests.api.databases import ALL
from tests.api.jobs.worlds import capacities, submitted
from tests.api.service.conftest import scenario_of, upload
from tests.api.service.processes import Running, serving
from tests.worlds import build

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

SHARDS = 60


def until(true: Callable[[], Any], seconds: float = 300) -> Any:
    end = time.monotonic() + seconds
    while not (found := true()):
        assert time.monotonic() < end
        time.sleep(0.05)
    return found


def job(store: Store, job_id: str) -> dict[str, Any]:
    with store.read(ALL) as tx:
        return records.get(tx, job_id)


def done(store: Store, job_id: str) -> dict[int, tuple[Any, ...]]:
    """Return what is kept of each finished shard: its result, its attempt, when it was done."""
    with store.read(ALL) as tx:
        rows = records.shard_rows(tx, job_id, "done")
    return {row["number"]: (row["result"], row["attempts"], row["finished_at"]) for row in rows}


def kill(service: Running, all_of_it: bool) -> None:
    own = psutil.Process(service.process.pid)
    for process in [own, *(own.children(recursive=True) if all_of_it else ())]:
        process.kill()
    service.process.wait(30)


@pytest.mark.parametrize("all_of_it", [False, True], ids=["the service", "all its processes"])
def test_a_service_killed_amid_its_jobs_goes_on_where_it_was(database_url: str, all_of_it: bool) -> None:
    with open_store(database_url) as store:
        batch_id = submitted(store, capacities(*(i / 8 for i in range(1, SHARDS + 1))))
        with serving(database_url, "--workers", "1") as service:
            scenario = service.client.get("/v1/scenarios").json()["items"][0]["id"]
            key = {"Idempotency-Key": "one"}
            asked = {"kind": "plan", "scenario": scenario}
            plan_id = service.client.post("/v1/jobs", json=asked, headers=key).json()["id"]
            until(lambda: 2 <= len(done(store, batch_id)) < SHARDS - 5)
            kill(service, all_of_it)
        kept = done(store, batch_id)
        assert len(kept) < SHARDS and job(store, batch_id)["state"] in (State.RUNNING, State.QUEUED)
        with serving(database_url, "--workers", "1") as service:
            again = service.client.post("/v1/jobs", json=asked, headers=key)
            assert again.json()["id"] == plan_id, "asked again after the crash it is the same job"
            for job_id in (batch_id, plan_id):
                until(lambda job_id=job_id: job(store, job_id)["state"] == State.SUCCEEDED)
            events = service.client.get(f"/v1/jobs/{batch_id}/events").text
        after = done(store, batch_id)
        assert {number: after[number] for number in kept} == kept, "finished shards are kept as they were"
        assert len(after) == SHARDS
        with store.read(ALL) as tx:
            table = batch.table(tx, batch_id)
    assert sorted(table["case"]) == sorted(set(table["case"])) and len(table) == SHARDS
    assert (table["reason"] == "optimal").all()
    numbers = [int(line[4:]) for line in events.splitlines() if line.startswith("id: ")]
    assert numbers == list(range(1, len(numbers) + 1))


def test_told_to_end_it_answers_what_runs_queues_its_jobs_again_and_ends_well(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'f.db'}"
    with serving(url, "--workers", "1") as service, ThreadPoolExecutor(4) as pool:
        theatre = load("europe")
        world = (theatre, load_scenario("europe", theatre, "renewed_attack"))
        scenario = scenario_of(service.client, upload(service.client, tmp_path, world)["id"])  # type: ignore[arg-type]
        long_id = service.client.post("/v1/jobs", json={"kind": "plan", "scenario": scenario}).json()["id"]
        until(lambda: service.client.get(f"/v1/jobs/{long_id}").json()["phase"] == "solving")
        opened = service.client.post("/v1/sessions", json={"scenario": scenario}).json()["id"]
        asks: dict[str, Future[httpx2.Response]] = {
            "what-if": pool.submit(service.client.post, f"/v1/sessions/{opened}/what-if",
                                   json={"deadline_ms": 600_000}),
            "plan": pool.submit(service.client.post, "/v1/plans", json={"scenario": scenario, "wait_s": 120}),
            "events": pool.submit(service.client.get, f"/v1/jobs/{long_id}/events"),
        }  # fmt: skip
        time.sleep(2)
        assert not any(ask.done() for ask in asks.values())
        service.process.send_signal(signal.SIGTERM)
        assert service.process.wait(60) == 0
        answers: Mapping[str, httpx2.Response] = {name: ask.result() for name, ask in asks.items()}
    assert {name: a.status_code for name, a in answers.items()} == {"what-if": 202, "plan": 202, "events": 200}
    with open_store(url) as store:
        places = [answers[name].headers["Location"].removeprefix("/v1/jobs/") for name in ("what-if", "plan")]
        for job_id in (long_id, *places):
            kept = job(store, job_id)
            assert (kept["state"], kept["attempts"], kept["owner"]) == (State.QUEUED, 0, "")


def test_a_database_that_breaks_connections_off_costs_no_answer(postgresql_url: str, tmp_path: Path) -> None:
    with open_store(postgresql_url) as store, serving(postgresql_url, "--workers", "1") as service:
        theatre = upload(service.client, tmp_path, build(horizon=4))["id"]  # type: ignore[arg-type]
        scenario = scenario_of(service.client, theatre)  # type: ignore[arg-type]
        batch_id = submitted(store, capacities(*(i / 8 for i in range(1, SHARDS + 1))))
        told: Counter[int] = Counter()

        def ask(number: int) -> str:
            """Ask until it is answered, by the same key: the id of the one job there is."""
            while True:
                answer = service.client.post("/v1/jobs", json={"kind": "plan", "scenario": scenario},
                                             headers={"Idempotency-Key": f"ask-{number}"})  # fmt: skip
                told[answer.status_code] += 1
                if answer.status_code == 202:
                    return str(answer.json()["id"])
                assert answer.status_code == 503 and answer.json()["retryable"], answer.text
                time.sleep(0.05)

        with ThreadPoolExecutor(4) as pool:
            asked = [pool.submit(ask, number // 2) for number in range(40)]  # each twice
            while not all(one.done() for one in asked):
                time.sleep(0.1)
                with store.engine.begin() as connection:
                    connection.execute(sa.text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE "
                                               "application_name = current_setting('application_name') "
                                               "AND pid <> pg_backend_pid()"))  # fmt: skip
            ids = [one.result() for one in asked]
        assert told[202] == 40 and ids[::2] == ids[1::2] and len(set(ids)) == 20
        for job_id in (batch_id, *set(ids)):
            until(lambda job_id=job_id: job(store, job_id)["state"] == State.SUCCEEDED)
        assert len(done(store, batch_id)) == SHARDS
