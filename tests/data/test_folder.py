"""Folders of CSV: written and read back to the same digests, and refused with clear words."""

from __future__ import annotations

from pathlib import Path

import pytest

from data import Scenario, TableError, load, save, verify
from data.formats import load_scenario, read_plan, scenario_names, write_plan
from data.formats.csv_file import to_csv
from data.problems import FormatError
from tests import worlds
from tests.data.drawn import drawn
from tests.worlds import build, item, node


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    theatre, scenario = build()
    return save(tmp_path / "world", theatre, [scenario])


@pytest.mark.parametrize("seed", range(3))
def test_a_theatre_comes_back_with_its_digest(tmp_path: Path, seed: int) -> None:
    theatre, scenario, plan = drawn(seed)
    folder = save(tmp_path / "world", theatre, [scenario])
    again = load(folder)
    assert again == theatre and again.digest == theatre.digest
    assert scenario_names(folder) == ["test"]
    assert load_scenario(folder, again, "test") == scenario
    write_plan(tmp_path / "plan", plan)
    assert read_plan(tmp_path / "plan") == plan
    assert verify(again, scenario, read_plan(tmp_path / "plan")) == []


@pytest.mark.parametrize("make", worlds.WORLDS, ids=lambda make: make.__name__)
def test_every_hand_solved_world_comes_back(tmp_path: Path, make: worlds.Callable[[], worlds.World]) -> None:
    world = make()
    folder = save(tmp_path, world.theatre, [world.scenario])
    assert load(folder) == world.theatre
    assert load_scenario(folder, world.theatre, "test") == world.scenario


def test_names_that_need_quotes_come_back(tmp_path: Path) -> None:
    odd = ['5,5 t lorry "big"', "NA", "None", "007", " plain ", "naïve"]
    theatre, _ = build(items=[item(), *[item(name) for name in odd]], nodes=[node("D", "depot"), node("S", "sector")])
    again = load(save(tmp_path, theatre))
    assert again == theatre and set(again.items["item"]) == {"box", *(name.strip() for name in odd)}


def test_numbers_are_written_so_that_they_read_back_exactly() -> None:
    theatre, _ = build(items=[item(mass=0.1), item("b", mass=1e-9), item("c", mass=1234.567891234)])
    assert [line.split(",")[6] for line in to_csv(theatre.items).splitlines()[1:]] == [
        "1e-09",
        "0.1",
        "1234.567891234",
    ]


def test_a_byte_order_mark_is_read_over(folder: Path) -> None:
    stocks = folder / "stocks.csv"
    stocks.write_bytes(b"\xef\xbb\xbf" + stocks.read_bytes())
    assert load(folder) == build()[0]


def test_windows_line_ends_are_read(folder: Path) -> None:
    stocks = folder / "stocks.csv"
    stocks.write_bytes(stocks.read_bytes().replace(b"\n", b"\r\n"))
    assert load(folder) == build()[0]


