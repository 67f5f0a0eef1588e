"""What the rounds of one goal have found so far: the best flow, and every bound with the weights of earlier goals."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from optimizer.formulations.reinforce.pool import Pool
from optimizer.methods.engine import Bound, Dual, Found
from optimizer.methods.questions import MasterProgram, Question
from optimizer.outcome import Limit, Reason


@dataclass
class Best:
    """The best flow and the best bound of a question so far."""

    question: Question
    bound: float = -np.inf
    value: float = np.inf
    flow: np.ndarray | None = None
    proven: list[Bound] = field(default_factory=list)

    def prove(self, bound: float, master: MasterProgram, y: np.ndarray) -> None:
        """Note a bound with the prices y of a master's rows; those of carried ones are the weights of their limits."""
        binding, carried = y[: len(master.active)], y[len(master.active) + master.need_rows :]
        self.bound = max(self.bound, bound)
        weights, constant = {}, bound
        for price, (term, limit) in zip(carried, self.question.rows, strict=True):
            if price and limit:  # rows without a limit hold shares and balance together
                weights[term.name] = float(price) / self.question.factor
                constant += weights[term.name] * limit
        named = {t.name: float(p) / self.question.factor for p, (t, _) in zip(carried, self.question.rows, strict=True)}
        some = binding > 0
        dual = Dual(master.active[some], binding[some] / self.question.factor, named)
        self.proven.append(Bound(constant, weights, dual))

    def found(self, pool: Pool, reason: Reason, limit: Limit | None, error: float = 0.0, over: float = 0.0) -> Found:
        """Return the best so far as what an engine answers."""
        if self.flow is None:
            return Found(reason, limit, bounds=tuple(self.proven))
        return Found(reason, limit, pool.paths(self.flow), self.value, tuple(self.proven), error=error, over=over)


def prices_of(dual: Dual, question: Question, master: MasterProgram) -> np.ndarray:
    """Return the prices of a dual as those of the rows of a master, 0 for rows it does not price."""
    known = dict(zip(dual.rows.tolist(), dual.price.tolist(), strict=True))
    rows = [known.get(row, 0.0) for row in master.active.tolist()]
    carried = [dual.named.get(term.name, 0.0) for term, _ in question.rows]
    return question.factor * np.concatenate([rows, np.zeros(master.need_rows), carried])
