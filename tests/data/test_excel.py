"""Workbooks: written and read back to the same digests, and refused by cell with clear words."""

from __future__ import annotations

import datetime
import resource
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from python_calamine import load_workbook

from data import TableError, load, save
from data.formats import load_scenario, scenario_names
from data.formats.limits import MOST_BYTES, MOST_SHEET_ROWS
from data.formats.package import column_letters
from data.formats.source import SHIPPED
from data.problems import FormatError
from tests import worlds
from tests.data.books import calculated, fill, with_parts, with_sheet, world_book
from tests.data.drawn import drawn
from tests.worlds import build, item, lot, need, node

SHEET_HEAD = (
    b'<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
)
SHEET_TAIL = b"</sheetData></worksheet>"


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return world_book(tmp_path)


def problems(book: Path) -> list[str]:
    with pytest.raises(TableError) as refused:
        load(book)
    return [str(p) for p in refused.value.problems]


@pytest.mark.parametrize("seed", range(3))
def test_a_theatre_comes_back_with_its_digest(tmp_path: Path, seed: int) -> None:
    theatre, scenario, _ = drawn(seed)
    book = save(tmp_path / "world.xlsx", theatre, [scenario])
    assert load(book) == theatre and scenario_names(book) == ["test"]
    assert load_scenario(book, theatre, "test") == scenario


@pytest.mark.parametrize("make", worlds.WORLDS, ids=lambda make: make.__name__)
def test_every_hand_solved_world_comes_back(tmp_path: Path, make: Callable[[], worlds.World]) -> None:
    world = make()
    book = save(tmp_path / "world.xlsx", world.theatre, [world.scenario])
    assert load(book) == world.theatre
    assert load_scenario(book, world.theatre, "test") == world.scenario


def test_odd_names_come_back_and_none_becomes_a_formula(tmp_path: Path) -> None:
    odd = ["=1+1", "+1", "-1", "@SUM(A1)", "_x0041_", "https://example.com", "007", "1e5", "TRUE", "NA", " plain ",
           "naïve", "'quoted", '"', "<&>", "#N/A", "𝛼"]  # fmt: skip
    theatre, _ = build(items=[item(), *[item(name) for name in odd]], nodes=[node("D", "depot"), node("S", "sector")])
    book = save(tmp_path / "world.xlsx", theatre)
    assert load(book) == theatre and set(load(book).items["item"]) == {"box", *(name.strip() for name in odd)}
    with zipfile.ZipFile(book) as package:
        sheets = [package.read(name) for name in package.namelist() if "worksheets/sheet" in name]
    assert sheets and not any(b"<f>" in xml or b"<f " in xml for xml in sheets)


def test_numbers_come_back_to_the_last_bit(tmp_path: Path) -> None:
    odd = [0.1 + 0.2, 123456.123456789, 9999.999999999, 1e-9, 1 / 3, 12345678.987654321]
    theatre, _ = build(items=[item(), *[item(f"i{k}", value=v) for k, v in enumerate(odd)]])
    assert load(save(tmp_path / "world.xlsx", theatre)).items["value"].tolist() == theatre.items["value"].tolist()


def test_a_text_too_long_for_a_cell_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    theatre, _ = build(items=[{**item(), "name": "x" * 40_000}])
    with pytest.raises(TableError, match="the text is too long for a cell; shorten it to 32,767 characters"):
        save(tmp_path / "world.xlsx", theatre)
    assert list(tmp_path.iterdir()) == []


def test_scenarios_of_long_names_come_back_under_short_sheet_names(tmp_path: Path) -> None:
    names = ["renewed_attack_of_the_first_kind", "renewed_attack_of_the_second_kind", "short", "ends~1"]
    theatre, _ = build()
    scenarios = [build(settings={"name": name, "horizon": 10 + k})[1] for k, name in enumerate(names)]
    book = save(tmp_path / "world.xlsx", theatre, scenarios)
    assert scenario_names(book) == sorted(names)
    assert all(load_scenario(book, theatre, s.name) == s for s in scenarios)
    sheets = load_workbook(book).sheet_names
    assert "needs@renewed_attack~1" in sheets and "needs@short" in sheets and max(map(len, sheets)) <= 31


