"""Forces of the drawn scenarios and their planning factors: what the host and the multinational force use."""

from __future__ import annotations

from typing import Any

Row = dict[str, Any]

# type, item, posture (empty: any that has no row of its own), units a day of one element
FACTORS: tuple[tuple[str, str, str, float], ...] = (
    ("mechanised", "ration_pack", "", 1.6), ("mechanised", "bottled_water", "", 2.4),
    ("mechanised", "diesel", "", 2.0), ("mechanised", "diesel", "attack", 4.0),
    ("light", "ration_pack", "", 1.4), ("light", "bottled_water", "", 2.0), ("light", "diesel", "", 1.0),
    ("engineer", "diesel", "", 2.5), ("engineer", "lubricant", "", 0.6), ("engineer", "sandbag", "attack", 4.0),
)  # fmt: skip

# force, sector, recipient, type, elements, first day, DOS target, tier, days from RDD to LAD
FORCES: tuple[tuple[str, str, str, str, float, int, float, int, int], ...] = (
    ("HOST_MECH_1", "AVOCET", "HOST", "mechanised", 4, 10, 2, 2, 2),
    ("HOST_MECH_2", "LAPWING", "HOST", "mechanised", 3, 11, 1, 2, 2),
    ("HOST_LIGHT", "SISKIN", "HOST", "light", 5, 11, 1, 3, 1),
    ("HOST_ENGINEER", "KESTREL", "HOST", "engineer", 3, 10, 1, 2, 3),
    ("MNF_LIGHT", "TERN", "MNF", "light", 4, 12, 2, 2, 2),
    ("MNF_ENGINEER", "BITTERN", "MNF", "engineer", 2, 12, 1, 3, 1),
)


def factor_rows() -> list[Row]:
    """Return the rows of table `factors`."""
    return [dict(zip(("force_type", "item", "posture", "rate"), row, strict=True)) for row in FACTORS]


def force_rows(posture: str, scale: float = 1.0) -> list[Row]:
    """Return the rows of table `forces` in this posture, with elements scaled."""
    columns = ("force", "sector", "recipient", "force_type", "elements", "from_day", "dos_target", "tier", "lad_days")
    rows: list[Row] = [dict(zip(columns, row, strict=True)) for row in FORCES]
    return [
        {**row, "elements": row["elements"] * scale, "posture": posture, "purpose": "sustainment"} for row in rows
    ]
