"""The master of the column method by the simplex method, from basis to basis: the oracle of the interior point."""

from __future__ import annotations

import numpy as np

from optimizer.methods.questions import MasterProgram, Question, Solved
from optimizer.outcome import Clock, Outcome, Reason
from optimizer.program import Basis, Master

# Rows of earlier goals leave hardly any room, and a solver's noise can close it. A run that fails is made again with
# rows that may be broken at these prices; what a plan takes of that is in its values and in what the answer allows.
OVER = (1e10, 1e8)


class SimplexMaster:
    """Solves every master to its optimum."""

    def __init__(self, solver: Master) -> None:
        self._solver = solver

    def solve(self, question: Question, master: MasterProgram, outer: float, accuracy: float, clock: Clock) -> Solved:
        """Return the master solved to its optimum, from the basis of the last one."""
        rows = [("row", int(r)) for r in master.active] + [("need", n) for n in range(master.need_rows)]
        rows += [(name, 0) for name in master.names]
        columns = [("path", int(j)) for j in master.columns] + [(name, 0) for name in master.further_names]
        self._solver.load(master.program(), rows, columns)
        outcome = self._solver.run(clock)
        for over in OVER if len(master.breakable) else ():
            if outcome.reason not in (Reason.FAILED, Reason.IMPOSSIBLE):
                break
            more = [(f"over:{master.names[i]}", 0) for i in master.breakable]
            self._solver.load(master.program(over), rows, columns + more)
            outcome = self._solver.run(clock)
        if outcome.reason in (Reason.FAILED, Reason.IMPOSSIBLE):
            return self.afresh(master, clock)
        return _solved(master, outcome)

    def basis(self) -> Basis | None:
        """Return the basis of the last master solved."""
        return self._solver.basis()

    def begin_at(self, basis: Basis) -> None:
        """Begin the next solve at this basis."""
        self._solver.begin_at(basis)

    def suggest(self, flow: np.ndarray) -> None:
        """Take no notice: a basis is where the next solve begins."""

    def afresh(self, master: MasterProgram, clock: Clock) -> Solved:
        """Return the master solved to a vertex, from nothing."""
        return _solved(master, self._solver.afresh(master.program(), clock))


def _solved(master: MasterProgram, outcome: Outcome) -> Solved:
    if not (outcome.has_values and outcome.has_prices):
        nothing = np.zeros(0)
        reason = outcome.reason if outcome.reason is not Reason.NO_PLAN else Reason.FEASIBLE
        return Solved(nothing, nothing, np.inf, False, reason, outcome.limit, outcome.detail)
    done = outcome.reason is Reason.OPTIMAL
    values = outcome.values[: len(master.columns) + len(master.further_names)]
    return Solved(values, master.prices(outcome), 0.0, done, outcome.reason, outcome.limit, outcome.detail)
