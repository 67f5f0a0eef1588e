"""The time-expanded network: states of a load, the moves between them, and what each move or night uses.

A load is *home* at its lot's node, *ready* at a node on its way, or *final* at the sector it is for. Home is
not counted in storage and has no dwell; final stays until the RDD. A node where two rail gauges meet and
that is no gauge break has one ready state per gauge of arrival, so that a load can only go on by its own.

`Network.use` is the one usage matrix: row kind × time-arc, per unit of load. The load of one unit of an
item is its mass (t), its volume (m³) and its NEQ (kg) in its division. Nothing else knows these figures.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from data.theatre import Scenario, Theatre
from optimizer.formulations.reinforce.arcs import Moves, enumerate_moves
from optimizer.formulations.reinforce.capacity import LiftGroup, by_day, lift_days, lift_groups, transport_money

KINDS = ("link", "link_volume", "lift", "handling", "storage", "storage_volume", "explosive", "transport")
DIVISIONS = ("1.1", "1.2", "1.3", "1.4", "1.5", "1.6")


@dataclass(frozen=True, eq=False)
class Network:
    """Moves, nights and the use each makes of capacities.

    Time-arcs are the moves followed by one night per (node, day). `use[load]` is a sparse matrix
    [capacity row, time-arc] for load in t, m3, NEQ of each division, and t that a donor with transport funds pays
    for (its code). `limit` holds the right sides.
    """

    horizon: int
    groups: tuple[LiftGroup, ...]
    moves: Moves
    use: Mapping[str | int, sp.csc_matrix]
    limit: np.ndarray
    kind: np.ndarray  # of each capacity row, as position in KINDS
    key: np.ndarray  # of each capacity row, as text
    day: np.ndarray

    def night(self, node: np.ndarray, day: np.ndarray) -> np.ndarray:
        """Return the time-arc of holding a load at `node` over the night after `day`."""
        return len(self.moves) + node * self.horizon + day

    @property
    def payers(self) -> tuple[int, ...]:
        """Return the donors whose transport is bound by funds."""
        return tuple(key for key in self.use if isinstance(key, int))

    def load(self, mass: float, volume: float, neq: float, division: str, payer: int) -> sp.csc_matrix:
        """Return the use [capacity row, time-arc] of one unit with this mass, volume, NEQ and payer (-1: none)."""
        out = self.use["t"] * mass
        if volume:
            out = out + self.use["m3"] * volume
        if neq and division:
            out = out + self.use[division] * neq
        if payer in self.use:
            out = out + self.use[payer] * mass
        return out.tocsc()


def build_network(theatre: Theatre, scenario: Scenario) -> Network:
    """Return the time-expanded network of a theatre under a scenario."""
    groups = tuple(lift_groups(theatre, scenario))
    moves = enumerate_moves(theatre, scenario, groups)
    rows = _Rows(theatre, scenario, groups)
    count = len(moves) + len(theatre.nodes) * scenario.horizon
    use: dict[str | int, sp.csc_matrix] = {"t": _mass_use(theatre, scenario, groups, moves, rows, count)}
    use["m3"] = _volume_use(theatre, scenario, moves, rows, count)
    for division in DIVISIONS:
        use[division] = _explosive_use(theatre, scenario, division, moves, rows, count)
    for donor in rows.money:
        use[donor] = _transport_use(theatre, donor, moves, rows, count)
    return Network(scenario.horizon, groups, moves, use, rows.limit, rows.kind, rows.key, rows.day)


class _Rows:
    """Capacity rows in order of KINDS, each family [member, day]."""

    def __init__(self, theatre: Theatre, scenario: Scenario, groups: tuple[LiftGroup, ...]) -> None:
        self.horizon = scenario.horizon
        self.money = transport_money(theatre, scenario)
        limits = {
            "link": by_day(theatre, scenario, theatre.links, "capacity"),
            "link_volume": by_day(theatre, scenario, theatre.links, "capacity_volume"),
            "lift": np.array([g.capacity for g in groups]).reshape(len(groups), self.horizon) / 1000.0,
            "handling": by_day(theatre, scenario, theatre.nodes, "handling"),
            "storage": by_day(theatre, scenario, theatre.nodes, "storage"),
            "storage_volume": by_day(theatre, scenario, theatre.nodes, "storage_volume"),
            "explosive": _explosive_limits(theatre, self.horizon),
            "transport": _money_limits(theatre, self.money, self.horizon),
        }
        names = {
            "link": theatre.links["link"], "link_volume": theatre.links["link"],
            "lift": np.array([g.name for g in groups], object),
            "explosive": np.array([f"{n}/{d}" for n in theatre.nodes["node"] for d in DIVISIONS], object),
            "transport": theatre.donors["donor"],
        }  # fmt: skip
        self.start: dict[str, int] = {}
        at = 0
        for kind in KINDS:
            self.start[kind] = at
            at += limits[kind].size
        days = np.arange(self.horizon)
        self.limit = np.concatenate([limits[k].ravel() for k in KINDS])
        self.kind = np.repeat(np.arange(len(KINDS)), [limits[k].size for k in KINDS])
        members = [names.get(k, theatre.nodes["node"]) for k in KINDS]
        self.key = np.concatenate([np.repeat(m, self.horizon) for m in members])
        self.day = np.concatenate([np.tile(days, len(m)) for m in members])

    def at(self, kind: str, member: np.ndarray, day: np.ndarray) -> np.ndarray:
        return self.start[kind] + member * self.horizon + day


def _explosive_limits(theatre: Theatre, horizon: int) -> np.ndarray:
    """Return the limit [node × division, day]; a division without a row may not be held at all."""
    out = np.zeros((len(theatre.nodes), len(DIVISIONS)))
    position = theatre.nodes.position()
    for row in theatre.explosive_limits.rows():
        out[position[row.node], DIVISIONS.index(row.hazard_division)] = row.limit
    return np.repeat(out.reshape(-1, 1), horizon, axis=1)


def _money_limits(theatre: Theatre, money: Mapping[int, np.ndarray], horizon: int) -> np.ndarray:
    """Return the limit [donor, day] of what is paid up to a day (10³ EUR): on the last day before more is released."""
    out = np.full((len(theatre.donors), horizon), np.inf)
    for donor, by_day_ in money.items():
        last = np.append(np.diff(by_day_) > 0, True)
        out[donor, last] = by_day_[last] / 1000.0
    return out


def counted_division(theatre: Theatre, division: str) -> np.ndarray:
    """Return as which division (position in DIVISIONS) it counts at each node; -1 where it is not licensed.

    The worst (1.1 before 1.2 …) of its own and of what it counts as beside any division licensed there.
    """
    rules = {(r.hazard_division, r.with_division): r.counts_as for r in theatre.storage_rules.rows()}
    out = np.full(len(theatre.nodes), -1)
    for i, row in enumerate(theatre.nodes.rows()):
        if division in row.divisions:
            counted = [division, *(rules.get((division, other), division) for other in row.divisions)]
            out[i] = DIVISIONS.index(min(counted))
    return out


Pieces = list[tuple[np.ndarray, np.ndarray, np.ndarray]]


def _matrix(pieces: Pieces, rows: _Rows, count: int) -> sp.csc_matrix:
    row, column, value = (np.concatenate(part) for part in zip(*pieces, strict=True))
    return sp.csc_matrix((value, (row, column)), shape=(len(rows.limit), count))


def _mass_use(
    theatre: Theatre,
    scenario: Scenario,
    groups: tuple[LiftGroup, ...],
    moves: Moves,
    rows: _Rows,
    count: int,
) -> sp.csc_matrix:
    arc = np.arange(len(moves))
    one = np.ones(len(moves))
    pieces: Pieces = [(rows.at("link", moves.link, moves.depart), arc, one)]
    pieces += _lift_pieces(theatre, groups, moves, rows)
    origin = np.flatnonzero(moves.from_home)
    pieces.append((rows.at("handling", moves.tail[origin], moves.depart[origin]), origin, one[origin]))
    pieces.append((rows.at("handling", moves.head, moves.arrive), arc, one))
    pieces += [
        (rows.at("storage", node, day), column, np.ones(len(column)))
        for node, day, column in _nights(theatre, scenario, moves)
    ]
    return _matrix(pieces, rows, count)


def _lift_pieces(theatre: Theatre, groups: tuple[LiftGroup, ...], moves: Moves, rows: _Rows) -> Pieces:
    """Return the use of lift in thousand t·km per tonne on each day a move binds it (rule 9)."""
    factor = dict(zip(theatre.modes["mode"], theatre.modes["return_factor"], strict=True))
    mode_factor = np.array([factor[g.mode] for g in groups])[moves.group] if groups else np.zeros(0)
    links = theatre.links
    alike, own = np.unique([links["transit"][moves.link], mode_factor], axis=1, return_inverse=True)
    days = np.array([lift_days(int(transit), factor) for transit, factor in alike.T.tolist()], int)[own]
    daily = links["distance"][moves.link] * mode_factor / np.maximum(days, 1) / 1000.0
    bound = (
        days + moves.arrive - moves.depart - links["transit"][moves.link]
    )  # with the days of waiting at a closure
    pieces: Pieces = []
    for later in range(int(bound.max(initial=0))):
        arc = np.flatnonzero((bound > later) & (moves.depart + later < rows.horizon))
        pieces.append((rows.at("lift", moves.group[arc], moves.depart[arc] + later), arc, daily[arc]))
    return pieces


def _nights(
    theatre: Theatre, scenario: Scenario, moves: Moves
) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Return (node, day, time-arc) of every night held: the dwell after a move, and the nights themselves."""
    out = []
    dwell = theatre.nodes["dwell"][moves.head]
    for later in range(int(dwell.max(initial=0))):
        arc = np.flatnonzero((dwell > later) & ~moves.to_final)
        out.append((moves.head[arc], moves.arrive[arc] + later, arc))
    node, day = np.divmod(np.arange(len(theatre.nodes) * scenario.horizon), scenario.horizon)
    out.append((node, day, len(moves) + np.arange(len(node))))
    return out


