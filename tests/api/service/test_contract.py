"""What the API promises of every list, file and marking, held against a running service."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from tests.api.service.conftest import as_role, planned_on, scenario_of, upload
from tests.api.service.test_service import is_problem

SLIDES = "application/vnd.openxmlformats-officedocument.presentationml.presentation"


@pytest.fixture
def plan(quiet: TestClient, tmp_path: Path) -> str:
    return planned_on(quiet, scenario_of(quiet, upload(quiet, tmp_path)["id"]))


def test_a_briefing_is_a_page_or_slides_and_both_are_marked(quiet: TestClient, plan: str) -> None:
    place = f"/v1/plans/{plan}/briefing"
    page, slides = quiet.get(place), quiet.get(place, headers={"Accept": SLIDES})
    assert page.headers["content-type"].startswith("text/html") and "SYNTHETIC – EXERCISE" in page.text
    assert slides.headers["content-type"] == SLIDES
    with zipfile.ZipFile(io.BytesIO(slides.content)) as deck:
        assert "SYNTHETIC – EXERCISE" in deck.read("ppt/slides/slide1.xml").decode()
    named = quiet.get(f"{place}?format=pptx")
    assert named.headers["ETag"] == slides.headers["ETag"] != page.headers["ETag"]
    assert {a.headers["Casemate-Marking"] for a in (page, slides, named)} == {"SYNTHETIC - EXERCISE"}
    again = quiet.get(place, headers={"Accept": SLIDES, "If-None-Match": slides.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    is_problem(quiet.get(place, headers={"Accept": "image/png"}), 406, "not-acceptable")
    is_problem(quiet.get(f"{place}?format=pdf"), 422, "bad-request")


def test_every_list_is_read_in_pages_without_a_gap_or_a_row_twice(quiet: TestClient, plan: str) -> None:
    scenario = quiet.get("/v1/scenarios").json()["items"][0]["id"]
    for number in range(3):
        quiet.post("/v1/scenarios", json={"base": scenario, "name": f"s{number}", "changes": []})
        quiet.post("/v1/jobs", json={"kind": "plan", "scenario": scenario})
        planned_on(quiet, scenario)
        as_role(quiet, "viewer")
    for path in ("scenarios", "plans", "jobs", "keys", "audit"):
        key = "seq" if path == "audit" else "id"
        whole = [row[key] for row in quiet.get(f"/v1/{path}?limit=200").json()["items"]]
        found, after = [], ""
        while True:
            told = quiet.get(f"/v1/{path}?limit=2{after}").json()
            found += [row[key] for row in told["items"]]
            if told["next"] is None:
                break
            after = f"&after={told['next']}"
        assert found == whole and len(found) == len(set(found)) >= 3, path
        assert found == sorted(found, reverse=True), "newest first"


def test_what_is_held_already_is_not_sent_again(quiet: TestClient, plan: str) -> None:
    theatre = quiet.get("/v1/theatres").json()["items"][0]["id"]
    scenario = quiet.get("/v1/scenarios").json()["items"][0]["id"]
    tables = [f"plans/{plan}/tables/releases?format={form}" for form in ("json", "csv", "arrow", "parquet", "xlsx")]
    tags = set()
    for path in (f"theatres/{theatre}", f"scenarios/{scenario}", f"plans/{plan}", *tables):
        first = quiet.get(f"/v1/{path}")
        tags.add(first.headers["ETag"])
        for held in (first.headers["ETag"], f'"other", W/{first.headers["ETag"]}', "*"):
            again = quiet.get(f"/v1/{path}", headers={"If-None-Match": held})
            assert (again.status_code, again.content) == (304, b"") and again.headers["ETag"] == first.headers["ETag"]
        assert quiet.get(f"/v1/{path}", headers={"If-None-Match": '"other"'}).status_code == 200
    assert len(tags) == 3 + len(tables), "each form has a tag of its own"