def test_a_scenario_that_no_sheet_can_be_named_after_is_refused(tmp_path: Path) -> None:
    theatre, scenario = build(settings={"name": "all/nothing"})
    with pytest.raises(TableError, match=r"the name cannot be a sheet's \(found 'needs@all/nothing'\)"):
        save(tmp_path / "world.xlsx", theatre, [scenario])


def test_a_scenario_takes_the_tables_of_its_base_and_findings_name_the_sheet_they_are_in(tmp_path: Path) -> None:
    book = world_book(tmp_path)

    def worse(page: Any, _: Any) -> None:
        fill(page, [["name", "base", "horizon [days]"], ["worse", "test", 2]])

    with_sheet(book, "scenario@worse", worse)
    theatre = load(book)
    with pytest.raises(TableError) as refused:
        load_scenario(book, theatre, "worse")
    assert [str(p)[:40] for p in refused.value.problems] == ["needs@test!G2, column 'rdd': the RDD is "]


def test_sheets_without_a_scenario_s_name_are_the_only_scenario(tmp_path: Path) -> None:
    book = world_book(tmp_path)
    with_parts(book, {"xl/workbook.xml": lambda xml: xml.replace(b"@test", b"")})
    theatre, scenario = build()
    assert scenario_names(book) == ["test"] and load_scenario(book, load(book), "test") == scenario


def test_notes_empty_sheets_and_sheet_names_in_capitals_are_no_problem(book: Path) -> None:
    with_sheet(book, "# my notes", lambda page, new: page.merge_range("A1:B2", "think of this"))
    with_sheet(book, "Sheet1", lambda page, new: None)
    with_parts(book, {"xl/workbook.xml": lambda xml: xml.replace(b'name="stocks"', b'name="Stocks"')})
    assert load(book) == build()[0]


def test_empty_rows_within_and_below_the_table_are_read_over(book: Path) -> None:
    def spaced(page: Any, new: Any) -> None:
        fill(page, [["donor"], ["ALDER"], [""], ["  "], ["BIRCH"]])
        page.write_string(900, 0, " ")
        page.write_blank(2000, 3, None, new.add_format({"bold": True}))

    theatre = load(with_sheet(book, "donors", spaced))
    assert theatre.donors["donor"].tolist() == ["ALDER", "BIRCH"]


def test_names_need_not_stand_in_the_first_row(book: Path) -> None:
    fresh = xlsxwriter.Workbook(str(book))
    fill(fresh.add_worksheet("donors"), [[], [], ["", "donor", "burden_share [share]"], [], ["", "ALDER", -1.0]])
    fresh.close()
    assert problems(book)[0].startswith("donors!C5, column 'burden_share': must be at least 0 share (found '-1.0')")


def test_dates_and_numbers_are_read_as_excel_keeps_them(tmp_path: Path) -> None:
    book = world_book(tmp_path)

    def typed(page: Any, new: Any) -> None:
        day = new.add_format({"num_format": "dd.mm.yyyy"})
        fill(page, [[], ["test", "", "", "10", " 0.5 "]])
        page.write_datetime("C2", datetime.datetime(2031, 5, 6), day)

    scenario = load_scenario(with_sheet(book, "scenario@test", typed), load(book), "test")
    assert scenario.settings.start_date == "2031-05-06"
    assert (scenario.horizon, scenario.settings.probability) == (10, 0.5)


def test_a_calculated_formula_is_its_value(book: Path) -> None:
    with_sheet(book, "stocks", lambda page, _: page.write_formula("E2", "=50+50", None, 77))
    assert load(calculated(book)).stocks["on_hand"].tolist() == [77.0]


def stock(cell: str, value: Any) -> Callable[[Any, Any], None]:
    return lambda page, new: page.write(cell, value)


