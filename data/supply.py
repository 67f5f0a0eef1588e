"""Days of supply of the forces: what stands at their sectors, by what they use on the day after (rule of counting)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from data.credit import exchange
from data.itinerary import Itinerary
from data.requirements import exact, rates, span
from data.theatre import Scenario, Theatre

COLUMNS = ("sector", "item", "day", "use", "gross", "planning", "gross_days", "planning_days")


def daily_use(theatre: Theatre, scenario: Scenario) -> dict[tuple[str, str], np.ndarray]:
    """Return what forces use of an item at a sector on each day, in units."""
    use: dict[tuple[str, str], np.ndarray] = {}
    for force in scenario.forces.rows():
        first, last = span(force, scenario.horizon)
        for item, rate in rates(theatre.tables, force).items():
            own = use.setdefault((force.sector, item), np.zeros(scenario.horizon))
            own[first : last + 1] += float(exact(force.elements) * exact(rate))
    return {place: use[place] for place in sorted(use)}


def days_of_supply(itinerary: Itinerary) -> pd.DataFrame:
    """Return use, stock and days of supply by sector, item and day, gross and planning; NaN where nothing is used.

    Stock at the end of a day is what stood there, with what arrived, less what was used, never below 0;
    a substitute counts as the item of the need it serves. Planning leaves out what is reserved or unserviceable.
    """
    theatre, horizon = itinerary.theatre, itinerary.scenario.horizon
    held = {(row.node, row.item): row for row in theatre.holdings.rows()}
    arriving = _arriving(itinerary)
    parts = []
    for (sector, item), use in daily_use(theatre, itinerary.scenario).items():
        row, come = held.get((sector, item)), arriving.get((sector, item), np.zeros(horizon))
        gross = row.on_hand if row else 0.0
        usable = max(0.0, gross - row.reserved - row.unserviceable) if row else 0.0
        tomorrow = np.append(use[1:], np.nan)  # what is used after the horizon is not known
        stock = {"gross": _stock(gross, come, use), "planning": _stock(usable, come, use)}
        frame = pd.DataFrame({"sector": sector, "item": item, "day": np.arange(horizon), "use": use, **stock})
        for name, standing in stock.items():
            frame[f"{name}_days"] = np.divide(standing, tomorrow, out=np.full(horizon, np.nan), where=tomorrow > 0)
        parts.append(frame)
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=list(COLUMNS))


def _stock(at_first: float, come: np.ndarray, use: np.ndarray) -> np.ndarray:
    out, standing = np.zeros(len(use)), at_first
    for day in range(len(use)):
        standing = max(0.0, round(standing + come[day] - use[day], 9))
        out[day] = standing
    return out


def _arriving(it: Itinerary) -> dict[tuple[str, str], np.ndarray]:
    """Return what arrives of each item at each destination by day, in units of that item."""
    theatre, needs, horizon = it.theatre, it.scenario.needs, it.scenario.horizon
    counts_as = it.item.copy()
    serving = it.need >= 0
    counts_as[serving] = needs.codes("item", theatre.items)[it.need[serving]]
    ratio, _ = exchange(theatre, counts_as, it.item)
    out: dict[tuple[str, str], np.ndarray] = {}
    nodes, items = theatre.nodes["node"], theatre.items["item"]
    for i in np.flatnonzero((it.arrive >= 0) & (it.arrive < horizon)).tolist():
        come = out.setdefault((nodes[it.destination[i]], items[counts_as[i]]), np.zeros(horizon))
        come[it.arrive[i]] += it.quantity[i] / ratio[i]
    return out
