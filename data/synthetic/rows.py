"""Capacity rows: every limit on a day that a load may meet on its way, numbered row · days + day."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import ceil
from typing import Any

import numpy as np

from data.synthetic.caveats import Conditions
from data.synthetic.goods import RULES, Goods
from data.synthetic.ground import Ground
from data.synthetic.lift import lift_days_open
from data.synthetic.market import PARTS, Market, site_name
from data.synthetic.pool import Pool
from data.synthetic.routes import Route
from data.synthetic.sizes import Size

DIVISIONS = ("1.1", "1.3", "1.4")
RETURN = {"road": 1.5, "rail": 1.5, "sea": 1.25, "air": 1.0}
KINDS = ("link", "link_volume", "lift", "handling", "storage", "storage_volume", "explosive", "transport", "produce")


@dataclass(frozen=True, eq=False)
class Uses:
    """What one tonne on a route uses: row, days after departure, amount."""

    row: np.ndarray
    later: np.ndarray
    amount: np.ndarray
    days: int  # to the arrival
    clearance: int
    links: np.ndarray
    depart: np.ndarray  # days after the start, by leg


@dataclass(eq=False)
class Rows:
    """Numbers of the capacity rows, what a load uses of them, and which part of a limit stands on which day."""

    size: Size
    ground: Ground
    goods: Goods
    held: Conditions
    market: Market
    licences: list[tuple[str, ...]]
    first: dict[str, int]
    pools: dict[tuple[str, str, str], int]  # (mode, cargo, '' or the caveated donor left out)
    count: int
    by_day: np.ndarray  # [row, day] part of the limit that stands
    offered: np.ndarray  # [link, day] whether a departure is offered
    fare: np.ndarray  # EUR a tonne of each link
    arrive: np.ndarray  # [link, day] when it arrives, later where goods stay on a closed link
    _uses: dict[tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...], int, tuple[str, ...]], Uses] = field(
        default_factory=dict
    )

    def kind_of(self) -> np.ndarray:
        """Return the position in KINDS of each row."""
        return np.searchsorted([self.first[k] for k in KINDS], np.arange(self.count), side="right") - 1

    def counted(self, node: int, division: str) -> int:
        """Return the row of the division as which one counts at a node, the worst of what the rules say."""
        here = [division] + [as_ for own, beside, as_ in RULES if own == division and beside in self.licences[node]]
        return self.first["explosive"] + len(DIVISIONS) * node + DIVISIONS.index(min(here))

    def closed_to(self, item: int, sector: int, purpose: str) -> tuple[str, ...]:
        """Return the donors whose lift may not carry the item to such a need."""
        met = {"supply_class": self.goods.supply_class[item], "country": self.ground.country[sector],
               "purpose": purpose}  # fmt: skip
        return tuple(r["donor"] for r in self.held.on_lift if all(r[k] == v for k, v in met.items() if k in r))

    def uses(self, route: Route, item: int, closed: tuple[str, ...]) -> Uses:
        """Return what a tonne of the item uses on a route, without what waits at the sector."""
        key = (route.links, route.depart, route.arrive, item, closed)
        if key not in self._uses:
            self._uses[key] = self._count(route, item, closed)
        return self._uses[key]

    def _count(self, route: Route, item: int, closed: tuple[str, ...]) -> Uses:
        ground, goods = self.ground, self.goods
        bulk = float(goods.volume[item] / goods.mass[item])
        out: list[tuple[int, int, float]] = []
        self._present(out, int(ground.tail[route.links[0]]), item, 0, 0)
        for leg, link in enumerate(route.links):
            start, end = route.depart[leg], route.arrive[leg]
            last = leg == len(route.links) - 1
            out += [(self.first["link"] + link, start, 1.0), (self.first["link_volume"] + link, start, bulk)]
            self._lift(out, link, goods.cargo[item], start, closed)
            self._present(out, int(ground.head[link]), item, end, 0 if last else route.depart[leg + 1] - end)
        row, later, amount = zip(*out, strict=True)
        return Uses(
            np.array(row), np.array(later), np.array(amount, float), route.days, route.clearance,
            np.array(route.links), np.array(route.depart),
        )  # fmt: skip

    def _present(self, out: list[tuple[int, int, float]], node: int, item: int, day: int, nights: int) -> None:
        goods = self.goods
        out.append((self.first["handling"] + node, day, 1.0))
        bulk = float(goods.volume[item] / goods.mass[item])
        for night in range(day, day + nights):
            out += [
                (self.first["storage"] + node, night, 1.0),
                (self.first["storage_volume"] + node, night, bulk),
            ]
        if goods.division[item]:
            counted = self.counted(node, goods.division[item])
            net = float(goods.neq[item] / goods.mass[item])
            out += [(counted, here, net) for here in range(day, day + nights + 1)]

    def lift_of(self, cargo: str, closed: tuple[str, ...]) -> list[tuple[int, np.ndarray, np.ndarray, np.ndarray]]:
        """Return for each pool of a cargo class its row, and its links' use a day, numbers and days bound."""
        out = []
        for (mode, carried, without), row in self.pools.items():
            if carried == cargo and (not without or without in closed):
                links = np.flatnonzero(self.ground.mode == mode)
                bound = np.maximum(1, np.ceil(np.round(self.ground.transit[links] * RETURN[mode], 9))).astype(int)
                out.append((row, self.ground.distance[links] * RETURN[mode] / bound, links, bound))
        return out

    def _lift(
        self, out: list[tuple[int, int, float]], link: int, cargo: str, day: int, closed: tuple[str, ...]
    ) -> None:
        ground = self.ground
        mode = str(ground.mode[link])
        bound = max(1, ceil(round(int(ground.transit[link]) * RETURN[mode], 9)))
        daily = float(ground.distance[link]) * RETURN[mode] / bound
        pools = [self.pools[mode, cargo, ""]]
        pools += [self.pools[mode, cargo, d] for d in closed if (mode, cargo, d) in self.pools]
        out += [(pool, day + k, daily) for pool in pools for k in range(bound)]


