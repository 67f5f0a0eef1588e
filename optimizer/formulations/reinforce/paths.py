"""Paths: what a plan is made of. A flow falls apart into them; each becomes a shipment with its legs.

A path leaves a lot's node, follows moves, waits over nights, and ends at the sector of the need it serves.
Its use of capacities is the usage matrix times its time-arcs, times the load of its item.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import scipy.sparse as sp

from data.plan_tables import LARGE, MICRO, MILLI
from data.theatre import Theatre
from optimizer.formulations.reinforce.arcflow import ArcFlow
from optimizer.formulations.reinforce.setting import Setting

SPECK = 1e-7  # t (whole items: units); less than this is no flow


@dataclass(frozen=True, eq=False)
class Paths:
    """Parallel arrays, one entry a path; `moves` are positions in `network.moves`, in order of travel."""

    lot: np.ndarray
    need: np.ndarray
    item: np.ndarray
    moves: tuple[tuple[int, ...], ...]
    quantity: np.ndarray  # units of the item

    def __len__(self) -> int:
        return len(self.lot)

    def take(self, pick: np.ndarray) -> Paths:
        """Return the picked paths."""
        moves = tuple(self.moves[i] for i in np.asarray(pick, int))
        return Paths(self.lot[pick], self.need[pick], self.item[pick], moves, self.quantity[pick])

    def carrying(self, quantity: np.ndarray) -> Paths:
        """Return the same paths with other quantities."""
        return Paths(self.lot, self.need, self.item, self.moves, quantity)

    @classmethod
    def of(cls, rows: Sequence[tuple[int, int, int, tuple[int, ...], float]]) -> Paths:
        """Return the paths of (lot, need, item, moves, quantity) rows; equal ones are added up."""
        total: dict[tuple[int, int, int, tuple[int, ...]], float] = {}
        for lot, need, item, moves, quantity in rows:
            total[lot, need, item, moves] = total.get((lot, need, item, moves), 0.0) + quantity
        keys = sorted(total)
        lot_, need_, item_ = (np.array([k[i] for k in keys], int) for i in range(3))
        return cls(lot_, need_, item_, tuple(k[3] for k in keys), np.array([total[k] for k in keys]))

    def together(self, other: Paths) -> Paths:
        """Return the paths of both; a path in both carries the larger of its quantities."""
        both: dict[tuple[int, int, int, tuple[int, ...]], float] = {}
        for part in (self, other):
            for key, quantity in zip(_keys(part), part.quantity, strict=True):
                both[key] = max(both.get(key, 0.0), float(quantity))
        return Paths.of([(*key, quantity) for key, quantity in both.items()])


def _keys(paths: Paths) -> Iterator[tuple[int, int, int, tuple[int, ...]]]:
    for i in range(len(paths)):
        yield int(paths.lot[i]), int(paths.need[i]), int(paths.item[i]), paths.moves[i]


Edge = list  # [flow left, what: -1 night, -2 delivery or the move, next place or need]


def decompose(arcflow: ArcFlow, values: np.ndarray) -> Paths:
    """Return the paths whose sum is the flow in these column values, widest first."""
    flows = arcflow.flows
    lots = arcflow.slice_source
    out: list[tuple[int, int, int, tuple[int, ...], float]] = []
    carried = {name: frame[values[frame["column"].to_numpy(int)] > SPECK] for name, frame in flows.items()}
    by_k = {name: dict(list(frame.groupby("k"))) for name, frame in carried.items()}
    for k, start in by_k["start"].items():
        edges = _edges(arcflow, values, {n: by_k[n].get(k) for n in ("move", "night", "delivery")})
        item = int(start["item"].iloc[0])
        amount = values[start["column"].to_numpy(int)]
        for i in np.argsort(-amount, kind="stable"):
            place = (int(start["state"].iloc[i]), int(start["day"].iloc[i]))
            for moves, need, flow in _walk(edges, place, float(amount[i])):
                lot = int(lots[int(start["slice"].iloc[i])])
                out.append((lot, need, item, moves, flow / float(arcflow.unit[item])))
    return Paths.of(out)


def _edges(
    arcflow: ArcFlow, values: np.ndarray, frames: dict[str, pd.DataFrame | None]
) -> dict[tuple[int, int], list[Edge]]:
    edges: dict[tuple[int, int], list[Edge]] = {}
    move, night, handed = frames["move"], frames["night"], frames["delivery"]
    if move is not None:
        for arc, s, t, target, ready, column in move[
            ["arc", "source", "depart", "target", "ready", "column"]
        ].itertuples(index=False):
            edges.setdefault((s, t), []).append([values[column], arc, (target, ready)])
    if night is not None:
        for s, t, column in night[["state", "day", "column"]].itertuples(index=False):
            edges.setdefault((s, t), []).append([values[column], -1, (s, t + 1)])
    if handed is not None:
        for s, t, need, column in handed[["state", "day", "need", "column"]].itertuples(index=False):
            edges.setdefault((s, t), []).append([values[column], -2, need])
    return edges


def _walk(
    edges: dict[tuple[int, int], list[Edge]], place: tuple[int, int], amount: float
) -> Iterator[tuple[tuple[int, ...], int, float]]:
    """Yield (moves, need, flow) until what starts at the place is used up; always the widest edge on."""
    while amount > SPECK:
        at, way, width = place, [], amount
        while True:
            widest = max(edges.get(at, ()), key=lambda e: e[0], default=None)
            if widest is None or widest[0] <= SPECK / 10:
                return  # what is left is the solver's tolerance
            way.append(widest)
            width = min(width, widest[0])
            if widest[1] == -2:
                break
            at = widest[2]
        for edge in way:
            edge[0] -= width
        amount -= width
        yield tuple(int(e[1]) for e in way if e[1] >= 0), int(way[-1][2]), width


def path_use(setting: Setting, paths: Paths) -> sp.csc_matrix:
    """Return the use [capacity row, path] of one unit of each path's item."""
    network, theatre = setting.network, setting.theatre
    path, arc = _time_arcs(setting, paths)
    count = next(iter(network.use.values())).shape[1]
    way = sp.csc_matrix((np.ones(len(arc)), (arc, path)), shape=(count, len(paths)))
    items = theatre.items
    total = network.use["t"] @ way @ sp.diags(items["mass"][paths.item])
    total = total + network.use["m3"] @ way @ sp.diags(items["volume"][paths.item])
    for division in set(items["hazard_division"][paths.item]) - {""}:
        neq = np.where(items["hazard_division"] == division, items["neq"], 0.0)[paths.item]
        total = total + network.use[division] @ way @ sp.diags(neq)
    donor = setting.sources.donor[paths.lot]
    for payer in network.payers:
        total = total + network.use[payer] @ way @ sp.diags(np.where(donor == payer, items["mass"][paths.item], 0.0))
    return total.tocsc()