def a_date(cell: str) -> Callable[[Any, Any], None]:
    return lambda page, new: page.write_datetime(
        cell, datetime.datetime(2030, 3, 1), new.add_format({"num_format": "d mmm"})
    )


BAD_CELLS: dict[str, tuple[str, Callable[[Any, Any], None], str]] = {
    "negative": ("stocks", stock("E2", -5), "stocks!E2, column 'on_hand': must be at least 0 units (found '-5"),
    "words": ("stocks", stock("E2", "many"), "stocks!E2, column 'on_hand': is not a number (found 'many'); write"),
    "decimal comma": ("stocks", stock("E2", "0,5"), "stocks!E2, column 'on_hand': is not a number (found '0,5'); write "
                      "numbers with a decimal point"),
    "flag for a number": ("stocks", stock("E2", True), "stocks!E2, column 'on_hand': is not a number (found 'True')"),
    "date for a number": ("stocks", a_date("E2"), "stocks!E2, column 'on_hand': is not a number (found '2030-03-01"),
    "date for a text": ("items", a_date("B2"), "items!B2, column 'name': is a date or time where a text is asked for"),
    "flag for a text": ("items", stock("B2", True), "items!B2, column 'name': is a truth value where"),
    "number for an nsn": ("items", stock("C2", 5120001234567), "items!C2, column 'nsn': is a number where a text is "
                          "asked for: zeros in front may be lost (found '5120001234567.0'); format the cell as text"),
    "unknown name": ("stocks", stock("B2", "ELM"), "stocks!B2, column 'donor': no such row in table 'donors' at 'L1' "
                     "(found 'ELM'); add it to 'donors' or correct the name"),
    "unknown word": ("items", stock("D2", "WARSAW"), "items!D2, column 'scheme': is not one of the known words"),
    "unknown column": ("stocks", stock("Z1", "colour"), "stocks!Z1, column 'colour': unknown column"),
    "column twice": ("stocks", stock("Z1", "lot"), "stocks!Z1, column 'lot': the column stands twice"),
    "cell without a name": ("stocks", stock("Z2", 3), "stocks!Z2: the column has no name (found '3.0'); name it in "
                            "row 1, or clear the column"),
    "another unit": ("items", stock("G1", "mass [kg]"), "items!G1, column 'mass': the header names another unit (found "
                     "'[kg]'); give the values in t and write [t]"),
    "merged": ("stocks", lambda page, _: page.merge_range("A5:B6", "x"), "stocks!A5: cells are merged (found 'A5:B6'); "
               "unmerge them and fill every one"),
    "uncalculated": ("stocks", lambda page, _: page.write_formula("E2", "=1+1"), "stocks!E2, column 'on_hand': the "
                     "formula has no calculated value; open the workbook in Excel or LibreOffice and save it"),
    "unknown sheet": ("tanks", stock("A1", "tank"), "sheet 'tanks': unknown sheet; name it after a table (donors, "),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD_CELLS)
def test_a_bad_cell_is_named_with_its_mend(book: Path, name: str) -> None:
    sheet, write, said = BAD_CELLS[name]
    with_sheet(book, sheet, write)
    assert [p[: len(said)] for p in problems(book)][0] == said


