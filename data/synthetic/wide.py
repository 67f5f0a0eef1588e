"""Sizes L and XL: the same world, drawn without candidate loads; the dial is the supply alone.

Whole matrices of days stand for routes, flows along the quickest ways for the use of limits. Stock, with what can be
bought, is so much below the needs as the dial asks for, tonne by tonne; transport stands well above its nominal use. So
congestion is what the supply leaves short, an estimate from below: what limits keep away comes on top, unmeasured.
"""

from __future__ import annotations

import numpy as np

from data.synthetic.asks import Asks
from data.synthetic.caveats import Conditions
from data.synthetic.dial import Limits, draw_bases
from data.synthetic.goods import Goods
from data.synthetic.ground import Ground
from data.synthetic.market import FUND, Origins, bases
from data.synthetic.routes import FAR, Atlas, LoadClass
from data.synthetic.rows import RETURN, Rows
from data.synthetic.sizes import TARGETS, Size, stream

SERVERS = 3  # lots that share what an item's needs at a sector ask for, the quickest
PEAK = 2.0  # of a row's mean day
WIDER = {"loose": 3.0, "tight": 2.0, "choked": 1.4}  # factor on all limits of transport
FARE = 0.09  # thousand EUR a tonne, about, for the way of a donor who pays from funds
BOUGHT = 0.5  # part of what sites may make that can be there in time, about


class Wide:
    """Days from every lot to every sector on an empty network, and the flows along the quickest ways."""

    def __init__(self, size: Size, ground: Ground, goods: Goods, pool: Origins, held: Conditions, atlas: Atlas) -> None:
        self.size, self.ground, self.goods, self.pool, self.atlas = size, ground, goods, pool, atlas
        self.order = np.argsort(ground.tail, kind="stable")
        self.starts = np.searchsorted(ground.tail[self.order], np.arange(ground.first_sector))
        self.classes: dict[LoadClass, list[int]] = {}
        for lot in range(pool.lots):
            item, donor = int(pool.lot_item[lot]), int(pool.lot_donor[lot])
            modes, countries = held.classes[held.donor_class[donor]]
            load = LoadClass(goods.cargo[item], goods.division[item], goods.mlc[item], modes, countries)
            self.classes.setdefault(load, []).append(lot)
        self.arrival = np.full((pool.lots, size.sectors), FAR)  # of each lot at each sector
        self.begin: dict[LoadClass, np.ndarray] = {}  # [depot or hub, sector] the link the quickest way begins with
        for load, members in self.classes.items():
            days, self.begin[load] = self._first_links(load)
            days = self._licensed(load, days)
            lots = np.array(members)
            there = pool.release[lots][:, None] + days[pool.lot_node[lots]]
            self.arrival[lots] = np.where(there <= pool.expiry[lots][:, None], there, FAR)
        self.second = np.full((size.items, size.sectors), FAR)
        for item in range(size.items):
            own = np.flatnonzero(pool.lot_item[: pool.lots] == item)
            self.second[item] = np.sort(self.arrival[own], axis=0)[1]

    def second_arrival(self, item: int, sector: int, recipient: str, purpose: str) -> int:
        """Return the first day on which two lots can have been at a sector, whatever a need's caveats say."""
        return int(self.second[item, sector - self.ground.first_sector])

    def _first_links(self, load: LoadClass) -> tuple[np.ndarray, np.ndarray]:
        """Return [depot or hub, sector] the days of the quickest way, and the link it begins with."""
        cost = self.atlas.trees(load)[0][0][self.order]
        ends = np.append(self.starts[1:], len(self.order))
        days = np.full((len(self.starts), self.size.sectors), float(FAR))
        link = np.full(days.shape, -1)
        for node, (a, b) in enumerate(zip(self.starts.tolist(), ends.tolist(), strict=True)):
            if b > a:
                best = cost[a:b].argmin(axis=0)
                days[node] = np.take_along_axis(cost[a:b], best[None], axis=0)[0]
                link[node] = self.order[a + best]
        return days, link

    def _licensed(self, load: LoadClass, days: np.ndarray) -> np.ndarray:
        """Return whole days from where the class may be loaded; far from where it may not."""
        if load.division:
            days[~self.atlas.licensed[load.division][: len(days)]] = FAR
        return np.minimum(np.floor(days), FAR).astype(int)

    def nominal(self, asks: Asks, rows: Rows) -> tuple[np.ndarray, np.ndarray]:
        """Return [row, day] the use, even over the days, and tonnes by lot, if the quickest lots shared the needs."""
        goods, pool, first = self.goods, self.pool, self.ground.first_sector
        asked = np.zeros((self.size.items, self.size.sectors))
        np.add.at(asked, (asks.item, asks.sector - first), asks.tonnes)
        given = np.zeros((pool.lots, self.size.sectors))
        for item in range(self.size.items):
            own = np.flatnonzero(pool.lot_item[: pool.lots] == item)
            quick = own[np.argsort(self.arrival[own], axis=0, kind="stable")[:SERVERS]]
            for lots in quick:
                sector = np.arange(self.size.sectors)
                given[lots, sector] += np.where(self.arrival[lots, sector] < FAR, asked[item] / SERVERS, 0.0)
        total = np.zeros(rows.count)
        rates = np.stack([np.ones(self.size.items), goods.volume / goods.mass, goods.neq / goods.mass])
        for load, lots in self.classes.items():
            self._flow(load, np.array(lots), given, rates, rows, total)
        payer = pool.payer[: pool.lots]
        paid = np.bincount(payer[payer >= 0], given.sum(axis=1)[payer >= 0], len(rows.market.payers))
        use = np.repeat(total[:, None] * PEAK / self.size.days, self.size.days, axis=1)
        use[rows.first["transport"] : rows.first["produce"]] = FARE * paid[:, None]
        return use, given.sum(axis=1)

    def _flow(
        self, load: LoadClass, lots: np.ndarray, given: np.ndarray, rates: np.ndarray, rows: Rows, total: np.ndarray
    ) -> None:
        """Add what the lots of a class use on the quickest ways, from link to link, to the rows' totals."""
        ground, first = self.ground, rows.first
        follow, begin = self.atlas.trees(load)[1][0], self.begin[load]
        lots = lots[given[lots].sum(axis=1) > 0]
        sector = np.tile(np.arange(self.size.sectors), len(lots))
        link = begin[self.pool.lot_node[lots]].ravel()
        amounts = rates[:, self.pool.lot_item[lots]].repeat(self.size.sectors, axis=1) * given[lots].ravel()
        here = np.repeat(self.pool.lot_node[lots], self.size.sectors)
        while True:
            kept = (link >= 0) & (amounts[0] > 0)
            link, sector, here, amounts = link[kept], sector[kept], here[kept], amounts[:, kept]
            if not len(link):
                return
            tonnes, volume, net = amounts
            head = ground.head[link]
            for row, amount in ((first["link"] + link, tonnes), (first["link_volume"] + link, volume),
                                (first["handling"] + here, tonnes), (first["storage"] + head, tonnes),
                                (first["storage_volume"] + head, volume)):  # fmt: skip
                np.add.at(total, row, amount)
            for mode in RETURN:
                own = ground.mode[link] == mode
                if own.any():
                    far = ground.distance[link[own]] * RETURN[mode]
                    total[rows.pools[mode, load.cargo, ""]] += float((tonnes[own] * far).sum())
            if load.division:
                np.add.at(total, [rows.counted(int(v), load.division) for v in head], net)
            here, link = head, follow[link, sector]


