"""Plans of relaxed theatres count in parts of units; over HTTP they are told in the units of the given tables."""

from __future__ import annotations

from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.store import Scope, projection
from tests.api.service.conftest import scenario_of, upload


def quantities(client: TestClient, plan: str, table: str, column: str) -> dict[str, float]:
    """Return the sums of a plan's table for generators, of which 7 are there and 4 asked for, by what is given."""
    rows = client.get(f"/v1/plans/{plan}/tables/{table}").json()["rows"]
    named = [(row.get("lot", row.get("need")), row[column]) for row in rows]
    return {name: value for name, value in named if name in ("A2", "N3")}


def test_a_relaxed_plan_is_told_in_units_checked_in_parts_and_published(client: TestClient, tmp_path: Path) -> None:
    scenario = scenario_of(client, upload(client, tmp_path)["id"])
    asked = {"scenario": scenario, "changes": ["needs[need=N3].quantity = 3"], "wait_s": 120}
    whole, relaxed = (client.post("/v1/plans", json={**asked, "relax": relax}) for relax in (False, True))
    assert whole.status_code == relaxed.status_code == 200, relaxed.text
    plan = relaxed.json()["id"]
    for table, column in (("releases", "quantity"), ("shipments", "quantity"), ("deliveries", "credited")):
        found = quantities(client, plan, table, column)
        assert sum(found.values()) == pytest.approx(3.0), (table, found)
        assert found == pytest.approx(quantities(client, whole.json()["id"], table, column)), table
    assert all(v <= 3.0 for v in quantities(client, plan, "shortfalls", "short").values())
    told = client.post("/v1/compare", json={"plans": [whole.json()["id"], plan]}).json()["others"][0]
    assert all(abs(row["difference"]) < 1.0 for row in told["goals"]), told["goals"]
    assert "Generators" in client.get(f"/v1/plans/{plan}/briefing").text
    published = client.post(f"/v1/plans/{plan}:publish")
    assert published.status_code == 200, published.text
    store = client.app.state.store  # type: ignore[attr-defined]
    projected, _, _ = projection.question(store, Scope("ben", ("BIRCH",)), scenario)
    theirs = {str(row.lot): row.on_hand for row in projected.stocks.rows() if row.item == "gen"}
    assert sum(theirs.values()) == pytest.approx(3.0), theirs


def test_a_relaxed_what_if_is_told_in_units(client: TestClient, tmp_path: Path) -> None:
    scenario = scenario_of(client, upload(client, tmp_path)["id"])
    session = client.post("/v1/sessions", json={"scenario": scenario, "relax": True}).json()["id"]
    asked = {"changes": ["needs[need=N3].quantity = 6"], "deadline_ms": 120_000}
    told = client.post(f"/v1/sessions/{session}/what-if", json=asked)
    assert told.status_code == 200, told.text
    moved = [row for row in told.json()["shipments_changed"] if row["item"] == "gen"]
    assert moved and all(row["after"] <= 7.0 for row in moved), moved
