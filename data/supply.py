"""Days of supply of the forces: what stands at their sectors, by what they use on the day after (rule of counting)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from data.credit import exchange
from data.itinerary import Itinerary
from data.requirements import exact, rates, span
from data.tables import EMPTY
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
            frame[f"{name}_days"] = _days(standing, tomorrow)
        parts.append(frame)
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=list(COLUMNS))


def lowest(supply: pd.DataFrame) -> pd.DataFrame:
    """Return the row of each sector and item on whose day the days of supply for planning are least, the least first.

    Days after which nothing is used count for nothing.
    """
    known = supply.dropna(subset=["planning_days"])
    least = known.loc[known.groupby(["sector", "item"])["planning_days"].idxmin()] if len(known) else known
    return least.sort_values(["planning_days", "sector", "item"], ignore_index=True)


def own_supply(itinerary: Itinerary) -> pd.DataFrame:
    """Return a row a donor and item of table donor_use: what it has and gives, and its own days of supply.

    `days_before` and `days_after` are usable stock by its own daily use, before and after what it gives, and empty
    where it uses nothing; `uncovered` are the days by which that ends before what it gives is replaced.
    """
    theatre, use = itinerary.theatre, itinerary.theatre.donor_use
    stocks, items = theatre.stocks, len(theatre.items)
    place = stocks.codes("donor", theatre.donors) * items + stocks.codes("item", theatre.items)
    usable = np.maximum(0.0, stocks["on_hand"] - stocks["unserviceable"])
    size = len(theatre.donors) * items
    own = itinerary.lot < itinerary.origins.lots  # what is bought is not taken from stock
    held = np.bincount(place, usable, size)
    given = np.bincount(place[itinerary.lot[own]], itinerary.quantity[own], size)
    row = use.codes("donor", theatre.donors) * items + use.codes("item", theatre.items)
    rate, wait = use["rate"], np.where(use["replacement_days"] == EMPTY, np.nan, use["replacement_days"])
    before, after = (_days(stock, rate) for stock in (held[row], np.maximum(0.0, np.round(held - given, 9))[row]))
    return pd.DataFrame(
        {
            "donor": use["donor"],
            "item": use["item"],
            "usable": held[row],
            "given": np.round(given[row], 9),
            "rate": rate,
            "days_before": before,
            "days_after": after,
            "replacement_days": wait,
            "uncovered": np.where(given[row] > 0, np.fmax(0.0, np.round(wait - after, 9)), 0.0),
        }
    )


def _days(stock: np.ndarray, rate: np.ndarray) -> np.ndarray:
    """Return the days a stock lasts; empty, never without end, where nothing is used."""
    return np.divide(stock, rate, out=np.full(len(rate), np.nan), where=rate > 0)


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
