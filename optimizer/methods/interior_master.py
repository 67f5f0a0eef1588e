"""The master of the column method by interior point: scaled, warm from the last solve, loose where that is enough.

Columns count shares of their need and rows shares of their limit, so that one tolerance means the same for all.
"""

from __future__ import annotations

import numpy as np

from optimizer.methods.interior import Run, minimise, roomy, start_of
from optimizer.methods.matrix import Scaled, scaled
from optimizer.methods.questions import MasterProgram, Question, Solved
from optimizer.outcome import Clock

FIRST_MU = 1e-2  # of a start without a past, everything being about 1
LOOSE = 0.2  # of the gap to be closed: how well a master is solved before paths are priced again


class InteriorMaster:
    """Solves one master after the other, each from a point of the one before."""

    def __init__(self) -> None:
        self._flow: np.ndarray | None = None
        self._forget()

    def _forget(self) -> None:
        """Keep nothing of what has been solved so far."""
        self._pool = np.zeros(0)
        self._further: dict[str, float] = {}
        self._rows = np.zeros(0)
        self._needs = np.zeros(0)
        self._carried: dict[str, float] = {}
        self._same, self._mu = True, FIRST_MU
        self._last: tuple[MasterProgram, Scaled, Run] | None = None

    def solve(self, question: Question, master: MasterProgram, outer: float, accuracy: float, clock: Clock) -> Solved:
        """Return the master solved until its gap is within LOOSE of `outer`, the gap to be closed, or the accuracy.

        All in scaled costs of the question. Values keep every row to 1e-9 of its limit if it is done.
        """
        shape = scaled(master)
        self._remember(question, outer / shape.size)
        if self._flow is not None:
            self._pool, self._flow = np.where(self._flow > 0, self._flow, np.nan), None
        wanted = max(accuracy, LOOSE * outer) if np.isfinite(outer) else max(accuracy, 1e-2 * shape.size)
        wanted /= shape.size
        x, y, mu = self._past(question, master, shape)
        start = start_of(shape.matrix, shape.limit, shape.cost, x, y, mu)
        run = minimise(shape.matrix, shape.limit, shape.cost, start, wanted, clock)
        if run.done:
            self._last = master, shape, run
        else:  # where it went astray is no place to begin again
            self._forget()
        return self._solved(master, shape, run, clock)

    def suggest(self, flow: np.ndarray) -> None:
        """Take the flow of every column of the pool as where the next solve begins."""
        self._flow = flow

    def _solved(self, master: MasterProgram, shape: Scaled, run: Run, clock: Clock) -> Solved:
        point = run.point
        prices = shape.prices(point.y, len(master.active))
        limit = None if run.done else clock.over()
        return Solved(point.x * shape.width, prices, point.gap * shape.size, run.done, limit=limit)

    def _remember(self, question: Question, outer: float) -> None:
        """Keep a point of the last solve with room for what has entered since."""
        if self._last is None:
            return
        master, shape, run = self._last
        point = roomy(run.way, outer) if np.isfinite(outer) else run.point
        self._mu = max(point.mu, 0.1 * outer / (len(point.x) + len(point.s))) if np.isfinite(outer) else point.mu
        paths, count, dense = len(master.columns), len(master.active), shape.matrix.dense
        same = master.goal == question.goal.name
        # a new goal starts from the prices of the last one, whose own row then has the price of one goal
        flow, price = point.x * shape.width, point.y / shape.height * (shape.size if same else 1.0)
        self._pool = _spread(self._pool, master.columns, flow[:paths])
        self._rows = _spread(np.zeros(0), master.active, price[:count])  # of rows that have left nothing is known
        self._needs = price[dense:]
        self._carried.update(zip(master.names, price[count:dense], strict=True))
        self._further.update(zip(master.further_names, flow[paths:], strict=True))
        self._same = same
        if not same:
            self._carried[master.goal] = master.factor / shape.size
        self._last = None

    def _past(
        self, question: Question, master: MasterProgram, shape: Scaled
    ) -> tuple[np.ndarray, np.ndarray, float]:
        flow = _taken(self._pool, master.columns)
        further = [self._further.get(name, np.nan) for name in master.further_names]
        x = np.concatenate([flow, further]) / shape.width
        needs = self._needs if len(self._needs) else np.full(master.need_rows, np.nan)
        carried = [self._carried.get(name, np.nan) for name in master.names]
        price = np.concatenate([_taken(self._rows, master.active), carried, needs])
        if not len(self._needs):
            return x, np.full(len(shape.limit), FIRST_MU), FIRST_MU
        return x, price * shape.height / (shape.size if self._same else 1.0), self._mu


def _spread(kept: np.ndarray, place: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Return the kept values, NaN where none was, with these put in their places."""
    most = int(place.max(initial=-1)) + 1
    if most > len(kept):
        kept = np.concatenate([kept, np.full(most - len(kept), np.nan)])
    kept[place] = values
    return kept


def _taken(kept: np.ndarray, place: np.ndarray) -> np.ndarray:
    out = np.full(len(place), np.nan)
    known = place < len(kept)
    out[known] = kept[place[known]]
    return out
