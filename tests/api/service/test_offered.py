"""What the API offers of every plan, question and job, on both databases."""

from __future__ import annotations

import io
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fastapi.testclient import TestClient

from api.jobs import records
from api.store import Scope
from api.store.tables import jobs
from data.contracts import PLAN
from tests.api.service.conftest import as_role, planned_on, scenario_of, upload

MARKING = "SYNTHETIC – EXERCISE"
MEDIA = {
    "json": "application/json", "csv": "text/csv", "arrow": "application/vnd.apache.arrow.file",
    "parquet": "application/vnd.apache.parquet",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}  # fmt: skip


@pytest.fixture
def scenario(idle: TestClient, tmp_path: Path) -> str:
    return scenario_of(idle, upload(idle, tmp_path)["id"])


def read(form: str, content: bytes) -> pd.DataFrame:
    if form == "csv":
        return pd.read_csv(io.BytesIO(content))
    if form == "arrow":
        return pa.ipc.open_file(content).read_all().to_pandas()
    if form == "parquet":
        return pq.read_table(io.BytesIO(content)).to_pandas()
    return pd.read_excel(io.BytesIO(content), engine="calamine")


def test_every_table_of_a_plan_is_there_in_every_form(idle: TestClient, scenario: str) -> None:
    links = idle.get(f"/v1/plans/{planned_on(idle, scenario)}").json()["links"]["tables"]
    assert set(links) == set(PLAN)
    for name, link in links.items():
        rows = idle.get(link, headers={"Accept": MEDIA["json"]}).json()["rows"]
        for form, media in MEDIA.items():
            named, liked = idle.get(f"{link}?format={form}"), idle.get(link, headers={"Accept": f"x/y, {media};q=0.5"})
            for answer in (named, liked):
                assert answer.status_code == 200 and answer.headers["content-type"].startswith(media), (name, form)
                assert answer.headers["Casemate-Marking"] == "SYNTHETIC - EXERCISE"
            if form != "json":
                frame = read(form, named.content)
                assert len(frame) == len(rows), (name, form)
                assert list(frame.columns)[: len(rows[0]) if rows else 0] == (list(rows[0]) if rows else [])


def test_an_estimate_tells_the_size_what_was_before_and_what_waits(idle: TestClient, scenario: str) -> None:
    ask = f"/v1/scenarios/{scenario}:estimate"
    first = idle.post(ask, json={}).json()
    assert first["earlier"] == {"plans": 0, "median_s": None, "most_s": None} and first["queued"] == 0
    assert first["rows"]["needs"] > 0 and first["rows"]["stocks"] > 0 and first["horizon_days"] > 0
    made = [idle.post("/v1/jobs", json={"kind": "plan", "scenario": scenario}).json()["id"] for _ in range(4)]
    ended = jobs.update().values(state="succeeded", started_at=100.0)
    with idle.app.state.store.begin(Scope("worker")) as tx:  # type: ignore[attr-defined]
        for job_id, seconds in zip(made, (2.0, 3.0, 7.0), strict=False):
            tx.connection.execute(ended.where(jobs.c.id == job_id).values(finished_at=100.0 + seconds))
    after = idle.post(ask, json={}).json()
    assert after["earlier"] == {"plans": 3, "median_s": 3.0, "most_s": 7.0} and after["queued"] == 1
    less = idle.post(ask, json={"changes": ["drop stocks[lot=A1]"]}).json()
    assert less["rows"]["stocks"] == first["rows"]["stocks"] - 1
    officer = as_role(idle, "donor-officer", "BIRCH")
    own = idle.post(ask, json={}, headers=officer).json()
    assert (own["earlier"]["plans"], own["queued"]) == (0, 0), "the coalition's jobs are not counted for a donor"


def test_a_queued_job_says_how_many_are_before_it(idle: TestClient, scenario: str) -> None:
    asked = {"kind": "plan", "scenario": scenario}
    told = [idle.post("/v1/jobs", json=asked).json() for _ in range(3)]
    assert [job["ahead"] for job in told] == [0, 1, 2]
    with idle.app.state.store.begin(Scope("planner")) as tx:  # type: ignore[attr-defined]
        records.submit(tx, "plan", {}, priority=1)
    last = f"/v1/jobs/{told[-1]['id']}"
    assert idle.get(last).json()["ahead"] == 3, "a higher priority is begun first"
    assert idle.post(f"{last}:stop", json={"how": "abort"}).json().get("ahead") is None
    late = idle.post("/v1/plans", json={"scenario": scenario, "wait_s": 0})
    assert late.status_code == 202 and late.json()["ahead"] == 3 and late.headers["ETag"]
