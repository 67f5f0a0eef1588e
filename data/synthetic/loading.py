"""A quick loading of all needs: how much of what is needed can be on time under given limits.

Needs are served tier by tier, each over a handful of candidate loads (lot, route, day) in the order of their
congestion price. It is a lawful-looking plan in bulk, not an optimum: `dial.py` corrects for the difference.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from data.synthetic.asks import Asks, Reach
from data.synthetic.rows import Rows, Uses

STEEP = 5.0  # how steeply the price of a row rises with its use
LEAST = 1e-3  # t: smaller loads are not made


@dataclass(frozen=True, eq=False)
class Loads:
    """Candidate loads of one need: on time ones first. Index arrays are padded with the spare row."""

    lot: np.ndarray
    depart: np.ndarray
    at: np.ndarray  # [load, entry] row · days + day
    amount: np.ndarray  # [load, entry] use per tonne, 0 where padded
    on_time: int  # number of loads that arrive by the RDD


class Loading:
    """The candidate loads of all needs, and the loading of them under limits."""

    def __init__(self, rows: Rows, reach: Reach, asks: Asks, lots: int, spread: int) -> None:
        self.rows, self.reach, self.asks = rows, reach, asks
        self.lots, self.spread = lots, spread
        self.days = rows.size.days
        self.spare = rows.count * self.days
        self.loads = [self._candidates(n) for n in range(len(asks.item))]
        slowest = np.lexsort((asks.rdd, -asks.weight, asks.tier))
        self.order = slowest

    def _candidates(self, need: int) -> Loads:
        asks = self.asks
        item, sector = int(asks.item[need]), int(asks.sector[need])
        sources = self.reach.sources(sector, item)
        lawful = self.reach.lawful(item, sector, asks.recipient[need], asks.purpose[need])
        closed = self.rows.closed_to(item, sector, asks.purpose[need])
        prompt: list[tuple[int, int, Uses]] = []
        late: list[tuple[int, int, Uses]] = []
        rdd, lad = int(asks.rdd[need]), int(asks.lad[need])
        for place in np.flatnonzero(lawful)[: self.lots]:
            lot = int(sources.lots[place])
            last = min(int(self.reach.pool.expiry[lot]), self.days - 1)
            for route in sources.routes[place]:
                uses = self.rows.uses(route, item, closed)
                begin = int(self.reach.pool.release[lot]) + uses.clearance
                prompt += [(lot, t, uses) for t in _days(begin, min(rdd, last) - uses.days, self.spread)]
                begin = max(begin, rdd + 1 - uses.days)
                late += [(lot, t, uses) for t in _days(begin, min(lad, last) - uses.days, 2)]
        return self._pack(need, prompt + late, len(prompt))

    def _pack(self, need: int, chosen: list[tuple[int, int, Uses]], on_time: int) -> Loads:
        rdd, item = int(self.asks.rdd[need]), int(self.asks.item[need])
        nights = [max(0, rdd - t - uses.days) for _, t, uses in chosen]
        kinds = self._waiting(need, item)
        width = max(
            (len(u.row) + len(kinds) * n for (_, _, u), n in zip(chosen, nights, strict=True)), default=1
        )
        at = np.full((len(chosen), width), self.spare, np.int32)
        amount = np.zeros((len(chosen), width), np.float32)
        for i, (_, t, uses) in enumerate(chosen):
            day = uses.later + t
            own = len(day)
            at[i, :own] = np.where(day < self.days, uses.row * self.days + day, self.spare)
            amount[i, :own] = np.where(day < self.days, uses.amount, 0.0)
            for row, use, shift in kinds:
                first = row * self.days + t + uses.days + shift
                at[i, own : own + nights[i]] = np.arange(first, first + nights[i])
                amount[i, own : own + nights[i]] = use
                own += nights[i]
        lot = np.array([c[0] for c in chosen], int)
        return Loads(lot, np.array([c[1] for c in chosen], int), at, amount, on_time)

    def _waiting(self, need: int, item: int) -> list[tuple[int, float, int]]:
        """Return (row, use, day after the night) of what a tonne uses each night it waits at the sector."""
        goods, rows, sector = self.rows.goods, self.rows, int(self.asks.sector[need])
        bulk = float(goods.volume[item] / goods.mass[item])
        out = [(rows.first["storage"] + sector, 1.0, 0), (rows.first["storage_volume"] + sector, bulk, 0)]
        if goods.division[item]:
            net = float(goods.neq[item] / goods.mass[item])
            out.append((rows.counted(sector, goods.division[item]), net, 1))
        return out

    def nominal(self) -> tuple[np.ndarray, np.ndarray]:
        """Return [row, day] the use, and tonnes by lot, if every need came evenly from its loads on time."""
        use = np.zeros(self.spare + 1)
        taken = np.zeros(len(self.reach.pool.lot_item))
        for need, loads in enumerate(self.loads):
            if loads.on_time:
                part = self.asks.tonnes[need] / loads.on_time
                here = slice(0, loads.on_time)
                np.add.at(use, loads.at[here].ravel(), loads.amount[here].ravel() * part)
                np.add.at(taken, loads.lot[here], part)
        return use[:-1].reshape(self.rows.count, self.days), taken

    def run(self, limit: np.ndarray, stock: np.ndarray) -> tuple[float, np.ndarray]:
        """Return the share of the needed tonnes that is not on time, and [row, day] the part of each limit used.

        `limit` is [row, day], `stock` [lot, day] the tonnes that may have left by then.
        """
        book = _Book(limit, stock)
        short = self.asks.tonnes.copy()
        for tier in np.unique(self.asks.tier):
            own = self.order[self.asks.tier[self.order] == tier]
            for need in own:
                loads = self.loads[need]
                short[need] -= book.fill(loads, slice(0, loads.on_time), short[need])
            for need in own:
                loads = self.loads[need]
                if short[need] > LEAST and loads.on_time < len(loads.lot):
                    book.fill(loads, slice(loads.on_time, None), short[need])
        used = 1 - book.left[:-1] / np.maximum(limit.ravel(), 1e-9)
        return float(short.sum() / self.asks.tonnes.sum()), used.reshape(limit.shape)


def _days(first: int, last: int, most: int) -> list[int]:
    """Return up to `most` days from first to last, both ends among them."""
    if last < first:
        return []
    if last - first < most:
        return list(range(first, last + 1))
    return sorted({round(first + k * (last - first) / (most - 1)) for k in range(most)})


class _Book:
    """What is left of every limit and lot while loads are made."""

    def __init__(self, limit: np.ndarray, stock: np.ndarray) -> None:
        self.left = np.append(limit.ravel(), np.inf)
        self.limit = np.append(np.maximum(limit.ravel(), 1e-9), np.inf)
        self.price = 1 / self.limit
        self.stock = stock.copy()

    def fill(self, loads: Loads, span: slice, wanted: float) -> float:
        """Return the tonnes loaded over these candidates, cheapest first, and book them."""
        at, amount, lot, depart = loads.at[span], loads.amount[span], loads.lot[span], loads.depart[span]
        if not len(lot):
            return 0.0
        with np.errstate(divide="ignore", invalid="ignore"):
            room = np.where(amount > 0, self.left[at] / amount, np.inf).min(axis=1)
        cost = (self.price[at] * amount).sum(axis=1)
        loaded = 0.0
        for i in np.argsort(cost, kind="stable"):
            if room[i] <= LEAST:
                continue
            rest = self.stock[lot[i]]
            tonnes = min(wanted - loaded, float(rest[depart[i] :].min()))
            used = amount[i] > 0
            rows, per = at[i][used], amount[i][used]
            tonnes = min(tonnes, float((self.left[rows] / per).min()))
            if tonnes <= LEAST:
                continue
            np.subtract.at(self.left, rows, per * tonnes)
            self.price[rows] = np.exp(STEEP * (1 - self.left[rows] / self.limit[rows])) / self.limit[rows]
            rest[depart[i] :] -= tonnes
            loaded += tonnes
            if wanted - loaded <= LEAST:
                break
        return loaded
