"""The command generate."""

from pathlib import Path

from tests.api.conftest import Run


def test_generate_writes_a_theatre_that_checks_and_the_same_seed_gives_the_same(run: Run, tmp_path: Path) -> None:
    first = run("generate", "--out", tmp_path / "a", "--seed", "3", "--json")
    again = run("generate", "--out", tmp_path / "b", "--seed", "3", "--json")
    assert first.code == again.code == 0
    assert first.json["digest"] == again.json["digest"]
    assert run("check", tmp_path / "a").code == 0
