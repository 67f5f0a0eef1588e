"""Fortification works of the drawn theatre: crews and plant of donors, days of frost, works with their materials."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

from data.draw.pool import DONORS

Row = dict[str, Any]
Tables = dict[str, list[Row]]

TRADES = {"earthworks": 34, "concrete": 24, "timber_and_wire": 22}  # crews in all
MACHINES = {"excavator": 24, "crane": 20}
GIVING = 9  # donors that give crews
FROST = (1, 3)  # days of frost at a sector, within the first FROST_BY days
FROST_BY = 12
PER_SECTOR = 8

# kind → trade, machine, working days, crews, materials with their least and most units
KINDS: dict[str, tuple[str, str | None, tuple[int, int], int, dict[str, tuple[int, int]]]] = {
    "ditch": ("earthworks", "excavator", (3, 5), 1, {"timber": (4, 9)}),
    "strongpoint": ("earthworks", None, (3, 5), 2, {"sandbag": (14, 30), "timber": (6, 14)}),
    "revetment": ("earthworks", "excavator", (2, 4), 1, {"gabion": (8, 18)}),
    "shelter": ("concrete", "crane", (4, 6), 1, {"cement": (8, 16), "steel_beam": (3, 6)}),
    "barrier": ("concrete", "crane", (1, 3), 1, {"concrete_block": (12, 26)}),
    "obstacle_belt": ("timber_and_wire", None, (2, 4), 1, {"barbed_wire": (6, 13), "timber": (3, 6)}),
    "fence": ("timber_and_wire", None, (1, 2), 1, {"barbed_wire": (4, 8)}),
}
TIERS = (0.2, 0.4, 0.4)
AFTER = {"obstacle_belt": "ditch", "shelter": "strongpoint", "fence": "barrier"}  # built behind the other, if both are


def builder_tables(nodes: Sequence[Row], seed: int) -> Tables:
    """Return the rows of tables `crews`, `plant` and `calendar`."""
    random = Random(f"builders {seed}")
    givers = sorted(random.sample(DONORS, GIVING))
    depots = sorted(n["node"] for n in nodes if n["kind"] == "depot")
    crews = [_given(random, donor, depots, "crew", "trade", trade, "size", size)
             for trade, total in TRADES.items() for donor, size in _split(random, givers, total)]  # fmt: skip
    plant = [_given(random, donor, depots, "plant", "kind", kind, "number", number)
             for kind, total in MACHINES.items() for donor, number in _split(random, givers, total)]  # fmt: skip
    for row in crews:
        row |= {"from_day": 0, "to_day": random.choice((None, None, None, 18))}
    sectors = sorted(n["node"] for n in nodes if n["kind"] == "sector")
    frost = [{"sector": s, "day": day, "works": False}
             for s in sectors for day in sorted(random.sample(range(FROST_BY), random.randint(*FROST)))]  # fmt: skip
    return {"crews": crews, "plant": plant, "calendar": frost}


def _split(random: Random, givers: Sequence[str], total: int) -> list[tuple[str, int]]:
    """Return some of the givers with a part of the total each."""
    chosen = sorted(random.sample(givers, 4))
    parts = [1] * len(chosen)
    for _ in range(total - len(chosen)):
        parts[random.randrange(len(chosen))] += 1
    return list(zip(chosen, parts, strict=True))


def _given(random: Random, donor: str, depots: Sequence[str], key: str, what: str, kind: str, number: str,
           size: int) -> Row:  # fmt: skip
    return {
        key: f"{donor}_{kind}", "donor": donor, "node": random.choice(depots), what: kind, number: size,
        "trigger": random.choice((1, 2, 2)), "approval_days": random.choice((None, 1, 2)),
        "move_days": random.choice((1, 1, 2)),
    }  # fmt: skip


def work_tables(nodes: Sequence[Row], horizon: int, seed: int) -> Tables:
    """Return the rows of tables `works`, `work_modes`, `work_materials` and `precedences`: some at every sector."""
    random = Random(f"works {seed}")
    out: Tables = {"works": [], "work_modes": [], "work_materials": [], "precedences": []}
    for sector in sorted(n["node"] for n in nodes if n["kind"] == "sector"):
        kinds = random.sample(sorted(KINDS), 5)
        named: dict[str, list[Row]] = {}
        for number in range(PER_SECTOR):
            kind = kinds[number % len(kinds)]
            work = _work(random, sector, kind, number, horizon)
            named.setdefault(kind, []).append(work)
            out["works"].append(work)
            out["work_modes"] += _modes(random, work)
            out["work_materials"] += [
                {"work": work["work"], "item": item, "quantity": float(random.randint(*most))}
                for item, most in KINDS[kind][4].items()
            ]
        for after, before in AFTER.items():
            if after in named and before in named:
                pair = {"before": named[before][0]["work"], "after": named[after][0]["work"]}
                out["precedences"].append({**pair, "lag": random.choice((0, 0, 1))})
    _in_step(out)
    return out


def _work(random: Random, sector: str, kind: str, number: int, horizon: int) -> Row:
    tier = random.choices((1, 2, 3), TIERS)[0]
    earliest = random.randint(0, 6)
    due = min(horizon - 1, 12 + tier + random.randint(0, 4))
    return {
        "work": f"{sector}_{kind}_{number + 1}", "sector": sector, "kind": kind,
        "value": float(random.randint(2, 10)), "tier": tier, "earliest": earliest, "due": due,
        "deadline": random.choice((None, None, horizon - 1)), "mandatory": False,
    }  # fmt: skip


def _modes(random: Random, work: Row) -> list[Row]:
    trade, machine, days, crews, _ = KINDS[work["kind"]]
    duration = random.randint(*days)
    plant = {"plant": machine, "plant_number": 1 if machine else 0}
    usual = {"work": work["work"], "mode": "usual", "duration": duration, "trade": trade, "crews": crews, **plant}
    if duration < 3 or random.random() < 0.4:
        return [usual]
    return [usual, {**usual, "mode": "fast", "duration": (duration + 1) // 2, "crews": crews * 2}]


def _in_step(tables: Mapping[str, list[Row]]) -> None:
    """Give what comes first no lower priority, and no later due day, than what waits for it."""
    works = {row["work"]: row for row in tables["works"]}
    for pair in tables["precedences"]:
        before, after = works[pair["before"]], works[pair["after"]]
        before["tier"] = min(before["tier"], after["tier"])
        after["due"] = max(after["due"], before["due"])
