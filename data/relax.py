"""relaxed: the theatre in which every item may be divided, counted in hundred-thousandths of its unit.

A plan's quantities are whole thousandths of a unit. A thousandth of a bridging set weighs more than some
rows have room for, and what rounding loses there in one goal, later goals would pay many times over. So a
relaxed theatre counts every item in hundred-thousandths: the same world, the same goals, a finer grid
(docs/decisions/004). Where masses have too many decimals for that, the parts are as many as stay exact.
"""

from __future__ import annotations

import numpy as np

from data.parsing import DECIMALS
from data.theatre import Raw, Scenario, Theatre

MOST_PARTS = 5  # powers of ten
_PER_UNIT = ("mass", "volume", "neq", "value")
_QUANTITIES = {
    "stocks": ("on_hand", "reserved", "unserviceable", "earmarked", "floor"),
    "terms": ("floor",),
    "holdings": ("on_hand", "reserved", "unserviceable"),
    "factors": ("rate",),
}


def relaxed(theatre: Theatre, scenario: Scenario) -> tuple[Theatre, Scenario]:
    """Return the theatre and scenario with no whole items; the given ones if there are none."""
    if not theatre.items["whole"].any():
        return theatre, scenario
    parts = _parts(theatre)
    tables: dict[str, Raw] = {name: _counted(theatre, name, columns, parts) for name, columns in _QUANTITIES.items()}
    items = theatre.items.frame()
    for column in _PER_UNIT:
        items[column] /= parts
    items["unit"] = f"1/{parts} " + items["unit"]
    items["whole"] = False
    substitutes = theatre.substitutes.frame()
    substitutes["penalty"] /= parts
    new = theatre.replace(**tables, items=items, substitutes=substitutes)
    needs = scenario.tables["needs"].frame()
    needs["quantity"] *= parts
    disruptions = scenario.disruptions.frame()
    disruptions.loc[disruptions["table"] == "stocks", "value"] *= parts
    return new, scenario.replace(new, needs=needs, disruptions=disruptions)


def _parts(theatre: Theatre) -> int:
    """Return the largest power of ten, up to 100 000, by which everything per unit divides exactly."""
    used = 0
    for values in (*(theatre.items[c] for c in _PER_UNIT), theatre.substitutes["penalty"]):
        for decimals in range(used, DECIMALS):
            if (np.round(values, decimals) == values).all():
                used = decimals
                break
        else:
            used = DECIMALS
    return int(10 ** min(MOST_PARTS, DECIMALS - used))


def _counted(theatre: Theatre, name: str, columns: tuple[str, ...], parts: int) -> Raw:
    frame = theatre.tables[name].frame()
    for column in columns:
        frame[column] *= parts
    return frame
