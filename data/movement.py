"""A plan as time-phased lines, a line a shipment, as planners of movement exchange them."""

from __future__ import annotations

import datetime

import numpy as np
import pandas as pd

from data.credit import latest_days
from data.dates import date_of
from data.itinerary import Itinerary
from data.plan import Plan
from data.relax import in_units
from data.theatre import Scenario, Theatre

BY_PORT = ("sea", "air")
LINES = (
    "line", "recipient", "item", "quantity", "unit", "t", "m3", "donor", "origin", "POE", "POD", "destination", "mode",
    "RLD", "ALD", "EAD", "LAD", "RDD", "arrival", "tier", "need",
)  # fmt: skip


def movement_lines(theatre: Theatre, scenario: Scenario, plan: Plan) -> pd.DataFrame:
    """Return a row a shipment, in order of departure; dates as YYYY-MM-DD, mass in t, volume in m³.

    RLD: it leaves its origin; ALD: it is loaded at the POE (empty without a leg by sea or air); EAD, LAD and RDD are
    its need's, empty where it serves none. Quantities are in whole units, those of a relaxed theatre too.
    """
    it = Itinerary.of(theatre, scenario, plan)
    start = datetime.date.fromisoformat(scenario.settings.start_date)
    nodes, items, needs = theatre.nodes["node"], theatre.items, scenario.needs
    mode, latest = theatre.links["mode"][it.link], latest_days(scenario)
    first = np.flatnonzero(it.is_first)
    last = np.append(first, len(it.leg_of))[1:]

    def date(day: int) -> str:
        on = date_of(start, day)
        return f"day {day}" if on is None else on.isoformat()

    rows = []
    for leg, end in zip(first, last, strict=True):
        s, need = int(it.leg_of[leg]), int(it.need[it.leg_of[leg]])
        ports = [i for i in range(leg, end) if mode[i] in BY_PORT]
        asked = needs.rows()[need] if need >= 0 else None
        parts, unit = in_units(items["unit"][it.item[s]])
        rows.append(
            (
                plan.shipments["shipment"][it.shipment[s]],
                asked.recipient if asked else "",
                items["item"][it.item[s]],
                float(it.quantity[s]) / parts,
                unit,
                round(float(it.tonnes[s]), 6),
                round(float(it.quantity[s] * items["volume"][it.item[s]]), 6),
                theatre.donors["donor"][it.donor[s]],
                nodes[it.tail[leg]],
                nodes[it.tail[ports[0]]] if ports else "",
                nodes[it.head[ports[-1]]] if ports else "",
                nodes[it.destination[s]],
                "+".join(dict.fromkeys(mode[leg:end].tolist())),
                date(it.leg_depart[leg]),
                date(it.leg_depart[ports[0]]) if ports else "",
                date(max(0, asked.ead or 0)) if asked else "",
                date(latest[need]) if asked else "",
                date(asked.rdd) if asked else "",
                date(it.arrive[s]),
                asked.tier if asked else "",
                asked.need if asked else "",
            )
        )
    return pd.DataFrame(rows, columns=list(LINES)).sort_values(["RLD", "line"], ignore_index=True)
