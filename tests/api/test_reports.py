"""Exports: a line a shipment with every column, workbooks to print, and no text of the user comes alive in them."""

from __future__ import annotations

import csv
import datetime
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from python_calamine import load_workbook

from api.briefing.release_order import MOST, order_rows, release_order
from api.briefing.reports import _book, _by_donor, write_reports
from data.formats import read_plan, write_plan
from data.formats.csv_file import guarded, unguarded
from data.formats.one_table import MOST_CELL_ROWS, frame_to_csv, frame_to_workbook
from data.formats.report_book import Heading, Page, write_report
from data.movement import LINES, movement_lines
from data.problems import FormatError
from data.score import score
from data.theatre import Scenario, Theatre
from optimizer import plan
from tests.api.conftest import Run, buying, coalition
from tests.worlds import build, item, lift, link, lot, need, node

ODD = ["=1+1", "+1", "-1", "@SUM(A1)", "'=1+1", "''-x", "＝1", "'plain", "it's"]


def reports(folder: Path, theatre: Theatre, scenario: Scenario) -> Path:
    made = plan(theatre, scenario).plan
    folder.mkdir()
    write_reports(folder, theatre, scenario, made, score(theatre, scenario, made))
    return folder


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def by_sea() -> tuple[Theatre, Scenario]:
    """Return a world where a need is met by road, then sea, then rail, with every date of a line its own."""
    return build(
        settings={"start_date": "2030-03-01", "horizon": 20},
        items=[{**item(), "mass": 2.0, "volume": 5.0, "unit": "pallet"}],
        nodes=[node("D", "depot"), node("P", "port"), node("Q", "port"), node("S", "sector")],
        links=[link("D-P", "D", "P", transit=1), link("P-Q", "P", "Q", mode="sea", transit=3),
               link("Q-S", "Q", "S", mode="rail", transit=2)],
        modes=[{"mode": "road"}, {"mode": "sea"}, {"mode": "rail"}],
        lift=[lift(), lift(mode="sea"), lift(mode="rail")],
        stocks=[lot("L1", on_hand=4.0, ready_day=2)],
        needs=[need("N1", quantity=4.0, ead=6, rdd=11, lad=13, tier=2)],
    )  # fmt: skip


def test_a_line_has_every_column_and_each_is_right(tmp_path: Path) -> None:
    line = rows(reports(tmp_path / "x", *by_sea()) / "tpfdd.csv")
    assert len(line) == 1 and list(line[0]) == [*LINES, "marking"]
    got = line[0]
    assert {k: got[k] for k in ("recipient", "item", "quantity", "unit", "t", "m3", "donor", "origin", "POE", "POD",
                                "destination", "mode", "EAD", "LAD", "RDD", "tier", "need")} == {
        "recipient": "HOST", "item": "box", "quantity": "4.0", "unit": "pallet", "t": "8.0", "m3": "20.0",
        "donor": "ALDER", "origin": "D", "POE": "P", "POD": "Q", "destination": "S", "mode": "road+sea+rail",
        "EAD": "2030-03-07", "LAD": "2030-03-14", "RDD": "2030-03-12", "tier": "2", "need": "N1",
    }  # fmt: skip
    leaves, loaded, arrives = (datetime.date.fromisoformat(got[k]) for k in ("RLD", "ALD", "arrival"))
    assert datetime.date(2030, 3, 3) <= leaves and loaded >= leaves + datetime.timedelta(days=1)
    assert loaded + datetime.timedelta(days=5) <= arrives <= datetime.date(2030, 3, 12)
    assert got["marking"] == "SYNTHETIC – EXERCISE" and got["line"].startswith("S")


def test_a_line_by_land_has_no_ports_and_what_is_bought_has_its_payer(tmp_path: Path) -> None:
    line = rows(reports(tmp_path / "x", *buying()) / "tpfdd.csv")
    assert {(got["POE"], got["POD"], got["ALD"]) for got in line} == {("", "", "")}
    assert {got["donor"] for got in line} == {"ALDER", "BIRCH"}


