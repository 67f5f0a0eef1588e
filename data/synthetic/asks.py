"""What is asked: needs that can be met in time on an empty network, and what fails meanwhile."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from data.synthetic.caveats import PURPOSES, RECIPIENTS, Conditions
from data.synthetic.goods import Goods
from data.synthetic.ground import Ground
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


class Reach:
    """Which lots can serve what, by when, on an empty network."""

    def __init__(self, size: Size, ground: Ground, goods: Goods, pool: Pool, held: Conditions, atlas: Atlas) -> None:
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
        """Return the class of a donor's load of an item."""
        goods = self.goods
        modes, countries = self.held.classes[self.held.donor_class[donor]]
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


def draw_asks(size: Size, seed: int, reach: Reach) -> Asks:
    """Return the needs of a size and seed, each with two lots or more that can be there by its RDD."""
    rng = stream(seed, size, "asks")
    ground, goods = reach.ground, reach.goods
    sectors = np.arange(ground.first_sector, len(ground.kind))
    count = size.needs
    sector = rng.choice(sectors, count, p=_normal(rng.lognormal(0, 0.25, len(sectors))))
    recipient = [RECIPIENTS[int(k)] for k in rng.random(count) > 0.65]
    item = _items(size, goods, rng)
    purpose = [_purpose(goods, i, rng.random()) for i in item]
    second = np.zeros(count, int)
    for n in range(count):
        second[n] = _second_arrival(reach, int(item[n]), int(sector[n]), recipient[n], purpose[n])
        for other in rng.permutation(size.items) if second[n] >= size.days - 1 else ():
            if goods.whole[other] == goods.whole[item[n]]:
                at = _second_arrival(reach, int(other), int(sector[n]), recipient[n], purpose[n])
                if at < size.days - 1:
                    item[n], second[n] = other, at
                    break
    quantity, tonnes = _quantities(size, goods, item, rng)
    slack = np.round(rng.gamma(2.0, size.days / 9, count)).astype(int)
    rdd = np.minimum(second + slack, size.days - 1)
    rdd = np.where(rdd == size.days - 1, rng.integers(np.minimum(second, size.days - 1), size.days), rdd)
    lad = np.where(rng.random(count) < 0.45, np.minimum(rdd + rng.integers(1, 6, count), size.days - 1), rdd)
    ead = np.where(rng.random(count) < 0.3, np.maximum(0, rdd - rng.integers(1, 6, count)), 0)
    tier = rng.choice([1, 2, 3], count, p=[0.25, 0.4, 0.35])
    weight = rng.choice([1.0, 1.5, 2.0], count, p=[0.6, 0.25, 0.15])
    return Asks(sector, item, recipient, purpose, quantity, tonnes, ead, rdd, lad, tier, weight)


def _normal(weights: np.ndarray) -> np.ndarray:
    return weights / weights.sum()


def _items(size: Size, goods: Goods, rng: np.random.Generator) -> np.ndarray:
    """Return an item a need: two in five needs ask for whole items."""
    whole = rng.permutation(np.arange(size.needs) < round(0.42 * size.needs))
    out = np.zeros(size.needs, int)
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


def _second_arrival(reach: Reach, item: int, sector: int, recipient: str, purpose: str) -> int:
    arrival = reach.sources(sector, item).arrival[reach.lawful(item, sector, recipient, purpose)]
    return int(arrival[1]) if len(arrival) > 1 else FAR


def _quantities(size: Size, goods: Goods, item: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    mean = MEAN_TONNES * np.sqrt(goods.weight[item])
    tonnes = rng.gamma(2.5, 1 / 2.5, size.needs) * mean
    units = np.clip(tonnes / goods.mass[item], 1, MOST_UNITS)
    units = np.where(goods.whole[item], np.round(units), np.round(units, 1))
    return units, units * goods.mass[item]


def draw_disruptions(
    size: Size, seed: int, ground: Ground, pool: Pool, lift: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Return what fails: links and a node closed for days, links and handling cut, one donor's lift, one lot."""
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
    return out


def lot_name(lot: int, count: int) -> str:
    """Return the name of a lot, as wide as the last one's."""
    return f"L{lot + 1:0{len(str(count))}d}"
