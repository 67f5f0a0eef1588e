"""The service as its users meet it, on each database."""

from __future__ import annotations

import io
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
from fastapi.testclient import TestClient

from api.document import api_page
from data.formats import save
from tests.api.conftest import coalition
from tests.api.service.conftest import as_role, scenario_of, upload, zipped


def is_problem(answer: object, status: int, code: str) -> None:
    assert answer.status_code == status, answer.text  # type: ignore[attr-defined]
    assert answer.headers["content-type"].startswith("application/problem+json")  # type: ignore[attr-defined]
    told = answer.json()  # type: ignore[attr-defined]
    assert (told["code"], told["type"], told["status"]) == (code, f"/errors/{code}", status)


def test_a_theatre_is_uploaded_planned_asked_and_read(client: TestClient, tmp_path: Path) -> None:
    theatre = upload(client, tmp_path)
    again = upload(client, tmp_path / "again")
    assert again["id"] == theatre["id"]
    got = client.get(f"/v1/theatres/{theatre['id']}")
    assert got.json()["tables"]["stocks"] == 3
    same = client.get(f"/v1/theatres/{theatre['id']}", headers={"If-None-Match": got.headers["ETag"]})
    assert same.status_code == 304
    scenario = scenario_of(client, theatre["id"])

    asked = {"scenario": scenario, "wait_s": 60, "relax": False}
    made = client.post("/v1/plans", json=asked, headers={"Idempotency-Key": "one"})
    assert made.status_code == 200, made.text
    twice = client.post("/v1/plans", json=asked, headers={"Idempotency-Key": "one"})
    assert twice.json()["id"] == made.json()["id"]
    other = client.post("/v1/plans", json={**asked, "gap": 0.1}, headers={"Idempotency-Key": "one"})
    is_problem(other, 409, "conflict")
    plan = made.json()["id"]
    assert made.json()["document"]["reason"] == "optimal"

    table = f"/v1/plans/{plan}/tables/shipments"
    rows = client.get(table).json()["rows"]
    csv = pd.read_csv(io.StringIO(client.get(table, headers={"Accept": "text/csv"}).text))
    arrow = pa.ipc.open_file(client.get(f"{table}?format=arrow").content).read_all()
    parquet = pd.read_parquet(io.BytesIO(client.get(f"{table}?format=parquet").content))
    sheet = pd.read_excel(io.BytesIO(client.get(f"{table}?format=xlsx").content), engine="calamine")
    assert len(rows) == len(csv) == arrow.num_rows == len(parquet) == len(sheet) > 0
    assert client.get(table).headers["Casemate-Marking"] == "SYNTHETIC - EXERCISE"
    is_problem(client.get(table, headers={"Accept": "image/png"}), 406, "not-acceptable")
    assert client.get(f"/v1/plans/{plan}/certificate").json()["goals"]
    assert "SYNTHETIC – EXERCISE" in client.get(f"/v1/plans/{plan}/briefing").text
    compared = client.post("/v1/compare", json={"plans": [plan, plan]}).json()
    assert compared["others"][0]["moved"] == []

    opened = client.post("/v1/sessions", json={"scenario": scenario}).json()
    ask = f"/v1/sessions/{opened['id']}/what-if"
    base = client.post(ask, json={"changes": []}).json()
    less = client.post(ask, json={"changes": ["stocks[lot=A1].on_hand = 0"]}).json()
    assert base["objectives"]["tier1_short"] < less["objectives"]["tier1_short"]
    assert client.post(ask, json={"changes": []}).json()["objectives"] == base["objectives"]
    is_problem(client.post(ask, json={"changes": ["stocks[lot=NO].on_hand = 0"]}), 422, "change-not-applicable")

    job = client.get("/v1/jobs").json()["items"][0]["id"]
    events = client.get(f"/v1/jobs/{job}/events").text
    ids = [line[4:] for line in events.splitlines() if line.startswith("id: ")]
    assert ids == [str(n + 1) for n in range(len(ids))] and "succeeded" in events
    rest = client.get(f"/v1/jobs/{job}/events", headers={"Last-Event-ID": ids[-2]}).text
    assert rest.count("id: ") == 1
    actions = [row["action"] for row in client.get("/v1/audit").json()["items"]]
    assert {"theatre.add", "plan.ask", "session.open", "session.ask"} <= set(actions)
    assert client.get("/v1/audit/head").json()["seq"] == len(actions)