def test_a_missing_header_is_named(book: Path) -> None:
    rows = load_workbook(book).get_sheet_by_name("stocks").to_python()

    fresh = book.with_name("headless.xlsx")
    new = xlsxwriter.Workbook(str(fresh))
    fill(new.add_worksheet("stocks"), rows[1:])
    new.close()
    said = "stocks!A1: the first row that is filled holds no column name (found 'L1, ALDER, D, box"
    assert any(p.startswith(said) for p in problems(fresh))


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        (b'<c r="E2"><f>1+1</f><v></v></c>', "the formula has no calculated value"),
        (b'<c r="E2"><f>1+1</f><v/></c>', "the formula has no calculated value"),
        (b'<c r="E2"><f>1+1</f></c>', "the formula has no calculated value"),
        (b'<x:c r="E2"><x:f>1+1</x:f></x:c>', "the formula has no calculated value"),
        (b"<c t='e' r='E2'><v>#N/A</v></c>", "the cell holds an error (found '#N/A')"),
        (b'<c r="E2" t="e"><f>1/0</f><v>#DIV/0!</v></c>', "the cell holds an error (found '#DIV/0!')"),
    ],
)
def test_a_formula_without_a_value_and_an_error_are_never_an_empty_cell(book: Path, cell: bytes, said: str) -> None:
    part = stocks_part(book)
    with_parts(calculated(book), {part: lambda xml: replaced(xml, b'<c r="E2">', cell)})
    told = problems(book)
    assert len(told) == 1 and told[0].startswith(f"stocks!E2, column 'on_hand': {said}")


def test_a_formula_with_an_empty_text_is_calculated(book: Path) -> None:
    part = stocks_part(book)
    with_parts(calculated(book), {
        part: lambda xml: replaced(xml, b'<c r="F2">', b'<c r="F2" t="str"><f>""</f><v></v></c>')
    })  # fmt: skip
    assert load(book) == build()[0]


def stocks_part(book: Path) -> str:
    names = load_workbook(book).sheet_names
    return f"xl/worksheets/sheet{names.index('stocks') + 1}.xml"


def replaced(xml: bytes, begin: bytes, cell: bytes) -> bytes:
    start = xml.index(begin)
    return xml[:start] + cell + xml[xml.index(b"</c>", start) + 4 :]


FAR: dict[str, tuple[bytes, str]] = {
    "column": (b'<row r="1"><c r="A1"><v>1</v></c><c r="XFD1"><v>1</v></c></row>', "cells beyond column AZ"),
    "row": (b'<row r="1"/><row r="1048576"><c r="A1048576"><v>1</v></c></row>', "the sheet goes beyond row 400,000"),
    "row of a cell": (b'<row r="2"><c r="A1048576"><v>1</v></c></row>', "the sheet goes beyond row 400,000"),
    "odd quotes": (b"<row\tr = '7'><c\ts='1' r = 'XFD7'><v>1</v></c></row>", "cells beyond column AZ"),
    "a prefix": (b'<x:row r="1"><x:c r="AAA1"><x:v>1</x:v></x:c></x:row>', "cells beyond column AZ"),
    "a long prefix": (b'<row r="1"><' + b"x" * 3000 + b':c r="AAA1"></row>', "cells beyond column AZ"),
    "two letters": (b'<row r="1"><c r="BA1"><v>1</v></c></row>', "cells beyond column AZ"),
    "first row too far": (b'<row r="400001"/>', "the sheet goes beyond row 400,000"),
    "small letters": (b'<row r="1"><c r="xfd1"><v>1</v></c></row>', "cells beyond column AZ"),
    "no place": (b'<row r="1"><c><v>1</v></c></row>', "cells that do not say where they stand"),
    "rows without a number": (b"<row/>" * (MOST_SHEET_ROWS + 1), "the sheet goes beyond row 400,000"),
}


@pytest.mark.parametrize("name", FAR)
def test_a_cell_far_out_is_refused_before_the_table_is_laid_out(book: Path, name: str) -> None:
    rows, said = FAR[name]
    with_parts(book, {stocks_part(book): lambda xml: SHEET_HEAD + rows + SHEET_TAIL})
    assert said in problems(book)[0] and "sheet 'stocks'" in problems(book)[0]


def test_the_farthest_cell_allowed_is_read(book: Path) -> None:
    rows = b'<row r="1"><c r="A1" t="inlineStr"><is><t>donor</t></is></c></row><row r="400000"><c r="AZ400000"/></row>'
    part = f"xl/worksheets/sheet{load_workbook(book).sheet_names.index('donors') + 1}.xml"
    with_parts(book, {part: lambda xml: SHEET_HEAD + rows + SHEET_TAIL})
    assert problems(book)[0] == "sheet 'donors': the table has no rows; give at least one row"


