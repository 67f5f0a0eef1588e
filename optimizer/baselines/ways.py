"""The ways one commodity may go, and the best of them that still has room: the shortest or the quickest."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from optimizer.baselines.room import Room, Use, summed
from optimizer.formulations.reinforce import Setting

KM, DAYS = "km", "days"
TIE = 1e-4  # what a day, or a EUR/t, weighs beside the measure that decides
TINY = 1e-9  # so that no edge weighs nothing, which a sparse graph would take for no edge


@dataclass(frozen=True)
class Way:
    """A way with room: its moves, what a unit takes on it, and the day from which it counts at its end."""

    moves: tuple[int, ...]
    use: Use
    credited: int


class Ways:
    """The time-expanded network of one commodity: places are (state, day), edges moves and nights."""

    def __init__(self, setting: Setting, k: int, measure: str) -> None:
        self.setting, self.commodity = setting, setting.commodities[k]
        self.horizon = setting.scenario.horizon
        network, links, moves = setting.network, setting.theatre.links, setting.network.moves
        frames = {name: frame[frame["k"] == k] for name, frame in setting.flows.items()}
        arc = frames["move"]["arc"].to_numpy(int)
        night = frames["night"]
        state, day = night["state"].to_numpy(int), night["day"].to_numpy(int)
        final = (state >= len(setting.theatre.nodes)) & (state < 2 * len(setting.theatre.nodes))
        km, cost = links["distance"][moves.link[arc]], links["cost"][moves.link[arc]]
        days = (moves.ready[arc] - moves.depart[arc]).astype(float)
        waited = np.where(final, 0.0, 1.0)  # what waits at its end has arrived
        weight = km + TIE * days if measure == KM else days + TIE * TIE * cost
        rest = TIE * waited if measure == KM else waited
        self.tail = np.concatenate([self._place(moves.source[arc], moves.depart[arc]), self._place(state, day)])
        self.head = np.concatenate([self._place(moves.target[arc], moves.ready[arc]), self._place(state, day + 1)])
        self.weight = np.concatenate([weight, rest]) + TINY
        held = night["held"].to_numpy(bool)
        self.arc = np.concatenate([arc, np.where(held, night["arc"].to_numpy(int), -1)])
        self.is_move = np.arange(len(self.arc)) < len(arc)
        order = np.lexsort((self.weight, self.head, self.tail))
        for name in ("tail", "head", "weight", "arc", "is_move"):
            setattr(self, name, getattr(self, name)[order])
        self.places, numbers = np.unique(np.concatenate([self.tail, self.head]), return_inverse=True)
        self.tail, self.head = numbers[: len(order)], numbers[len(order) :]
        self._uses(network)

    def _place(self, state: np.ndarray, day: np.ndarray) -> np.ndarray:
        return state.astype(np.int64) * (self.horizon + 1) + day

    def _uses(self, network: object) -> None:
        """Note what a unit takes of each capacity row on each edge."""
        setting, items, item = self.setting, self.setting.theatre.items, self.commodity.item
        load = setting.network.load(
            items["mass"][item], items["volume"][item], items["neq"][item], items["hazard_division"][item],
            self.commodity.payer,
        )  # fmt: skip
        edge = np.flatnonzero(self.arc >= 0)
        part = load[:, self.arc[edge]].tocoo()
        kept = np.isfinite(setting.network.limit[part.row]) & (part.data > 0)
        order = np.argsort(part.col[kept], kind="stable")
        self.use_edge = edge[part.col[kept][order]]
        self.use_row = part.row[kept][order] + len(setting.begin.limit)
        self.use_amount = part.data[kept][order]

    def find(self, room: Room, slice_: int, need: int, late: bool, least: float) -> Way | None:
        """Return the best way from a slice to a need with room for `least` units; None if there is none.

        In time means there on the RDD; late takes the first day after it on which there is a way.
        """
        setting = self.setting
        begun = setting.slices[slice_]
        start = self._number(int(setting.sources.node[begun.lot]), begun.first)
        state = len(setting.theatre.nodes) + int(setting.needs.sector[need])
        rdd, lad = int(setting.needs.rdd[need]), int(setting.needs.lad[need])
        ends = [(day, self._number(state, day)) for day in (range(rdd + 1, lad + 1) if late else (rdd,))]
        ends = [(day, end) for day, end in ends if end >= 0]
        if start < 0 or not ends:
            return None
        open_ = np.ones(len(self.arc), bool)
        open_[self.use_edge[self.use_amount * least > room.left[self.use_row]]] = False
        for _ in range(len(self.arc)):
            edges, distance, before = self._search(open_, start)
            day, end = next(((d, e) for d, e in ends if np.isfinite(distance[e])), (-1, -1))
            if end < 0:
                return None
            path = self._trace(edges, before, start, end)
            use, parts = self._use_of(path)
            if room.units([use], least) > 0:
                return Way(tuple(int(self.arc[e]) for e in path if self.is_move[e]), use, day)
            # one row is met twice on this way and has no room for both: close its dearest edge and look again
            row = room.tightest(use)
            here = parts[self.use_row[parts] == row]
            open_[self.use_edge[here[np.argmax(self.use_amount[here])]]] = False
        return None

    def _number(self, state: int, day: int) -> int:
        place = state * (self.horizon + 1) + day
        at = int(np.searchsorted(self.places, place))
        return at if at < len(self.places) and self.places[at] == place else -1

    def _search(self, open_: np.ndarray, start: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        edge = np.flatnonzero(open_)
        pair = self.tail[edge] * len(self.places) + self.head[edge]
        edge = edge[np.diff(pair, prepend=-1) != 0]  # of parallel edges the lightest, which stands first
        begin = np.concatenate([[0], np.bincount(self.tail[edge], minlength=len(self.places)).cumsum()])
        graph = csr_matrix((self.weight[edge], self.head[edge], begin), shape=(len(self.places),) * 2)
        distance, before = dijkstra(graph, indices=start, return_predecessors=True)
        return edge, distance, before

    def _trace(self, edges: np.ndarray, before: np.ndarray, start: int, end: int) -> list[int]:
        pairs = self.tail[edges] * len(self.places) + self.head[edges]
        path = []
        while end != start:
            pair = int(before[end]) * len(self.places) + end
            path.append(int(edges[np.searchsorted(pairs, pair)]))
            end = int(before[end])
        return path[::-1]

    def _use_of(self, path: list[int]) -> tuple[Use, np.ndarray]:
        parts = [np.arange(*np.searchsorted(self.use_edge, [e, e + 1])) for e in path]
        entries = np.concatenate(parts).astype(int) if parts else np.zeros(0, int)
        return summed([Use(self.use_row[entries], self.use_amount[entries])]), entries


def shortest_km(setting: Setting, k: int, sector: int) -> np.ndarray:
    """Return the km of the shortest way of a commodity from every node to a sector, whatever the day."""
    moves, links = setting.network.moves, setting.theatre.links
    frame = setting.flows["move"]
    used = np.unique(moves.link[frame["arc"].to_numpy(int)[frame["k"].to_numpy(int) == k]])
    nodes = len(setting.theatre.nodes)
    tail, head = links.codes("tail", setting.theatre.nodes)[used], links.codes("head", setting.theatre.nodes)[used]
    km = np.full((nodes, nodes), np.inf)
    np.minimum.at(km, (head, tail), links["distance"][used] + TINY)
    graph = csr_matrix(np.where(np.isfinite(km), km, 0.0))
    return np.asarray(dijkstra(graph, indices=sector))