def test_a_plan_that_takes_longer_is_a_job(quiet: TestClient, tmp_path: Path) -> None:
    scenario = scenario_of(quiet, upload(quiet, tmp_path)["id"])
    waiting = quiet.post("/v1/plans", json={"scenario": scenario, "wait_s": 0})
    assert waiting.status_code == 202
    job = waiting.headers["Location"]
    assert quiet.get(job).json()["state"] == "queued"
    assert quiet.post(f"{job}:stop", json={"how": "abort"}).json()["state"] == "cancelled"
    is_problem(quiet.post(f"{job}:stop", json={"how": "abort"}), 409, "conflict")
    assert quiet.post(f"{job}:retry").json()["state"] == "queued"


def test_every_error_is_a_problem_document(quiet: TestClient) -> None:
    is_problem(quiet.get("/nowhere"), 404, "not-found")
    is_problem(quiet.put("/health"), 405, "method-not-allowed")
    is_problem(quiet.post("/v1/plans", json={"scenario": 1, "gap": "x"}), 422, "bad-request")
    is_problem(quiet.post("/v1/plans", content=b"[" * 100_000, headers={"Content-Type": "application/json"}),
               400, "bad-request")  # fmt: skip
    is_problem(quiet.post("/v1/plans", content=b" " * 2**21), 413, "too-large")
    is_problem(quiet.get("/v1/plans/plan_none"), 404, "not-found")
    is_problem(quiet.post("/v1/theatres", content=b"x", headers={"Content-Type": "text/plain"}), 415,
               "unsupported-media")  # fmt: skip
    assert quiet.get("/errors/not-found").json()["code"] == "not-found"


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 nothing", b"x" * 1000], ids=["empty", "cut", "text"])
def test_what_is_no_theatre_leaves_no_trace(quiet: TestClient, content: bytes) -> None:
    for media in ("application/zip", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"):
        answer = quiet.post("/v1/theatres", content=content, headers={"Content-Type": media})
        assert answer.status_code == 422, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
    assert quiet.get("/v1/theatres").json()["items"] == []


def test_findings_of_a_workbook_name_the_cell(quiet: TestClient, tmp_path: Path) -> None:
    theatre, scenario = coalition()
    folder = save(tmp_path / "bad", theatre, [scenario])
    stocks = folder / "stocks.csv"
    stocks.write_text(stocks.read_text().replace("200", "-200"))
    answer = quiet.post("/v1/theatres", content=zipped(folder), headers={"Content-Type": "application/zip"})
    is_problem(answer, 422, "bad-tables")
    assert any("on_hand" in e["pointer"] for e in answer.json()["errors"])


OPEN = {"/health", "/ready", "/errors/{code}"}


def test_whatever_is_not_granted_is_denied(quiet: TestClient) -> None:
    nobody = {"Authorization": ""}
    for path, methods in quiet.get("/openapi.json").json()["paths"].items():
        for method in methods:
            if path in OPEN:
                continue
            url = path.replace("{", "").replace("}", "")
            answer = quiet.request(method.upper(), url, headers=nobody)
            is_problem(answer, 401, "unauthenticated")
    viewer = as_role(quiet, "viewer")
    is_problem(quiet.post("/v1/plans", json={"scenario": "scenario_1"}, headers=viewer), 403, "forbidden")
    is_problem(quiet.get("/v1/audit", headers=viewer), 403, "forbidden")
    officer = as_role(quiet, "donor-officer")
    is_problem(quiet.get("/v1/theatres", headers=officer), 403, "forbidden")
    auditor_of_one = as_role(quiet, "auditor", "ALDER")
    is_problem(quiet.get("/v1/audit", headers=auditor_of_one), 403, "forbidden")


def test_the_page_of_endpoints_is_the_one_made_from_the_routes() -> None:
    page = Path("docs/api.md").read_text(encoding="utf-8")
    assert page == api_page(), "run: python -m api.document > docs/api.md"


def test_the_own_page_of_endpoints_asks_nothing_of_elsewhere(quiet: TestClient) -> None:
    page = quiet.get("/docs").text
    assert "/v1/sessions/{session_id}/what-if" in page
    assert "<script" not in page and "http:" not in page and "https:" not in page
