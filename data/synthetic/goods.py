"""Items, what may stand in for what, and how explosives count beside each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from data.synthetic.sizes import Size, stream

# name, supply class, unit, mass t, m³ per t, NEQ share of mass, division, MLC, cargo, whole, EUR per t, tonnage weight
KINDS: tuple[tuple[Any, ...], ...] = (
    ("ration", "I", "pallet", 0.45, 2.6, 0.0, "", None, "general", False, 4000, 1.0),
    ("diesel", "III", "m3", 0.84, 1.25, 0.0, "", None, "liquid", False, 1100, 1.6),
    ("excavator", "II", "each", 21.5, 2.4, 0.0, "", 60.0, "outsize", True, 9000, 1.0),
    ("shell", "V", "each", 0.046, 1.1, 0.15, "1.1", None, "general", True, 26000, 0.9),
    ("barrier", "IV", "bundle", 1.2, 1.6, 0.0, "", None, "general", False, 700, 1.4),
    ("plasma", "II", "crate", 0.06, 4.5, 0.0, "", None, "chilled", False, 60000, 0.3),
    ("cartridge", "V", "crate", 0.031, 1.3, 0.08, "1.4", None, "general", True, 15000, 0.5),
    ("wire", "IV", "coil", 0.35, 1.4, 0.0, "", None, "general", False, 1500, 0.8),
    ("charge", "V", "each", 0.022, 1.5, 0.45, "1.3", None, "general", True, 18000, 0.4),
    ("bridge", "IV", "set", 38.0, 2.8, 0.0, "", 80.0, "outsize", True, 14000, 0.9),
    ("water", "I", "m3", 1.0, 1.1, 0.0, "", None, "liquid", False, 20, 1.2),
    ("spares", "II", "box", 0.12, 2.9, 0.0, "", None, "general", True, 30000, 0.6),
    ("insulin", "II", "crate", 0.035, 5.0, 0.0, "", None, "chilled", True, 90000, 0.2),
    ("loader", "II", "each", 12.4, 2.7, 0.0, "", 40.0, "outsize", True, 10000, 0.6),
    ("generator", "II", "each", 1.9, 3.2, 0.0, "", None, "general", True, 12000, 0.8),
)
# an item of the first division beside the second counts as the third
RULES = (("1.3", "1.1", "1.1"), ("1.4", "1.3", "1.3"))


@dataclass(eq=False)
class Goods:
    """Items as parallel arrays, with the kind each is a variant of."""

    names: list[str]
    kind: np.ndarray  # position in KINDS
    mass: np.ndarray
    volume: np.ndarray
    neq: np.ndarray
    division: list[str]
    mlc: list[float | None]
    cargo: list[str]
    whole: np.ndarray
    supply_class: list[str]
    weight: np.ndarray
    table: dict[str, Any]
    substitutes: list[dict[str, Any]]


def draw_goods(size: Size, seed: int) -> Goods:
    """Return the items of a size and seed: every kind in turn, each variant with its own weight and volume."""
    rng = stream(seed, size, "goods")
    kind = np.arange(size.items) % len(KINDS)
    rows = [KINDS[k] for k in kind]
    names = [f"{row[0]}_{i // len(KINDS) + 1:02d}" for i, row in enumerate(rows)]
    mass = np.round(np.array([r[3] for r in rows]) * rng.uniform(0.75, 1.3, size.items), 3)
    volume = np.maximum(0.001, np.round(mass * np.array([r[4] for r in rows]) * rng.uniform(0.8, 1.25, size.items), 3))
    neq = np.round(1000 * mass * np.array([r[5] for r in rows]) * rng.uniform(0.8, 1.2, size.items), 2)
    whole = np.array([r[9] for r in rows])
    value = [round(float(m * r[10]), 2) for m, r in zip(mass, rows, strict=True)]
    table = {
        "item": names,
        "name": [n.replace("_", " ") for n in names],
        "supply_class": [r[1] for r in rows],
        "unit": [r[2] for r in rows],
        "mass": mass,
        "volume": volume,
        "neq": neq,
        "hazard_division": [r[6] for r in rows],
        "mlc": [r[7] for r in rows],
        "cargo": [r[8] for r in rows],
        "whole": whole,
        "value": value,
    }
    return Goods(
        names, kind, mass, volume, neq, [r[6] for r in rows], [r[7] for r in rows], [r[8] for r in rows], whole,
        [r[1] for r in rows], np.array([r[11] for r in rows]) * rng.uniform(0.7, 1.4, size.items), table,
        _substitutes(names, mass, rng),
    )  # fmt: skip


def _substitutes(names: list[str], mass: np.ndarray, rng: np.random.Generator) -> list[dict[str, Any]]:
    """Return substitutes, one way each: the next variant of an item, or a kindred item, by about the same weight."""
    kindred = {"barrier": "wire", "loader": "excavator", "wire": "barrier"}
    by_name = {name: i for i, name in enumerate(names)}
    out = []
    for i, name in enumerate(names):
        word, number = name.rsplit("_", 1)
        other = by_name.get(f"{word}_{int(number) + 1:02d}", by_name.get(f"{kindred.get(word)}_{number}"))
        if other is not None and (word == "barrier" or rng.random() < 0.6):
            ratio = float(round(mass[i] / mass[other] * rng.uniform(1.0, 1.3), 2))
            penalty = float(round(mass[i] * rng.choice([0.5, 1.0, 2.0]), 3))
            out.append({"item": name, "substitute": names[other], "ratio": ratio, "penalty": penalty})
    return out