def _time_arcs(setting: Setting, paths: Paths) -> tuple[np.ndarray, np.ndarray]:
    """Return (path, time-arc) of every move, and of every night waited beyond the dwell or stayed when handed over."""
    network, moves = setting.network, setting.network.moves
    path: list[int] = []
    arc: list[int] = []
    for p, way in enumerate(paths.moves):
        for here, onward in zip(way, [*way[1:], None], strict=True):
            path.append(p)
            arc.append(here)
            until = setting.until[paths.need[p]] if onward is None else moves.depart[onward]
            nights = range(int(moves.ready[here]), int(until))
            path += [p] * len(nights)
            arc += [len(moves) + int(moves.head[here]) * network.horizon + t for t in nights]
    return np.array(path, int), np.array(arc, int)


def arrivals(setting: Setting, paths: Paths) -> np.ndarray:
    """Return the day each path arrives."""
    last = np.array([way[-1] for way in paths.moves], int)
    return setting.network.moves.arrive[last] if len(paths) else np.zeros(0, int)


def departures(setting: Setting, paths: Paths) -> np.ndarray:
    """Return the day each path leaves its lot's node."""
    first = np.array([way[0] for way in paths.moves], int)
    return setting.network.moves.depart[first] if len(paths) else np.zeros(0, int)


def tables(setting: Setting, paths: Paths) -> tuple[dict[str, list], dict[str, list], dict[str, list]]:
    """Return tables shipments, legs and purchases, in plan words, of paths that carry something."""
    theatre, needs, moves = setting.theatre, setting.scenario.needs, setting.network.moves
    links, groups = theatre.links["link"], setting.network.groups
    depart, arrive = departures(setting, paths), arrivals(setting, paths)
    origins, purchases = _origins(setting, paths)
    names = [f"S{i + 1:05d}" for i in range(len(paths))]
    shipments = {
        "shipment": names,
        "lot": origins,
        "need": needs["need"][paths.need].tolist(),
        "destination": needs["sector"][paths.need].tolist(),
        "item": theatre.items["item"][paths.item].tolist(),
        "quantity": paths.quantity.tolist(),
        "depart": depart.tolist(),
        "arrive": arrive.tolist(),
    }
    way = [(names[p], i + 1, move) for p, ways in enumerate(paths.moves) for i, move in enumerate(ways)]
    arc = np.array([move for *_, move in way], int)
    legs = {
        "shipment": [name for name, *_ in way],
        "sequence": [i for _, i, _ in way],
        "link": links[moves.link[arc]].tolist(),
        "lift_group": [groups[g].name for g in moves.group[arc]],
        "depart": moves.depart[arc].tolist(),
        "arrive": moves.arrive[arc].tolist(),
    }
    return shipments, legs, purchases


def _origins(setting: Setting, paths: Paths) -> tuple[list[str], dict[str, list]]:
    """Return the lot or purchase of each path, and table purchases: an order is what leaves of it."""
    theatre, sources = setting.theatre, setting.sources
    bought = np.unique(paths.lot[paths.lot >= sources.lots])
    parts = MICRO if paths.quantity.sum() < LARGE else MILLI  # as the plan's other sums
    total = np.bincount(paths.lot, np.rint(paths.quantity * parts), len(sources.item))[bought] / parts
    names = {int(source): _order_name(theatre, i) for i, source in enumerate(bought)}
    lots = theatre.stocks["lot"]
    purchases = {
        "purchase": list(names.values()),
        "site": theatre.production["site"][sources.site[bought]].tolist(),
        "fund": theatre.funds["fund"][sources.fund[bought]].tolist(),
        "item": theatre.items["item"][sources.item[bought]].tolist(),
        "quantity": total.tolist(),
        "order_day": sources.order[bought].tolist(),
    }
    return [names[lot] if lot in names else str(lots[lot]) for lot in paths.lot.tolist()], purchases


def _order_name(theatre: Theatre, number: int) -> str:
    """Return the name of an order, which no lot bears."""
    name = f"P{number + 1:04d}"
    while name in theatre.stocks.position():
        name += "'"
    return name