def test_a_sheet_of_a_million_rows_is_refused_in_bounded_time(book: Path) -> None:
    rows = b"".join(b'<row r="%d"><c r="A%d"><v>1</v></c></row>' % (i, i) for i in range(1, 1_000_001))
    with_parts(book, {stocks_part(book): lambda xml: SHEET_HEAD + rows + SHEET_TAIL})
    began = time.process_time()
    assert problems(book) == [
        "sheet 'stocks': the sheet goes beyond row 400,000; delete the rows below the table, also blank ones; "
        "give a larger table as CSV or Parquet"
    ]
    assert time.process_time() - began < 20


@pytest.mark.parametrize("bytes_unpacked", [400 * 2**20, 2**32 + 10])
def test_a_zip_bomb_is_refused_without_unpacking_it(book: Path, bytes_unpacked: int) -> None:
    block = b"\0" * 2**24
    with (
        zipfile.ZipFile(book, "a", zipfile.ZIP_DEFLATED, compresslevel=1) as package,
        package.open("xl/media/bomb.xml", "w", force_zip64=True) as part,
    ):
        for _ in range(bytes_unpacked // len(block)):
            part.write(block)
    before, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    assert "the workbook is too large when unpacked" in problems(book)[0]
    assert time.process_time() - began < 2
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000


def test_a_long_text_that_is_stored_once_for_many_cells_is_refused(book: Path) -> None:
    rows = b"".join(b'<row r="%d"><c r="A%d" t="s"><v>0</v></c></row>' % (i, i) for i in range(1, 40_001))
    texts = b"<sst><si><t>" + b"x" * 30_000 + b"</t></si></sst>"
    part = stocks_part(book)
    with_parts(book, {part: lambda xml: SHEET_HEAD + rows + SHEET_TAIL, "xl/sharedStrings.xml": lambda xml: texts})
    assert "the workbook is too large when unpacked (found '1,145 MiB')" in problems(book)[0]


def test_a_long_text_in_one_cell_of_many_is_no_problem(tmp_path: Path) -> None:
    theatre, _ = build(items=[{**item(), "name": "x" * 30_000}, *[item(f"i{k}") for k in range(20_000)]])
    assert load(save(tmp_path / "world.xlsx", theatre)) == theatre


def test_a_sheet_is_looked_through_whatever_its_part_is_named(book: Path) -> None:
    part = stocks_part(book)
    odd = part.replace("worksheets/sheet", "Worksheets/Sheet").replace(".xml", ".bin")
    with zipfile.ZipFile(book) as old:
        held = {info.filename: old.read(info) for info in old.infolist()}
    held[odd] = SHEET_HEAD + b'<row r="1"><c r="XFD1"><v>1</v></c></row>' + SHEET_TAIL
    del held[part]
    old_target, new_target = part.removeprefix("xl/").encode(), odd.removeprefix("xl/").encode().lower()
    rels = "xl/_rels/workbook.xml.rels"
    assert old_target in held[rels]
    held[rels] = held[rels].replace(old_target, new_target)
    with zipfile.ZipFile(book, "w") as new:
        for name, content in held.items():
            new.writestr(name, content)
    assert "cells beyond column AZ" in problems(book)[0]


def test_a_part_that_lies_about_its_size_is_refused(book: Path) -> None:
    raw = bytearray(book.read_bytes())
    with zipfile.ZipFile(book) as package:
        info = max(package.infolist(), key=lambda i: i.file_size)
    at = raw.rindex(info.filename.encode()) - 46  # its entry in the directory at the end
    raw[at + 24 : at + 28] = (10).to_bytes(4, "little")
    book.write_bytes(raw)
    assert "the file is no whole .xlsx workbook" in problems(book)[0]


def test_a_workbook_of_two_hundred_megabytes_is_refused_at_once(tmp_path: Path) -> None:
    book = tmp_path / "large.xlsx"
    with book.open("wb") as file:
        file.truncate(200_000_000)
    assert problems(book) == [
        f"table 'large.xlsx': the workbook is too large (found '191 MiB'); keep it below "
        f"{MOST_BYTES // 2**20} MiB; give large tables as a folder of CSV or Parquet"
    ]


def test_what_is_no_workbook_is_named(tmp_path: Path) -> None:
    book = tmp_path / "odd.xlsx"
    for content, said in (
        (b"donor,name\n", "no whole .xlsx workbook"),
        (b"", "no whole .xlsx workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "encrypted or of an old kind"),
    ):
        book.write_bytes(content)
        assert said in problems(book)[0]
    with zipfile.ZipFile(book, "w") as package:
        package.writestr("notes.txt", "not a workbook")
    assert "no whole .xlsx workbook" in problems(book)[0]
    (tmp_path / "theatre.ods").write_bytes(b"x")
    with pytest.raises(FormatError, match="'theatre.ods' is no theatre: a file of another kind; give a workbook"):
        load(tmp_path / "theatre.ods")


@pytest.mark.parametrize("part", [b"", b"<worksheet><sheetData><row"])
def test_a_sheet_that_cannot_be_read_hides_no_other_problem(book: Path, part: bytes) -> None:
    """What refers to its rows is not blamed; a bad cell elsewhere is told beside it."""
    with_sheet(book, "links", lambda page, _: page.write(1, 6, "soon"))
    with_parts(book, {stocks_part(book): lambda _: part})
    told = problems(book)
    assert [p for p in told if p.startswith("sheet 'stocks': the file is no whole .xlsx workbook")] == told[:1]
    assert [p for p in told if p.startswith("links!G2")] == told[1:]


def test_a_cut_off_workbook_is_refused(book: Path) -> None:
    whole = book.read_bytes()
    for share in (0.3, 0.9, 0.99):
        book.write_bytes(whole[: int(len(whole) * share)])
        assert "no whole .xlsx workbook" in problems(book)[0]


def test_a_document_type_is_refused(book: Path) -> None:
    with_parts(book, {stocks_part(book): lambda xml: xml.replace(b"<worksheet", b"<!DOCTYPE x []><worksheet", 1)})
    assert "declares a document type" in problems(book)[0]


def test_a_later_schema_version_is_refused(book: Path) -> None:
    with_sheet(book, "about", lambda page, _: fill(page, [["schema_version", 99]]))
    with pytest.raises(FormatError, match=r"schema version 99 in sheet 'about' is not known here \(known: 1\)"):
        load(book)


def test_warnings_name_their_cell(tmp_path: Path) -> None:
    theatre, scenario = build(stocks=[lot("L1"), lot("L0", on_hand=5.0, floor=5.0)], needs=[need(lad=30)])
    book = save(tmp_path / "world.xlsx", theatre, [scenario])
    again = load(book)
    assert [(w.sheet, w.cell) for w in again.warnings if w.table == "stocks"] == [("stocks", "I2")]
    assert [(w.sheet, w.cell) for w in load_scenario(book, again, "test").warnings] == [("needs@test", "H2")]


def test_columns_are_lettered_as_in_excel() -> None:
    assert [column_letters(n) for n in (1, 26, 27, 52, 702, 703)] == ["A", "Z", "AA", "AZ", "ZZ", "AAA"]


def test_the_shipped_theatre_is_one_in_every_format(tmp_path: Path) -> None:
    theatre = load("europe")
    scenarios = [load_scenario("europe", theatre, name) for name in scenario_names("europe")]
    places = [save(tmp_path / "e.xlsx", theatre, scenarios), save(tmp_path / "pq", theatre, scenarios, parquet=True)]
    for place in places:
        assert load(place).digest == theatre.digest
        assert [load_scenario(place, theatre, s.name).digest for s in scenarios] == [s.digest for s in scenarios]
    assert (SHIPPED / "europe").is_dir()