@pytest.mark.parametrize("file", ["tpfdd.xlsx", "days_of_supply.xlsx", "orders/ALDER.xlsx"])
def test_a_workbook_is_marked_in_its_first_row_and_on_every_printed_page(tmp_path: Path, file: str) -> None:
    folder = reports(tmp_path / "x", *buying())
    with zipfile.ZipFile(folder / file) as package:
        sheets = [package.read(name).decode() for name in package.namelist() if "worksheets/sheet" in name]
    for xml in sheets:
        assert "<oddHeader>&amp;C&amp;B SYNTHETIC – EXERCISE" in xml
        assert "<oddFooter>&amp;C&amp;B SYNTHETIC – EXERCISE" in xml
        assert 'ySplit="2"' in xml and 'state="frozen"' in xml and 'fitToHeight="0"' in xml
    book = load_workbook(folder / file)
    for name in book.sheet_names:
        assert book.get_sheet_by_name(name).to_python()[0][0] == "SYNTHETIC – EXERCISE"


def test_headers_state_units_and_dates_are_dates(tmp_path: Path) -> None:
    folder = reports(tmp_path / "x", *by_sea())
    _, heads, first = load_workbook(folder / "tpfdd.xlsx").get_sheet_by_name("lines").to_python()
    told = dict(zip(heads, first, strict=True))
    assert (told["mass [t]"], told["volume [m³]"], told["quantity"], told["unit"]) == (8.0, 20.0, 4.0, "pallet")
    assert told["RDD"] == datetime.date(2030, 3, 12)
    heads = load_workbook(reports(tmp_path / "y", *buying()) / "days_of_supply.xlsx").get_sheet_by_name(
        "by day").to_python()[1]  # fmt: skip
    assert heads == ["sector", "item", "unit", "day [D+]", "date", "use [units/day]", "stock, gross [units]",
                     "stock, planning [units]", "supply, gross [days]", "supply, planning [days]"]  # fmt: skip


def test_the_lowest_days_of_supply_come_first(tmp_path: Path) -> None:
    theatre, scenario = buying()
    book = load_workbook(reports(tmp_path / "x", theatre, scenario) / "days_of_supply.xlsx")
    lowest, every = (book.get_sheet_by_name(name).to_python()[2:] for name in ("lowest", "by day"))
    assert len(lowest) == 1 and lowest[0][9] == min(row[9] for row in every if row[9] != "")
    assert len(every) == scenario.horizon


def test_texts_that_look_like_formulas_are_texts_in_every_export(tmp_path: Path) -> None:
    theatre, scenario = build(
        items=[item(name, mass=1.0) for name in ODD],
        stocks=[lot(f"L{i}", item=name, on_hand=5.0) for i, name in enumerate(ODD)],
        needs=[need(f"N{i}", item=name, quantity=2.0) for i, name in enumerate(ODD)],
        lift=[lift(capacity=1e9)],
    )
    folder = reports(tmp_path / "x", theatre, scenario)
    found = sorted(got["item"] for got in rows(folder / "tpfdd.csv"))
    assert found == sorted(guarded(name) for name in ODD) and not any(cell[0] in "=+-@＝" for cell in found)
    for book in folder.rglob("*.xlsx"):
        with zipfile.ZipFile(book) as package:
            assert not any(b"<f>" in package.read(n) or b"<f " in package.read(n) for n in package.namelist()
                           if "worksheets/sheet" in n)  # fmt: skip
    sheet = load_workbook(folder / "tpfdd.xlsx").get_sheet_by_name("lines").to_python()
    assert sorted(row[2] for row in sheet[2:]) == sorted(ODD)
    assert b"'=1+1" in frame_to_csv(pd.DataFrame({"a": ["=1+1", "x"], "b": [-1.0, 2.0]}))
    assert b",-1.0" in frame_to_csv(pd.DataFrame({"a": ["=1+1", "x"], "b": [-1.0, 2.0]}))


def test_a_plan_of_such_names_is_read_again_as_it_was(tmp_path: Path) -> None:
    theatre, scenario = build(
        stocks=[lot(name, on_hand=5.0) for name in ODD], needs=[need(quantity=45.0)], lift=[lift(capacity=1e9)]
    )
    made = plan(theatre, scenario).plan
    write_plan(tmp_path / "plan", made)
    assert read_plan(tmp_path / "plan") == made and len(made.releases) == len(ODD)
    text = (tmp_path / "plan" / "releases.csv").read_text(encoding="utf-8")
    assert not any(line[0] in "=+-@＝" for line in text.splitlines())
    assert [unguarded(guarded(name)) for name in ODD] == ODD


