"""The pool of the drawn theatre: invented donors, their lots, terms and lift, and what the sectors hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

from data.draw.items import DEMAND
from data.draw.money import BOUGHT

Row = dict[str, Any]

DONORS = (
    "ALDER", "ASPEN", "BEECH", "BIRCH", "BLACKTHORN", "CHESTNUT", "DOGWOOD", "ELDER", "ELM", "FIR",
    "HAWTHORN",
    "HAZEL", "HOLLY", "HORNBEAM", "JUNIPER", "LARCH", "MEDLAR", "OAK", "PINE", "POPLAR", "QUINCE", "ROWAN",
    "SPRUCE",
    "SYCAMORE", "WALNUT", "WILLOW",
)  # fmt: skip
OVERSEAS = "MANGROVE"  # gives sea and air lift, owns no stock
AUTHORITIES = ("Assembly", "Cabinet", "Defence council", "Minister", "Standing committee")
LOTS = (6, 8)  # lots of an item
PLENTY = (0.85, 1.45)  # what the pool can release of an item, to what is asked for
FLOOR, FLOOR_LATER = 0.3, (0.14, 0.0)  # of on hand: at first, and from the level of its terms on
EXPIRING = {"fresh_food": 0.8, "blood_product": 0.9, "antibiotic": 0.5}

# mode, cargo → t·km a day of all donors together, number of donors giving it
LIFT = {
    ("road", "general"): (5.2e6, 9), ("road", "liquid"): (0.6e6, 3), ("road", "outsize"): (0.4e6, 3),
    ("road", "chilled"): (0.15e6, 3), ("rail", "general"): (9.0e6, 8), ("rail", "liquid"): (1.6e6, 3),
    ("rail", "outsize"): (0.8e6, 3), ("sea", "general"): (0.55e6, 5), ("sea", "liquid"): (0.2e6, 2),
    ("sea", "outsize"): (0.2e6, 2), ("air", "chilled"): (0.25e6, 2),
}  # fmt: skip


def donor_rows(seed: int) -> list[Row]:
    """Return the rows of table `donors`: drawn shares with a band each; the overseas donor bears none."""
    random = Random(f"donors {seed}")
    weights = {donor: random.uniform(0.5, 3.0) for donor in DONORS}
    total = sum(weights.values())
    rows: list[Row] = []
    for donor in DONORS:
        share = round(weights[donor] / total, 4)
        rows.append({
            "donor": donor, "name": donor.title(), "burden_share": share, "share_low": round(share * 0.7, 4),
            "share_high": round(share * 1.3, 4), "approval_days": random.choice((1, 1, 3, 3, 5)),
            "authority": random.choice(AUTHORITIES),
        })  # fmt: skip
    rows[0]["burden_share"] = round(rows[0]["burden_share"] + 1 - sum(r["burden_share"] for r in rows), 4)
    rows.append({
        "donor": OVERSEAS, "name": OVERSEAS.title(), "burden_share": 0.0, "share_low": 0.0, "share_high": 0.0,
        "approval_days": 1, "authority": "Assembly",
    })  # fmt: skip
    return rows


def sites(nodes: Sequence[Row], seed: int) -> dict[str, list[str]]:
    """Return the depots of each donor, drawn over all places; a few stand overseas or forward at a hub."""
    random = Random(f"sites {seed}")
    depots = [n["node"] for n in nodes if n["kind"] == "depot"]
    hubs = ["RZESZOW", "SUCEAVA", "GALATI", "LUBLIN", "KOSICE", "DEBRECEN"]
    pool = (depots * 3)[:]
    random.shuffle(pool)
    out = {donor: sorted({pool.pop(), pool.pop()}) for donor in DONORS}
    for donor in random.sample(DONORS, 3):
        out[donor].append("FARHAVEN")
    for donor, hub in zip(random.sample(DONORS, len(hubs)), hubs, strict=True):
        out[donor].append(hub)
    return out


def lot_rows(items: Sequence[Row], nodes: Sequence[Row], seed: int) -> list[Row]:
    """Return the rows of table `stocks`: each item in a few lots of different donors."""
    random = Random(f"lots {seed}")
    where = sites(nodes, seed)
    licensed = {n["node"]: str(n.get("divisions") or "").split("|") for n in nodes}
    rows: list[Row] = []
    owned = dict.fromkeys(DONORS, 0)
    for item in items:
        if item["item"] in BOUGHT:
            continue
        division = item.get("hazard_division")
        able = {d: [n for n in where[d] if not division or division in licensed[n]] for d in DONORS}
        count = random.randint(*LOTS)
        ranked = sorted((d for d in DONORS if able[d]), key=lambda d: (owned[d] + random.uniform(0, 5), d))
        chosen = sorted(ranked[:count])
        weights = [random.uniform(0.5, 1.8) for _ in chosen]
        free = DEMAND[item["item"]] / item["mass"] * random.uniform(*PLENTY)
        for donor, weight in zip(chosen, weights, strict=True):
            owned[donor] += 1
            node = random.choice(able[donor])
            rows.append(_lot(random, item, donor, node, free * weight / sum(weights)))
    return rows


def _lot(random: Random, item: Row, donor: str, node: str, free: float) -> Row:
    on_hand = float(max(2, round(free / (0.95 - FLOOR_LATER[0] / 2))))
    row: Row = {
        "lot": f"{donor}-{item['item']}", "donor": donor, "node": node, "item": item["item"],
        "on_hand": on_hand,
        "reserved": float(round(on_hand * random.choice((0, 0, 0.03)))),
        "unserviceable": float(round(on_hand * random.choice((0, 0.02, 0.05)))),
        "floor": float(round(on_hand * FLOOR)), "trigger": random.choices((0, 1, 2, 3), (1, 6, 9, 4))[0],
        "earmarked": float(round(on_hand * random.uniform(0.7, 0.9))) if random.random() < 0.4 else None,
        "approval_days": None, "ready_day": 5 if random.random() < 0.03 else 0, "expiry_day": None,
    }  # fmt: skip
    if row["trigger"] == 3:
        row["approval_days"] = 1
    if random.random() < EXPIRING.get(item["item"], 0.0):
        row["expiry_day"] = random.choice((8, 9, 10))
    return row


def term_rows(lots: Sequence[Row], donors: Sequence[Row], seed: int) -> list[Row]:
    """Return the rows of table `terms`: floors fall, and approvals shorten, from a level on."""
    random = Random(f"terms {seed}")
    slow = {row["donor"] for row in donors if row["approval_days"] > 3}
    rows: list[Row] = []
    for lot in lots:
        drawn = random.random()
        if drawn < 0.35:
            rows.append(_term(lot, 2, FLOOR_LATER[0], None, "Half of the reserve may go once a violation is found"))
        if drawn < 0.6 or lot["donor"] in slow:
            text = "The reserve may go when the attack is renewed, and the way of approval is short"
            rows.append(_term(lot, 3, FLOOR_LATER[1], 1 if lot["donor"] in slow else None, text))
    return rows


def _term(lot: Row, level: int, share: float, approval: int | None, text: str) -> Row:
    floor = float(round(lot["on_hand"] * share))
    return {"lot": lot["lot"], "level": level, "floor": floor, "approval_days": approval, "text": text}


def lift_rows(seed: int) -> list[Row]:
    """Return the rows of table `lift`: no donor gives lift of two modes; its lift caveats stay its own."""
    random = Random(f"lift {seed}")
    shuffled = list(DONORS)
    random.shuffle(shuffled)
    of_mode = {"road": shuffled[:11], "rail": shuffled[11:20], "sea": shuffled[20:24], "air": shuffled[24:]}
    rows: list[Row] = []
    for (mode, cargo), (total, count) in LIFT.items():
        donors = sorted(random.sample(of_mode[mode], min(count, len(of_mode[mode]))))
        donors += [OVERSEAS] if mode in ("sea", "air") else []
        weights = [24.0 if d == OVERSEAS else random.uniform(0.6, 1.6) for d in donors]
        for donor, weight in zip(donors, weights, strict=True):
            capacity = float(round(total * weight / sum(weights), -2))
            rows.append({
                "donor": donor, "mode": mode, "cargo": cargo, "from_day": 0, "to_day": None,
                "capacity": capacity,
                "trigger": random.choice((0, 1, 2)), "approval_days": random.choice((0, 1, 2)),
            })  # fmt: skip
    return rows


def holding_rows(nodes: Sequence[Row], items: Sequence[Row], seed: int) -> list[Row]:
    """Return the rows of table `holdings`: what the supported side has of some items at its sectors."""
    random = Random(f"holdings {seed}")
    rows: list[Row] = []
    for node in nodes:
        for item in items:
            if node["kind"] == "sector" and item["item"] not in BOUGHT and random.random() < 0.3:
                on_hand = float(max(1, round(DEMAND[item["item"]] / item["mass"] * random.uniform(0.005, 0.03))))
                rows.append({
                    "node": node["node"], "item": item["item"], "on_hand": on_hand,
                    "reserved": float(round(on_hand * 0.1)), "unserviceable": float(round(on_hand * 0.05)),
                })  # fmt: skip
    return rows


def lots_by_donor(lots: Sequence[Row]) -> Mapping[str, list[Row]]:
    """Return each donor's lots."""
    out: dict[str, list[Row]] = {}
    for lot in lots:
        out.setdefault(lot["donor"], []).append(lot)
    return out
