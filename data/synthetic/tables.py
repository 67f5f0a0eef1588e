"""The drawn world as tables of a theatre and a scenario."""

from __future__ import annotations

from typing import Any

import numpy as np

from data.synthetic.asks import Asks, lot_name
from data.synthetic.caveats import Conditions
from data.synthetic.forces import PERIOD, Forces
from data.synthetic.goods import RULES, Goods
from data.synthetic.ground import Ground
from data.synthetic.pool import HELD_BACK, Pool, level_days
from data.synthetic.rows import DIVISIONS, RETURN, Rows
from data.synthetic.sizes import MARKING, Size, stream

Cells = dict[str, Any]
CAUSES = ("exercise start", "build-up reported", "violation determined", "renewed attack")


def node_tables(ground: Ground, rows: Rows, limit: np.ndarray) -> dict[str, Cells]:
    """Return tables nodes, explosive_limits and storage_rules; a home depot without dwell stores without limit."""
    count = len(ground.kind)
    places = slice(ground.depots, count)
    storage = np.full(count, np.nan)
    volume = np.full(count, np.nan)
    storage[places] = limit[rows.first["storage"] + np.arange(ground.depots, count)]
    volume[places] = limit[rows.first["storage_volume"] + np.arange(ground.depots, count)]
    nodes = {
        "node": ground.names,
        "name": [f"{k.replace('_', ' ')} {n}" for k, n in zip(ground.kind, ground.names, strict=True)],
        "kind": ground.kind,
        "country": ground.country,
        "latitude": np.round(42.0 + ground.y / 111.2, 3),
        "longitude": np.round(2.0 + ground.x / 71.5, 3),
        "handling": np.round(limit[rows.first["handling"] + np.arange(count)], 1),
        "dwell": ground.dwell,
        "storage": np.round(storage, 1),
        "storage_volume": np.round(volume, 1),
        "divisions": ["|".join(d) for d in rows.licences],
    }
    explosive: Cells = {"node": [], "hazard_division": [], "limit": []}
    for node, divisions in enumerate(rows.licences):
        for division in divisions:
            row = rows.first["explosive"] + len(DIVISIONS) * node + DIVISIONS.index(division)
            explosive["node"].append(ground.names[node])
            explosive["hazard_division"].append(division)
            explosive["limit"].append(round(float(limit[row]), 1))
    rules = dict(zip(("hazard_division", "with_division", "counts_as"), zip(*RULES, strict=True), strict=True))
    return {
        "nodes": nodes,
        "explosive_limits": explosive,
        "storage_rules": {k: list(v) for k, v in rules.items()},
    }


def link_tables(size: Size, seed: int, ground: Ground, rows: Rows, limit: np.ndarray) -> dict[str, Cells]:
    """Return tables links and modes."""
    links = ground.cells()
    count = len(ground.tail)
    links["capacity"] = np.round(limit[:count], 1)
    links["capacity_volume"] = np.round(limit[count : 2 * count], 1)
    modes = [m for m in RETURN if m in set(ground.mode)]
    return {"links": links, "modes": {"mode": modes, "return_factor": [RETURN[m] for m in modes]}}


def lift_table(rows: Rows, lift: list[Cells], limit: np.ndarray) -> Cells:
    """Return table lift: each row's part of its pool."""
    out = []
    for row in lift:
        whole = limit[rows.pools[row["mode"], row["cargo"], ""]]
        out.append({k: v for k, v in row.items() if k != "part"} | {"capacity": round(float(row["part"] * whole), 1)})
    return {name: [row[name] for row in out] for name in out[0]}


