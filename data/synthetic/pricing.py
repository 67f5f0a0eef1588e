"""New candidate loads at the prices of the limits: the cheapest way through time of every lot to every need.

For all needs of an item at once, from the last day to the first: the cost of starting each link on each day and
of being ready at each node, waits, lift, handling, storage and explosives priced as `rows.py` counts them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from data.synthetic.loading import Loading, Pick
from data.synthetic.routes import LoadClass, Route

FAR = 1e9
GAUGES = ("", "1435", "1520")


@dataclass(frozen=True, eq=False)
class Costs:
    """Prices a tonne of one item pays: by starting a link, by a night at a node, by leaving home."""

    link: np.ndarray  # [link, day] with all it brings, up to the arrival; FAR where it may not start
    night: np.ndarray  # [node, day] of the night after the day
    leave: np.ndarray  # [node, day]


class Pricing:
    """Finds loads that are worth more than the limits they would use."""

    def __init__(self, loading: Loading) -> None:
        self.loading = loading
        ground = loading.rows.ground
        self.days = loading.days
        self.instant = ground.transit == 0
        self.order = np.argsort(ground.tail, kind="stable")
        self.tails, self.starts = np.unique(ground.tail[self.order], return_index=True)
        self.gauge = np.array([GAUGES.index(g) for g in ground.gauge])
        self.breaks = np.array([k == "gauge_break" for k in ground.kind])

    def picks(self, prices: np.ndarray, need_prices: np.ndarray, worth: np.ndarray) -> list[Pick]:
        """Return the loads to add, at prices by row, by need, and the worth [need, day] of an arrival; all by tonne."""
        asks, loading = self.loading.asks, self.loading
        by_day = prices[: loading.first_lot].reshape(loading.rows.count, self.days)
        groups: dict[tuple[int, tuple[str, ...]], list[tuple[int, float]]] = {}
        for need in range(len(asks.item)):
            closed = {}
            for item, per in loading.items_for(need):
                closed[item] = loading.rows.closed_to(item, int(asks.sector[need]), asks.purpose[need])
                groups.setdefault((item, closed[item]), []).append((need, per))
        out: list[Pick] = []
        for (item, shut), members in sorted(groups.items(), key=lambda g: g[0]):
            lots = np.flatnonzero(loading.reach.pool.lot_item == item)
            classes: dict[LoadClass, list[int]] = {}
            for lot in lots.tolist():
                load = loading.reach.load_class(item, int(loading.reach.pool.lot_donor[lot]))
                classes.setdefault(load, []).append(lot)
            for load, own in classes.items():
                costs = self._costs(by_day, item, shut, load)
                out += self._cheapest(costs, load, item, members, own, prices, need_prices, worth)
        return out

    def _costs(self, price: np.ndarray, item: int, shut: tuple[str, ...], load: LoadClass) -> Costs:
        rows, ground, days = self.loading.rows, self.loading.rows.ground, self.days
        first, goods = rows.first, rows.goods
        links, nodes = len(ground.tail), len(ground.kind)
        bulk = float(goods.volume[item] / goods.mass[item])
        present = price[first["handling"] : first["handling"] + nodes].copy()
        night = (
            price[first["storage"] : first["storage"] + nodes]
            + bulk * price[first["storage_volume"] : first["storage_volume"] + nodes]
        )
        if goods.division[item]:
            net = float(goods.neq[item] / goods.mass[item])
            held = net * price[[rows.counted(v, goods.division[item]) for v in range(nodes)]]
            present += held
            night[:, :-1] += held[:, 1:]
        link = price[:links] + bulk * price[links : 2 * links]
        for number, daily, mine, bound in rows.lift_of(goods.cargo[item], shut):
            for later in range(int(bound.max(initial=0))):
                here = mine[bound > later]
                link[here, : days - later] += daily[bound > later, None] * price[number, later:]
        mask = self.loading.reach.atlas.open_to(load)
        arrive = rows.arrive
        inside = arrive < days
        there = np.minimum(arrive, days - 1)
        link = np.where(inside, link + present[ground.head[:, None], there], FAR)
        link[~mask] = FAR
        link[~rows.offered] = FAR
        return Costs(link, night, present)

    def _cheapest(
        self, costs: Costs, load: LoadClass, item: int, members: list[tuple[int, float]], lots: list[int],
        prices: np.ndarray, need_prices: np.ndarray, worth: np.ndarray,
    ) -> list[Pick]:  # fmt: skip
        """Return the best load of each of these lots for each of these needs, where it is worth its price."""
        asks, loading = self.loading.asks, self.loading
        needs = np.array([n for n, _ in members])
        per = np.array([p for _, p in members])
        final = self._final(costs, item, needs, per, worth)
        start, ready = self._sweep(costs, load, needs, final)
        out: list[Pick] = []
        for lot in lots:
            stops = loading.stops(int(loading.reach.pool.lot_donor[lot]), item)
            first = int(loading.reach.pool.release[lot])
            home = int(loading.reach.pool.lot_node[lot])
            if first >= self.days or (load.division and not loading.reach.atlas.licensed[load.division][home]):
                continue
            own = np.flatnonzero(loading.rows.ground.tail == home)
            cost = start[:, own, first:] + costs.leave[home, first:]
            cost = np.where(stops[own, first:], FAR, cost)
            price = prices[loading.first_lot + lot]
            early = prices[loading.first_lot + loading.lots + lot]
            cost = cost + price + np.where(np.arange(first, self.days) < loading.eased_day[lot], early, 0.0)
            flat = cost.reshape(len(needs), -1)
            best = flat.argmin(axis=1)
            gain = -flat[np.arange(len(needs)), best] * per - need_prices[needs]
            for k in np.flatnonzero(gain > 1e-6 * np.abs(worth[needs]).max(axis=1)):
                a, t = own[best[k] // cost.shape[2]], first + int(best[k] % cost.shape[2])
                route = self._trace(costs, start[k], ready[:, k], int(a), t, int(asks.sector[needs[k]]), final[k])
                if self._lawful(int(needs[k]), lot, item, route, t, stops):
                    out.append(Pick(int(needs[k]), item, float(per[k]), lot, t, route))
        return out

    def _final(self, costs: Costs, item: int, needs: np.ndarray, per: np.ndarray, worth: np.ndarray) -> np.ndarray:
        """Return [need, day] the cost of being there on a day: the nights up to the RDD less what it is worth."""
        asks = self.loading.asks
        night = costs.night[asks.sector[needs]]
        total = np.concatenate([np.zeros((len(needs), 1)), np.cumsum(night, axis=1)], axis=1)
        day = np.arange(self.days)
        until = np.maximum(asks.rdd[needs][:, None], day)
        waits = np.take_along_axis(total, until, axis=1) - total[:, :-1]
        return np.where(worth[needs] > 0, waits - worth[needs] / per[:, None], FAR)

    def _sweep(
        self, costs: Costs, load: LoadClass, needs: np.ndarray, final: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return [need, link, day] the cost of starting a link, and [gauge, need, node, day] of being ready."""
        ground, days = self.loading.rows.ground, self.days
        links, nodes = len(ground.tail), len(ground.kind)
        start = np.full((len(needs), links, days + 1), FAR)
        ready = np.full((len(GAUGES), len(needs), nodes, days + 1), FAR)
        shut = np.array([c in load.countries for c in ground.country])
        here = ground.head[None] == self.loading.asks.sector[needs][:, None]
        wait = ground.dwell[ground.head]
        nights = np.concatenate([np.zeros((nodes, 1)), np.cumsum(costs.night, axis=1)], axis=1)
        for t in range(days - 1, -1, -1):
            for moving in (~self.instant, self.instant):
                own = np.flatnonzero(moving & (costs.link[:, t] < FAR))
                if len(own):
                    there = self.loading.rows.arrive[own, t]
                    go = np.minimum(there + wait[own], days)
                    held = nights[ground.head[own], go] - nights[ground.head[own], there]
                    side = np.where(self.breaks[ground.head[own]], 0, self.gauge[own])
                    onward = held + ready[side, :, ground.head[own], go].T
                    onward[:, shut[ground.head[own]]] = FAR
                    start[:, own, t] = costs.link[own, t] + np.where(here[:, own], final[:, there], onward)
                self._ready(start[:, :, t], ready, costs.night[:, t], t)
        return np.minimum(start[:, :, :days], FAR), ready

    def _ready(self, start: np.ndarray, ready: np.ndarray, night: np.ndarray, t: int) -> None:
        """Set the cost of being ready on a day: start a link that fits the gauge of arrival, or wait a night."""
        for side in range(len(GAUGES)):
            fits = (self.gauge == 0) | (side == 0) | (self.gauge == side)
            cost = np.where(fits, start, FAR)[:, self.order]
            ready[side, :, self.tails, t] = np.minimum.reduceat(cost, self.starts, axis=1).T
            ready[side, :, :, t] = np.minimum(ready[side, :, :, t], night + ready[side, :, :, t + 1])

    def _trace(
        self, costs: Costs, start: np.ndarray, ready: np.ndarray, link: int, day: int, sector: int, final: np.ndarray
    ) -> Route:
        ground, begin = self.loading.rows.ground, day
        timetable = self.loading.rows.arrive
        links, depart, arrive = [link], [0], [int(timetable[link, day]) - begin]
        while ground.head[links[-1]] != sector:
            node = int(ground.head[links[-1]])
            side = 0 if self.breaks[node] else int(self.gauge[links[-1]])
            t = arrive[-1] + begin + int(ground.dwell[node])
            own = np.flatnonzero((ground.tail == node) & ((self.gauge == 0) | (side == 0) | (self.gauge == side)))
            while start[own, t].min() > ready[side, node, t] + 1e-12 * abs(ready[side, node, t]):
                t += 1
            links.append(int(own[start[own, t].argmin()]))
            depart.append(t - begin)
            arrive.append(int(timetable[links[-1], t]) - begin)
        return Route(tuple(links), tuple(depart), tuple(arrive), 0)

    def _lawful(self, need: int, lot: int, item: int, route: Route, day: int, stops: np.ndarray) -> bool:
        """Return whether the lot may go this way for the need: clearance, expiry, days without movement, caveats."""
        asks, reach = self.loading.asks, self.loading.reach
        ground = self.loading.rows.ground
        at = day + np.array(route.depart)
        links = np.array(route.links)
        barred = reach.barred(item, int(asks.sector[need]), asks.recipient[need], asks.purpose[need])
        return bool(
            (at >= reach.pool.release[lot] + ground.clearance[links]).all()
            and not stops[links, at].any()
            and day + route.days <= reach.pool.expiry[lot]
            and int(reach.pool.lot_donor[lot]) not in barred
        )
