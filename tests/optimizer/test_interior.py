"""The interior point against a solver, and the column method with it against the one with the simplex method."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp
from scipy.optimize import linprog

from data.relax import relaxed
from optimizer.formulations.reinforce import prepare
from optimizer.methods import lexicographic
from optimizer.methods.columns import Columns
from optimizer.methods.interior import minimise, start_of
from optimizer.methods.interior_master import InteriorMaster
from optimizer.methods.matrix import Matrix
from optimizer.methods.normal import Normal
from optimizer.methods.simplex_master import SimplexMaster
from optimizer.outcome import Clock, Limits, silent
from optimizer.solvers import master
from tests.data.drawn import drawn

ACCURACY = 1e-7


def packing(seed: int) -> tuple[Matrix, np.ndarray, np.ndarray]:
    """Return a program of 60 paths for 12 needs under 20 rows and two mixed ones, with a further column."""
    rng = np.random.default_rng(seed)
    paths, needs, count = 60, 12, 20
    need = np.concatenate([np.arange(needs), rng.integers(0, needs, paths - needs)])
    rows = sp.random_array((count, paths), density=0.2, rng=rng, format="csr")
    sums = sp.csr_matrix((rng.random(paths), (rng.integers(0, 3, paths), np.arange(paths))), shape=(3, paths))
    mixed = rng.normal(size=(2, 3))
    further = np.zeros((count + 2, 1))
    further[count:] = -1.0
    cost = np.concatenate([-rng.random(paths), [0.5]])
    limit = np.concatenate([rng.uniform(0.2, 1.0, count), np.zeros(2), np.ones(needs)])
    return Matrix(rows, sums, mixed, need, needs, further), limit, cost


def written_out(matrix: Matrix) -> np.ndarray:
    return np.array([matrix.times(column) for column in np.eye(matrix.paths + matrix.further.shape[1])]).T


@pytest.mark.parametrize("seed", range(8))
def test_the_interior_point_ends_within_its_accuracy_of_a_solver(seed: int) -> None:
    matrix, limit, cost = packing(seed)
    nothing = np.full(len(cost), np.nan), np.full(len(limit), np.nan)
    run = minimise(matrix, limit, cost, start_of(matrix, limit, cost, *nothing, 1e-2), ACCURACY, Clock(Limits()))
    best = linprog(cost, A_ub=written_out(matrix), b_ub=limit, bounds=(0, None)).fun
    assert run.done
    assert best - 1e-6 <= cost @ run.point.x <= best + ACCURACY + 1e-6
    assert (matrix.times(run.point.x) <= limit + 1e-7).all()


@pytest.mark.parametrize("seed", range(3))
def test_the_normal_equations_are_those_of_the_matrix_written_out(seed: int) -> None:
    matrix, limit, cost = packing(seed)
    rng = np.random.default_rng(seed)
    d, e, right = 10 ** rng.uniform(-6, 6, len(cost)), 10 ** rng.uniform(-6, 0, len(limit)), rng.normal(size=len(limit))
    normal = Normal(matrix)
    normal.factorise(d, e)
    whole = written_out(matrix)
    found = normal.solve(right)
    assert whole @ (d * (whole.T @ found)) + e * found == pytest.approx(right, abs=1e-6)


@pytest.mark.parametrize("right", [(1.0, -1.0, 0.0), (1.0, -0.5, 0.3), (1.0, 0.0, 0.0)])
def test_normal_equations_without_an_inverse_are_solved_as_far_as_they_are(right: tuple[float, ...]) -> None:
    twice = sp.csr_matrix(np.ones((2, 2)))
    matrix = Matrix(twice, sp.csr_matrix((1, 2)), np.zeros((0, 1)), np.array([0, 0]), 1, np.zeros((2, 0)))
    normal = Normal(matrix)
    normal.factorise(np.array([1.0, 2.0]), np.array([0.0, 0.0, 1.0]))  # two rows alike, both without slack
    assert np.isfinite(normal.solve(np.array(right))).all()


@pytest.mark.parametrize("seed", range(4))
def test_both_masters_prove_the_same_goals(seed: int) -> None:
    theatre, scenario, _ = drawn(seed)
    setting = prepare(*relaxed(theatre, scenario))
    answers = []
    for restricted in (InteriorMaster(), SimplexMaster(master())):
        engine = Columns(setting, master(), restricted)
        answers.append(lexicographic.run(engine, Clock(Limits()), silent))
    inner, exact = answers
    scales = exact.incumbent.score.scales
    first = next(iter(exact.bounds))  # later goals depend on how well the earlier ones are kept
    for one, other in ((inner, exact), (exact, inner)):
        assert one.proven()[first] <= other.incumbent.score.objectives[first] + 1e-6 * scales[first]
    for passes in answers:
        values = passes.incumbent.score.objectives
        for goal, bound in passes.proven().items():
            assert bound <= values[goal] + 1e-6 * scales[goal]
            if goal.startswith("tier"):
                assert values[goal] - bound <= 2e-3 * scales[goal]
