"""The master of the column method by the interior point method of a solver library, without a vertex at its end.

It begins from nothing each time and takes half a second where the own one, which goes on from the last master, may end
at rows that it cannot keep, and the simplex method takes seconds: under goals held before, with a little room.
"""

from __future__ import annotations

import numpy as np

from optimizer.methods.interior_master import LOOSE
from optimizer.methods.matrix import scaled
from optimizer.methods.questions import MasterProgram, Question, Solved
from optimizer.methods.weighted_master import program_of
from optimizer.outcome import Clock, Reason
from optimizer.program import Master

BROKEN = 1e-7  # of its limit: the most that a row may be broken, limits being about 1


class LibraryInterior:
    """Solves each master from nothing."""

    def __init__(self, solver: Master) -> None:
        self._solver = solver

    def solve(self, question: Question, master: MasterProgram, outer: float, accuracy: float, clock: Clock) -> Solved:
        """Return the master solved, in scaled costs of the question; not done if the method does not come to an end."""
        wanted = max(accuracy, LOOSE * outer) if np.isfinite(outer) else accuracy
        return self._solved(master, wanted, clock, vertex=False)

    def afresh(self, master: MasterProgram, clock: Clock) -> Solved:
        """Return the master solved to a vertex, which takes a third of a second more."""
        return self._solved(master, 0.0, clock, vertex=True)

    def suggest(self, flow: np.ndarray) -> None:
        """Take no notice: each master is solved from nothing."""

    def _solved(self, master: MasterProgram, accuracy: float, clock: Clock, vertex: bool) -> Solved:
        shape = scaled(master)
        program = program_of(shape, shape.cost, np.zeros((0, len(shape.cost))), np.zeros(0))
        outcome = self._solver.interior(program, accuracy / shape.size, clock, vertex)
        if outcome.reason is not Reason.OPTIMAL or not outcome.has_values or not outcome.has_prices:
            return Solved(np.zeros(0), np.zeros(0), np.inf, False, limit=clock.over(), detail=outcome.detail)
        x, y = np.maximum(0.0, outcome.values[: len(shape.cost)]), np.maximum(0.0, -outcome.prices[: len(shape.limit)])
        gap = float(shape.cost @ x + shape.limit @ y)
        broken = float((shape.matrix.times(x) - shape.limit).max(initial=0.0))
        prices = shape.prices(y, len(master.active))
        return Solved(x * shape.width, prices, max(0.0, gap) * shape.size, broken <= BROKEN)