def wide_limits(size: Size, congestion: str, seed: int, reach: Wide, rows: Rows, asks: Asks) -> Limits:
    """Return limits well above the nominal use, and a supply that is below the needs by what the dial asks for."""
    goods, pool = reach.goods, reach.pool
    use, taken = reach.nominal(asks, rows)
    needed = np.bincount(asks.item, asks.tonnes, size.items)
    rate, total, fund = bases(rows.market, goods, needed)
    base = draw_bases(size, seed, rows, use) * WIDER[congestion]
    base[rows.first["produce"] :] = rate
    makes = np.minimum(np.minimum(total, rate * size.days), FUND * needed[rows.market.site_item])
    bought = np.bincount(rows.market.site_item, BOUGHT * makes, size.items)
    rng = stream(seed, size, "limits").spawn(2)[1]
    lack = rng.uniform(0.5, 1.5, size.items)
    lack *= TARGETS[congestion] / float((lack * needed).sum() / needed.sum())
    items = pool.lot_item[: pool.lots]
    weight = (taken + 0.05 * needed[items] / np.bincount(items, minlength=size.items)[items]) * rng.lognormal(
        0, 0.3, pool.lots
    )
    wanted = np.maximum((1 - lack) * needed - bought, 0.2 * needed)
    tonnes = weight / np.bincount(items, weight, size.items)[items] * wanted[items]
    units = np.round(tonnes / goods.mass[items], 1)
    units = np.where(goods.whole[items], np.maximum(np.round(units), 1), np.maximum(units, 0.1))
    stock = units * goods.mass[items]
    supply = np.bincount(items, stock, size.items) + bought
    short = float(np.maximum(needed - supply, 0).sum() / needed.sum())
    return Limits(base, stock, total, fund, short, {})
