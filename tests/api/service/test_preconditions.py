"""Entity tags on both databases: what is held is not sent again, what changed meanwhile is not changed unseen."""

from __future__ import annotations

import io
import threading
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fastapi.testclient import TestClient

from data.formats import save
from tests.api.conftest import coalition
from tests.api.service.conftest import as_role, planned_on, scenario_of, upload, zipped
from tests.api.service.test_service import is_problem

CSV = {"Content-Type": "text/csv"}
OTHER = '"0123456789abcdef0123456789abcdef"'


@pytest.fixture
def theatre(idle: TestClient, tmp_path: Path) -> str:
    return str(upload(idle, tmp_path)["id"])


def stocks(factor: float = 1.0) -> str:
    theatre, _ = coalition()
    frame = theatre.stocks.frame()
    frame["on_hand"] *= factor
    return str(frame.dropna(axis=1, how="all").to_csv(index=False))


def test_what_never_changes_is_not_sent_again(idle: TestClient, theatre: str) -> None:
    scenario = scenario_of(idle, theatre)
    plan = planned_on(idle, scenario)
    batch = {"kind": "batch", "theatre": theatre, "scenarios": ["attack"]}
    job = idle.post("/v1/jobs", json=batch).json()["id"]
    parts = ("", "/tables/releases", "/certificate", "/briefing")
    for path in (f"theatres/{theatre}", f"scenarios/{scenario}", *(f"plans/{plan}{part}" for part in parts),
                 f"jobs/{job}", f"jobs/{job}/results"):  # fmt: skip
        first = idle.get(f"/v1/{path}")
        held = first.headers["ETag"]
        for sent in (held, f"W/{held}", f"{OTHER}, {held}", "*"):
            again = idle.get(f"/v1/{path}", headers={"If-None-Match": sent})
            assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", held), path
            markings = {answer.headers["Casemate-Marking"] for answer in (first, again)}
            assert markings == {"SYNTHETIC - EXERCISE"}, path
        assert idle.get(f"/v1/{path}", headers={"If-None-Match": OTHER}).status_code == 200


def test_who_may_not_read_learns_nothing_by_a_tag(idle: TestClient, theatre: str) -> None:
    plan = planned_on(idle, scenario_of(idle, theatre))
    officer = as_role(idle, "donor-officer", "BIRCH")
    is_problem(idle.get(f"/v1/plans/{plan}", headers={**officer, "If-None-Match": "*"}), 404, "not-found")
    held = idle.get(f"/v1/theatres/{theatre}").headers["ETag"]
    own = idle.get(f"/v1/theatres/{theatre}", headers={**officer, "If-None-Match": held})
    assert own.status_code == 200 and own.headers["ETag"] != held, "its own view has a tag of its own"


def test_what_changed_meanwhile_is_neither_stopped_nor_published(idle: TestClient, theatre: str) -> None:
    scenario = scenario_of(idle, theatre)
    plan = f"/v1/plans/{planned_on(idle, scenario)}"
    seen = {"If-Match": idle.get(plan).headers["ETag"]}
    for other in (OTHER, f"W/{seen['If-Match']}", "", "no tag"):
        is_problem(idle.post(f"{plan}:publish", headers={"If-Match": other}), 412, "precondition-failed")
    assert idle.get(plan).json()["published_at"] is None
    published = idle.post(f"{plan}:publish", headers=seen)
    assert published.status_code == 200 and published.headers["ETag"] != seen["If-Match"]
    is_problem(idle.post(f"{plan}:publish", headers=seen), 412, "precondition-failed")

    job = idle.post("/v1/jobs", json={"kind": "plan", "scenario": scenario}).headers["Location"]
    seen = {"If-Match": idle.get(job).headers["ETag"]}
    assert idle.post(f"{job}:stop", json={"how": "abort"}, headers=seen).json()["state"] == "cancelled"
    is_problem(idle.post(f"{job}:retry", headers=seen), 412, "precondition-failed")
    assert idle.post(f"{job}:retry", headers={"If-Match": "*"}).json()["state"] == "queued"


def test_an_import_replaces_what_is_sent_and_nothing_else(idle: TestClient, theatre: str, tmp_path: Path) -> None:
    place = f"/v1/theatres/{theatre}"
    first = idle.get(place)
    seen = {"If-Match": first.headers["ETag"]}
    same = idle.post(f"{place}/imports?table=stocks", content=stocks(), headers={**seen, **CSV})
    assert (same.status_code, same.json()["id"]) == (201, theatre), "the same tables are the version that is there"
    made = idle.post(f"{place}/imports?table=stocks", content=stocks(0.5), headers={**seen, **CSV})
    assert made.status_code == 201, made.text
    told = made.json()
    assert (told["base"], told["replaced"], told["name"]) == (theatre, ["stocks"], "coalition")
    assert made.headers["Location"] == f"/v1/theatres/{told['id']}" != place
    now = idle.get(made.headers["Location"])
    assert now.headers["ETag"] == made.headers["ETag"] != seen["If-Match"]
    assert now.json()["tables"] == first.json()["tables"] and now.json()["scenarios"] == ["attack"]
    assert idle.get(place).headers["ETag"] == seen["If-Match"], "the version before stays as it was"
    before, after = (idle.post(f"/v1/scenarios/{scenario_of(idle, i)}:validate", json={}).json()["digest"]
                     for i in (theatre, told["id"]))  # fmt: skip
    assert before["theatre"] != after["theatre"] and before["scenario"] == after["scenario"]


