"""Forces and their planning factors, and the needs they ask for beyond what the supported nation holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from data.contracts import SCENARIO, THEATRE
from data.requirements import needs_of_forces
from data.synthetic.asks import Arrivals
from data.synthetic.caveats import PURPOSES, RECIPIENTS
from data.synthetic.goods import Goods
from data.synthetic.ground import Ground
from data.synthetic.routes import FAR
from data.synthetic.sizes import Size, stream
from data.tables import Table

PERIOD = 5  # days of a block of needs
SHARE = 0.25  # of the needs, about: those of forces
BLOCK_TONNES = 40.0
USES = {
    "mechanised": ("diesel", "shell", "ration", "spares"),
    "light": ("ration", "cartridge", "water"),
    "engineer": ("diesel", "wire", "charge"),
}


@dataclass(frozen=True, eq=False)
class Forces:
    """Tables forces, factors and holdings, and the needs that follow from them by the rule of forces."""

    forces: dict[str, Any]
    factors: dict[str, Any]
    holdings: dict[str, Any]
    needs: list[dict[str, Any]]


def draw_forces(size: Size, seed: int, ground: Ground, goods: Goods, reach: Arrivals) -> Forces:
    """Return the forces of a size and seed, each from a day on which two lots of all it uses could be there."""
    rng = stream(seed, size, "forces")
    factors, uses = _factors(size, goods, rng)
    blocks = 1 + (size.days - size.days // 2 + PERIOD - 1) // PERIOD
    number = max(3, round(SHARE * size.needs / (blocks * np.mean([len(items) for items in uses.values()]))))
    rows: list[dict[str, Any]] = []
    sectors = rng.permutation(np.arange(ground.first_sector, len(ground.kind)))
    for k in range(number):
        kind = list(uses)[k % len(uses)]
        recipient = RECIPIENTS[int(rng.random() > 0.65)]
        sector, ready = _place(size, reach, np.roll(sectors, -k), uses[kind], recipient)
        first = min(max(ready, size.days // 3) + int(rng.integers(0, 3)), size.days - 3)
        rows.append({
            "force": f"F{k + 1:0{len(str(number))}d}", "sector": ground.names[sector], "recipient": recipient,
            "force_type": kind, "elements": int(rng.integers(2, 6)), "posture": str(rng.choice(["attack", "hold"])),
            "from_day": first, "to_day": None if rng.random() < 0.7 else size.days - 2,
            "dos_target": int(rng.integers(0, 3)), "tier": int(rng.choice([1, 2, 3], p=[0.25, 0.4, 0.35])),
            "weight": float(rng.choice([1.0, 1.5, 2.0], p=[0.6, 0.25, 0.15])), "lad_days": int(rng.integers(0, 4)),
            "purpose": PURPOSES[0],
        })  # fmt: skip
    forces = {name: [row[name] for row in rows] for name in rows[0]}
    holdings = _holdings(size, ground, goods, rng)
    theatre = {"factors": Table.of(THEATRE["factors"], factors), "holdings": Table.of(THEATRE["holdings"], holdings)}
    scenario = {"forces": Table.of(SCENARIO["forces"], forces),
                "scenario": Table.of(SCENARIO["scenario"], {"name": ["forces"], "horizon": [size.days],
                                                            "need_period": [PERIOD]})}  # fmt: skip
    return Forces(forces, factors, holdings, needs_of_forces(theatre, scenario))


def _place(size: Size, reach: Arrivals, sectors: np.ndarray, items: list[int], recipient: str) -> tuple[int, int]:
    """Return the first sector that all the items reach in time, and the day; if none, the one of the earliest day."""
    best: tuple[int, int] = (int(sectors[0]), FAR)
    for sector in sectors.tolist():
        ready = max(reach.second_arrival(i, sector, recipient, PURPOSES[0]) for i in items)
        if ready <= size.days - 4:
            return sector, ready
        if ready < best[1]:
            best = (sector, ready)
    return best


def _factors(size: Size, goods: Goods, rng: np.random.Generator) -> tuple[dict[str, Any], dict[str, list[int]]]:
    """Return table factors and the items each type of force uses: the first variants of its kinds."""
    rows: list[dict[str, Any]] = []
    uses: dict[str, list[int]] = {}
    for kind, names in USES.items():
        uses[kind] = [goods.names.index(f"{name}_01") for name in names if f"{name}_01" in goods.names]
        for k, item in enumerate(uses[kind]):
            tonnes = BLOCK_TONNES / PERIOD / 3.5 * rng.uniform(0.6, 1.4)
            for posture, part in (("", 1.0), ("attack", 1.5))[: 2 if k == 1 else 1]:
                rate = part * tonnes / float(goods.mass[item])
                rate = max(1.0, round(rate)) if goods.whole[item] else round(rate, 2)
                rows.append({"force_type": kind, "item": goods.names[item], "posture": posture, "rate": rate})
    return {name: [row[name] for row in rows] for name in rows[0]}, uses


def _holdings(size: Size, ground: Ground, goods: Goods, rng: np.random.Generator) -> dict[str, Any]:
    """Return table holdings: what the supported nation has at its sectors of every third item."""
    items = range(0, size.items, 3)
    pairs = [(s, i) for s in range(ground.first_sector, len(ground.kind)) for i in items]
    held = np.round(rng.uniform(2, 20, len(pairs)) / goods.mass[[i for _, i in pairs]])
    return {"node": [ground.names[s] for s, _ in pairs], "item": [goods.names[i] for _, i in pairs], "on_hand": held,
            "reserved": np.round(held * 0.1), "unserviceable": np.round(held * 0.05)}  # fmt: skip
