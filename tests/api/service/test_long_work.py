"""Batches and works over HTTP, on each database."""

from __future__ import annotations

import io
import time
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from fastapi.testclient import TestClient

from tests.api.service.conftest import as_role, scenario_of, upload
from tests.api.service.test_service import is_problem
from tests.worlds_works import site

GRID = {"kind": "batch", "name": "roads", "scenarios": ["attack"],
        "changes": {"road": {"open": [], "none": "links[link=H-S].capacity = 0"}},
        "expect": ["reason == 'optimal'", "tier1_short < 0.2"]}  # fmt: skip


def until_over(client: TestClient, job: str) -> dict[str, Any]:
    end = time.monotonic() + 120
    while time.monotonic() < end:
        told: dict[str, Any] = client.get(job).json()
        if told["finished_at"] is not None:
            return told
        time.sleep(0.1)
    raise AssertionError(told)


def test_a_batch_is_asked_followed_judged_and_read(client: TestClient, tmp_path: Path) -> None:
    theatre = upload(client, tmp_path)["id"]
    asked = {**GRID, "theatre": theatre}
    night = {"Idempotency-Key": "night"}
    made = client.post("/v1/jobs", json=asked, headers=night)
    assert made.status_code == 202, made.text
    job = made.headers["Location"]
    assert client.post("/v1/jobs", json=asked, headers=night).headers["Location"] == job
    is_problem(client.post("/v1/jobs", json={**asked, "gap": 0.1}, headers=night), 409, "conflict")
    told = until_over(client, job)
    assert (told["state"], told["reason"], told["result"]["passed"]) == ("succeeded", "complete", False)
    assert told["result"]["rules"][1]["cases"] == ["attack · road=none"]
    place = told["links"]["results"]
    rows = client.get(place).json()
    assert [row["case"] for row in rows["rows"]] == ["attack · road=open", "attack · road=none"]
    assert rows["marking"] == "SYNTHETIC – EXERCISE" == told["marking"]
    csv = client.get(place, headers={"Accept": "text/csv"})
    assert csv.headers["Casemate-Marking"] == "SYNTHETIC - EXERCISE"
    assert list(pd.read_csv(io.StringIO(csv.text))["tier1_short"]) == [row["tier1_short"] for row in rows["rows"]]
    assert len(pd.read_parquet(io.BytesIO(client.get(f"{place}?format=parquet").content))) == 2
    events = client.get(told["links"]["events"]).text
    assert '"done": 2' in events


def test_every_problem_of_a_batch_is_named_and_nothing_is_kept(quiet: TestClient, tmp_path: Path) -> None:
    theatre = upload(quiet, tmp_path)["id"]
    asked = {**GRID, "theatre": theatre}
    faults = {"expect": ["import os", "x = 1"], "changes": {"x": {"y": "links = 3"}}}
    wrong = quiet.post("/v1/jobs", json={**asked, **faults})
    is_problem(wrong, 422, "bad-tables")
    assert len(wrong.json()["errors"]) == 3
    is_problem(quiet.post("/v1/jobs", json={**asked, "scenarios": ["nowhere"]}), 404, "not-found")
    is_problem(quiet.post("/v1/jobs", json={**asked, "theatre": "theatre_none"}), 404, "not-found")
    both = {"cases": [{"name": "a", "scenario": "attack"}]}
    is_problem(quiet.post("/v1/jobs", json={**asked, **both}), 422, "bad-tables")
    is_problem(quiet.post("/v1/jobs", json={**asked, "kind": "dream"}), 422, "bad-request")
    for role, donors in (("viewer", ()), ("donor-officer", ("BIRCH",)), ("analyst", ("BIRCH",))):
        is_problem(quiet.post("/v1/jobs", json=asked, headers=as_role(quiet, role, *donors)), 403, "forbidden")
    assert quiet.get("/v1/jobs").json()["items"] == []
    job = quiet.post("/v1/jobs", json={"kind": "plan", "scenario": scenario_of(quiet, theatre)}).headers["Location"]
    is_problem(quiet.get(f"{job}/results"), 404, "not-found")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_works_are_planned_as_a_job_and_with_stock_as_another(client: TestClient, tmp_path: Path) -> None:
    scenario = scenario_of(client, upload(client, tmp_path, site())["id"])
    for kind in ("works", "fortify"):
        made = client.post("/v1/jobs", json={"kind": kind, "scenario": scenario, "deadline_s": 20})
        told = until_over(client, made.headers["Location"])
        assert (told["kind"], told["state"]) == (kind, "succeeded"), told
        assert told["reason"] in ("optimal", "feasible")
        rows = client.get(f"{told['links']['plan']}/tables/works").json()["rows"]
        assert rows and {"work", "start", "end"} <= set(rows[0])


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_works_of_a_scenario_that_wants_none_fail_with_the_reason(client: TestClient, tmp_path: Path) -> None:
    scenario = scenario_of(client, upload(client, tmp_path)["id"])
    made = client.post("/v1/jobs", json={"kind": "works", "scenario": scenario})
    told = until_over(client, made.headers["Location"])
    assert (told["state"], told["error"]["code"]) == ("failed", "refused")
    assert "wants no works" in told["error"]["message"]


