"""The master of a weighted question by an interior point method: exact where first-order steps only come near.

    min (c + Σ Λ_j c_j)·x   subject to   rows·x + further·w ≤ limits,   mixed·g + further·w ≤ limits,
                                         Σ of each need ≤ 1,   sums·x − g = 0,   x, w, g ≥ 0

No row holds an earlier goal, so the program has an inside, and an interior point method without crossover comes
through where with such rows it ends "Unknown" (docs/decisions/018).
"""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from optimizer.formulations.reinforce.pool import Pool
from optimizer.formulations.reinforce.terms import Terms
from optimizer.methods.matrix import Matrix, Scaled
from optimizer.methods.questions import MasterProgram
from optimizer.methods.walk import Walk
from optimizer.methods.weighted import Weighted, whole_master
from optimizer.outcome import Clock, Reason
from optimizer.program import Block, Master, Program

PART = 0.1  # of the gap that is good enough: how well a master is solved


def land(
    walk: Walk, weighted: Weighted, pool: Pool, terms: Terms, solver: Master, target: float, clock: Clock
) -> MasterProgram | None:
    """Move a walk to the best flow and prices of its master, and return the master; None if the method fails.

    `target` is the gap of the goal that is good enough.
    """
    walk.grow(pool)
    master, shape, cost, unit = whole_master(weighted, pool, terms)
    size = abs(float(cost @ (walk.columns_of(master) / shape.width)))
    accuracy = PART * target * weighted.question.factor / unit / max(1e-9, size)
    outcome = solver.interior(program_of(shape, cost), accuracy, clock)
    if outcome.reason is not Reason.OPTIMAL or not outcome.has_values or not outcome.has_prices:
        return None
    y = np.maximum(0.0, -outcome.prices[: len(shape.limit)])
    walk.keep(master, outcome.values[: len(cost)] * shape.width, y * unit / shape.height / weighted.question.factor)
    return master


def program_of(shape: Scaled, cost: np.ndarray) -> Program:
    """Return the scaled master as a program; what donors give has columns of its own, which keeps rows short."""
    a = shape.matrix
    matrix, given = _matrix(a), a.sums.shape[0]
    height, width = matrix.shape
    upper = np.concatenate([shape.limit, np.zeros(given)])
    lower = np.full(height, -np.inf)
    lower[height - given :] = 0.0
    return Program(
        np.concatenate([cost, np.zeros(given)]), np.zeros(width), np.full(width, np.inf), np.zeros(width, bool),
        lower, upper, matrix, (Block("rows", 0, height),), (Block("columns", 0, width),),
    )  # fmt: skip


def _matrix(a: Matrix) -> sp.csc_matrix:
    place = np.arange(a.paths)
    needs = sp.csr_matrix((np.ones(a.paths), (a.need, place)), shape=(a.needs, a.paths))
    count, given = a.rows.shape[0], sp.identity(a.sums.shape[0], format="csr")
    further, mixed = sp.csr_matrix(a.further), sp.csr_matrix(a.mixed)
    return sp.bmat(
        [
            [a.rows, further[:count], None],
            [None, further[count:], mixed],
            [needs, None, None],
            [a.sums, None, -given],
        ],
        format="csc",
    )
