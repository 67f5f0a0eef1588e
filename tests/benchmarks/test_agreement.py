"""Agreement of solvers: that it is found where it is, that a wrong answer is seen, and that a lost run is told."""

from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.agreement import Book, judged, measure, solved, table
from benchmarks.protocol import protocol, solver_of
from optimizer import plan, relaxed
from optimizer.formulations.reinforce import build
from optimizer.methods.whole import Whole
from tests.benchmarks.conftest import small_world


def test_an_answer_agrees_and_a_wrong_one_is_seen() -> None:
    theatre, scenario = relaxed(*small_world())
    found = plan(theatre, scenario)
    whole = Whole(build(theatre, scenario), solver_of("highs-simplex"))
    asked = [row for row in whole.arcflow.goals if row.cost.any()]
    assert len(asked) >= 4 and all(judged(whole, found, row, "highs-simplex", 60.0)[1].agrees for row in asked)
    wrong = replace(found, goals=tuple(replace(g, bound=g.bound + 0.01 * g.scale) for g in found.goals))
    compared = judged(whole, wrong, asked[0], "highs-simplex", 60.0)[1]
    assert not compared.agrees and compared.apart == pytest.approx(0.01, rel=0.01)
    wrong = replace(found, goals=tuple(replace(g, value=g.value - 0.01 * g.scale) for g in found.goals))
    assert not judged(whole, wrong, asked[0], "highs-simplex", 60.0)[1].agrees


def test_a_table_is_measured_once_and_goes_on_where_it_ended(folder: Path, tmp_path: Path) -> None:
    said = {"theatres": {"name": str(folder), "scenario": "test"}, "paths": ["cbc"], "answer_s": 60, "program_s": 60}
    book = Book(tmp_path / "out" / "lines.jsonl")
    rows = list(measure(said, book))
    assert [row["status"] for row in rows[1:]] == ["agrees"] * len(rows[0]["goals"])
    known = Book(book.file)
    assert known.rows() == book.rows() and list(measure(said, known)) == [rows[0]]
    lines = table(book.rows()).splitlines()
    assert len(lines) == 3 and lines[2].startswith(f"| world-test | cbc | {len(rows) - 1} | {len(rows) - 1} | 0 | 0 |")


def test_what_was_lost_is_told_and_asked_again_if_wanted(tmp_path: Path) -> None:
    book = Book(tmp_path / "lines.jsonl")
    book.put("S-tight-3", "glop", "share", status="timeout")
    book.put("S-tight-4", "glop", "share", status="agrees", solve_s=1.0, apart=0.0)
    assert "| S tight | glop | 2 | 1 | 0 | 1 | 0e+00 | 1.0 | 1 | share timeout (3) |" in table(book.rows())
    again = Book(book.file, again=True)
    assert again.get("S-tight-3", "glop", "share") is None and again.get("S-tight-4", "glop", "share")


def test_a_process_that_dies_loses_one_program_and_the_next_is_asked_afresh(tmp_path: Path) -> None:
    book = Book(tmp_path / "lines.jsonl")
    lost = list(solved("S-loose-1", tmp_path / "no answer", "cbc", ["tier1_short", "share"], 60.0, book))
    assert [(row["goal"], row["status"]) for row in lost] == [("tier1_short", "failed"), ("share", "failed")]
    assert "FileNotFoundError" in lost[0]["detail"] and book.rows() == lost


@pytest.mark.slow
def test_five_solver_paths_agree_on_a_size_s(tmp_path: Path) -> None:
    book = Book(tmp_path / "lines.jsonl")
    rows = list(measure(protocol()["agreement"]["short"], book))
    assert [row["status"] for row in rows] == ["done"] + ["agrees"] * 10
