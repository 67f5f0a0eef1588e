"""Scenarios of the drawn theatre: trigger levels, needs and disruptions; variants carry only what differs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

from data.draw.forces import force_rows
from data.draw.items import DEMAND
from data.draw.works import work_tables

Row = dict[str, Any]
Tables = dict[str, list[Row]]

HORIZON = 21
MARKING = "SYNTHETIC – EXERCISE"
SECTORS = (5, 7)  # sectors that ask for an item
FORCE_SHARE = 0.28  # of what is asked for, by the multinational force
URGENT = {
    "air_defence_missile", "blood_product", "surgical_set", "antibiotic", "diesel", "generator_100kw",
    "transformer_mobile", "artillery_round", "water_purifier", "engine_pack", "ration_pack", "bridging_set",
}  # fmt: skip
TIERS = {True: (0.32, 0.38, 0.3), False: (0.07, 0.38, 0.55)}
DAYS = {1: (3, 6), 2: (0, 6), 3: (-1, 8)}  # RDDs of a tier, from the item's own first day
FIRST = {"chilled": (5, 6)}
LATER = (8, 10)
COAST = ("S-TRIST-BGVAR", "S-TRIST-ROCND")  # sea legs to the threatened coast
PURPOSE = {
    "I": ("sustainment", "sustainment"), "III": ("mobility", "power"), "IV": ("barrier", "shelter"),
    "V": ("defence", "barrier"),
}  # fmt: skip
OF_ITEM = {
    "field_dressing": "medical", "surgical_set": "medical", "blood_product": "medical",
    "antibiotic": "medical",
    "generator_20kw": "power", "generator_100kw": "power", "transformer_mobile": "power",
    "water_purifier": "sustainment", "air_defence_missile": "air_defence", "engine_pack": "repair",
    "track_set": "repair", "tyre_set": "repair", "bearing_kit": "repair", "bridging_set": "mobility",
    "excavator": "barrier", "bulldozer": "barrier",
}  # fmt: skip


def scenarios(tables: Mapping[str, Sequence[Row]], seed: int) -> dict[str, Tables]:
    """Return the tables of each scenario; a table that is missing is taken from its base."""
    items, nodes = tables["items"], tables["nodes"]
    bridge = next(row["link"] for row in tables["links"] if row["tail"] == "POST_NORTH")
    large = [x for x in tables["stocks"] if x["item"] == "diesel"]
    lot = max(large, key=lambda x: (x["on_hand"], x["lot"]))["lot"]
    attack = _setting("renewed_attack", "", 0.2)
    attack["triggers"] = [
        _level(0, 2, "Shelling across the line is confirmed by observers", "Observer mission"),
        _level(2, 3, "Attack renewed on a broad front", "Council of donors"),
    ]
    attack["needs"] = need_rows(items, nodes, seed, 1.0)
    attack["forces"] = force_rows("attack")
    attack["disruptions"] = _works(bridge, lot)
    attack |= work_tables(nodes, HORIZON, seed)
    hub_lost = _setting("renewed_attack_hub_lost", "renewed_attack", 0.1)
    hub_lost["disruptions"] = [*_works(bridge, lot), *_hub()]
    no_overseas = _setting("renewed_attack_no_overseas", "renewed_attack", 0.1)
    no_overseas["disruptions"] = [*_works(bridge, lot), *_overseas()]
    late = _setting("determination", "renewed_attack", 0.15)
    late["triggers"] = [
        _level(0, 1, "Build-up reported; determination takes six days", "Observer mission"),
        _level(6, 2, "Violation determined after six days of consultation", "Council of donors"),
        _level(8, 3, "Attack renewed", "Council of donors"),
    ]
    calm = _setting("monitoring", "", 0.3)
    calm["triggers"] = [_level(0, 0, "Quiet; stocks are watched", "Observer mission")]
    calm["needs"] = need_rows(items, nodes, seed + 1, 0.35)
    calm["forces"] = force_rows("calm", 0.5)
    warning = _setting("warning", "monitoring", 0.15)
    warning["triggers"] = [_level(0, 1, "Unusual movements are reported", "Observer mission")]
    found = (calm, warning, late, attack, hub_lost, no_overseas)
    return {str(asked["scenario"][0]["name"]): asked for asked in found}


def _setting(name: str, base: str, probability: float) -> Tables:
    row = {"name": name, "base": base, "horizon": HORIZON, "probability": probability, "marking": MARKING}
    return {"scenario": [{**row, "measure": "share", "balance": "none", "start_date": "2030-03-01"}]}


def _level(day: int, level: int, cause: str, by: str) -> Row:
    return {"day": day, "level": level, "cause": cause, "determined_by": by}


def _cut(name: str, table: str, key: str, column: str, value: float, days: tuple[int, int | None], goods: str) -> Row:
    return {
        "disruption": name, "table": table, "key": key, "column": column, "value": value, "goods": goods,
        "from_day": days[0], "to_day": days[1],
    }  # fmt: skip


def _works(bridge: str, lot: str) -> list[Row]:
    """Return a bridge down for some days, a gauge break short of cranes, a fire, and a coast that ships leave alone."""
    half = {
        **_cut("CRANES", "nodes", "GAUGE_NORTH", "handling", 0, (6, 11), "stay"),
        "value": None,
        "factor": 0.4,
    }
    fire = {**_cut("FIRE", "stocks", lot, "on_hand", 0, (3, None), "lost"), "value": None, "factor": 0.4}
    coast = [_cut(f"COAST_{leg[-5:]}", "links", leg, "capacity", 0, (6, None), "lost") for leg in COAST]
    return [_cut("BRIDGE", "links", bridge, "capacity", 0, (7, 12), "stay"), half, fire, *coast]


def _hub() -> list[Row]:
    return [_cut("HUB", "nodes", "PRZEMYSL", "handling", 0, (4, None), "lost")]


def _overseas() -> list[Row]:
    return [_cut("OVERSEAS", "lift", "MANGROVE", "capacity", 0, (0, None), "stay")]


def need_rows(items: Sequence[Row], nodes: Sequence[Row], seed: int, scale: float) -> list[Row]:
    """Return the rows of table `needs`: each item at some sectors, for the host and in part for the force."""
    random = Random(f"needs {seed}")
    sectors = sorted(n["node"] for n in nodes if n["kind"] == "sector")
    weight = {sector: random.uniform(0.6, 1.6) for sector in sectors}
    rows: list[Row] = []
    for item in items:
        chosen = sorted(random.sample(sectors, random.randint(*SECTORS)))
        total = sum(weight[s] for s in chosen)
        begin = random.randint(*FIRST.get(item["cargo"], LATER))
        forced = set(random.sample(chosen, max(2, len(chosen) // 3)))
        for sector in chosen:
            quantity = scale * DEMAND[item["item"]] / item["mass"] * weight[sector] / total
            parts = {"HOST": quantity * (1 - FORCE_SHARE if sector in forced else 1.0)}
            if sector in forced:
                parts["MNF"] = quantity * FORCE_SHARE * len(chosen) / len(forced) * 0.7
            for recipient, part in parts.items():
                rows += _needs_of(random, item, (sector, recipient), part, begin)
    return rows


def _needs_of(random: Random, item: Row, whom: tuple[str, str], quantity: float, begin: int) -> list[Row]:
    """Return one need, or two of different tiers where the quantity is worth two journeys."""
    shares = TIERS[item["item"] in URGENT]
    count = 2 if quantity * item["mass"] > 40 and random.random() < 0.7 else 1
    tiers = sorted({random.choices((1, 2, 3), shares)[0] for _ in range(count)})
    rows = []
    sector, recipient = whom
    for tier in tiers:
        first, last = DAYS[tier]
        rdd = begin + random.randint(first, last)
        late = random.choice((0, 0, 2, 3)) if tier < 3 else 0
        purpose = OF_ITEM.get(item["item"]) or random.choice(PURPOSE.get(item["supply_class"], ("sustainment",)))
        rows.append({
            "need": f"{sector}/{recipient}/{item['item']}/{tier}", "sector": sector, "recipient": recipient,
            "item": item["item"], "quantity": float(max(1, round(quantity / len(tiers)))),
            "ead": max(0, rdd - 5) if random.random() < 0.3 else 0, "rdd": rdd,
            "lad": min(rdd + late, HORIZON - 1), "tier": tier, "weight": random.choice((1.0, 1.0, 1.0, 2.0)),
            "purpose": purpose,
        })  # fmt: skip
    return rows
