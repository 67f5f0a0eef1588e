"""Pricing: the cheapest way of every commodity to every state on every day, in one sweep over the days.

The price of a time-arc is load · Uᵀπ; the label of a state is the least price of coming there from any slice
of the commodity. All commodities are swept together: labels are [day, state, commodity].
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from optimizer.formulations.reinforce.arcs import number_states
from optimizer.formulations.reinforce.network import DIVISIONS
from optimizer.formulations.reinforce.paths import Paths
from optimizer.formulations.reinforce.reach import Order
from optimizer.formulations.reinforce.setting import Setting


@dataclass(frozen=True, eq=False)
class Prices:
    """What a path pays: per unit of each capacity row (≥ 0), per flow of each slice, per EUR of transport."""

    capacity: np.ndarray
    slices: np.ndarray
    transport: float = 0.0


@dataclass(frozen=True, eq=False)
class Labels:
    """The least price [day, state, commodity] of being there, and the arc prices it was made with."""

    least: np.ndarray
    origin: np.ndarray  # [day, state, commodity] slice that starts there cheapest, -1 for none
    start: np.ndarray  # its price
    arcs: tuple[np.ndarray, ...]  # price per t, per m³, per kg NEQ of each division, per t of each payer, per time-arc


class Pricing:
    """Sweeps labels over the network of a setting and traces the paths they stand for."""

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        network, theatre = setting.network, setting.theatre
        self.moves, self.horizon = network.moves, setting.scenario.horizon
        states = number_states(theatre)
        self.state_node, self.nodes = states.node, len(theatre.nodes)
        item = np.array([c.item for c in setting.commodities], int)
        self.unit = setting.unit[item]
        self.mass = theatre.items["mass"][item] / self.unit
        self.volume = theatre.items["volume"][item] / self.unit
        division = theatre.items["hazard_division"][item]
        neq = theatre.items["neq"][item] / self.unit
        payer = np.array([c.payer for c in setting.commodities], int)
        paid = [np.where(payer == donor, self.mass, 0.0) for donor in network.payers]
        self.neq = np.array([*(np.where(division == d, neq, 0.0) for d in DIVISIONS), *paid])
        self._use = [network.use["t"].T.tocsr(), network.use["m3"].T.tocsr()]
        self._use += [network.use[d].T.tocsr() for d in DIVISIONS] + [network.use[p].T.tocsr() for p in network.payers]
        cost = np.zeros(self._use[0].shape[0])
        cost[: len(self.moves)] = theatre.links["cost"][self.moves.link]
        self._transport = cost
        self._batches = self._batch(theatre)
        starts = setting.flows["start"]
        self._starts = tuple(starts[c].to_numpy(int) for c in ("day", "state", "k", "slice"))
        self._inward = self._incoming()

    def _batch(self, theatre: object) -> list[tuple[int, np.ndarray, np.ndarray, np.ndarray, np.ndarray]]:
        """Return (day, moves, blocked, first of each target, targets) in the order of the sweep."""
        moves, count = self.moves, len(self.setting.commodities)
        frame = self.setting.flows["move"]
        allowed = np.zeros((len(moves), count), bool)
        allowed[frame["arc"].to_numpy(int), frame["k"].to_numpy(int)] = True
        self._allowed = allowed
        rank = Order.of(self.setting.theatre, moves).rank
        place = moves.ready.astype(np.int64) * len(self.state_node) + moves.target
        used = np.flatnonzero(allowed.any(1))
        used = used[np.lexsort((place[used], rank[used]))]
        bounds = np.flatnonzero(np.diff(rank[used], prepend=-1, append=np.iinfo(np.int64).max))
        out = []
        for a, b in zip(bounds[:-1], bounds[1:], strict=True):
            pick = used[a:b]
            first = np.flatnonzero(np.diff(place[pick], prepend=-1))
            out.append((int(moves.depart[pick[0]]), pick, ~allowed[pick], first, place[pick][first]))
        return out

    def _incoming(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return moves sorted by the (day, state) they end in, with the span of each."""
        moves, states = self.moves, len(self.state_node)
        used = np.flatnonzero(self._allowed.any(1))
        place = moves.ready[used].astype(np.int64) * states + moves.target[used]
        order = np.argsort(place, kind="stable")
        counts = np.bincount(place, minlength=self.horizon * states)
        return used[order], np.cumsum(counts) - counts, counts

    def sweep(self, prices: Prices) -> Labels:
        """Return the labels under these prices; inf where a commodity cannot be."""
        arcs = tuple(use @ prices.capacity for use in self._use)
        if prices.transport:
            arcs = (arcs[0] + prices.transport * self._transport, *arcs[1:])
        states, count = len(self.state_node), len(self.setting.commodities)
        least = np.full((self.horizon, states, count), np.inf)
        origin, start = self._begin(prices, least)
        flat = least.reshape(self.horizon * states, count)
        day = 0
        for depart, pick, blocked, first, target in self._batches:
            for t in range(day + 1, depart + 1):
                self._stay(least, arcs, t)
            day = max(day, depart)
            price = least[depart][self.moves.source[pick]]
            price += self._price(arcs, pick)
            price[blocked] = np.inf
            flat[target] = np.minimum(flat[target], np.minimum.reduceat(price, first, axis=0))
        for t in range(day + 1, self.horizon):
            self._stay(least, arcs, t)
        return Labels(least, origin, start, arcs)

    def _begin(self, prices: Prices, least: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        day, state, k, slice_ = self._starts
        price = prices.slices[slice_]
        order = np.argsort(-price, kind="stable")  # the cheapest is written last
        origin = np.full(least.shape, -1, np.int32)
        where = (day[order], state[order], k[order])
        least[where] = price[order]
        origin[where] = slice_[order]
        return origin, least.copy()

    def _stay(self, least: np.ndarray, arcs: tuple[np.ndarray, ...], day: int) -> None:
        """Carry labels over the night before `day`; a lot at home pays nothing."""
        night = least[day - 1].copy()
        away = slice(self.nodes, None)
        arc = len(self.moves) + self.state_node[away] * self.horizon + day - 1
        night[away] += self._price(arcs, arc)
        np.minimum(least[day], night, out=least[day])

    def _price(self, arcs: tuple[np.ndarray, ...], arc: np.ndarray) -> np.ndarray:
        """Return the price [time-arc, commodity] of carrying one flow of each commodity."""
        price = np.outer(arcs[0][arc], self.mass)
        if arcs[1].any():
            price += np.outer(arcs[1][arc], self.volume)
        for of_division, neq in zip(arcs[2:], self.neq, strict=True):
            if neq.any() and of_division.any():
                price += np.outer(of_division[arc], neq)
        return price

    def trace(
        self, labels: Labels, k: np.ndarray, state: np.ndarray, day: np.ndarray, need: np.ndarray
    ) -> Paths:
        """Return the path behind each label, with quantity 0; ties fall to the night, then the first move."""
        state, day = state.copy(), day.copy()
        ways: list[list[int]] = [[] for _ in k]
        slices = np.full(len(k), -1)
        going = np.arange(len(k))
        while len(going):
            at = (day[going], state[going], k[going])
            here = labels.least[at]
            home = (labels.origin[at] >= 0) & (labels.start[at] == here)
            slices[going[home]] = labels.origin[at][home]
            going, here = going[~home], here[~home]
            stayed = self._stayed(labels, k[going], state[going], day[going], here)
            day[going[stayed]] -= 1
            moved, here = going[~stayed], here[~stayed]
            if not len(moved):
                continue
            move = self._came_by(labels, k[moved], state[moved], day[moved], here)
            for one, arc in zip(moved.tolist(), move.tolist(), strict=True):
                ways[one].append(arc)
            state[moved], day[moved] = self.moves.source[move], self.moves.depart[move]
        lots = np.array([s.lot for s in self.setting.slices], int)
        items = np.array([c.item for c in self.setting.commodities], int)
        rows = zip(lots[slices].tolist(), need.tolist(), items[k].tolist(), ways, strict=True)
        return Paths.of([(lot, n, item, tuple(reversed(way)), 0.0) for lot, n, item, way in rows])

    def _price_of(self, labels: Labels, k: np.ndarray, arc: np.ndarray) -> np.ndarray:
        """Return the price of time-arcs, each for the commodity beside it (shapes broadcast)."""
        price = labels.arcs[0][arc] * self.mass[k]
        if labels.arcs[1].any():
            price = price + labels.arcs[1][arc] * self.volume[k]
        for of_division, neq in zip(labels.arcs[2:], self.neq, strict=True):
            if neq.any() and of_division.any():
                price = price + of_division[arc] * neq[k]
        return price

    def _stayed(
        self, labels: Labels, k: np.ndarray, state: np.ndarray, day: np.ndarray, here: np.ndarray
    ) -> np.ndarray:
        night = len(self.moves) + self.state_node[state] * self.horizon + np.maximum(day - 1, 0)
        price = np.where(state >= self.nodes, self._price_of(labels, k, night), 0.0)
        before = labels.least[np.maximum(day - 1, 0), state, k] + price
        return (day > 0) & (before == here)

    def _came_by(
        self, labels: Labels, k: np.ndarray, state: np.ndarray, day: np.ndarray, here: np.ndarray
    ) -> np.ndarray:
        """Return the move behind each label: the one whose price comes nearest to it."""
        arcs, begin, counts = self._inward
        place = day * len(self.state_node) + state
        width = int(counts[place].max(initial=0))
        column = np.arange(width)[None, :]
        there = column < counts[place][:, None]
        move = arcs[np.where(there, begin[place][:, None] + column, 0)]
        labels_before = labels.least[self.moves.depart[move], self.moves.source[move], k[:, None]]
        off = np.abs(labels_before + self._price_of(labels, k[:, None], move) - here[:, None])
        off = np.where(there & self._allowed[move, k[:, None]] & np.isfinite(off), off, np.inf)
        return move[np.arange(len(k)), off.argmin(1)]
