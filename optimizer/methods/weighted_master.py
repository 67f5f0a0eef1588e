"""The master of a weighted question by an interior point method: exact where first-order steps only come near.

    min (c + Σ Λ_j c_j)·x + Σ MORE·s_j   subject to   rows·x + further·w ≤ limits,   mixed·g + further·w ≤ limits,
        Σ of each need ≤ 1,   sums·x − g = 0,   Λ_j c_j·x − s_j ≤ Λ_j limit_j of each earlier goal,   x, w, g, s ≥ 0

Earlier goals may be broken at a price, so the program has an inside, and an interior point method without crossover
comes through where rows that hold them end it "Unknown" (docs/decisions/021). The prices of their rows say how much
more than Λ_j they weigh. Only paths are in it on which the walk or the plan that is kept carries something, or that
are not dear at the walk's prices: a third to two thirds of all.
"""

from __future__ import annotations

from dataclasses import replace

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
MORE = 10.0  # times its weight: the most that an earlier goal weighs beyond it in one master
AGAIN = 2  # times a master is solved at most
CARRIES = 1e-6  # of its need: a path that carries less, and is dear, is left out


def land(
    walk: Walk, weighted: Weighted, kept: np.ndarray, pool: Pool, terms: Terms, solver: Master,
    target: float, clock: Clock, near: bool,
) -> tuple[MasterProgram, Weighted] | None:  # fmt: skip
    """Move a walk to the best flow and prices of its master; return the master, and the question with better weights.

    `kept` is a flow that keeps earlier goals, `target` the gap of the goal that is good enough. Where
    it is near, what was left out and turns out not to be dear is taken in as well. None if the method fails.
    """
    walk.grow(pool)
    master, shape, cost, unit = whole_master(weighted, pool, terms)
    factor, paths = weighted.question.factor / unit, len(master.columns)
    x, y = walk.scaled(master, shape, factor * shape.height)
    wanted = (x > CARRIES) | (cost + shape.matrix.transposed(y) < 0)
    known = np.concatenate([kept, np.zeros(len(pool) - len(kept))])
    wanted[:paths] |= known[master.columns] > CARRIES * shape.width[:paths]
    wanted[paths:] = True
    rows, limits = weighted.rows(terms, pool.load.take(master.columns))
    rows, limits = factor * rows * shape.width, factor * limits
    accuracy = PART * target * factor / max(1e-9, abs(float(cost @ x)))
    for _ in range(AGAIN if near else 1):
        part = replace(shape, matrix=shape.matrix.of_paths(wanted[:paths]))
        outcome = solver.interior(program_of(part, cost[wanted], rows[:, wanted], limits), accuracy, clock)
        if outcome.reason is not Reason.OPTIMAL or not outcome.has_values or not outcome.has_prices:
            return None
        values, prices = np.zeros(len(cost)), np.maximum(0.0, -outcome.prices)
        values[wanted] = outcome.values[: wanted.sum()]
        y, more = prices[: len(shape.limit)], prices[len(prices) - len(rows) :]
        missed = ~wanted & (cost + more @ rows + shape.matrix.transposed(y) < 0)
        if not missed.any():
            break
        wanted |= missed
    walk.keep(master, values * shape.width, y / (factor * shape.height))
    return master, weighted.with_more(more)


def program_of(shape: Scaled, cost: np.ndarray, earlier: np.ndarray, limits: np.ndarray) -> Program:
    """Return the scaled master as a program; what donors give has columns of its own, which keeps rows short.

    The last rows and columns are the earlier goals and what they are above their limits, at a price of MORE.
    """
    a = shape.matrix
    matrix, given, count = _matrix(a), a.sums.shape[0], len(limits)
    above = sp.hstack([sp.csr_matrix(earlier), sp.csr_matrix((count, given)), -sp.identity(count)])
    matrix = sp.vstack([sp.hstack([matrix, sp.csr_matrix((matrix.shape[0], count))]), above], format="csc")
    height, width = matrix.shape
    upper = np.concatenate([shape.limit, np.zeros(given), limits])
    lower = np.full(height, -np.inf)
    lower[len(shape.limit) : len(shape.limit) + given] = 0.0
    return Program(
        np.concatenate([cost, np.zeros(given), np.full(count, MORE)]), np.zeros(width), np.full(width, np.inf),
        np.zeros(width, bool), lower, upper, matrix, (Block("rows", 0, height),), (Block("columns", 0, width),),
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