def _volume_use(theatre: Theatre, scenario: Scenario, moves: Moves, rows: _Rows, count: int) -> sp.csc_matrix:
    arc = np.arange(len(moves))
    pieces: Pieces = [(rows.at("link_volume", moves.link, moves.depart), arc, np.ones(len(arc)))]
    pieces += [
        (rows.at("storage_volume", node, day), column, np.ones(len(column)))
        for node, day, column in _nights(theatre, scenario, moves)
    ]
    return _matrix(pieces, rows, count)


def _explosive_use(
    theatre: Theatre, scenario: Scenario, division: str, moves: Moves, rows: _Rows, count: int
) -> sp.csc_matrix:
    """Return the presence by day: handled there that day, or held there over the night before (rule 11)."""
    counted = counted_division(theatre, division)
    origin = np.flatnonzero(moves.from_home)
    present = [(moves.tail[origin], moves.depart[origin], origin)]
    present.append((moves.head, moves.arrive, np.arange(len(moves))))
    present += [(node, day + 1, column) for node, day, column in _nights(theatre, scenario, moves)]
    pieces: Pieces = []
    for node, day, column in present:
        hit = (counted[node] >= 0) & (day < scenario.horizon)
        member = node[hit] * len(DIVISIONS) + counted[node[hit]]
        pieces.append((rows.at("explosive", member, day[hit]), column[hit], np.ones(int(hit.sum()))))
    return _matrix(pieces, rows, count)


def _transport_use(theatre: Theatre, donor: int, moves: Moves, rows: _Rows, count: int) -> sp.csc_matrix:
    """Return what a tonne costs (10³ EUR) on every move, in each row up to whose day it has departed."""
    cost = theatre.links["cost"][moves.link] / 1000.0
    start = int(rows.at("transport", np.array(donor), np.array(0)))
    days = np.flatnonzero(np.isfinite(rows.limit[start : start + rows.horizon]))
    pieces: Pieces = [(np.zeros(0, int), np.zeros(0, int), np.zeros(0))]
    for day in days:
        arc = np.flatnonzero((moves.depart <= day) & (cost > 0))
        pieces.append((np.full(len(arc), start + day), arc, cost[arc]))
    return _matrix(pieces, rows, count)
