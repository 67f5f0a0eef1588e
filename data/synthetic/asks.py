"""What is asked: needs that can be met in time on an empty network, and what fails meanwhile."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from data.synthetic.caveats import PURPOSES, RECIPIENTS, Conditions
from data.synthetic.goods import Goods
from data.synthetic.ground import Ground
from data.synthetic.market import Market, Origins, site_name
from data.synthetic.pool import Pool
from data.synthetic.routes import FAR, Atlas, LoadClass, Route
from data.synthetic.sizes import Size, stream

MOST_UNITS = 5000
MEAN_TONNES = 55.0


@dataclass(eq=False)
class Sources:
    """The lots that may serve an item at a sector, the quickest first, each with its routes."""

    lots: np.ndarray
    arrival: np.ndarray  # earliest day each can be there
    routes: list[tuple[Route, ...]]


@dataclass(eq=False)
class Asks:
    """Needs as parallel arrays."""

    sector: np.ndarray
    item: np.ndarray
    recipient: list[str]
    purpose: list[str]
    quantity: np.ndarray
    tonnes: np.ndarray
    ead: np.ndarray
    rdd: np.ndarray
    lad: np.ndarray
    tier: np.ndarray
    weight: np.ndarray
    given: int  # how many stand in table needs; the others are those of forces


class Arrivals(Protocol):
    """What needs are drawn from: the ground, the items, and when lots can be at a sector."""

    ground: Ground
    goods: Goods

    def second_arrival(self, item: int, sector: int, recipient: str, purpose: str) -> int:
        """Return the first day on which two lots can have been at such a need; FAR if there are not two."""
        ...


class Reach:
    """Which lots can serve what, by when, on an empty network."""

    def __init__(self, size: Size, ground: Ground, goods: Goods, pool: Origins, held: Conditions, atlas: Atlas) -> None:
        self.size, self.ground, self.goods, self.pool, self.held, self.atlas = (
            size,
            ground,
            goods,
            pool,
            held,
            atlas,
        )
        self._sources: dict[tuple[int, int], Sources] = {}
        self._lots = [np.flatnonzero(pool.lot_item == i) for i in range(size.items)]

    def load_class(self, item: int, donor: int) -> LoadClass:
        """Return the class of a donor's load of an item; what is bought has no donor (-1), and no conditions."""
        goods = self.goods
        modes, countries = self.held.classes[self.held.donor_class[donor] if donor >= 0 else 0]
        return LoadClass(goods.cargo[item], goods.division[item], goods.mlc[item], modes, countries)

    def sources(self, sector: int, item: int) -> Sources:
        """Return the lots of the item that can reach the sector within the horizon, whatever a need adds."""
        key = (sector, item)
        if key not in self._sources:
            found = []
            for lot in self._lots[item].tolist():
                load = self.load_class(item, int(self.pool.lot_donor[lot]))
                routes = self.atlas.routes(load, int(self.pool.lot_node[lot]), sector)
                arrival = min((self._arrival(lot, r) for r in routes), default=FAR)
                if arrival < self.size.days:
                    found.append((arrival, int(lot), routes))
            found.sort(key=lambda f: f[:2])
            self._sources[key] = Sources(
                np.array([f[1] for f in found], int),
                np.array([f[0] for f in found], int),
                [f[2] for f in found],
            )
        return self._sources[key]

    def _arrival(self, lot: int, route: Route) -> int:
        day = int(self.pool.release[lot]) + route.clearance + route.days
        return day if day <= self.pool.expiry[lot] else FAR

    def barred(self, item: int, sector: int, recipient: str, purpose: str) -> set[int]:
        """Return the donors whose caveats keep their stock of the item from such a need."""
        land = self.ground.country[sector]
        place = self.ground.names[sector]
        met = {"recipient": recipient, "purpose": purpose, "sector": place, "country": land}
        out = set()
        for row in self.held.on_needs:
            bound = row.get("item") in (None, self.goods.names[item])
            bound &= row.get("supply_class") in (None, self.goods.supply_class[item])
            if bound and all(row[k] == v for k, v in met.items() if k in row):
                out.add(self.pool.donors.index(row["donor"]))
        return out

    def lawful(self, item: int, sector: int, recipient: str, purpose: str) -> np.ndarray:
        """Return which of the sources may serve such a need."""
        donors = self.pool.lot_donor[self.sources(sector, item).lots]
        barred = self.barred(item, sector, recipient, purpose)
        return ~np.isin(donors, list(barred)) if barred else np.ones(len(donors), bool)

    def second_arrival(self, item: int, sector: int, recipient: str, purpose: str) -> int:
        """Return the first day on which two lots can have been at such a need; FAR if there are not two."""
        sources = self.sources(sector, item)
        arrival = sources.arrival[self.lawful(item, sector, recipient, purpose) & (sources.lots < self.pool.lots)]
        return int(arrival[1]) if len(arrival) > 1 else FAR