def stock_tables(
    size: Size, seed: int, ground: Ground, goods: Goods, pool: Pool, tonnes: np.ndarray
) -> dict[str, Cells]:
    """Return tables stocks and terms: what is kept back stands beside what the pool may have."""
    rng = stream(seed, size, "pool").spawn(1)[0]
    count = len(tonnes)
    item = pool.lot_item
    free = np.round(tonnes / goods.mass[item], 1)
    some = [np.where(rng.random(count) < p, rng.uniform(0.05, 0.25, count), 0.0) for p in (0.3, 0.3, 0.5)]
    digits = np.where(goods.whole[item], 0, 1)
    reserved, spoiled, floor = (np.round(free * s * 10**digits) / 10**digits for s in some)
    eased = pool.eased < 4
    high = np.where(eased, np.round(floor + HELD_BACK * free), floor)
    named = np.where(rng.random(count) < 0.3, free, np.nan)
    spare = np.where(np.isnan(named), 0.0, np.round(0.2 * free))
    lots = [lot_name(i, count) for i in range(count)]
    names = lambda codes, of: [of[int(c)] for c in codes]  # noqa: E731
    stocks = {
        "lot": lots, "donor": names(pool.lot_donor, pool.donors),
        "node": names(pool.lot_node, ground.names), "item": names(item, goods.names),
        "on_hand": np.round(free + reserved + spoiled + floor + spare, 1), "reserved": reserved,
        "unserviceable": spoiled, "earmarked": named, "floor": high, "trigger": pool.trigger,
        "approval_days": [None if d < 0 else int(d) for d in pool.own_approval], "ready_day": pool.ready,
        "expiry_day": [None if d >= size.days else int(d) for d in pool.expiry],
    }  # fmt: skip
    return {"stocks": stocks, "terms": _terms(lots, eased, floor, pool)}


def _terms(lots: list[str], eased: np.ndarray, floor: np.ndarray, pool: Pool) -> Cells:
    out: list[Cells] = []
    for i, lot in enumerate(lots):
        late = int(pool.late_approval[i])
        if late >= 0:
            out.append(
                {
                    "lot": lot,
                    "level": 2,
                    "floor": None,
                    "approval_days": late,
                    "text": "quicker from level 2 on",
                }
            )
        if eased[i]:
            out.append({"lot": lot, "level": int(pool.eased[i]), "floor": float(floor[i]), "approval_days": None,
                        "text": "lower floor in an attack"})  # fmt: skip
    return {name: [row[name] for row in out] for name in out[0]}


def pool_tables(seed: int, goods: Goods, pool: Pool, held: Conditions) -> dict[str, Cells]:
    """Return tables donors, recipients, items, substitutes and caveats."""
    donors = {
        "donor": pool.donors,
        "name": [d.title() for d in pool.donors],
        "approval_days": pool.approval,
        **pool.shares,
    }
    columns = list(dict.fromkeys(c for row in held.rows for c in row))
    return {
        "donors": donors,
        "recipients": {"recipient": ["HOST", "MNF"], "name": ["host forces", "multinational force"]},
        "items": goods.table,
        "substitutes": {c: [row[c] for row in goods.substitutes] for c in goods.substitutes[0]},
        "caveats": {c: [row.get(c) for row in held.rows] for c in columns},
    }


def scenario_tables(
    size: Size,
    congestion: str,
    seed: int,
    ground: Ground,
    goods: Goods,
    asks: Asks,
    forces: Forces,
    disruptions: list[Cells],
) -> dict[str, Cells]:
    """Return the tables of the scenario; it bears its marking."""
    count = asks.given
    late = [None if lad == rdd else int(lad) for lad, rdd in zip(asks.lad, asks.rdd, strict=True)]
    width = len(str(count))
    reached = level_days(size)
    days = sorted(set(reached))
    levels = [max(level for level in range(4) if reached[level] <= day) for day in days]
    needs = {
        "need": [f"N{i + 1:0{width}d}" for i in range(count)],
        "sector": [ground.names[s] for s in asks.sector[:count]],
        "recipient": asks.recipient[:count],
        "item": [goods.names[i] for i in asks.item[:count]],
        "quantity": asks.quantity[:count], "ead": asks.ead[:count], "rdd": asks.rdd[:count],
        "lad": late[:count],
        "tier": asks.tier[:count], "weight": asks.weight[:count], "purpose": asks.purpose[:count],
    }  # fmt: skip
    return {
        "scenario": {"name": [f"{congestion}_{seed}"], "horizon": [size.days], "marking": [MARKING],
                     "measure": ["tonnes"], "need_period": [PERIOD]},
        "triggers": {"day": days, "level": levels, "cause": [CAUSES[k] for k in levels],
                     "determined_by": ["exercise control"] * len(days)},
        "needs": needs,
        "forces": forces.forces,
        "disruptions": {c: [row[c] for row in disruptions] for c in disruptions[0]},
    }  # fmt: skip
