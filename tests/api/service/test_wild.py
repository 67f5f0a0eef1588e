"""What a hostile or hasty client sends: names that are compartments, numbers and days out of range, all at once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from data.formats import save
from tests.api.conftest import coalition
from tests.api.service.conftest import planned_on, scenario_of, upload, zipped
from tests.api.service.test_service import is_problem

ZIP = {"Content-Type": "application/zip"}


def at_once(count: int, send: Callable[[int], Any]) -> list[Any]:
    """Return the answers to requests that are sent together."""
    answers: list[Any] = []
    gate = threading.Barrier(count)

    def one(number: int) -> None:
        gate.wait()
        answers.append(send(number))

    threads = [threading.Thread(target=one, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def test_the_same_theatre_uploaded_at_once_is_one_version_for_all(idle: TestClient, tmp_path: Path) -> None:
    theatre, scenario = coalition()
    content = zipped(save(tmp_path / "c", theatre, [scenario]))
    answers = at_once(4, lambda _: idle.post("/v1/theatres", content=content, headers=ZIP))
    assert [a.status_code for a in answers] == [201] * 4, [a.text for a in answers]
    assert len({a.json()["id"] for a in answers}) == 1
    assert len(idle.get("/v1/theatres").json()["items"]) == 1
    assert len(idle.get("/v1/scenarios").json()["items"]) == 1
    assert idle.get("/v1/audit/head").status_code == 200, "the chain of the log is whole"


def test_of_scenarios_of_one_name_made_at_once_one_is_made(idle: TestClient, tmp_path: Path) -> None:
    base = scenario_of(idle, upload(idle, tmp_path)["id"])
    asked = {"base": base, "name": "same", "changes": []}
    answers = at_once(4, lambda _: idle.post("/v1/scenarios", json=asked))
    assert sorted(a.status_code for a in answers) == [201, 409, 409, 409], [a.text for a in answers]
    for answer in answers:
        if answer.status_code == 409:
            is_problem(answer, 409, "conflict")


def test_the_same_job_asked_for_at_once_is_one(idle: TestClient, tmp_path: Path) -> None:
    asked = {"kind": "plan", "scenario": scenario_of(idle, upload(idle, tmp_path)["id"])}
    answers = at_once(4, lambda _: idle.post("/v1/jobs", json=asked, headers={"Idempotency-Key": "once"}))
    assert {a.status_code for a in answers} <= {202, 409}
    assert len({a.json()["id"] for a in answers if a.status_code == 202}) == 1
    assert len(idle.get("/v1/jobs").json()["items"]) == 1


@pytest.mark.parametrize("name", ["*", "A|B"])
def test_no_donor_has_the_name_of_a_compartment(idle: TestClient, tmp_path: Path, name: str) -> None:
    theatre, scenario = coalition()
    donors = [*theatre.donors.frame()["donor"], name]
    bad = theatre.replace(donors={"donor": donors})
    folder = save(tmp_path / "bad", bad, [scenario.replace(bad)])
    refused = idle.post("/v1/theatres", content=zipped(folder), headers=ZIP)
    is_problem(refused, 422, "bad-tables")
    assert "compartment" in refused.json()["errors"][0]["detail"]
    base = scenario_of(idle, upload(idle, tmp_path)["id"])
    asked = {"base": base, "name": "s", "changes": [f"add donors{{donor={name}}}"]}
    is_problem(idle.post("/v1/scenarios", json=asked), 422, "bad-tables")


@pytest.mark.parametrize("change", [
    "stocks[lot=A1].on_hand = 1e19", "stocks[lot=A1].on_hand *= 1e300", "needs[need=N1].rdd = 99999999999999999999",
    "scenario[name=attack].start_date = 9999-12-31",
])  # fmt: skip
def test_what_is_out_of_range_is_refused_with_its_place(quiet: TestClient, tmp_path: Path, change: str) -> None:
    base = scenario_of(quiet, upload(quiet, tmp_path)["id"])
    refused = quiet.post(f"/v1/scenarios/{base}:validate", json={"changes": [change]})
    is_problem(refused, 422, "bad-tables")
    assert refused.json()["errors"][0]["pointer"].startswith(f"/{change.split('[')[0]}")


def test_a_day_that_no_calendar_has_is_told_as_a_day(quiet: TestClient, tmp_path: Path) -> None:
    theatre, scenario = coalition()
    late = scenario.replace(theatre, needs=scenario.tables["needs"].frame().assign(lad=10**8, quantity=10**4))
    world = (theatre, late)
    plan = planned_on(quiet, scenario_of(quiet, upload(quiet, tmp_path, world)["id"]), world)
    for form in ("html", "pptx"):
        assert quiet.get(f"/v1/plans/{plan}/briefing?format={form}").status_code == 200


def test_a_path_with_a_slash_too_many_leads_nowhere(quiet: TestClient) -> None:
    for path in ("/v1/theatres/", "/health/", "/v1//theatres"):
        answer = quiet.get(path, headers={"Host": "elsewhere.example"}, follow_redirects=False)
        is_problem(answer, 404, "not-found")
        assert "location" not in answer.headers


@pytest.mark.parametrize("donor", ["X\x00", "A\nB", "*", "A|B", ""])
def test_no_key_is_for_what_no_donor_can_be(quiet: TestClient, donor: str) -> None:
    asked = {"name": "n", "roles": ["viewer"], "donors": [donor]}
    is_problem(quiet.post("/v1/keys", json=asked), 422, "bad-request")
