"""Who must approve what by when for this plan to hold: its own slack, not the scenario's."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from data.counting import lift_days
from data.effect import approval_days, lift_groups
from data.itinerary import Itinerary
from data.plan import Plan
from data.purchases import first_orders
from data.theatre import Scenario, Theatre

COLUMNS = ["donor", "what", "approve_by", "slips"]
MOST_NAMED = 3  # needs named as slipping; the rest are counted
GRAIN = 1e-6  # t·km by which a group must lack a row before the row counts as used


def decisions(theatre: Theatre, scenario: Scenario, plan: Plan) -> pd.DataFrame:
    """Return the rows of table decisions: donor, what, last day of release on which the plan holds, slips.

    Only lots, lift rows, sites, funds, crews and plant that the plan uses and that need an approval: a trigger above 0
    or approval days.
    """
    it = Itinerary.of(theatre, scenario, plan)
    rows = [*_lots(it), *_lift_rows(it), *_orders(it), *_builders(theatre, plan)]
    return pd.DataFrame(rows, columns=COLUMNS).sort_values(COLUMNS[:2], ignore_index=True)


def _needs_approval(theatre: Theatre, table: str) -> np.ndarray:
    return (theatre.tables[table]["trigger"] > 0) | (approval_days(theatre, table).max(axis=1, initial=0) > 0)


def _lots(it: Itinerary) -> list[tuple[str, str, int, str]]:
    """Return a row a lot: no leg departs before its release and the link's clearance."""
    stocks, clearance = it.theatre.stocks, it.theatre.links["clearance"][it.link]
    due = it.leg_depart - clearance
    lot = it.lot[it.leg_of]
    needed = np.append(_needs_approval(it.theatre, "stocks"), np.zeros(len(it.origins.bought), bool))
    binding = needed[lot] & (it.is_first | (clearance > 0))
    out = []
    for code in np.unique(lot[binding]):
        own = binding & (lot == code)
        day = int(due[own].min())
        name = f"lot {stocks['lot'][code]}: {stocks['item'][code]} at {stocks['node'][code]}"
        out.append((str(stocks["donor"][code]), name, day, _named(it, it.leg_of[own & (due == day)])))
    return out


def _lift_rows(it: Itinerary) -> list[tuple[str, str, int, str]]:
    """Return a row a lift row without which its group lacks capacity, from the first day on which it does."""
    lift, groups = it.theatre.lift, lift_groups(it.theatre, it.scenario)
    leg, day, load = lift_days(it)
    group = groups.codes(it.lift_group)[leg]
    inside = (group >= 0) & (day < it.scenario.horizon)
    used = np.zeros_like(groups.offered)
    np.add.at(used, (group[inside], day[inside]), load[inside])
    out = []
    for i in np.flatnonzero(_needs_approval(it.theatre, "lift")):
        own = groups.of_row[i]
        lacking = np.flatnonzero(used[own] > groups.offered[own] - groups.by_row[i] + GRAIN)
        if not len(lacking) or not groups.by_row[i].any():
            continue
        first = int(lacking[0])
        name = f"lift: {lift['mode'][i]} {lift['cargo'][i]} from day {lift['from_day'][i]}"
        carried = it.leg_of[leg[inside & (group == own) & (day == first)]]
        out.append((str(lift["donor"][i]), name, first, _named(it, carried)))
    return out


def _orders(it: Itinerary) -> list[tuple[str, str, int, str]]:
    """Return a row a site and a row a fund: the first order is placed, and paid, when both are released."""
    bought, theatre = it.origins.bought, it.theatre
    out = []
    for kind, table, used, needed in (
        ("site", theatre.production, bought.site, first_orders(theatre) > 0),
        ("fund", theatre.funds, bought.fund, _needs_approval(theatre, "funds")),
    ):
        for code in np.unique(used[needed[used]]):
            own = np.flatnonzero(used == code)
            day = int(bought.order_day[own].min())
            first = it.origins.lots + own[bought.order_day[own] == day]
            name = f"{kind} {table[kind][code]}: {' and '.join(sorted(set(theatre.items['item'][bought.item[own]])))}"
            out.append((str(table["donor"][code]), name, day, _named(it, np.flatnonzero(np.isin(it.lot, first)))))
    return out


def _builders(theatre: Theatre, plan: Plan) -> list[tuple[str, str, int, str]]:
    """Return a row a crew and a row a kind of plant: released in time to be there when its first work starts."""
    out, works = [], list(plan.tables["works"].rows())
    for table, key, kind in (("crews", "crew", "trade"), ("plant", "plant", "kind")):
        of: dict[str, list[Any]] = {}
        for work in works:
            for name in {unit.rpartition("/")[0] for unit in getattr(work, table)}:
                of.setdefault(name, []).append(work)
        for row, asks in zip(theatre.tables[table].rows(), _needs_approval(theatre, table), strict=True):
            name = getattr(row, key)
            if not asks or name not in of:
                continue
            own = of[name]
            first = min(work.start for work in own)
            what = f"{key} {name}: {getattr(row, kind)}"
            out.append((row.donor, what, first - row.move_days, _list([w.work for w in own if w.start == first])))
    return out


def _named(it: Itinerary, shipments: np.ndarray) -> str:
    """Return the needs of these shipments, the first few by name."""
    needs = it.need[np.unique(shipments)]
    return _list(it.scenario.needs["need"][needs[needs >= 0]].tolist())


def _list(given: Iterable[str]) -> str:
    names = sorted(set(given))
    more = len(names) - MOST_NAMED
    return ", ".join(names[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
