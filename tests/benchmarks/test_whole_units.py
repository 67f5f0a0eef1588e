"""Whole items by two solvers: consistent where they are, and a plan below a bound is seen."""

from pathlib import Path

from benchmarks.agreement import Book
from benchmarks.whole_units import contradictions, measure, table


def test_two_solvers_of_whole_items_do_not_contradict_each_other(folder: Path, tmp_path: Path) -> None:
    said = {"theatres": {"name": str(folder), "scenario": "test"}, "solvers": ["highs", "cbc"], "plan_s": 60}
    book = Book(tmp_path / "out" / "lines.jsonl")
    rows = list(measure(said, book))
    assert [row["status"] for row in rows] == ["done", "done"] and list(measure(said, Book(book.file))) == []
    values = [{g["goal"]: g["value"] for g in row["goals"]} for row in rows]
    assert values[0]["tier1_short"] == values[1]["tier1_short"] > 0
    assert contradictions(rows) == 0 and all(line.endswith(" | 0 |") for line in table(rows).splitlines()[2:])
    goals = [{**g, "bound": g["value"] + 0.1 * g["scale"]} for g in rows[1]["goals"]]
    assert contradictions([rows[0], {**rows[1], "goals": goals}]) > 0
