"""What-ifs that wait: places in line, a bound, deadlines that become jobs, processes lost, bases let go."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.refusals import BusyError
from api.sessions import pool as pool_module
from api.sessions.pool import Asked, Pool, Warm
from api.sessions.process import Ask, Told
from api.settings import Settings
from data.theatre import Scenario, Theatre
from optimizer.outcome import Limits
from tests.api.service.conftest import MAIN, TOKEN, scenario_of, upload
from tests.api.service.test_service import is_problem
from tests.worlds import build

QUEUE = 2


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[TestClient, str]]:
    """Return a client of a service with one warm process, and a scenario."""
    folder = tmp_path_factory.mktemp("waiting")
    told = Settings(database=f"sqlite:///{folder / 'w.db'}", token=TOKEN, workers=0, sessions=1, queue=QUEUE)
    with TestClient(create_app(told), headers=MAIN) as client:
        yield client, scenario_of(client, upload(client, folder)["id"])


@pytest.fixture
def asked(service: tuple[TestClient, str]) -> tuple[TestClient, str]:
    """Return the client, and where a new session of it is asked; its base is solved."""
    client, scenario = service
    opened = client.post("/v1/sessions", json={"scenario": scenario}).json()
    place = f"/v1/sessions/{opened['id']}/what-if"
    assert client.post(place, json={}).status_code == 200
    return client, place


def warm(client: TestClient) -> Warm:
    (found,) = client.app.state.pool._warm  # type: ignore[attr-defined]
    return found  # type: ignore[no-any-return]


@contextmanager
def held(client: TestClient) -> Iterator[Warm]:
    """Hold the warm process still, so that whoever asks waits."""
    found = warm(client)
    assert found.process.pid is not None
    os.kill(found.process.pid, signal.SIGSTOP)
    try:
        yield found
    finally:
        os.kill(found.process.pid, signal.SIGCONT)


def until(true: Any, seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.01)


def asking(pool: ThreadPoolExecutor, client: TestClient, place: str, on_hand: int, **more: Any) -> Future[Any]:
    body = {"changes": [f"stocks[lot=A1].on_hand = {on_hand}"], "deadline_ms": 60_000, **more}
    return pool.submit(client.post, place, json=body)


def test_who_waits_is_told_the_place_and_gets_the_own_answer(asked: tuple[TestClient, str]) -> None:
    client, place = asked
    with ThreadPoolExecutor(8) as pool:
        with held(client) as process:
            answers = []
            for number in range(QUEUE + 1):
                answers.append(asking(pool, client, place, 10 * number))
                until(lambda wanted=number + 1: process.waiting == wanted)
            refused = client.post(place, json={"changes": []})
            is_problem(refused, 503, "busy")
            assert int(refused.headers["Retry-After"]) > 0
            assert refused.headers["Casemate-Queue-Position"] == str(QUEUE + 1)
            assert refused.json()["retryable"]
        told = [answer.result().json() for answer in answers]
    assert [one["queued"]["position"] for one in told] == [0, 1, 2]
    assert [one["changes"] for one in told] == [[f"stocks[lot=A1].on_hand = {10 * n}"] for n in range(QUEUE + 1)]
    short = [one["objectives"]["tier1_short"] for one in told]
    assert short == sorted(short, reverse=True) and len(set(short)) == len(short)


def test_a_question_whose_deadline_passes_in_line_becomes_a_job(asked: tuple[TestClient, str]) -> None:
    client, place = asked
    with ThreadPoolExecutor(2) as pool, held(client) as process:
        first = asking(pool, client, place, 10)
        until(lambda: process.waiting == 1)
        late = client.post(place, json={"changes": ["stocks[lot=A1].on_hand = 7"], "deadline_ms": 300})
        assert late.status_code == 202, late.text
        assert late.headers["Casemate-Marking"] == "SYNTHETIC - EXERCISE"
        job = client.get(late.headers["Location"]).json()
        assert (job["state"], job["request"]["changes"]) == ("queued", ["stocks[lot=A1].on_hand = 7"])
    assert first.result().status_code == 200


def test_a_process_that_is_killed_loses_its_question_alone_and_says_so(asked: tuple[TestClient, str]) -> None:
    client, place = asked
    before = client.post(place, json={"changes": ["stocks[lot=A1].on_hand = 5"]}).json()
    with ThreadPoolExecutor(2) as pool, held(client) as process:
        lost = asking(pool, client, place, 5)
        until(lambda: process.waiting == 1)
        waiting = asking(pool, client, place, 5)
        until(lambda: process.waiting == 2)
        process.process.kill()
        is_problem(lost.result(), 503, "worker-lost")
        again = waiting.result().json()
        assert process.process.is_alive()
    assert again["objectives"] == before["objectives"] and again["started"] != "base"


def test_an_explained_answer_has_its_bounds_checked(asked: tuple[TestClient, str]) -> None:
    client, place = asked
    body = {"changes": ["stocks[lot=A1].on_hand = 20"], "deadline_ms": 120_000}
    claimed, checked = (client.post(place, json={**body, "explain": explain}).json() for explain in (False, True))
    assert {goal["proof"] for goal in claimed["goals"]} == {"claimed"}
    tiers = [goal for goal in checked["goals"] if goal["goal"].startswith("tier")]
    assert tiers and {goal["proof"] for goal in tiers} == {"certified"}
    assert checked["objectives"] == claimed["objectives"]
    assert checked["certificate"] == claimed["certificate"] and len(checked["certificate"]) == 64


def test_two_planners_never_see_each_others_edits(asked: tuple[TestClient, str]) -> None:
    client, place = asked
    scenario = client.get(place.removesuffix("/what-if")).json()["scenario"]
    other = client.post("/v1/sessions", json={"scenario": scenario}).json()["id"]
    base = client.post(place, json={}).json()
    client.post(f"/v1/sessions/{other}/what-if", json={"changes": ["stocks[lot=A1].on_hand = 0"]})
    again = client.post(place, json={}).json()
    assert (again["objectives"], again["digest"]) == (base["objectives"], base["digest"])


def tables(capacity: float) -> tuple[Theatre, Scenario]:
    theatre, scenario = build(horizon=4)
    lift = theatre.lift.frame()
    lift["capacity"] = capacity
    changed = theatre.replace(lift=lift)
    return changed, scenario.replace(changed)


@pytest.mark.parametrize(("memory", "kept"), [(1, False), (1 << 20, True)])
def test_a_process_above_its_memory_lets_go_what_was_asked_longest_ago(memory: int, kept: bool) -> None:
    process = Warm(memory)
    try:
        asks = []
        for capacity in (1e6, 2e6):
            theatre, scenario = tables(capacity)
            asks.append(Ask((theatre.digest, scenario.digest, False), (), Limits(), (theatre, scenario)))
            assert process._exchange(asks[-1], 60).answer
        first = Ask(asks[0].key, (), Limits())
        told = process._exchange(first, 60)
        assert (told.answer is not None, told.needs_tables) == (kept, not kept)
        last = process._exchange(Ask(asks[1].key, (), Limits()), 60)
        assert last.answer, "the one asked last is always kept"
    finally:
        process.end()


class Slow(Warm):
    """A process whose answers are let out one by one."""

    def __init__(self) -> None:
        super().__init__(1 << 20)
        self.out, self.asked = threading.Semaphore(0), list[str]()

    def _exchange(self, ask: Ask, left: float) -> Told:
        self.asked.append(ask.changes[0])
        self.out.acquire()
        return Told(answer={"of": ask.changes[0]})


def test_an_answer_that_does_not_come_in_time_is_dropped_and_the_next_gets_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pool_module, "LATE", 0.0)
    process = Slow()
    try:
        def asked(name: str, seconds: float) -> Any:
            question = Asked(("t", "s", False), lambda: tables(1e6), (name,), 1e-4, seconds)
            return process.ask(question, process.queue(8)[0])

        with pytest.raises(BusyError, match="without an answer") as late:
            asked("first", 0.3)
        assert late.value.late and process.waiting == 1, "the process is at it still"
        with ThreadPoolExecutor(1) as other:
            second = other.submit(asked, "second", 300.0)
            until(lambda: process.waiting == 2)
            assert process.asked == ["first"], "nothing is put in before the answer was taken out"
            process.out.release(2)
            assert second.result()[0].read() == {"of": "second"}
        until(lambda: process.waiting == 0)
    finally:
        process.end()


def test_those_who_ask_at_once_are_spread_over_the_processes() -> None:
    theatre, scenario = tables(1e6)
    key, pool = (theatre.digest, scenario.digest, False), Pool(2, 16, 1 << 20)
    asked = Asked(key, lambda: (theatre, scenario), (), 1e-4, 120.0)
    try:
        pool.ask(asked)
        for process in pool._warm:
            os.kill(int(process.process.pid or 0), signal.SIGSTOP)
        with ThreadPoolExecutor(16) as askers:
            answers = [askers.submit(pool.ask, asked) for _ in range(16)]
            until(lambda: sum(process.waiting for process in pool._warm) == 16)
            assert [process.waiting for process in pool._warm] == [8, 8]
            for process in pool._warm:
                os.kill(int(process.process.pid or 0), signal.SIGCONT)
            places = sorted(one.result()["queued"]["position"] for one in answers)
        assert places == sorted([*range(8), *range(8)])
    finally:
        pool.close()


def test_a_session_that_nobody_asks_is_over(tmp_path: Path) -> None:
    told = Settings(database=f"sqlite:///{tmp_path / 'w.db'}", token=TOKEN, workers=0, sessions=1, warm_seconds=0.2)
    with TestClient(create_app(told), headers=MAIN) as client:
        scenario = scenario_of(client, upload(client, tmp_path)["id"])
        opened = client.post("/v1/sessions", json={"scenario": scenario})
        assert client.get(opened.headers["Location"]).status_code == 200
        time.sleep(0.3)
        is_problem(client.get(opened.headers["Location"]), 404, "not-found")


def test_many_who_wait_for_plans_leave_the_service_answering(asked: tuple[TestClient, str]) -> None:
    client, place = asked
    scenario = client.get(place.removesuffix("/what-if")).json()["scenario"]
    before = len(client.get("/v1/jobs?limit=200").json()["items"])
    body = {"scenario": scenario, "wait_s": 5}
    with ThreadPoolExecutor(60) as pool:  # more than there are threads of the service
        waiting = [pool.submit(client.post, "/v1/plans", json=body) for _ in range(60)]
        until(lambda: len(client.get("/v1/jobs?limit=200").json()["items"]) == before + 60)
        assert {one.result().status_code for one in waiting} == {202}
