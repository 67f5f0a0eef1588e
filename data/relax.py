"""relaxed: the theatre in which every item may be divided, counted in small parts of its unit.

A plan's quantities are whole thousandths of a unit. A thousandth of a bridging set weighs more than some
rows have room for, and what rounding loses there in one goal, later goals would pay many times over. So a
relaxed theatre counts each item in parts of its unit, as small as numbers stay exact: the same world, the
same goals, a finer grid (docs/decisions/004).
"""

from __future__ import annotations

import re
from math import floor, log10

import numpy as np
import pandas as pd

from data.checks import disrupted_rows
from data.parsing import DECIMALS
from data.theatre import Scenario, Theatre

MOST = 1e11  # parts a cell may count: sums of thousandths of that are still exact in a float
PART = re.compile(r"1/(10+) (.+)")
_PER_UNIT = ("mass", "volume", "neq", "value")
_QUANTITIES = {
    "stocks": ("on_hand", "reserved", "unserviceable", "earmarked", "floor"),
    "terms": ("floor",),
    "holdings": ("on_hand", "reserved", "unserviceable"),
    "donor_use": ("rate",),
    "factors": ("rate",),
    "production": ("rate", "total"),
}


def relaxed(theatre: Theatre, scenario: Scenario) -> tuple[Theatre, Scenario]:
    """Return the theatre and scenario with no whole items; the given ones if there are none."""
    if not theatre.items["whole"].any():
        return theatre, scenario
    parts = _parts(theatre, scenario)
    items = theatre.items.frame()
    for column in _PER_UNIT:
        items[column] = _exact(items[column] / parts)
    items["unit"] = [f"1/{p} {unit}" if p > 1 else unit for p, unit in zip(parts, items["unit"], strict=True)]
    items["whole"] = False
    substitutes = theatre.substitutes.frame()
    asked, given = (parts[theatre.substitutes.codes(c, theatre.items)] for c in ("item", "substitute"))
    substitutes["ratio"] = _exact(substitutes["ratio"] * given / asked)
    substitutes["penalty"] = _exact(substitutes["penalty"] / asked)
    tables = {name: _counted(theatre, name, parts[_item_of(theatre, name)]) for name in _QUANTITIES}
    tables["production"]["price"] = _exact(tables["production"]["price"] / parts[_item_of(theatre, "production")])
    new = theatre.replace(**tables, items=items, substitutes=substitutes)
    given = scenario.tables["needs"]
    needs = given.frame()
    needs["quantity"] = _exact(needs["quantity"] * parts[given.codes("item", theatre.items)])
    materials = scenario.work_materials.frame()
    materials["quantity"] = _exact(materials["quantity"] * parts[scenario.work_materials.codes("item", theatre.items)])
    disruptions = scenario.disruptions.frame()
    for i, set_items in _items_set(theatre, scenario).items():
        disruptions.loc[i, "value"] *= parts[set_items[0]]
    return new, scenario.replace(new, needs=needs, disruptions=disruptions, work_materials=materials)


def in_units(unit: str) -> tuple[int, str]:
    """Return how many parts the relaxed theatre counts in a unit, and the unit: (1000, "set") of "1/1000 set"."""
    counted = PART.match(unit)
    return (int(counted[1]), counted[2]) if counted else (1, unit)


def _parts(theatre: Theatre, scenario: Scenario) -> np.ndarray:
    """Return for each item the largest power of ten of parts with which its cells stay exact."""
    most = np.zeros(len(theatre.items))
    for name, columns in _QUANTITIES.items():
        for column in columns:
            np.maximum.at(most, _item_of(theatre, name), np.nan_to_num(theatre.tables[name][column]))
    for table in (scenario.needs, scenario.work_materials):
        np.maximum.at(most, table.codes("item", theatre.items), table["quantity"])
    power = np.array([max(0, floor(log10(MOST / max(1.0, m)))) for m in most])
    for column in _PER_UNIT:
        power = np.minimum(power, DECIMALS - _decimals(theatre.items[column]))
    made = _item_of(theatre, "production")
    np.minimum.at(power, made, DECIMALS - _decimals(theatre.production["price"]))
    alike = list(_items_set(theatre, scenario).values())
    pairs = theatre.substitutes
    asked, given = (pairs.codes(c, theatre.items) for c in ("item", "substitute"))
    places = zip(asked, given, _decimals(pairs["ratio"]), _decimals(pairs["penalty"]), strict=True)
    rules = [(i, s, DECIMALS - r, DECIMALS - p) for i, s, r, p in places]
    while True:  # powers only fall, so this ends
        before = power.copy()
        for items in alike:  # what one disruption sets to one value is counted alike
            power[items] = power[items].min(initial=DECIMALS)
        for i, s, spare, most_parts in rules:  # a ratio is multiplied by parts of s over parts of i
            power[i] = min(power[i], power[s] + spare, most_parts)
        if (power == before).all():
            return 10 ** np.maximum(power, 0)


def _items_set(theatre: Theatre, scenario: Scenario) -> dict[int, np.ndarray]:
    """Return the items of whose lots or sites each disruption sets a quantity, by the disruption's position."""
    out = {}
    for i, row in enumerate(scenario.disruptions.rows()):
        if row.table not in ("stocks", "production") or row.value is None:
            continue
        if rows := disrupted_rows(theatre.tables[row.table], row.key):
            out[i] = np.unique(_item_of(theatre, row.table)[rows])
    return out


def _decimals(values: np.ndarray) -> np.ndarray:
    """Return how many decimals each value has."""
    out = np.full(len(values), DECIMALS)
    for decimals in reversed(range(DECIMALS)):
        out[np.round(values, decimals) == values] = decimals
    return out


def _exact(values: pd.Series) -> pd.Series:
    """Return the values as the decimals they are meant to be, without the noise of the arithmetic."""
    return pd.Series([float(f"{v:.15g}") for v in values], values.index, float)


def _item_of(theatre: Theatre, name: str) -> np.ndarray:
    """Return the item of each row of a table of quantities, as position in table items."""
    if name != "terms":
        return theatre.tables[name].codes("item", theatre.items)
    lots = theatre.terms.codes("lot", theatre.stocks)
    return theatre.stocks.codes("item", theatre.items)[lots]


def _counted(theatre: Theatre, name: str, parts: np.ndarray) -> pd.DataFrame:
    frame = theatre.tables[name].frame()
    for column in _QUANTITIES[name]:
        frame[column] = _exact(frame[column] * parts)
    return frame
