"""Candidate loads of all needs: lot, route and day of departure, with what a tonne of each uses of every limit."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np

from data.synthetic.asks import Asks, Reach
from data.synthetic.pool import level_days
from data.synthetic.routes import FAR, Route
from data.synthetic.rows import Rows, Uses


@dataclass(frozen=True)
class Breadth:
    """How many loads are looked at: the quickest lots of a need, and days of departure of each of their routes."""

    lots: int
    days: int


@dataclass(frozen=True)
class Pick:
    """A candidate load: an item of an origin for a need, `per` tonnes for a tonne credited, by a route from a day."""

    need: int
    item: int
    per: float
    lot: int
    day: int
    route: Route
    order: int = -1  # day on which it is bought


Entries = tuple[np.ndarray, np.ndarray, np.ndarray]  # load, row, amount


@dataclass(frozen=True, eq=False)
class Loads:
    """Candidate loads as one long list of uses: those of load i begin at `start[i]`, row numbers in `row`.

    Rows 0 … rows·days − 1 are limits on a day, after them come the lots and, once more, the lots before their floor
    falls, then the totals of sites and the funds. `amount` is the use by a tonne credited.
    """

    row: np.ndarray
    amount: np.ndarray
    start: np.ndarray
    need: np.ndarray
    lot: np.ndarray
    on_time: np.ndarray

    @property
    def sizes(self) -> np.ndarray:
        """Return the number of uses of each load."""
        return np.diff(np.append(self.start, len(self.row)))

    def with_more(self, more: Loads) -> Loads:
        """Return the loads with these behind them."""
        shifted = replace(more, start=more.start + len(self.row))
        return Loads(*(np.concatenate([getattr(self, f.name), getattr(shifted, f.name)]) for f in fields(self)))


class Loading:
    """Collects the candidate loads of every need on the drawn ground."""

    def __init__(self, rows: Rows, reach: Reach, asks: Asks, breadth: Breadth) -> None:
        self.rows, self.reach, self.asks, self.breadth = rows, reach, asks, breadth
        self.days = rows.size.days
        self.first_lot = rows.count * self.days
        self.lots = reach.pool.lots
        self.first_total = self.first_lot + 2 * self.lots
        self.first_fund = self.first_total + len(rows.market.role)
        self.width = self.first_fund + len(rows.market.fund_item)
        reached = np.array([*level_days(rows.size), self.days])
        self.eased_day = np.where(reach.pool.eased < 4, reached[reach.pool.eased], 0)
        self._closed: dict[tuple[int, int, str], tuple[str, ...]] = {}
        self._stopped: dict[tuple[int, str], np.ndarray] = {}
        self._known: set[tuple[int, int, int, int, tuple[int, ...], tuple[int, ...], tuple[int, ...]]] = set()
        none = np.zeros(0, int)
        self.loads = Loads(np.zeros(0, np.int32), np.zeros(0, np.float32), none, none, none, none.astype(bool))
        self.add(self._collect())

    def _collect(self) -> list[Pick]:
        out = []
        for need in range(len(self.asks.item)):
            for item, per in self.items_for(need):
                out += [Pick(need, item, per, *chosen) for chosen in self._candidates(need, item)]
        return out

    def add(self, picks: list[Pick]) -> int:
        """Add the loads that are not there yet, behind the others, and return how many they are."""
        new = []
        for pick in picks:
            key = (pick.need, pick.lot, pick.day, pick.order, pick.route.links, pick.route.depart, pick.route.arrive)
            if key not in self._known:
                self._known.add(key)
                new.append(pick)
        if new:
            self.loads = self.loads.with_more(self._loads(new))
        return len(new)

    def items_for(self, need: int) -> list[tuple[int, float]]:
        """Return the items that serve a need, with their tonnes for a tonne of what is needed."""
        goods, item = self.rows.goods, int(self.asks.item[need])
        out = [(item, 1.0)]
        for row in goods.substitutes:
            if row["item"] == goods.names[item]:
                other = goods.names.index(row["substitute"])
                out.append((other, float(row["ratio"] * goods.mass[other] / goods.mass[item])))
        return out

    def _candidates(self, need: int, item: int) -> list[tuple[int, int, Route, int]]:
        """Return (lot, day of departure, route, day of order) of loads of an item that arrive by the need's LAD."""
        asks, pool = self.asks, self.reach.pool
        sector = int(asks.sector[need])
        sources = self.reach.sources(sector, item)
        lawful = self.reach.lawful(item, sector, asks.recipient[need], asks.purpose[need])
        closed = self._closed_to(need, item)
        rdd, lad = int(asks.rdd[need]), int(asks.lad[need])
        out: list[tuple[int, int, Route, int]] = []
        for place in np.flatnonzero(lawful)[: self.breadth.lots]:
            lot = int(sources.lots[place])
            last = min(int(pool.expiry[lot]), self.days - 1, lad)
            stops = self.stops(int(pool.lot_donor[lot]), item)
            for route in sources.routes[place]:
                uses = self.rows.uses(route, item, closed)
                day = np.arange(int(pool.release[lot]) + uses.clearance, last - uses.days + 1)
                leg = day[:, None] + uses.depart
                due = leg + self.rows.ground.transit[uses.links]
                free = self.rows.offered[uses.links, leg] & (self.rows.arrive[uses.links, leg] == due)
                day = day[(free & ~stops[uses.links, leg]).all(axis=1)]
                prompt = _spread(day[day + uses.days <= rdd], self.breadth.days)
                late = _spread(day[day + uses.days > rdd], 2)
                lead = int(pool.lead[lot]) if lot >= self.lots else FAR
                out += [(lot, int(t), route, max(-1, int(t) - lead)) for t in (*prompt, *late)]
        return out

    def stops(self, donor: int, item: int) -> np.ndarray:
        """Return [link, day] whether the donor's caveats on days keep its load of an item from departing."""
        key = (donor, self.rows.goods.supply_class[item])
        if key not in self._stopped:
            out = np.zeros(self.rows.offered.shape, bool)
            for row in self.reach.held.on_days if donor >= 0 else ():
                if row["donor"] == self.reach.pool.donors[donor] and row["supply_class"] == key[1]:
                    out[self.rows.ground.mode == row["mode"], row["from_day"] : row["to_day"] + 1] = True
            self._stopped[key] = out
        return self._stopped[key]

    def _loads(self, picks: list[Pick]) -> Loads:
        """Return the loads with all they use: on the way, waiting at the sector for the RDD, and of their lot."""
        asks, count = self.asks, len(picks)
        uses = [self.rows.uses(p.route, p.item, self._closed_to(p.need, p.item)) for p in picks]
        need, item, lot, day = (np.array([getattr(p, name) for p in picks]) for name in ("need", "item", "lot", "day"))
        arrival = day + np.array([u.days for u in uses])
        load = np.repeat(np.arange(count), [len(u.row) for u in uses])
        later = np.concatenate([u.later for u in uses]) + day[load]
        inside = later < self.days
        row = np.concatenate([u.row for u in uses]) * self.days + later
        owned = np.flatnonzero(lot < self.lots)
        early = owned[day[owned] < self.eased_day[lot[owned]]]
        parts = [
            (load[inside], row[inside], np.concatenate([u.amount for u in uses])[inside]),
            *self._waiting(need, item, arrival),
            (owned, self.first_lot + lot[owned], np.ones(len(owned))),
            *self._bought(lot, np.array([p.order for p in picks])),
            *self._paid(lot, day, uses),
            (early, self.first_lot + self.lots + lot[early], np.ones(len(early))),
        ]
        load, row, amount = (np.concatenate(column) for column in zip(*parts, strict=True))
        order = np.argsort(load, kind="stable")
        amount = amount * np.array([p.per for p in picks])[load]
        start = np.concatenate([[0], np.cumsum(np.bincount(load, minlength=count))[:-1]])
        return Loads(
            row[order].astype(np.int32), amount[order].astype(np.float32), start, need, lot, arrival <= asks.rdd[need]
        )

    def _closed_to(self, need: int, item: int) -> tuple[str, ...]:
        key = (item, int(self.asks.sector[need]), self.asks.purpose[need])
        if key not in self._closed:
            self._closed[key] = self.rows.closed_to(*key)
        return self._closed[key]

    def _waiting(self, need: np.ndarray, item: np.ndarray, arrival: np.ndarray) -> list[Entries]:
        """Return what loads use while they wait at the sector: storage by night, explosives on the day after."""
        goods, rows = self.rows.goods, self.rows
        nights = np.maximum(0, self.asks.rdd[need] - arrival)
        load = np.repeat(np.arange(len(need)), nights)
        night = arrival[load] + np.arange(len(load)) - np.repeat(np.cumsum(nights) - nights, nights)
        sector = self.asks.sector[need][load]
        bulk, net = goods.volume / goods.mass, goods.neq / goods.mass
        hazard = np.array([bool(d) for d in goods.division])[item[load]]
        pairs = zip(sector[hazard].tolist(), item[load][hazard].tolist(), strict=True)
        counted = np.array([rows.counted(v, goods.division[i]) for v, i in pairs], int)
        return [
            (load, (rows.first["storage"] + sector) * self.days + night, np.ones(len(load))),
            (load, (rows.first["storage_volume"] + sector) * self.days + night, bulk[item[load]]),
            (load[hazard], counted * self.days + night[hazard] + 1, net[item[load]][hazard]),
        ]

    def _bought(self, origin: np.ndarray, order: np.ndarray) -> list[Entries]:
        """Return what loads that are bought use: a day of their site, its total, and money."""
        pool = self.reach.pool
        load = np.flatnonzero(origin >= self.lots)
        own, one = origin[load], np.ones(len(load))
        produce = (self.rows.first["produce"] + pool.site[own]) * self.days + order[load]
        return [
            (load, produce, one),
            (load, self.first_total + pool.site[own], one),
            (load, self.first_fund + pool.fund[own], pool.dear[own]),
        ]

    def _paid(self, origin: np.ndarray, day: np.ndarray, uses: list[Uses]) -> list[Entries]:
        """Return what transport costs those who pay from funds (10³ EUR), up to the last day before they have more."""
        market = self.rows.market
        payer = self.reach.pool.payer[origin]
        leg = np.repeat(np.arange(len(uses)), [len(u.links) for u in uses])
        depart = np.concatenate([u.depart for u in uses]) + day[leg]
        cost = self.rows.fare[np.concatenate([u.links for u in uses])] / 1000.0
        out = []
        for last in market.ends(self.days):
            due = np.bincount(leg, np.where(depart <= last, cost, 0.0), len(uses))
            load = np.flatnonzero((payer >= 0) & (due > 0))
            out.append((load, (self.rows.first["transport"] + payer[load]) * self.days + last, due[load]))
        return out

    def nominal(self) -> tuple[np.ndarray, np.ndarray]:
        """Return [row, day] the use, and tonnes by lot, if every need came evenly from its loads on time."""
        loads, tonnes = self.loads, self.asks.tonnes
        ways = np.bincount(loads.need, loads.on_time, len(tonnes))
        part = np.where(loads.on_time, tonnes[loads.need] / np.maximum(ways[loads.need], 1), 0.0)
        use = np.bincount(loads.row, loads.amount * np.repeat(part, loads.sizes), self.width)
        by_day = use[: self.first_lot].reshape(self.rows.count, self.days)
        return by_day, use[self.first_lot : self.first_lot + self.lots]


def _spread(days: np.ndarray, most: int) -> np.ndarray:
    """Return up to `most` of the days, spread evenly, both ends among them."""
    if len(days) <= most:
        return days
    return days[np.round(np.linspace(0, len(days) - 1, most)).astype(int)]
