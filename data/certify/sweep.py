"""The checker's sweep: the least toll at which each group of loads comes to each state on each day.

Tolls are added and compared as floats. So that no sum of them is ever above the true one, every toll enters shrunk: a
sum of m floats that are not negative errs by less than m · 2⁻⁵³ of itself, in whatever order it is formed (Higham,
Accuracy and Stability of Numerical Algorithms, 2002, section 4.2), and m is counted (`shrink`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from data.certify.ground import Ground
from data.certify.rights import Group, Rights
from data.certify.sources import Sources
from data.certify.tolls import Tolls

ADDENDS = 64  # more than one toll has, but for nights of dwell and entries of a certificate on one limit
PLACES = 20_000_000  # labels held at once
CELLS = 30_000_000  # arcs times groups looked at in one go


def blocks(groups: Sequence[Group], ground: Ground) -> Iterator[list[Group]]:
    """Yield the groups in parts whose labels fit into memory together."""
    labels = len(ground.state_node) * ground.scenario.horizon
    size = max(1, min(PLACES // max(labels, 1), CELLS // max(len(ground.arcs), 1)))
    for at in range(0, len(groups), size):
        yield list(groups[at : at + size])


def shrink(ground: Ground, entries: int) -> float:
    """Return what tolls are multiplied by, so that no sum of a way is above the true one.

    A way has a start, an arc of each step at most, and nights; a toll counts nights of dwell, or days on which money is
    due, and as many `entries` as a certificate has on one limit.
    """
    terms = 1 + len(ground.steps) + ground.scenario.horizon
    return 1.0 - (terms + ground.scenario.horizon + entries + ADDENDS) * 2.0**-53


@dataclass(frozen=True, eq=False)
class _Step:
    """Pairs of an arc and a group from `first` to `last`, sorted by where they end."""

    day: int
    first: int
    last: int
    heads: np.ndarray  # the first pair of every place they end in, counted from `first`
    targets: np.ndarray


class Sweep:
    """Sweeps one block of groups over the ground, once for every set of tolls."""

    def __init__(self, ground: Ground, rights: Rights, sources: Sources, groups: Sequence[Group]) -> None:
        self.ground, self.groups = ground, groups
        self.count, self.states = len(groups), len(ground.state_node)
        self.horizon = ground.scenario.horizon
        items = ground.theatre.items
        item = np.array([g.item for g in groups], int)
        self.mass, self.volume, self.neq = items["mass"][item], items["volume"][item], items["neq"][item]
        self.division = items["hazard_division"][item]
        self.keys = sorted({g.lift for g in groups})
        key = {lift: i for i, lift in enumerate(self.keys)}
        self._key = np.array([key[g.lift] for g in groups], int)
        self._payer = np.array([g.payer for g in groups], int)
        self._starts = self._begin(sources)
        self._pairs(rights, sources)

    def _begin(self, sources: Sources) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return the source, node and group of every place where loads of a group begin."""
        k = np.repeat(np.arange(self.count), [len(g.sources) for g in self.groups])
        source = np.array([s for g in self.groups for s in g.sources], int)
        order = np.lexsort((sources.node[source], k))
        return source[order], sources.node[source[order]].astype(int), k[order]

    def _pairs(self, rights: Rights, sources: Sources) -> None:
        """Find the arcs that lie on a way of a group from a source to a need in time."""
        arcs, ground = self.ground.arcs, self.ground
        allowed = np.stack([rights.masks[g.mask] for g in self.groups], axis=1)
        there = np.zeros((self.horizon, self.states, self.count), bool)
        source, node, k = self._starts
        for s, n, g in zip(source, node, k, strict=True):
            there[sources.release[s] :, n, g] = True
        onward = self._ends()
        for day, a, b in ground.steps:
            self._hold(there, day)
            went = there[day, arcs.source[a:b]] & allowed[a:b]
            place = arcs.ready[a:b] * self.states + arcs.target[a:b]
            first = np.flatnonzero(np.diff(place, prepend=-1))
            there.reshape(-1, self.count)[place[first]] |= np.logical_or.reduceat(went, first, axis=0)
        last = self.horizon
        steps, parts = [], []
        for day, a, b in reversed(ground.steps):
            for t in range(min(last, self.horizon - 1) - 1, day - 1, -1):
                onward[t, ground.nodes :] |= onward[t + 1, ground.nodes :]
            last = day
            use = onward[arcs.ready[a:b], arcs.target[a:b]] & allowed[a:b]
            back = use.copy()
            order = np.argsort(arcs.source[a:b], kind="stable")
            first = np.flatnonzero(np.diff(arcs.source[a:b][order], prepend=-1))
            onward[day, arcs.source[a:b][order][first]] |= np.logical_or.reduceat(back[order], first, axis=0)
            arc, g = np.nonzero(use & there[day, arcs.source[a:b]])
            parts.append((arc + a, g))
            steps.append(day)
        self._order(list(reversed(steps)), list(reversed(parts)))

    def _hold(self, there: np.ndarray, day: int) -> None:
        """Carry over the nights up to a day what is on its way or at its end."""
        for t in range(self._held_to + 1, day + 1):
            there[t, self.ground.nodes :] |= there[t - 1, self.ground.nodes :]
        self._held_to = max(self._held_to, day)

    _held_to = 0

    def _ends(self) -> np.ndarray:
        """Return by day, state and group where a load is handed over."""
        needs, out = self.ground.scenario.needs, np.zeros((self.horizon, self.states, self.count), bool)
        sector = needs.codes("sector", self.ground.theatre.nodes)
        lad = np.where(needs["lad"] < 0, needs["rdd"], np.minimum(needs["lad"], self.horizon - 1))
        for g, group in enumerate(self.groups):
            for n in group.needs:
                out[needs["rdd"][n] : lad[n] + 1, self.ground.nodes + sector[n], g] = True
        return out

    def _order(self, days: list[int], parts: list[tuple[np.ndarray, np.ndarray]]) -> None:
        """Lay the pairs of all steps one after the other, those of a step by where they end."""
        arcs, at = self.ground.arcs, 0
        self.steps: list[_Step] = []
        arc_parts, group_parts = [], []
        for day, (arc, g) in zip(days, parts, strict=True):
            if not len(arc):
                continue
            place = (arcs.ready[arc] * self.states + arcs.target[arc]) * self.count + g
            order = np.argsort(place, kind="stable")
            place = place[order]
            heads = np.flatnonzero(np.diff(place, prepend=-1))
            self.steps.append(_Step(day, at, at + len(arc), heads, place[heads]))
            arc_parts.append(arc[order].astype(np.int32))
            group_parts.append(g[order].astype(np.int32))
            at += len(arc)
        none = np.zeros(0, np.int32)
        self.arc = np.concatenate([none, *arc_parts])
        self.k = np.concatenate([none, *group_parts])
        self.source = (arcs.depart[self.arc] * self.states + arcs.source[self.arc]) * self.count + self.k
        voluminous, explosive = self.volume[self.k] > 0, (self.neq * (self.division != ""))[self.k] > 0
        self._by_volume = np.flatnonzero(voluminous)
        self._by_division = {
            d: np.flatnonzero(explosive & (self.division[self.k] == d)) for d in sorted(set(self.division) - {""})
        }
        self._by_payer = {p: np.flatnonzero(self._payer[self.k] == p) for p in sorted(set(self._payer) - {-1})}

    def least(self, tolls: Tolls, start: np.ndarray, shrunk: float) -> np.ndarray:
        """Return by day, state and group the least toll of being there, tolls times `shrunk`.

        `start` is by source and day of leaving.
        """
        price = self._price(tolls) * shrunk
        out = np.full((self.horizon, self.states, self.count), np.inf)
        source, node, k = self._starts
        if len(source):
            first = np.flatnonzero(np.diff(k * self.states + node, prepend=-1))
            out[:, node[first], k[first]] = np.minimum.reduceat(start[source], first, axis=0).T
        nights, flat, day = self._nights(tolls) * shrunk, out.reshape(-1), 0
        for step in self.steps:
            for t in range(day + 1, step.day + 1):
                self._stay(out, nights, t)
            day = step.day
            reached = flat[self.source[step.first : step.last]] + price[step.first : step.last]
            flat[step.targets] = np.minimum(flat[step.targets], np.minimum.reduceat(reached, step.heads))
        for t in range(day + 1, self.horizon):
            self._stay(out, nights, t)
        return out

    def _stay(self, out: np.ndarray, nights: np.ndarray, day: int) -> None:
        away = self.ground.nodes
        held = out[day - 1, away:] + nights[day - 1, self.ground.state_node[away:]]
        np.minimum(out[day, away:], held, out=out[day, away:])

    def _price(self, tolls: Tolls) -> np.ndarray:
        """Return what a unit of each pair's item pays on its arc."""
        table = np.stack([tolls.mass[key] for key in self.keys]) if self.keys else np.zeros((0, len(self.ground.arcs)))
        price = table[self._key[self.k], self.arc] * self.mass[self.k]
        parts = [(self._by_volume, tolls.volume, self.volume)]
        parts += [(pairs, tolls.neq[d], self.neq) for d, pairs in self._by_division.items()]
        parts += [(pairs, tolls.paid[p], self.mass) for p, pairs in self._by_payer.items() if p in tolls.paid]
        for pairs, toll, load in parts:
            if len(pairs) and toll.any():
                price[pairs] += toll[self.arc[pairs]] * load[self.k[pairs]]
        return price

    def _nights(self, tolls: Tolls) -> np.ndarray:
        """Return by day, node and group what holding a unit over the night costs."""
        out = tolls.night_mass[:, :, None] * self.mass
        own = np.flatnonzero(self.volume > 0)
        out[:, :, own] += tolls.night_volume[:, :, None] * self.volume[own]
        for division, toll in tolls.night_neq.items():
            own = np.flatnonzero((self.division == division) & (self.neq > 0))
            out[:, :, own] += toll[:, :, None] * self.neq[own]
        return out
