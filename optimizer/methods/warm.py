"""Columns carried over: which paths of one setting exist in another, by the names of their rows.

After a change every path met before is held against the new theatre and scenario, in one pass over arrays: its lot
or order, its need, its links and lift groups on their days, the chain of its moves, the days on which it is credited,
the rights of its commodity, and that no limit on its way is 0. What fails any of these is left out. Nothing here knows
what was changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from data.tables import Table
from optimizer.formulations.reinforce.arcs import States, number_states
from optimizer.formulations.reinforce.master import Master
from optimizer.formulations.reinforce.paths import Paths
from optimizer.formulations.reinforce.setting import Setting

if TYPE_CHECKING:
    from optimizer.methods.columns import Columns


def carried_over(old: Setting, paths: Paths, new: Setting) -> Paths:
    """Return the paths that are open in the new setting, in its positions."""
    if not len(paths) or not len(new.commodities):
        return Paths.of([])
    lot, need = _sources(old, new)[paths.lot], positions(old.scenario.needs, new.scenario.needs)[paths.need]
    item = positions(old.theatre.items, new.theatre.items)[paths.item]
    owner = np.repeat(np.arange(len(paths)), [len(way) for way in paths.moves])
    move = _moves(old, new)[np.fromiter((m for way in paths.moves for m in way), int, len(owner))]
    kept = (lot >= 0) & (need >= 0) & (item >= 0)
    kept[owner[move < 0]] = False
    kept &= _chained(new, owner, np.maximum(move, 0), lot, need)
    kept &= _permitted(new, owner, np.maximum(move, 0), lot, need, item)
    ends = np.cumsum([len(way) for way in paths.moves])
    starts = np.concatenate([[0], ends[:-1]])
    ways = tuple(tuple(move[starts[p] : ends[p]].tolist()) for p in np.flatnonzero(kept))
    return _usable(new, Paths(lot[kept], need[kept], item[kept], ways, paths.quantity[kept]))


def _usable(setting: Setting, paths: Paths) -> Paths:
    """Return the paths that use no row whose limit is 0: such rows are in no master, so nothing would bar them."""
    master = Master.of(setting, paths)
    used = np.asarray((master.use != 0).T @ (master.limit <= 0).astype(float))
    return paths.take(np.flatnonzero(used == 0))


def places(before: Sequence[object], after: Sequence[object]) -> np.ndarray:
    """Return where each name is among the others; -1 where it is not."""
    position = {name: i for i, name in enumerate(after)}
    return np.fromiter((position.get(name, -1) for name in before), int, len(before))


def positions(before: Table, after: Table) -> np.ndarray:
    """Return where each row of a table is in another one, by its key; -1 where it is not."""
    key = before.contract.key[0]
    return places(before[key].tolist(), after[key].tolist())


def _sources(old: Setting, new: Setting) -> np.ndarray:
    """Return the new position of each source: of lots by name, of orders by site, fund and day."""
    return places(_source_names(old), _source_names(new))


def _source_names(setting: Setting) -> list[tuple[object, ...]]:
    theatre, sources = setting.theatre, setting.sources
    lots: list[tuple[object, ...]] = [(name,) for name in theatre.stocks["lot"].tolist()]
    site, fund, order = (a[sources.lots :] for a in (sources.site, sources.fund, sources.order))
    names = theatre.production["site"][site].tolist(), theatre.funds["fund"][fund].tolist(), order.tolist()
    return [*lots, *zip(*names, strict=True)]


def _moves(old: Setting, new: Setting) -> np.ndarray:
    """Return the new position of each move: same link, lift group, departure, and states at both ends."""
    link = positions(old.theatre.links, new.theatre.links)
    group = places([g.name for g in old.network.groups], [g.name for g in new.network.groups])
    state = places(_state_names(old), _state_names(new))
    a, b, days = old.network.moves, new.network.moves, max(old.network.horizon, new.network.horizon)
    count, width = max(len(new.network.groups), 1), len(number_states(new.theatre).node)

    def key(*parts: np.ndarray) -> np.ndarray:
        at, by, day, source, target = (part.astype(np.int64) for part in parts)
        return (((at * count + by) * days + day) * width + source) * width + target

    known = key(b.link, b.group, b.depart, b.source, b.target)
    order = np.argsort(known)
    parts = link[a.link], group[a.group] if len(group) else a.group, a.depart, state[a.source], state[a.target]
    wanted = np.where(np.min(parts, axis=0) < 0, -1, key(*(np.asarray(p) for p in parts)))
    if not len(known):
        return np.full(len(wanted), -1)
    place = np.minimum(np.searchsorted(known[order], wanted), len(known) - 1)
    return np.where(known[order][place] == wanted, order[place], -1)


def _state_names(setting: Setting) -> list[tuple[str, str]]:
    states: States = number_states(setting.theatre)
    nodes = setting.theatre.nodes["node"].tolist()
    out = [("home", str(n)) for n in nodes] + [("final", str(n)) for n in nodes]
    ready = sorted(states.ready.items(), key=lambda entry: entry[1])
    return out + [(f"ready {gauge}", str(nodes[node])) for (node, gauge), _ in ready]


def _chained(setting: Setting, owner: np.ndarray, move: np.ndarray, lot: np.ndarray, need: np.ndarray) -> np.ndarray:
    """Return which paths leave from home after their release, go on from where they are, and arrive in time."""
    moves, needs, out = setting.network.moves, setting.needs, np.ones(len(lot), bool)
    same = owner[1:] == owner[:-1]
    broken = same & (
        (moves.target[move[:-1]] != moves.source[move[1:]]) | (moves.ready[move[:-1]] > moves.depart[move[1:]])
    )
    out[owner[1:][broken]] = False
    first = move[np.flatnonzero(np.diff(owner, prepend=-1))]
    last = move[np.flatnonzero(np.diff(owner, append=len(lot)))]
    out &= moves.source[first] == setting.sources.node[np.maximum(lot, 0)]
    out &= moves.target[last] == len(setting.theatre.nodes) + needs.sector[np.maximum(need, 0)]
    return out & (moves.ready[last] <= needs.lad[np.maximum(need, 0)])


def _permitted(
    setting: Setting, owner: np.ndarray, move: np.ndarray, lot: np.ndarray, need: np.ndarray, item: np.ndarray
) -> np.ndarray:
    """Return which paths leave within a slice whose commodity serves the need and may make every move."""
    moves, count = setting.network.moves, len(setting.commodities)
    feeds = np.zeros((len(setting.slices), count), bool)
    serves = np.zeros((len(setting.needs.size), count), bool)
    opened = np.zeros((len(moves), count), bool)
    for name, table, column in (("start", feeds, "slice"), ("delivery", serves, "need"), ("move", opened, "arc")):
        frame = setting.flows[name]
        table[frame[column].to_numpy(int), frame["k"].to_numpy(int)] = True
    depart = moves.depart[move[np.flatnonzero(np.diff(owner, prepend=-1))]]
    slice_ = _slices(setting, lot, depart)
    both = feeds[np.maximum(slice_, 0)] & serves[np.maximum(need, 0)]
    k = both.argmax(axis=1)
    ok = (slice_ >= 0) & both.any(axis=1)
    ok &= np.array([c.item for c in setting.commodities], int)[k] == item
    ok[owner[~opened[move, k[owner]]]] = False
    return ok


def _slices(setting: Setting, lot: np.ndarray, depart: np.ndarray) -> np.ndarray:
    """Return the slice of each lot that leaves on the day beside it: the last begun; -1 if none has."""
    source = setting.slice_source
    first = np.array([s.first for s in setting.slices], int)
    order = np.lexsort((first, source))
    days = setting.network.horizon + 1
    keys = source[order].astype(np.int64) * days + np.minimum(first[order], days - 1)
    at = np.searchsorted(keys, lot * days + depart, side="right") - 1
    found = order[np.maximum(at, 0)]
    return np.where((at >= 0) & (source[found] == lot), found, -1)


def take_paths(engine: Columns, before: Columns) -> None:
    """Let all paths that another engine has met enter the pool of this one, as far as they serve its needs."""
    met = before.pool.paths(np.ones(len(before.pool)))
    engine.pool.add(carried_over(before.setting, met, engine.setting))
