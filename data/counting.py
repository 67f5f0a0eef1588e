"""What a plan uses of everything that has a limit, by leg and night, vectorised.

The verifier counts the same rules with loops of its own; this code tells what stands at its limit.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from data.effect import available, in_effect, lift_groups
from data.itinerary import Itinerary, spread
from data.plan import Plan
from data.purchases import transport_money
from data.theatre import Scenario, Theatre

COLUMNS = ("kind", "key", "day", "used", "limit", "unit")
NOISE = 9  # decimals of a sum that mean something
FULL = 0.999  # from this share of its limit on, something stands at its limit


def usage(theatre: Theatre, scenario: Scenario, plan: Plan) -> pd.DataFrame:
    """Return kind, key, day, used, limit and unit of all that is used; the limit is NaN where there is none.

    Kinds: link, link_volume, lift, handling, storage, storage_volume, explosive, transport, stock, produce, total
    and fund. For storage the day names the night after it; the key of an explosive is node/division. So far are
    transport (what it has cost a donor), stock (what has left a lot), total (ordered of a site) and fund (spent);
    produce is ordered of a site on the day.
    """
    it = Itinerary.of(theatre, scenario, plan)
    parts = [*_links(it), *_lift(it), *_nodes(it), *_explosives(it), *_transport(it), *_stock(it), *_bought(it)]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=list(COLUMNS))


def at_limit(used: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of a usage that stand at their limit."""
    return used[used["used"] >= FULL * used["limit"]].reset_index(drop=True)


def _summed(
    kind: str,
    unit: str,
    keys: np.ndarray,
    row: np.ndarray,
    day: np.ndarray,
    load: np.ndarray,
    limit: np.ndarray,
) -> Iterator[pd.DataFrame]:
    """Yield the sums of the loads by row and day; days outside the horizon and empty loads are left out."""
    horizon = limit.shape[1]
    inside = (day >= 0) & (day < horizon) & (row >= 0) & (load > 0)
    if not inside.any():
        return
    code = row[inside].astype(np.int64) * horizon + day[inside]
    unique, position = np.unique(code, return_inverse=True)
    at, days = np.divmod(unique, horizon)
    used = np.round(np.bincount(position, load[inside]), NOISE)
    columns = {"key": keys[at], "day": days, "used": used, "limit": limit[at, days], "unit": unit}
    yield pd.DataFrame({"kind": kind, **columns})


def _links(it: Itinerary) -> Iterator[pd.DataFrame]:
    keys, volume = it.theatre.links["link"], it.theatre.items["volume"][it.item]
    for kind, column, unit, per in (
        ("link", "capacity", "t", it.tonnes),
        ("link_volume", "capacity_volume", "m³", it.quantity * volume),
    ):
        limit = in_effect(it.theatre, it.scenario, "links", column)
        yield from _summed(kind, unit, keys, it.link, it.leg_depart, per[it.leg_of], limit)


def _lift(it: Itinerary) -> Iterator[pd.DataFrame]:
    groups, links = lift_groups(it.theatre, it.scenario), it.theatre.links
    row, day, load = lift_days(it)
    code = groups.codes(it.lift_group)
    if len(groups.names) and len(links):
        yield from _summed("lift", "t·km", np.array(groups.names), code[row], day, load, groups.offered)


def lift_days(it: Itinerary) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return leg, day and tonne-kilometres of every day on which a leg binds lift."""
    links, modes = it.theatre.links, it.theatre.modes
    factor = modes["return_factor"][links.codes("mode", modes)][it.link]
    transit = links["transit"][it.link]
    bound = np.maximum(1, np.ceil(np.round(transit * factor, NOISE))).astype(np.int64)
    held_up = np.maximum(0, it.leg_arrive - it.leg_depart - transit)
    row, day = spread(it.leg_depart, it.leg_depart + np.minimum(bound + held_up, it.scenario.horizon) - 1)
    daily = it.tonnes[it.leg_of] * links["distance"][it.link] * factor / bound
    return row, day, daily[row]


def _handled(it: Itinerary) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return node, day and shipment of each handling: origins on departure, other nodes on arrival."""
    first = it.is_first
    node = np.concatenate([it.tail[first], it.head])
    day = np.concatenate([it.leg_depart[first], it.leg_arrive])
    return node, day, np.concatenate([it.leg_of[first], it.leg_of])


def _nodes(it: Itinerary) -> Iterator[pd.DataFrame]:
    keys, volume = it.theatre.nodes["node"], it.theatre.items["volume"][it.item]
    node, day, owner = _handled(it)
    limit = in_effect(it.theatre, it.scenario, "nodes", "handling")
    yield from _summed("handling", "t", keys, node, day, it.tonnes[owner], limit)
    row, night = spread(*it.stays[:2])
    for kind, column, unit, per in (
        ("storage", "storage", "t", it.tonnes),
        ("storage_volume", "storage_volume", "m³", it.quantity * volume),
    ):
        limit = in_effect(it.theatre, it.scenario, "nodes", column)
        yield from _summed(kind, unit, keys, it.head[row], night, per[it.leg_of[row]], limit)


