"""Needs as arrays: sizes, dates, and what a unit short or late weighs in the goals (rules 4 to 7)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from data.tables import EMPTY
from data.theatre import Scenario, Theatre


@dataclass(frozen=True, eq=False)
class NeedTable:
    """One entry a need, in the order of table needs. Sizes are in tonnes, for whole items in units."""

    size: np.ndarray
    unit: np.ndarray  # tonnes of a unit of the needed item, 1 for whole items
    rdd: np.ndarray
    lad: np.ndarray
    tier: np.ndarray
    sector: np.ndarray
    short_weight: np.ndarray  # goal per unit of size that is short
    delay_weight: np.ndarray  # goal per unit of size and day late
    _ratio: dict[tuple[int, int], float]
    _penalty: dict[tuple[int, int], float]
    item: np.ndarray

    @classmethod
    def of(cls, theatre: Theatre, scenario: Scenario) -> NeedTable:
        """Return the needs of a scenario as arrays."""
        needs, items = scenario.needs, theatre.items
        item = needs.codes("item", items)
        unit = np.where(items["whole"], 1.0, items["mass"])[item]
        rdd = needs["rdd"].astype(int)
        lad = np.where(needs["lad"] == EMPTY, rdd, np.minimum(needs["lad"], scenario.horizon - 1)).astype(int)
        size = needs["quantity"] * unit
        per_unit = _per_unit(theatre, scenario, item)
        spread = lad - rdd + 1 if scenario.settings.measure == "share" else 1
        code = items.position()
        rows = theatre.substitutes.rows()
        return cls(
            size=size,
            unit=unit,
            rdd=rdd,
            lad=lad,
            tier=needs["tier"].astype(int),
            sector=needs.codes("sector", theatre.nodes),
            short_weight=per_unit / unit,
            delay_weight=per_unit / unit / spread,
            _ratio={(code[r.item], code[r.substitute]): r.ratio for r in rows},
            _penalty={(code[r.item], code[r.substitute]): r.penalty for r in rows},
            item=item,
        )

    def _pairs(
        self, need: np.ndarray, item: np.ndarray, known: dict[tuple[int, int], float], own: float
    ) -> np.ndarray:
        wanted = self.item[need]
        values = (own if i == w else known[int(w), int(i)] for w, i in zip(wanted, item, strict=True))
        return np.fromiter(values, float, len(need))

    def ratio(self, need: np.ndarray, item: np.ndarray) -> np.ndarray:
        """Return the units of each item that are credited as one unit of the need beside it."""
        return self._pairs(need, item, self._ratio, 1.0)

    def penalty(self, need: np.ndarray, item: np.ndarray) -> np.ndarray:
        """Return the substitution points per unit credited; 0 for the needed item itself."""
        return self._pairs(need, item, self._penalty, 0.0)

    def credit(self, need: np.ndarray, item: np.ndarray, unit: np.ndarray) -> np.ndarray:
        """Return the credit, in the need's size, of one tonne (whole items: unit) of each item delivered."""
        return self.unit[need] / (unit[item] * self.ratio(need, item))


def _per_unit(theatre: Theatre, scenario: Scenario, item: np.ndarray) -> np.ndarray:
    """Return the weight in the goals of one unit short: a share of its group, or its tonnes (rule 5)."""
    needs = scenario.needs
    if scenario.settings.measure == "tonnes":
        return needs["weight"] * theatre.items["mass"][item]
    group = pd.DataFrame({c: needs[c] for c in ("sector", "recipient", "item", "tier", "quantity")})
    total = group.groupby(["sector", "recipient", "item", "tier"])["quantity"].transform("sum").to_numpy()
    return needs["weight"] / total
