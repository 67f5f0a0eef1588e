"""Files and folders that cannot be read or written: one clear line, the right exit code, nothing left behind."""

from __future__ import annotations

import ctypes
import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from api.commands.exporting import TOLD
from data.formats.limits import MOST_PART, MOST_ROWS, MOST_SHEET_ROWS
from tests.api.conftest import Run
from tests.data.books import with_parts

CASEMATE = Path(sys.executable).with_name("casemate")
PR_CAPBSET_DROP, CAP_DAC_OVERRIDE = 24, 1  # linux/prctl.h, linux/capability.h

# what each command is given before the place it writes to
WRITING = {
    "export": ("export", "PLAN", "--out"),
    "baseline": ("baseline", "THEATRE", "--strategy", "nearest", "--out"),
    "convert": ("convert", "THEATRE"),
    "template": ("template",),
}


def everything(folder: Path) -> list[str]:
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*"))


@pytest.mark.parametrize("place", ["mine/x", "mine/deep/x", "/dev/null/x", "/proc/x", "/proc/none/x"])
@pytest.mark.parametrize("command", WRITING)
def test_a_place_that_cannot_be_written_is_named_and_nothing_is_left(
    command: str, place: str, run: Run, theatre: Path, planned: Path
) -> None:
    Path("mine").write_text("mine")
    given = [{"PLAN": planned, "THEATRE": theatre}.get(word, word) for word in WRITING[command]]
    where = place + (".xlsx" if command in ("template", "convert") else "")
    for words in (given, [*given[:1], "--json", *given[1:]]):
        ran = run(*words, where)
        said = ran.json["error"]["message"] if "--json" in words else ran.err
        assert ran.code == 2 and Path(place).name in said and "Traceback" not in said
        assert ".new" not in said and "uuid" not in said
        assert "name a" in said and (ran.out == "") == ("--json" not in words)
    assert everything(Path.cwd()) == ["mine"] and Path("mine").read_text() == "mine"


def bound_by_rights() -> None:
    """Give up, before a program starts, what lets root write anywhere; others are bound by rights anyway."""
    if os.geteuid() == 0 and ctypes.CDLL(None, use_errno=True).prctl(PR_CAPBSET_DROP, CAP_DAC_OVERRIDE, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "root does not let go of CAP_DAC_OVERRIDE")


def test_a_folder_without_the_right_to_write_is_named(run: Run, planned: Path) -> None:
    Path("closed").mkdir(mode=0o500)
    ran = subprocess.run([CASEMATE, "export", planned, "--out", "closed/x"], capture_output=True, text=True,
                         timeout=60, preexec_fn=bound_by_rights)  # fmt: skip
    assert ran.returncode == 2 and "no right to write in" in ran.stderr
    assert everything(Path("closed")) == []


def test_the_folder_one_is_in_is_never_replaced(run: Run, planned: Path, theatre: Path) -> None:
    inside = Path.cwd() / "a" / "b"
    inside.mkdir(parents=True)
    os.chdir(inside)
    for out in (".", "", "..", "../.."):
        for words in (("export", planned), ("baseline", theatre, "--strategy", "nearest")):
            ran = run(*words, "--out", out)
            assert ran.code == 2 and "--out" in ran.err
    assert inside.is_dir() and everything(inside.parent) == ["b"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("export", "BINARY", "--out", "x"), "no plan folder"),
        (("export", "EMPTY", "--out", "x"), "holds no plan.json"),
        (("export", "THEATRE", "--out", "x"), "holds no plan.json"),
        (("compare", "PLAN", "BINARY"), "no plan folder"),
        (("compare", "PLAN", "THEATRE"), "holds no plan.json"),
        (("compare", "nowhere", "PLAN"), "no plan folder 'nowhere'"),
        (("diff", "THEATRE", "BINARY"), "a file of another kind"),
        (("diff", "THEATRE", "BOOK"), "no whole .xlsx workbook"),
        (("diff", "THEATRE", "EMPTY"), "the table is missing"),
        (("diff", "THEATRE", "--scenario", "a", "--scenario", "b", "--scenario", "c"), "at most twice"),
        (("convert", "BINARY", "x"), "a file of another kind"),
        (("convert", "BOOK", "x"), "no whole .xlsx workbook"),
        (("convert", "EMPTY", "x"), "the table is missing"),
        (("baseline", "BOOK", "--strategy", "nearest"), "no whole .xlsx workbook"),
        (("baseline", "BINARY", "--strategy", "nearest"), "a file of another kind"),
        (("baseline", "THEATRE", "--strategy", "nearest", "--scenario", "none"), "known: attack"),
    ],
)
def test_what_cannot_be_read_is_named(
    words: tuple[str, ...], said: str, run: Run, theatre: Path, planned: Path, tmp_path: Path
) -> None:
    junk = bytes(range(256)) * 20
    (tmp_path / "photo.jpg").write_bytes(junk)
    (tmp_path / "photo.xlsx").write_bytes(junk)
    (tmp_path / "empty").mkdir()
    given = {"PLAN": planned, "THEATRE": theatre, "BINARY": tmp_path / "photo.jpg", "BOOK": tmp_path / "photo.xlsx",
             "EMPTY": tmp_path / "empty"}  # fmt: skip
    ran = run(*(given.get(word, word) for word in words))
    assert ran.code == 2 and said in ran.err and ran.out == "" and "Traceback" not in ran.err
    assert everything(Path.cwd()) == []


