"""New candidate loads at the prices of the limits: the cheapest way through time of every lot to every need.

For all needs of an item at once, from the last day to the first: the cost of starting each link on each day and
of being ready at each node, waits, lift, handling, storage, explosives and fares priced as `rows.py` counts them.
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


@dataclass(frozen=True, eq=False)
class Sweep:
    """The costs of all ways of an item's loads of one class to some needs."""

    needs: np.ndarray
    per: np.ndarray  # tonnes for a tonne credited
    need_prices: np.ndarray
    costs: Costs
    start: np.ndarray  # [day, link, need] from starting a link on
    ready: np.ndarray  # [day, gauge, node, need] from being ready at a node on
    least: float  # gain below which a load is not worth adding


class Pricing:
    """Finds loads that are worth more than the limits they would use."""

    def __init__(self, loading: Loading) -> None:
        self.loading = loading
        ground = loading.rows.ground
        self.days = loading.days
        self.instant = ground.transit == 0
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
            classes: dict[tuple[LoadClass, int], list[int]] = {}
            for lot in np.flatnonzero(loading.reach.pool.lot_item == item).tolist():
                load = loading.reach.load_class(item, int(loading.reach.pool.lot_donor[lot]))
                payer = int(loading.reach.pool.payer[lot]) if loading.rows.size.fares else -1
                classes.setdefault((load, payer), []).append(lot)
            needs, rates = np.array([n for n, _ in members]), np.array([p for _, p in members])
            for (load, payer), lots in classes.items():
                costs = self._costs(by_day, item, shut, load, payer)
                final = self._final(costs, needs, rates, worth)
                start, ready = self._sweep(costs, load, needs, final)
                least = 1e-6 * np.abs(worth[needs]).max()
                sweep = Sweep(needs, rates, need_prices[needs], costs, start, ready, float(least))
                out += self._cheapest(sweep, item, lots, prices)
        return out

    def _costs(self, price: np.ndarray, item: int, shut: tuple[str, ...], load: LoadClass, payer: int) -> Costs:
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
        if payer >= 0:
            money = price[first["transport"] + payer]
            link += rows.fare[:, None] / 1000.0 * money[::-1].cumsum()[::-1]
        mask = self.loading.reach.atlas.open_to(load)
        arrive = rows.arrive
        inside = arrive < days
        there = np.minimum(arrive, days - 1)
        link = np.where(inside, link + present[ground.head[:, None], there], FAR)
        link[~mask] = FAR
        link[~rows.offered] = FAR
        return Costs(link, night, present)

    def _cheapest(self, sweep: Sweep, item: int, lots: list[int], prices: np.ndarray) -> list[Pick]:
        """Return for each need the best loads of the best of these lots, where they are worth their price."""
        offers = [self._offer(sweep, item, lot, prices) for lot in lots]
        gain = np.array([g for g, _, _ in offers])
        best = np.argsort(-gain, axis=0, kind="stable")[: self.loading.rows.size.offers]
        out: list[Pick] = []
        for rank, k in zip(*np.nonzero(np.take_along_axis(gain, best, axis=0) > sweep.least), strict=True):
            place = best[rank, k]
            lot, need = lots[place], int(sweep.needs[k])
            link, day = int(offers[place][1][k]), int(offers[place][2][k])
            route = self._trace(sweep, int(k), link, day)
            if self._lawful(need, lot, item, route, day):
                order = -1 if lot < self.loading.lots else int(self._ordering(lot, prices)[1][day])
                out.append(Pick(need, item, float(sweep.per[k]), lot, day, route, order))
        return out

    def _offer(
        self, sweep: Sweep, item: int, lot: int, prices: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return by need what the lot's best load gains on its price, the link it starts with and the day."""
        loading, pool = self.loading, self.loading.reach.pool
        first, home = int(pool.release[lot]), int(pool.lot_node[lot])
        division = loading.rows.goods.division[item]
        own = np.flatnonzero(loading.rows.ground.tail == home)
        if first >= self.days or (division and not loading.reach.atlas.licensed[division][home]) or not len(own):
            none = np.zeros(len(sweep.needs), int)
            return np.full(len(none), -FAR), none, none
        early = np.arange(first, self.days) < loading.eased_day[lot]
        leave = sweep.costs.leave[home, first:].copy()
        if lot < loading.lots:
            leave += prices[loading.first_lot + lot]
            leave += np.where(early, prices[loading.first_lot + loading.lots + lot], 0.0)
        else:
            leave += self._ordering(lot, prices)[0][first:]
        cost = sweep.start[first:, own] + leave[:, None, None]
        cost[loading.stops(int(pool.lot_donor[lot]), item)[own, first:].T] = FAR
        flat = cost.reshape(-1, len(sweep.needs))
        best = flat.argmin(axis=0)
        gain = -flat[best, np.arange(len(best))] * sweep.per - sweep.need_prices
        return gain, own[best % len(own)], first + best // len(own)

    def _ordering(self, origin: int, prices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return by day of departure what a tonne bought pays before it moves, and the cheapest day of order."""
        loading, pool = self.loading, self.loading.reach.pool
        site, lead, first = int(pool.site[origin]), int(pool.lead[origin]), int(pool.release[origin])
        at = (loading.rows.first["produce"] + site) * self.days
        day = np.arange(first - lead, self.days - lead)
        produce = prices[at + day]
        least = np.minimum.accumulate(produce)
        best = day[np.maximum.accumulate(np.where(produce <= least, np.arange(len(day)), 0))]
        money = prices[loading.first_total + site] + pool.dear[origin] * prices[loading.first_fund + pool.fund[origin]]
        return (np.concatenate([np.full(first, FAR), least + money]),
                np.concatenate([np.full(first, -1), best]))  # fmt: skip

    def _final(self, costs: Costs, needs: np.ndarray, per: np.ndarray, worth: np.ndarray) -> np.ndarray:
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
        """Return [day, link, need] the cost of starting a link, and [day, gauge, node, need] of being ready."""
        ground, days = self.loading.rows.ground, self.days
        nodes = len(ground.kind)
        start = np.full((days, len(ground.tail), len(needs)), FAR)
        ready = np.full((days + 1, len(GAUGES), nodes, len(needs)), FAR)
        shut = np.array([c in load.countries for c in ground.country])
        here = ground.head[:, None] == self.loading.asks.sector[needs]
        wait = ground.dwell[ground.head]
        ended = final.T
        nights = np.concatenate([np.zeros((nodes, 1)), np.cumsum(costs.night, axis=1)], axis=1)
        for t in range(days - 1, -1, -1):
            going = costs.link[:, t] < FAR
            at_once = bool((going & self.instant).any())
            for moving in (~self.instant, self.instant) if at_once else (~self.instant,):
                own = np.flatnonzero(moving & going)
                if len(own):
                    head, there = ground.head[own], self.loading.rows.arrive[own, t]
                    go = np.minimum(there + wait[own], days)
                    held = nights[head, go] - nights[head, there]
                    side = np.where(self.breaks[head], 0, self.gauge[own])
                    onward = held[:, None] + ready[go, side, head]
                    onward[shut[head]] = FAR
                    start[t, own] = costs.link[own, t, None] + np.where(here[own], ended[there], onward)
                self._ready(start[t], ready, np.flatnonzero(going), costs.night[:, t], t)
        return start, ready

    def _ready(self, start: np.ndarray, ready: np.ndarray, going: np.ndarray, night: np.ndarray, t: int) -> None:
        """Set the cost of being ready on a day: start a link that fits the gauge of arrival, or wait a night."""
        ground = self.loading.rows.ground
        ready[t] = night[:, None] + ready[t + 1]
        if not len(going):
            return
        place = self.gauge[going] * len(ground.kind) + ground.tail[going]
        order = np.argsort(place, kind="stable")
        places, first = np.unique(place[order], return_index=True)
        least = np.full((len(GAUGES), len(ground.kind), start.shape[1]), FAR)
        least.reshape(-1, start.shape[1])[places] = np.minimum.reduceat(start[going[order]], first, axis=0)
        np.minimum(ready[t], least[0], out=ready[t])  # without a gauge
        np.minimum(ready[t, 1:], least[1:], out=ready[t, 1:])
        np.minimum(ready[t, 0], least[1:].min(axis=0), out=ready[t, 0])

    def _trace(self, sweep: Sweep, place: int, link: int, day: int) -> Route:
        """Return the cheapest way of one of the needs on from a link started on a day."""
        ground, timetable = self.loading.rows.ground, self.loading.rows.arrive
        start, ready = sweep.start[:, :, place], sweep.ready[:, :, :, place]
        sector = int(self.loading.asks.sector[sweep.needs[place]])
        links, depart, arrive = [link], [day], [int(timetable[link, day])]
        while ground.head[links[-1]] != sector:
            node = int(ground.head[links[-1]])
            side = 0 if self.breaks[node] else int(self.gauge[links[-1]])
            t = arrive[-1] + int(ground.dwell[node])
            own = np.flatnonzero((ground.tail == node) & ((self.gauge == 0) | (side == 0) | (self.gauge == side)))
            while start[t, own].min() > ready[t, side, node] + 1e-12 * abs(ready[t, side, node]):
                t += 1
            links.append(int(own[start[t, own].argmin()]))
            depart.append(t)
            arrive.append(int(timetable[links[-1], t]))
        return Route(tuple(links), tuple(t - day for t in depart), tuple(t - day for t in arrive), 0)

    def _lawful(self, need: int, lot: int, item: int, route: Route, day: int) -> bool:
        """Return whether the lot may go this way for the need: clearance, expiry, days without movement, caveats."""
        asks, reach = self.loading.asks, self.loading.reach
        ground = self.loading.rows.ground
        stops = self.loading.stops(int(reach.pool.lot_donor[lot]), item)
        at = day + np.array(route.depart)
        links = np.array(route.links)
        barred = reach.barred(item, int(asks.sector[need]), asks.recipient[need], asks.purpose[need])
        return bool(
            (at >= reach.pool.release[lot] + ground.clearance[links]).all()
            and not stops[links, at].any()
            and day + route.days <= reach.pool.expiry[lot]
            and int(reach.pool.lot_donor[lot]) not in barred
        )
