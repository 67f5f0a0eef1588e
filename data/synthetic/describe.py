"""What a generated theatre holds, in counts."""

from __future__ import annotations

from typing import Any

import numpy as np

from data.theatre import Scenario, Theatre

LEG_CELLS = ("effect", "mode", "transit_country", "from_day", "to_day")


def describe(theatre: Theatre, scenario: Scenario) -> dict[str, Any]:
    """Return counts of rows, needed tonnes, the share of whole items among the needs, and pricing groups."""
    items = theatre.items
    item = scenario.needs.codes("item", items)
    tonnes = scenario.needs["quantity"] * items["mass"][item]
    kinds, number = np.unique(theatre.nodes["kind"].astype(str), return_counts=True)
    return {
        **{name: len(table) for name, table in {**theatre.tables, **scenario.tables}.items()},
        "kinds": dict(zip(kinds.tolist(), number.tolist(), strict=True)),
        "modes_of_links": {m: int((theatre.links["mode"] == m).sum()) for m in theatre.modes["mode"]},
        "days": scenario.horizon,
        "tonnes": round(float(tonnes.sum()), 1),
        "whole_share": round(float(items["whole"][item].mean()), 4),
        "pricing_groups": len(pricing_groups(theatre)),
        "tiers": sorted(set(scenario.needs["tier"].tolist())),
    }


def pricing_groups(theatre: Theatre) -> set[tuple[Any, ...]]:
    """Return the pairs of item class (cargo, division, MLC) and travel conditions that some lot has."""
    caveats = [c for c in theatre.caveats.rows() if c.subject == "stock" and any(getattr(c, n) for n in LEG_CELLS[1:])]
    items = {row.item: row for row in theatre.items.rows()}
    out = set()
    for donor, name in sorted({(row.donor, row.item) for row in theatre.stocks.rows()}):
        item = items[name]
        own = frozenset(
            tuple(getattr(c, n) for n in LEG_CELLS)
            for c in caveats
            if c.donor in (None, donor) and c.item in (None, name) and c.supply_class in (None, item.supply_class)
        )
        out.add((item.cargo, item.hazard_division, item.mlc, own))
    return out
