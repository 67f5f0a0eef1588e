"""The commands generate and bench sizes."""

from pathlib import Path

from tests.api.conftest import Run


def test_generate_writes_a_theatre_that_checks_and_the_same_seed_gives_the_same(run: Run, tmp_path: Path) -> None:
    first = run("generate", "--size", "L", "--out", tmp_path / "a", "--seed", "3", "--json")
    again = run("generate", "--size", "L", "--out", tmp_path / "b", "--seed", "3", "--json")
    assert first.code == again.code == 0
    assert first.json["digest"] == again.json["digest"]
    assert run("check", tmp_path / "a").code == 0


def test_sizes_tells_counts_and_what_each_step_took(run: Run) -> None:
    told = run("bench", "sizes", "--size", "L", "--json")
    assert told.code == 0
    (row,) = told.json
    assert (row["needs"], row["days"], row["program"], row["short_is"]) == (4000, 30, "estimated", "supply alone")
    assert row["columns"] == row["items"] * (row["links"] + row["nodes"]) * row["days"]
    assert {name: step["status"] for name, step in row["steps"].items()} == dict.fromkeys(row["steps"], "done")
    assert all(step["peak_mb"] > 0 for step in row["steps"].values())


def test_a_size_that_is_not_there_is_refused(run: Run) -> None:
    assert run("bench", "sizes", "--size", "S,XXL").code == 2


def test_generate_measures_a_theatre_with_the_optimizer(run: Run, tmp_path: Path) -> None:
    told = run("generate", "--out", tmp_path / "a", "--seed", "1", "--measure", "--json").json
    assert abs(told["measured"]["short"] - 0.15) < 0.03
    assert set(told["measured"]["binding"]) == set(told["binding"])
    assert run("generate", "--out", tmp_path / "b", "--size", "L", "--measure").code == 2
