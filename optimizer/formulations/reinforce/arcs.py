"""The moves of the time-expanded network: which link, by which lift, when, from and to which state."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from data.theatre import Scenario, Theatre
from optimizer.formulations.reinforce.capacity import LiftGroup, closed


@dataclass(frozen=True, eq=False)
class Moves:
    """One row a move, as parallel int32 arrays; flags are bool.

    `source` and `target` are states (see `States`), `ready` is the day on which the load is in its target
    state: the arrival, plus the dwell if it is to go on.
    """

    link: np.ndarray
    group: np.ndarray
    tail: np.ndarray
    head: np.ndarray
    depart: np.ndarray
    arrive: np.ndarray
    ready: np.ndarray
    source: np.ndarray
    target: np.ndarray
    from_home: np.ndarray
    to_final: np.ndarray

    def __len__(self) -> int:
        return len(self.link)

    def take(self, pick: np.ndarray) -> Moves:
        """Return the picked moves."""
        return Moves(*(getattr(self, f.name)[pick] for f in fields(self)))


@dataclass(frozen=True)
class States:
    """Numbers of the states: 0…N−1 home, N…2N−1 final, then ready by node and, where it matters, gauge."""

    nodes: int
    ready: dict[tuple[int, str], int]  # (node, gauge of arrival or '') → state
    node: np.ndarray  # of each state
    split: frozenset[int]  # nodes with a ready state per gauge

    def home(self, node: np.ndarray) -> np.ndarray:
        """Return the state of a load that has not left its lot's node."""
        return node

    def final(self, node: np.ndarray) -> np.ndarray:
        """Return the state of a load that has arrived where it is needed."""
        return self.nodes + node


def number_states(theatre: Theatre) -> States:
    """Return the states of a theatre's network."""
    links, nodes = theatre.links, theatre.nodes
    tail, head = links.codes("tail", nodes), links.codes("head", nodes)
    arriving: dict[int, set[str]] = {}
    leaving: dict[int, set[str]] = {}
    for i, gauge in enumerate(links["gauge"]):
        arriving.setdefault(int(head[i]), set()).add(gauge)
        leaving.setdefault(int(tail[i]), set()).add(gauge)
    ready: dict[tuple[int, str], int] = {}
    split = set()
    at = 2 * len(nodes)
    for node in sorted(set(arriving) & set(leaving)):
        inward, outward = arriving[node] - {""}, leaving[node] - {""}
        meets = any(a != b for a in inward for b in outward) and nodes["kind"][node] != "gauge_break"
        for gauge in ["", *sorted(inward)] if meets else [""]:
            ready[node, gauge] = at
            at += 1
        if meets:
            split.add(node)
    node_of = np.zeros(at, np.int32)
    node_of[: len(nodes)] = node_of[len(nodes) : 2 * len(nodes)] = np.arange(len(nodes))
    for (node, _), state in ready.items():
        node_of[state] = node
    return States(len(nodes), ready, node_of, frozenset(split))


_NO_DAYS = np.zeros(0, np.int32)
_NONE = {"from_home": np.zeros(0, bool), "to_final": np.zeros(0, bool)}


def enumerate_moves(theatre: Theatre, scenario: Scenario, groups: tuple[LiftGroup, ...]) -> Moves:
    """Return every move a load could make within the horizon, whatever the load may use."""
    links, nodes, horizon = theatre.links, theatre.nodes, scenario.horizon
    states = number_states(theatre)
    tail, head = links.codes("tail", nodes), links.codes("head", nodes)
    offered, arrive = _timetable(theatre, scenario, tail, head)
    homes = {*theatre.stocks.codes("node", nodes).tolist(), *theatre.production.codes("node", nodes).tolist()}
    sectors = set(scenario.needs.codes("sector", nodes).tolist())
    parts: dict[str, list[np.ndarray]] = {f.name: [] for f in fields(Moves)}
    for a in range(len(links)):
        depart = np.flatnonzero(offered[a]).astype(np.int32)
        own = [g for g, group in enumerate(groups) if group.mode == links["mode"][a]]
        for source, from_home in _sources(states, int(tail[a]), links["gauge"][a], homes):
            for target, to_final in _targets(states, int(head[a]), links["gauge"][a], sectors):
                dwell = 0 if to_final else int(nodes["dwell"][head[a]])
                day = depart[arrive[a, depart] + dwell < horizon]
                for g in own:
                    _append(
                        parts,
                        a,
                        g,
                        tail,
                        head,
                        day,
                        arrive[a, day],
                        dwell,
                        source,
                        target,
                        from_home,
                        to_final,
                    )
    return Moves(**{name: np.concatenate([_NONE.get(name, _NO_DAYS), *p]) for name, p in parts.items()})


def _append(
    parts: dict[str, list[np.ndarray]],
    link: int,
    group: int,
    tail: np.ndarray,
    head: np.ndarray,
    depart: np.ndarray,
    arrive: np.ndarray,
    dwell: int,
    source: int,
    target: int,
    from_home: bool,
    to_final: bool,
) -> None:
    size = len(depart)
    values = {
        "link": link,
        "group": group,
        "tail": tail[link],
        "head": head[link],
        "source": source,
        "target": target,
    }
    for name, value in values.items():
        parts[name].append(np.full(size, value, np.int32))
    parts["depart"].append(depart)
    parts["arrive"].append(arrive.astype(np.int32))
    parts["ready"].append((arrive + dwell).astype(np.int32))
    parts["from_home"].append(np.full(size, from_home))
    parts["to_final"].append(np.full(size, to_final))


def _sources(states: States, node: int, gauge: str, homes: set[int]) -> list[tuple[int, bool]]:
    """Return the states a load may leave a node from by a link of this gauge, with whether it is home."""
    out = [(node, True)] if node in homes else []
    for (at, arrived), state in states.ready.items():
        if at == node and (not arrived or not gauge or arrived == gauge):
            out.append((state, False))
    return out


def _targets(states: States, node: int, gauge: str, sectors: set[int]) -> list[tuple[int, bool]]:
    """Return the states a load may be in once it has come to a node by a link of this gauge."""
    out = [(states.nodes + node, True)] if node in sectors else []
    arrived = gauge if node in states.split else ""
    if (node, arrived) in states.ready:
        out.append((states.ready[node, arrived], False))
    return out


def _timetable(
    theatre: Theatre, scenario: Scenario, tail: np.ndarray, head: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return [link, day] whether a departure is offered, and the day it arrives (rule 14)."""
    horizon = scenario.horizon
    transit = theatre.links["transit"]
    link_shut, link_lost = closed(theatre, scenario, theatre.links, "capacity")
    node_shut, node_lost = closed(theatre, scenario, theatre.nodes, "handling")
    days = np.arange(horizon)
    arrive = days[None, :] + transit[:, None]
    offered = (arrive < horizon) & ~link_shut & ~node_shut[tail]
    disturbed = link_shut.any(1) | node_shut[head].any(1)
    for a in np.flatnonzero(disturbed):
        for t in np.flatnonzero(offered[a]):
            due = int(arrive[a, t])
            caught = link_shut[a, t : due + 1].any() or node_shut[head[a], due]
            if not caught:
                continue
            if link_lost[a, t : due + 1].any() or node_lost[head[a], due]:
                offered[a, t] = False
                continue
            open_days = np.flatnonzero(~link_shut[a, due:] & ~node_shut[head[a], due:])
            offered[a, t] = bool(len(open_days))
            arrive[a, t] = due + (int(open_days[0]) if len(open_days) else 0)
    return offered, arrive
