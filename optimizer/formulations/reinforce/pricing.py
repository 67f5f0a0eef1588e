"""Pricing: the cheapest way of every commodity to every state on every day, in one sweep over the days.

The price of a time-arc is load · Uᵀπ; the label of a state is the least price of coming there from any slice
of the commodity. All commodities are swept together: labels are [day, state, commodity].
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from data.theatre import Theatre
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


@dataclass(frozen=True, eq=False)
class Batch:
    """One step of a sweep: pairs of a move and a commodity, sorted by where they end."""

    day: int
    arc: np.ndarray
    k: np.ndarray
    source: np.ndarray  # flat place of [day, state, commodity] they leave from
    first: np.ndarray  # the first pair of every place they end in
    target: np.ndarray  # flat places they end in


class Pricing:
    """Sweeps labels over the network of a setting and traces the paths they stand for."""

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        network, theatre = setting.network, setting.theatre
        self.moves, self.horizon = network.moves, setting.scenario.horizon
        states = number_states(theatre)
        self.state_node, self.nodes = states.node, len(theatre.nodes)
        self._states, self._count = len(self.state_node), len(setting.commodities)
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

    def _batch(self, theatre: Theatre) -> list[Batch]:
        """Return the moves of each step of the sweep, each with the commodities that may make it."""
        moves, frame = self.moves, self.setting.flows["move"]
        arc, k = frame["arc"].to_numpy(np.int32), frame["k"].to_numpy(np.int32)
        self._allowed = np.zeros((len(moves), self._count), bool)
        self._allowed[arc, k] = True
        rank = Order.of(theatre, moves).rank
        here = ((moves.depart * self._states + moves.source) * self._count).astype(np.int64)
        there = ((moves.ready * self._states + moves.target) * self._count).astype(np.int64)
        target = there[arc] + k
        order = np.lexsort((target, rank[arc]))
        arc, k, target = arc[order], k[order], target[order]
        bounds = np.flatnonzero(np.diff(rank[arc], prepend=-1, append=np.iinfo(np.int64).max))
        out = []
        for a, b in zip(bounds[:-1], bounds[1:], strict=True):
            first = np.flatnonzero(np.diff(target[a:b], prepend=-1))
            source = here[arc[a:b]] + k[a:b]
            out.append(Batch(int(moves.depart[arc[a]]), arc[a:b], k[a:b], source, first, target[a:b][first]))
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
        states, count = self._states, self._count
        least = np.full((self.horizon, states, count), np.inf)
        origin, start = self._begin(prices, least)
        flat = least.reshape(-1)
        day = 0
        for batch in self._batches:
            for t in range(day + 1, batch.day + 1):
                self._stay(least, arcs, t)
            day = max(day, batch.day)
            price = flat[batch.source]
            price += self._price_of(arcs, batch.k, batch.arc)
            flat[batch.target] = np.minimum(flat[batch.target], np.minimum.reduceat(price, batch.first))
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
        night[away] += self._price_of(arcs, np.arange(self._count)[None, :], arc[:, None])
        np.minimum(least[day], night, out=least[day])

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

    def _price_of(self, arcs: tuple[np.ndarray, ...], k: np.ndarray, arc: np.ndarray) -> np.ndarray:
        """Return the price of carrying one flow over time-arcs, each of the commodity beside it (shapes broadcast)."""
        price = arcs[0][arc] * self.mass[k]
        if arcs[1].any():
            price = price + arcs[1][arc] * self.volume[k]
        for of_division, neq in zip(arcs[2:], self.neq, strict=True):
            if neq.any() and of_division.any():
                price = price + of_division[arc] * neq[k]
        return price

    def _stayed(
        self, labels: Labels, k: np.ndarray, state: np.ndarray, day: np.ndarray, here: np.ndarray
    ) -> np.ndarray:
        night = len(self.moves) + self.state_node[state] * self.horizon + np.maximum(day - 1, 0)
        price = np.where(state >= self.nodes, self._price_of(labels.arcs, k, night), 0.0)
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
        off = np.abs(labels_before + self._price_of(labels.arcs, k[:, None], move) - here[:, None])
        off = np.where(there & self._allowed[move, k[:, None]] & np.isfinite(off), off, np.inf)
        return move[np.arange(len(k)), off.argmin(1)]
