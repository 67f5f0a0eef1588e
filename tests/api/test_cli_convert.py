"""`template`, `convert`, and workbooks and Parquet wherever a theatre is named."""

import zipfile
from pathlib import Path

import pytest
from python_calamine import load_workbook

from data.contracts import SCENARIO, THEATRE
from data.formats import load, load_scenario
from tests.api.conftest import Run, coalition
from tests.data.books import with_sheet


def test_csv_to_excel_to_parquet_to_csv_is_the_same_to_the_byte(run: Run, theatre: Path, tmp_path: Path) -> None:
    steps = [theatre, tmp_path / "a.xlsx", tmp_path / "b", tmp_path / "c"]
    assert run("convert", steps[0], steps[1]).code == 0
    assert run("convert", steps[1], steps[2], "--parquet").code == 0
    assert run("convert", steps[2], steps[3]).code == 0
    files = sorted(p.relative_to(theatre) for p in theatre.rglob("*") if p.is_file())
    assert files == sorted(p.relative_to(steps[3]) for p in steps[3].rglob("*") if p.is_file())
    assert all((theatre / f).read_bytes() == (steps[3] / f).read_bytes() for f in files)
    world, scenario = coalition()
    assert {load(step).digest for step in steps} == {world.digest}
    assert {load_scenario(step, world, "attack").digest for step in steps} == {scenario.digest}
    assert sorted(p.suffix for p in steps[2].iterdir() if p.is_file() and p.suffix != ".json") == [".parquet"] * 8


def test_the_shipped_theatre_goes_round_with_its_bases(run: Run, tmp_path: Path) -> None:
    shipped = Path(__file__).parents[2] / "data" / "theatres" / "europe"
    assert run("convert", "europe", tmp_path / "e.xlsx").code == 0
    assert run("convert", tmp_path / "e.xlsx", tmp_path / "pq", "--parquet").code == 0
    told = run("convert", tmp_path / "pq", tmp_path / "csv", "--json")
    assert told.code == 0 and told.json["digest"] == {"theatre": load("europe").digest}
    for file in (tmp_path / "csv").rglob("*.csv"):
        assert file.read_bytes() == (shipped / file.relative_to(tmp_path / "csv")).read_bytes()
    assert len(list((tmp_path / "csv").rglob("*.csv"))) == len(list(shipped.glob("*.csv"))) + len(
        list(shipped.glob("scenarios/*/*.csv"))
    )


@pytest.mark.parametrize("given", ["book.xlsx", "parquet"])
def test_check_plan_and_whatif_take_a_workbook_and_parquet(run: Run, theatre: Path, tmp_path: Path, given: str) -> None:
    place = tmp_path / given
    assert run("convert", theatre, place, *(() if place.suffix else ("--parquet",))).code == 0
    assert run("check", place).out.startswith("no problems")
    planned = run("plan", place, "--json", "--deadline", "20").json
    assert planned["reason"] == "optimal" and planned["theatre"] == place.stem
    world, scenario = coalition()
    assert (planned["digest"]["theatre"], planned["digest"]["scenario"]) == (world.digest, scenario.digest)
    asked = run("whatif", place, "--change", "stocks[lot=A1].on_hand = 20", "--out", tmp_path / "out")
    assert asked.code == 0 and run("verify", tmp_path / "out").code == 0


def test_the_plan_of_a_workbook_is_named_after_it(run: Run, theatre: Path, tmp_path: Path) -> None:
    assert run("convert", theatre, tmp_path / "book.xlsx").code == 0
    assert run("plan", tmp_path / "book.xlsx", "--deadline", "20").code == 0
    assert [p.name for p in Path.cwd().iterdir()] == ["plan-book"]


def test_check_names_sheet_and_cell(run: Run, theatre: Path, tmp_path: Path) -> None:
    book = tmp_path / "book.xlsx"
    assert run("convert", theatre, book).code == 0
    with_sheet(book, "stocks", lambda page, _: page.write("E2", -200))
    with_sheet(book, "needs@attack", lambda page, _: page.write("D3", "boxes"))
    told = run("check", book, "--json")
    assert told.code == 2
    assert [(p["sheet"], p["cell"], p["column"], p["value"], p["scenario"]) for p in told.json["problems"]] == [
        ("stocks", "E2", "on_hand", "-200.0", ""),
        ("needs@attack", "D3", "item", "boxes", "attack"),
    ]
    assert set(told.json["problems"][0]) == {
        "table", "sheet", "row", "cell", "column", "value", "problem", "mend", "scenario",
    }  # fmt: skip
    text = run("check", book).out
    assert "problem: stocks!E2, column 'on_hand': must be at least 0" in text
    assert "needs@attack!D3, column 'item': no such row in table 'items' at 'N2' (found 'boxes')" in text
    refused = run("plan", book)
    assert refused.code == 2 and "stocks!E2" in refused.err and list(Path.cwd().iterdir()) == []


