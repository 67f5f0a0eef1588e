"""Which moves of a commodity lie on some way from a slice to a need in time; the others are left out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from data.theatre import Theatre
from optimizer.formulations.reinforce.arcs import Moves


@dataclass(frozen=True, eq=False)
class Order:
    """Moves in the order of their days; inside a day links of transit 0 in topological order."""

    rank: np.ndarray  # [move] day · ranks + rank of the tail among links of transit 0
    moves: np.ndarray  # by their rank

    @classmethod
    def of(cls, theatre: Theatre, moves: Moves) -> Order:
        """Return the order for a theatre's moves; links of transit 0 form no cycle (checked on loading)."""
        depth = np.zeros(len(theatre.nodes), int)
        links = theatre.links
        tail, head = links.codes("tail", theatre.nodes), links.codes("head", theatre.nodes)
        instant = np.flatnonzero(links["transit"] == 0)
        for _ in range(len(theatre.nodes)):
            deeper = depth.copy()
            np.maximum.at(deeper, head[instant], depth[tail[instant]] + 1)
            if (deeper == depth).all():
                break
            depth = deeper
        rank = moves.depart * (int(depth.max()) + 1) + depth[moves.tail]
        return cls(rank, np.argsort(rank, kind="stable"))

    def batches(self, picked: np.ndarray) -> list[np.ndarray]:
        """Return these moves in parts of one rank each, in their order."""
        asked = np.zeros(len(self.rank), bool)
        asked[picked] = True
        pick = self.moves[asked[self.moves]]
        return np.split(pick, np.flatnonzero(np.diff(self.rank[pick])) + 1) if len(pick) else []


def useful_moves(
    moves: Moves,
    order: Order,
    picked: np.ndarray,
    sources: tuple[np.ndarray, np.ndarray],
    sinks: tuple[np.ndarray, np.ndarray],
    states: int,
    horizon: int,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the picked moves on a way from (state, day) sources to sinks, and where loads may be.

    The second value is [state, day]: reachable from a source and able to reach a sink.
    """
    batches = order.batches(picked)
    pick = np.concatenate([np.zeros(0, int), *batches])
    there = _forward(moves, batches, sources, states, horizon)
    onward = _backward(moves, batches, sinks, states, horizon)
    on_way = there[moves.source[pick], moves.depart[pick]] & onward[moves.target[pick], moves.ready[pick]]
    return pick[on_way], there & onward


def _forward(
    moves: Moves, batches: list[np.ndarray], sources: tuple[np.ndarray, np.ndarray], states: int, horizon: int
) -> np.ndarray:
    there = np.zeros((states, horizon), bool)
    there[sources] = True
    day = 0
    for batch in batches:
        for t in range(day + 1, int(moves.depart[batch[0]]) + 1):
            there[:, t] |= there[:, t - 1]
        day = int(moves.depart[batch[0]])
        gone = batch[there[moves.source[batch], day]]
        there[moves.target[gone], moves.ready[gone]] = True
    for t in range(day + 1, horizon):
        there[:, t] |= there[:, t - 1]
    return there


def _backward(
    moves: Moves, batches: list[np.ndarray], sinks: tuple[np.ndarray, np.ndarray], states: int, horizon: int
) -> np.ndarray:
    onward = np.zeros((states, horizon), bool)
    onward[sinks] = True
    day = horizon - 1
    for batch in reversed(batches):
        depart = int(moves.depart[batch[0]])
        for t in range(day - 1, depart - 1, -1):
            onward[:, t] |= onward[:, t + 1]
        day = depart
        useful = batch[onward[moves.target[batch], moves.ready[batch]]]
        onward[moves.source[useful], day] = True
    for t in range(day - 1, -1, -1):
        onward[:, t] |= onward[:, t + 1]
    return onward
