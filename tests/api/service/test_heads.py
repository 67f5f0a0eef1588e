"""HEAD answers as GET does, without a body; where there is no GET there is no HEAD."""

from __future__ import annotations

from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from tests.api.service.conftest import as_role, planned_on, scenario_of, upload
from tests.api.service.processes import serving

VARYING = {"date", "content-length"}  # headers that two requests for the same may differ in
DIGITS = 8  # by which a body may be longer that tells the time; metrics grow with every request


def headers(answer: object) -> dict[str, str]:
    return {k: v for k, v in dict(answer.headers).items() if k.lower() not in VARYING}  # type: ignore[attr-defined]


def test_head_is_get_without_its_body_wherever_get_is(quiet: TestClient, tmp_path: Path) -> None:
    theatre = upload(quiet, tmp_path)["id"]
    scenario = scenario_of(quiet, theatre)
    plan = planned_on(quiet, scenario)
    job = quiet.post("/v1/jobs", json={"kind": "plan", "scenario": scenario}).json()["id"]
    session = quiet.post("/v1/sessions", json={"scenario": scenario}).json()["id"]
    ids = {"theatre_id": theatre, "scenario_id": scenario, "plan_id": plan, "job_id": job, "session_id": session,
           "name": "releases", "code": "not-found"}  # fmt: skip
    seen = 0
    for path, methods in quiet.get("/openapi.json").json()["paths"].items():
        if "get" not in methods or path.endswith("/events"):
            continue
        asked = path.format(**ids)
        full, bare = quiet.get(asked), quiet.head(asked)
        assert (bare.status_code, bare.content) == (full.status_code, b""), asked
        assert headers(bare) == headers(full), asked
        longer = int(bare.headers["Content-Length"]) - len(full.content)
        assert abs(longer) <= DIGITS or (path == "/metrics" and longer > 0), asked
        seen += full.status_code == 200
    assert seen == 19, "all but the verdict of what is not published, and results of a job that is not over"


def test_head_answers_304_for_what_is_held_already_and_refuses_as_get_does(quiet: TestClient, tmp_path: Path) -> None:
    theatre = upload(quiet, tmp_path)["id"]
    place = f"/v1/theatres/{theatre}"
    held = quiet.head(place).headers["ETag"]
    again = quiet.head(place, headers={"If-None-Match": held})
    assert (again.status_code, again.headers["Casemate-Marking"]) == (304, "SYNTHETIC - EXERCISE")
    missing = quiet.head("/v1/theatres/none")
    assert (missing.status_code, missing.content) == (404, b"")
    assert quiet.head(place, headers={"Authorization": "Bearer no"}).status_code == 401
    assert quiet.head("/metrics", headers=as_role(quiet, "viewer")).status_code == 403


def test_head_of_a_stream_ends_at_once_and_has_its_headers(quiet: TestClient, tmp_path: Path) -> None:
    scenario = scenario_of(quiet, upload(quiet, tmp_path)["id"])
    job = quiet.post("/v1/jobs", json={"kind": "plan", "scenario": scenario}).json()["id"]  # nobody takes it
    answer = quiet.head(f"/v1/jobs/{job}/events")
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.headers["Casemate-Marking"] == "SYNTHETIC - EXERCISE"


@pytest.mark.parametrize("path, allowed", [("/v1/compare", "POST"), ("/v1/sessions", "POST")])
def test_where_there_is_no_get_there_is_no_head(quiet: TestClient, path: str, allowed: str) -> None:
    answer = quiet.head(path)
    assert (answer.status_code, answer.content, answer.headers["Allow"]) == (405, b"", allowed)


def test_allow_names_head_beside_get(quiet: TestClient) -> None:
    assert quiet.put("/v1/plans").headers["Allow"] == "GET, HEAD, POST"


def test_head_keeps_a_connection_usable_on_the_wire(tmp_path: Path) -> None:
    with serving(f"sqlite:///{tmp_path / 'h.db'}", "--workers", "0") as service:
        for _ in range(3):
            bare, full = service.client.head("/v1/theatres"), service.client.get("/v1/theatres")
            assert (bare.status_code, bare.content) == (200, b"")
            assert bare.headers["content-length"] == full.headers["content-length"] == str(len(full.content))