def test_bad_tables_are_not_converted_and_every_problem_is_told(run: Run, theatre: Path, tmp_path: Path) -> None:
    needs = theatre / "scenarios" / "attack" / "needs.csv"
    needs.write_text(needs.read_text().replace("N1,S", "N1,X"))
    ran = run("convert", theatre, tmp_path / "book.xlsx", "--json")
    assert ran.code == 2 and ran.json["error"]["problems"][0]["table"] == "needs@attack"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["coalition", "here"]


def test_the_template_holds_every_table_with_units_and_lists(run: Run, tmp_path: Path) -> None:
    book = tmp_path / "new.xlsx"
    assert run("template", book).code == 0
    read = load_workbook(book)
    assert read.sheet_names == ["about", *THEATRE, *SCENARIO]
    for name, contract in {**THEATRE, **SCENARIO}.items():
        rows = read.get_sheet_by_name(name).to_python()
        heads = [f"{c.name} [{c.unit}]" if c.unit else c.name for c in contract.columns]
        assert rows == [heads]
    told = run("check", book, "--json").json["problems"]
    needed = {name for name, contract in THEATRE.items() if not contract.optional}
    assert {p["problem"] for p in told} == {"the table has no rows"} and {p["sheet"] for p in told} == needed


def test_a_filled_template_is_a_theatre(run: Run, tmp_path: Path) -> None:
    book = tmp_path / "new.xlsx"
    run("template", book)
    world, scenario = coalition()
    for name, table in {**world.tables, **scenario.tables}.items():
        rows = [list(row) for row in zip(*table.raw().values(), strict=True)]

        def fill(page, _, rows=rows):  # type: ignore[no-untyped-def]
            for i, row in enumerate(rows, 1):
                for j, value in enumerate(row):
                    text = "|".join(value) if isinstance(value, tuple) else value
                    page.write(i, j, "yes" if text is True else "no" if text is False else text)

        with_sheet(book, name, fill)
    assert load(book) == world and load_scenario(book, world, "attack") == scenario


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("template", "new.csv"), "end it in .xlsx"),
        (("template", "THERE"), "is there already"),
        (("convert", "THEATRE", "THERE"), "is there already"),
        (("convert", "THEATRE", "new.xlsx", "--parquet"), "--parquet writes a folder"),
        (("convert", "THEATRE", "new.ods"), "written as a workbook"),
        (("convert", "THEATRE", "THEATRE"), "holds something else"),
        (("convert", "nowhere", "new.xlsx"), "neither a folder nor a workbook"),
        (("check", "THERE"), "a file of another kind"),
        (("plan", "THERE"), "a file of another kind"),
    ],
)
def test_bad_use_is_told_clearly(
    arguments: tuple[str, ...], words: str, run: Run, theatre: Path, tmp_path: Path
) -> None:
    there = tmp_path / ("there.xlsx" if arguments[0] in ("template", "convert") else "there.doc")
    there.write_text("mine")
    ran = run(*({"THEATRE": theatre, "THERE": there}.get(a, a) for a in arguments))
    assert ran.code == 2 and words in ran.err and "Traceback" not in ran.err and ran.out == ""
    assert there.read_text() == "mine" and list(Path.cwd().iterdir()) == []


def test_what_is_no_workbook_is_listed_by_check(run: Run) -> None:
    Path("odd.xlsx").write_text("lot,donor\n")
    told = run("check", "odd.xlsx", "--json")
    assert told.code == 2 and told.json["problems"][0]["problem"] == "the file is no whole .xlsx workbook"


def test_every_sheet_of_a_theatre_is_printed_with_names_and_marking(run: Run, theatre: Path, tmp_path: Path) -> None:
    assert run("convert", theatre, tmp_path / "book.xlsx").code == 0
    with zipfile.ZipFile(tmp_path / "book.xlsx") as package:
        sheets = [package.read(name).decode() for name in package.namelist() if "worksheets/sheet" in name]
        assert b"_xlnm.Print_Titles" in package.read("xl/workbook.xml")
    for xml in sheets:
        assert "<oddHeader>&amp;C&amp;B SYNTHETIC – EXERCISE" in xml and 'orientation="landscape"' in xml
        assert "<oddFooter>&amp;C&amp;B SYNTHETIC – EXERCISE" in xml and 'fitToHeight="0"' in xml
