"""How much of what is needed can be on time under given limits: a first-order method on the candidate loads.

    max  Σ worth_l · x_l     x_l ≥ 0 the part of its need that comes by load l
    (row)  Σ use_rl · x_l ≤ scale_r · limit_r        (need)  Σ x_l ≤ 1

Primal-dual steps with diagonal step sizes (Pock, Chambolle 2011, doi 10.1109/ICCV.2011.6126441), restarted from
their average; the scales move between the blocks until the wished share is short. It is an estimate, good to
two or three points of the share (docs/generator.md): the loads are a handful and tiers are weights.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from data.synthetic.loading import Loading
from data.synthetic.pricing import Pricing
from data.synthetic.rows import KINDS

WORTH = np.array([64.0, 8.0, 1.0])  # by tier: goals in order, as near as weights come to it and still converge
LATE = 0.3  # worth of a load after the RDD
PRICED = 0.2  # of what a load is worth, taken by one row
FULL = 0.97  # of a limit
PACE = 0.15  # of the steps in loads against those in prices


@dataclass(eq=False)
class Balance:
    """The program in units of its limits, and the point reached."""

    loading: Loading
    right: np.ndarray  # of every row of the loading
    rows: np.ndarray  # those that some load uses
    row: np.ndarray  # position in `rows` of each use
    use: np.ndarray
    worth: np.ndarray  # of each load
    unit: float  # worth that counts as 1
    parts: np.ndarray
    prices: np.ndarray
    need_prices: np.ndarray

    @classmethod
    def of(cls, loading: Loading, limit: np.ndarray) -> Balance:
        """Return the program under a limit by row of the loading, at nothing moved."""
        right = np.maximum(limit, 1e-6)
        asks = loading.asks
        unit = float((WORTH[asks.tier - 1] * asks.weight * asks.tonnes).mean())
        none = np.zeros(0)
        start = cls(loading, right, none.astype(int), none, none, none, unit, none, none, np.zeros(len(asks.tier)))
        return start.grown()

    def grown(self) -> Balance:
        """Return the program with the loads that have come to the loading since, at the same point."""
        loads, asks = self.loading.loads, self.loading.asks
        rows, row = np.unique(loads.row, return_inverse=True)
        use = loads.amount * np.repeat(asks.tonnes[loads.need], loads.sizes) / self.right[loads.row]
        worth = WORTH[asks.tier - 1][loads.need] * asks.weight[loads.need] * asks.tonnes[loads.need] / self.unit
        prices = np.zeros(len(self.right))
        prices[self.rows] = self.prices
        parts = np.append(self.parts, np.zeros(len(loads.start) - len(self.parts)))
        return Balance(
            self.loading, self.right, rows, row.astype(np.int32), use, worth * np.where(loads.on_time, 1.0, LATE),
            self.unit, parts, prices[rows], self.need_prices,
        )  # fmt: skip

    def enlarge(self, pricing: Pricing) -> Balance:
        """Return the program with the loads added that are worth more than their price at the point reached."""
        asks = self.loading.asks
        price = np.zeros(len(self.right))
        price[self.rows] = self.prices / self.right[self.rows]
        day = np.arange(self.loading.days)
        here = (WORTH[asks.tier - 1] * asks.weight / self.unit)[:, None]
        worth = np.where(day <= asks.rdd[:, None], here, np.where(day <= asks.lad[:, None], LATE * here, 0.0))
        self.loading.add(pricing.picks(price, self.need_prices / asks.tonnes, worth))
        return self.grown()

    def short(self) -> float:
        """Return the share of the needed tonnes, each with its need's weight, that is not on time at this point."""
        loads, asks = self.loading.loads, self.loading.asks
        asked = asks.weight * asks.tonnes
        came = np.bincount(loads.need[loads.on_time], self.parts[loads.on_time], len(asked))
        return float(1 - (np.minimum(came, 1) * asked).sum() / asked.sum())

    def paid(self) -> np.ndarray:
        """Return for each use the part of its load's worth that its row takes by its price."""
        return self.use * self.prices[self.row] / np.repeat(self.worth, self.loading.loads.sizes)

    def held_up(self, scale: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return by row of the loading whether it is full and priced, and its use as a part of the whole limit.

        Priced is a row that takes a good part of what some load on it is worth: less is a price that has not settled.
        """
        part, taken = np.zeros(len(self.right)), np.zeros(len(self.right))
        sizes = self.loading.loads.sizes
        part[self.rows] = np.bincount(self.row, self.use * np.repeat(self.parts, sizes), len(self.rows))
        paid = np.zeros(len(self.rows))
        np.maximum.at(paid, self.row, self.paid())
        taken[self.rows] = paid
        return (taken > PRICED) & (part > FULL * scale), part

    def short_by(self, group: np.ndarray, count: int) -> np.ndarray:
        """Return how much of the needed tonnes is short by each group of rows; `group` is that of a row, -1: none.

        What a need is short of is put down to the groups by what they take of its loads at most.
        """
        loads, asks = self.loading.loads, self.loading.asks
        own = group[self.rows][self.row]
        use = np.flatnonzero(own >= 0)
        load = np.repeat(np.arange(len(loads.start)), loads.sizes)[use]
        by_load = np.bincount(load * count + own[use], self.paid()[use], len(loads.start) * count)
        by_need = np.zeros((len(asks.tier), count))
        np.maximum.at(by_need, loads.need, by_load.reshape(-1, count))
        asked = asks.weight * asks.tonnes
        came = np.bincount(loads.need[loads.on_time], self.parts[loads.on_time], len(asked))
        return np.asarray(((1 - np.minimum(came, 1)) * asked) @ np.minimum(by_need, 1) / asked.sum())

    def binding(self, scale: np.ndarray) -> dict[str, tuple[int, int, int]]:
        """Return by kind how many places, days and rows are full and priced.

        Of stock the days are those of release, of totals and funds those from which one may buy.
        """
        loading = self.loading
        full = np.flatnonzero(self.held_up(scale)[0])
        own = full[full < loading.first_lot]
        kind = loading.rows.kind_of()[own // loading.days]
        out = {}
        for number, name in enumerate(KINDS):
            place, day = np.divmod(own[kind == number], loading.days)
            out[name] = (len(set(place.tolist())), len(set(day.tolist())), len(place))
        pool = loading.reach.pool
        lots = full[(full >= loading.first_lot) & (full < loading.first_total)]
        sites = full[(full >= loading.first_total) & (full < loading.first_fund)] - loading.first_total
        funds = full[full >= loading.first_fund] - loading.first_fund
        first = pool.release - pool.lead
        begins = {
            "stock": ((lots - loading.first_lot) % loading.lots, np.arange(loading.lots)),
            "total": (
                sites,
                [np.flatnonzero(pool.site == s)[0] for s in range(loading.first_fund - loading.first_total)],
            ),
            "fund": (funds, [np.flatnonzero(pool.fund == f)[0] for f in range(loading.width - loading.first_fund)]),
        }
        for name, (place, origin) in begins.items():
            days = first[np.asarray(origin)[place]]
            out[name] = (len(set(place.tolist())), len(set(days.tolist())), len(place))
        return out

    def steps(self, scale: np.ndarray, count: int) -> None:
        """Move the point by some steps under limits scaled by row, to the average of the points passed."""
        start, need = self.loading.loads.start, self.loading.loads.need
        right = scale[self.rows]
        step = PACE / (np.add.reduceat(self.use, start) + 1)
        row_step = 1 / (PACE * np.maximum(np.bincount(self.row, self.use, len(right)), 1e-12))
        need_step = 1 / (PACE * np.maximum(np.bincount(need, minlength=len(self.need_prices)), 1))
        sizes = self.loading.loads.sizes
        x, y, z = self.parts, self.prices, self.need_prices
        sums = [np.zeros_like(x), np.zeros_like(y), np.zeros_like(z)]
        for _ in range(count):
            cost = np.add.reduceat(self.use * y[self.row], start) + z[need]
            new = np.maximum(0.0, x + step * (self.worth - cost))
            ahead = 2 * new - x
            used = np.bincount(self.row, self.use * np.repeat(ahead, sizes), len(right))
            y = np.maximum(0.0, y + row_step * (used - right))
            z = np.maximum(0.0, z + need_step * (np.bincount(need, ahead, len(z)) - 1))
            x = new
            for total, value in zip(sums, (x, y, z), strict=True):
                total += value
        self.parts, self.prices, self.need_prices = (total / count for total in sums)
