"""How much of what is needed can be on time under given limits: a first-order method on the candidate loads.

    max  Σ worth_l · x_l     x_l ≥ 0 the part of its need that comes by load l
    (limit)  Σ use_rl · x_l ≤ factor · limit_r        (stock)  Σ use_rl · x_l ≤ stock_r        (need)  Σ x_l ≤ 1

Primal-dual steps with diagonal step sizes (Pock, Chambolle 2011, doi 10.1109/ICCV.2011.6126441), restarted from
their average; the factor moves between the blocks until the wished share is short. It is an estimate, good to a
point or two of the share: the loads are a handful and tiers are weights.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from data.synthetic.loading import Loading
from data.synthetic.pool import HELD_BACK

WORTH = np.array([32.0, 6.0, 1.0, 0.2])  # by tier
LATE = 0.4  # worth of a load after the RDD
BLOCK = 40  # steps between restarts


@dataclass(eq=False)
class Balance:
    """The program in units of its limits, and the point reached."""

    row: np.ndarray
    use: np.ndarray
    load: np.ndarray
    start: np.ndarray
    need: np.ndarray
    on_time: np.ndarray
    worth: np.ndarray
    tonnes: np.ndarray
    rows: int
    first_lot: int  # rows from here on do not move with the factor
    parts: np.ndarray
    prices: np.ndarray
    need_prices: np.ndarray

    @classmethod
    def of(cls, loading: Loading, limit: np.ndarray, stock: np.ndarray) -> Balance:
        """Return the program of these [row, day] limits and tonnes by lot, at nothing moved."""
        loads, asks = loading.loads, loading.asks
        early = (1 - HELD_BACK) * stock
        right = np.maximum(np.concatenate([limit.ravel(), stock, early]), 1e-6)
        load = loads.load
        used = np.unique(loads.row)
        place = np.zeros(len(right), np.int32)
        place[used] = np.arange(len(used))
        use = loads.amount * asks.tonnes[loads.need][load] / right[loads.row]
        worth = WORTH[asks.tier - 1][loads.need] * asks.weight[loads.need] * asks.tonnes[loads.need]
        worth = worth * np.where(loads.on_time, 1.0, LATE)
        return cls(
            place[loads.row], use, load, loads.start, loads.need, loads.on_time, worth / worth.mean(), asks.tonnes,
            len(used), int(np.searchsorted(used, loading.first_lot)), np.zeros(len(loads.start)), np.zeros(len(used)),
            np.zeros(len(asks.tonnes)),
        )  # fmt: skip

    def short(self) -> float:
        """Return the share of the needed tonnes that is not on time at the point reached."""
        came = np.bincount(self.need[self.on_time], self.parts[self.on_time], len(self.tonnes))
        return float(1 - (np.minimum(came, 1) * self.tonnes).sum() / self.tonnes.sum())

    def steps(self, factor: float, count: int, pace: float = 1.0) -> None:
        """Move the point by some steps under limits of this factor, to the average of the points passed."""
        right = np.ones(self.rows)
        right[: self.first_lot] = factor
        step = pace / (np.add.reduceat(self.use, self.start) + 1)
        row_step = 1 / (pace * np.maximum(np.bincount(self.row, self.use, self.rows), 1e-12))
        need_step = 1 / (pace * np.maximum(np.bincount(self.need, minlength=len(self.tonnes)), 1))
        x, y, z = self.parts, self.prices, self.need_prices
        sums = [np.zeros_like(x), np.zeros_like(y), np.zeros_like(z)]
        for _ in range(count):
            cost = np.add.reduceat(self.use * y[self.row], self.start) + z[self.need]
            new = np.maximum(0.0, x + step * (self.worth - cost))
            ahead = 2 * new - x
            used = np.bincount(self.row, self.use * ahead[self.load], self.rows)
            y = np.maximum(0.0, y + row_step * (used - right))
            z = np.maximum(0.0, z + need_step * (np.bincount(self.need, ahead, len(z)) - 1))
            x = new
            for total, value in zip(sums, (x, y, z), strict=True):
                total += value
        self.parts, self.prices, self.need_prices = (total / count for total in sums)
