"""First-order steps against a solver, and the column method with them against the one with the simplex method."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import linprog

from data.relax import relaxed
from optimizer.formulations.reinforce import prepare
from optimizer.methods import columns, lexicographic
from optimizer.methods.approach import shrunk
from optimizer.methods.columns import Columns
from optimizer.methods.first_order import FirstOrder, Iterate
from optimizer.methods.greedy import fit
from optimizer.methods.simplex_master import SimplexMaster
from optimizer.outcome import Clock, Limits, silent
from optimizer.solvers import master
from tests.data.drawn import drawn
from tests.optimizer.test_interior import packing, written_out


@pytest.mark.parametrize("seed", range(8))
def test_steps_end_at_the_least_cost_a_solver_finds(seed: int) -> None:
    matrix, limit, cost = packing(seed)
    start = Iterate(np.zeros(len(cost)), np.zeros(len(limit)))
    end = FirstOrder(matrix, limit, cost).walk(start, 8_000, Clock(Limits()))
    best = linprog(cost, A_ub=written_out(matrix), b_ub=limit, bounds=(0, None)).fun
    assert cost @ end.x == pytest.approx(best, abs=1e-4)
    assert -(limit @ end.y) == pytest.approx(best, abs=1e-4)
    assert (matrix.times(end.x) <= limit + 1e-4).all()


@pytest.mark.parametrize("seed", range(8))
def test_no_row_or_column_is_larger_than_its_size(seed: int) -> None:
    matrix, *_ = packing(seed)
    rows, wide = matrix.sizes()
    whole = np.abs(written_out(matrix))
    assert (whole.sum(axis=1) <= rows + 1e-9).all()
    assert (whole.sum(axis=0) <= wide + 1e-9).all()


@pytest.mark.parametrize("seed", range(4))
def test_first_order_bounds_are_bounds_and_its_plans_keep_them(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    theatre, scenario, _ = drawn(seed)
    setting = prepare(*relaxed(theatre, scenario))
    exact = lexicographic.run(Columns(setting, master(), SimplexMaster(master())), Clock(Limits()), silent)
    monkeypatch.setattr(columns, "WIDE", 0)
    passes = lexicographic.run(Columns(setting, master()), Clock(Limits()), silent)
    scales = exact.incumbent.score.scales
    first = next(iter(exact.bounds))
    for one, other in ((passes, exact), (exact, passes)):
        assert one.proven()[first] <= other.incumbent.score.objectives[first] + 1e-6 * scales[first]
    values = passes.incumbent.score.objectives
    for goal, bound in passes.proven().items():
        assert bound <= values[goal] + 1e-6 * scales[goal]
        if goal.startswith("tier"):
            assert values[goal] - bound <= 2e-3 * scales[goal]


@pytest.mark.parametrize("make", [shrunk, fit])
@pytest.mark.parametrize("seed", range(3))
def test_a_flow_far_too_large_is_brought_within_every_row(seed: int, make: object) -> None:
    theatre, scenario, _ = drawn(seed)
    setting = prepare(*relaxed(theatre, scenario))
    engine = Columns(setting, master())
    lexicographic.run(engine, Clock(Limits(rounds=1)), silent)
    pool, needs = engine.pool, setting.needs
    flow = 3.0 * needs.size[pool.load.need] / pool.load.credit * ~pool.barred
    less = make(pool, flow)  # type: ignore[operator]
    limit = pool.rows.limit
    assert less.sum() > 0
    assert (pool.use @ less <= limit * (1 + 1e-9) + 1e-9).all()
    served = np.bincount(pool.load.need, pool.load.credit * less, len(needs.size))
    assert (served <= needs.size * (1 + 1e-9)).all()