def test_the_workbook_of_an_order_has_what_its_page_has_not_room_for(run: Run, plan_dir: Path) -> None:
    assert run("export", plan_dir, "--out", "x").code == 0
    book = load_workbook("x/orders/ALDER.xlsx")
    assert book.sheet_names == ["order", "lines"]
    order = book.get_sheet_by_name("order").to_python()
    own = rows(Path("x/orders/ALDER.csv"))
    assert sum(row[4] for row in order[2:]) == pytest.approx(sum(float(got["t"]) for got in own))
    named = sorted(name for row in order[2:] for name in row[6].split(", "))
    assert named == sorted(got["line"] for got in own)
    other = Path("x/orders/ALDER.xlsx").read_bytes()
    with zipfile.ZipFile("x/orders/ALDER.xlsx") as package:
        assert other and not any(b"BIRCH" in package.read(n) or b"Birch" in package.read(n) for n in package.namelist())


def test_an_order_says_when_its_approvals_are_due_and_counts_what_has_no_room() -> None:
    theatre, scenario = coalition()
    made = plan(theatre, scenario).plan
    lines = movement_lines(theatre, scenario, made)
    own = lines[lines["donor"] == "BIRCH"]
    page = release_order(theatre, scenario, made, "BIRCH", own, "BIRCH.csv")
    assert "the first of 1 approval is due by" in page or "the first of 2 approvals is due by" in page
    many = pd.concat([own.iloc[:1].assign(RLD=f"2030-03-{k:02}", item=name) for k in range(1, 30)
                      for name in ("box", "gen")], ignore_index=True)  # fmt: skip
    page = release_order(theatre, scenario, made, "BIRCH", many, "BIRCH.csv")
    assert page.count("<tr><td>") == MOST and f"{58 - MOST} later ones are in the list" in page
    assert len(order_rows(theatre, many)) == 58


def test_no_donor_s_order_overwrites_another_s() -> None:
    lines = pd.DataFrame({"donor": ["A/B", "A_B", "a_b", "C"], "line": list("1234")})
    names = {donor: name for donor, name, _ in _by_donor(lines)}
    assert len({name.lower() for name in names.values()}) == 4 and names["C"] == "C"


def test_a_plan_that_moves_nothing_can_be_exported(run: Run, theatre: Path) -> None:
    change = "lift[mode=road].capacity = 0"
    assert run("whatif", theatre, "--change", change, "--out", "w", "--json").code in (0, 1)
    ran = run("export", "w", "--out", "x", "--json")
    assert ran.code == 0 and ran.json["files"] == [
        "briefing.html", "briefing.pptx", "days_of_supply.csv", "days_of_supply.xlsx", "tpfdd.csv", "tpfdd.xlsx",
    ]  # fmt: skip


def test_what_is_too_long_for_a_sheet_is_refused_by_the_book_and_left_to_the_csv(tmp_path: Path) -> None:
    few, many = (pd.DataFrame({"a": np.zeros(n)}) for n in (2, MOST_CELL_ROWS + 1))
    pages = [Page("few", few, (Heading("a", "a"),)), Page("many", many, (Heading("a", "a"),))]
    with pytest.raises(FormatError, match="a sheet holds 1,048,000 rows and 'many' has 1,048,001; use the CSV"):
        write_report(tmp_path / "x.xlsx", "x", "MARK", pages)
    _book(tmp_path / "y.xlsx", "x", "MARK", pages)
    assert load_workbook(tmp_path / "y.xlsx").sheet_names == ["few"]
    _book(tmp_path / "z.xlsx", "x", "MARK", pages[1:])
    assert sorted(p.name for p in tmp_path.iterdir()) == ["y.xlsx"]


@pytest.mark.parametrize("marking", ["A & B", "&" * 300, "12 SECRET", "M" * 300])
def test_a_marking_of_any_length_and_letters_stands_on_the_page(tmp_path: Path, marking: str) -> None:
    frame = pd.DataFrame({"a": [1.0]})
    write_report(tmp_path / "x.xlsx", "title & " * 40, marking, [Page("s", frame, (Heading("a", "a"),))])
    (tmp_path / "y.xlsx").write_bytes(frame_to_workbook(frame, "s", marking))
    for book in ("x.xlsx", "y.xlsx"):
        with zipfile.ZipFile(tmp_path / book) as package:
            xml = package.read("xl/worksheets/sheet1.xml").decode()
        shown = marking[:110].replace("&", "&amp;&amp;")
        assert f"<oddHeader>&amp;C&amp;B {shown}&amp;R " in xml and f"<oddFooter>&amp;C&amp;B {shown}&amp;R" in xml
