"""The command whatif: base, changes, deltas."""

import json
from pathlib import Path

import pytest

from tests.api.conftest import Run

CLOSED = "links[link=H-S].capacity *= 0.5"


def test_whatif_tells_base_changes_and_deltas(run: Run, theatre: Path) -> None:
    ran = run("whatif", theatre, "--change", CLOSED, "--json", "--deadline", "40")
    assert ran.code == 0, ran.err
    told = ran.json
    assert told["changes"] == [CLOSED]
    for goal, delta in told["deltas"]["objectives"].items():
        assert delta == pytest.approx(told["objectives"][goal] - told["base"]["objectives"][goal])
    assert told["deltas"]["objectives"]["tier1_short"] > 0
    assert told["deltas"]["kpis"]["tonnes_moved"] <= 0
    assert told["base"]["digest"]["theatre"] != told["digest"]["theatre"]
    assert told["started"] == "warm"
    assert "H-S" in {row["key"] for row in told["binding"]}
    assert any(row["after"] < row["before"] for row in told["shipments_changed"])


def test_whatif_writes_the_changed_plan_with_its_changes(run: Run, theatre: Path, tmp_path: Path) -> None:
    out = tmp_path / "w"
    ran = run(
        "whatif",
        theatre,
        "--change",
        CLOSED,
        "--change",
        "drop stocks[lot=B1]",
        "--out",
        out,
        "--deadline",
        "40",
    )
    assert ran.code == 0 and "What the changes do" in ran.out
    kept = json.loads((out / "inputs" / "changes.json").read_text())
    assert kept["changes"] == [CLOSED, "drop stocks[lot=B1]"] and set(kept["base"]) == {
        "theatre",
        "scenario",
        "plan",
        "certificate",
    }
    assert "What the changes do" in (out / "briefing.html").read_text()
    assert run("verify", out).code == 0


def test_a_change_that_changes_nothing_has_no_deltas(run: Run, theatre: Path) -> None:
    told = run("whatif", theatre, "--change", "stocks[lot=A1].on_hand = 200", "--json", "--deadline", "40").json
    assert told["base"]["digest"]["theatre"] == told["digest"]["theatre"]
    assert all(delta == pytest.approx(0, abs=1e-9) for delta in told["deltas"]["objectives"].values())