def number_rows(
    size: Size, ground: Ground, goods: Goods, pool: Pool, held: Conditions, lift: list[dict[str, Any]],
    licences: list[tuple[str, ...]], market: Market,
) -> Rows:  # fmt: skip
    """Return the rows, with the days on which lift is there."""
    pools: dict[tuple[str, str, str], int] = {}
    links, nodes = len(ground.tail), len(ground.kind)
    at = 2 * links
    donors = [pool.donors[d] for d in held.lift_donors]
    for row in lift:
        for name in ("", *(d for d in donors if row["donor"] == d)):
            if (row["mode"], row["cargo"], name) not in pools:
                pools[row["mode"], row["cargo"], name] = at
                at += 1
    first = {"link": 0, "link_volume": links, "lift": 2 * links, "handling": at, "storage": at + nodes,
             "storage_volume": at + 2 * nodes, "explosive": at + 3 * nodes}  # fmt: skip
    first["transport"] = first["explosive"] + len(DIVISIONS) * nodes
    first["produce"] = first["transport"] + len(market.payers)
    count = first["produce"] + len(market.role)
    by_day = np.ones((count, size.days))
    by_day[2 * links : at] = 0.0
    for row in lift:
        given = row["part"] * lift_days_open(size, pool, row)
        for (mode, cargo, without), number in pools.items():
            if (mode, cargo) == (row["mode"], row["cargo"]) and without != row["donor"]:
                by_day[number] += given
    for part, turn in enumerate(market.turns[1:], 1):  # what may be paid up to a day
        by_day[first["transport"] : first["produce"], market.turns[part - 1] : turn] = sum(PARTS[:part])
    offered = np.ones((links, size.days), bool)
    arrive = np.arange(size.days) + ground.transit[:, None]
    return Rows(
        size,
        ground,
        goods,
        held,
        market,
        licences,
        first,
        pools,
        count,
        by_day,
        offered,
        np.array(ground.cells()["cost"]),
        arrive,
    )


def disturb(rows: Rows, disruptions: list[dict[str, Any]], lift: list[dict[str, Any]], pool: Pool) -> None:
    """Cut the parts of the limits on the days on which something fails."""
    ground = rows.ground
    links = {name: i for i, name in enumerate(ground.cells()["link"])}
    nodes = {name: i for i, name in enumerate(ground.names)}
    for row in disruptions:
        last = rows.size.days - 1 if row["to_day"] is None else row["to_day"]
        days = slice(row["from_day"], last + 1)
        if row["table"] == "links":
            link = links[row["key"]]
            rows.by_day[rows.first["link"] + link, days] *= row["factor"]
            if row["factor"] == 0:
                _close(rows, link, row["from_day"], last, row["goods"])
        elif row["table"] == "nodes":
            rows.by_day[rows.first["handling"] + nodes[row["key"]], days] *= row["factor"]
            if row["factor"] == 0:
                rows.offered[ground.tail == nodes[row["key"]], days] = False
                shut = (ground.head == nodes[row["key"]])[:, None] & (rows.arrive >= row["from_day"])
                rows.arrive[shut & (rows.arrive <= last)] = last + 1
        elif row["table"] == "production":
            names = [site_name(s, len(rows.market.role)) for s in range(len(rows.market.role))]
            rows.by_day[rows.first["produce"] + names.index(row["key"]), days] *= row["factor"]
        elif row["table"] == "lift":
            for own in (r for r in lift if f"{r['donor']}/{r['mode']}" == row["key"]):
                given = (own["part"] * lift_days_open(rows.size, pool, own))[days] * (1 - row["factor"])
                for (mode, cargo, without), number in rows.pools.items():
                    if (mode, cargo) == (own["mode"], own["cargo"]) and without != own["donor"]:
                        rows.by_day[number, days] -= given


def _close(rows: Rows, link: int, first: int, last: int, goods: str) -> None:
    """Close a link for days: what is on its way waits for the first open day, or is not offered."""
    rows.offered[link, first : last + 1] = False
    caught = slice(max(0, first - int(rows.ground.transit[link])), first)
    if goods == "lost":
        rows.offered[link, caught] = False
    else:
        rows.arrive[link, caught] = last + 1
