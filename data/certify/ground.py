"""Where a load may be and how it may go on: the time-expanded network of the checker, made from the tables alone.

A load is in a state on a day: at home (it has not left), at a node on its way (with the gauge it came by, where that
matters), or at the end. An arc is a departure over a link from one state to another. Arcs stand in steps: by day, and
within a day so that a link of transit 0 comes after those that lead to its tail.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from itertools import product

import numpy as np

from data.checks import disrupted_rows
from data.effect import in_effect
from data.tables import Table
from data.theatre import Scenario, Theatre


@dataclass(frozen=True, eq=False)
class Arcs:
    """Departures side by side. `ready` is the day from which a load can go on: arrival and dwell."""

    link: np.ndarray
    depart: np.ndarray
    arrive: np.ndarray
    ready: np.ndarray
    source: np.ndarray
    target: np.ndarray
    from_home: np.ndarray
    to_end: np.ndarray

    def __len__(self) -> int:
        return len(self.link)

    def take(self, pick: np.ndarray) -> Arcs:
        """Return the picked arcs."""
        return Arcs(*(getattr(self, f.name)[pick] for f in fields(self)))


@dataclass(frozen=True, eq=False)
class Ground:
    """Arcs in the order of their steps; states are numbered home 0…N−1, end N…2N−1, then on the way."""

    theatre: Theatre
    scenario: Scenario
    tail: np.ndarray  # of each link
    head: np.ndarray
    arcs: Arcs
    steps: tuple[tuple[int, int, int], ...]  # day, first arc, one past the last
    state_node: np.ndarray

    @property
    def nodes(self) -> int:
        """Return how many nodes there are."""
        return len(self.theatre.nodes)


def lay(theatre: Theatre, scenario: Scenario) -> Ground:
    """Return the ground of a theatre under a scenario."""
    links, nodes, horizon = theatre.links, theatre.nodes, scenario.horizon
    tail, head = links.codes("tail", nodes).astype(int), links.codes("head", nodes).astype(int)
    offered, arrive = _timetable(theatre, scenario, tail, head)
    link, source, target, state_node = _ways(theatre, scenario, tail, head)
    count = len(nodes)
    to_end = (target >= count) & (target < 2 * count)
    dwell = np.where(to_end, 0, nodes["dwell"][head[link]])
    here = offered[link] & (arrive[link] + dwell[:, None] < horizon)
    way, day = np.nonzero(here)
    arcs = Arcs(
        link[way],
        day,
        arrive[link[way], day],
        arrive[link[way], day] + dwell[way],
        source[way],
        target[way],
        source[way] < count,
        to_end[way],
    )
    depth = _depth(theatre, tail, head)[tail[arcs.link]]
    order = np.lexsort((arcs.target, arcs.ready, depth, arcs.depart))
    arcs, depth = arcs.take(order), depth[order]
    step = arcs.depart * (int(depth.max(initial=0)) + 1) + depth
    cuts = np.flatnonzero(np.diff(step, prepend=-1, append=np.iinfo(np.int64).max)) if len(step) else np.zeros(1, int)
    steps = tuple((int(arcs.depart[a]), int(a), int(b)) for a, b in zip(cuts[:-1], cuts[1:], strict=True))
    return Ground(theatre, scenario, tail, head, arcs, steps, state_node)


def _ways(
    theatre: Theatre, scenario: Scenario, tail: np.ndarray, head: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return link, source and target state of every way to make a move, and the node of every state."""
    nodes, count = theatre.nodes, len(theatre.nodes)
    gauge, breaks = theatre.links["gauge"], nodes["kind"] == "gauge_break"
    homes = {*theatre.stocks.codes("node", nodes).tolist(), *theatre.production.codes("node", nodes).tolist()}
    ends = set(scenario.needs.codes("sector", nodes).tolist())
    left = set(tail.tolist())
    onward: dict[int, dict[str, int]] = {}
    node_of = [*range(count), *range(count)]
    for node, by in sorted({(int(h), "" if breaks[h] else str(g)) for h, g in zip(head, gauge, strict=True)}):
        if node in left:
            onward.setdefault(node, {})[by] = len(node_of)
            node_of.append(node)
    rows: list[tuple[int, int, int]] = []
    for link, (a, b, own) in enumerate(zip(tail.tolist(), head.tolist(), gauge.tolist(), strict=True)):
        sources = [a] if a in homes else []
        sources += [state for by, state in onward.get(a, {}).items() if not by or not own or by == own]
        targets = [count + b] if b in ends else []
        targets += [onward[b]["" if breaks[b] else own]] if b in onward else []
        rows += [(link, s, t) for s, t in product(sources, targets)]
    link_, source, target = np.array(rows, int).reshape(-1, 3).T
    return link_, source, target, np.array(node_of, int)


def _depth(theatre: Theatre, tail: np.ndarray, head: np.ndarray) -> np.ndarray:
    """Return how many links of transit 0 can lead to each node on one day; they form no cycle."""
    depth, instant = np.zeros(len(theatre.nodes), int), np.flatnonzero(theatre.links["transit"] == 0)
    for _ in range(len(depth)):
        before = depth.copy()
        np.maximum.at(depth, head[instant], depth[tail[instant]] + 1)
        if (before == depth).all():
            break
    return depth


def _timetable(
    theatre: Theatre, scenario: Scenario, tail: np.ndarray, head: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return by link and day whether a departure is offered, and when it arrives (rule of disruptions)."""
    horizon = scenario.horizon
    shut, lost = _closed(theatre, scenario, theatre.links, "capacity")
    node_shut, node_lost = _closed(theatre, scenario, theatre.nodes, "handling")
    transit = theatre.links["transit"].astype(int)
    arrive = np.arange(horizon)[None, :] + transit[:, None]
    offered = (arrive < horizon) & ~shut & ~node_shut[tail]
    for link in np.flatnonzero(shut.any(1) | node_shut[head].any(1)):
        end = head[link]
        for day in np.flatnonzero(offered[link]):
            at = int(arrive[link, day])
            gone = lost[link, day : at + 1].any()
            while not gone and at < horizon and (shut[link, at] or node_shut[end, at]):
                gone = lost[link, at] or node_lost[end, at]
                at += 1
            offered[link, day] = not gone and at < horizon
            arrive[link, day] = at
    return offered, arrive


def _closed(theatre: Theatre, scenario: Scenario, table: Table, column: str) -> tuple[np.ndarray, np.ndarray]:
    """Return by row and day whether a disruption closes it, and whether goods caught there are lost."""
    named = np.zeros((len(table), scenario.horizon), bool)
    lost = np.zeros_like(named)
    for row in scenario.disruptions.rows():
        if (row.table, row.column) == (table.name, column):
            days = slice(row.from_day or 0, scenario.horizon if row.to_day is None else row.to_day + 1)
            for i in disrupted_rows(table, row.key):
                named[i, days] = True
                lost[i, days] |= row.goods == "lost"
    shut = named & (in_effect(theatre, scenario, table.name, column) == 0)
    return shut, lost & shut
