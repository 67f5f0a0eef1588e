"""What prices make of the ground: what a tonne, a cubic metre and a kilogram pay on every arc and over every night.

A limit of 0 admits nothing, whatever its price: what would use it is closed (its toll is infinite). All tolls are ≥ 0.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from data.certify.ground import Ground
from data.certify.rights import LiftKey, Rights, counted_as
from data.contracts.theatre import DIVISIONS
from data.effect import in_effect
from data.purchases import transport_money

NOISE = 9


@dataclass(frozen=True, eq=False)
class Limits:
    """The limits by rule, each by member and day; NaN where there is none. Money and t·km as in the tables."""

    of: Mapping[str, np.ndarray]
    members: Mapping[str, Mapping[str, int]]  # by rule: the position of each key

    @classmethod
    def of_case(cls, ground: Ground, rights: Rights) -> Limits:
        """Return the limits of a theatre under a scenario, after the disruptions."""
        theatre, scenario = ground.theatre, ground.scenario
        explosive = np.zeros((len(theatre.nodes), len(DIVISIONS)))
        for row in theatre.explosive_limits.rows():
            explosive[theatre.nodes.position()[row.node], DIVISIONS.index(row.hazard_division)] = row.limit
        limits = {
            "link": in_effect(theatre, scenario, "links", "capacity"),
            "link_volume": in_effect(theatre, scenario, "links", "capacity_volume"),
            "lift": rights.lift.offered,
            "handling": in_effect(theatre, scenario, "nodes", "handling"),
            "storage": in_effect(theatre, scenario, "nodes", "storage"),
            "storage_volume": in_effect(theatre, scenario, "nodes", "storage_volume"),
            "explosive": np.repeat(explosive.reshape(-1, 1), scenario.horizon, axis=1),
            "transport": transport_money(theatre, scenario),
            "produce": in_effect(theatre, scenario, "production", "rate"),
        }
        nodes, links = theatre.nodes.position(), theatre.links.position()
        divided = {f"{node}/{d}": i * len(DIVISIONS) + j for node, i in nodes.items() for j, d in enumerate(DIVISIONS)}
        members = {
            "link": links, "link_volume": links, "lift": {name: i for i, name in enumerate(rights.lift.names)},
            "handling": nodes, "storage": nodes, "storage_volume": nodes, "explosive": divided,
            "transport": theatre.donors.position(), "produce": theatre.production.position(),
        }  # fmt: skip
        return cls(limits, members)

    def closing(self, rule: str, price: np.ndarray) -> np.ndarray:
        """Return the prices of a rule, infinite where its limit is 0."""
        return np.where(self.of[rule] <= 0, np.inf, price)


@dataclass(frozen=True, eq=False)
class Tolls:
    """Tolls per t (by lift key), m³, kg NEQ (by division) and t of each paying donor, on arcs and over nights.

    Nights are by day and node: those after the day; the last day has none that matters.
    """

    mass: Mapping[LiftKey, np.ndarray]
    volume: np.ndarray
    neq: Mapping[str, np.ndarray]
    paid: Mapping[int, np.ndarray]
    night_mass: np.ndarray
    night_volume: np.ndarray
    night_neq: Mapping[str, np.ndarray]


def tolls(
    ground: Ground, rights: Rights, limits: Limits, prices: Mapping[str, np.ndarray], cost: float, keys: set[LiftKey]
) -> Tolls:
    """Return the tolls of these prices (by rule: member, day); `cost` is the price of an EUR that is paid."""
    arcs, theatre = ground.arcs, ground.theatre
    at = {rule: limits.closing(rule, prices[rule]) for rule in limits.of}
    tail, head = ground.tail[arcs.link], ground.head[arcs.link]
    mass = at["link"][arcs.link, arcs.depart] + at["handling"][head, arcs.arrive]
    mass = mass + np.where(arcs.from_home, at["handling"][tail, arcs.depart], 0.0)
    mass = mass + cost * theatre.links["cost"][arcs.link]
    volume = at["link_volume"][arcs.link, arcs.depart]
    for nights, day in _dwelling(ground):
        mass[nights] += at["storage"][head[nights], day]
        volume[nights] += at["storage_volume"][head[nights], day]
    neq, night_neq = {}, {}
    for division in rights._counted:
        neq[division], night_neq[division] = _explosive(ground, at["explosive"], division)
    donors = {k: np.zeros(0) for k in np.flatnonzero(~np.isnan(limits.of["transport"]).all(1)).tolist()}
    for donor in donors:
        due = np.cumsum(at["transport"][donor][::-1])[::-1]  # paid by every later day too
        price = theatre.links["cost"][arcs.link]
        donors[donor] = np.where(price > 0, due[arcs.depart] * np.where(price > 0, price, 1.0), 0.0)
    carried = _lift(ground, rights, at["lift"])
    by_key = {key: mass + _least(rights, key, carried, len(arcs)) for key in keys}
    return Tolls(by_key, volume, neq, donors, at["storage"].T, at["storage_volume"].T, night_neq)


def _dwelling(ground: Ground) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield the arcs held for a first, second … night of dwell where they end, with its day."""
    arcs = ground.arcs
    for night in range(int((arcs.ready - arcs.arrive).max(initial=0))):
        held = np.flatnonzero(arcs.ready - arcs.arrive > night)
        yield held, arcs.arrive[held] + night


