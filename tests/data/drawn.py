"""Small worlds and plans drawn by seed: lawful by construction, so that every corruption has to be caught."""

from __future__ import annotations

import random
from functools import cache
from typing import Any, NamedTuple

from data.plan import Plan
from data.theatre import Scenario, Theatre
from tests.worlds import build, caveat, item, lift, link, lot, need, node, plan_of

# Every way from a depot to a sector; gauges meet at G alone.
WAYS = {
    ("D", "S"): ["D-H H-S", "D-G G-S", "D-H H-G G-S"],
    ("D", "T"): ["D-H H-T", "D-H H-G G-S S-T"],
    ("E", "S"): ["E-H H-S", "E-H H-G G-S"],
    ("E", "T"): ["E-H H-T", "E-T"],
}
PLACES = {"D": "depot", "E": "depot", "H": "hub", "G": "gauge_break", "S": "sector", "T": "sector"}
ITEMS: dict[str, dict[str, Any]] = {"box": {}, "crate": {"whole": True}, "shell": {"hazard_division": "1.3"}}
RAIL = {"D-G": "1435", "G-S": "1520"}
HORIZON = 24


class Drawn(NamedTuple):
    theatre: Theatre
    scenario: Scenario
    plan: Plan


@cache
def drawn(seed: int) -> Drawn:
    """Return a drawn world with roomy limits and a lawful plan in it."""
    rng = random.Random(seed)
    theatre, scenario = _world(rng)
    return Drawn(theatre, scenario, plan_of(theatre, scenario, *_moves(rng, theatre, scenario)))


def _decimals(rng: random.Random, low: float, high: float) -> float:
    return round(rng.uniform(low, high), 3)


def _world(rng: random.Random) -> tuple[Theatre, Scenario]:
    names = sorted({name for ways in WAYS.values() for way in ways for name in way.split()})
    approval = {"approval_days": rng.randint(0, 3)}
    return build(
        horizon=HORIZON,
        donors=[{"donor": "ALDER", "burden_share": 1}, {"donor": "BIRCH", **approval}],
        items=_items(rng),
        substitutes=[{"item": "box", "substitute": "crate", "ratio": rng.choice([1, 2, 3]), "penalty": 1}],
        nodes=_nodes(rng),
        explosive_limits=[
            {"node": name, "hazard_division": division, "limit": 1e6}
            for name in PLACES
            for division in ("1.3", "1.4")
        ],
        storage_rules=[{"hazard_division": "1.4", "with_division": "1.3", "counts_as": "1.3"}],
        links=[_link(rng, name) for name in names],
        modes=[{"mode": "road", "return_factor": _decimals(rng, 1, 3)}, {"mode": "rail", "return_factor": 2}],
        lift=[lift(donor, mode=mode) for donor in ("ALDER", "BIRCH") for mode in ("road", "rail")],
        stocks=[
            lot(f"{donor[0]}{place}{name}", donor=donor, node=place, item=name, reserved=2, earmarked=95,
                floor=_decimals(rng, 0, 20), trigger=rng.randint(0, 2))
            for donor in ("ALDER", "BIRCH") for place in "DE" for name in ITEMS
        ],
        terms=[{"lot": "ADbox", "level": 1, "approval_days": 1}],
        caveats=[
            caveat("C1", donor="BIRCH", item="crate", recipient="MISSION"),
            caveat("C2", donor="BIRCH", subject="lift", recipient="MISSION"),
        ],
        recipients=[{"recipient": "HOST"}, {"recipient": "MISSION"}],
        triggers=[{"day": rng.randint(0, 1), "level": 1}, {"day": 2, "level": 2}],
        needs=[_need(rng, number, sector, name) for number, (sector, name) in enumerate(
            (sector, name) for sector in "ST" for name in ("box", "shell", "crate"))],
    )  # fmt: skip


def _items(rng: random.Random) -> list[dict[str, Any]]:
    rows = [
        item(name, mass=_decimals(rng, 0.1, 3), volume=_decimals(rng, 0.1, 3), mlc=30, **cells)
        for name, cells in ITEMS.items()
    ]
    return [row | {"neq": _decimals(rng, 1, 9)} if "hazard_division" in row else row for row in rows]


def _nodes(rng: random.Random) -> list[dict[str, Any]]:
    roomy = {"divisions": "1.3|1.4", "handling": 1e5, "storage": 1e5, "storage_volume": 1e5}
    return [
        node(name, kind, country=name, dwell=rng.randint(0, 1) if name in "HG" else 0, **roomy)
        for name, kind in PLACES.items()
    ]


def _link(rng: random.Random, name: str) -> dict[str, Any]:
    tail, head = name.split("-")
    rail = {"mode": "rail", "gauge": RAIL[name]} if name in RAIL else {}
    cells = {
        "distance": _decimals(rng, 50, 500),
        "transit": rng.randint(1, 2),
        "clearance": rng.choice([0, 1]),
    }
    return link(name, tail, head, capacity=1e5, capacity_volume=1e5, mlc=60, cost=1, **cells, **rail)


def _need(rng: random.Random, number: int, sector: str, name: str) -> dict[str, Any]:
    rdd = rng.randint(12, 20)
    cells = {"rdd": rdd, "lad": rdd + rng.randint(0, 3), "ead": rng.randint(0, 8), "tier": rng.randint(1, 2)}
    return need(f"N{number}", sector=sector, item=name, quantity=_decimals(rng, 20, 90), **cells)


def _released(theatre: Theatre, scenario: Scenario, row: Any) -> int:
    """Return the lot's release day, worked out once more in the words of the rule."""
    donor = next(d for d in theatre.donors.rows() if d.donor == row.donor)
    first = {0: 0} | {trigger.level: trigger.day for trigger in reversed(scenario.triggers.rows())}
    days = []
    for level, day in first.items():
        if level >= row.trigger:
            shorter = row.lot == "ADbox" and level >= 1
            days.append(day + (1 if shorter else donor.approval_days))
    return min(days)


def _moves(rng: random.Random, theatre: Theatre, scenario: Scenario) -> list[tuple[Any, ...]]:
    links = {row.link: row for row in theatre.links.rows()}
    dwell = {row.node: row.dwell for row in theatre.nodes.rows()}
    free = {row.lot: min(95, 98 - row.floor) for row in theatre.stocks.rows()}
    moves = []
    for row in scenario.needs.rows():
        accepted = {row.item} | ({"crate"} if row.item == "box" else set())
        lots = [owned for owned in theatre.stocks.rows() if owned.item in accepted]
        for owned in rng.sample(lots, 3):
            ways = [
                w
                for (start, end), some in WAYS.items()
                if (start, end) == (owned.node, row.sector)
                for w in some
            ]
            way = rng.choice(ways).split()
            released = _released(theatre, scenario, owned)
            day, legs = released + rng.randint(0, 2), []
            for name in way:
                day = max(day, released + links[name].clearance)
                legs.append(f"{name}@{day}")
                day += links[name].transit + dwell[links[name].head] + rng.randint(0, 1)
            quantity = rng.randint(1, 25) if owned.item == "crate" else _decimals(rng, 0.5, 25)
            if day < HORIZON and quantity <= free[owned.lot]:
                free[owned.lot] -= quantity
                moves.append((owned.lot, row.need, quantity, " ".join(legs)))
    return moves
