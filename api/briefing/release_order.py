"""A release order: one A4 page for one donor, with nothing of any other donor on it."""

from __future__ import annotations

import datetime

import pandas as pd

from api.briefing.page import environment
from api.briefing.words import Calendar, amount, label, number
from data.plan import Plan
from data.theatre import Scenario, Theatre

MOST = 40  # rows a page holds
MOST_NAMED = 2  # shipments named in a row of the page


def order_rows(theatre: Theatre, lines: pd.DataFrame) -> pd.DataFrame:
    """Return what a donor releases, a row a day, item and place of origin; `lines` are its own movement lines."""
    rows = [
        {
            "leave_by": str(day),
            "item": label(theatre.items, str(item)),
            "quantity": float(group["quantity"].sum()),
            "unit": str(group["unit"].iloc[0]),
            "t": float(group["t"].sum()),
            "place": label(theatre.nodes, str(origin)),
            "shipments": tuple(sorted(set(group["line"]))),
        }
        for (day, item, origin), group in lines.groupby(["RLD", "item", "origin"])
    ]
    return pd.DataFrame(rows, columns=["leave_by", "item", "quantity", "unit", "t", "place", "shipments"])


def release_order(
    theatre: Theatre, scenario: Scenario, plan: Plan, donor: str, lines: pd.DataFrame, list_name: str
) -> str:
    """Return the page of a donor; `lines` are its own movement lines, `list_name` the file that has them all."""
    calendar = Calendar(scenario.settings.start_date)
    rows = [
        {
            "date": calendar.date((datetime.date.fromisoformat(row.leave_by) - calendar.start).days),
            "shipments": ", ".join(row.shipments[:MOST_NAMED]) + (" …" if len(row.shipments) > MOST_NAMED else ""),
            "item": row.item,
            "quantity": amount(row.quantity, row.unit),
            "tonnes": number(row.t),
            "place": row.place,
        }
        for row in order_rows(theatre, lines).itertuples()
    ]
    own = plan.decisions["approve_by"][plan.decisions["donor"] == donor]
    told = {
        "marking": scenario.settings.marking, "theatre": theatre.name, "scenario": scenario.name, "rows": rows,
        "donor": label(theatre.donors, donor), "tonnes": number(float(lines["t"].sum())),
        "most": MOST, "list": list_name, "approvals": len(own),
        "first": f"{calendar.date(int(own.min()))} (D+{int(own.min())})" if len(own) else "",
        "authority": theatre.donors["authority"][theatre.donors.position()[donor]] or "",
    }  # fmt: skip
    return environment().get_template("orders.html.j2").render(told)
