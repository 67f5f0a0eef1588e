"""What every solver says of small programs, in the words of Reason and Limit."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import scipy.sparse as sp

from optimizer.outcome import Clock, Limit, Limits, NoPlanError, Reason, RefusedError
from optimizer.program import Assembly, Block, Program
from optimizer.solvers import SOLVERS, cbc_command, master, pulp
from optimizer.solvers import solver as solver_named
from optimizer.solvers.cbc_command import in_full
from optimizer.solvers.highs import Highs
from tests.optimizer.backends import FOREIGN

ROOT = Path(__file__).resolve().parent.parent.parent


def program(least: float = 0.0, most: float = 4.5, whole: bool = False) -> Program:
    """minimise −2 a − b with a + b ≤ most, a + b ≥ least, a ≤ 3."""
    assembly = Assembly()
    a = assembly.add_columns("a", np.array([3.0]), {}, np.array([whole]))
    b = assembly.add_columns("b", np.array([np.inf]), {}, np.array([whole]))
    columns = np.concatenate([a, b])
    for name, low, high in (("most", -np.inf, most), ("least", least, np.inf)):
        row = assembly.add_rows(name, np.array([low]), np.array([high]), {})
        assembly.add_entries(np.repeat(row, 2), columns, np.ones(2))
    return assembly.program().with_goal(np.array([-2.0, -1.0]))


def unbounded() -> Program:
    return program().without(["most"])


def clock(seconds: float | None = None) -> Clock:
    return Clock(Limits(seconds=seconds))


def test_an_optimum_comes_with_values_objective_and_prices(solver: str) -> None:
    outcome = solver_named(solver).solve(program().without(["least"]), clock())
    assert outcome.reason is Reason.OPTIMAL
    assert outcome.values == pytest.approx([3.0, 1.5])
    assert outcome.objective == pytest.approx(-7.5)
    assert outcome.prices == pytest.approx([-1.0])  # one more on the right side is worth 1 less cost


def test_an_option_that_highs_does_not_have_is_refused_and_not_left_out() -> None:
    with pytest.raises(ValueError, match=r"refuses the option solver = 'no such one'"):
        Highs(solver="no such one").solve(program(), clock())


@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize("solver", [name for name, can in SOLVERS.items() if can.accuracy <= 1e-6])
def test_points_keep_rows_of_large_sides_to_all_their_digits(solver: str, whole: bool) -> None:
    """a + b = 123 456.789 012 3 t, a whole where the solver knows whole items: eight digits of b miss kilograms."""
    whole = whole and SOLVERS[solver].whole
    assembly = Assembly()
    a = assembly.add_columns("a", np.array([1000.0]), {}, np.array([whole]))
    b = assembly.add_columns("b", np.array([np.inf]), {})
    row = assembly.add_rows("sum", np.array([123456.7890123]), np.array([123456.7890123]), {})
    assembly.add_entries(np.repeat(row, 2), np.concatenate([a, b]), np.ones(2))
    asked = assembly.program().with_goal(np.array([-1.0, 1.0]))
    outcome = solver_named(solver).solve(asked, clock())
    assert outcome.values == pytest.approx([1000.0, 122456.7890123], rel=1e-12)
    assert abs(outcome.values.sum() - 123456.7890123) < 1e-8


def binary(rows: list[float], prices: list[float], columns: list[float]) -> bytes:
    sizes = np.array([len(rows), len(columns)], np.int32).tobytes()
    return sizes + np.array([7.0, *rows, *prices, *columns, *([0.0] * len(columns))]).tobytes()


def test_what_cbc_writes_in_full_stands_for_what_it_rounds_and_for_nothing_else() -> None:
    held = binary([1.0], [-0.123456789012], [1000.0000049, 5.0])
    read = {"x": 1000.0, "y": 2.0}
    # y is another number altogether: such a file is not of this answer, and what was read stays
    assert in_full(read, ["x", "y"], held, 2) == {"x": 1000.0000049, "y": 2.0}
    assert in_full({"r": -0.12345679}, ["r"], held, 1) == {"r": -0.123456789012}
    for broken in (b"", held[:7], held[:30], binary([1.0], [0.0], [1.0])):
        assert in_full(read, ["x", "y"], broken, 2) == read


def test_cbc_is_ended_where_it_does_not_heed_its_seconds(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    slow = tmp_path / "cbc"
    slow.write_text("#!/bin/sh\nexec sleep 60\n")
    slow.chmod(0o755)
    monkeypatch.setattr(cbc_command, "PATIENCE", 0.1)
    monkeypatch.setattr(pulp.pulp.PULP_CBC_CMD, "pulp_cbc_path", str(slow))
    outcome = pulp.Cbc().solve(program(), clock(seconds=0.2))
    assert (outcome.reason, outcome.limit) == (Reason.NO_PLAN, Limit.TIME)


def test_cbc_that_fails_is_told_as_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulp.pulp.PULP_CBC_CMD, "pulp_cbc_path", "/bin/false")
    outcome = pulp.Cbc().solve(program(), clock())
    assert outcome.reason is Reason.FAILED and "exit code 1" in outcome.detail


def test_an_equation_has_a_price_of_either_sign(solver: str) -> None:
    for sign in (1.0, -1.0):
        assembly = Assembly()
        column = assembly.add_columns("x", np.array([np.inf]), {})
        row = assembly.add_rows("r", np.array([2.0]), np.array([2.0]), {})
        assembly.add_entries(row, column, np.ones(1))
        asked = assembly.program().with_goal(np.array([sign]))
        assert solver_named(solver).solve(asked, clock()).prices == pytest.approx([sign])


def test_a_program_without_solution_is_impossible_and_holds_nothing(solver: str) -> None:
    outcome = solver_named(solver).solve(program(least=5.0), clock())
    assert outcome.reason is Reason.IMPOSSIBLE
    assert outcome.objective is None
    with pytest.raises(NoPlanError):
        _ = outcome.values


def test_an_unbounded_program_is_never_called_solved(solver: str) -> None:
    outcome = solver_named(solver).solve(unbounded(), clock())
    assert outcome.reason in (Reason.FAILED, Reason.IMPOSSIBLE)
    assert not outcome.has_values


@pytest.mark.parametrize("name", [name for name, can in SOLVERS.items() if can.whole])
def test_whole_columns_are_whole_and_have_no_prices(name: str) -> None:
    outcome = solver_named(name).solve(program(whole=True).without(["least"]), clock())
    assert outcome.values == pytest.approx([3.0, 1.0])
    assert not outcome.has_prices


def test_one_solver_solves_programs_one_after_another_as_if_each_were_the_first(solver: str) -> None:
    one = solver_named(solver)
    sizes = (4.5, 2.0, 6.0)
    together = [one.solve(program(most=most), clock()).objective for most in sizes]
    apart = [solver_named(solver).solve(program(most=most), clock()).objective for most in sizes]
    more = program().with_row("held", np.array([1.0, 0.0]), 1.0)
    assert together == pytest.approx(apart)
    assert one.solve(more, clock()).objective == pytest.approx(-5.5)


def test_no_time_gives_values_or_none_but_never_a_false_proof(solver: str) -> None:
    outcome = solver_named(solver).solve(program(), clock(0.0))
    assert outcome.reason in (Reason.NO_PLAN, Reason.FEASIBLE, Reason.OPTIMAL)
    if outcome.reason is Reason.OPTIMAL:
        assert outcome.objective == pytest.approx(-7.5)


def test_a_status_nobody_foresaw_is_a_failure_without_values(solver: str, monkeypatch: pytest.MonkeyPatch) -> None:
    says, statuses = FOREIGN[solver]
    for status in statuses:
        with monkeypatch.context() as patch:
            says(status, patch)
            outcome = solver_named(solver).solve(program(), clock())
        assert outcome.reason is Reason.FAILED
        assert not outcome.has_values
        assert not outcome.has_prices


@pytest.mark.parametrize("name", [name for name, can in SOLVERS.items() if not can.whole])
def test_a_solver_of_fractions_refuses_whole_columns(name: str) -> None:
    with pytest.raises(RefusedError, match="no whole columns"):
        solver_named(name).solve(program(whole=True), clock())


SIDE_BY_SIDE = """
import IMPORTS
from optimizer import plan
from optimizer.solvers import SOLVERS
from tests.worlds import cost_and_shipments
world = cost_and_shipments()
for name in [*SOLVERS, *SOLVERS]:
    answer = plan(world.theatre, world.scenario, solver=name)
    assert answer.goals[0].value < 1e-3, answer
