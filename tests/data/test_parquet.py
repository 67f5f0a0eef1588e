"""Folders of Parquet: the same digests as CSV, typed columns, and refused with clear words."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from data import TableError, load, save
from data.formats import load_scenario, scenario_names
from data.formats.limits import MOST_ROWS
from tests import worlds
from tests.data.drawn import drawn
from tests.worlds import build


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    theatre, scenario = build()
    return save(tmp_path / "world", theatre, [scenario], parquet=True)


def problems(folder: Path) -> list[str]:
    with pytest.raises(TableError) as refused:
        load(folder)
    return [str(p) for p in refused.value.problems]


@pytest.mark.parametrize("seed", range(3))
def test_a_theatre_comes_back_with_its_digest(tmp_path: Path, seed: int) -> None:
    theatre, scenario, _ = drawn(seed)
    folder = save(tmp_path / "world", theatre, [scenario], parquet=True)
    assert not list(folder.rglob("*.csv"))
    assert load(folder) == theatre and scenario_names(folder) == ["test"]
    assert load_scenario(folder, theatre, "test") == scenario


@pytest.mark.parametrize("make", worlds.WORLDS, ids=lambda make: make.__name__)
def test_every_hand_solved_world_comes_back(tmp_path: Path, make: Callable[[], worlds.World]) -> None:
    world = make()
    folder = save(tmp_path / "world", world.theatre, [world.scenario], parquet=True)
    assert load(folder) == world.theatre
    assert load_scenario(folder, world.theatre, "test") == world.scenario


def test_columns_are_typed_and_carry_unit_and_meaning(folder: Path) -> None:
    schema = pq.read_schema(folder / "stocks.parquet")
    assert schema.field("on_hand").type == pa.float64() and schema.field("ready_day").type == pa.int64()
    assert schema.field("on_hand").metadata == {b"unit": b"units", b"meaning": b"quantity there"}
    assert schema.metadata[b"casemate.schema_version"] == b"1"
    scenario = pq.read_schema(folder / "scenarios" / "test" / "scenario.parquet")
    assert scenario.field("start_date").type == pa.date32()


def test_other_types_of_the_same_values_are_read(folder: Path) -> None:
    path = folder / "stocks.parquet"
    table = pq.read_table(path)
    table = table.set_column(0, "lot", table["lot"].dictionary_encode())
    at = table.column_names.index("on_hand")
    table = table.set_column(at, "on_hand", pa.array([100], pa.decimal128(8, 2)))
    at = table.column_names.index("reserved")
    pq.write_table(table.set_column(at, "reserved", pa.array(["0"])), path)
    scenario = folder / "scenarios" / "test" / "scenario.parquet"
    table = pq.read_table(scenario)
    at = table.column_names.index("start_date")
    stamp = pa.array([datetime.datetime(2030, 1, 1)], pa.timestamp("ns"))
    pq.write_table(table.set_column(at, "start_date", stamp), scenario)
    assert load(folder) == build()[0]
    assert load_scenario(folder, load(folder), "test") == build()[1]


def test_tables_may_be_csv_and_parquet_side_by_side_but_not_the_same_one(folder: Path, tmp_path: Path) -> None:
    theatre, _ = build()
    csv = save(tmp_path / "csv", theatre)
    (folder / "stocks.parquet").unlink()
    (csv / "stocks.csv").rename(folder / "stocks.csv")
    assert load(folder) == theatre
    (csv / "items.csv").rename(folder / "items.csv")
    assert problems(folder) == [
        "table 'items': the table stands twice, as CSV and as Parquet (found 'items.parquet'); keep one of them"
    ]


def rows(column: str, values: Any, kind: pa.DataType | None = None) -> Callable[[Path], None]:
    def change(path: Path) -> None:
        table = pq.read_table(path)
        at = table.column_names.index(column)
        pq.write_table(table.set_column(at, column, pa.array(values, kind)), path)

    return change


BAD: dict[str, tuple[str, Callable[[Path], None], str]] = {
    "negative": ("stocks", rows("on_hand", [-5.0]), "table 'stocks' row 1, column 'on_hand': must be at least 0 units"),
    "NaN": ("items", rows("mass", [float("nan")]), "table 'items' row 1, column 'mass': the cell is empty"),
    "infinite": ("items", rows("mass", [float("inf")]), "table 'items' row 1, column 'mass': is infinite"),
    "flags for numbers": ("stocks", rows("on_hand", [True]), "table 'stocks' row 1, column 'on_hand': is not a"),
    "numbers for an nsn": ("items", rows("nsn", [512]), "table 'items' row 1, column 'nsn': is a number where a text"),
    "dates for numbers": ("items", rows("mass", [datetime.date(2030, 1, 1)]), "table 'items' row 1, column 'mass': is"),
    "lists": ("nodes", rows("divisions", [["1.1"], ["1.1"]]), "table 'nodes', column 'divisions': the column's type is "
              "not known (found 'list<element: string>'); write texts, numbers, flags or dates; join the parts"),
    "bytes": ("items", rows("name", [b"x"]), "table 'items', column 'name': the column's type is not known"),
    "unknown name": ("stocks", rows("donor", ["ELM"]), "table 'stocks' row 1, column 'donor': no such row in"),
    "cut off": ("stocks", lambda path: path.write_bytes(path.read_bytes()[:-9]) and None,
                "table 'stocks': the file is no whole Parquet file"),
    "another file": ("stocks", lambda path: path.write_text("lot,donor\n") and None,
                     "table 'stocks': the file is no whole Parquet file"),
    "empty file": ("stocks", lambda path: path.write_bytes(b"") and None,
                   "table 'stocks': the file is no whole Parquet file"),
    "too many rows": ("stocks", lambda path: pq.write_table(
        pa.table({"lot": pa.array(["L"]).take(pa.array([0] * (MOST_ROWS + 1)))}), path),
        "table 'stocks': the table has more than 1,000,000 rows (found '1,000,001 rows'); sum rows up"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_named_with_its_mend(folder: Path, name: str) -> None:
    table, spoil, said = BAD[name]
    spoil(folder / f"{table}.parquet")
    assert [p[: len(said)] for p in problems(folder)] == [said]


def test_a_table_that_fills_the_memory_when_unpacked_is_refused(folder: Path) -> None:
    many = pa.array(["x" * 2000]).take(pa.array([0] * 400_000))
    pq.write_table(pa.table({"lot": many}), folder / "stocks.parquet", use_dictionary=False, compression="zstd")
    assert (folder / "stocks.parquet").stat().st_size < 2**22
    assert "table 'stocks': the table is too large when unpacked (found '76" in problems(folder)[0]


def test_a_long_text_that_is_stored_once_for_many_rows_is_refused(folder: Path) -> None:
    many = pa.DictionaryArray.from_arrays(pa.array([0] * 900_000, pa.int32()), pa.array(["x" * 100_000]))
    pq.write_table(pa.table({"lot": many}), folder / "stocks.parquet")
    assert (folder / "stocks.parquet").stat().st_size < 2**20
    assert "table 'stocks': the table is too large when unpacked (found '85,831 MiB')" in problems(folder)[0]
