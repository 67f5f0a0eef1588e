"""`casemate works` and `casemate bench psplib` from the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from api.cli import main
from data.formats import save
from tests.worlds_works import material, mode, site, work

PROJECT = """************************************************************************
file with basedata            : hand
initial value random generator: 1
************************************************************************
projects                      :  1
jobs (incl. supersource/sink ):  5
horizon                       :  9
RESOURCES
  - renewable                 :  1   R
  - nonrenewable              :  0   N
  - doubly constrained        :  0   D
************************************************************************
PROJECT INFORMATION:
pronr.  #jobs rel.date duedate tardcost  MPM-Time
    1      3      0        6        0        6
************************************************************************
PRECEDENCE RELATIONS:
jobnr.    #modes  #successors   successors
   1        1          3           2   3   4
   2        1          1           5
   3        1          1           5
   4        1          1           5
   5        1          0
************************************************************************
REQUESTS/DURATIONS:
jobnr. mode duration  R 1
------------------------------------------------------------------------
  1      1     0       0
  2      1     4       2
  3      1     3       2
  4      1     2       1
  5      1     0       0
************************************************************************
RESOURCEAVAILABILITIES:
  R 1
   3
************************************************************************
"""


@pytest.fixture
def world(tmp_path: Path) -> Path:
    works = [work("A", due=1), work("B", value=4.0, due=1)]
    theatre, scenario = site(works=works, work_modes=[mode("A"), mode("B")])
    return save(tmp_path / "world", theatre, [scenario])


def test_works_are_scheduled_written_and_verified(
    world: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "plan"
    assert main(["works", str(world), "--json", "--out", str(out)]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["reason"] == "optimal" and told["objectives"]["tier1_works"] == 4.0
    assert [(row["work"], row["start"]) for row in told["works"]] == [("A", 0), ("B", 2)]
    assert main(["verify", str(out)]) == 0
    capsys.readouterr()
    assert main(["works", str(world), "--plan", str(out)]) == 0
    text = capsys.readouterr().out
    assert "work B at S (tier 1) ends on day 3, due on day 1" in text and "SAPPERS/1" in text


def test_a_plan_of_works_emptied_by_hand_is_told_which_mandatory_work_it_leaves_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    theatre, scenario = site(works=[work(mandatory="yes")])
    folder, out = save(tmp_path / "world", theatre, [scenario]), tmp_path / "plan"
    assert main(["works", str(folder), "--out", str(out)]) == 0
    lines = (out / "works.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    (out / "works.csv").write_text(lines[0], encoding="utf-8")
    capsys.readouterr()
    assert main(["verify", str(out)]) != 0
    assert "mandatory work" in capsys.readouterr().out


BAD_CELLS = {
    "precedences": ("A,B,0\n", "A,B,0\nB,A,0\n"),
    "work_modes": ("A,m,2,earth", "A,m,2,diving"),
    "work_materials": ("A,box", "A,unknown"),
    "works": ("A,S,trench,10,1,0,5,", "A,S,trench,10,1,6,7,3"),
}


def test_every_mistake_about_works_is_told_with_its_row_and_nothing_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = site(works=[work("A"), work("B")], work_modes=[mode("A"), mode("B")], work_materials=[material("A")],
                 precedences=[{"before": "A", "after": "B", "lag": 0}])  # fmt: skip
    folder, out = save(tmp_path / "world", given[0], [given[1]]), tmp_path / "plan"
    for table, (old, new) in BAD_CELLS.items():
        file = next(folder.glob(f"scenarios/*/{table}.csv"))
        text = file.read_text(encoding="utf-8")
        assert old in text, text
        text = text.replace(old, new).replace("B,m,2", "B,m,-2")
        file.write_text(text, encoding="utf-8")
    assert main(["plan", str(folder), "--with-works", "--out", str(out), "--json"]) == 2
    problems = json.loads(capsys.readouterr().out)["error"]["problems"]
    assert sorted((p["table"], p["row"], p["column"], p["value"]) for p in problems) == [
        ("precedences", 1, "after", "B"), ("precedences", 2, "after", "A"), ("work_materials", 1, "item", "unknown"),
        ("work_modes", 1, "trade", "diving"), ("work_modes", 2, "duration", "-2"), ("works", 1, "deadline", "3"),
    ]  # fmt: skip
    assert all(problem["mend"] for problem in problems) and not out.exists()


def test_a_project_is_solved_to_its_known_length(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "hand.sm").write_text(PROJECT, encoding="utf-8")
    assert main(["bench", "psplib", str(tmp_path), "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [(r["instance"], r["makespan"], r["bound"], r["status"]) for r in rows] == [("hand", 7, 7, "optimal")]
    assert rows[0]["wall_s"] < 10


def test_a_file_that_is_no_project_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "odd.mm").write_text("nothing\n", encoding="utf-8")
    assert main(["bench", "psplib", str(tmp_path / "odd.mm")]) != 0
    assert "does not read as a project" in capsys.readouterr().err
    assert main(["bench", "psplib", str(tmp_path / "none.txt")]) != 0


def test_a_plan_with_works_is_written_verified_and_briefed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    theatre, scenario = site(work_materials=[material()])
    folder, out = save(tmp_path / "world", theatre, [scenario]), tmp_path / "plan"
    assert main(["plan", str(folder), "--with-works", "--gap", "1e-3", "--deadline", "30", "--out", str(out)]) == 0
    assert "Tier 1: value of works unfinished" in capsys.readouterr().out
    told = json.loads((out / "plan.json").read_text(encoding="utf-8"))
    assert told["objectives"]["tier1_works"] == 0 and told["method"] == "fortify" and told["kpis"]["works_built"] == 1
    assert main(["verify", str(out)]) == 0
    page = (out / "briefing.html").read_text(encoding="utf-8")
    assert "<h2>Fortification works</h2>" in page and "<b>W</b>" in page and "By crew and machine" in page
    assert (out / "works.csv").read_text(encoding="utf-8").splitlines()[1].startswith("W,m,")
