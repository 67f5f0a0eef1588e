"""Flow and prices of a weighted master on their way to the best ones."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from optimizer.formulations.reinforce.pool import Pool
from optimizer.formulations.reinforce.terms import Terms
from optimizer.methods.first_order import FirstOrder, Iterate
from optimizer.methods.matrix import Scaled
from optimizer.methods.questions import MasterProgram
from optimizer.methods.weighted import Weighted, whole_master
from optimizer.outcome import Clock


@dataclass
class Walk:
    """Where the steps have come to, in the units of the theatre; kept from round to round and from goal to goal."""

    flow: np.ndarray = field(default_factory=lambda: np.zeros(0))  # of each column of the pool
    rows: np.ndarray = field(default_factory=lambda: np.zeros(0))  # price of each row of the pool
    needs: np.ndarray = field(default_factory=lambda: np.zeros(0))
    extra: dict[str, float] = field(default_factory=dict)  # price of rows of shares and balance, by name
    further: dict[str, float] = field(default_factory=dict)
    balance: float = 1.0

    def turn(self) -> None:
        """Forget the prices: those of one goal lead astray in the next."""
        self.rows, self.needs, self.extra = np.zeros(0), np.zeros(0), {}
        self.balance = 1.0

    def go(self, weighted: Weighted, pool: Pool, terms: Terms, steps: int, clock: Clock) -> MasterProgram:
        """Take a round's steps over all columns and rows of the pool, and return the master they were taken in."""
        self.grow(pool)
        master, shape, cost, unit = whole_master(weighted, pool, terms)
        height = weighted.question.factor * shape.height / unit
        start = Iterate(*self.scaled(master, shape, height), self.balance)
        end = FirstOrder(shape.matrix, shape.limit, cost).walk(start, steps, clock)
        self.keep(master, end.x * shape.width, end.y / height)
        self.balance = end.balance
        return master

    def scaled(self, master: MasterProgram, shape: Scaled, height: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return where the walk is, as columns and prices of rows of a scaled master; `height` is a price of 1."""
        extra = [self.extra.get(name, 0.0) for name in master.names]
        y = np.concatenate([self.rows[master.active], extra, self.needs]) * height
        return self.columns_of(master) / shape.width, y

    def keep(self, master: MasterProgram, values: np.ndarray, prices: np.ndarray) -> None:
        """Take the columns of a master and the prices of its rows: binding, carried, mixed, needs."""
        paths, count, dense = len(master.columns), len(master.active), len(prices) - master.need_rows
        self.flow[master.columns] = values[:paths]
        self.further = dict(zip(master.further_names, values[paths:].tolist(), strict=True))
        self.rows[:] = 0.0
        self.rows[master.active] = prices[:count]
        self.extra = dict(zip(master.names, prices[count:dense].tolist(), strict=True))
        self.needs = prices[dense:]

    def columns_of(self, master: MasterProgram) -> np.ndarray:
        """Return where the walk is, as columns of a master: paths, then further ones."""
        return np.concatenate([self.flow[master.columns], [self.further.get(n, 0.0) for n in master.further_names]])

    def prices(self, master: MasterProgram, weighted: Weighted) -> np.ndarray:
        """Return the prices as `Columns.price` takes them: rows, needs, earlier goals, shares and balance."""
        carried = list(weighted.weights.values())
        extra = [self.extra[name] for name in master.names]
        return weighted.question.factor * np.concatenate([self.rows[master.active], self.needs, carried, extra])

    def grow(self, pool: Pool) -> None:
        """Make room for the columns that have entered."""
        self.flow = np.concatenate([self.flow, np.zeros(len(pool) - len(self.flow))])
        if not len(self.rows):
            self.rows, self.needs = np.zeros(len(pool.rows.limit)), np.zeros(len(pool.setting.needs.size))
