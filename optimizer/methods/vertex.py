"""The best flow over the columns of a flow there is: exact, and at a vertex, of few paths."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from optimizer.formulations.reinforce.pool import Pool
from optimizer.formulations.reinforce.terms import Terms
from optimizer.methods.questions import MasterProgram, Question, Solved, build_master
from optimizer.outcome import Clock

SPECK = 1e-9  # of a need: a path that carries less carries nothing
IDLE = 0.5  # a row enters at the beginning beyond this share of its limit
FULL = 0.9  # and later, when any row is broken, beyond this share
SETTLED = 5  # times a flow is settled again for rows it broke


class ToVertex(Protocol):
    """Solves a master from nothing to a vertex."""

    def afresh(self, master: MasterProgram, clock: Clock) -> Solved:
        """Return the master solved."""
        ...


def at_vertex(
    question: Question,
    pool: Pool,
    terms: Terms,
    exact: ToVertex,
    flow: np.ndarray,
    full: np.ndarray,
    clock: Clock,
) -> tuple[np.ndarray, float] | None:
    """Return the best flow over the columns that carry something in a flow, and its value; None if there is no end.

    Rows that the flow `full` fills are in from the beginning, others enter when they are broken.
    """
    limit, load, size = pool.rows.limit, pool.load, pool.setting.needs.size
    some = np.flatnonzero((flow * load.credit > SPECK * size[load.need]) & ~pool.barred)
    active = (pool.use @ full > IDLE * limit) & (limit > 0)
    for _ in range(SETTLED):
        less = build_master(question, pool, terms, np.flatnonzero(active), some)
        solved = exact.afresh(less, clock)
        if not solved.done:
            return None
        found = np.zeros(len(pool))
        found[less.columns] = np.maximum(0.0, solved.values[: len(less.columns)])
        used = pool.use @ found
        if not ((used > limit * (1 + 1e-7) + 1e-7) & ~active & (limit > 0)).any():
            return found, question.value(less, solved.values)
        active |= (used > FULL * limit) & (limit > 0)
    return None
