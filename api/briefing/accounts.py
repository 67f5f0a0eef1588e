"""What is bought with whose money, how long supplies last where forces are, and what giving leaves the donors."""

from __future__ import annotations

from typing import Any

import pandas as pd

from api.briefing.words import Calendar, amount, enumeration, euros, label, number
from data.plan import Plan
from data.score import Score, transport_cost
from data.supply import lowest
from data.theatre import Theatre

MOST_ORDERS, MOST_PLACES = 24, 12
PURPOSES = {
    "procurement": "procurement",
    "works": "works",
    "transport": "transport",
    "budget_support": "budget support",
}


def orders(theatre: Theatre, score: Score, calendar: Calendar) -> dict[str, Any]:
    """Return the orders to place, earliest first: those of one day, site and fund together."""
    bought = score.itinerary.origins.bought
    table = pd.DataFrame(
        {"day": bought.order_day, "site": bought.site, "fund": bought.fund, "ready": bought.ready_day,
         "quantity": bought.quantity, "cost": bought.cost}
    )  # fmt: skip
    rows = []
    for (day, site, fund), group in table.groupby(["day", "site", "fund"]):
        made, paid = theatre.production.rows()[site], theatre.funds.rows()[fund]
        item = theatre.items.rows()[theatre.items.position()[made.item]]
        rows.append(
            {
                "day": int(day),
                "date": calendar.date(int(day)),
                "payer": f"{label(theatre.donors, paid.donor)}, fund {paid.fund}",
                "what": f"{amount(float(group['quantity'].sum()), item.unit)} {label(theatre.items, made.item)}",
                "site": f"{made.site} at {label(theatre.nodes, made.node)}",
                "cost": euros(float(group["cost"].sum())),
                "ready": calendar.date(int(group["ready"].iloc[0])),
            }
        )
    more = max(0, len(rows) - MOST_ORDERS)
    return {"rows": rows[:MOST_ORDERS], "more": more, "total": euros(float(bought.cost.sum()))}


def ledger(theatre: Theatre, score: Score, calendar: Calendar) -> dict[str, Any]:
    """Return the funds with what is pledged, available, spent and left, and what transport costs beside them."""
    rows = []
    for row in score.ledger.itertuples():
        purpose = PURPOSES[row.purpose]
        if row.purpose == "budget_support" and row.may_buy:
            purpose += ", movable"
        rows.append(
            {
                "fund": row.fund,
                "donor": label(theatre.donors, row.donor),
                "purpose": purpose,
                "available": euros(row.available),
                "since": calendar.date(int(row.from_day)) if row.available else "not released",
                "pledged": euros(row.pledged),
                "spent": euros(row.spent),
                "left": euros(row.left),
            }
        )
    paid = score.ledger.loc[score.ledger["purpose"] == "transport", "spent"].sum()
    return {"rows": rows, "transport": euros(max(0.0, transport_cost(score.itinerary) - float(paid)))}


def days_of_supply(theatre: Theatre, score: Score, calendar: Calendar) -> list[dict[str, str]]:
    """Return where supplies last least, by sector and item: the lowest days of supply and on which day."""
    return [
        {
            "sector": label(theatre.nodes, row.sector),
            "item": label(theatre.items, row.item),
            "planning": number(row.planning_days),
            "gross": number(row.gross_days),
            "date": calendar.date(int(row.day)),
            "day": str(row.day),
        }
        for row in lowest(score.supply)[:MOST_PLACES].itertuples()
    ]


def own_supply(theatre: Theatre, score: Score) -> dict[str, Any]:
    """Return what giving leaves donors of their own days of supply, the least covered first."""
    frame = score.own_supply
    giving = frame[frame["given"] > 0].sort_values(
        ["uncovered", "days_after", "donor", "item"], ascending=[False, True, True, True]
    )
    rows = []
    for row in giving[:MOST_PLACES].itertuples():
        unit = str(theatre.items["unit"][theatre.items.position()[row.item]])
        rows.append(
            {
                "donor": label(theatre.donors, row.donor),
                "item": label(theatre.items, row.item),
                "given": amount(row.given, unit),
                "before": number(row.days_before),
                "after": number(row.days_after),
                "replaced": number(row.replacement_days),
                "uncovered": number(row.uncovered) if row.uncovered > 0 else "",
            }
        )
    bare = sorted(set(giving.loc[giving["uncovered"] > 0, "donor"]))
    names = enumeration((label(theatre.donors, donor) for donor in bare), 6)
    return {"rows": rows, "more": max(0, len(giving) - MOST_PLACES), "uncovered": names}


def accounts(theatre: Theatre, plan: Plan, score: Score, calendar: Calendar) -> dict[str, Any]:
    """Return all of these by the name under which the page knows them; what a theatre has not is empty."""
    return {
        "orders": orders(theatre, score, calendar) if len(plan.purchases) else None,
        "ledger": ledger(theatre, score, calendar) if len(theatre.funds) else None,
        "supply": days_of_supply(theatre, score, calendar),
        "own": own_supply(theatre, score) if len(theatre.donor_use) else None,
    }