def _explosive(ground: Ground, price: np.ndarray, division: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the toll per kg of presence on every arc, and over every night for the day after it."""
    arcs, horizon = ground.arcs, ground.scenario.horizon
    counted = counted_as(ground, division)
    licensed = counted >= 0
    row = np.arange(ground.nodes) * len(DIVISIONS) + np.maximum(counted, 0)
    at = np.where(licensed[:, None], price[row], np.inf)  # by node and day
    tail, head = ground.tail[arcs.link], ground.head[arcs.link]
    out = at[head, arcs.arrive] + np.where(arcs.from_home, at[tail, arcs.depart], 0.0)
    for nights, day in _dwelling(ground):
        out[nights] += at[head[nights], day + 1]
    later = np.hstack([at[:, 1:], np.zeros((ground.nodes, 1))]) if horizon else at
    return out, later.T


def _lift(ground: Ground, rights: Rights, price: np.ndarray) -> np.ndarray:
    """Return the toll per tonne of carrying by each lift group on every arc; infinite by lift of another mode."""
    arcs, links, modes = ground.arcs, ground.theatre.links, ground.theatre.modes
    factor = modes["return_factor"][links.codes("mode", modes)][arcs.link]
    transit = links["transit"][arcs.link].astype(int)
    bound = np.maximum(1, np.ceil(np.round(transit * factor, NOISE))).astype(int)
    daily = links["distance"][arcs.link] * factor / bound
    held = bound + np.maximum(0, arcs.arrive - arcs.depart - transit)
    mode = links["mode"][arcs.link]
    out = np.full((len(rights.lift.names), len(arcs)), np.inf)
    for g, own in enumerate(rights.lift_mode):
        mine = np.flatnonzero(mode == own)
        toll = np.zeros(len(mine))
        for later in range(int(held[mine].max(initial=0))):
            on = np.flatnonzero((held[mine] > later) & (arcs.depart[mine] + later < ground.scenario.horizon))
            daily_price = price[g, arcs.depart[mine[on]] + later]
            toll[on] += np.where(daily[mine[on]] > 0, daily_price * np.maximum(daily[mine[on]], 1e-300), 0.0)
        out[g, mine] = toll
    return out


def _least(rights: Rights, key: LiftKey, carried: np.ndarray, count: int) -> np.ndarray:
    """Return the least toll of any lift group that may carry, on every arc."""
    out = np.full(count, np.inf)
    for group, mask in key[1]:
        own = carried[group]
        out = np.minimum(out, own if not mask else np.where(rights.masks[mask], own, np.inf))
    return out
