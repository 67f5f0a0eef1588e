"""compare, diff and baseline on the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from data.formats import save
from tests.api.conftest import Run, coalition


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    theatre, scenario = coalition()
    place = save(tmp_path / "theatre", theatre)
    from data.formats.folder import write_tables

    write_tables(place / "scenarios" / "attack", scenario)
    write_tables(place / "scenarios" / "calm", scenario.replace(theatre, triggers={"day": [2], "level": [1]}))
    return place


def test_a_baseline_is_a_plan_folder_that_verifies(run: Run, folder: Path) -> None:
    ran = run("baseline", folder, "--strategy", "nearest", "--scenario", "attack", "--out", "near", "--json")
    assert ran.code == 0 and ran.json["reason"] == "feasible" and ran.json["method"] == "baseline nearest"
    assert {goal["proof"] for goal in ran.json["goals"]} == {"none"}
    assert run("verify", "near").code == 0


def test_compare_says_who_gives_more_and_what_comes_later(run: Run, folder: Path) -> None:
    assert run("plan", folder, "--scenario", "attack", "--out", "a", "--json").code == 0
    change = "stocks[lot=B1].ready_day = 9"
    assert run("whatif", folder, "--scenario", "attack", "--change", change, "--out", "b", "--json").code == 0
    told = run("compare", "a", "b", "--json").json
    assert told["same"] == {"theatre": False, "scenario": True}
    birch = next(row for row in told["donors"] if row["donor"] == "BIRCH")
    assert birch["value_b"] < birch["value_a"]
    assert any(row["origin"] == "B1" and row["quantity_b"] == 0 for row in told["moved"])
    shown = run("compare", "a", "b")
    assert shown.code == 0 and "Who gives more or less" in shown.out and "the theatre is not the same" in shown.out
    assert run("compare", "a", "a", "--json").json["needs"] == []


def test_compare_refuses_what_is_no_plan_and_what_was_changed(run: Run, folder: Path) -> None:
    assert run("plan", folder, "--scenario", "attack", "--out", "a", "--json").code == 0
    assert run("compare", "a", "nowhere").code == 2
    table = Path("a/shipments.csv")
    table.write_text(table.read_text(encoding="utf-8").replace("S00001", "S99999"), encoding="utf-8")
    ran = run("compare", "a", "a")
    assert ran.code == 1 and "Traceback" not in ran.err


def test_diff_names_every_cell_that_differs(run: Run, folder: Path) -> None:
    told = run("diff", folder, "--scenario", "attack", "--scenario", "calm", "--json").json["differences"]
    assert [(row["table"], row["key"], row["change"]) for row in told] == [
        ("triggers", "0", "dropped"),
        ("triggers", "2", "added"),
    ]
    assert run("diff", folder, "--scenario", "attack").out.splitlines()[-1] == "0 difference(s)"
    assert run("diff", folder, "--scenario", "no such").code == 2


def test_an_export_has_a_line_a_shipment_and_orders_with_only_the_donors_own_rows(run: Run, folder: Path) -> None:
    assert run("plan", folder, "--scenario", "attack", "--out", "a", "--json").code == 0
    assert run("export", "a", "--out", "x").code == 0
    lines = Path("x/tpfdd.csv").read_text(encoding="utf-8").splitlines()
    shipments = Path("a/shipments.csv").read_text(encoding="utf-8").splitlines()
    assert len(lines) == len(shipments) and lines[0].startswith("line,recipient,item,quantity")
    page = Path("x/orders/ALDER.html").read_text(encoding="utf-8")
    assert "Alder" in page and "Birch" not in page and page.count("SYNTHETIC") >= 2
    own = Path("x/orders/ALDER.csv").read_text(encoding="utf-8").splitlines()[1:]
    assert own and all(",ALDER," in line for line in own)
    assert run("export", "a", "--out", "x").code == 2