def draw_asks(size: Size, seed: int, reach: Arrivals, of_forces: list[dict[str, Any]]) -> Asks:
    """Return the needs of a size and seed, each with two lots that can be there by its RDD; then those of forces."""
    rng = stream(seed, size, "asks")
    ground, goods = reach.ground, reach.goods
    sectors = np.arange(ground.first_sector, len(ground.kind))
    count = size.needs - len(of_forces)
    sector = rng.choice(sectors, count, p=_normal(rng.lognormal(0, 0.25, len(sectors))))
    recipient = [RECIPIENTS[int(k)] for k in rng.random(count) > 0.65]
    item = _items(size, goods, count, rng)
    purpose = [_purpose(goods, i, rng.random()) for i in item]
    second = np.zeros(count, int)
    for n in range(count):
        second[n] = reach.second_arrival(int(item[n]), int(sector[n]), recipient[n], purpose[n])
        for other in rng.permutation(size.items) if second[n] >= size.days - 1 else ():
            if goods.whole[other] == goods.whole[item[n]]:
                at = reach.second_arrival(int(other), int(sector[n]), recipient[n], purpose[n])
                if at < size.days - 1:
                    item[n], second[n] = other, at
                    break
    quantity = _quantities(goods, item, rng)
    slack = np.round(rng.gamma(2.0, size.days / 9, count)).astype(int)
    rdd = np.minimum(second + slack, size.days - 1)
    rdd = np.where(rdd == size.days - 1, rng.integers(np.minimum(second, size.days - 1), size.days), rdd)
    lad = np.where(rng.random(count) < 0.45, np.minimum(rdd + rng.integers(1, 6, count), size.days - 1), rdd)
    ead = np.where(rng.random(count) < 0.3, np.maximum(0, rdd - rng.integers(1, 6, count)), 0)
    tier = rng.choice([1, 2, 3], count, p=[0.25, 0.4, 0.35])
    weight = rng.choice([1.0, 1.5, 2.0], count, p=[0.6, 0.25, 0.15])
    more = {name: [row[name] for row in of_forces] for name in (of_forces[0] if of_forces else ())}
    place, good = {n: i for i, n in enumerate(ground.names)}, {n: i for i, n in enumerate(goods.names)}
    if more:
        sector = np.append(sector, [place[s] for s in more["sector"]])
        item = np.append(item, [good[i] for i in more["item"]])
        recipient, purpose = recipient + more["recipient"], purpose + more["purpose"]
        quantity, ead = np.append(quantity, more["quantity"]), np.append(ead, np.zeros(len(of_forces), int))
        rdd, lad = np.append(rdd, more["rdd"]), np.append(lad, more["lad"])
        tier, weight = np.append(tier, more["tier"]), np.append(weight, more["weight"])
    tonnes = quantity * goods.mass[item]
    return Asks(sector, item, recipient, purpose, quantity, tonnes, ead, rdd, lad, tier, weight, count)


def _normal(weights: np.ndarray) -> np.ndarray:
    return weights / weights.sum()


def _items(size: Size, goods: Goods, count: int, rng: np.random.Generator) -> np.ndarray:
    """Return an item a need: two in five needs ask for whole items."""
    whole = rng.permutation(np.arange(count) < round(0.42 * count))
    out = np.zeros(count, int)
    for flag in (False, True):
        weights = np.where(goods.whole == flag, goods.weight, 0.0)
        out[whole == flag] = rng.choice(size.items, int((whole == flag).sum()), p=_normal(weights))
    return out


def _purpose(goods: Goods, item: int, draw: float) -> str:
    if goods.cargo[item] == "chilled":
        return "medical"
    if goods.supply_class[item] == "IV" or goods.cargo[item] == "outsize":
        return "works" if draw < 0.7 else "mobility"
    return PURPOSES[0] if draw < 0.75 else "mobility"


def _quantities(goods: Goods, item: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    mean = MEAN_TONNES * np.sqrt(goods.weight[item])
    tonnes = rng.gamma(2.5, 1 / 2.5, len(item)) * mean
    units = np.clip(tonnes / goods.mass[item], 1, MOST_UNITS)
    return np.where(goods.whole[item], np.round(units), np.round(units, 1))


def draw_disruptions(
    size: Size, seed: int, ground: Ground, pool: Pool, lift: list[dict[str, Any]], market: Market
) -> list[dict[str, Any]]:
    """Return what fails: links and a node closed for days, links and handling cut, one donor's lift, a lot, a site."""
    rng = stream(seed, size, "limits").spawn(1)[0]
    links = ground.cells()["link"]
    several = 1 if size.name == "S" else 3
    picked = rng.permutation(len(links))
    hubs = rng.permutation(np.arange(ground.depots, ground.first_sector))
    out: list[dict[str, Any]] = []

    def add(table: str, key: str, column: str, factor: float, goods: str, days: tuple[int, int | None]) -> None:
        out.append({"disruption": f"X{len(out) + 1:02d}", "table": table, "key": key, "column": column,
                    "factor": factor, "goods": goods, "from_day": days[0], "to_day": days[1]})  # fmt: skip

    for k in range(several):
        day = int(rng.integers(3, size.days - 4))
        add("links", links[picked[3 * k]], "capacity", 0.0, "stay", (day, day + 1))
        add("links", links[picked[3 * k + 1]], "capacity", 0.0, "lost", (day, day + 2))
        add("links", links[picked[3 * k + 2]], "capacity", 0.5, "lost", (day, None))
        node = ground.names[hubs[k]]
        add("nodes", node, "handling", 0.4 if k % 2 else 0.6, "lost", (day, day + 3))
    day = size.days // 2
    add("nodes", ground.names[hubs[several]], "handling", 0.0, "stay", (day, day))
    row = lift[int(rng.integers(len(lift)))]
    add("lift", f"{row['donor']}/{row['mode']}", "capacity", 0.5, "lost", (day - 2, day + 2))
    lot = int(rng.integers(len(pool.lot_item)))
    add("stocks", lot_name(lot, len(pool.lot_item)), "on_hand", 0.7, "lost", (day, None))
    site = int(rng.integers(len(market.role)))
    add("production", site_name(site, len(market.role)), "rate", 0.5, "lost", (day - 3, day))
    return out


def lot_name(lot: int, count: int) -> str:
    """Return the name of a lot, as wide as the last one's."""
    return f"L{lot + 1:0{len(str(count))}d}"