BAD_FILES: dict[str, tuple[str, bytes, str]] = {
    "semicolons": (
        "donors.csv", b"donor;burden_share\nALDER;1\n",
        "table 'donors': cells are separated by semicolons or tabs (found 'donor;burden_share'); "
        "save it with commas between cells and points in decimals",
    ),
    "decimal commas": (
        "donors.csv", b"donor,burden_share\nALDER,0,5\n",
        "table 'donors' row 1: the row has 3 cells, the header 2; "
        "quote cells that hold a comma; write decimals with a point",
    ),
    "quoted decimal comma": (
        "donors.csv", b'donor,burden_share\nALDER,"0,5"\n',
        "table 'donors' row 1, column 'burden_share': is not a number (found '0,5'); "
        "write numbers with a decimal point and no thousands separator, as 1234.5",
    ),
    "empty file": ("donors.csv", b"", "table 'donors': the file is empty; give at least the header line"),
    "header only": ("donors.csv", b"donor\n", "table 'donors': the table has no rows; give at least one row"),
    "not UTF-8": (
        "donors.csv", "donor,name\nALDER,Köln\n".encode("latin-1"),
        "table 'donors': the file is not UTF-8 text (found 'byte 18'); save the file as CSV in UTF-8",
    ),
    "column twice": (
        "donors.csv", b"donor,name,name\nALDER,a,b\n",
        "table 'donors', column 'name': the column stands twice; keep one of them",
    ),
    "unknown column": (
        "donors.csv", b"donor,burden\nALDER,1\n",
        "table 'donors', column 'burden': unknown column; rename it or take it out; known: donor, name, iso, "
        "burden_share, share_low, share_high, approval_days, authority",
    ),
    "missing column": (
        "recipients.csv", b"name\nHost\n",
        "table 'recipients', column 'recipient': the column is missing; add the column: short name of "
        "the recipient",
    ),
    "NaN": (
        "donors.csv", b"donor,burden_share\nALDER,NaN\n",
        "table 'donors' row 1, column 'burden_share': is not a number (found 'NaN'); "
        "put in the number, or leave the cell empty if the column allows it",
    ),
    "unknown table": ("tanks.csv", b"tank\nT1\n",
        "table 'tanks': unknown table; known: donors, recipients, items"),
    "another kind of file": (
        "stocks.ods", b"x", "table 'stocks.ods': neither a CSV nor a Parquet file; save the table as CSV in UTF-8",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_bad_file_is_named_with_its_mend(folder: Path, name: str) -> None:
    file, content, said = BAD_FILES[name]
    (folder / file).write_bytes(content)
    with pytest.raises(TableError) as refused:
        load(folder)
    assert [str(problem)[: len(said)] for problem in refused.value.problems][0] == said


def test_a_missing_table_is_named(folder: Path) -> None:
    (folder / "links.csv").unlink()
    with pytest.raises(TableError, match="table 'links': the table is missing; add it: directed connections"):
        load(folder)


def test_a_folder_in_the_place_of_a_file_is_named(folder: Path) -> None:
    (folder / "lift.csv").unlink()
    (folder / "lift.csv").mkdir()
    with pytest.raises(TableError, match="table 'lift': a folder stands where the table's file belongs"):
        load(folder)


@pytest.mark.parametrize("content", [b"donor\n", None], ids=["without rows", "missing"])
def test_a_table_without_rows_is_told_once(folder: Path, content: bytes | None) -> None:
    (folder / "donors.csv").unlink()
    if content is not None:
        (folder / "donors.csv").write_bytes(content)
    with pytest.raises(TableError) as refused:
        load(folder)
    assert [p.table for p in refused.value.problems] == ["donors"]


@pytest.mark.parametrize("said", ["renewed attack", "Renewed Attack", "renewed-attack"])
def test_a_scenario_is_found_by_its_name_as_people_say_it(said: str) -> None:
    theatre = load("europe")
    assert load_scenario("europe", theatre, said).name == "renewed_attack"


def test_a_missing_folder_scenario_or_plan_is_named(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="no theatre 'nowhere': neither a folder nor a workbook nor"):
        load("nowhere")
    with pytest.raises(FormatError, match="has no scenario 'peace'; known: test"):
        load_scenario(folder, load(folder), "peace")
    with pytest.raises(FormatError, match="no plan folder"):
        read_plan(tmp_path / "nowhere")
    with pytest.raises(FormatError, match="holds no plan: shipments.csv is missing"):
        read_plan(folder)


def test_an_unknown_schema_version_is_refused(folder: Path) -> None:
    (folder / "casemate.json").write_text('{"schema_version": 99}')
    with pytest.raises(FormatError, match=r"schema version 99 in casemate.json is not known here \(known: 1\)"):
        load(folder)


def test_a_scenario_takes_the_tables_of_its_base(folder: Path) -> None:
    own = folder / "scenarios" / "worse"
    own.mkdir()
    (own / "scenario.csv").write_text("name,base,horizon\nworse,test,8\n")
    (own / "triggers.csv").write_text("day,level\n0,1\n")
    theatre = load(folder)
    worse: Scenario = load_scenario(folder, theatre, "worse")
    assert worse.horizon == 8 and worse.levels()[0] == 1
    assert worse.needs.digest == load_scenario(folder, theatre, "test").needs.digest


@pytest.mark.parametrize(
    ("base", "said"),
    [
        ("worse", "scenarios are each other's base: worse → worse"),
        ("gone", "no such scenario beside this one"),
    ],
)
def test_a_base_that_leads_nowhere_is_refused(folder: Path, base: str, said: str) -> None:
    own = folder / "scenarios" / "worse"
    own.mkdir()
    (own / "scenario.csv").write_text(f"name,base,horizon\nworse,{base},8\n")
    with pytest.raises(TableError, match=said):
        load_scenario(folder, load(folder), "worse")
