"""Bad use and bad data of every kind: a clear text, exit code 2, nothing written."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from api.errors import OutputError
from api.plan_folder import check_out, folder_name
from tests.api.conftest import Run


def edit(file: str, old: str, new: str) -> Callable[[Path], None]:
    def change(theatre: Path) -> None:
        path = theatre / file
        text = path.read_text(encoding="utf-8")
        assert old in text, text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    return change


def whole(file: str, text: bytes) -> Callable[[Path], None]:
    return lambda theatre: (theatre / file).write_bytes(text) and None


SCENARIO = "scenarios/attack"
BAD: dict[str, tuple[Callable[[Path], None], str]] = {
    "not a number": (edit("stocks.csv", "200", "NaN"), "is not a number"),
    "infinite": (edit("stocks.csv", "200", "inf"), "infinite"),
    "negative": (edit("stocks.csv", "200", "-200"), "must be at least 0"),
    "unknown reference": (edit("stocks.csv", "A1,ALDER", "A1,ELM"), "no such row in table 'donors'"),
    "duplicate key": (edit("stocks.csv", "A2,", "A1,"), "the key stands twice"),
    "missing file": (lambda theatre: (theatre / "links.csv").unlink(), "the table is missing"),
    "wrong type": (edit("links.csv", "road,,100,1", "road,,100,soon"), "is not a number"),
    "cycle of no days": (
        whole("links.csv", b"link,tail,head,mode,distance,transit\nA,D,S,road,1,0\nB,S,D,road,1,0\n"),
        "form a directed cycle",
    ),
    "empty table": (whole("nodes.csv", b"node,kind,latitude,longitude\n"), "the table has no rows"),
    "empty file": (whole("nodes.csv", b""), "the file is empty"),
    "semicolons": (whole("donors.csv", b"donor;name\nALDER;Alder\n"), "separated by semicolons"),
    "decimal commas": (edit("stocks.csv", "200", '"200,5"'), "decimal point"),
    "not text": (whole("donors.csv", b"donor\n\xff\xfe\x00"), "not UTF-8"),
    "a program's file": (whole("links.csv", b"\x7fELF\x02\x01\x00\x00"), "not UTF-8"),
    "unknown table": (whole("weapons.csv", b"a\n1\n"), "unknown table"),
    "schema of a later version": (whole("casemate.json", b'{"schema_version": 99}'), "schema version 99"),
    "zero horizon": (edit(f"{SCENARIO}/scenario.csv", ",10,", ",0,"), "must be at least 1"),
    "need at a depot": (edit(f"{SCENARIO}/needs.csv", "N1,S", "N1,D"), "a need at a depot"),
    "levels that fall": (
        whole(f"{SCENARIO}/triggers.csv", b"day,level\n0,2\n1,1\n"),
        "the trigger level falls",
    ),
}


@pytest.mark.parametrize("kind", BAD)
def test_bad_data_is_told_clearly_and_nothing_is_written(kind: str, run: Run, theatre: Path, tmp_path: Path) -> None:
    spoil, words = BAD[kind]
    spoil(theatre)
    ran = run("plan", theatre, "--out", tmp_path / "out")
    assert ran.code == 2 and words in ran.err and "Traceback" not in ran.err
    assert ran.out == "" and not (tmp_path / "out").exists() and list(Path.cwd().iterdir()) == []
    told = run("plan", theatre, "--json").json
    assert words in told["error"]["message"]


def test_a_byte_order_mark_is_no_problem(run: Run, theatre: Path) -> None:
    path = theatre / "donors.csv"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert run("check", theatre).code == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("plan",), "THEATRE"),
        (("plan", "nowhere"), "no theatre 'nowhere'"),
        (("plan", "THEATRE", "--scenario", "none"), "known: attack"),
        (("plan", "THEATRE", "--solver", "magic"), "'highs', 'cbc'"),
        (("plan", "THEATRE", "--method", "magic"), "'auto', 'columns', 'whole'"),
        (("plan", "THEATRE", "--gap", "-1"), "--gap -1"),
        (("plan", "THEATRE", "--gap", "nan"), "--gap nan"),
        (("plan", "THEATRE", "--deadline", "0"), "--deadline 0"),
        (("plan", "THEATRE", "--speed"), "--speed"),
        (("whatif", "THEATRE"), "--change"),
        (("whatif", "THEATRE", "--change", "more of everything"), "cannot read the change"),
        (("whatif", "THEATRE", "--change", "lots[lot=A1].floor = 2"), "no table 'lots'"),
        (("whatif", "THEATRE", "--change", "stocks[lot=Z9].floor = 2"), "no such row"),
        (("whatif", "THEATRE", "--change", "stocks[lot=A1].floor = -2"), "must be at least 0"),
        (("verify", "nowhere"), "no plan folder"),
        (("verify", "THEATRE"), "holds no plan.json"),
        (("check", "nowhere"), "no theatre"),
        (("generate", "--out", "THEATRE"), "holds something else"),
        (("generate", "--out", "new", "--seed", "-1"), "--seed -1"),
        (("generate", "--out", "new", "--size", "XXL"), "XXL"),
        (("fly",), "fly"),
    ],
)  # fmt: skip
def test_bad_use_is_told_clearly(arguments: tuple[str, ...], words: str, run: Run, theatre: Path) -> None:
    given = [str(theatre) if a == "THEATRE" else a for a in arguments]
    ran = run(*given)
    assert ran.code == 2 and words in ran.err and "Traceback" not in ran.err and ran.out == ""
    told = run(*given, "--json")
    assert told.code == 2 and words in told.json["error"]["message"] and told.err == ""
    assert list(Path.cwd().iterdir()) == []


def test_a_folder_of_the_users_is_never_overwritten(run: Run, theatre: Path, plan_dir: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "notes.txt").write_text("keep me")
    ran = run("plan", theatre, "--out", mine)
    assert ran.code == 2 and "notes.txt" in ran.err and (mine / "notes.txt").read_text() == "keep me"
    (plan_dir / "notes.txt").write_text("keep me too")
    assert run("plan", theatre, "--out", plan_dir).code == 2
    assert run("plan", theatre, "--out", mine / "notes.txt").code == 2


def test_an_empty_folder_may_be_written_to(tmp_path: Path) -> None:
    assert check_out(tmp_path) == tmp_path.resolve()
    (tmp_path / "shipments.csv").write_text("")
    with pytest.raises(OutputError):
        check_out(tmp_path)


def test_a_scenario_name_cannot_lead_out_of_the_folder() -> None:
    assert folder_name("../../evil") == "evil"
    assert folder_name("..") == "scenario"


def test_check_lists_the_problems_of_theatre_and_scenarios_at_once(run: Run, theatre: Path) -> None:
    edit("stocks.csv", "200", "-200")(theatre)
    edit("links.csv", "D-H,D", "D-H,X")(theatre)
    edit(f"{SCENARIO}/needs.csv", "N1,S,HOST,box,90", "N1,S,HOST,boxes,-9")(theatre)
    ran = run("check", theatre)
    assert ran.code == 2
    for words in ("table 'stocks' row 1, column 'on_hand'", "no such row in table 'nodes'",
                  "scenario attack, table 'needs'", "4 problem(s)"):  # fmt: skip
        assert words in ran.out
    problems = run("check", theatre, "--json").json["problems"]
    keys = {"table", "sheet", "row", "cell", "column", "value", "problem", "mend", "scenario"}
    assert len(problems) == 4 and all(set(p) == keys for p in problems)


def test_check_does_not_blame_a_scenario_for_a_table_that_cannot_be_read(run: Run, theatre: Path) -> None:
    whole("nodes.csv", b"")(theatre)
    told = run("check", theatre, "--json").json
    assert "needs" not in {p["table"] for p in told["problems"]}


def test_check_names_warnings_apart(run: Run, theatre: Path) -> None:
    edit("donors.csv", "0.5", "0.9")(theatre)
    ran = run("check", theatre, "--json")
    assert ran.code == 0 and ran.json["problems"] == []
    assert ran.json["warnings"][0]["problem"] == "burden shares do not sum to 1"


def test_a_broken_plan_json_is_refused(run: Run, plan_dir: Path) -> None:
    document = json.loads((plan_dir / "plan.json").read_text())
    for text in ("{", "[]", json.dumps({**document, "schema": 2}), json.dumps({"schema": 1})):
        (plan_dir / "plan.json").write_text(text)
        ran = run("verify", plan_dir)
        assert ran.code == 2 and "plan.json" in ran.err and "Traceback" not in ran.err