def test_an_import_is_of_every_form_and_of_scenarios(idle: TestClient, theatre: str, tmp_path: Path) -> None:
    world, scenario = coalition()
    needs = scenario.tables["needs"].frame().dropna(axis=1, how="all")
    sent = io.BytesIO()
    pq.write_table(pa.Table.from_pandas(needs.assign(quantity=needs["quantity"] + 1), preserve_index=False), sent)
    held = idle.get(f"/v1/theatres/{theatre}").headers["ETag"]
    parquet = {"Content-Type": "application/vnd.apache.parquet", "If-Match": held}
    made = idle.post(f"/v1/theatres/{theatre}/imports?table=needs&scenario=attack", content=sent.getvalue(),
                     headers=parquet)  # fmt: skip
    assert made.json()["replaced"] == ["scenarios/attack/needs"]
    newest, held = made.json()["id"], made.headers["ETag"]
    folder = save(tmp_path / "part", world.replace(stocks={**world.stocks.raw(), "floor": [0.0] * len(world.stocks)}))
    for path in folder.glob("*.csv"):
        if path.stem != "stocks":
            path.unlink()
    zipfile = {"Content-Type": "application/zip", "If-Match": held}
    again = idle.post(f"/v1/theatres/{newest}/imports", content=zipped(folder), headers=zipfile).json()
    assert again["replaced"] == ["stocks"] and again["tables"]["stocks"] == len(world.stocks)
    book = save(tmp_path / "whole.xlsx", world, [scenario])
    sheet = {"Content-Type": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "If-Match": "*"}
    back = idle.post(f"/v1/theatres/{again['id']}/imports", content=book.read_bytes(), headers=sheet).json()
    assert back["id"] == theatre and len(back["replaced"]) > 5, "every table as it was first"


def test_an_import_says_what_it_starts_from(idle: TestClient, theatre: str) -> None:
    place = f"/v1/theatres/{theatre}/imports?table=stocks"
    is_problem(idle.post(place, content=stocks(0.5), headers=CSV), 428, "precondition-required")
    is_problem(idle.post(place, content=stocks(0.5), headers={**CSV, "If-Match": OTHER}), 412, "precondition-failed")
    assert len(idle.get("/v1/theatres").json()["items"]) == 1
    seen = {**CSV, "If-Match": idle.get(f"/v1/theatres/{theatre}").headers["ETag"]}
    assert idle.post(place, content=stocks(0.5), headers=seen).status_code == 201
    is_problem(idle.post(place, content=stocks(0.25), headers=seen), 412, "precondition-failed")
    is_problem(idle.post(place, content=stocks(0.25), headers={**CSV, "If-Match": "*"}), 412, "precondition-failed")


def test_of_two_who_import_at_once_one_is_told(idle: TestClient, theatre: str) -> None:
    seen = {**CSV, "If-Match": idle.get(f"/v1/theatres/{theatre}").headers["ETag"]}
    told: list[int] = []

    def send(factor: float) -> None:
        answer = idle.post(f"/v1/theatres/{theatre}/imports?table=stocks", content=stocks(factor), headers=seen)
        told.append(answer.status_code)

    both = [threading.Thread(target=send, args=(factor,)) for factor in (0.5, 0.25)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert sorted(told) == [201, 412] and len(idle.get("/v1/theatres").json()["items"]) == 2


BROKEN: dict[str, tuple[str, Any, dict[str, str], int, str]] = {
    "no table named": ("", stocks(), CSV, 422, "unreadable-input"),
    "unknown table": ("?table=stocka", stocks(), CSV, 422, "unreadable-input"),
    "a scenario's": ("?table=needs", b"need\nN1\n", CSV, 422, "unreadable-input"),
    "out of the folder": ("?table=needs&scenario=..", b"need\nN1\n", CSV, 422, "bad-request"),
    "negative": ("?table=stocks", stocks(-1.0), CSV, 422, "bad-tables"),
    "nothing": ("?table=stocks", b"", CSV, 422, "bad-tables"),
    "no parquet": ("?table=stocks", b"PAR1", {"Content-Type": "application/vnd.apache.parquet"}, 422, "bad-tables"),
    "another kind": ("?table=stocks", b"x", {"Content-Type": "image/png"}, 415, "unsupported-media"),
    "an empty zip": ("", b"PK\x05\x06" + b"\0" * 18, {"Content-Type": "application/zip"}, 422, "unreadable-input"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_import_leaves_no_trace(quiet: TestClient, tmp_path: Path, case: str) -> None:
    query, content, headers, status, code = BROKEN[case]
    place = f"/v1/theatres/{upload(quiet, tmp_path)['id']}/imports{query}"
    answer = quiet.post(place, content=content, headers={**headers, "If-Match": "*"})
    is_problem(answer, status, code)
    assert str(tmp_path) not in answer.text and "/tmp" not in answer.text
    assert len(quiet.get("/v1/theatres").json()["items"]) == 1


def test_who_may_not_import_is_told_so_first(quiet: TestClient, tmp_path: Path) -> None:
    place = f"/v1/theatres/{upload(quiet, tmp_path)['id']}/imports?table=stocks"
    for role, donors in (("viewer", ()), ("analyst", ()), ("planner", ("BIRCH",)), ("donor-officer", ("BIRCH",))):
        is_problem(quiet.post(place, content=b"", headers=as_role(quiet, role, *donors)), 403, "forbidden")
