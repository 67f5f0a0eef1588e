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
from optimizer.formulations.reinforce.offers import Offers, make_offers
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
    """The least price [day, state, commodity] of being there, and the prices it was made with; until the next sweep."""

    least: np.ndarray
    slices: np.ndarray  # per flow of each slice
    arcs: np.ndarray  # [load, time-arc] price of carrying one flow of that load


class Pricing:
    """Sweeps labels over the network of a setting and traces the paths they stand for."""

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        network, theatre = setting.network, setting.theatre
        self.moves, self.horizon = network.moves, setting.scenario.horizon
        states = number_states(theatre)
        self.state_node, self.nodes = states.node, len(theatre.nodes)
        self._states, self._count = len(self.state_node), len(setting.commodities)
        kinds = _loads(setting)
        # commodities with equal loads pay equal prices: `_load` is which of these loads a commodity has
        self._loads, load = np.unique(kinds, axis=0, return_inverse=True)
        self._load: np.ndarray = np.ravel(load).astype(int)
        self._use = [network.use["t"].T.tocsr(), network.use["m3"].T.tocsr()]
        self._use += [network.use[d].T.tocsr() for d in DIVISIONS] + [network.use[p].T.tocsr() for p in network.payers]
        cost = np.zeros(self._use[0].shape[0])
        cost[: len(self.moves)] = theatre.links["cost"][self.moves.link]
        self._transport = cost
        self._offers = self._offered(theatre)
        starts = setting.flows["start"]
        day, state, k, self._started = (starts[c].to_numpy(int) for c in ("day", "state", "k", "slice"))
        self._starts = self._flat(day, state, k)
        handed = setting.flows["delivery"]
        self._handed = tuple(handed[c].to_numpy(int) for c in ("day", "state", "k", "need"))
        self._least = np.empty((self.horizon, self._states, self._count))
        self._inward = self._incoming()

    def _offered(self, theatre: Theatre) -> Offers:
        """Return the steps of the sweep, and note which commodities may make which moves."""
        moves, frame = self.moves, self.setting.flows["move"]
        arc, k = frame["arc"].to_numpy(np.int32), frame["k"].to_numpy(np.int32)
        self._allowed = np.zeros((len(moves), self._count), bool)
        self._allowed[arc, k] = True
        shape = self._states, self._use[0].shape[0]
        return make_offers(moves, Order.of(theatre, moves).rank, arc, k, self._load, shape)

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
        parts = [use @ prices.capacity for use in self._use]
        parts[0] = parts[0] + prices.transport * self._transport
        arcs = self._loads @ np.array(parts)
        paid = self._offers.prices(arcs)
        least = self._least
        least.fill(np.inf)
        flat = least.reshape(-1)
        np.minimum.at(flat, self._starts, prices.slices[self._started])
        nights = arcs[:, len(self.moves) :].reshape(len(arcs), self.nodes, self.horizon)
        day = 0
        for step in self._offers.steps:
            for t in range(day + 1, step.day + 1):
                self._stay(least, nights, t)
            day = max(day, step.day)
            flat[step.target] = np.minimum(flat[step.target], step.least(flat, paid))
        for t in range(day + 1, self.horizon):
            self._stay(least, nights, t)
        return Labels(least, prices.slices, arcs)

    def handed(self, labels: Labels) -> np.ndarray:
        """Return the least price of each delivery of the setting: of being there, and of staying as long as it does."""
        return self._there(labels, self._handed[0])

    def there_by(self, labels: Labels, day: int) -> np.ndarray:
        """Return the least price of each delivery of the setting if it were there by this day, and stayed from it."""
        return self._there(labels, np.full_like(self._handed[0], day))

    def _there(self, labels: Labels, day: np.ndarray) -> np.ndarray:
        _, state, k, need = self._handed
        least = labels.least[day, state, k]
        stay = np.flatnonzero(self.setting.until[need] > self.setting.needs.rdd[need])
        if len(stay):
            nights = labels.arcs[:, len(self.moves) :].reshape(len(labels.arcs), self.nodes, self.horizon)
            left = np.cumsum(nights[:, :, ::-1], axis=2)[:, :, ::-1]  # of each night and all after it
            least[stay] += left[self._load[k[stay]], self.state_node[state[stay]], day[stay]]
        return least

    def _stay(self, least: np.ndarray, nights: np.ndarray, day: int) -> None:
        """Carry labels over the night before `day`; a lot at home pays nothing."""
        price = nights[:, self.state_node, day - 1]
        price[:, : self.nodes] = 0.0
        paid = np.flatnonzero(price.any(axis=0))
        dear = least[day - 1, paid] + price[:, paid].T[:, self._load]
        dear = np.minimum(least[day, paid], dear)
        np.minimum(least[day], least[day - 1], out=least[day])
        least[day, paid] = dear

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
            begun = self._begun(labels, *at)
            home = (begun >= 0) & (labels.slices[begun] == here)
            slices[going[home]] = begun[home]
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

    def _flat(self, day: np.ndarray, state: np.ndarray, k: np.ndarray) -> np.ndarray:
        return (day * self._states + state) * self._count + k

    def _begun(self, labels: Labels, day: np.ndarray, state: np.ndarray, k: np.ndarray) -> np.ndarray:
        """Return the cheapest slice that starts in each of these places, -1 for none."""
        order = np.lexsort((labels.slices[self._started], self._starts))
        starts, place = self._starts[order], self._flat(day, state, k)
        at = np.minimum(np.searchsorted(starts, place), len(starts) - 1)
        return np.where(starts[at] == place, self._started[order][at], -1)

    def _price_of(self, arcs: np.ndarray, k: np.ndarray, arc: np.ndarray) -> np.ndarray:
        """Return the price of carrying one flow over time-arcs, each of the commodity beside it (shapes broadcast)."""
        return arcs[self._load[k], arc]

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


def _loads(setting: Setting) -> np.ndarray:
    """Return the load of one flow of each commodity: t, m³, NEQ of each division, t of each payer."""
    item, items = np.array([c.item for c in setting.commodities], int), setting.theatre.items
    unit, division = setting.unit[item], items["hazard_division"][item]
    mass, neq = items["mass"][item] / unit, items["neq"][item] / unit
    payer = np.array([c.payer for c in setting.commodities], int)
    counted = [np.where(division == d, neq, 0.0) for d in DIVISIONS]
    paid = [np.where(payer == donor, mass, 0.0) for donor in setting.network.payers]
    return np.array([mass, items["volume"][item] / unit, *counted, *paid]).T
