"""The plan's other tables, as they follow from its shipments and legs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from data.credit import Credit, credit
from data.itinerary import Itinerary, spread
from data.plan import Plan
from data.theatre import Raw, Scenario, Theatre

# Sums of decimals are made in whole millionths, so that they are exact decimals again; where quantities are so
# large that millionths of them do not fit a float, in thousandths, which is the grid of plans.
MICRO, MILLI = 1e6, 1e3
LARGE = 2.0**53 / MICRO


def complete(
    theatre: Theatre, scenario: Scenario, shipments: Raw, legs: Raw, purchases: Raw | None = None, name: str = "plan"
) -> Plan:
    """Return the plan of these shipments, legs and purchases with releases, positions, deliveries and shortfalls.

    TableError if a cell does not fit its contract. Whether the plan is lawful is not asked here.
    """
    moves = Plan.of({"shipments": shipments, "legs": legs, "purchases": purchases or {}}, name)
    itinerary = Itinerary.of(theatre, scenario, moves)
    got = credit(itinerary)
    return moves.replace(
        releases=_releases(itinerary),
        positions=_positions(itinerary),
        deliveries=_deliveries(itinerary, got),
        shortfalls=_shortfalls(scenario, got),
    )


def _summed(keys: Mapping[str, np.ndarray], quantity: np.ndarray, column: str = "quantity") -> pd.DataFrame:
    """Return the sums by key, without the rows of nothing."""
    frame = pd.DataFrame(dict(keys))
    parts = MICRO if quantity.sum() < LARGE else MILLI
    frame[column] = np.rint(quantity * parts).astype(np.int64)
    out = frame.groupby(list(keys), as_index=False, sort=False)[column].sum()
    out[column] /= parts
    return out[out[column] > 0]


def _releases(it: Itinerary) -> pd.DataFrame:
    first = np.flatnonzero(it.is_first)
    owner = it.leg_of[first]
    keys = {"lot": it.origins.name[it.lot[owner]], "day": it.leg_depart[first]}
    return _summed(keys, it.quantity[owner])


def _positions(it: Itinerary) -> pd.DataFrame:
    row, night = spread(*it.stays[:2])
    owner = it.leg_of[row]
    keys = {"node": it.head[row], "lot": it.lot[owner], "day": night}
    out = _summed(keys, it.quantity[owner])
    out["node"] = it.theatre.nodes["node"][out["node"].to_numpy()]
    out["lot"] = it.origins.name[out["lot"].to_numpy()]
    return out


def _deliveries(it: Itinerary, got: Credit) -> pd.DataFrame:
    given = np.flatnonzero((it.need >= 0) & (got.credited > 0))
    needs, items = it.scenario.needs["need"], it.theatre.items["item"]
    keys = {"need": needs[it.need[given]], "item": items[it.item[given]], "day": got.day[given]}
    frame = pd.DataFrame(keys)
    frame["credited"] = got.credited[given]
    return frame.groupby(list(keys), as_index=False)["credited"].sum()


def _shortfalls(scenario: Scenario, got: Credit) -> dict[str, Any]:
    lacking = np.flatnonzero(got.short > 0)
    columns = {"short": got.short, "unmet": got.unmet, "delay": got.delay}
    return {"need": scenario.needs["need"][lacking]} | {
        name: values[lacking] for name, values in columns.items()
    }