@pytest.mark.parametrize("file", ["plan.json", "shipments.csv", "inputs/stocks.csv", "inputs"])
@pytest.mark.parametrize("spoil", ["binary", "missing", "folder"])
def test_a_spoilt_plan_folder_is_refused(file: str, spoil: str, run: Run, plan_dir: Path, planned: Path) -> None:
    place = plan_dir / file
    shutil.rmtree(place) if place.is_dir() else place.unlink()
    if spoil == "binary":
        place.write_bytes(bytes(range(256)))
    elif spoil == "folder":
        place.mkdir()
    for words in (("export", plan_dir, "--out", "x"), ("compare", plan_dir, planned), ("compare", planned, plan_dir)):
        ran = run(*words)
        assert ran.code in (1, 2) and "Traceback" not in ran.err and "unexpected" not in ran.err and ran.out == ""
        assert ran.code == 2 or "digest-mismatch" in ran.err
    assert everything(Path.cwd()) == []


def test_every_part_of_plan_json_that_is_missing_is_refused(run: Run, plan_dir: Path) -> None:
    whole = json.loads((plan_dir / "plan.json").read_text())
    needed = {*TOLD, "digest", "goals", "objectives", "schema"}
    assert needed <= set(whole)
    for name in needed:
        (plan_dir / "plan.json").write_text(json.dumps({k: v for k, v in whole.items() if k != name}))
        ran = run("export", plan_dir, "--out", "x")
        assert ran.code == 2 and "plan.json" in ran.err, (name, ran.err)
    (plan_dir / "plan.json").write_text(json.dumps({k: whole[k] for k in needed}))
    assert run("export", plan_dir, "--out", "x").code == 0
    (plan_dir / "plan.json").write_text(json.dumps({**whole, "goals": [{"goal": "tier1_short"}]}))
    assert "has a goal without" in run("compare", plan_dir, plan_dir).err


def test_a_workbook_too_large_is_refused_quickly_by_every_command(run: Run, tmp_path: Path) -> None:
    book = tmp_path / "large.xlsx"
    with book.open("wb") as file:
        file.truncate(200_000_000)
    for words in (("check", book), ("convert", book, "x"), ("diff", book), ("plan", book),
                  ("baseline", book, "--strategy", "nearest")):  # fmt: skip
        ran = run(*words)
        assert ran.code == 2 and "the workbook is too large" in ran.err + ran.out
    assert everything(Path.cwd()) == []


@pytest.mark.slow
def test_a_bomb_and_a_million_rows_are_refused_by_the_command(run: Run, theatre: Path, tmp_path: Path) -> None:
    book = tmp_path / "book.xlsx"
    assert run("convert", theatre, book).code == 0
    bomb = Path(shutil.copy(book, tmp_path / "bomb.xlsx"))
    with (
        zipfile.ZipFile(bomb, "a", zipfile.ZIP_DEFLATED, compresslevel=1) as package,
        package.open("xl/media/bomb.xml", "w") as part,
    ):
        for _ in range(MOST_PART // 2**24 + 1):
            part.write(b"\0" * 2**24)
    ran = run("check", bomb)
    assert ran.code == 2 and "the workbook is too large when unpacked" in ran.out
    rows = b"".join(b'<row r="%d"/>' % i for i in range(1, 1_000_001))
    with_parts(book, {"xl/worksheets/sheet2.xml": lambda xml: xml.replace(b"<sheetData>", b"<sheetData>" + rows, 1)})
    ran = run("check", book)
    assert ran.code == 2 and f"the sheet goes beyond row {MOST_SHEET_ROWS:,}" in ran.out
    (theatre / "stocks.csv").write_text("lot,donor\n" + "L,ALDER\n" * (MOST_ROWS + 1))
    ran = run("check", theatre)
    assert ran.code == 2 and "the table has more than 1,000,000 rows" in ran.out
    with (theatre / "stocks.csv").open("wb") as file:
        file.truncate(200_000_000)
    ran = run("check", theatre)
    assert ran.code == 2 and "the file is too large" in ran.out


@pytest.mark.parametrize("words", [(), ("--json",)])
def test_a_reader_that_has_had_enough_is_told_nothing(theatre: Path, words: tuple[str, ...]) -> None:
    process = subprocess.Popen([CASEMATE, "diff", theatre, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout and process.stderr
    process.stdout.close()
    assert process.wait(timeout=60) == 0 and process.stderr.read() == b""
    process.stderr.close()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no full device here")
@pytest.mark.parametrize("words", [(), ("--json",)])
def test_output_that_finds_no_room_is_said_where_there_is_some(theatre: Path, words: tuple[str, ...]) -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run([CASEMATE, "diff", theatre, *words], stdout=full, stderr=subprocess.PIPE, text=True,
                              timeout=60)  # fmt: skip
    assert done.returncode == 2 and "No space left on device" in done.stderr and "Traceback" not in done.stderr
