"""The steps of a sweep, made small: moves that differ in their lift alone are one offer to all that may choose alike.

Commodities with the same load (t, m³, NEQ, payer) pay the same for a move. Moves between the same states on the same
days differ only in whose lift carries them; the cheapest that a commodity may use is one price for all commodities of
the same load and the same choice. A sweep then takes one price and one label a pair of states and commodity.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from optimizer.formulations.reinforce.arcs import Moves

MOST = 62  # moves of a choice: bits of a number


@dataclass(frozen=True, eq=False)
class Step:
    """One step of a sweep: pairs of a choice of moves and a commodity, in layers.

    The first layer has one pair of every place they end in, the second one of every place that has two, and so on: of
    layer i the pairs are from layers[i] to layers[i + 1], and they end in the first of the target places.
    """

    day: int
    source: np.ndarray  # flat place of [day, state, commodity] they leave from
    offer: np.ndarray  # what is paid
    layers: list[int]
    target: np.ndarray  # flat places they end in, those of most pairs first

    def least(self, labels: np.ndarray, paid: np.ndarray) -> np.ndarray:
        """Return the least price of coming to each target place, from flat labels and the prices of the offers."""
        price = labels.take(self.source)
        price += paid.take(self.offer)
        out = price[: self.layers[1]]
        for a, b in zip(self.layers[1:-1], self.layers[2:], strict=True):
            np.minimum(out[: b - a], price[a:b], out=out[: b - a])
        return out


@dataclass(frozen=True, eq=False)
class Offers:
    """Choices of moves for loads, and the steps of a sweep in order."""

    place: np.ndarray  # flat place [load, time-arc] of every move of every choice, choice after choice
    begin: np.ndarray  # where each choice begins
    steps: list[Step]

    def prices(self, table: np.ndarray) -> np.ndarray:
        """Return the least price of every choice, from the prices [load, time-arc]."""
        return np.minimum.reduceat(table.reshape(-1)[self.place], self.begin) if len(self.begin) else np.zeros(0)


@dataclass(frozen=True, eq=False)
class _Channels:
    """Which moves go between the same states on the same days, and the place of each among them."""

    of: np.ndarray
    bit: np.ndarray

    @classmethod
    def between(cls, moves: Moves) -> _Channels:
        keys = (moves.source, moves.target, moves.depart, moves.ready)
        order = np.lexsort(keys)
        new = np.zeros(len(moves), bool)
        new[:1] = True
        for key in keys:
            new[1:] |= np.diff(key[order]) != 0
        begins = np.flatnonzero(new)
        rank = np.arange(len(moves)) - np.repeat(begins, np.diff(np.append(begins, len(moves))))
        new |= rank % MOST == 0  # what is more than a number has bits is a choice of its own
        of, bit = np.empty(len(moves), np.int64), np.empty(len(moves), np.int64)
        of[order], bit[order] = np.cumsum(new) - 1, rank % MOST
        return cls(of, bit)


def make_offers(
    moves: Moves, rank: np.ndarray, arc: np.ndarray, k: np.ndarray, load: np.ndarray, shape: tuple[int, int]
) -> Offers:
    """Return the offers of pairs of a move and a commodity.

    `rank` orders the moves, `load` is that of each commodity, `shape` the numbers of states and of time-arcs.
    """
    states, arcs = shape
    count = len(load)
    channels = _Channels.between(moves)
    here = (moves.depart.astype(np.int64) * states + moves.source) * count
    there = (moves.ready.astype(np.int64) * states + moves.target) * count
    levels, level = np.unique(rank, return_inverse=True)
    # 16 bits are sorted by digits, in one pass; more steps than that have not been met
    level = level.astype(np.uint16 if len(levels) < 1 << 16 else np.int64)
    order = np.argsort(level[arc], kind="stable")
    arc, k = arc[order], k[order]
    bounds = np.flatnonzero(np.diff(level[arc].astype(np.int64), prepend=-1, append=np.iinfo(np.int64).max))
    places: list[np.ndarray] = []
    begins: list[np.ndarray] = []
    steps, at, offers = [], 0, 0
    for a, b in zip(bounds[:-1], bounds[1:], strict=True):
        one, of = arc[a:b], k[a:b]
        channel = _dense(channels.of[one])
        by = np.argsort((there[one] + of) * (channel.max() + 1) + channel, kind="stable")
        one, of, channel = one[by], of[by], channel[by]
        target = there[one] + of
        begin = np.flatnonzero((np.diff(channel, prepend=-1) != 0) | (np.diff(target, prepend=-1) != 0))
        code = _dense(np.add.reduceat(np.left_shift(1, channels.bit[one]), begin))
        width = np.diff(np.append(begin, len(one)))
        choice = (channel[begin] * (load.max() + 1) + load[of[begin]]) * (code.max() + 1) + code
        offer, example = _numbered(choice)
        span = np.repeat(begin[example], width[example])
        within = np.arange(len(span)) - np.repeat(np.cumsum(width[example]) - width[example], width[example])
        member = span + within
        places.append(load[of[member]].astype(np.int64) * arcs + one[member])
        begins.append(at + np.cumsum(width[example]) - width[example])
        steps.append(_step(int(moves.depart[one[0]]), (here[one] + of)[begin], offers + offer, target[begin]))
        at, offers = at + len(member), offers + len(example)
    nothing = np.zeros(0, np.int64)
    return Offers(np.concatenate([nothing, *places]), np.concatenate([nothing, *begins]), steps)


def _step(day: int, source: np.ndarray, offer: np.ndarray, target: np.ndarray) -> Step:
    """Return the step of pairs that are sorted by target."""
    first = np.flatnonzero(np.diff(target, prepend=-1))
    size = np.diff(np.append(first, len(target)))
    largest = np.argsort(-size, kind="stable")
    place = np.empty(len(first), np.int64)
    place[largest] = np.arange(len(first))
    layer = np.arange(len(target)) - np.repeat(first, size)
    order = np.argsort(layer * len(first) + np.repeat(place, size))
    layers = [0, *np.cumsum(np.bincount(layer)).tolist()]
    return Step(day, source[order].astype(np.intp), offer[order].astype(np.intp), layers, target[first][largest])


def _dense(values: np.ndarray) -> np.ndarray:
    return np.unique(values, return_inverse=True)[1].astype(np.int64)


def _numbered(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the number of each value among the different ones, and the place of one example of each."""
    example = np.full(int(values.max()) + 1, -1)
    example[values[::-1]] = np.arange(len(values))[::-1]
    met = np.flatnonzero(example >= 0)
    number = np.empty(len(example), np.int64)
    number[met] = np.arange(len(met))
    return number[values], example[met]
