"""A release order: one A4 page for one donor, with nothing of any other donor on it."""

from __future__ import annotations

import datetime

import pandas as pd

from api.briefing.page import environment
from api.briefing.words import Calendar, amount, label, number
from data.theatre import Scenario, Theatre

MOST = 40  # rows a page holds


def release_order(theatre: Theatre, scenario: Scenario, donor: str, lines: pd.DataFrame, list_name: str) -> str:
    """Return the page of a donor; `lines` are its own movement lines, `list_name` the file that has them all."""
    calendar = Calendar(scenario.settings.start_date)
    rows = [
        {
            "date": calendar.date((datetime.date.fromisoformat(str(day)) - calendar.start).days),
            "origin": ", ".join(sorted(set(group["line"]))[:2]) + (" …" if group["line"].nunique() > 2 else ""),
            "item": label(theatre.items, str(item)),
            "quantity": amount(float(group["quantity"].sum()), str(group["unit"].iloc[0])),
            "tonnes": number(float(group["t"].sum())),
            "place": label(theatre.nodes, str(origin)),
        }
        for (day, item, origin), group in lines.groupby(["RLD", "item", "origin"])
    ]
    told = {
        "marking": scenario.settings.marking, "theatre": theatre.name, "scenario": scenario.name, "rows": rows,
        "donor": label(theatre.donors, donor), "tonnes": number(float(lines["t"].sum())),
        "most": MOST, "list": list_name,
        "authority": theatre.donors["authority"][theatre.donors.position()[donor]] or "",
    }  # fmt: skip
    return environment().get_template("orders.html.j2").render(told)