"""
ORTOOLS = "ortools.linear_solver.python.model_builder_helper"
ORDERS = (f"highspy, pulp, {ORTOOLS}", f"pulp, {ORTOOLS}, highspy", f"{ORTOOLS}, highspy, pulp")


@pytest.mark.parametrize("order", ORDERS)
def test_all_solver_libraries_live_in_one_process_and_planning_prints_nothing(order: str) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", SIDE_BY_SIDE.replace("IMPORTS", order)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_no_solver_but_glop_is_picked_inside_or_tools() -> None:
    """Another HiGHS inside OR-Tools, beside the one that PuLP loads for all to see, ends the process."""
    for path in ROOT.glob("optimizer/**/*.py"):
        text = path.read_text(encoding="utf-8")
        assert set(re.findall(r"ModelSolverHelper\((.*?)\)", text)) <= {'"glop"'}, path
        assert not re.search(r"import .*(mathopt|pywraplp)|model_builder import|CreateSolver", text), path


def test_a_master_goes_on_where_a_new_row_breaks_its_last_plan() -> None:
    """x ≤ 4 and x ≤ 3 + w, with w at a cost: x = 4 breaks the second row until w, which is new, relieves it."""
    kept, one = master(), sp.csc_matrix([[1.0]])
    kept.load(linear([-2.0], one, [4.0]), [("most", 0)], [("x", 0)])
    assert kept.run(clock()).values == pytest.approx([4.0])
    more = sp.csc_matrix([[1.0, 0.0], [1.0, -1.0]])
    for cost, expected in ((1.0, [4.0, 1.0]), (3.0, [3.0, 0.0])):
        kept.load(linear([-2.0, cost], more, [4.0, 3.0]), [("most", 0), ("held", 0)], [("x", 0), ("w", 0)])
        outcome = kept.run(clock())
        assert outcome.reason is Reason.OPTIMAL
        assert outcome.values == pytest.approx(expected)


def linear(cost: list[float], matrix: sp.csc_matrix, most: list[float]) -> Program:
    height, width = matrix.shape
    return Program(
        np.array(cost), np.zeros(width), np.full(width, np.inf), np.zeros(width, bool), np.full(height, -np.inf),
        np.array(most), matrix, (Block("rows", 0, height),), (Block("columns", 0, width),),
    )  # fmt: skip
