"""Ours beside the rivals: the contract of the command, on a world small enough to run here and on a size S."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.protocol import protocol, solver_of
from benchmarks.rivals import UnknownPathError, known, measure, table
from optimizer.outcome import Clock, Limits
from tests.api.test_cli_process import casemate
from tests.optimizer.test_solvers import program


def test_ours_and_a_rival_end_in_verified_plans_of_the_same_goals(folder: Path) -> None:
    said = {"name": str(folder), "scenario": "test"}
    told = measure(said, ["cbc"], seconds=60.0, report=lambda _: None)
    ours, cbc = told["ours"], told["rivals"]["cbc"]
    assert told["instance"]["columns"] > 10 and told["passes"] >= 2
    assert cbc["status"] == ours["status"] == "optimal" and cbc["verified"] and ours["verified"]
    for goal, value in ours["objectives"].items():
        assert goal == "shipments" or cbc["objectives"][goal] == pytest.approx(value, rel=1e-3, abs=1e-3), goal
    assert ours["objectives"]["tier1_short"] > 0 and cbc["disagreements"] == 0
    assert cbc["ratio"] == cbc["wall_s"] / ours["wall_s"] and ours["peak_mb"] > 50
    line = table([told]).splitlines()[2]
    assert "world" in line and f"{cbc['ratio']:.1f}×" in line


def test_every_path_of_the_protocol_is_a_solver_and_others_are_refused() -> None:
    paths = protocol()["paths"]
    for path in paths:
        outcome = solver_of(path).solve(program(), Clock(Limits()))
        assert outcome.objective == pytest.approx(-7.5, abs=1e-4), path
    assert set(protocol()["rivals"]["paths"]) <= set(paths)
    assert all(set(said["paths"]) <= set(paths) for said in protocol()["agreement"].values())
    with pytest.raises(UnknownPathError, match="no rival 'gurobi'; use some of: highs-simplex"):
        known(["cbc", "gurobi"])


def test_a_rival_that_is_not_known_is_bad_use(tmp_path: Path) -> None:
    done = casemate("bench", "rivals", "--rivals", "gurobi", cwd=tmp_path)
    assert done.returncode == 2 and "no rival 'gurobi'" in done.stderr


@pytest.mark.slow
def test_rivals_at_size_s_say_what_the_contract_asks() -> None:
    command = [Path(sys.executable).with_name("casemate"), "bench", "rivals", "--size", "S", "--congestion", "loose"]
    more = ["--seed", "4", "--rivals", "glop,highs-simplex", "--timeout", "20", "--json"]
    done = subprocess.run([*command, *more], capture_output=True, text=True, timeout=600)
    told = json.loads(done.stdout)
    assert done.returncode == 0, done.stderr
    assert set(told) >= {"instance", "passes", "ours", "rivals"} and set(told["rivals"]) == {"glop", "highs-simplex"}
    assert set(told["ours"]) >= {"wall_s", "gap", "peak_mb", "objectives"} and told["ours"]["verified"]
    for row in told["rivals"].values():
        assert set(row) >= {"wall_s", "peak_mb", "objectives", "status", "verified", "ratio"}
        assert row["status"] != "timeout" or row["wall_s"] == 20.0
        assert row["status"] in ("optimal", "feasible", "timeout") and row["verified"]
        assert row["ratio"] == row["wall_s"] / told["ours"]["wall_s"]
