"""Plans of relaxed theatres, which count items in parts: which tables they were made on, and told in units."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from data.plan import Plan
from data.relax import in_units, relaxed
from data.tables import Table
from data.theatre import Scenario, Theatre

COUNTED = ("quantity", "credited", "short", "unmet", "delay")  # columns of a plan that count an item
# The column that leads to the item; credit is in units of the item that is needed.
OF = {"releases": "lot", "positions": "lot", "shipments": "item", "purchases": "item", "deliveries": "need",
      "shortfalls": "need"}  # fmt: skip


def as_planned(theatre: Theatre, scenario: Scenario, document: Mapping[str, Any]) -> tuple[Theatre, Scenario]:
    """Return the tables that the plan of this document was made on: the given ones, or these relaxed."""
    said = document.get("digest", {}).get("theatre")
    if said in (None, theatre.digest):
        return theatre, scenario
    other = relaxed(theatre, scenario)
    return other if other[0].digest == said else (theatre, scenario)


def parts_of(theatre: Theatre) -> dict[str, int]:
    """Return how many of what the theatre counts are a unit of each item: 1 unless it is relaxed."""
    units = zip(theatre.items["item"], theatre.items["unit"], strict=True)
    return {str(item): in_units(str(unit))[0] for item, unit in units}


def in_given_units(theatre: Theatre, scenario: Scenario, plan: Plan) -> Plan:
    """Return the plan in whole units, of tables that it was made on, relaxed or not.

    Numbers keep what a cell keeps, 12 decimals: it is for reading. The rules are verified on what it was made on.
    """
    parts = parts_of(theatre)
    if all(count == 1 for count in parts.values()):
        return plan
    lots = _items(theatre.stocks, "lot") | _items(plan.purchases, "purchase")
    items = {"lot": lots, "item": {item: item for item in parts}, "need": _items(scenario.needs, "need")}
    told = {}
    for name, by in OF.items():
        frame = plan.tables[name].frame()
        count = [parts[items[by][key]] for key in frame[by]]
        told[name] = frame.assign(**{c: frame[c] / count for c in COUNTED if c in frame.columns})
    return plan.replace(**told)


def _items(table: Table, key: str) -> dict[str, str]:
    return dict(zip(map(str, table[key]), map(str, table["item"]), strict=True))
