"""What the drawn coalition buys and pays with: sites, funds, and what donors use themselves; drawn by seed."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any

Row = dict[str, Any]

BOUGHT = ("field_heater", "floodlight_set")  # no donor owns them: these needs are met by buying alone

# site, donor, node, item, rate, lead, total, price to value
SITES: tuple[tuple[str, str, str, str, float, int, float | None, float], ...] = (
    ("HEATERS_NORTH", "FIR", "RZESZOW", "field_heater", 18, 4, 100, 1.0),
    ("HEATERS_SOUTH", "ELM", "GALATI", "field_heater", 12, 5, None, 1.2),
    ("LIGHTS", "OAK", "LUBLIN", "floodlight_set", 22, 4, 130, 1.0),
    ("REFINERY", "HAZEL", "DEBRECEN", "diesel", 60, 2, 240, 1.1),
    ("BAKERY", "ROWAN", "SUCEAVA", "ration_pack", 25, 3, 100, 1.05),
)

# fund, donor, EUR, purpose, cells of its own
FUNDS: tuple[tuple[str, str, float, str, Row], ...] = (
    ("COMMON_PURCHASE", "OAK", 1.2e6, "procurement", {"trigger": 1, "approval_days": 2}),
    ("WINTER_AID", "ASPEN", 0.5e6, "procurement", {"item": "field_heater", "trigger": 2, "approval_days": 1}),
    ("FUEL_MONEY", "PINE", 0.2e6, "procurement", {"item": "diesel", "trigger": 2, "approval_days": 3}),
    ("ATTACK_RESERVE", "LARCH", 0.4e6, "procurement", {"trigger": 3, "approval_days": 4}),
    ("BUDGET_MOVABLE", "WALNUT", 0.35e6, "budget_support", {"movable": True, "from_day": 5, "trigger": 2}),
    ("BUDGET", "HOLLY", 12e6, "budget_support", {"trigger": 0}),
    ("FREIGHT_BIRCH", "BIRCH", 0.06e6, "transport", {"trigger": 0, "approval_days": 0}),
    ("FREIGHT_POPLAR", "POPLAR", 0.06e6, "transport", {"trigger": 1, "approval_days": 1}),
)


def site_rows(items: Sequence[Row]) -> list[Row]:
    """Return the rows of table `production`; prices follow the values of the items."""
    value = {row["item"]: row["value"] for row in items}
    columns = ("site", "donor", "node", "item", "rate", "lead", "total")
    rows = []
    for *cells, of_value in SITES:
        row: Row = dict(zip(columns, cells, strict=True))
        rows.append({**row, "price": float(round(value[row["item"]] * of_value)), "approval_days": 1})
    return rows


def fund_rows() -> list[Row]:
    """Return the rows of table `funds`."""
    return [
        {"fund": fund, "donor": donor, "amount": amount, "purpose": purpose, **cells}
        for fund, donor, amount, purpose, cells in FUNDS
    ]


def use_rows(lots: Sequence[Row], seed: int) -> list[Row]:
    """Return the rows of table `donor_use`: what donors use a day of a third of what they hold."""
    random = Random(f"use {seed}")
    rows = []
    for lot in lots:
        if random.random() < 0.33:
            rows.append({
                "donor": lot["donor"], "item": lot["item"],
                "rate": round(max(0.01, lot["on_hand"] / random.uniform(40, 160)), 2),
                "replacement_days": random.choice((30, 60, 90, 180, None)),
            })  # fmt: skip
    return rows