def _explosives(it: Itinerary) -> Iterator[pd.DataFrame]:
    """Yield net explosive quantity present by node, counted division and day; each shipment once a day."""
    theatre = it.theatre
    node, day, owner = _handled(it)
    row, night = spread(*it.stays[:2])
    present = np.concatenate(
        [np.stack([node, day, owner]), np.stack([it.head[row], night + 1, it.leg_of[row]])], axis=1
    )
    present = present[:, theatre.items["hazard_division"][it.item[present[2]]] != ""]
    node, day, owner = np.unique(present, axis=1)
    names, counted = _counted(theatre, node, it.item[owner])
    limits = {f"{row.node}/{row.hazard_division}": row.limit for row in theatre.explosive_limits.rows()}
    limit = np.array([limits.get(name, 0.0) for name in names])[:, None].repeat(it.scenario.horizon, axis=1)
    load = (it.quantity * theatre.items["neq"][it.item])[owner]
    if len(names):
        yield from _summed("explosive", "kg", np.array(names, object), counted, day, load, limit)


def _counted(theatre: Theatre, node: np.ndarray, item: np.ndarray) -> tuple[list[str], np.ndarray]:
    """Return names of node/division, and for each presence the position of the one it counts towards."""
    rules = {(row.hazard_division, row.with_division): row.counts_as for row in theatre.storage_rules.rows()}
    pairs, code = np.unique(np.stack([node, item]), axis=1, return_inverse=True)
    nodes = theatre.nodes.rows()
    keys = []
    for n, i in pairs.T.tolist():
        own = theatre.items["hazard_division"][i]
        keys.append(f"{nodes[n].node}/{min([own, *(rules.get((own, d), own) for d in nodes[n].divisions)])}")
    names = sorted(set(keys))
    position = {name: k for k, name in enumerate(names)}
    return names, np.array([position[key] for key in keys], np.int64)[code.ravel()]


def _stock(it: Itinerary) -> Iterator[pd.DataFrame]:
    """Yield what has left each lot by each day from its first departure on, against what may have left."""
    first = it.is_first
    lot, day = it.lot[it.leg_of[first]], it.leg_depart[first]
    inside = day < it.scenario.horizon
    inside &= lot < it.origins.lots
    left = np.zeros((it.origins.lots, it.scenario.horizon))
    np.add.at(left, (lot[inside], day[inside]), it.quantity[it.leg_of[first]][inside])
    left = np.round(left.cumsum(axis=1), NOISE)
    row, days = np.nonzero(left)
    if len(row):
        names, items = it.theatre.stocks["lot"][row], it.theatre.stocks.codes("item", it.theatre.items)[row]
        limit = stock_limit(it, left)[row, days]
        columns = {"key": names, "day": days, "used": left[row, days], "limit": limit}
        yield pd.DataFrame({"kind": "stock", **columns, "unit": it.theatre.items["unit"][items]})


def _transport(it: Itinerary) -> Iterator[pd.DataFrame]:
    """Yield what transport has cost by each day, for donors whose funds pay for it."""
    limit, horizon = transport_money(it.theatre, it.scenario), it.scenario.horizon
    spent = np.zeros_like(limit)
    inside = it.leg_depart < horizon
    cost = it.tonnes[it.leg_of] * it.theatre.links["cost"][it.link]
    np.add.at(spent, (it.donor[it.leg_of][inside], it.leg_depart[inside]), cost[inside])
    so_far = np.round(spent.cumsum(axis=1), NOISE)
    row, days = np.nonzero((so_far > 0) & ~np.isnan(limit))
    if len(row):
        columns = {"key": it.theatre.donors["donor"][row], "day": days, "used": so_far[row, days]}
        yield pd.DataFrame({"kind": "transport", **columns, "limit": limit[row, days], "unit": "EUR"})


def _bought(it: Itinerary) -> Iterator[pd.DataFrame]:
    """Yield what is ordered by site and day, and what is ordered by site and spent by fund so far."""
    bought, sites, funds, horizon = it.origins.bought, it.theatre.production, it.theatre.funds, it.scenario.horizon
    unit = it.theatre.items["unit"][sites.codes("item", it.theatre.items)]
    rate = in_effect(it.theatre, it.scenario, "production", "rate")
    for kind, keys, row, load, limit, units in (
        ("produce", sites["site"], bought.site, bought.quantity, rate, unit),
        ("total", sites["site"], bought.site, bought.quantity, sites["total"], unit),
        ("fund", funds["fund"], bought.fund, bought.cost, funds["amount"], np.full(len(funds), "EUR", object)),
    ):
        used = np.zeros((len(keys), horizon))
        inside = bought.order_day < horizon
        np.add.at(used, (row[inside], bought.order_day[inside]), load[inside])
        at, days = np.nonzero(used)
        if kind != "produce":
            used, limit = used.cumsum(axis=1), np.repeat(limit[:, None], horizon, axis=1)
        columns = {"key": keys[at], "day": days, "used": np.round(used[at, days], NOISE), "limit": limit[at, days]}
        if len(at):
            yield pd.DataFrame({"kind": kind, **columns, "unit": units[at]})


def stock_limit(it: Itinerary, left: np.ndarray) -> np.ndarray:
    """Return what may have left each lot by each day: by the stock, and after a cut by what it left."""
    stocks, scenario = it.theatre.stocks, it.scenario
    limit = available(it.theatre, scenario, stocks["on_hand"])
    cuts = {row.from_day or 0 for row in scenario.disruptions.rows() if row.table == "stocks"}
    on_hand = in_effect(it.theatre, scenario, "stocks", "on_hand")
    for day in sorted(cut for cut in cuts if cut < scenario.horizon):
        before = left[:, day - 1 : day] if day else 0.0
        after = before + available(it.theatre, scenario, on_hand[:, day])[:, day:]
        limit[:, day:] = np.minimum(limit[:, day:], after)
    return limit
